"""The one error of a design's file, and the reading of its tables that raises it."""

import math
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from workbench.toml_places import Path as KeyPath
from workbench.toml_places import key_lines, line_of, path_words

E = TypeVar("E", bound=StrEnum)
LONGEST_VALUE_SHOWN = 60


class DesignFileError(ValueError):
    """A design's file that cannot be used. The text reads `path:line: key: what was found; allowed: …`.

    `path`, `line` (from 1; None: the whole file), `key` (None: the whole file) and `message` are its parts.
    """

    def __init__(self, path: Path | str, message: str, line: int | None = None, key: str | None = None) -> None:
        self.path = path
        self.line = line
        self.key = key
        self.message = _one_line(message)
        place = f"{path}" if line is None else f"{path}:{line}"
        super().__init__(_one_line(f"{place}: {message}" if key is None else f"{place}: {key}: {message}"))


def _one_line(words: str) -> str:
    """Words of a file in a message: whatever the file holds, they neither break the line nor steer a terminal."""
    return "".join(character if character.isprintable() else "·" for character in words)


def shown(value: object) -> str:
    """A value as it may stand in a message: short, on one line."""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_VALUE_SHOWN else text[: LONGEST_VALUE_SHOWN - 1] + "…"


class Document:
    """A TOML text that could be read: its data and the places of its keys."""

    def __init__(self, path: Path | str, text: str, data: dict[str, Any]) -> None:
        self.path = path
        self.text = text
        self.data = data
        self._lines: dict[KeyPath, int] | None = None

    def line(self, path: KeyPath) -> int | None:
        """Line of a key."""
        if self._lines is None:
            self._lines = key_lines(self.text)
        return line_of(self._lines, path)

    def fail(self, path: KeyPath, message: str) -> NoReturn:
        """Raise the error for a key."""
        raise DesignFileError(self.path, message, self.line(path), path_words(path) or None)


class Section:
    """One table of the file. Every read names the key; `finish` refuses keys that nobody asked for."""

    def __init__(self, document: Document, data: object, path: KeyPath) -> None:
        self.document = document
        self.path = path
        if not isinstance(data, dict):
            document.fail(path, f"found {shown(data)}; allowed: a table [{path_words(path)}]")
        self.data: dict[str, Any] = data
        self.asked: list[str] = []

    def fail(self, key: str, message: str) -> NoReturn:
        """Raise the error for one key of this table."""
        self.document.fail((*self.path, key), message)

    def wrong(self, key: str, value: object, allowed: str) -> NoReturn:
        """Raise the error for a value."""
        self.fail(key, f"found {shown(value)}; allowed: {allowed}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self.asked.append(key)
        return key in self.data

    def get(self, key: str, allowed: str, required: bool = False) -> Any:
        """The raw value, None if absent. Raises if it is required."""
        if not self.has(key):
            if required:
                self.fail(key, f"missing; allowed: {allowed}")
            return None
        return self.data[key]

    def text(self, key: str, default: str | None = None, allowed: str = "a text", lines_allowed: bool = False) -> str:
        """A text that is not empty, on one line unless lines are allowed; required without a default."""
        value = self.get(key, allowed, required=default is None)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, value, allowed)
        if lines_allowed:
            return value
        if not value.isprintable():
            self.fail(key, f"found {shown(value)} with control characters; allowed: {allowed} on one line")
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number in a range; required without a default."""
        allowed = f"a whole number from {low} to {high}"
        value = self.get(key, allowed, required=default is None)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(key, value, allowed)
        return value

    def number(
        self, key: str, low: float, high: float, default: float | None = None, above: bool = False
    ) -> float | None:
        """A finite number in a range (`above`: larger than `low`); `default` if absent."""
        allowed = f"a number {'above' if above else 'from'} {low:g} to {high:g}"
        if high == math.inf:
            allowed = f"a number {'above' if above else 'of at least'} {low:g}"
        value = self.get(key, allowed)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.wrong(key, value, allowed)
        if not low <= value <= high or (above and value == low):
            self.wrong(key, value, allowed)
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.get(key, "true or false")
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, value, "true or false")
        return value

    def member(self, key: str, kind: type[E], default: E) -> E:
        """One of an enum's values."""
        return default if not self.has(key) else self.as_member(key, self.data[key], kind)

    def as_member(self, key: str, value: object, kind: type[E]) -> E:
        """`value`, found under `key`, as a member of an enum."""
        allowed = [member.value for member in kind]
        if value not in allowed:
            near = get_close_matches(str(value), allowed, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            self.wrong(key, value, ", ".join(f'"{a}"' for a in allowed) + hint)
        return kind(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty if absent."""
        value = self.get(key, "a list of texts")
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item.isprintable() for item in value):
            self.wrong(key, value, "a list of texts, each on one line")
        return tuple(value)

    def rows(self, key: str) -> list["Section"]:
        """The rows of an array of tables, empty if absent."""
        value = self.get(key, f"rows [[{key}]]")
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(key, value, f"rows [[{path_words((*self.path, key))}]]")
        return [Section(self.document, row, (*self.path, key, index)) for index, row in enumerate(value)]

    def table(self, key: str) -> "Section | None":
        """A table within this one, None if absent."""
        return Section(self.document, self.data[key], (*self.path, key)) if self.has(key) else None

    def finish(self) -> None:
        """Refuse unknown keys."""
        for key in self.data:
            if key not in self.asked:
                near = get_close_matches(key, self.asked, n=1, cutoff=0.5)
                hint = f" (did you mean {near[0]}?)" if near else ""
                self.fail(key, f"unknown key{hint}; allowed: {', '.join(dict.fromkeys(self.asked))}")
