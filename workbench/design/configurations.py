"""Option tables of every sub-accelerator configuration met so far: built when first asked for, then kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.cost.dpu import option_table as dpu_options
from workbench.cost.options import OptionTable
from workbench.dataflow.core_dataflow import CoreDataflow
from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.diagnostic import Severity
from workbench.design.design import SubAccelerator
from workbench.hardware.board import Board
from workbench.hardware.core import DpuCore
from workbench.hardware.energy import EnergyTable
from workbench.hardware.presets import core_idle_w, core_resources, load_core
from workbench.schedule.problem import OptionArrays, option_arrays
from workbench.workload.layer import LayerShape

MOST_ROWS = 600_000  # about 70 MB of options; beyond it the store starts afresh


class DataflowError(ValueError):
    """A sub-accelerator's directives do not resolve on its grid; the message names line and column."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A sub-accelerator made ready: its row of OptionArrays.start, and what scheduler and power need of it."""

    index: int
    cores: int
    core_size: float  # LUT, or PEs where a core has no LUTs
    idle_w: float  # all its cores
    dataflow: CoreDataflow


def resolve_dataflow(sub: SubAccelerator, board: Board) -> CoreDataflow:
    """The dataflow of a sub-accelerator on its own grid. Raises DataflowError with the first mistake."""
    dataflow, found = resolve_core(
        sub.dataflow, sub.rows, sub.cols, sub.planes, psum_link=board.psum_link_bytes_per_cycle > 0
    )
    if dataflow is None:
        first = next(d for d in found if d.severity is Severity.ERROR)
        raise DataflowError(f"dataflow, line {first.line}, column {first.column}: {first.message}")
    return dataflow


def table_of(
    sub: SubAccelerator,
    dataflow: CoreDataflow,
    shapes: Sequence[LayerShape],
    board: Board,
    energy: EnergyTable,
    *,
    all_rectangles: bool = False,
) -> OptionTable:
    """Every way each shape may run on a sub-accelerator."""
    core = load_core(sub.core)
    wires = [wire.value for wire in sub.wires]
    if isinstance(core, DpuCore):
        return dpu_options(
            shapes, core, dataflow, sub.rows, sub.cols, sub.planes, wires, board, energy, all_rectangles=all_rectangles
        )
    from workbench.cost.pe_array import option_table as pe_options  # only ASIC boards pay for loading it

    return pe_options(
        shapes, core, dataflow, sub.rows, sub.cols, sub.planes, wires, board, energy, all_rectangles=all_rectangles
    )


class ConfigurationStore:
    """Grows by one table per new configuration; `arrays` holds them all as the kernels read them.

    A configuration is (core, dataflow, grid, wires); equal ones of different designs share their table.
    """

    def __init__(self, shapes: Sequence[LayerShape], board: Board, energy: EnergyTable) -> None:
        self._shapes = tuple(shapes)
        self._board = board
        self._energy = energy
        self._known: dict[tuple[object, ...], Configuration | DataflowError] = {}
        self._tables: list[OptionTable] = []
        self._columns: list[NDArray[Any]] = []  # growing fields of OptionArrays behind `start`
        self._forget()

    def find(self, sub: SubAccelerator) -> Configuration:
        """The configuration of a sub-accelerator. Raises DataflowError, or ValueError for an unknown core."""
        key = (sub.core, sub.dataflow, sub.rows, sub.cols, sub.planes, sub.wires, sub.dsp, sub.ram, sub.uram)
        found = self._known.get(key)
        if found is None:
            try:
                found = self._make(sub)
            except DataflowError as error:
                found = error
            self._known[key] = found
        if isinstance(found, DataflowError):
            raise DataflowError(f"{sub.id}: {found}")
        return found

    def make_room(self) -> None:
        """Forget everything if the store has grown too large. Configurations found before are void afterwards."""
        if self._rows > MOST_ROWS:
            self._forget()

    def _forget(self) -> None:
        self._known.clear()
        self._tables.clear()
        self._columns = []
        self._start = np.zeros((0, len(self._shapes) + 1), np.int32)
        self._rows = 0

    @property
    def arrays(self) -> OptionArrays:
        """All tables; configuration i is row i of `start`."""
        return OptionArrays(self._start, *(column[: self._rows] for column in self._columns))

    def table(self, configuration: Configuration) -> OptionTable:
        """The option table of one configuration."""
        return self._tables[configuration.index]

    def _make(self, sub: SubAccelerator) -> Configuration:
        dataflow = resolve_dataflow(sub, self._board)
        table = table_of(sub, dataflow, self._shapes, self._board, self._energy)
        core = load_core(sub.core)
        resources = core_resources(core, self._board, sub.dsp, sub.ram, sub.uram)
        self._append(option_arrays([table]))
        self._tables.append(table)
        return Configuration(
            index=len(self._tables) - 1,
            cores=sub.cores,
            core_size=resources.lut or resources.pes or 1.0,
            idle_w=sub.cores * core_idle_w(self._board, resources),
            dataflow=dataflow,
        )

    def _append(self, one: OptionArrays) -> None:
        count = len(one.cores)
        fields = one[1:]
        if not self._columns:
            self._columns = [np.empty(max(1024, 2 * count), field.dtype) for field in fields]
        if self._rows + count > len(self._columns[0]):
            size = 2 * (self._rows + count)
            self._columns = [
                np.concatenate([c[: self._rows], np.empty(size - self._rows, c.dtype)]) for c in self._columns
            ]
        for column, field in zip(self._columns, fields, strict=True):
            column[self._rows : self._rows + count] = field
        self._start = np.ascontiguousarray(np.vstack([self._start, one.start + np.int32(self._rows)]))
        self._rows += count
