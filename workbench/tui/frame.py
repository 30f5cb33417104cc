"""What holds the panes together: the rule between the columns, and the tab row of the narrow screen."""

from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import ACCENT_BOLD, DIM, RULE, STRONG, TEXT
from workbench.tui.panes.monitor import search_state
from workbench.tui.panes.pane import Pane
from workbench.tui.rows import Rows
from workbench.tui.state import State


class ColumnRule(Rows):
    """The rule between the columns; `junction` is where the lower titles meet it."""

    junction = 0

    def draw(self, canvas: Canvas) -> None:
        """One column."""
        glyphs = canvas.glyphs
        for y in range(canvas.height):
            glyph = glyphs.tee_down if y == 0 else glyphs.cross if y == self.junction else glyphs.column
            canvas.put(0, y, glyph, RULE)


class TabRow(Rows):
    """The four panes by name, the state of the search on the right."""

    state: State | None = None
    active = 1
    panes: tuple[Pane, ...] = ()

    def show(self, state: State) -> None:
        """Show a state."""
        self.state = state
        self.redraw()

    def draw(self, canvas: Canvas) -> None:
        """One row."""
        canvas.fill(0, 0, canvas.width, canvas.glyphs.rule, RULE)
        x = 1
        for number, pane in enumerate(self.panes, start=1):
            here = number == self.active
            x = canvas.runs(
                x, 0, (f" {number} ", ACCENT_BOLD if here else DIM), (f"{pane.TAB} ", ACCENT_BOLD if here else TEXT)
            )
            x += 1
        if self.state is not None:
            parts = search_state(self.state.snapshot, canvas.glyphs.ascii, best=self.active != 4)
            if sum(len(text) for text, _ in parts) + 3 < canvas.width - x:
                canvas.runs_right(canvas.width - 1, 0, (" ", DIM), *parts, (" ", STRONG))
