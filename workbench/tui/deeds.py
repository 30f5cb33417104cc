"""What the keys of the whole workbench do: one method per action of Context.ANYWHERE."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from workbench.design import edit
from workbench.design.pe_text import set_pe_dataflow
from workbench.tui import opening
from workbench.tui.actions import Action, Context
from workbench.tui.first_steps import Step
from workbench.tui.theme import ThemeName

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp
    from workbench.tui.screens.full import FullScreen

EXPONENT = 128  # exit status of a process ended by a signal: 128 + its number


class Deeds:
    """Mixed into the app."""

    @property
    def _app(self) -> "WorkbenchApp":
        return cast("WorkbenchApp", self)

    # ── what can be done now ─────────────────────────────────────────────────────────────────────────────────────

    def can(self, action: Action) -> bool:
        """Whether an action's key does anything now: hints and keys appear only when they do."""
        app = self._app
        state, searching = app.session.state, app.session.searching
        tests: dict[str, Callable[[], bool]] = {
            "undo": lambda: app.session.history.can_undo,
            "redo": lambda: app.session.history.can_redo,
            "fix": lambda: state.fit.fix is not None or app.main.dataflow.fixable is not None,
            "pause": lambda: searching.living or searching.resumable,
            "step": lambda: searching.living and state.snapshot is not None and state.snapshot.state == "paused",
            "inject": lambda: searching.living,
            "adopt": lambda: app.main.monitor.candidate is not None,
            "compare": lambda: state.pinned is not None,
            "level": lambda: app.main.dataflow.has_pes,
            "loop_nest": lambda: not app.main.dataflow.inside,
            "models": lambda: app.main.dataflow.has_pes,
            "complete": lambda: bool(app.main.dataflow.editor.suggestion),
        }
        return tests.get(action.id, lambda: True)()

    # ── design ───────────────────────────────────────────────────────────────────────────────────────────────────

    def action_undo(self) -> None:
        """Undo the last edit."""
        self._app.session.undo()

    def action_redo(self) -> None:
        """Redo the edit undone last."""
        self._app.session.redo()

    def action_pin(self) -> None:
        """Pin the design at hand."""
        self._app.session.pin()

    def action_draws(self) -> None:
        """How often the design is best, in worlds drawn within the model's uncertainty."""
        self._app.session.judge_in_draws()

    def action_copy(self) -> None:
        """Copy the design as TOML."""
        app = self._app
        app.copy_to_clipboard(app.session.text())
        app.notify("copied as TOML to the terminal's clipboard", timeout=3)

    def action_fix(self) -> None:
        """Apply the fix on offer: of the pane at hand first."""
        app = self._app
        fix = app.session.state.fit.fix
        in_dataflow = app.footer_context() in (Context.DATAFLOW, Context.EDITOR)
        if in_dataflow and app.main.dataflow.apply_fix():
            return
        if fix is not None:
            app.session.set_variable(fix.variable, fix.value, fix.words)
        else:
            app.main.dataflow.apply_fix()

    def action_save(self) -> None:
        """Save; ask for a name the first time."""
        path = self._app.session.state.path
        if path is None:
            self.action_save_as()
        else:
            self._save(path)

    def _save(self, path: Path) -> bool:
        app = self._app
        saved = app.session.save(path)
        if saved:
            app.took(Step.SAVE)
        return saved

    def action_save_as(self) -> None:
        """Ask for a name and save."""
        from workbench.tui.screens.ask import AskText

        app = self._app
        state = app.session.state
        name = state.path.name if state.path else opening.free_name(state.design)

        def chosen(text: str | None) -> None:
            if not text:
                return
            path = Path(text if text.endswith(".toml") else f"{text}.toml").expanduser()
            if path.parent == Path():
                path = opening.saves_root() / path
            if path.exists() and path != state.path:
                self._confirm(f"{path.name} exists already.", "overwrite it", lambda: self._save(path))
            else:
                self._save(path)

        app.push_screen(AskText("Save the design as", name, f"in {opening.saves_root()}"), chosen)

    def _confirm(self, question: str, verb: str, then: Callable[[], object]) -> None:
        from workbench.tui.screens.ask import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self._app.push_screen(Confirm(question, verb), answered)

    def action_external_editor(self) -> None:
        """The dataflow in $EDITOR."""
        from workbench.tui.external_editor import edit_text

        app = self._app
        sub, pane = app.session.state.sub, app.main.dataflow
        before = pane.text_of(sub)
        text = edit_text(app, before)
        if text is not None and text != before:
            self.edit_directives(sub.id, text, pane.inside, " in $EDITOR")

    def edit_directives(self, sub_id: str, text: str, inside: bool, words: str, merge: bool = False) -> None:
        """Another text over a sub-accelerator's cores, or over the PEs inside them."""
        set_text, part = (set_pe_dataflow, "pe_dataflow") if inside else (edit.set_dataflow, "dataflow")
        self._app.session.edit(lambda d: (set_text(d, sub_id, text), f"{sub_id}.{part}{words}"), merge)

    # ── search ───────────────────────────────────────────────────────────────────────────────────────────────────

    def action_search(self) -> None:
        """Start or stop the search."""
        session = self._app.session
        if not session.searching.living and not session.state.fit.fits:
            session.tell("the design does not fit; a search starts from one that does (F4 fixes it)", "warning")
            return
        session.spawn(session.searching.start_or_stop(session.state.design))

    # ── overlays ─────────────────────────────────────────────────────────────────────────────────────────────────

    def action_palette(self) -> None:
        """All commands."""
        from workbench.tui.screens.palette import Palette, run_command

        app = self._app

        def chosen(answer: str | None) -> None:
            if answer:
                run_command(app, answer)

        app.push_screen(Palette(app), chosen)

    def perform(self, action: Action) -> None:
        """Do an action by its entry in the table, on the pane it belongs to."""
        app = self._app
        owners = {p.CONTEXT: p for p in app.main.panes}
        owner = owners.get(action.context)
        if owner is None:
            app.call_later(app.run_action, action.id)
        else:
            self._go_to(app.main.panes.index(owner) + 1)
            app.call_later(app.run_action, action.id, owner)

    def action_help(self) -> None:
        """Help for the pane at hand."""
        from workbench.tui.screens.help import HelpScreen

        app = self._app
        if not isinstance(app.screen, HelpScreen):
            app.push_screen(HelpScreen(app.footer_context()))

    def action_library(self) -> None:
        """Open a design."""
        from workbench.tui.screens.choose import Choice, Choose

        app = self._app
        found = opening.entries(app.session.recovery)
        choices = [Choice(str(k), e.name, "", str(k), e.group, "", str(e.path)) for k, e in enumerate(found)]

        def chosen(answer: str | None) -> None:
            if answer is None:
                return
            entry = found[int(answer)]
            if entry.leftover is None:
                self.open_file(str(entry.path))
            else:
                self._unless_unsaved(lambda: self._recover(entry))

        app.push_screen(Choose("Open a design", choices), chosen)

    def open_file(self, path: str) -> None:
        """Open a design's file; ask first where edits would be lost."""
        app = self._app

        def go_on() -> None:
            try:
                app.session.open(opening.open_path(Path(path)))
            except ValueError as error:
                app.session.tell(str(error), "error")

        self._unless_unsaved(go_on)

    def _recover(self, entry: opening.Entry) -> None:
        app = self._app
        assert entry.leftover is not None
        try:
            app.session.open(opening.open_leftover(app.session.recovery, entry.leftover))
        except (OSError, ValueError) as error:
            app.session.tell(str(error), "error")

    def _unless_unsaved(self, then: Callable[[], object]) -> None:
        state = self._app.session.state
        if state.unsaved:
            self._confirm(f"{state.name} has edits that are not saved; they will be lost.", "go on", then)
        else:
            then()

    def action_jump(self) -> None:
        """A letter on everything there is to go to."""
        from workbench.tui.screens.jump import Jump, targets

        app = self._app
        while app.screen is not app.main and len(app.screen_stack) > 1:
            app.pop_screen()
        found = targets(app.main)

        def chosen(answer: int | None) -> None:
            if answer is not None:
                found[answer].go()

        app.push_screen(Jump(found), chosen)

    # ── where to ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _go_to(self, number: int) -> None:
        app = self._app
        while app.screen is not app.main and len(app.screen_stack) > 1:
            app.pop_screen()
        app.main.go_to(number)

    def action_pane_1(self) -> None:
        """To the workload."""
        self._go_to(1)

    def action_pane_2(self) -> None:
        """To the dataflow."""
        self._go_to(2)

    def action_pane_3(self) -> None:
        """To the core grid."""
        self._go_to(3)

    def action_pane_4(self) -> None:
        """To the search."""
        self._go_to(4)

    def action_layers(self) -> None:
        """Every layer, and the roofline."""
        from workbench.tui.screens.layers import LayersScreen

        self._show_screen(LayersScreen)

    def action_schedule(self) -> None:
        """What every core does when."""
        from workbench.tui.screens.schedule import ScheduleScreen

        self._show_screen(ScheduleScreen)

    def action_compare(self) -> None:
        """The pinned design and the one at hand."""
        from workbench.tui.screens.compare import CompareScreen

        self._show_screen(CompareScreen)

    def action_explain(self) -> None:
        """What bounds the score, and what would better it."""
        from workbench.tui.screens.explain import ExplainScreen

        self._show_screen(ExplainScreen)

    def action_assumptions(self) -> None:
        """What the score takes for granted of the board."""
        from workbench.tui.screens.assumptions import AssumptionsScreen

        self._show_screen(AssumptionsScreen)

    def action_history(self) -> None:
        """Every edit with its score."""
        from workbench.tui.screens.steps import StepsOverlay

        session = self._app.session

        def chosen(answer: str | None) -> None:
            if answer is not None:
                session.go_to_step(int(answer))

        self._app.push_screen(StepsOverlay(session.history), chosen)

    def _show_screen(self, kind: "type[FullScreen]") -> None:
        """Put a screen above the main one, in place of another such screen."""
        app = self._app
        if isinstance(app.screen, kind):
            return
        if app.screen is not app.main and len(app.screen_stack) > 1:
            app.pop_screen()
        app.push_screen(kind())

    def action_maximise(self) -> None:
        """One pane, or four."""
        self._app.main.maximise()

    async def action_back(self) -> None:
        """One step back: a screen, a maximised pane."""
        app = self._app
        if app.screen is not app.main:
            app.pop_screen()
        elif app.main.maximised:
            app.main.maximise()

    def action_next_theme(self) -> None:
        """Dark, light, the terminal's own."""
        names = [t.value for t in ThemeName]
        app = self._app
        app.theme = names[(names.index(app.theme) + 1) % len(names)]
        app.redraw_all()

    def redraw_all(self) -> None:
        """Draw every part again."""
        app = self._app
        app.main.lay_out()
        app.main.dataflow.editor.refresh()

    # ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────

    def action_leave(self) -> None:
        """Leave; ask first where edits would be lost."""
        app = self._app
        if not app.session.state.unsaved:
            app.exit(0)
            return
        from workbench.tui.screens.ask import Leave

        def answered(answer: str | None) -> None:
            if answer == "save":
                if app.session.state.path is None:
                    self.action_save_as()
                elif self._save(app.session.state.path):
                    app.exit(0)
            elif answer == "discard":
                app.session.discard()
                app.exit(0)

        app.push_screen(Leave(app.session.state.name), answered)

    def save_for_the_worst(self) -> None:
        """In a signal handler: write the recovery file now."""
        self._app.session.write_recovery()

    def leave_by_signal(self, status: int) -> None:
        """In a signal handler: ask the loop to end."""
        app = self._app
        loop = getattr(app, "_loop", None)
        if loop is not None and loop.is_running():
            loop.call_soon_threadsafe(app.exit, status, status)

    def offer_recovery(self) -> None:
        """Say that an ended session left edits, and how to get them."""
        app = self._app
        leftovers = app.session.recovery.leftovers()
        if leftovers:
            latest = leftovers[0]
            from workbench.tui.screens.ask import Confirm

            words = f"A session that ended at {latest.written} left unsaved edits of {latest.origin or 'a design'}."

            def answered(yes: bool | None) -> None:
                if yes:
                    try:
                        app.session.open(opening.open_leftover(app.session.recovery, latest))
                    except (OSError, ValueError) as error:
                        app.session.tell(str(error), "error")

            app.push_screen(Confirm(words, "recover them", "later: they stay in the library"), answered)
