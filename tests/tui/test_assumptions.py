"""Assumptions: every field of every board can be shown, stepped and set; with the engine, the score follows."""

from typing import cast

import pytest
from test_with_engine import TINY, until

from workbench.design.edit import design_board, override_board_field
from workbench.design.variables import get_variable
from workbench.hardware.presets import board_names, load_board, load_energy
from workbench.tui.app import WorkbenchApp
from workbench.tui.board_fields import (
    board_fields,
    other_values,
    plain_words,
    read_value,
    source_words,
    stepped,
    value_of,
    words_of,
)
from workbench.tui.opening import Opened
from workbench.tui.screens.assumptions import AssumptionsPane


@pytest.mark.parametrize("name", board_names())
def test_every_field_of_every_board_can_be_read_set_and_stepped(name: str) -> None:
    board = load_board(name)
    fields = board_fields(board)
    assert len({f.key for f in fields}) == len(fields)
    for field in fields:
        now = value_of(board, field)
        assert words_of(field, now)
        for value in (now, stepped(field, now, 1), stepped(field, now, -1), *other_values(field, now)):
            if field.key == "energy" or (field.key, value) == ("port_bytes_per_cycle", 0.0):
                continue
            changed = load_board(name, {field.key: value})
            assert value_of(changed, field) == value
        if not field.choices:
            assert read_value(field, plain_words(field, now)) == pytest.approx(now, rel=1e-9)


def test_what_is_typed_must_be_a_number() -> None:
    clock = next(f for f in board_fields(load_board("u280")) if f.key == "clock_hz")
    assert read_value(clock, "325 MHz") == 325e6
    with pytest.raises(ValueError, match="clock: found 'fast'; allowed: a number, in MHz"):
        read_value(clock, "fast")


def test_every_field_is_a_variable_by_its_name() -> None:
    for field in board_fields(load_board("u280")):
        assert get_variable(TINY, f"board.{field.key}") == value_of(design_board(TINY), field)


def test_the_energy_table_says_where_it_is_from() -> None:
    board = load_board("u280")
    energy = next(f for f in board_fields(board) if f.key == "energy")
    assert source_words(board, energy) == load_energy(board.energy).source != ""


def _row(pane: AssumptionsPane, key: str) -> int:
    return next(k for k, f in enumerate(pane.rows()) if f.key == key)


async def test_a_changed_assumption_moves_the_score_and_undo_takes_it_back() -> None:
    app = WorkbenchApp(Opened(TINY, "tiny"))
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        await until(pilot, lambda: session.state.scored)
        first = session.state.score
        assert first is not None
        await pilot.press("F")
        pane = cast("AssumptionsPane", app.screen.panes[0])  # type: ignore[attr-defined]
        pane.move_to(_row(pane, "clock_hz"))
        await pilot.press("enter", *["backspace"] * 3, *"150", "enter")
        assert session.state.design == override_board_field(TINY, "clock_hz", 150e6)
        await until(pilot, lambda: session.state.scored)
        assert session.state.score is not None
        assert session.state.score.latency_s is not None
        assert first.latency_s is not None
        assert session.state.score.latency_s > first.latency_s
        await pilot.press("w")
        await until(pilot, lambda: "clock_hz" in pane.tried)
        edps = [p.edp_j_s for p in pane.tried["clock_hz"].points]
        assert all(edps)
        assert edps[0] > edps[-1]  # type: ignore[operator]
        await pilot.press("x")
        assert session.state.design == TINY
        await pilot.press("u", "u")
        assert session.state.score == first
        pane.move_to(_row(pane, "keep_activations"))
        await pilot.press("right")
        assert session.state.board.keep_activations
        await pilot.press("escape")
        assert app.screen is app.main


async def test_the_history_shows_every_step_and_goes_to_one() -> None:
    app = WorkbenchApp(Opened(TINY, "tiny"))
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        await until(pilot, lambda: session.state.scored)
        await pilot.press("3", "+", "+", "r")
        await until(pilot, lambda: session.state.scored)
        await pilot.press("H")
        overlay = app.screen
        assert [c.id for c in overlay.choices] == ["3", "2", "1", "0"]  # type: ignore[attr-defined]
        assert "mJ·s" in overlay.choices[-1].detail  # type: ignore[attr-defined]
        await pilot.press("down", "down", "down", "enter")
        assert session.state.design == TINY
        assert session.history.can_redo
        await pilot.press("H", "up", "enter")
        assert session.state.design.subaccelerators[0].cols == 3


async def test_as_many_facts_are_named_as_the_score_line_counts() -> None:
    app = WorkbenchApp(Opened(TINY, "tiny"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session.state.scored)
        assert app.session.state.score is not None
        count = len(app.session.state.score.unconfirmed)
        await pilot.press("F")
        await pilot.pause()
        pane = app.screen.query_one(AssumptionsPane)
        assert f"{count} unconfirmed facts" in pane.title_right(120)[0][0]
        assert pane._mark(pane.rows()[_row(pane, "energy")]) == "≈ unconfirmed"
