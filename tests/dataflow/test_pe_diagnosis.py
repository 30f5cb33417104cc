"""What is said of a PE-level text against a whole workload: once, and as bad as it is for all of its layers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.dataflow.diagnostic import Severity, has_errors
from workbench.dataflow.library import DataflowLevel, load_dataflows
from workbench.dataflow.parser import parse
from workbench.dataflow.pe_diagnosis import as_read, cluster_product, diagnose_pe, representatives
from workbench.dataflow.pe_resolution import resolve_pe
from workbench.workload.layer import LayerKind, LayerShape
from workbench.workload.presets import load_network

CONV3 = LayerShape(LayerKind.CONV, 56, 56, 64, 56, 56, 96, 3, 3)
CONV1 = LayerShape(LayerKind.CONV, 56, 56, 64, 56, 56, 2048, 1, 1)
DEPTHWISE = LayerShape(LayerKind.DEPTHWISE, 56, 56, 64, 56, 56, 64, 3, 3, groups=64)
GEMM = LayerShape(LayerKind.GEMM, 1, 128, 768, 1, 128, 512)
POOL = LayerShape(LayerKind.POOL, 56, 56, 64, 28, 28, 64, 2, 2, 2, 2)
ALL = representatives([CONV3, CONV1, DEPTHWISE, GEMM, POOL])
RS = "TemporalMap(Sz(R), Sz(R)) R; TemporalMap(Sz(S), Sz(S)) S;"
PES = [d for d in load_dataflows() if d.level is DataflowLevel.PE]


def test_each_kind_is_there_with_its_most_macs_and_its_largest_kernel() -> None:
    small = LayerShape(LayerKind.CONV, 8, 8, 4, 8, 8, 4, 3, 3)
    found = representatives([small, POOL, CONV1, CONV3, DEPTHWISE, GEMM])
    assert {r.shape for r in found} == {CONV1, CONV3, DEPTHWISE, GEMM}
    assert found[0].shape == max((CONV1, CONV3, DEPTHWISE, GEMM), key=lambda s: s.macs)


@pytest.mark.parametrize(
    ("text", "severity", "words"),
    [
        ("SpatialMap(1,1) K; Cluster(512); SpatialMap(1,1) C;", Severity.ERROR, "multiply to 512, but there are only"),
        ("TemporalMap(1,1) C;", Severity.ERROR, "no SpatialMap at the top"),
        ("SpatialMap(1,1) C; SpatialMap(1,1) X';" + RS, Severity.ERROR, "put Cluster between"),
        ("SpatialMap(1,1) C; TemporalMap(2,1) Y;", Severity.WARNING, "conv 3×3, depthwise 3×3: a tile of 2 is smaller"),
        ("SpatialMap(1,1) C; Cluster(7); SpatialMap(1,1) C;", Severity.WARNING, "PEs are left idle"),
        ("SpatialMap(1,1) P;", Severity.ERROR, "P is a loop over cores"),
        ("SpatialMap(1,1 C;", Severity.ERROR, "expected"),
    ],
)  # fmt: skip
def test_what_holds_for_all_layers_is_as_bad_as_it_is_and_what_holds_for_some_is_milder(
    text: str, severity: Severity, words: str
) -> None:
    found = diagnose_pe(text, ALL, 256)
    assert any(d.severity is severity and words in d.message for d in found.found), [str(d) for d in found.found]
    assert found.usable == (severity is not Severity.ERROR)


def test_a_line_that_some_layers_have_no_use_for_is_no_mistake() -> None:
    found = diagnose_pe("SpatialMap(1,1) C; TemporalMap(1,1) K; TemporalMap(1,1) G;", ALL, 64)
    assert found.usable
    assert not [d for d in found.found if "no dimension" in d.message]


def test_a_tile_smaller_than_every_kernel_is_a_mistake() -> None:
    text = "SpatialMap(1,1) C; TemporalMap(2,1) Y;"
    assert not diagnose_pe(text, representatives([CONV3, DEPTHWISE]), 64).usable
    assert diagnose_pe(text, representatives([CONV1]), 64).usable


@pytest.mark.parametrize("network", ["mobilenetv2", "bert_base_s128", "resnet50"])
@pytest.mark.parametrize("known", PES, ids=lambda d: d.name)
def test_the_librarys_texts_are_usable_for_every_network_and_nothing_is_said_twice(network: str, known) -> None:  # type: ignore[no-untyped-def]
    layers = representatives(layer.shape for layer in load_network(network).layers)
    found = diagnose_pe(known.text, layers, 256)
    assert found.usable
    assert found.levels is not None
    assert len({(d.line, d.column, d.message) for d in found.found}) == len(found.found)


def test_a_text_for_gemms_reads_convolutions_as_gemms_and_the_other_way_round() -> None:
    gemm_text = parse("SpatialMap(1,1) M; TemporalMap(1,1) K; TemporalMap(1,1) N;")
    _, conv = as_read(CONV1, gemm_text)
    assert (conv.type.name, conv.sizes[10], conv.sizes[2], conv.sizes[11]) == ("GEMM", 56, 64, 2048)
    _, gemm = as_read(GEMM, parse("SpatialMap(1,1) K; TemporalMap(1,1) X';" + RS))
    assert (gemm.type.name, gemm.sizes[7], gemm.sizes[3], gemm.sizes[2]) == ("CONV", 128, 768, 512)


def test_clusters_ask_for_their_product() -> None:
    assert cluster_product("SpatialMap(1,1) K; Cluster(4); SpatialMap(1,1) C; Cluster(8); SpatialMap(1,1) X;") == 32
    assert cluster_product("SpatialMap(1,1) K; Cluster(Sz(R)); SpatialMap(1,1) R;") == 1


_PIECES = [
    "SpatialMap(",
    "TemporalMap(",
    "1,1)",
    "Sz(R),1)",
    "T_K, T_K)",
    " K;",
    " C;",
    " Y';",
    " M;",
    "Cluster(8);",
    "é",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join), st.integers(1, 4096))
def test_any_text_is_diagnosed_without_an_exception(text: str, pes: int) -> None:
    found = diagnose_pe(text, ALL, pes)
    assert (found.levels is None) == has_errors(found.found)
    alone = [resolve_pe(*as_read(r.shape, parse(text)), pes)[1] for r in ALL]
    assert found.usable or all(has_errors(d) for d in alone)
