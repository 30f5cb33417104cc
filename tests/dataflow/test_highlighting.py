"""What an editor asks: token classes of a line, and what may stand at the cursor."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.dataflow.highlighting import TokenClass, comment_open, completions, tokens
from workbench.dataflow.parser import parse


def classes(line, in_comment=False):
    return [(line[s.column - 1 : s.end_column - 1], s.kind) for s in tokens(line, in_comment)]


def test_token_classes():
    found = dict(classes("SpatialMap(T_P, 4) P; Cluster(cols, L); TemporalMap(Sz(C), WIDE) C; // all"))
    assert found["SpatialMap"] is TokenClass.SPATIAL
    assert found["TemporalMap"] is TokenClass.DIRECTIVE
    assert found["T_P"] is found["Sz"] is found["cols"] is TokenClass.SIZE
    assert found["4"] is TokenClass.NUMBER
    assert found["C"] is found["P"] is TokenClass.DIMENSION
    assert found["WIDE"] is found["L"] is TokenClass.NAME
    assert found["// all"] is TokenClass.COMMENT


def test_a_block_comment_runs_over_lines():
    assert comment_open("K /* begins")
    assert comment_open("goes on", in_comment=True)
    assert not comment_open("ends */ auto;", in_comment=True)
    assert classes("ends */ auto;", in_comment=True)[:2] == [
        ("ends */", TokenClass.COMMENT),
        ("auto", TokenClass.STRUCTURE),
    ]


@pytest.mark.parametrize(
    ("before", "first", "column"),
    [
        ("", "SpatialMap(", 1),
        ("Te", "TemporalMap(", 1),
        ("SpatialMap(", "T_P", 12),
        ("TemporalMap(", "B_P", 13),
        ("TemporalMap(B_K, ", "B_P", 18),
        ("TemporalMap(B_K, B_K) ", "P", 23),
        ("TemporalMap(Sz(", "P", 16),
        ("Cluster(", "rows", 9),
        ("Cluster(pl", "planes", 9),
        ("auto; fl", "flexible;", 7),
    ],
)
def test_completions_fit_the_place(before, first, column):
    found = completions(before, 1, len(before) + 1)
    assert (found[0].text, found[0].column) == (first, column)


def test_a_text_over_pes_has_every_dimension_and_no_grid():
    def words(before):
        return [c.text for c in completions(before, 1, len(before) + 1, inside=True)]

    assert words("") == ["SpatialMap(", "TemporalMap(", "Cluster(", "Constant "]
    assert {"Y'", "X'", "R", "S", "N", "G"} <= set(words("SpatialMap(1, 1) "))
    assert "P" not in words("SpatialMap(1, 1) ")
    assert words("TemporalMap(S") == [f"Sz({dim})" for dim in words("TemporalMap(Sz(")]
    assert words("Cluster(") == []


def test_constants_are_offered_and_comments_are_left_alone():
    text = "Constant WIDE 8;\nTemporalMap("
    assert "WIDE" in [c.text for c in completions(text, 2, 13)]
    assert completions("// Te", 1, 6) == []
    assert completions("/* Te", 1, 6) == []
    assert completions("x", 7, 1) == []


@settings(max_examples=60, deadline=None)
@given(st.text("SpatialMCuer(), T_PKB;/*\n'4", max_size=50), st.integers(1, 6), st.integers(1, 20))
def test_nothing_breaks_it(text, line, column):
    for offered in completions(text, line, column):
        assert offered.column <= max(column, 1)
    opened = False
    for part in text.split("\n"):
        end = 1
        for span in tokens(part, opened):
            assert end <= span.column < span.end_column <= len(part) + 1
            end = span.end_column
        opened = comment_open(part, opened)


def test_a_completed_statement_parses():
    text = ""
    for _ in range(12):
        offered = completions(text, 1, len(text) + 1)
        if not offered:
            break
        text = text[: offered[0].column - 1] + offered[0].text
        text += {"SpatialMap(": "", "T_P": ", T_P) P;"}.get(offered[0].text, "")
        if text.endswith(";"):
            break
    assert parse(text).canonical == "SpatialMap(T_P, T_P) P;\n"
