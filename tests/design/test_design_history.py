"""Undo and redo against a plain list of designs."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from workbench.design import history
from workbench.design.design import Design, SubAccelerator
from workbench.design.history import History

BASE = Design("mixed", "u280", (SubAccelerator("A", "B512", 1, 1, "auto;"),))


def rows(count: int) -> Design:
    return replace(BASE, subaccelerators=(replace(BASE.subaccelerators[0], rows=count),))


@given(st.lists(st.one_of(st.integers(2, 9), st.sampled_from(["undo", "redo", "save"])), max_size=40))
def test_it_behaves_like_a_list_with_a_mark(moves: list[int | str]) -> None:
    steps, mark, saved = [BASE], 0, None
    h = History.begin(BASE)
    for move in moves:
        if move == "undo":
            h, mark = h.undo(), max(0, mark - 1)
        elif move == "redo":
            h, mark = h.redo(), min(len(steps) - 1, mark + 1)
        elif move == "save":
            h, saved = h.mark_saved(), steps[mark]
        else:
            h = h.push(rows(move), f"{move} rows")
            if rows(move) != steps[mark]:
                steps = [*steps[: mark + 1], rows(move)]
                mark += 1
        assert h.design == steps[mark]
        assert h.can_undo == (mark > 0)
        assert h.can_redo == (mark + 1 < len(steps))
        assert h.modified == (saved != steps[mark])
    assert len(h.hand_edits) == mark


def test_typing_is_one_step_and_undone_as_one() -> None:
    h = History.begin(BASE, saved=True)
    for count in (2, 3, 4):
        h = h.push(rows(count), "dataflow of A", merge=True)
    assert len(h.steps) == 2
    assert h.undo().design == BASE
    assert not h.undo().modified
    saved = h.mark_saved().push(rows(5), "dataflow of A", merge=True)
    assert saved.undo().design == rows(4)
    assert saved.modified


def test_a_long_session_keeps_the_latest_steps(monkeypatch) -> None:
    monkeypatch.setattr(history, "LONGEST", 5)
    h = History.begin(BASE, saved=True)
    for count in range(2, 12):
        h = h.push(rows(count), str(count))
    assert [step.label for step in h.steps] == ["7", "8", "9", "10", "11"]
    assert h.modified
