"""Reading TOML presets: every mistake names file, key, the value found and what is allowed."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec


class PresetError(ValueError):
    """A preset or board file that cannot be used; the message names the place and the way out."""


def preset_error(place: str, key: str, found: object, allowed: str) -> PresetError:
    """The one form of all messages: `place: key: found …; allowed: …`."""
    return PresetError(f"{place}: {key}: found {found!r}; allowed: {allowed}")


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
