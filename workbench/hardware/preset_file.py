"""Reading TOML presets: every mistake names file, line, key, the value found and what is allowed."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from workbench.toml_places import key_lines, line_of

MAIN_TABLES = ("board", "energy")  # whose keys messages name without the table


class PresetError(ValueError):
    """A preset or board file that cannot be used; the message names the place and the way out.

    `key`: the field it is about, which stands in the file or text `place`; empty where it is about the whole.
    """

    def __init__(self, message: str, place: str = "", key: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.key = key


def preset_error(place: str, key: str, found: object, allowed: str) -> PresetError:
    """The one form of all messages: `place: key: found …; allowed: …`."""
    return PresetError(f"{place}: {key}: found {found!r}; allowed: {allowed}", place, key)


@contextmanager
def naming_lines(path: Path, data: Mapping[str, Any]) -> Iterator[None]:
    """Within it a PresetError about a key of this file, which holds `data`, gets the line where the key stands."""
    try:
        yield
    except PresetError as error:
        line = _line(path, data, error.key) if error.key and error.place == str(path) else None
        if line is None:
            raise
        raise PresetError(f"{path}:{line}{str(error).removeprefix(str(path))}") from None


def _line(path: Path, data: Mapping[str, Any], key: str) -> int | None:
    lines = key_lines(path.read_text(encoding="utf-8"))
    head, *rest = key.split(".")
    rows = data.get(head)
    if isinstance(rows, list) and rest:  # rows of an array of tables go by their names
        names = [row.get("name") if isinstance(row, Mapping) else None for row in rows]
        rest = [names.index(rest[0]), *rest[1:]] if rest[0] in names else []  # type: ignore[list-item]
    own = (head, *rest)
    candidates = [own, *((table, *own) for table in MAIN_TABLES)]
    exact = (lines[each] for each in candidates if each in lines)
    return next(exact, None) or next((found for each in candidates if (found := line_of(lines, each))), None)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dictionary. Raises PresetError with line and column if it is not TOML or cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PresetError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise PresetError(f"{path}: not UTF-8 text at byte {error.start}; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise PresetError(f"{path}: not TOML: {error}") from None


def convert(value: object, kind: Any, place: str, key: str, allowed: str) -> Any:
    """`value` as `kind` (strict; whole numbers count as float). Raises PresetError."""
    try:
        converted = msgspec.convert(value, kind)
    except msgspec.ValidationError:
        raise preset_error(place, key, value, allowed) from None
    return converted


def section(data: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    """A table of the file, empty if absent. Raises PresetError if it is not a table."""
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise preset_error(place, key, value, f"a table [{key}]")
    return value
