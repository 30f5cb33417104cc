"""The screen with the real engine: keys change the design, and the score follows; a search is started and steered."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from workbench.design.design import Design, SubAccelerator
from workbench.engine.client import list_runs, send_command, start_run
from workbench.engine.messages import RunCommand, RunOptions
from workbench.tui import numbers
from workbench.tui.app import WorkbenchApp
from workbench.tui.opening import Opened

PATIENCE_S = 120.0  # the first start of an engine on a machine compiles its kernels
TEXT = "SpatialMap(T_P, T_P) P;\nCluster(cols);\nSpatialMap(T_K, T_K) K;\nauto;\n"
TINY = Design(
    "tiny", "u280", (SubAccelerator("A", "B512", 1, 2, TEXT),), tenants=(("mobilenetv2", 1, 1, None),)
)  # fmt: skip


async def until(pilot: Pilot[int], done: Callable[[], bool]) -> None:
    """Wait for something that another process will bring about."""
    async with asyncio.timeout(PATIENCE_S):
        while not done():
            await pilot.pause(0.02)


def _app() -> WorkbenchApp:
    return WorkbenchApp(Opened(TINY, "tiny"))


async def test_an_edit_is_scored_and_undo_brings_the_old_score_back() -> None:
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        await until(pilot, lambda: session.state.scored)
        first = session.state.score
        assert first is not None
        assert first.edp_j_s is not None
        await pilot.press("3", "+")
        assert session.state.design.subaccelerators[0].cols == 3
        assert session.state.unsaved
        await until(pilot, lambda: session.state.scored)
        assert session.state.score is not None
        assert session.state.score.edp_j_s != first.edp_j_s
        assert session.state.pinned is not None
        assert session.state.pinned.score == first
        await pilot.press("u")
        assert session.state.scored
        assert session.state.score == first
        assert not session.state.unsaved
        await pilot.press("ctrl+r")
        assert session.state.design.subaccelerators[0].cols == 3


async def test_how_often_a_design_is_best_stands_on_the_score_line_while_it_is_the_one_at_hand() -> None:
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        await until(pilot, lambda: session.state.scored)
        await pilot.press("%")
        assert session.state.judged is None  # it is the pinned design itself: there is nothing to judge it against
        await pilot.press("3", "+")
        await until(pilot, lambda: session.state.scored)
        await pilot.press("%")
        await until(pilot, lambda: session.state.judged is not None)
        judged = session.state.best_share
        assert judged is not None
        assert judged.rivals == 1
        words = f"best in {numbers.percent(judged.best_share)} of {judged.draws} draws"
        assert words in app.main.band.render_line(0).text
        await pilot.press("u")
        assert session.state.best_share is None
        assert "draws" not in app.main.band.render_line(0).text
        await pilot.press("ctrl+r")
        assert session.state.best_share == judged


async def test_explain_and_schedule_ask_the_engine_and_enter_applies_a_step() -> None:
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session.state.scored)
        await pilot.press("S")
        schedule = app.screen.panes[0]  # type: ignore[attr-defined]
        await until(pilot, lambda: schedule.score is not None)
        assert schedule.score.timeline
        await pilot.press("right", "+", "down", "-", "e")
        steps = app.screen.panes[0]  # type: ignore[attr-defined]
        await until(pilot, lambda: steps.explanation is not None)
        from workbench.design.variables import get_variable, set_variable
        from workbench.tui.screens.explain_steps import best_together

        best = steps.chosen
        changed, names = best_together(app.session.state.design, steps.explanation.suggestions)
        assert len(set(names)) == len(names) > 1
        await until(pilot, lambda: steps.together is not None)
        gains = {s.variable: s.after for s in reversed(steps.explanation.possible) if s.ratio < 1}
        plain = app.session.state.design
        for name in names:
            plain = set_variable(plain, name, gains[name])
        assert plain == changed
        assert steps.together == ((await app.session.engine.score(plain)).score, names)
        assert steps.together[0].feasible
        await pilot.press("enter")
        assert get_variable(app.session.state.design, best.variable) == best.after
        await until(pilot, lambda: steps.explanation is not None)
        await pilot.press("b")
        assert {step.variable.split(".")[0] for step in steps.rows()} == {"board"}
        ratios = [step.ratio for step in steps.rows() if step.ratio is not None]
        assert ratios == sorted(ratios)
        best = steps.chosen
        await pilot.press("enter")
        assert get_variable(app.session.state.design, best.variable) == best.after


async def test_from_a_job_to_its_layer_and_both_timelines_on_one_axis() -> None:
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session.state.scored)
        await pilot.press("S")
        schedule = app.screen.panes[0]  # type: ignore[attr-defined]
        await until(pilot, lambda: schedule.score is not None)
        await pilot.press("right", "right", "enter")
        layers = app.screen.panes[0]  # type: ignore[attr-defined]
        chosen = layers.rows()[layers.cursor]
        assert (chosen.tenant, chosen.layer) == (schedule.selected.tenant, schedule.selected.layer)
        await pilot.press("escape", "escape", "3", "+")
        await until(pilot, lambda: app.session.state.scored)
        await pilot.press("c", "t")
        timelines = app.screen.panes[0]  # type: ignore[attr-defined]
        await until(pilot, lambda: all(timelines.scores))
        pinned, yours = timelines.scores
        assert app.session.state.pinned is not None
        assert app.session.state.pinned.score is not None
        assert (pinned.latency_s, yours.latency_s) == (
            app.session.state.pinned.score.latency_s,
            app.session.state.score.latency_s,  # type: ignore[union-attr]
        )
        assert len(pinned.timeline) == len(yours.timeline) > 0


async def test_a_search_is_started_paused_stepped_adopted_and_stopped(own_places: Path) -> None:
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        searching = session.searching
        searching.options = RunOptions(evaluations=100_000, threads=1)
        await until(pilot, lambda: session.state.scored)
        await pilot.press("4", "s")
        try:
            await until(pilot, lambda: session.state.snapshot is not None and bool(session.state.snapshot.best))
            await pilot.press("space")
            await until(pilot, lambda: _state(app) == "paused")
            snapshot = session.state.snapshot
            assert snapshot is not None
            await pilot.press(".")
            await until(pilot, lambda: _generation(app) > snapshot.generation)
            best = app.main.monitor.candidate
            assert best is not None
            await pilot.press("a")
            assert session.state.design == best.design
            await until(pilot, lambda: session.state.scored)
            assert session.state.score is not None
            assert session.state.score.edp_j_s == pytest.approx(best.edp_j_s, rel=1e-9)
            await pilot.press("i", "space")
            await until(pilot, lambda: _state(app) == "running")
            await pilot.press("s")
            await until(pilot, lambda: _state(app) in ("stopped", "finished"))
        finally:
            if searching.living:
                send_command(searching.run, RunCommand("stop"))


async def test_keys_that_come_while_a_search_is_being_started_start_no_other() -> None:
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        searching = app.session.searching
        searching.options = RunOptions(evaluations=100_000, threads=1)
        await until(pilot, lambda: app.session.state.scored)
        for _ in range(3):
            app.action_search()
        try:
            await until(pilot, lambda: _generation(app) > 0)
            assert [info.id for info in list_runs()] == [searching.run]
            app.action_search()
            await until(pilot, lambda: _state(app) == "stopped")
        finally:
            if searching.living:
                send_command(searching.run, RunCommand("stop"))


async def test_of_two_runs_turned_to_at_once_the_last_is_watched() -> None:
    runs = [start_run(TINY, RunOptions(evaluations=None, seed=seed, threads=1)) for seed in (1, 2)]
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        searching = app.session.searching
        try:
            await asyncio.gather(*(searching.attach(run) for run in (*runs, *runs)))
            seen = set()
            for _ in range(60):
                await pilot.pause(0.02)
                seen |= {searching.snapshot.run} if searching.snapshot else set()
            assert seen == {runs[-1]}
            watching = [task for task in asyncio.all_tasks() if "_listen" in repr(task.get_coro())]
            assert len(watching) == 1
        finally:
            for run in runs:
                send_command(run, RunCommand("stop"))


def _state(app: WorkbenchApp) -> str:
    snapshot = app.session.searching.snapshot
    return snapshot.state if snapshot else ""


def _generation(app: WorkbenchApp) -> int:
    snapshot = app.session.searching.snapshot
    return snapshot.generation if snapshot else -1


async def test_the_text_follows_every_undo_of_broken_texts() -> None:
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        editor = app.main.dataflow.editor
        await pilot.press("2", "enter", "end", "backspace")
        await pilot.pause(0.2)
        for key in ("space", "B", "o", "g"):
            await pilot.press(key)
        await pilot.press("escape")
        assert "Bog" in editor.text
        while app.session.state.design != TINY:
            await pilot.press("u")
        await pilot.pause(0.2)
        assert editor.text == TEXT
