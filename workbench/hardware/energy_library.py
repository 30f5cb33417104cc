"""Energy tables by name."""

from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from workbench.hardware.energy import EnergyTable
from workbench.hardware.preset_file import PresetError, convert, naming_lines, preset_error, read_toml, section
from workbench.presets_finder import preset_names, preset_path

HINTS = get_type_hints(EnergyTable)
ALLOWED = {float: "joules, a number of at least 0", bool: "true or false", str: "a text"}


def energy_names() -> list[str]:
    """Names of all energy tables."""
    return preset_names("energy", ".toml")


def read_energy(path: Path, name: str) -> EnergyTable:
    """An energy table from a file with one table [energy]. Raises PresetError."""
    data = read_toml(path)
    with naming_lines(path, data):
        return _table(data, str(path), name)


def _table(data: dict[str, Any], place: str, name: str) -> EnergyTable:
    row = section(data, "energy", place)
    if not row:
        raise preset_error(place, "energy", None, "a table [energy]")
    fields: dict[str, object] = {"name": name}
    for key, value in row.items():
        if key not in HINTS:
            raise preset_error(place, f"energy.{key}", value, "one of " + ", ".join(HINTS))
        fields[key] = convert(value, HINTS[key], place, f"energy.{key}", ALLOWED[HINTS[key]])
        if isinstance(fields[key], float) and not 0 <= fields[key] < float("inf"):  # type: ignore[operator]
            raise preset_error(place, f"energy.{key}", value, ALLOWED[float])
    return EnergyTable(**fields)  # type: ignore[arg-type]


@cache
def load_energy(name: str) -> EnergyTable:
    """A preset's name, or the path of a file ending in .toml. Raises PresetError."""
    if name.endswith(".toml"):
        return read_energy(Path(name), Path(name).stem)
    if name not in energy_names():
        raise PresetError(f"energy table {name!r}: not known; allowed: {', '.join(energy_names())}, or a .toml file")
    return read_energy(preset_path("energy", name, ".toml"), name)
