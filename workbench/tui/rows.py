"""The widget under every pane: it draws rows of cells and paints again only those that changed."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from workbench.tui.charts.canvas import Canvas, Row, changed_stretches, strip_of
from workbench.tui.ink import TEXT, Role
from workbench.tui.theme import Look

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp


class Rows(Widget):
    """A widget whose look is `draw` on a canvas of its size. Call `redraw` when something it shows has changed."""

    PAGE: ClassVar[Role] = Role.PAGE
    _rows: tuple[Row, ...] = ()
    _drawn_with: Look | None = None
    _drawn_width = 0

    @property
    def workbench(self) -> "WorkbenchApp":
        """The app, typed."""
        return cast("WorkbenchApp", self.app)

    @property
    def look(self) -> Look:
        """Theme and glyphs, on this widget's page."""
        return self.workbench.look_on(self.PAGE)

    def draw(self, canvas: Canvas) -> None:
        """Draw the whole widget."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again and repaint the rows that changed."""
        width, height = self.size
        if not self.is_mounted or width == 0 or height == 0:
            return
        look = self.look
        canvas = Canvas(width, height, look.glyphs)
        self.draw(canvas)
        rows = canvas.rows()
        if self._drawn_with is not look:
            self._rows, self._drawn_with, self._drawn_width = rows, look, width
            self.refresh()
            return
        if len(rows) != len(self._rows) or width != self._drawn_width:
            self._rows, self._drawn_width = rows, width
            self.refresh()
            return
        changed = changed_stretches(self._rows, rows)
        self._rows = rows
        if changed:
            self.refresh(*(Region(first, y, end - first, 1) for y, first, end in changed))

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """One row, for Textual."""
        if self._drawn_with is None:
            self.redraw()
        if y >= len(self._rows):
            return Strip.blank(self.size.width, self.look.style(TEXT))
        return strip_of(self._rows[y], self.look)
