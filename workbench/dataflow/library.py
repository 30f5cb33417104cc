"""The library of named dataflows: presets/dataflows/*.toml."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from workbench.presets_finder import preset_names, preset_path

KIND = "dataflows"
SUFFIX = ".toml"


class DataflowLevel(StrEnum):
    """What a text maps onto: a grid of cores, or the processing elements of one core."""

    CORE = "core"
    PE = "pe"


@dataclass(frozen=True, slots=True)
class NamedDataflow:
    """A directive text with its name. `spatial` are its spatial loops, outermost first; `wires` (core level) are the
    values of design.Wire that it can use."""

    name: str
    title: str
    level: DataflowLevel
    words: str
    text: str
    spatial: tuple[str, ...]
    wires: tuple[str, ...]
    source: str = ""


def _read(path: Path, name: str) -> NamedDataflow:
    with path.open("rb") as file:
        table = tomllib.load(file)
    try:
        return NamedDataflow(
            name=name,
            title=str(table["title"]),
            level=DataflowLevel(table["level"]),
            words=str(table["words"]),
            text=str(table["text"]),
            spatial=tuple(table["spatial"]),
            wires=tuple(table["wires"]),
            source=str(table.get("source", "")),
        )
    except KeyError as missing:
        raise ValueError(f"{path}: {missing.args[0]} is missing") from missing
    except ValueError as wrong:
        raise ValueError(f"{path}: level: {wrong} (allowed: core, pe)") from wrong


@cache
def load_dataflows() -> tuple[NamedDataflow, ...]:
    """All named dataflows, sorted by level and name.

    Raises ValueError naming file and field if a preset file is not complete.
    """
    found = [_read(preset_path(KIND, name, SUFFIX), name) for name in preset_names(KIND, SUFFIX)]
    return tuple(sorted(found, key=lambda d: (d.level, d.name)))


def load_dataflow(name: str) -> NamedDataflow:
    """One named dataflow. Raises ValueError naming the known ones if there is none of that name."""
    for dataflow in load_dataflows():
        if dataflow.name == name:
            return dataflow
    known = ", ".join(d.name for d in load_dataflows())
    raise ValueError(f"no dataflow named {name!r}; known: {known}")
