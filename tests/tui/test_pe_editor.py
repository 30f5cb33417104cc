"""On ASIC boards the dataflow's pane shows the PEs' directives as well: typed, diagnosed, scored, undone."""

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot

from workbench.dataflow.diagnostic import Severity
from workbench.design.design import Design, SubAccelerator
from workbench.hardware.presets import load_core
from workbench.tui.app import WorkbenchApp
from workbench.tui.opening import Opened
from workbench.tui.panes.dataflow import DataflowPane
from workbench.tui.screens.models import ModelsOverlay

PATIENCE_S = 120.0  # the first start of an engine on a machine compiles its kernels
OVER_CORES = "SpatialMap(T_K, T_K) K;\nauto;\n"
NETWORK = (("squeezenet1_0", 1, 1, None),)
EDGE = Design("tiny", "edge", (SubAccelerator("A", "nvdla-64", 1, 2, OVER_CORES),), tenants=NETWORK)
FPGA = Design("tiny", "kv260", (SubAccelerator("A", "B512", 1, 1, OVER_CORES),), tenants=NETWORK)
OWN = load_core("nvdla-64").directives


async def until(pilot: Pilot[int], done: Callable[[], bool]) -> None:
    """Wait for something that the engine will bring about."""
    async with asyncio.timeout(PATIENCE_S):
        while not done():
            await pilot.pause(0.02)


def _words(pane: DataflowPane) -> str:
    return "\n".join(pane.render_line(y).text for y in range(pane.size.height))


async def test_the_pes_text_is_edited_diagnosed_and_scored() -> None:
    app = WorkbenchApp(Opened(EDGE, "tiny"))
    async with app.run_test(size=(140, 50)) as pilot:
        session, pane = app.session, app.main.dataflow
        await until(pilot, lambda: session.state.scored)
        first = session.state.score
        await pilot.press("2", "i")
        assert pane.editor.text == OWN
        assert not any(d.severity is Severity.ERROR for d in pane.editor.diagnostics)
        assert "Weights stay in the units" in _words(pane)
        assert "K over 1 units: inputs multicast" in _words(pane)
        assert "C over 64 units: outputs added up between units" in _words(pane)

        await pilot.press("enter", "ctrl+end")
        pane.editor.insert("Cluster(2); SpatialMap(1,1) K;")
        await pilot.pause()
        assert any("multiply to 128, but there are only 64 PEs" in d.message for d in pane.editor.diagnostics)
        await until(pilot, lambda: bool(session.state.problem) or not session.state.shown_score)
        assert session.state.sub.pe_dataflow == pane.editor.text != OWN
        assert session.state.sub.dataflow == OVER_CORES

        await pilot.press("escape", "u")
        assert session.state.sub.pe_dataflow == ""
        assert pane.editor.text == OWN
        assert session.state.score == first

        await pilot.press("d", *"shidiannao", "enter")  # ShiDianNao-like, from the library
        await until(pilot, lambda: session.state.scored and session.state.score != first)
        assert "SpatialMap(1, 1) Y'" in session.state.sub.pe_dataflow
        await pilot.press("i")
        assert pane.editor.text == OVER_CORES


async def test_clearing_the_text_means_the_cores_own_and_leaves_the_editor_to_the_typist() -> None:
    app = WorkbenchApp(Opened(EDGE, "tiny"))
    async with app.run_test(size=(140, 50)) as pilot:
        pane = app.main.dataflow
        await pilot.press("2", "i", "enter")
        await until(pilot, lambda: pane.editor.has_focus and pane.editor.text == OWN)
        pane.editor.select_all()
        await pilot.press("delete")
        await until(pilot, lambda: pane.editor.text == "")
        await until(pilot, lambda: app.session.state.sub.pe_dataflow == "")
        await pilot.press("S", "p")
        await until(pilot, lambda: app.session.state.sub.pe_dataflow == "Sp")
        assert pane.editor.text == "Sp"


async def test_both_models_stand_side_by_side() -> None:
    app = WorkbenchApp(Opened(EDGE, "tiny"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session.state.scored)
        await pilot.press("2", "b")
        overlay = app.screen
        assert isinstance(overlay, ModelsOverlay)
        await until(pilot, lambda: overlay.result is not None)
        assert overlay.result is not None
        assert overlay.result["rows"][0]["maestro_cycles"] > overlay.result["rows"][0]["exact_cycles"]
        await pilot.press("escape")
        assert app.screen is app.main


async def test_cores_without_pes_have_one_text_only() -> None:
    app = WorkbenchApp(Opened(FPGA, "tiny"))
    async with app.run_test(size=(120, 40)) as pilot:
        pane = app.main.dataflow
        await pilot.press("2", "i", "b")
        assert pane.editor.text == OVER_CORES
        assert not pane.inside
        assert app.screen is app.main
