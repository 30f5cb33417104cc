"""Reading measured latencies: of whole networks (to calibrate) and of single layers (to override the model)."""

import csv
from dataclasses import dataclass
from pathlib import Path

from workbench.hardware.presets import PresetError, load_core
from workbench.workload.presets import load_network


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """Latency of one network in ms. `folder` is what a network's path is relative to."""

    network: str
    core: str
    cores: int
    clock_mhz: float | None
    end_to_end: bool
    ms: float
    folder: Path


@dataclass(frozen=True, slots=True)
class MeasuredLayer:
    """Latency of one layer on n equal cores."""

    network: str
    layer: str
    core: str
    cores: int
    seconds: float


class _Reader:
    def __init__(self, path: Path, needed: tuple[str, ...]) -> None:
        self.path = path
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                table = csv.DictReader(file)
                self.columns = list(table.fieldnames or [])
                self.rows = list(table)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise PresetError(f"{path}: cannot be read as CSV: {error}") from None
        missing = [column for column in needed if column not in self.columns]
        if missing:
            found = ", ".join(self.columns) or "nothing"
            raise PresetError(f"{path}: line 1: found columns {found}; missing: {', '.join(missing)}")
        if not self.rows:
            raise PresetError(f"{path}: holds no rows below its header")

    def text(self, line: int, column: str, default: str = "") -> str:
        text = (self.rows[line].get(column) or "").strip() or default
        if not text:
            raise PresetError(f"{self.path}: line {line + 2}: {column}: found nothing; allowed: a value")
        return text

    def number(self, line: int, column: str, default: str = "") -> float:
        text = self.text(line, column, default)
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 < value < float("inf"):
            raise PresetError(f"{self.path}: line {line + 2}: {column}: found {text!r}; allowed: a number above 0")
        return value

    def whole(self, line: int, column: str, default: str) -> int:
        value = self.number(line, column, default)
        if not value.is_integer():
            raise PresetError(f"{self.path}: line {line + 2}: {column}: found {value:g}; allowed: a whole number")
        return int(value)

    def core(self, line: int) -> str:
        name = self.text(line, "core")
        try:
            return load_core(name).name
        except PresetError as error:
            raise PresetError(f"{self.path}: line {line + 2}: {error}") from None

    def network(self, line: int) -> str:
        name = self.text(line, "network")
        try:
            load_network(name, relative_to=self.path.parent)
        except ValueError as error:
            raise PresetError(f"{self.path}: line {line + 2}: network: {error}") from None
        return name


def read_measured(path: Path) -> list[MeasuredRow]:
    """Rows of network, core, ms and, where they differ, num_cores, clock_mhz, end_to_end. Raises PresetError."""
    reader = _Reader(path, ("network", "core", "ms"))
    rows = []
    for line in range(len(reader.rows)):
        end_to_end = reader.text(line, "end_to_end", "0")
        if end_to_end not in ("0", "1"):
            raise PresetError(f"{path}: line {line + 2}: end_to_end: found {end_to_end!r}; allowed: 0 or 1")
        clock = reader.rows[line].get("clock_mhz")
        rows.append(
            MeasuredRow(
                reader.network(line),
                reader.core(line),
                reader.whole(line, "num_cores", "1"),
                reader.number(line, "clock_mhz") if clock and clock.strip() else None,
                end_to_end == "1",
                reader.number(line, "ms"),
                path.parent,
            )
        )
    return rows


def read_measured_layers(path: Path) -> list[MeasuredLayer]:
    """Rows of network, layer, core, cores, ms. Raises PresetError naming line, column, value."""
    reader = _Reader(path, ("network", "layer", "core", "cores", "ms"))
    return [
        MeasuredLayer(
            reader.text(line, "network"),
            reader.text(line, "layer"),
            reader.core(line),
            reader.whole(line, "cores", "1"),
            reader.number(line, "ms") / 1e3,
        )
        for line in range(len(reader.rows))
    ]
