"""Hints for newcomers: one per pane, gone for good once the pane has been used."""

from pathlib import Path

from recorded_app import RecordedApp

from workbench.tui.first_steps import HINTS, FirstSteps, Step
from workbench.tui.panes.pane import Pane


def _last_row(pane: Pane) -> str:
    return "".join(text for text, _ in pane._rows[-1])


async def test_each_pane_has_its_hint_until_it_has_been_used() -> None:
    app = RecordedApp(newcomer=True)
    async with app.run_test(size=(200, 60)) as pilot:
        app.session.history = app.session.history.push(app.session.state.design, "recorded")
        for key, pane, step, use in (
            ("3", app.main.grid, Step.GRID, ["+"]),
            ("1", app.main.workload, Step.WORKLOAD, ["enter"]),
            ("4", app.main.monitor, Step.SEARCH, ["a"]),
            ("2", app.main.dataflow, Step.DATAFLOW, ["d", "escape"]),
        ):
            await pilot.press(key)
            assert HINTS[step][0][1] in _last_row(pane)
            await pilot.press(*use)
            await pilot.pause()
            assert HINTS[step][0][1] not in _last_row(pane)
            assert "saves the design" in _last_row(pane), "what is left to do"
        await pilot.press("ctrl+s", "enter")
        await pilot.pause()
        assert app.first_steps.taken == set(Step)
        assert not _last_row(app.main.dataflow).strip()


def test_steps_are_remembered_and_a_broken_file_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "state" / "steps.txt"
    FirstSteps(path).take(Step.GRID)
    again = FirstSteps(path)
    assert again.hint(Step.GRID, unsaved=False) == ()
    assert again.hint(Step.GRID, unsaved=True) == HINTS[Step.SAVE]
    assert again.hint(Step.SEARCH, unsaved=True) == HINTS[Step.SEARCH]
    path.write_bytes(b"\xff\xfe")
    assert FirstSteps(path).hint(Step.GRID, unsaved=False) == HINTS[Step.GRID]
    FirstSteps(tmp_path / "state" / "steps.txt" / "no-folder").take(Step.GRID)
