"""Boards by name or from a file, and the one way to change a field of one."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from workbench.hardware.board import Board, Family, MemoryGroup, Region
from workbench.hardware.board_check import check_board
from workbench.hardware.preset_file import PresetError, convert, naming_lines, preset_error, read_toml, section
from workbench.hardware.resources import RESOURCE_NAMES, Resources
from workbench.presets_finder import preset_names, preset_path

HINTS: dict[str, Any] = get_type_hints(Board)
COMPOSED = ("name", "regions", "memory", "sources", "unconfirmed")
SCALARS = tuple(key for key in HINTS if key not in COMPOSED)
LONGEST_CHAIN = 8  # base = "…" of base = "…": more is a circle


def _allowed(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f'"{member.value}"' for member in kind)
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}.get(kind, "a table")


def _number(value: object, place: str, key: str) -> float:
    number: float = convert(value, float, place, key, "a number of at least 0")
    if not (math.isfinite(number) and number >= 0):
        raise preset_error(place, key, value, "a number of at least 0")
    return number


def _resources(value: object, place: str, key: str, base: Resources | None = None) -> Resources:
    if not isinstance(value, Mapping):
        raise preset_error(place, key, value, "a table of " + ", ".join(RESOURCE_NAMES))
    amounts: dict[str, float] = {}
    for name, amount in value.items():
        if name not in RESOURCE_NAMES:
            raise preset_error(place, f"{key}.{name}", amount, "one of " + ", ".join(RESOURCE_NAMES))
        amounts[name] = _number(amount, place, f"{key}.{name}")
    return replace(base or Resources(), **amounts)


def _region(row: object, place: str, key: str) -> Region:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str):
        raise preset_error(place, key, row, 'a table with name = "…" and resources')
    amounts = {k: v for k, v in row.items() if k not in ("name", "shell")}
    shell = _resources(row.get("shell", {}), place, f"{key}.{row['name']}.shell")
    return Region(row["name"], _resources(amounts, place, f"{key}.{row['name']}"), shell)


def _memory(row: object, place: str, key: str) -> MemoryGroup:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str):
        raise preset_error(place, key, row, 'a table with name = "…", channels, bytes_per_s_per_channel')
    where = f"{key}.{row['name']}"
    for name, value in row.items():
        if name not in ("name", "channels", "bytes_per_s_per_channel"):
            raise preset_error(place, f"{where}.{name}", value, "name, channels, bytes_per_s_per_channel")
    channels = convert(row.get("channels", 1), int, place, f"{where}.channels", "a whole number of at least 1")
    rate = _number(row.get("bytes_per_s_per_channel"), place, f"{where}.bytes_per_s_per_channel")
    return MemoryGroup(row["name"], channels, rate)


def _rows(value: object, place: str, key: str) -> list[object]:
    if not isinstance(value, list | tuple) or not value:
        raise preset_error(place, key, value, f"one or more tables [[{key}]]")
    return list(value)


def _field(board: Board, key: str, value: object, place: str) -> dict[str, Any]:
    """The change of one field, checked: a scalar, a whole list, or one figure of a region or memory group."""
    if key == "regions":
        return {"regions": tuple(_region(row, place, key) for row in _rows(value, place, key))}
    if key == "memory":
        return {"memory": tuple(_memory(row, place, key) for row in _rows(value, place, key))}
    if key in SCALARS:
        kind = HINTS[key]
        if kind is Resources:
            return {key: _resources(value, place, key, getattr(board, key))}
        converted = convert(value, kind, place, key, _allowed(kind))
        if isinstance(converted, float) and not math.isfinite(converted):
            raise preset_error(place, key, value, "a finite number")
        return {key: converted}
    head, *rest = key.split(".")
    if head == "regions" and len(rest) in (2, 3):
        return {"regions": _one_region(board, rest, value, place, key)}
    if head == "memory" and len(rest) == 2:
        return {"memory": _one_group(board, rest, value, place, key)}
    if head in SCALARS and HINTS[head] is Resources and len(rest) == 1:
        return {head: _resources({rest[0]: value}, place, head, getattr(board, head))}
    near = get_close_matches(key, SCALARS, 1)
    if near:
        words = f"{place}: {key}: no field of a board; did you mean {near[0]}? All fields: {', '.join(SCALARS)}"
        raise PresetError(words, place, key)
    raise preset_error(place, key, value, ", ".join(SCALARS) + ", regions.<name>.<resource>, memory.<name>.channels, …")


def _one_region(board: Board, rest: list[str], value: object, place: str, key: str) -> tuple[Region, ...]:
    names = [region.name for region in board.regions]
    if rest[0] not in names or (len(rest) == 3 and rest[1] != "shell"):
        allowed = f"regions.<{'|'.join(names)}>[.shell].<resource>"
        raise preset_error(place, key, value, allowed)
    changed = []
    for region in board.regions:
        if region.name != rest[0]:
            changed.append(region)
        elif len(rest) == 3:
            changed.append(replace(region, shell=_resources({rest[2]: value}, place, key, region.shell)))
        else:
            changed.append(replace(region, resources=_resources({rest[1]: value}, place, key, region.resources)))
    return tuple(changed)


def _one_group(board: Board, rest: list[str], value: object, place: str, key: str) -> tuple[MemoryGroup, ...]:
    names = [group.name for group in board.memory]
    if rest[0] not in names or rest[1] not in ("channels", "bytes_per_s_per_channel"):
        raise preset_error(place, key, value, f"memory.<{'|'.join(names)}>.channels or .bytes_per_s_per_channel")
    row = {"channels": convert(value, int, place, key, "a whole number of at least 1")} if rest[1] == "channels" else {
        "bytes_per_s_per_channel": _number(value, place, key)
    }  # fmt: skip
    return tuple(replace(g, **row) if g.name == rest[0] else g for g in board.memory)


def override_board(board: Board, changes: Mapping[str, object], place: str = "board override") -> Board:
    """The board with some fields changed; every value type-checked, the result checked as a whole.

    Keys are fields of Board (clock_hz, static_w, …), whole lists (regions, memory), or one figure of them:
    `regions.SLR0.lut`, `regions.SLR0.shell.lut`, `memory.DDR4.channels`, `core_cost.lut`. A field that is set is no
    longer marked unconfirmed; its source becomes `place`. Raises PresetError naming place, key, value, what is allowed.
    """
    if not changes:
        return board
    for key, value in changes.items():
        board = replace(board, **_field(board, key, value, place))
    touched = {key.split(".")[0] for key in changes}
    sources = tuple(pair for pair in board.sources if pair[0] not in touched)
    board = replace(
        board,
        sources=sources + tuple((key, place) for key in sorted(touched)),
        unconfirmed=tuple(key for key in board.unconfirmed if key.split(".")[0] not in touched),
    )
    check_board(board, place)
    return board


def _complete(data: dict[str, Any], name: str, place: str) -> Board:
    """A board that has no base: family, clock, regions and memory are required."""
    fields = section(data, "board", place)
    if "family" not in fields or "clock_hz" not in fields:
        missing = "family" if "family" not in fields else "clock_hz"
        raise preset_error(place, f"board.{missing}", None, 'a value, or base = "<a board>" to start from')
    family = convert(fields["family"], Family, place, "board.family", _allowed(Family))
    clock_hz = convert(fields["clock_hz"], float, place, "board.clock_hz", "a number of Hz")
    return Board(name, family, (), (), clock_hz)


def read_board(path: Path, name: str, depth: int = 0) -> Board:
    """A board from a TOML file: [board] (base, then fields), [[regions]], [[memory]], [sources], unconfirmed.

    Raises PresetError.
    """
    place = str(path)
    if depth > LONGEST_CHAIN:
        raise PresetError(f"{place}: board.base: the chain of bases is a circle; base must lead to a complete board")
    data = read_toml(path)
    with naming_lines(path, data):
        return _read(data, path, name, depth)


def _read(data: dict[str, Any], path: Path, name: str, depth: int) -> Board:
    place = str(path)
    for key, value in data.items():
        if key not in ("board", "regions", "memory", "sources"):
            raise preset_error(place, key, value, "[board], [[regions]], [[memory]], [sources]")
    fields = dict(section(data, "board", place))
    base_name = fields.pop("base", None)
    unconfirmed = convert(fields.pop("unconfirmed", []), tuple[str, ...], place, "unconfirmed", "a list of field names")
    if base_name is None:
        board = _complete(data, name, place)
    else:
        base_name = convert(base_name, str, place, "board.base", "the name of a board or a .toml file")
        board = replace(_read_named(base_name, place, path.parent, depth + 1), name=name)
    changes = dict(fields)
    if isinstance(fields.get("measured"), str) and fields["measured"]:
        changes["measured"] = str((path.parent / Path(fields["measured"]).expanduser()).absolute())
    for key in ("regions", "memory"):
        if key in data:
            changes[key] = data[key]
    for key, value in changes.items():
        board = replace(board, **_field(board, key, value, place))
    sources = {k: v for k, v in board.sources if k not in changes}
    for key, text in section(data, "sources", place).items():
        sources[key] = convert(text, str, place, f"sources.{key}", "a text")
    for key in changes:
        sources.setdefault(key, path.name if base_name else "")
    kept = tuple(key for key in board.unconfirmed if key not in changes)
    board = replace(
        board,
        sources=tuple((key, text) for key, text in sources.items() if text),
        unconfirmed=kept + tuple(key for key in unconfirmed if key not in kept),
    )
    check_board(board, place)
    return board


def board_names() -> list[str]:
    """Names of all preset boards."""
    return preset_names("boards", ".toml")


def _read_named(name: str, place: str, folder: Path, depth: int) -> Board:
    if name.endswith(".toml"):
        return read_board(folder / name, Path(name).stem, depth)
    if name not in board_names():
        where = "" if place == "board" else f"{place}: "  # a preset by name has no file to point at
        raise PresetError(
            f"{where}board {name!r}: not known; allowed: {', '.join(board_names())}, or a path ending in .toml"
        )
    return read_board(preset_path("boards", name, ".toml"), name, depth)


@cache
def _preset(name: str) -> Board:
    return _read_named(name, "board", Path(), 0)


def load_board(name: str, overrides: Iterable[tuple[str, object]] | Mapping[str, object] = ()) -> Board:
    """A preset board, or a file ending in .toml, with fields overridden (see override_board). Raises PresetError."""
    board = _read_named(name, "board", Path(), 0) if name.endswith(".toml") else _preset(name)
    return override_board(board, dict(overrides))
