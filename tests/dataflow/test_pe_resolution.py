"""What a text means over processing elements, and what is said where it means nothing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.dataflow.diagnostic import Severity, apply_fix, has_errors
from workbench.dataflow.layer_problem import layer_problem, problem_macs
from workbench.dataflow.library import DataflowLevel, load_dataflow, load_dataflows
from workbench.dataflow.mapping import Dim, LayerType, Level, Map
from workbench.dataflow.pe_resolution import resolve_pe
from workbench.dataflow.pe_words import describe_pe, stationary_tensors
from workbench.workload.layer import LayerKind, LayerShape, Operands

CONV = LayerShape(LayerKind.CONV, 56, 56, 64, 56, 56, 96, 3, 3)
DEPTHWISE = LayerShape(LayerKind.DEPTHWISE, 56, 56, 64, 56, 56, 64, 3, 3, groups=64)
GEMM = LayerShape(LayerKind.GEMM, 1, 128, 768, 1, 128, 512)
RS = "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S;"


def test_sizes_become_numbers_level_by_level():
    text = (
        "Constant WIDE 8; SpatialMap(T_K, T_K) K; TemporalMap(WIDE, WIDE) C;"
        "TemporalMap(4,4) Y'; TemporalMap(Sz(X'),1) X';"
        + RS
        + "Cluster(4); SpatialMap(T_C, T_C) C; TemporalMap(Sz(R), 1) Y; TemporalMap(T_K, T_K) K"
    )
    levels, found = resolve_pe(text, layer_problem(CONV), 64)
    assert [d for d in found if d.severity is Severity.ERROR] == []
    assert levels == (
        Level(
            16,
            (
                Map(True, Dim.K, 6, 6),
                Map(False, Dim.C, 8, 8),
                Map(False, Dim.Y_OUT, 4, 4),
                Map(False, Dim.X_OUT, 56, 1),
                Map(False, Dim.R, 3, 3),
                Map(False, Dim.S, 3, 3),
            ),
        ),
        Level(4, (Map(True, Dim.C, 2, 2), Map(False, Dim.Y, 3, 1), Map(False, Dim.K, 6, 6))),
    )


@pytest.mark.parametrize(
    ("text", "severity", "words"),
    [
        ("SpatialMap(1,1) K; SpatialMap(1,1) C;", Severity.ERROR, "as a diagonal: put Cluster between"),
        ("SpatialMap(1,1) K; Cluster(512); SpatialMap(1,1) C;", Severity.ERROR, "multiply to 512, but there are only"),
        ("SpatialMap(1,1) K; Cluster(7); SpatialMap(1,1) C;", Severity.WARNING, "4 of 256 PEs are left idle"),
        ("TemporalMap(1,1) K;", Severity.ERROR, "no SpatialMap at the top"),
        ("SpatialMap(1,1) K; Cluster(4); TemporalMap(1,1) C;", Severity.ERROR, "no SpatialMap below this Cluster"),
        ("SpatialMap(1,1) K; TemporalMap(2,1) Y;", Severity.ERROR, "a tile of 2 is smaller than the kernel (R = 3)"),
        ("SpatialMap(1,1) K; TemporalMap(1,1) R;", Severity.ERROR, "must hold the whole kernel"),
        ("SpatialMap(1,1) Y';", Severity.ERROR, "Y' needs R in the same level"),
        ("SpatialMap(1,1) K; TemporalMap(4,2) C;", Severity.WARNING, "tiles of C overlap"),
        ("SpatialMap(1,1) K; TemporalMap(2,4) C;", Severity.WARNING, "jumps over 2 of every 4 C"),
        ("SpatialMap(1,1) K;", Severity.HINT, "96 of 256 units have work"),
        ("SpatialMap(1,1) K;", Severity.HINT, "C, Y, X not mapped"),
        ("SpatialMap(1,1) P;", Severity.ERROR, "P is a loop over cores"),
        ("SpatialMap(B_K,B_K) K;", Severity.ERROR, "B_K has no meaning for PEs"),
        ("SpatialMap(rows,1) K;", Severity.ERROR, "'rows' counts cores"),
        ("SpatialMap(1,1) M;", Severity.ERROR, "this CONV layer has no dimension M"),
        ("auto;", Severity.ERROR, "auto is for the loops over cores"),
        ("SpatialMap(1,1) K;" + "Cluster(2); SpatialMap(1,1) C;" * 4, Severity.ERROR, "at most 3 Cluster lines"),
    ],
)  # fmt: skip
def test_mistakes_are_named(text, severity, words):
    levels, found = resolve_pe(text, layer_problem(CONV), 256)
    assert any(d.severity is severity and words in d.message for d in found), [str(d) for d in found]
    assert (levels is None) == has_errors(found)


def test_the_preset_mappings_resolve():
    layers = {"dpt": DEPTHWISE, "gemm_mn": GEMM, "gemm_nk": GEMM}
    names = [d for d in load_dataflows() if d.level is DataflowLevel.PE]
    assert len(names) >= 10
    for named in names:
        problem = layer_problem(layers.get(named.name, CONV))
        levels, found = resolve_pe(named.text, problem, 256)
        assert levels is not None, (named.name, [str(d) for d in found])
        spatial = tuple(dim for level in levels for dim in (m.dim.name for m in level.maps if m.spatial))
        words = tuple(name.replace("'", "_OUT") for name in named.spatial)
        assert tuple(name.replace("GEMM_N", "N") for name in spatial) == words, named.name
        assert describe_pe(levels, problem)


def test_words_say_what_stays_and_what_is_shared():
    problem = layer_problem(CONV)
    levels, _ = resolve_pe(load_dataflow("kcp_ws").text, problem, 256)
    assert stationary_tensors(levels[0], problem) == ("weights",)
    assert describe_pe(levels, problem) == (
        "Weights stay in the units",
        "K over 4 units: inputs multicast",
        "C over 64 units: outputs added up between units",
    )


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (CONV, LayerType.CONV),
        (CONV.with_batch(4), LayerType.CONV),
        (LayerShape(LayerKind.CONV, 57, 57, 64, 28, 28, 96, 3, 3, 2, 2, groups=4), LayerType.NGCONV),
        (LayerShape(LayerKind.CONV, 56, 56, 64, 52, 52, 96, 3, 3, dilation=2), LayerType.CONV),
        (DEPTHWISE, LayerType.DSCONV),
        (LayerShape(LayerKind.DEPTHWISE, 56, 56, 64, 56, 56, 128, 3, 3, groups=64), LayerType.NGCONV),
        (LayerShape(LayerKind.TRANSPOSED, 28, 28, 64, 56, 56, 32, 2, 2, 2, 2), LayerType.CONV),
        (GEMM.with_batch(3), LayerType.GEMM),
        (replace(GEMM, groups=4, operands=Operands.ACTIVATIONS), LayerType.NGCONV),
        (LayerShape(LayerKind.GEMM, 1, 128, 64, 1, 128, 128, operands=Operands.ACTIVATIONS, batch=2), LayerType.NGCONV),
    ],
)  # fmt: skip
def test_a_layers_problem_has_its_macs(shape, kind):
    problem = layer_problem(shape)
    assert problem.type is kind
    assert problem_macs(problem) == shape.macs // shape.repeat


def test_pooling_has_no_problem():
    with pytest.raises(ValueError, match="a pool layer has no multiplications"):
        layer_problem(LayerShape(LayerKind.POOL, 4, 4, 8, 2, 2, 8, 2, 2, 2, 2))


LINES = st.builds(
    lambda word, size, offset, dim: f"{word}({size}, {offset}) {dim};",
    st.sampled_from(["SpatialMap", "TemporalMap"]),
    st.sampled_from(["1", "3", "4", "64", "Sz(R)", "Sz(C)", "T_K", "T_X'", "B_K", "cols"]),
    st.sampled_from(["1", "2", "8", "Sz(S)", "T_C", "T_Y"]),
    st.sampled_from(["K", "C", "Y", "X", "R", "S", "Y'", "X'", "N", "G", "M", "P"]),
) | st.sampled_from(["Cluster(2);", "Cluster(Sz(R), P);", "Cluster(rows);", "auto;", RS, "Constant A 3;"])


@settings(max_examples=190, deadline=None)
@given(st.lists(LINES, max_size=14).map(" ".join), st.sampled_from([CONV, DEPTHWISE, GEMM]), st.integers(1, 300))
def test_levels_come_back_exactly_if_nothing_is_wrong(text, shape, pes):
    problem = layer_problem(shape)
    levels, found = resolve_pe(text, problem, pes)
    assert (levels is None) == has_errors(found)
    for diagnostic in found:
        apply_fix(text, diagnostic)
    if levels is not None:
        assert describe_pe(levels, problem)
        product = 1
        for level in levels:
            product *= level.units
            assert all(m.size > 0 and m.offset > 0 for m in level.maps)
        assert product <= pes
