"""A grid of cells (glyph, ink) that every pane and chart draws on, its rows, and which of them changed.

Plain Python: the drawing is a pure function of its arguments and needs no app. A `Row` is a tuple of runs, so two rows
are equal exactly when they look the same.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment

from workbench.tui.glyphs import NORMAL, Glyphs
from workbench.tui.ink import TEXT, Ink, Role

if TYPE_CHECKING:
    from textual.strip import Strip

    from workbench.tui.theme import Look

Row = tuple[tuple[str, Ink], ...]

# Unicode braille: bit of each of the 2 × 4 dots, by [row][column].
_DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BRAILLE = 0x2800
WORTH_A_JUMP = 12  # unchanged cells between two changes that cost more than moving the cursor and a new style


class Canvas:
    """`width` × `height` cells. Whatever would fall outside is left out."""

    def __init__(self, width: int, height: int, glyphs: Glyphs = NORMAL) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        self.glyphs = glyphs
        self._text = [[" "] * self.width for _ in range(self.height)]
        self._ink = [[TEXT] * self.width for _ in range(self.height)]

    def put(self, x: int, y: int, text: str, ink: Ink = TEXT) -> int:
        """Write from column x; gives the column behind the text."""
        if self.glyphs.ascii:
            text = self.glyphs.plain(text)
        wide = not text.isascii() and not _all_single(text)
        inside = 0 <= y < self.height
        row, inks = (self._text[y], self._ink[y]) if inside else ([], [])
        for char in text:
            size = cell_len(char) if wide else 1
            if size == 0:
                continue
            if inside and x >= 0 and x + size <= self.width:
                if row[x] == "":  # the second half of a wide character: its first half goes
                    row[x - 1] = " "
                if x + size < self.width and row[x + size] == "":
                    row[x + size] = " "
                row[x], inks[x] = char, ink
                if size == 2:
                    row[x + 1], inks[x + 1] = "", ink
            x += size
        return x

    def put_right(self, end: int, y: int, text: str, ink: Ink = TEXT) -> int:
        """Write so that the text ends before column `end`; gives the column it starts at."""
        start = end - cell_len(text)
        self.put(start, y, text, ink)
        return start

    def runs(self, x: int, y: int, *parts: tuple[str, Ink]) -> int:
        """Write parts one behind the other; gives the column behind them."""
        for text, ink in parts:
            x = self.put(x, y, text, ink)
        return x

    def runs_right(self, end: int, y: int, *parts: tuple[str, Ink]) -> int:
        """Write parts that together end before column `end`; gives the column they start at."""
        start = end - sum(cell_len(text) for text, _ in parts)
        self.runs(start, y, *parts)
        return start

    def fill(self, y: int, x0: int, x1: int, glyph: str, ink: Ink) -> None:
        """One glyph over the columns x0..x1-1."""
        if x1 > x0:
            self.put(x0, y, glyph * (x1 - x0), ink)

    def back(self, y: int, x0: int, x1: int, role: Role | None) -> None:
        """Give the cells x0..x1-1 of a row a background."""
        if 0 <= y < self.height:
            inks = self._ink[y]
            for x in range(max(0, x0), min(self.width, x1)):
                inks[x] = inks[x].on(role)

    def embolden(self, y: int, x0: int, x1: int) -> None:
        """Set the text of a stretch in bold and strong where it was plain."""
        if 0 <= y < self.height:
            inks = self._ink[y]
            for x in range(max(0, x0), min(self.width, x1)):
                ink = inks[x]
                inks[x] = ink._replace(bold=True, role=Role.STRONG if ink.role is Role.TEXT else ink.role)

    def glyph_at(self, x: int, y: int) -> str:
        """The glyph of a cell; blank outside."""
        return self._text[y][x] if 0 <= y < self.height and 0 <= x < self.width else " "

    def is_blank(self, y: int) -> bool:
        """Whether nothing stands in a row."""
        return 0 <= y < self.height and not "".join(self._text[y]).strip()

    def draw(self, x: int, y: int, other: "Canvas") -> None:
        """Copy another canvas onto this one."""
        for row in range(other.height):
            if 0 <= y + row < self.height:
                for column in range(other.width):
                    if 0 <= x + column < self.width:
                        self._text[y + row][x + column] = other._text[row][column]
                        self._ink[y + row][x + column] = other._ink[row][column]

    def rows(self) -> tuple[Row, ...]:
        """All rows as runs of equal ink; a blank joins the run before it where that looks the same."""
        result = []
        for texts, inks in zip(self._text, self._ink, strict=True):
            runs: list[tuple[str, Ink]] = []
            start = 0
            for x in range(1, self.width + 1):
                if x < self.width and (
                    inks[x] == inks[start] or (texts[x] == " " and _blank_joins(inks[start], inks[x]))
                ):
                    continue
                runs.append(("".join(texts[start:x]), inks[start]))
                start = x
            result.append(tuple(runs))
        return tuple(result)

    def text(self) -> str:
        """What stands on it, without inks; for tests and for copying."""
        return "\n".join("".join(row).rstrip() for row in self._text)


@lru_cache(maxsize=4096)
def _all_single(text: str) -> bool:
    """Whether every character takes one cell; a wide one and one of no width may add up to the same length."""
    return all(cell_len(char) == 1 for char in text)


class Dots:
    """A field of dots, 2 × 4 to a cell as braille, 1 × 2 as ASCII (`'`, `.`, `:`), drawn over blank cells only."""

    def __init__(self, width: int, height: int, glyphs: Glyphs = NORMAL) -> None:
        self.width, self.height, self.glyphs = width, height, glyphs
        self.columns = width * (1 if glyphs.ascii else 2)
        self.lines = height * (2 if glyphs.ascii else 4)
        self._cells: dict[tuple[int, int], int] = {}

    def set(self, column: int, line: int) -> None:
        """Set one dot, counted from the top left."""
        if not (0 <= column < self.columns and 0 <= line < self.lines):
            return
        if self.glyphs.ascii:
            cell, bit = (column, line // 2), 1 << (line % 2)
        else:
            cell, bit = (column // 2, line // 4), _DOT_BITS[line % 4][column % 2]
        self._cells[cell] = self._cells.get(cell, 0) | bit

    def draw(self, canvas: Canvas, x: int, y: int, ink: Ink) -> None:
        """Draw on a canvas with the field's top left at (x, y)."""
        for (column, row), bits in self._cells.items():
            glyph = " '.:"[bits] if self.glyphs.ascii else chr(_BRAILLE + bits)
            canvas.put(x + column, y + row, glyph, ink)

    def covers(self, column: int, row: int) -> bool:
        """Whether a cell holds a dot."""
        return (column, row) in self._cells


def _blank_joins(run: Ink, blank: Ink) -> bool:
    """Whether a blank drawn with a run's ink looks as it should: only background, underline and reverse show on it."""
    marked = run.underline or run.reverse or blank.underline or blank.reverse
    return run.back == blank.back and not marked


def _cells(row: Row) -> list[tuple[str, Ink | Role | None]]:
    """A row's cells; a blank is known by its background alone."""
    found: list[tuple[str, Ink | Role | None]] = []
    for text, ink in row:
        plain = not (ink.underline or ink.reverse)
        wide = not text.isascii() and not _all_single(text)
        for char in text:
            found.append((char, ink.back if char == " " and plain else ink))
            if wide and cell_len(char) == 2:
                found.append(("", ink))
    return found


Stretch = tuple[int, int, int]  # row, first column, column behind the last


def changed_stretches(before: tuple[Row, ...], after: tuple[Row, ...]) -> list[Stretch]:
    """Stretches of rows that must be painted again; both drawings have the same size."""
    found: list[Stretch] = []
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        was, now = _cells(old), _cells(new)
        differ = [x for x, (a, b) in enumerate(zip(was, now, strict=True)) if a != b]
        for x in differ:
            if found and found[-1][0] == y and x - found[-1][2] < WORTH_A_JUMP:
                found[-1] = (y, found[-1][1], x + 1)
            else:
                found.append((y, x, x + 1))
    return found


def strip_of(row: Row, look: "Look") -> "Strip":
    """A row as Textual paints it."""
    from textual.strip import Strip

    return Strip([Segment(text, look.style(ink)) for text, ink in row])


def strips(rows: Iterable[Row], look: "Look") -> list["Strip"]:
    """All rows as Textual paints them."""
    return [strip_of(row, look) for row in rows]
