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
from workbench.cost.options import OptionTable
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

FIRST_ROWS = 65_536
MOST_ROWS = 1_500_000  # about 130 MB of options; beyond it the store starts afresh
MOST_TABLES = 64  # whole tables kept for whoever wants to see more than the scheduler does
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
    Options of more cores than a sub-accelerator has are not its own.

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
        self._columns: list[NDArray[Any]] = []  # fields of OptionArrays behind `start`, which grow like it
        self._forget()

    @property
    def arrays(self) -> OptionArrays:
        """All tables; configuration i is row i of `start`."""
        return OptionArrays(self._start[: len(self._sources)], *(column[: self._rows] for column in self._columns))

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
        resolved: dict[tuple[object, ...], tuple[SubAccelerator, CoreDataflow, tuple[object, ...]]] = {}
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
            wide = self._widened(sub, dataflow)
            table_key = _table_key(wide, dataflow)
            resolved[key] = sub, dataflow, table_key
            if table_key not in self._place:
                missing.setdefault(table_key, (wide, dataflow))
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
        for key, (sub, dataflow, table_key) in resolved.items():
            core = load_core(sub.core)
            resources = core_resources(core, self._board, sub.dsp, sub.ram, sub.uram)
            bank = core.image_bank_bytes if isinstance(core, DpuCore) and self._board.keep_activations else 0
            self._known[key] = Configuration(
                index=self._place[table_key],
                cores=sub.cores,
                core_size=resources.lut or resources.pes or 1.0,
                idle_w=sub.cores * core_idle_w(self._board, resources),
                keep_bytes=float(bank),  # one image bank group is written while the other is read
                dataflow=dataflow,
            )

    def _widened(self, sub: SubAccelerator, dataflow: CoreDataflow) -> SubAccelerator:
        """The sub-accelerator whose table serves this one: of PE arrays in one line, up to twice as many cores.

        The options that this one has are the same in that table: a core's part of the buffer does not depend on their
        number, and only an option of no more cores can leave one out. A search asks for every number of cores.
        """
        in_line = dataflow.flexible or (len(dataflow.spatial) == 1 and sub.rows == sub.planes == 1)
        if not in_line or self._board.family is not Family.ASIC:
            return sub
        core = load_core(sub.core)
        pes = sum(region.resources.pes for region in self._board.regions)
        most = int(pes // core.pes) if isinstance(core, PeArrayCore) and pes else sub.cores
        cores = max(sub.cores, min(1 << (sub.cores - 1).bit_length(), most))
        return replace(sub, rows=1, cols=cores, planes=1)

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
        self._start = np.empty((0, len(self._shapes) + 1), np.int32)
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
        return table_of(
            sub, dataflow, self._shapes[shapes], self._board, self._energy,
            all_rectangles=all_rectangles, encoded=self._encoded[shapes], memory=self._memory,
        )  # fmt: skip

    def _append(self, new: OptionArrays) -> None:
        """The arrays of the latest tables in `_sources` behind those of the others."""
        fields = [np.asarray(field) for field in new[1:]]
        old = self._columns or [field[:0] for field in fields]
        rows = self._rows + len(new.cores)
        room = FIRST_ROWS if rows <= FIRST_ROWS else MOST_ROWS  # memory that nobody touches costs nothing
        self._columns = [_with(column, self._rows, field, room) for column, field in zip(old, fields, strict=True)]
        tables = len(self._sources) - len(new.start)
        self._start = _with(self._start, tables, new.start + np.int32(self._rows))
        self._rows = rows


def _with(grown: NDArray[Any], used: int, new: NDArray[Any], room: int = 0) -> NDArray[Any]:
    """An array whose first rows are the `used` first of `grown` and then `new`; a longer one, of at least `room` rows,
    where they do not fit."""
    count = used + len(new)
    if count > len(grown):
        old, grown = grown, np.empty((max(2 * count, room), *grown.shape[1:]), grown.dtype)
        grown[:used] = old[:used]
    grown[used:count] = new
    return grown


def _configuration_key(sub: SubAccelerator) -> tuple[object, ...]:
    grid = (sub.rows, sub.cols, sub.planes)
    return (sub.core, sub.pe_dataflow, sub.dataflow, grid, sub.wires, sub.dsp, sub.ram, sub.uram, sub.pinned_uram)


def _table_key(sub: SubAccelerator, dataflow: CoreDataflow) -> tuple[object, ...]:
    """What a table depends on. Inside a PE array the order is that of its own directives, so that of the core-level
    text only what it spreads over cores counts (docs/model-exact.md §8)."""
    order = dataflow if pe_core(sub) is None else (dataflow.spatial, dataflow.flexible)
    grid = (sub.rows, sub.cols, sub.planes)
    return (sub.core, sub.pe_dataflow, order, grid, frozenset(sub.wires), sub.pinned_uram)
