"""Option tables of every sub-accelerator configuration met so far: built when first asked for, then kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.cost.dpu import option_table as dpu_options
from workbench.cost.dpu_shapes import shape_rows
from workbench.cost.measured_layers import with_times
from workbench.cost.options import Column, OptionTable
from workbench.cost.threads import workers
from workbench.dataflow.core_dataflow import CoreDataflow
from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.diagnostic import Severity
from workbench.dataflow.parser import parse
from workbench.dataflow.pe_diagnosis import Representative, representatives
from workbench.design.design import SubAccelerator
from workbench.design.measured_jobs import MeasuredShapes
from workbench.design.pe_text import pe_core, pe_diagnosis
from workbench.hardware.board import Board, Family
from workbench.hardware.core import DpuCore, PeArrayCore
from workbench.hardware.energy import EnergyTable
from workbench.hardware.presets import core_idle_w, core_resources, load_core
from workbench.schedule.problem import OptionArrays, option_arrays
from workbench.workload.layer import LayerShape

if TYPE_CHECKING:
    from workbench.cost.share_counts import CountMemory

MOST_ROWS = 1_500_000  # about 130 MB of options; beyond it the store starts afresh
MOST_TABLES = 64  # whole tables kept for whoever wants to see more than the scheduler does
FIRST_ROWS = 65_536
URAM_BYTES = 32_768  # one block holds 4,096 words (UG573) of 64 bits; the eight bits beside them stay unused


class DataflowError(ValueError):
    """A sub-accelerator's directives do not resolve, on its grid or inside its cores; the message names line and
    column."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A sub-accelerator made ready: its row of OptionArrays.start, and what scheduler and power need of it."""

    index: int
    cores: int
    core_size: float  # LUT, or PEs where a core has no LUTs
    idle_w: float  # all its cores
    keep_bytes: float  # activations a core may hold for the next layer; 0: they go off chip
    dataflow: CoreDataflow


def resolve_dataflow(sub: SubAccelerator, board: Board) -> CoreDataflow:
    """The dataflow of a sub-accelerator on its own grid. Raises DataflowError with the first mistake."""
    dataflow, found = resolve_core(
        _parsed(sub.dataflow), sub.rows, sub.cols, sub.planes, psum_link=board.psum_link_bytes_per_cycle > 0
    )
    if dataflow is None:
        first = next(d for d in found if d.severity is Severity.ERROR)
        raise DataflowError(f"dataflow, line {first.line}, column {first.column}: {first.message}")
    return dataflow


_parsed = lru_cache(maxsize=1024)(parse)  # a search puts few texts on many grids


def check_pe_dataflow(sub: SubAccelerator, layers: tuple[Representative, ...]) -> None:
    """Raise DataflowError with the first mistake of the user's PE directives, if there is one."""
    diagnosis = pe_diagnosis(sub, layers)
    if diagnosis is not None and not diagnosis.usable:
        first = next(d for d in diagnosis.found if d.severity is Severity.ERROR)
        raise DataflowError(f"PE directives, line {first.line}, column {first.column}: {first.message}")


def table_of(
    sub: SubAccelerator,
    dataflow: CoreDataflow,
    shapes: Sequence[LayerShape],
    board: Board,
    energy: EnergyTable,
    *,
    all_rectangles: bool = False,
    encoded: NDArray[np.int64] | None = None,
    memory: "CountMemory | None" = None,
) -> OptionTable:
    """Every way each shape may run on a sub-accelerator; PE arrays have the global buffer by their share of PEs.

    `encoded`, `memory`: what other calls for the same shapes have worked out already.
    """
    core = pe_core(sub) or load_core(sub.core)
    wires = [wire.value for wire in sub.wires]
    if isinstance(core, DpuCore):
        return dpu_options(
            shapes, core, dataflow, sub.rows, sub.cols, sub.planes, wires, board, energy,
            all_rectangles=all_rectangles, encoded=encoded, pinned_bytes=sub.pinned_uram * URAM_BYTES,
        )  # fmt: skip
    from workbench.cost.pe_array import option_table as pe_options  # only ASIC boards pay for loading it

    board_pes = sum(region.resources.pes for region in board.regions)
    return pe_options(
        shapes, core, dataflow, sub.rows, sub.cols, sub.planes, wires, board, energy,
        buffer_share=min(1.0, sub.cores * core.pes / board_pes) if board_pes else 1.0,
        all_rectangles=all_rectangles, encoded=encoded, memory=memory,
    )  # fmt: skip


class ConfigurationStore:
    """Grows by one table per new (core, dataflow, grid, wires); `arrays` holds them all as the kernels read them.

    Sub-accelerators that differ in nothing a table depends on share it, within a design and between designs. `like` is
    a store of the same family of boards: what it has counted is not counted again.
    """

    def __init__(
        self,
        shapes: Sequence[LayerShape],
        board: Board,
        energy: EnergyTable,
        measured: MeasuredShapes | None = None,
        like: "ConfigurationStore | None" = None,
    ) -> None:
        self._shapes = tuple(shapes)
        self._measured = measured or MeasuredShapes(len(self._shapes))
        self._board = board
        self._energy = energy
        self._encoded = self._encode()
        self._memory: CountMemory | None = like._memory if like is not None else self._count_memory()
        self._representatives = representatives(self._shapes)
        self._known: dict[tuple[object, ...], Configuration | DataflowError] = {}
        self._place: dict[tuple[object, ...], int] = {}  # of a table
        self._sources: list[tuple[SubAccelerator, CoreDataflow]] = []  # of each table
        self._tables: dict[int, OptionTable] = {}  # the latest
        self._columns: list[NDArray[Any]] = []  # growing fields of OptionArrays behind `start`
        self._widest: dict[tuple[object, ...], tuple[int, OptionTable]] = {}  # of groups in one line: cores, table
        self._forget()

    @property
    def arrays(self) -> OptionArrays:
        """All tables; configuration i is row i of `start`."""
        return OptionArrays(self._start, *(column[: self._rows] for column in self._columns))

    def table(self, configuration: Configuration) -> OptionTable:
        """The option table of one configuration."""
        index = configuration.index
        if index not in self._tables:
            self._keep(index, self._table(*self._sources[index]))
        return self._tables[index]

    def every_rectangle(self, sub: SubAccelerator) -> OptionTable:
        """The table with the options that others beat as well, for a person to look at. Raises DataflowError."""
        return self._table(sub, resolve_dataflow(sub, self._board), all_rectangles=True)

    def find(self, sub: SubAccelerator) -> Configuration:
        """The configuration of a sub-accelerator. Raises DataflowError, or ValueError for an unknown core."""
        key = _configuration_key(sub)
        if key not in self._known:
            self.prepare([sub])
        found = self._known[key]
        if isinstance(found, DataflowError):
            raise DataflowError(f"{sub.id}: {found}")
        return found

    def prepare(self, subs: Iterable[SubAccelerator], threads: int = 1) -> None:
        """Build what is missing of many sub-accelerators at once; the result does not depend on `threads`."""
        new = {_configuration_key(sub): sub for sub in subs}
        resolved: dict[tuple[object, ...], tuple[SubAccelerator, CoreDataflow]] = {}
        missing: dict[tuple[object, ...], tuple[SubAccelerator, CoreDataflow]] = {}
        for key, sub in new.items():
            if key in self._known:
                continue
            try:
                dataflow = resolve_dataflow(sub, self._board)
                check_pe_dataflow(sub, self._representatives)
            except DataflowError as error:
                self._known[key] = error
                continue
            resolved[key] = sub, dataflow
            table_key = _table_key(sub, dataflow)
            if table_key not in self._place:
                missing.setdefault(table_key, (sub, dataflow))
        if threads > 1 and len(missing) > 1:
            tables = list(workers(threads).map(lambda pair: self._table(*pair), missing.values()))
        else:
            tables = [self._table(*pair) for pair in missing.values()]
        for table_key, table in zip(missing, tables, strict=True):
            self._place[table_key] = len(self._sources)
            self._keep(len(self._sources), table)
            self._sources.append(missing[table_key])
        if tables:
            self._append(option_arrays(tables))
        for key, (sub, dataflow) in resolved.items():
            core = load_core(sub.core)
            resources = core_resources(core, self._board, sub.dsp, sub.ram, sub.uram)
            bank = core.image_bank_bytes if isinstance(core, DpuCore) and self._board.keep_activations else 0
            self._known[key] = Configuration(
                index=self._place[_table_key(sub, dataflow)],
                cores=sub.cores,
                core_size=resources.lut or resources.pes or 1.0,
                idle_w=sub.cores * core_idle_w(self._board, resources),
                keep_bytes=float(bank),  # one image bank group is written while the other is read
                dataflow=dataflow,
            )

    def make_room(self) -> None:
        """Forget everything if the store has grown too large. Configurations found before are void afterwards."""
        if self._rows > MOST_ROWS:
            self._forget()

    def _keep(self, index: int, table: OptionTable) -> None:
        self._tables[index] = table
        if len(self._tables) > MOST_TABLES:
            del self._tables[next(iter(self._tables))]

    def _forget(self) -> None:
        self._known.clear()
        self._place.clear()
        self._sources.clear()
        self._tables.clear()
        self._columns = []
        self._start = np.zeros((0, len(self._shapes) + 1), np.int32)
        self._rows = 0

    def _encode(self) -> NDArray[np.int64]:
        if self._board.family is Family.FPGA:
            return shape_rows(self._shapes, self._board.concat_copies)
        from workbench.cost.pe_array import encode_shapes  # only ASIC boards pay for loading it

        return encode_shapes(self._shapes, self._board)

    def _count_memory(self) -> "CountMemory | None":
        if self._board.family is Family.FPGA:
            return None
        from workbench.cost.share_counts import CountMemory  # only ASIC boards pay for loading it

        return CountMemory()

    def _table(self, sub: SubAccelerator, dataflow: CoreDataflow, all_rectangles: bool = False) -> OptionTable:
        first = self._measured.first
        times = {} if sub.pe_dataflow else self._measured.times.get(load_core(sub.core).name, {})
        if first == len(self._shapes) or not times:
            return self._part(sub, dataflow, slice(None), all_rectangles)
        # A part that the model finds wanting may have been measured: of measured layers no option is left out.
        modelled = self._part(sub, dataflow, slice(first), all_rectangles)
        free = self._part(sub, dataflow, slice(first, None), True)
        rows = np.concatenate([modelled.rows, free.rows])
        start = np.concatenate([modelled.start, free.start[1:] + modelled.start[-1]])
        return with_times(OptionTable(rows, start), times)

    def _part(self, sub: SubAccelerator, dataflow: CoreDataflow, shapes: slice, all_rectangles: bool) -> OptionTable:
        in_line = dataflow.flexible or (len(dataflow.spatial) == 1 and sub.rows == sub.planes == 1)
        if in_line and self._board.family is Family.ASIC and not all_rectangles:
            return self._part_of_wider(sub, dataflow, shapes)
        return table_of(
            sub, dataflow, self._shapes[shapes], self._board, self._energy,
            all_rectangles=all_rectangles, encoded=self._encoded[shapes], memory=self._memory,
        )  # fmt: skip

    def _part_of_wider(self, sub: SubAccelerator, dataflow: CoreDataflow, shapes: slice) -> OptionTable:
        """The options of a wider group of the same cores in one line, but for those that need more cores than it has.

        They are the same: a core's part of the buffer does not depend on their number, options stand in the order of
        their cores, and only an option of no more cores can leave one out. A search asks for every number of cores,
        and a wide table takes as long as all smaller ones together.
        """
        spread = (dataflow.spatial, dataflow.flexible)
        key = (sub.core, sub.pe_dataflow, spread, frozenset(sub.wires), shapes.start, shapes.stop)
        known = self._widest.get(key)
        if known is None or known[0] < sub.cores:
            core = load_core(sub.core)
            pes = sum(region.resources.pes for region in self._board.regions)
            most = int(pes // core.pes) if isinstance(core, PeArrayCore) and pes else sub.cores
            cores = max(sub.cores, min(1 << (sub.cores - 1).bit_length(), most))
            wider = replace(sub, rows=1, cols=cores, planes=1)
            known = cores, table_of(
                wider, dataflow, self._shapes[shapes], self._board, self._energy,
                encoded=self._encoded[shapes], memory=self._memory,
            )  # fmt: skip
            self._widest[key] = known
        table = known[1]
        few = table.rows[:, Column.CORES] <= sub.cores
        return OptionTable(table.rows[few], np.concatenate([[0], np.cumsum(few)])[table.start])

    def _append(self, new: OptionArrays) -> None:
        count = len(new.cores)
        fields = new[1:]
        if not self._columns:
            self._columns = [np.empty(max(FIRST_ROWS, count), field.dtype) for field in fields]
        if self._rows + count > len(self._columns[0]):
            size = 2 * (self._rows + count)
            for i, old in enumerate(self._columns):
                self._columns[i] = np.empty(size, old.dtype)
                self._columns[i][: self._rows] = old[: self._rows]
        for column, field in zip(self._columns, fields, strict=True):
            column[self._rows : self._rows + count] = field
        self._start = np.ascontiguousarray(np.vstack([self._start, new.start + np.int32(self._rows)]))
        self._rows += count


def _configuration_key(sub: SubAccelerator) -> tuple[object, ...]:
    grid = (sub.rows, sub.cols, sub.planes)
    return (sub.core, sub.pe_dataflow, sub.dataflow, grid, sub.wires, sub.dsp, sub.ram, sub.uram, sub.pinned_uram)


def _table_key(sub: SubAccelerator, dataflow: CoreDataflow) -> tuple[object, ...]:
    """What a table depends on. Inside a PE array the order is that of its own directives, so that of the core-level
    text only what it spreads over cores counts (docs/model-exact.md §8)."""
    order = dataflow if pe_core(sub) is None else (dataflow.spatial, dataflow.flexible)
    grid = (sub.rows, sub.cols, sub.planes)
    return (sub.core, sub.pe_dataflow, order, grid, frozenset(sub.wires), sub.pinned_uram)
