"""What a text means over a grid of cores, and what is said where it means nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.dataflow.core_dataflow import CoreDataflow, Loop, TemporalLoop, TileRule
from workbench.dataflow.core_resolution import resolve_core, spatial_units
from workbench.dataflow.core_words import describe_core, loop_nest, spatial_words, stationary
from workbench.dataflow.diagnostic import Severity, apply_fix, has_errors
from workbench.dataflow.library import DataflowLevel, load_dataflows

PICTURE = """// P over rows, K over columns
SpatialMap(T_P, T_P) P;
Cluster(4);
SpatialMap(T_K, T_K) K;
TemporalMap(B_P, B_P) P;
TemporalMap(B_K, B_K) K;
TemporalMap(B_C, B_C) C;
"""


def messages(text, rows=2, cols=4, planes=1, psum_link=False):
    return [str(d) for d in resolve_core(text, rows, cols, planes, psum_link)[1]]


def test_the_text_of_the_main_screen():
    dataflow, found = resolve_core(PICTURE, 2, 4)
    assert [(d.severity, str(d), d.fix) for d in found] == [
        (Severity.WARNING, "3:9 4 equals cols now; write cols to follow the grid", "cols")
    ]
    assert dataflow == CoreDataflow(
        (Loop.P, Loop.K), tuple(TemporalLoop(loop, TileRule.LARGEST) for loop in (Loop.P, Loop.K, Loop.C))
    )
    assert describe_core(dataflow, 2, 4) == (
        "Outputs stay in the core; 8 of 8 cores",
        "wires: weights over P, inputs over K",
    )
    assert spatial_words(dataflow) == "P→rows K→cols"
    assert resolve_core(apply_fix(PICTURE, found[0]), 2, 4) == (dataflow, [])


def test_a_literal_must_equal_the_grid():
    dataflow, found = resolve_core(PICTURE, 2, 3)
    assert dataflow is None
    assert [(str(d), d.fix) for d in found] == [("3:9 found 4, but the grid has 3 columns; write cols", "cols")]


def test_one_spatial_loop_takes_the_whole_grid():
    dataflow, _ = resolve_core("SpatialMap(T_K, T_K) K; auto", 3, 5)
    assert dataflow == CoreDataflow((Loop.K,), auto=True)
    assert spatial_units(dataflow.spatial, 3, 5) == (1, 1, 15)


def test_three_spatial_loops_take_rows_columns_and_planes():
    text = "SpatialMap(T_P,T_P) P; Cluster(cols); SpatialMap(T_C,T_C) C; Cluster(planes); SpatialMap(T_K,T_K) K; auto;"
    dataflow, found = resolve_core(text, 2, 3, 4, psum_link=True)
    assert found == []
    assert spatial_units(dataflow.spatial, 2, 3, 4) == (2, 3, 4)
    assert messages(text, 2, 3, 4) == [
        "1:59 C over cores needs a link for partial sums between them, and this board has none (psum_link): keep C "
        "temporal"
    ]
    assert messages(text, 2, 1, 4) == []  # C over one column passes nothing on


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SpatialMap(T_P,T_P) P; SpatialMap(T_K,T_K) K; auto;", "put Cluster(cols); between them"),
        ("SpatialMap(T_P,T_P) Y; auto;", "Y is no loop over cores"),
        ("SpatialMap(T_P,T_P) P; auto; TemporalMap(1,1) R;", "R is no loop over cores"),
        ("SpatialMap(T_P,T_P) P; TemporalMap(B_K,B_K) K;", "loop C is not mapped: add TemporalMap(B_C, B_C) C;"),
        ("SpatialMap(T_K,T_K) P; auto;", "T_K is a tile of K, but this line maps P"),
        ("SpatialMap(T_P,T_P) P; Cluster(cols); SpatialMap(T_P,T_P) P; auto;", "P is spatial already (line 1)"),
        ("SpatialMap(T_P,T_P) P; Cluster(cols); auto;", "no SpatialMap behind this Cluster"),
        ("Cluster(cols); SpatialMap(T_P,T_P) P; auto;", "no SpatialMap before this Cluster"),
        ("SpatialMap(T_P,T_P) P; TemporalMap(8,4) K; TemporalMap(1,1) C;", "the offset must equal the size, 8"),
        ("SpatialMap(T_P,T_P) P; TemporalMap(1,1) C; auto;", "auto chooses order and tiles"),
        ("SpatialMap(T_P,T_P) P; flexible;", "flexible lets every layer choose"),
        ("SpatialMap(Sz(P),Sz(P)) P; auto;", "one core would take all of P"),
        ("SpatialMap(rows,rows) P; auto;", "'rows' counts cores, not a tile"),
        ("auto;", "8 cores would all do the same work"),
        ("", "8 cores would all do the same work"),
    ],
)
def test_mistakes_are_named(text, expected):
    dataflow, found = resolve_core(text, 2, 4)
    assert dataflow is None
    assert any(d.severity is Severity.ERROR and expected in d.message for d in found), found


def test_planes_need_a_third_loop():
    text = "SpatialMap(T_P,T_P) P; Cluster(cols); SpatialMap(T_K,T_K) K; auto;"
    assert any("2 planes but no third" in m for m in messages(text, 2, 2, 2))


def test_without_a_temporal_line_the_compiler_chooses():
    dataflow, found = resolve_core("SpatialMap(T_P, T_P) P", 1, 2)
    assert dataflow.auto
    assert [d.severity for d in found] == [Severity.HINT]
    assert resolve_core(apply_fix("SpatialMap(T_P, T_P) P", found[0]), 1, 2) == (dataflow, [])


def test_a_spatial_loop_without_temporal_line_takes_its_share_where_it_stands():
    dataflow, found = resolve_core(
        "SpatialMap(T_P,T_P) P; Cluster(cols); SpatialMap(4,4) K; TemporalMap(B_C,B_C) C;", 2, 2
    )
    assert found == []
    assert dataflow.temporal == (
        TemporalLoop(Loop.P, TileRule.BALANCED),
        TemporalLoop(Loop.K, TileRule.FIXED, 4),
        TemporalLoop(Loop.C, TileRule.LARGEST),
    )


@pytest.mark.parametrize(("last", "words"), [("C", "Outputs stay"), ("P", "Weights stay"), ("K", "Inputs stay")])
def test_what_stays_follows_the_innermost_moving_loop(last, words):
    order = [loop for loop in "PKC" if loop != last] + [last]
    text = "SpatialMap(T_P, T_P) P;" + "".join(f"TemporalMap(B_{d}, B_{d}) {d};" for d in order)
    dataflow, _ = resolve_core(text, 1, 2)
    assert describe_core(dataflow, 1, 2)[0].startswith(words)
    assert stationary(dataflow) is Loop[last]


def test_the_loop_nest_is_nested():
    dataflow, _ = resolve_core(PICTURE, 2, 4)
    lines = loop_nest(dataflow, 2, 4).split("\n")
    assert [len(line) - len(line.lstrip()) for line in lines] == [0, 2, 4, 6, 8, 10]
    assert lines[0].startswith("parallel for p_core in 0..2")


def test_every_core_level_preset_resolves_without_a_word():
    names = [d for d in load_dataflows() if d.level is DataflowLevel.CORE]
    assert len(names) > 20
    for named in names:
        planes = 2 if len(named.spatial) == 3 else 1
        dataflow, found = resolve_core(named.text, 2, 2, planes, psum_link=True)
        assert found == [], named.name
        assert tuple(loop.name for loop in dataflow.spatial) == named.spatial
        wire = {"P": "weight-multicast", "K": "input-multicast", "C": "psum-ring"}
        if not dataflow.flexible:
            assert named.wires == tuple(wire[loop] for loop in named.spatial), named.name
        stays = {"os": Loop.C, "ws": Loop.P, "is": Loop.K}
        if named.name[:2] in stays:
            assert stationary(dataflow) is stays[named.name[:2]], named.name


WORDS = st.sampled_from(
    [
        "SpatialMap(",
        "TemporalMap(",
        "Cluster(",
        "T_P",
        "T_K",
        "B_C",
        "Sz(P)",
        "Sz(K)",
        "4",
        "1",
        ",",
        ",",
        ")",
        ")",
        "P",
        "K",
        "C",
        "Y",
        ";",
        ";",
        "auto",
        "flexible",
        "cols",
        "planes",
        "rows",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=30), st.integers(1, 4), st.integers(1, 4), st.integers(1, 2), st.booleans())
def test_a_dataflow_comes_back_exactly_if_nothing_is_wrong(words, rows, cols, planes, psum_link):
    text = " ".join(words)
    dataflow, found = resolve_core(text, rows, cols, planes, psum_link)
    assert (dataflow is None) == has_errors(found)
    if dataflow is not None:
        assert describe_core(dataflow, rows, cols, planes)
        assert loop_nest(dataflow, rows, cols, planes)
        assert len(set(dataflow.spatial)) == len(dataflow.spatial) <= 3
        if not dataflow.auto:
            assert sorted(t.loop for t in dataflow.temporal) == [Loop.P, Loop.C, Loop.K]


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, max_size=20))
def test_every_fix_takes_its_mistake_away(words):
    text = " ".join(words)
    for found in resolve_core(text, 2, 2)[1]:
        if found.fix is not None:
            again = resolve_core(apply_fix(text, found), 2, 2)[1]
            assert (found.line, found.column, found.message) not in [(d.line, d.column, d.message) for d in again]
