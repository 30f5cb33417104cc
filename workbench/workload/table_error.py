"""The one error of everything a user hands over as a file on this floor: place, value found, way out."""

from difflib import get_close_matches
from pathlib import Path

MANY_LETTERS = 60  # of a user's text that a message repeats
MANY_NAMES = 24  # above this a list of all names no longer helps
SEARCHED_NAMES = 2000  # looking for close matches among more takes seconds


class TableError(ValueError):
    """A layer table or workload file that cannot be used.

    `path`, `line` (1-based, None if the whole file is meant), `column` (a column's or field's name, or None) and
    `message` say where and why; the text of the exception joins them as `path:line: column: message`.
    """

    def __init__(self, path: Path, message: str, line: int | None = None, column: str | None = None) -> None:
        self.path = path
        self.line = line
        self.column = column
        self.message = message
        place = f"{path}" if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {message}" if column is None else f"{place}: {column}: {message}")


def close_matches(found: str, allowed: list[str]) -> str:
    """A hint for a misspelt name: the nearest allowed names, or all of them if there are few, or nothing."""
    near = get_close_matches(found[:MANY_LETTERS], allowed[:SEARCHED_NAMES], n=3, cutoff=0.5)
    if near:
        return f"; did you mean {', '.join(near)}?"
    return f"; allowed: {', '.join(allowed)}" if len(allowed) <= MANY_NAMES else ""


def quoted(text: str) -> str:
    """A user's text inside an error message: short, in quotes, control characters written out."""
    return repr(text if len(text) <= MANY_LETTERS else text[: MANY_LETTERS - 1] + "…")
