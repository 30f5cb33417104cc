"""A pane with a list: a cursor that moves with the arrows or j, k, g, G, a filter on `/`, and a scroll position."""

from typing import ClassVar

from textual import events

from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import ACCENT, BOLD, DIM
from workbench.tui.panes.pane import Pane

PAGE_ROWS = 10
_LIST_BINDINGS = bindings(Context.LIST)


class ListPane(Pane):
    """The rows themselves are the subclass's; it tells `count` and draws from `cursor`."""

    BINDINGS: ClassVar = _LIST_BINDINGS
    cursor = 0
    scroll_top = 0
    needle = ""
    filtering = False

    def count(self) -> int:
        """Number of rows the cursor can stand on."""
        raise NotImplementedError

    def moved(self) -> None:
        """The cursor stands on another row."""

    def keep_visible(self, room: int) -> None:
        """Scroll so that the cursor is within `room` rows."""
        self.cursor = max(0, min(self.cursor, self.count() - 1))
        self.scroll_top = max(0, min(self.scroll_top, self.cursor, max(0, self.count() - room)))
        if self.cursor >= self.scroll_top + room:
            self.scroll_top = self.cursor - room + 1

    def move_to(self, index: int) -> None:
        """Put the cursor on a row."""
        index = max(0, min(index, self.count() - 1))
        if index != self.cursor:
            self.cursor = index
            self.moved()
            self.redraw()

    def action_cursor_down(self) -> None:
        """Next row."""
        self.move_to(self.cursor + 1)

    def action_cursor_up(self) -> None:
        """Previous row."""
        self.move_to(self.cursor - 1)

    def action_cursor_first(self) -> None:
        """First row."""
        self.move_to(0)

    def action_cursor_last(self) -> None:
        """Last row."""
        self.move_to(self.count() - 1)

    def action_page_down(self) -> None:
        """A page down."""
        self.move_to(self.cursor + PAGE_ROWS)

    def action_page_up(self) -> None:
        """A page up."""
        self.move_to(self.cursor - PAGE_ROWS)

    def action_filter(self) -> None:
        """Type a filter."""
        self.filtering = True
        self.redraw()

    @property
    def clearable(self) -> bool:
        """Whether escape has a filter to clear."""
        return self.filtering or bool(self.needle)

    def clear_filter(self) -> None:
        """Show all rows again."""
        self.filtering, self.needle = False, ""
        self.filtered()

    def filtered(self) -> None:
        """The filter has changed."""
        self.cursor = self.scroll_top = 0
        self.moved()
        self.redraw()

    def on_key(self, event: events.Key) -> None:
        """While a filter is typed, keys are its letters."""
        if not self.filtering:
            if event.key == "escape" and self.needle:
                event.stop()
                event.prevent_default()
                self.clear_filter()
            return
        if event.key in ("enter", "down", "up", "tab"):
            self.filtering = False
            self.redraw()
        elif event.key == "escape":
            self.clear_filter()
        elif event.key == "backspace":
            self.needle = self.needle[:-1]
            self.filtered()
        elif event.is_printable and event.character:
            self.needle += event.character
            self.filtered()
        else:
            return
        event.stop()
        event.prevent_default()

    def matches(self, text: str) -> bool:
        """Whether a row's text passes the filter."""
        return self.needle.lower() in text.lower()

    def draw_filter(self, canvas: Canvas, y: int) -> bool:
        """The filter's line, where there is one."""
        if not self.clearable:
            return False
        x = canvas.runs(2, y, ("/", ACCENT), (" " + self.needle, BOLD))
        if self.filtering:
            canvas.put(x, y, "_" if canvas.glyphs.ascii else "▏", ACCENT)
        else:
            canvas.put(x + 2, y, "esc clears", DIM)
        return True

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.action_cursor_down()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.action_cursor_up()
