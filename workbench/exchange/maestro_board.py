"""A hardware file of MAESTRO's as a board: its PEs, off-chip bandwidth and L2 in place of those of the edge class.

MAESTRO counts elements of one byte, per cycle; a board counts bytes, per second, at its clock.
"""

from dataclasses import dataclass
from pathlib import Path

from workbench.dataflow.mapping import PeHardware
from workbench.exchange.imported import ExchangeError
from workbench.exchange.maestro_files import read_maestro
from workbench.exchange.maestro_hardware import UNLIMITED
from workbench.exchange.target import file_name, write_export
from workbench.hardware.presets import core_names, load_board, load_core

BASE = "edge"  # the board that says what a hardware file does not: clock, energy, leakage


@dataclass(frozen=True, slots=True)
class BoardText:
    """A board's file, and what the hardware file says that no board holds."""

    text: str
    notes: tuple[str, ...]


def holds_hardware(path: Path) -> bool:
    """Whether a .m file is one of hardware. Raises ExchangeError if it cannot be read."""
    return path.suffix.lower() == ".m" and read_maestro(path).hardware is not None


def board_of(hardware: PeHardware, source: str) -> BoardText:
    """The board of these limits; what is not limited is left to the base."""
    clock_hz = load_board(BASE).clock_hz
    lines = [f"# From {source}, a hardware file of MAESTRO's.", "[board]", f'base = "{BASE}"']
    notes = [f"clock, energy and whatever the file does not say are those of board {BASE}"]
    if hardware.l2_size < UNLIMITED:
        lines.append(f"global_buffer_bytes = {hardware.l2_size}")
    lines += ["", "[[regions]]", 'name = "die"', f"pes = {hardware.pes}"]
    if hardware.off_chip_bandwidth < UNLIMITED:
        lines += ["", "[[memory]]", 'name = "DRAM"', "channels = 1"]
        lines.append(f"bytes_per_s_per_channel = {hardware.off_chip_bandwidth * clock_hz:.9g}")
    kept_by_core = {"l1_size_cstr": hardware.l1_size, "noc_bw_cstr": hardware.noc_bandwidth}
    said = [f"{name} {value}" for name, value in kept_by_core.items() if value < UNLIMITED]
    said.append(f"NoC_NumHops {hardware.noc_latency}")
    notes.append(f"{', '.join(said)}: a core's, not a board's; those of the core you name are taken")
    smallest = min(load_core(name).macs_per_cycle for name in core_names("asic"))
    if hardware.pes < smallest:
        notes.append(f"{hardware.pes} PEs hold no preset core: the smallest has {smallest}")
    return BoardText("\n".join(lines) + "\n", tuple(notes))


def import_board(path: Path, out: Path | None = None, name: str | None = None, replace_it: bool = False) -> BoardText:
    """Write a hardware file's board, by default NAME.toml in the working folder; the written path comes first in notes.

    Raises ExchangeError, also if the board exists and `replace_it` is not given.
    """
    hardware = read_maestro(path).hardware
    if hardware is None:
        raise ExchangeError(path, "holds no hardware; expected num_pes: NUMBER")
    target = out or Path(file_name(f"{name or path.stem}.toml"))
    if target.suffix != ".toml":
        raise ExchangeError(target, "a board's file ends in .toml; give another --out")
    if target.exists() and not replace_it:
        raise ExchangeError(target, "exists already; give another name, or --force to replace it")
    board = board_of(hardware, path.name)
    write_export(target, board.text)
    return BoardText(board.text, (str(target), *board.notes))
