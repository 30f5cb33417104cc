"""Tenants on the screen with the real engine: networks of other tools imported, latency limits kept or missed."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from test_with_engine import TINY, until

from workbench.design.design import TenantRow
from workbench.presets_finder import preset_path
from workbench.tui.app import WorkbenchApp
from workbench.tui.charts.canvas import Canvas
from workbench.tui.opening import Opened
from workbench.tui.panes.pane import Pane
from workbench.tui.screens.ask import AskText, Confirm
from workbench.tui.screens.ask_path import AskPath, completions

sys.path.insert(0, str(Path(__file__).parents[1] / "exchange"))  # onnx_models


def _app() -> WorkbenchApp:
    return WorkbenchApp(Opened(TINY, "tiny"))


def _drawn(pane: Pane) -> str:
    canvas = Canvas(pane.size.width, pane.size.height)
    pane.draw(canvas)
    return canvas.text()


def test_completion_offers_folders_and_readable_files_only(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").touch()
    (tmp_path / "net.txt").touch()
    (tmp_path / "nets").mkdir()
    (tmp_path / ".hidden.csv").touch()
    endings = (".onnx", ".csv")
    assert completions(f"{tmp_path}/", endings) == [f"{tmp_path}/net.onnx", f"{tmp_path}/nets/"]
    assert completions(f"{tmp_path}/.", endings) == [f"{tmp_path}/.hidden.csv"]
    assert completions(f"{tmp_path}/none/", endings) == []


async def test_a_table_is_imported_by_its_completed_path_and_becomes_a_tenant(own_places: Path) -> None:
    table = preset_path("networks", "dlrm", ".csv").read_text(encoding="utf-8")
    (own_places / "only_this.csv").write_text(table, encoding="utf-8")
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        await until(pilot, lambda: session.state.scored)
        await pilot.press("1", "i", *"onl", "tab")
        assert isinstance(app.screen, AskPath)
        await pilot.press("enter")
        await until(pilot, lambda: len(session.state.workload.tenants) == 2)
        await until(pilot, lambda: session.state.scored)
        assert session.state.score is not None
        assert len(session.state.score.tenants) == 2
        assert (own_places / "saves" / "networks" / "only_this.csv").exists()
        await pilot.press("i", *"only_this.csv", "enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape", "u")
        assert session.state.design == TINY


async def test_an_open_dimension_is_asked_for(own_places: Path) -> None:
    pytest.importorskip("onnx")
    from onnx_models import resnet18

    resnet18(own_places / "open.onnx", "images")
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session.state.scored)
        await pilot.press("1", "i", *"open.onnx", "enter")
        await until(pilot, lambda: isinstance(app.screen, AskText) and not isinstance(app.screen, AskPath))
        await pilot.press("enter")  # what the engine proposes
        await until(pilot, lambda: len(app.session.state.workload.tenants) == 2)


async def test_a_latency_limit_is_set_shown_red_when_missed_and_taken_back() -> None:
    app = _app()
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        await until(pilot, lambda: session.state.scored)
        score = session.state.score
        assert score is not None
        await pilot.press("1", "L", *"900000", "enter")
        assert session.state.workload.tenants[0].latency_limit_s == 900.0
        await until(pilot, lambda: session.state.scored)
        assert app.main.workload._limit(0, wide=True) == ("≤ 900,000.0 ms", False)
        await pilot.press("L", *["backspace"] * 6, *"0.001", "enter")
        await until(pilot, lambda: session.state.scored)
        found = app.main.workload._limit(0, wide=True)
        assert found is not None
        assert found[1]
        assert found[0].startswith("✗")
        await pilot.press("L", *["backspace"] * 6, "enter")
        assert session.state.workload.tenants[0].latency_limit_s is None
        await pilot.press("L", *"soon", "enter")
        assert session.state.workload.tenants[0].latency_limit_s is None


async def test_tenants_are_kept_apart_and_the_grid_says_whom_it_serves() -> None:
    two = replace(TINY, tenants=(*TINY.tenants, TenantRow("ncf", 1, 1, None)))
    app = WorkbenchApp(Opened(two, "two"))
    async with app.run_test(size=(120, 40)) as pilot:
        session = app.session
        await until(pilot, lambda: session.state.scored)
        await pilot.press("3", "I")
        assert session.state.design == two  # nobody is kept apart yet
        await pilot.press("1", "down", "I", *"own", "enter")
        assert session.state.workload.isolation_labels == ("", "own")
        assert not session.state.fit.fits
        assert "no sub-accelerator serves label own (ncf)" in session.state.fit.reason
        assert "(own)" in _drawn(app.main.workload)
        await pilot.press("3", "a")  # a sub-accelerator for it
        await until(pilot, lambda: session.state.scored and session.state.score is not None)
        assert [sub.serves for sub in session.state.design.subaccelerators] == ["", "own"]
        await until(pilot, lambda: session.state.fit.fits and session.state.shown_score is not None)
        await pilot.pause()
        assert "for the rest" in _drawn(app.main.grid)
        assert "for own" in _drawn(app.main.grid)
        await pilot.press("I")
        assert session.state.sub.serves == ""
        assert "B serves label own" in str(session.state.fit.fix)
        await pilot.press("f4")
        assert session.state.sub.serves == "own"
        await pilot.press("1", "down", "I", *"no label", "enter")
        assert session.state.workload.isolation_labels == ("", "own")
        await pilot.press("I", *["backspace"] * 3, "enter")
        assert session.state.workload.isolation_labels == ()
        assert session.state.sub.serves == ""
