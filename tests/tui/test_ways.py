"""Ways to run a layer, from the real engine: fastest first, the schedule's own marked, filtered and sorted."""

from typing import cast

from test_with_engine import TINY, until

from workbench.tui.app import WorkbenchApp
from workbench.tui.opening import Opened
from workbench.tui.screens.layers import LayersScreen
from workbench.tui.screens.ways import WaysPane, bytes_moved


async def test_enter_on_a_layer_shows_its_ways_and_escape_goes_back_to_the_layers() -> None:
    app = WorkbenchApp(Opened(TINY, "tiny"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session.state.scored)
        await pilot.press("l", "enter")
        pane = cast("WaysPane", app.screen.panes[0])  # type: ignore[attr-defined]
        await until(pilot, lambda: pane.found is not None)
        ways = pane.rows()
        assert len(ways) >= 2
        assert sum(way.chosen for way in ways) == 1
        assert ways[pane.cursor].chosen
        assert [w.unstalled_s for w in ways] == sorted(w.unstalled_s for w in ways)
        await pilot.press("o")
        assert [bytes_moved(w) for w in pane.rows()] == sorted(map(bytes_moved, ways))
        await pilot.press("/", *ways[0].bound, "enter")
        assert {w.bound for w in pane.rows()} == {ways[0].bound}
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, LayersScreen)
