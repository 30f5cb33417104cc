"""A pane: a title rule, a body, and the marks of focus."""

from typing import ClassVar

from textual.widget import Widget

from workbench.tui.actions import Context
from workbench.tui.charts.canvas import Canvas
from workbench.tui.first_steps import Step, Words
from workbench.tui.ink import ACCENT, ACCENT_BOLD, BOLD, DIM, RULE, Ink, Role
from workbench.tui.rows import Rows
from workbench.tui.state import State

Parts = tuple[tuple[str, Ink], ...]


def draw_title(
    canvas: Canvas, y: int, width: int, number: str, name: str, right: Parts = (), focused: bool = False
) -> None:
    """A title rule: heavy and in the accent where it has the focus."""
    glyphs = canvas.glyphs
    rule, ink = (glyphs.rule_heavy, ACCENT) if focused else (glyphs.rule, RULE)
    canvas.fill(y, 0, width, rule, ink)
    x = canvas.put(1, y, " ", DIM)
    if number:
        x = canvas.put(x, y, f"{number} ", ACCENT_BOLD if focused else DIM)
    canvas.put(x, y, f"{name} ", ACCENT_BOLD if focused else BOLD)
    if right:
        canvas.runs_right(width - 1, y, (" ", DIM), *right, (" ", DIM))


def draw_cursor(canvas: Canvas, y: int, width: int, focused: bool) -> None:
    """The mark of the selected row; call it after the row's text."""
    canvas.back(y, 0, width - 1, Role.SELECTED if focused else Role.BAND)
    back = Role.SELECTED if focused else Role.BAND
    glyphs = canvas.glyphs
    canvas.put(0, y, glyphs.cursor if focused else glyphs.cursor_away, (ACCENT if focused else DIM).on(back))


class Pane(Rows, can_focus=True):
    """One of the four panes. `show` gives it a state; what it wants done it asks of the session through messages."""

    NUMBER: ClassVar[str] = ""
    NAME: ClassVar[str] = ""
    TAB: ClassVar[str] = ""
    CONTEXT: ClassVar[Context]
    HINT: ClassVar[Step | None] = None
    state: State | None = None
    titled = True  # False where a tab row carries the titles
    roomy = True  # False: no blank rows between groups

    @property
    def active(self) -> bool:
        """Whether the focus is in this pane."""
        return self.has_focus or self.has_focus_within

    @property
    def has_focus_within(self) -> bool:
        """Whether a child has the focus."""
        focused: Widget | None = self.screen.focused if self.is_mounted else None
        return focused is not None and self in focused.ancestors

    def show(self, state: State) -> None:
        """Show a state."""
        self.state = state
        self.redraw()

    def title(self) -> str:
        """The title's words."""
        return self.NAME

    def title_right(self, width: int) -> Parts:  # noqa: ARG002  panes with little to say ignore the width
        """What stands at the right end of the title rule."""
        return ()

    def body(self, canvas: Canvas, top: int) -> None:
        """Draw the content from row `top` on."""
        raise NotImplementedError

    def draw(self, canvas: Canvas) -> None:
        """Title and body."""
        top = 0
        if self.titled:
            draw_title(canvas, 0, canvas.width, self.NUMBER, self.title(), self.title_right(canvas.width), self.active)
            top = 1
        if self.state is not None:
            self.body(canvas, top)
            if self.active and self.HINT is not None:
                self._draw_hint(canvas, self.workbench.first_steps.hint(self.HINT, self.state.unsaved))

    def _draw_hint(self, canvas: Canvas, words: Words) -> None:
        """On the last row, or in a full pane's title before what stands there; as much as there is room for."""
        y = canvas.height - 1
        below = canvas.is_blank(y)
        if not words or not self.hint_wanted() or not (below or self.titled):
            return
        right = self.title_right(canvas.width)
        taken = len(self.NUMBER + self.title()) + sum(len(text) for text, _ in right) + 12
        room = canvas.width - (2 if below else taken)
        parts: list[tuple[str, Ink]] = []
        for keys, deed in words:
            room -= len(keys) + len(deed) + 4
            if room < -3:
                break
            parts += [("   " if parts else "", DIM), (keys, BOLD), (f" {deed}", DIM)]
        if below:
            canvas.runs(2, y, *parts)
        elif parts:
            gap: Parts = (("   ", DIM),) if right else ()
            draw_title(canvas, 0, canvas.width, self.NUMBER, self.title(), (*parts, *gap, *right), focused=True)

    def hint_wanted(self) -> bool:
        """Whether what the hint speaks of is there."""
        return True

    def watch_has_focus(self, has_focus: bool) -> None:
        """Focus changes the title and the cursor."""
        super().watch_has_focus(has_focus)
        self.redraw()
