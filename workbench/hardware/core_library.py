"""Cores by name: the vendor's eight, the group's own, PE arrays, and any `PPxICPxOCP`."""

import re
from functools import cache
from typing import Any

from workbench.hardware.board import Family
from workbench.hardware.core import Core, DpuCore, PeArrayCore
from workbench.hardware.preset_file import PresetError, convert, preset_error, read_toml, section
from workbench.presets_finder import preset_names, preset_path

SHAPE = re.compile(r"^(\d{1,4})[x×_](\d{1,4})[x×_](\d{1,4})$")
LARGEST_PARALLELISM = 2048  # pixels or channels of one core: beyond it a name is a slip of the key


def _dpu_core(row: dict[str, Any], place: str, source: str) -> DpuCore:
    name = convert(row.get("name"), str, place, "name", "a text")
    shape = convert(row.get("shape"), tuple[int, int, int], place, f"{name}.shape", "[pixels, input, output channels]")
    for number in shape:
        if not 1 <= number <= LARGEST_PARALLELISM:
            raise preset_error(place, f"{name}.shape", list(shape), f"three numbers from 1 to {LARGEST_PARALLELISM}")
    return DpuCore(name, shape[0], shape[1], shape[2], source)


def _pe_cores(row: dict[str, Any], place: str, source: str) -> list[PeArrayCore]:
    """One row describes an array in all its sizes: names are `<name>-<pes>`; `{lanes}` in its text is the cluster."""
    name = convert(row.get("name"), str, place, "name", "a text")
    directives = convert(row.get("directives"), str, place, f"{name}.directives", "directive text")
    sizes = convert(row.get("pes"), tuple[int, ...], place, f"{name}.pes", "numbers of PEs, each at least 1")
    cluster = convert(row.get("cluster", 8), int, place, f"{name}.cluster", "a whole number of PEs")
    options = {
        key: convert(row[key], int, place, f"{name}.{key}", "a whole number")
        for key in ("simd_lanes", "l1_bytes", "noc_latency_cycles")
        if key in row
    }
    per_pe = convert(row.get("noc_elements_per_cycle_per_pe", 0.25), float, place, f"{name}.noc_…", "a number")
    return [
        PeArrayCore(
            f"{name}-{pes}",
            pes,
            directives.strip().replace("{cluster}", str(min(cluster, pes))),
            noc_elements_per_cycle=max(1, round(pes * per_pe)),
            source=source,
            **options,
        )
        for pes in sizes
    ]


@cache
def _library() -> dict[str, tuple[Core, Family]]:
    cores: dict[str, tuple[Core, Family]] = {}
    for file in preset_names("cores", ".toml"):
        path = preset_path("cores", file, ".toml")
        data = read_toml(path)
        place = str(path)
        source = str(section(data, "library", place).get("source", ""))
        for row in data.get("dpu", []):
            core = _dpu_core(row, place, source)
            cores[core.name.lower()] = (core, Family.FPGA)
        for row in data.get("pe_array", []):
            for array in _pe_cores(row, place, source):
                cores[array.name.lower()] = (array, Family.ASIC)
    return cores


@cache
def core_names(family: Family | str) -> tuple[str, ...]:
    """Names of all preset cores of a family (`fpga`, `asic`), smallest first."""
    found = [core for core, kind in _library().values() if kind == Family(family)]
    return tuple(core.name for core in sorted(found, key=lambda core: (core.macs_per_cycle, core.name)))


@cache
def load_core(name: str) -> Core:
    """The core of that name, or the shape written `PPxICPxOCP` (e.g. 4x8x8).

    Raises PresetError naming what is allowed.
    """
    known = _library().get(name.strip().lower())
    if known is not None:
        return known[0]
    match = SHAPE.match(name.strip().lower())
    if match is not None:
        pixels, inputs, outputs = (int(group) for group in match.groups())
        if all(1 <= number <= LARGEST_PARALLELISM for number in (pixels, inputs, outputs)):
            return DpuCore(f"{pixels}x{inputs}x{outputs}", pixels, inputs, outputs, "any shape; closed forms")
    names = ", ".join(core_names(Family.FPGA) + core_names(Family.ASIC))
    shapes = f"PPxICPxOCP with numbers up to {LARGEST_PARALLELISM} (e.g. 4x8x8)"
    raise PresetError(f"core {name!r}: not known; allowed: {names}, or {shapes}")
