"""What keys do to the design and the screen, without an engine: edits, focus, filters, overlays, files, recovery."""

from dataclasses import replace
from pathlib import Path

import pytest
from packets import at_once
from recorded_app import RecordedApp
from recording import recorded_design
from textual import events
from textual.widgets import Input

from workbench.design.design import Wire
from workbench.design.file import load_design
from workbench.tui.app import WorkbenchApp
from workbench.tui.opening import Opened, recent_paths
from workbench.tui.screens.ask import AskText, Confirm, Leave
from workbench.tui.screens.help import HelpScreen
from workbench.tui.theme import ThemeName

SIZE = (120, 40)


class QuietApp(WorkbenchApp):
    """The app before its engine has started."""

    def _start_engine(self) -> None:
        self.session.request_score = lambda: None  # type: ignore[method-assign]
        self.offer_recovery()


def quiet(path: Path | None = None, unsaved: bool = False) -> QuietApp:
    return QuietApp(Opened(recorded_design(), "first-design", path, unsaved))


async def test_the_core_grids_keys_edit_the_selected_sub_accelerator() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        before = app.session.state.sub
        await pilot.press("3", "-")
        assert app.session.state.sub.cols == before.cols - 1
        await pilot.press("left", "+")
        assert app.session.state.sub.rows == before.rows + 1
        await pilot.press("r")
        assert app.session.state.sub.cols == before.rows + 1
        await pilot.press("T")
        assert app.session.state.sub.core != before.core
        await pilot.press("j")
        assert app.session.state.selected == "B"
        await pilot.press("a")
        assert app.session.state.selected == "C"
        await pilot.press("x")
        assert [s.id for s in app.session.state.design.subaccelerators] == ["A", "B"]
        await pilot.press(*"uuuuuu")
        assert app.session.state.design == recorded_design()


async def test_freezing_shows_brackets_and_wires_go_through_every_set() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "f")
        assert app.session.state.design.frozen == ("A.cols",)
        await pilot.press("f")
        assert not app.session.state.design.frozen
        seen = set()
        for _ in range(4):
            await pilot.press("v")
            seen.add(app.session.state.sub.wires)
        assert len(seen) == 4
        assert () in seen
        assert any(Wire.WEIGHT_MULTICAST in wires for wires in seen)


async def test_brackets_bound_the_selected_variable_at_its_value() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        cols = app.session.state.sub.cols
        await pilot.press("3", "[", "+", "]")
        assert app.session.state.design.bounds == (("A.cols", cols, cols + 1),)
        assert any(f"{cols}≤{cols + 1}≤{cols + 1} cols" in row for row in shown(app))
        await pilot.press("]", "-", "[")
        assert app.session.state.design.bounds == ()
        await pilot.press("left", "left", "[")
        assert app.session.state.design.bounds == (), "a core type has no bounds"
        await pilot.press("ctrl+p", *"bound A.cores", "enter")
        await pilot.pause()
        await pilot.press(*"2 to 9", "enter")
        assert app.session.state.design.bounds == (("A.cores", 2, 9),)
        await pilot.press("u")
        assert app.session.state.design.bounds == ()


def shown(app: WorkbenchApp) -> list[str]:
    """The core grid's rows."""
    return ["".join(text for text, _ in row) for row in app.main.grid._rows]


async def test_from_a_card_to_an_asic_board_and_back() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("1", "w", *"vision", "enter", "B", *"cloud", "enter")
        there = app.session.state.design
        assert (there.workload, there.board, app.session.state.board.family) == ("vision", "cloud", "asic")
        assert app.session.state.fit.fits
        assert there.subaccelerators[0].core.startswith("nvdla-")
        await pilot.press("3", "t")
        assert app.session.state.sub.core != there.subaccelerators[0].core
        await pilot.press("B", *"u280", "enter")
        back = app.session.state.design
        assert back.subaccelerators == recorded_design().subaccelerators, "as it was before"
        assert back.workload == "vision"
        await pilot.press(*"uuu")
        assert app.session.state.design.board == "u280"
        await pilot.press("u")
        assert app.session.state.design == recorded_design()


async def test_a_board_never_seen_gets_a_first_design_with_the_tenants_of_now() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("1", "x", "B", *"mobile", "enter")
        design = app.session.state.design
        assert design.board == "mobile"
        assert len(design.tenants) == len(app.session.state.workload.tenants)
        await pilot.press("u")
        assert app.session.state.design.board == "u280"


async def test_instances_and_batch_change_in_place() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        first = app.session.state.workload.tenants[0]
        await pilot.press("1", "+")
        assert app.session.state.workload.tenants[0].instances == first.instances + 1
        await pilot.press("right", "+", "+")
        assert app.session.state.workload.tenants[0].batch == first.batch + 2
        count = len(app.session.state.workload.tenants)
        await pilot.press("x")
        assert len(app.session.state.workload.tenants) == count - 1
        await pilot.press("a", *"dlrm", "enter")
        await pilot.pause()
        assert app.session.state.workload.tenants[-1].network.name == "dlrm"


async def test_a_filter_takes_letters_and_escape_clears_it() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("1", "/", *"bert")
        assert app.main.workload.count() == 1
        assert app.session.state.design == recorded_design(), "letters of a filter are no commands"
        await pilot.press("escape")
        assert app.main.workload.count() == len(app.session.state.workload.tenants)


async def test_typing_changes_the_text_and_commands_wait_until_escape() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "enter", *"// u1")
        assert app.session.state.sub.dataflow.startswith("// u1")
        assert app.main.current == 2
        assert app.session.history.position == 1, "typing one text is one step"
        await pilot.press("escape", "u")
        assert app.session.state.design == recorded_design()
        assert app.main.dataflow.editor.text == recorded_design().subaccelerators[0].dataflow


async def test_completion_and_fixes_in_the_text() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        editor = app.main.dataflow.editor
        await pilot.press("2", "enter", "enter", "up", *"Spat")
        assert editor.suggestion == "ialMap("
        await pilot.press("tab")
        assert app.session.state.sub.dataflow.startswith("SpatialMap(\n")
        await pilot.press(*"T_P, T_P) P")
        assert any("';'" in d.message or ";" in (d.fix or "") for d in editor.diagnostics)
        await pilot.press("f4")
        await pilot.pause()
        assert editor.text.startswith("SpatialMap(T_P, T_P) P;")


async def test_f4_applies_the_smallest_fix() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "left", "+", "+", "+")
        assert not app.session.state.fit.fits
        assert app.session.state.fit.fix is not None
        for _ in range(4):
            if app.session.state.fit.fits:
                break
            await pilot.press("f4")
        assert app.session.state.fit.fits


async def test_focus_never_moves_by_itself() -> None:
    app = RecordedApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("1")
        app._show(replace(app.session.state, snapshot=None))
        await pilot.press("ctrl+p")
        await pilot.press("escape")
        assert app.focused is app.main.workload


async def test_the_selection_of_the_search_follows_its_design() -> None:
    app = RecordedApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "j", "j")
        followed = app.main.monitor.candidate
        assert followed is not None
        state = app.session.state
        assert state.snapshot is not None
        import msgspec

        order = (followed, *(c for c in state.snapshot.best if c != followed))
        app._show(replace(state, snapshot=msgspec.structs.replace(state.snapshot, best=order)))
        assert app.main.monitor.candidate == followed
        assert app.main.monitor.cursor == 0


@pytest.mark.parametrize("theme", list(ThemeName))
async def test_every_theme_runs_and_the_next_one_can_be_chosen(theme: ThemeName) -> None:
    app = RecordedApp(theme=theme)
    async with app.run_test(size=SIZE) as pilot:
        app.action_next_theme()
        await pilot.pause()
        assert app.theme != theme
        assert "Core grid" in app.export_screenshot().replace("&#160;", " ")


@pytest.mark.parametrize("size", [(59, 14), (60, 15), (80, 24), (96, 28), (250, 80)])
async def test_any_size_draws_and_growing_brings_everything_back(size: tuple[int, int]) -> None:
    app = RecordedApp()
    async with app.run_test(size=size) as pilot:
        for key in "1234":
            await pilot.press(key)
        await pilot.resize_terminal(*SIZE)
        await pilot.pause()
        assert all(pane.display for pane in app.main.panes)


async def test_a_pane_is_maximised_and_restored() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "m")
        assert app.main.monitor.size.width == SIZE[0]
        assert not app.main.grid.display
        await pilot.press("3")
        assert app.main.grid.display
        await pilot.press("escape")
        assert all(pane.display for pane in app.main.panes)


async def test_jump_goes_to_a_pane_and_to_a_tenant() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "ctrl+o", "a")
        assert app.focused is app.main.workload
        await pilot.press("ctrl+o", "h")
        assert app.main.workload.cursor == 1
        await pilot.press("ctrl+o", "escape")
        assert app.screen is app.main


async def test_help_opens_over_the_pane_and_goes_back() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("4", "?")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert app.screen is app.main
        assert app.focused is app.main.monitor


async def test_the_palette_runs_what_it_lists() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p", *"freeze b.rows", "enter")
        await pilot.pause()
        assert app.session.state.design.frozen == ("B.rows",)
        await pilot.press("ctrl+p", *"turn the grid", "enter")
        await pilot.pause()
        before = recorded_design().subaccelerators[0]
        assert app.session.state.sub.rows == before.cols


async def test_a_named_dataflow_is_chosen_from_the_library() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2", "d", *"output stationary, p over", "enter")
        await pilot.pause()
        assert app.session.state.sub.dataflow != recorded_design().subaccelerators[0].dataflow
        assert "TemporalMap" in app.session.state.sub.dataflow


async def test_saving_asks_for_a_name_once_and_remembers_the_file(own_places: Path) -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "-", "ctrl+s")
        assert isinstance(app.screen, AskText)
        await pilot.press("enter")
        await pilot.pause()
        path = own_places / "saves" / "mixed-u280.toml"
        assert load_design(path).design == app.session.state.design
        assert not app.session.state.unsaved
        assert recent_paths() == [path]
        await pilot.press("-", "ctrl+s")
        assert app.screen is app.main
        assert load_design(path).design == app.session.state.design


async def test_the_name_proposed_is_one_that_is_free(own_places: Path) -> None:
    colleagues = own_places / "saves" / "mixed-u280.toml"
    colleagues.parent.mkdir(parents=True, exist_ok=True)
    colleagues.write_text("what a colleague has saved")
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "-", "ctrl+s", "enter")
        await pilot.pause()
        assert app.screen is app.main
        assert load_design(colleagues.with_name("mixed-u280-2.toml")).design == app.session.state.design
    assert colleagues.read_text() == "what a colleague has saved"


async def test_leaving_with_unsaved_edits_asks_first() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "-", "ctrl+q")
        assert isinstance(app.screen, Leave)
        await pilot.press("escape")
        assert app.is_running
        await pilot.press("ctrl+q", "d")
        await pilot.pause()
    assert app.return_code == 0


async def test_edits_left_by_a_dead_session_are_offered_and_recovered(own_places: Path) -> None:
    lost = replace(recorded_design(), frozen=("A.rows",))
    dead = quiet(unsaved=True)
    dead.session.state = replace(dead.session.state, design=lost)
    dead.session.history = dead.session.history.push(lost, "an edit")
    dead.session.write_recovery()
    [file] = dead.session.recovery.root.glob("*.toml")
    file.rename(file.with_name("999999999.toml"))  # a process that is no more
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, Confirm)
        await pilot.press("enter")
        await pilot.pause()
        assert app.session.state.design == lost
        assert app.session.state.unsaved
        assert not list(app.session.recovery.root.glob("999999999.toml")), "renamed before it was loaded"


async def test_recovery_files_are_written_after_an_edit_and_go_when_all_is_saved(own_places: Path) -> None:
    app = quiet(path=own_places / "mine.toml")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "-")
        app.session.write_recovery()
        assert len(list(app.session.recovery.root.glob("*.toml"))) == 1
        await pilot.press("ctrl+s")
        assert not list(app.session.recovery.root.glob("*.toml"))


async def test_an_edit_that_cannot_be_made_says_why_and_changes_nothing() -> None:
    app = quiet()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3", "j", "x")
        assert len(app.session.state.design.subaccelerators) == 1
        await pilot.press("x")
        assert len(app.session.state.design.subaccelerators) == 1
        await pilot.pause()
        assert any("only sub-accelerator" in n.message for n in app._notifications)


async def test_keys_that_come_together_reach_the_text() -> None:
    """`2 enter S p` at once: the letters are text, not commands, and the text is on the screen."""
    app = quiet()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1")
        before = app.main.dataflow.editor.text
        await at_once(app, pilot, "2", "enter", "S", "p", "1")
        assert app.main.dataflow.editor.text == "Sp1" + before
        assert app.focused is app.main.dataflow.editor
        assert (app.main.current, app.main.dataflow.display, app.main.workload.display) == (2, True, False)


async def test_keys_that_come_together_reach_the_screen_that_the_first_opens() -> None:
    app = quiet()
    async with app.run_test(size=(120, 40)) as pilot:
        design = app.session.state.design
        await at_once(app, pilot, "1", "slash", "y", "o", "l", "o")
        assert app.main.workload.needle == "yolo"
        palette = ("ctrl+p", *"choose the board")
        await at_once(app, pilot, "escape", *palette, "enter", *"zcu102-04")
        assert app.screen.query_one(Input).value == "zcu102-04"
        await at_once(app, pilot, "enter", "3", "plus", "u", "u")
        assert app.screen is app.main
        assert app.session.state.design == design
        await at_once(app, pilot, "question_mark", "escape", "e", "escape", "3", "plus")
        assert app.session.state.design.subaccelerators[0].cols == design.subaccelerators[0].cols + 1


async def test_escape_and_a_letter_in_one_packet_are_two_keys() -> None:
    app = quiet()
    async with app.run_test(size=(120, 40)) as pilot:
        cols = app.session.state.design.subaccelerators[0].cols
        await at_once(app, pilot, "question_mark")
        assert app.screen is not app.main
        app.post_message(events.Key("alt+r", "r"))  # what Textual makes of it
        await at_once(app, pilot)
        assert app.screen is app.main
        assert app.session.state.design.subaccelerators[0].rows == cols


async def test_news_that_comes_between_two_letters_moves_none() -> None:
    """A search's snapshot or the engine's word brings a state with the text as it was before the last letter."""
    app = quiet()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2", "enter")
        pane, editor = app.main.dataflow, app.main.dataflow.editor
        before = editor.text
        for letter in "// Bog ":
            editor.insert(letter)
            pane.show(app.session.state)
        await pilot.pause()
        for letter in "and ":
            await pilot.press("space" if letter == " " else letter)
            editor.insert(letter)
            pane.show(app.session.state)
        await pilot.pause()
        assert editor.text == "// Bog aanndd  " + before
        assert app.session.state.design.subaccelerators[0].dataflow == editor.text
        await pilot.press("escape", "u")
        while app.session.state.undo_words:
            await pilot.press("u")
        assert editor.text == before


async def test_an_overlay_closes_once_and_what_came_with_the_key_that_closes_it_is_for_the_screen_below() -> None:
    app = quiet()
    async with app.run_test(size=(120, 40)) as pilot:
        cols = app.session.state.design.subaccelerators[0].cols
        await at_once(app, pilot, "3", "ctrl+o", "plus", "plus", "minus", "plus")
        assert app.screen is app.main
        assert app.session.state.design.subaccelerators[0].cols == cols + 1
        await at_once(app, pilot, "ctrl+o")
        overlay = app.screen
        for _ in range(3):
            overlay.dismiss()
        await pilot.pause()
        assert app.screen is app.main
