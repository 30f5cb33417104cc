"""The text editor of a dataflow: Textual's TextArea as the model, drawn by our own rows.

Between the lines of the document stand rows of diagnostics, so what is on the screen is a list of rows of which some
are no lines. TextArea's private `_refresh_size` and `_recompute_cursor_offset` are the two places where it asks where
lines lie; they are overridden here, and the minor version of Textual is pinned.
"""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import events
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Location

from workbench.dataflow.diagnostic import Diagnostic, Severity
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas, strip_of
from workbench.tui.ink import AMBER, BOLD, DIM, RED, RULE, TEXT, Ink, Role
from workbench.tui.panes.directive_ink import ghost_words, ink_text

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

TEXT_AT = 6  # column of the first character; the line number ends two before
GHOST_GAP = 5
NOTE_AT = 7  # columns from the text to a note's message


@dataclass(frozen=True, slots=True)
class _Note:
    """One row under a line: part of a diagnostic's message, `first` on its first row, `last` on its last."""

    diagnostic: Diagnostic
    words: str
    first: bool
    last: bool


class DataflowEditor(TextArea):
    """`set_diagnostics` gives it what to say under its lines; `Edited` tells of every change by hand."""

    BINDINGS: ClassVar = bindings(Context.EDITOR)

    class Edited(Message):
        """The text has been changed by the user."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class Left(Message):
        """The user wants out of the editor."""

    class Grown(Message):
        """The number of rows has changed."""

    def __init__(self) -> None:
        self._places: list[int | _Note] = [0]
        self._found: tuple[Diagnostic, ...] = ()
        self.heard = ""  # the text that the pane has given or been told of
        self.inside = False  # the text runs over PEs, not over cores
        super().__init__("", soft_wrap=False, show_line_numbers=False, tab_behavior="focus")
        self.cursor_blink = False
        self.highlight_cursor_line = False
        self.match_cursor_bracket = False

    # ── model ────────────────────────────────────────────────────────────────────────────────────────────────────

    def show_text(self, text: str) -> None:
        """Show another text; the cursor stays where it was as far as that exists."""
        self.heard = text
        if text == self.text:
            return
        row, column = self.cursor_location
        self.load_text(text)
        last = self.document.line_count - 1
        row = min(row, last)
        self.move_cursor((row, min(column, len(self.document[row]))))

    @property
    def ahead(self) -> bool:
        """Whether the user has changed the text and the pane is yet to be told."""
        return self.text != self.heard

    def set_diagnostics(self, found: tuple[Diagnostic, ...]) -> None:
        """Say these under their lines."""
        if found != self._found:
            self._found = found
            self._refresh_size()
            self.refresh()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is said."""
        return self._found

    @property
    def row_count(self) -> int:
        """Rows on the screen, notes included."""
        return len(self._places)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell the pane, unless it was the pane that changed it."""
        event.stop()
        if self.ahead:
            self.post_message(self.Edited(self.text))

    def update_suggestion(self) -> None:
        """Offer the rest of the word at the cursor."""
        from workbench.tui.panes.completing import rest_of_word

        row, column = self.cursor_location
        self.suggestion = rest_of_word(self.text, row, column, self.inside)

    def action_complete(self) -> None:
        """Take the offered completion."""
        if self.suggestion:
            self.insert(self.suggestion)

    def action_leave_text(self) -> None:
        """Back to the pane."""
        self.post_message(self.Left())

    # ── where rows lie ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def gutter_width(self) -> int:
        """Columns before the text."""
        return TEXT_AT

    def _refresh_size(self) -> None:
        before = len(self._places)
        notes: dict[int, list[Diagnostic]] = {}
        last = self.document.line_count - 1
        for diagnostic in self._found:
            if diagnostic.severity > Severity.HINT:
                notes.setdefault(min(diagnostic.line - 1, last), []).append(diagnostic)
        self._places = []
        for line in range(self.document.line_count):
            self._places.append(line)
            for diagnostic in notes.get(line, ()):
                self._places += self._note_rows(diagnostic)
        width, _ = self.document.get_size(self.indent_width)
        self.virtual_size = Size(width + TEXT_AT + 1, len(self._places))
        self._recompute_cursor_offset()
        if before != len(self._places):
            self.post_message(self.Grown())

    def _note_rows(self, diagnostic: Diagnostic) -> list[_Note]:
        room = max(12, self.size.width - TEXT_AT - NOTE_AT)
        fix = "    F4 fix" if diagnostic.fix is not None else ""
        rows = textwrap.wrap(diagnostic.message + fix.replace(" ", "\0"), room) or [""]
        last = len(rows) - 1
        return [_Note(diagnostic, words.replace("\0", " "), k == 0, k == last) for k, words in enumerate(rows)]

    def _row_of_line(self, line: int) -> int:
        return self._places.index(line) if line in self._places else 0

    def _recompute_cursor_offset(self) -> None:
        row, column = self.cursor_location
        self._cursor_offset = (column, self._row_of_line(row))

    def get_target_document_location(self, event: events.MouseEvent) -> Location:
        """Where a click lands in the text; a click on a note lands at the end of its line."""
        y = max(0, min(event.y + self.scroll_offset.y, len(self._places) - 1))
        column = max(0, event.x - TEXT_AT + self.scroll_offset.x)
        while y > 0 and not isinstance(self._places[y], int):
            y, column = y - 1, 10_000
        line = cast(int, self._places[y])
        return line, min(column, len(self.document[line]))

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def get_line(self, line_index: int) -> Text:
        """A line with its own highlighting."""
        look = cast("WorkbenchApp", self.app).look
        text = Text(self.document.get_line(line_index), end="", no_wrap=True)
        for start, end, ink in ink_text(self.text).get(line_index, ()):
            text.stylize(look.style(ink), start, end)
        return text

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows, without TextArea's own theme."""
        return ScrollView.render_lines(self, crop)

    def render_line(self, y: int) -> Strip:
        """A row: a line of the text or a note."""
        look = cast("WorkbenchApp", self.app).look
        canvas = Canvas(self.size.width, 1, look.glyphs)
        at = y + self.scroll_offset.y
        if at < len(self._places):
            row = self._places[at]
            if isinstance(row, int):
                self._draw_line(canvas, row)
            else:
                self._draw_note(canvas, row)
        return strip_of(canvas.rows()[0], look)

    def _draw_note(self, canvas: Canvas, note: _Note) -> None:
        diagnostic = note.diagnostic
        error = diagnostic.severity is Severity.ERROR
        if note.first:
            mark = canvas.glyphs.misfit if error else "!"
            place = f"{mark} {diagnostic.line}:{diagnostic.column}"
            canvas.put(TEXT_AT, 0, place, RED if error else AMBER)
        words, fix, _ = note.words.partition("    F4 fix")
        x = TEXT_AT + NOTE_AT
        for k, word in enumerate(words.split(" ")):
            x = canvas.put(x + (k > 0), 0, word, BOLD if word == diagnostic.fix else TEXT)
        if fix:
            canvas.runs(x, 0, ("   F4", BOLD), (" fix", DIM))

    def _draw_line(self, canvas: Canvas, line: int) -> None:
        text = self.document.get_line(line)
        scroll_x = self.scroll_offset.x
        inks: list[Ink] = [TEXT] * len(text)
        for start, end, ink in ink_text(self.text).get(line, ()):
            inks[start:end] = [ink] * (min(end, len(text)) - start)
        for diagnostic in self._found:
            if diagnostic.line - 1 == line:
                self._underline(inks, diagnostic)
        ghost = None if self.inside else ghost_words(self.text).get(line)
        if ghost:
            longest = max(len(self.document.get_line(k)) for k in ghost_words(self.text))
            x = TEXT_AT + max(longest, len(text)) + GHOST_GAP - scroll_x
            canvas.put(max(TEXT_AT + len(text) + 2, min(x, canvas.width - len(ghost))), 0, ghost, DIM)
        self._select(inks, line)
        for column, char in enumerate(text):
            canvas.put(TEXT_AT + column - scroll_x, 0, char if char != "\t" else " ", inks[column])
        if scroll_x:
            canvas.fill(0, 0, TEXT_AT, " ", TEXT)
        if text or line < self.document.line_count - 1 or self.has_focus:
            canvas.put_right(TEXT_AT - 2, 0, str(line + 1), RULE)
        self._draw_cursor_cell(canvas, line)

    def _underline(self, inks: list[Ink], diagnostic: Diagnostic) -> None:
        role = {Severity.ERROR: Role.RED, Severity.WARNING: Role.AMBER}.get(diagnostic.severity)
        end = max(diagnostic.end_column - 1, diagnostic.column)
        for column in range(diagnostic.column - 1, min(end, len(inks))):
            inks[column] = inks[column]._replace(underline=True, role=role or inks[column].role)

    def _select(self, inks: list[Ink], line: int) -> None:
        top, bottom = sorted(self.selection)
        if top == bottom or not top[0] <= line <= bottom[0]:
            return
        start = top[1] if line == top[0] else 0
        end = bottom[1] if line == bottom[0] else len(inks)
        for column in range(start, min(end, len(inks))):
            inks[column] = inks[column].on(Role.SELECTED)._replace(reverse=canvas_is_plain(self))

    def _draw_cursor_cell(self, canvas: Canvas, line: int) -> None:
        row, column = self.cursor_location
        if row != line or not self.has_focus:
            return
        x = TEXT_AT + column - self.scroll_offset.x
        if self.suggestion:
            canvas.put(x, 0, self.suggestion, DIM)
        under = canvas.glyph_at(x, 0)
        canvas.put(x, 0, under, Ink(Role.TEXT, reverse=True))

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the terminal's cursor belongs (input methods ask)."""
        x, y = self._cursor_offset
        region = self.content_region
        return Offset(region.x + x - self.scroll_offset.x + TEXT_AT, region.y + y - self.scroll_offset.y)


def canvas_is_plain(editor: DataflowEditor) -> bool:
    """Whether backgrounds cannot be told apart, so that a selection must be reversed."""
    from workbench.tui.theme import ThemeName

    return cast("WorkbenchApp", editor.app).look.theme is ThemeName.ANSI
