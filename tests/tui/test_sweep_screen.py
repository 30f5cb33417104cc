"""A sweep on the screen with the real engine: one variable, a second one, and a cell applied."""

from typing import cast

from test_with_engine import TINY, until

from workbench.tui.app import WorkbenchApp
from workbench.tui.opening import Opened
from workbench.tui.screens.sweep import MOST_ACROSS, SweepPane


async def test_a_sweep_scores_every_value_and_enter_applies_a_cell() -> None:
    app = WorkbenchApp(Opened(TINY, "tiny"))
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        await until(pilot, lambda: session.state.scored)
        assert session.state.score is not None
        await pilot.press("3", "w")
        pane = cast("SweepPane", app.screen.panes[0])  # type: ignore[attr-defined]
        await until(pilot, lambda: pane.found is not None)
        assert (pane.wide, pane.high) == (MOST_ACROSS, 1)
        assert pane.point(pane.x, 0).values == (2,)
        assert pane.point(pane.x, 0).edp_j_s == session.state.score.edp_j_s
        await pilot.press("v", "v")
        await until(pilot, lambda: pane.found is not None and pane.high > 1)
        assert pane.down == "A.rows"
        await pilot.press("right", "down")
        cell = pane.point(pane.x, pane.y)
        assert cell.values == (2, 3)
        await pilot.press("enter")
        sub = session.state.design.subaccelerators[0]
        assert (sub.rows, sub.cols) == (2, 3)
        await until(pilot, lambda: session.state.scored)
        assert session.state.score.edp_j_s == cell.edp_j_s
        await pilot.press("u")
        assert session.state.design == TINY
