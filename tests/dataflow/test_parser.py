"""Texts, tokens and mistakes: what was found, what was expected, where, and the edit that mends it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.dataflow.diagnostic import Severity, apply_fix
from workbench.dataflow.lexer import Kind, lex
from workbench.dataflow.library import load_dataflows
from workbench.dataflow.parser import parse
from workbench.dataflow.statements import ClusterStatement, ConstantStatement, MapStatement, SizeKind, WordStatement

SIZE = "expected a size: a number, Sz(D), T_D, B_D or a constant"
STATEMENT = "expected SpatialMap, TemporalMap, Cluster, Constant, auto or flexible"


def said(text):
    return [(str(d), d.fix) for d in parse(text).diagnostics]


def test_every_statement_and_every_size():
    parsed = parse(
        "Constant TILE 64;\n"
        "SpatialMap(TILE, 8) K; // a comment\n"
        "TemporalMap(Sz(R), T_C) Y'; /* and\nanother */ Cluster(rows, P);\n"
        "TemporalMap(B_X, B_X) X; Cluster(4); auto; flexible"
    )
    assert parsed.diagnostics == ()
    constant, spatial, temporal, grid, largest, cluster, auto, flexible = parsed.statements
    assert isinstance(constant, ConstantStatement)
    assert isinstance(spatial, MapStatement)
    assert (spatial.spatial, spatial.size.kind, spatial.size.value, spatial.offset.value) == (
        True, SizeKind.CONSTANT, 64, 8,
    )  # fmt: skip
    assert (temporal.dim, temporal.size.kind, temporal.offset.kind) == ("Y'", SizeKind.FULL, SizeKind.BALANCED)
    assert isinstance(grid, ClusterStatement)
    assert (grid.size.name, grid.letter) == ("rows", "P")
    assert largest.size.kind is SizeKind.LARGEST
    assert cluster.size.value == 4
    assert [s.word for s in (auto, flexible) if isinstance(s, WordStatement)] == ["auto", "flexible"]


def test_case_and_white_space_do_not_matter():
    plain = parse("SpatialMap(T_K, T_K) K;\nCluster(8, P);\nTemporalMap(Sz(C), Sz(C)) C;\n")
    wild = parse("spatialMAP ( t_k,T_k)k ;cluster( 8 ,p) ;\n\tTEMPORALMAP(SZ( C ),sz(c))\n  C")
    assert wild.diagnostics == plain.diagnostics == ()
    assert wild.canonical == plain.canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SpatialMap(1,1) K Cluster(4);", [("1:18 found 'Cluster', expected ';' before it", ";")]),
        ("SpatialMap(1 1) K;", [("1:13 a ',' is missing here", ",")]),
        ("SpatialMap(1) K;", [("1:13 found ')', expected ',' and the offset", ", 1")]),
        ("SpatialMap(1,1 K;", [("1:15 found 'K', expected ')'", ")")]),
        ("SpatialMap(0,1) K;", [("1:12 found 0, expected at least 1", "1")]),
        ("SpatialMap(-4,1) K;", [(f"1:12 found '-' (sizes are positive), {SIZE}", None)]),
        ("SpatalMap(1,1) K;", [(f"1:1 found 'SpatalMap', {STATEMENT}", "SpatialMap")]),
        ("SpatialMap(C,1) K;", [(f"1:12 found 'C', {SIZE}", "Sz(C)")]),
        ("SpatialMap(1,1)", [("1:16 the text ends here, expected a dimension (P N G K C R S Y X Y' X' M)", None)]),
        ("Cluster(4, Q);", [("1:12 found 'Q', expected the letter P or L, or ')'", "P")]),
        ("Constant A 1; Constant A 2;", [("1:24 constant A is 1 already", None)]),
        ("/* open", [("1:1 this comment never ends, expected */ behind it", None)]),
        ("SpatialMap(4294967296,1) K;", [("1:12 this number is too large, expected at most 2,147,483,647", None)]),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_place(text, expected):
    assert said(text) == expected


def test_several_mistakes_at_once_and_the_good_lines_are_kept():
    parsed = parse("SpatialMap(1,) K;\nTemporalMap(4,4) C;\nTemporalMap 4,4) X;\nCluster(;\nSpatialMap(2,2) K;")
    assert [d.line for d in parsed.diagnostics] == [1, 3, 4]
    assert parsed.canonical == "TemporalMap(4, 4) C;\nSpatialMap(2, 2) K;\n"


def test_the_canonical_text_is_its_own_canonical_text():
    for named in load_dataflows():
        parsed = parse(named.text)
        assert parsed.diagnostics == (), named.name
        assert parse(parsed.canonical).canonical == parsed.canonical


WORDS = st.sampled_from(
    ["SpatialMap", "TemporalMap", "Cluster", "Constant", "auto", "flexible", "Sz", "(", ")", ",", ";", "\n", " ", "K",
     "Y'", "T_K", "B_C", "P", "4", "0", "99999999999", "//", "/*", "*/", "rows", "N1", "{", "}", "-", "ü", "'", "\t",
     "3x", "Dataflow"]
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(WORDS, max_size=60).map("".join) | st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=80))
def test_no_text_breaks_the_parser(text):
    parsed = parse(text)
    lines = text.split("\n")
    for found in parsed.diagnostics:
        assert 1 <= found.line <= len(lines)
        assert 1 <= found.column <= found.end_column <= len(lines[found.line - 1]) + 1
        assert found.severity in Severity
        apply_fix(text, found)
    for token in lex(text, comments=True):
        if token.kind is not Kind.END:
            assert lines[token.line - 1][token.column - 1 :].startswith(token.text.split("\n")[0])
    if not parsed.diagnostics:
        assert parse(parsed.canonical).statements is not None
        assert parse(parsed.canonical).diagnostics == ()
