"""The application: it owns the session and the screens, and does what the keys of the whole workbench ask for."""

import gc
import os
import sys
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import BindingType

from workbench.tui.actions import Action, Context, bindings, change_keys
from workbench.tui.board_deeds import BoardDeeds
from workbench.tui.config import ConfigError, config_path, read_config
from workbench.tui.deeds import Deeds
from workbench.tui.first_steps import FirstSteps
from workbench.tui.glyphs import glyphs_for
from workbench.tui.ink import Role
from workbench.tui.key_order import KeysInOrder
from workbench.tui.main_screen import MainScreen
from workbench.tui.opening import Opened, open_first, open_path
from workbench.tui.pane_deeds import PaneDeeds
from workbench.tui.session import Session, Severity
from workbench.tui.signals import ignore_stops, watch_signals
from workbench.tui.state import State
from workbench.tui.tenant_deeds import TenantDeeds
from workbench.tui.theme import Look, ThemeName, textual_themes

TICK_S, SLOW_TICK_S = 0.25, 1.0
TOAST_S = 4.0


class WorkbenchApp(Deeds, PaneDeeds, TenantDeeds, BoardDeeds, KeysInOrder, inherit_bindings=False):
    """The screen of the workbench."""

    CSS_PATH = Path(__file__).parent / "look.tcss"  # absolute, so that subclasses in other folders find it
    TITLE = "workbench"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.ANYWHERE)

    def __init__(
        self,
        opened: Opened,
        *,
        ascii_only: bool = False,
        slow: bool = False,
        theme: ThemeName | None = None,
        first_steps: FirstSteps | None = None,
    ) -> None:
        plain = "NO_COLOR" in os.environ
        chosen = ThemeName.ANSI if plain else theme or ThemeName.DARK
        super().__init__(ansi_color=True if plain else None)
        self.animation_level = "none"
        self._glyphs = glyphs_for(ascii_only)
        self._looks: dict[Role, Look] = {}
        for each in textual_themes():
            self.register_theme(each)
        self.theme = chosen.value
        self.slow = slow
        self._blurred = False
        self._ticks = 0
        self.first_steps = first_steps or FirstSteps()
        self.session = Session(opened, self._show, self._tell)
        self.main = MainScreen()

    # ── look ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def look(self) -> Look:
        """Theme and glyphs."""
        return self.look_on(Role.PAGE)

    def look_on(self, page: Role) -> Look:
        """Theme and glyphs on a page of the given role; the same object as long as neither changes."""
        look = self._looks.get(page)
        if look is None or look.theme.value != self.theme:
            look = self._looks[page] = Look(ThemeName(self.theme), self._glyphs, page)
        return look

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def on_mount(self) -> None:
        """First paint, then the engine behind it."""
        if not self.is_headless:
            ignore_stops()
        self.push_screen(self.main)
        self.main.show(self.session.state)
        self.set_interval(TICK_S, self._tick)
        self.call_after_refresh(self._start_engine)

    def _start_engine(self) -> None:
        gc.freeze()  # what start-up has made stays: no collection needs to look at it again
        gc.enable()
        self.session.spawn(self.session.start())
        self.offer_recovery()

    async def on_unmount(self) -> None:
        """End the engine; a search goes on."""
        await self.session.close()

    def _tick(self) -> None:
        """The monitor's clock: four times a second, once where bytes are dear, nobody looks, or a score is awaited."""
        self._ticks += 1
        rarely = self.slow or self._blurred or self.session.awaits_score
        if not rarely or self._ticks % round(SLOW_TICK_S / TICK_S) == 0:
            self.session.searching.show()

    def on_app_blur(self, event: events.AppBlur) -> None:  # noqa: ARG002
        """The terminal has lost the focus: update less often."""
        self._blurred = True

    def on_app_focus(self, event: events.AppFocus) -> None:  # noqa: ARG002
        """The terminal has the focus again."""
        self._blurred = False

    def _show(self, state: State) -> None:
        if self.main.is_mounted:
            self.main.show(state)
            top = self.screen
            if top is not self.main and hasattr(top, "show"):
                top.show(state)

    def _tell(self, words: str, severity: Severity) -> None:
        self.notify(words, severity=severity, timeout=TOAST_S * (2 if severity == "error" else 1), markup=False)

    # ── what the footer asks ─────────────────────────────────────────────────────────────────────────────────────

    def footer_context(self) -> Context | None:
        """The context of what has the focus."""
        if self.screen is not self.main:
            context: Context | None = getattr(self.screen, "CONTEXT", None)
            return context
        if self.focused is self.main.dataflow.editor:
            return Context.EDITOR
        return self.main.focused_pane().CONTEXT

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Keys of what cannot be done now do nothing."""
        from workbench.tui.actions import ACTIONS

        found = next((a for a in ACTIONS if a.id == action), None)
        return self.can(found) if found is not None and found.context is Context.ANYWHERE else True

    def undo_hint(self) -> str:
        """`u undo: A.cols 3 → 4`, or nothing."""
        words = self.session.state.undo_words
        return f"u undo: {words}" if words else ""

    def hint_of(self, action: Action) -> str:
        """The footer's word for an action as things are."""
        searching = self.session.searching
        snapshot = self.session.state.snapshot
        short = self.size.width < 100
        if action.id == "back":
            return "back"
        if action.id == "search":
            return "stop" if searching.living else "search"
        if action.id == "pause":
            return "resume" if snapshot is not None and snapshot.state in ("paused", "interrupted") else "pause"
        if action.id == "adopt" and self.main.monitor.cursor:
            return "adopt" if short else f"adopt {self.main.monitor.cursor + 1}"
        if short:
            return _SHORT.get(action.id, action.hint)
        return action.hint


_SHORT = {"palette": "all", "adopt": "adopt", "inject": "inject", "core_next": "type", "turn": "turn"}


def run(
    design_path: Path | str | None = None,
    *,
    ascii_only: bool = False,
    slow: bool = False,
    mouse: bool = True,
    theme: str | None = None,
) -> int:
    """Open the screen; gives the exit status. Arguments add to what config.toml says.

    `slow`: one update of the monitor a second. `theme`: dark, light or ansi. Raises DesignFileError for a design that
    cannot be opened, ConfigError for a config.toml that cannot be used; both are ValueErrors in words.
    """
    config = read_config()
    opened = open_path(Path(design_path)) if design_path is not None else open_first()
    app = WorkbenchApp(
        opened,
        ascii_only=ascii_only or config.ascii or _ambiguous_locale(),
        slow=slow or config.slow,
        theme=ThemeName(f"workbench-{theme or config.theme}"),
    )
    try:
        app.set_keymap(change_keys(config.keys))
    except ValueError as error:
        raise ConfigError(f"{config_path()}: {error}") from None
    restore = watch_signals(app.save_for_the_worst, app.leave_by_signal)
    try:
        app.run(mouse=mouse and config.mouse)
    finally:
        restore()
    return app.return_code or 0


def _ambiguous_locale() -> bool:
    """Whether the terminal may draw our glyphs two cells wide, or cannot draw them at all."""
    names = [os.environ.get(n, "") for n in ("LC_ALL", "LC_CTYPE", "LANG")]
    name = next((n for n in names if n), "")
    return name[:2] in ("ja", "ko", "zh") or (sys.stdout.encoding or "").lower() in ("ascii", "ansi_x3.4-1968")
