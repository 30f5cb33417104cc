"""What layers cost on a grid of equal PE arrays (ASIC): every sub-rectangle of the grid as an option.

The core-level dataflow shares out P, C and K between the cores; on its share a core runs its own PE-level directives,
counted by the `exact` model. Rules: docs/model-exact.md §8.
"""

import math
from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.cost import pe_array_layout as lay
from workbench.cost.directive_arrays import DirectiveColumn, DirectiveKind, HardwareColumn, SizeRule, encode_mapping
from workbench.cost.dpu import (
    ALL_WIRES,
    B4096_MACS_PER_CYCLE,
    INPUT_MULTICAST,
    PSUM_RING,
    WEIGHT_MULTICAST,
    grid_splits,
)
from workbench.cost.exact_nest import MAX_LEVELS, IntArray
from workbench.cost.options import OptionTable
from workbench.cost.pe_array_kernel import find_shares, option_rows
from workbench.cost.share_counts import CountMemory, ShareCounts
from workbench.dataflow.core_dataflow import CoreDataflow
from workbench.dataflow.diagnostic import has_errors
from workbench.dataflow.mapping import Dim
from workbench.dataflow.parser import parse
from workbench.hardware.board import Board, PortRule
from workbench.hardware.core import PeArrayCore
from workbench.hardware.energy import EnergyTable
from workbench.workload.layer import LayerKind, LayerShape, Operands

UNBOUNDED = 1 << 50  # off-chip elements per cycle: the schedule shares the bandwidth, not the core
_KIND = {
    LayerKind.CONV: lay.PRODUCT,
    LayerKind.TRANSPOSED: lay.PRODUCT,
    LayerKind.GEMM: lay.PRODUCT,
    LayerKind.DEPTHWISE: lay.CHANNELWISE,
    LayerKind.POOL: lay.MOVES,
    LayerKind.ELTWISE: lay.MOVES,
    LayerKind.SOFTMAX: lay.MOVES,
    LayerKind.NORM: lay.MOVES,
    LayerKind.RESIZE: lay.MOVES,
    LayerKind.CONCAT: lay.NOTHING,
    LayerKind.COPY: lay.NOTHING,
}
# A text that names M is written for GEMMs; its names as those of a 1×1 convolution.
_GEMM_AS_CONV = {Dim.M: Dim.X_OUT, Dim.K: Dim.C, Dim.N: Dim.K}


@lru_cache(maxsize=256)
def _directives(text: str) -> bytes:
    parsed = parse(text)
    if has_errors(parsed.diagnostics):
        first = parsed.diagnostics[0]
        raise ValueError(f"PE directives, line {first.line}, column {first.column}: {first.message}")
    rows = encode_mapping(parsed)
    clusters = int((rows[:, DirectiveColumn.KIND] == DirectiveKind.CLUSTER).sum())
    if clusters >= MAX_LEVELS:
        raise ValueError(f"PE directives: {clusters} Clusters; at most {MAX_LEVELS - 1} are allowed")
    maps = rows[:, DirectiveColumn.KIND] != DirectiveKind.CLUSTER
    if (maps & (rows[:, DirectiveColumn.DIM] == Dim.M)).any():
        for place in np.flatnonzero(maps):
            dim = rows[place, DirectiveColumn.DIM]
            rows[place, DirectiveColumn.DIM] = _GEMM_AS_CONV.get(dim, dim)
    return rows.tobytes()


def pe_directives(text: str) -> IntArray:
    """A core's PE-level text as directive rows for convolutions.

    Raises ValueError with line and column for a text with mistakes.
    """
    return np.frombuffer(_directives(text), np.int64).reshape(-1, len(DirectiveColumn))


def line_width(directives: IntArray, pes: int) -> int:
    """Width of the image that a line of pixels (a GEMM's M) is folded into; 0 for one row.

    The line lies along X unless units are spread over Y: then over Y, and over both where X is spread as well, with as
    many columns as X has units (an inner cluster's size; Sz(R) and Sz(S) are 1 for a line).
    """
    sizes = [
        int(row[DirectiveColumn.SIZE]) if row[DirectiveColumn.SIZE_RULE] == SizeRule.NUMBER else 1
        for row in directives
        if row[DirectiveColumn.KIND] == DirectiveKind.CLUSTER
    ]
    units = [max(1, pes // math.prod(sizes)), *sizes]
    over_y, over_x, level = False, 0, 0
    for row in directives:
        if row[DirectiveColumn.KIND] == DirectiveKind.CLUSTER:
            level += 1
        elif row[DirectiveColumn.KIND] == DirectiveKind.SPATIAL:
            over_y = over_y or row[DirectiveColumn.DIM] in (Dim.Y, Dim.Y_OUT)
            if row[DirectiveColumn.DIM] in (Dim.X, Dim.X_OUT):
                over_x = max(over_x, units[level])
    if not over_y:
        return 0
    return over_x or 1


def shape_row(shape: LayerShape, concat_copies: bool = False) -> tuple[int, ...]:
    """A layer as a row of ShapeColumn.

    A GEMM M×N×K is a 1×1 convolution of M columns, K input and N output channels; a transposed convolution is counted
    over its input pixels, a dilated kernel as a dense one.
    """
    kind = _KIND[shape.kind]
    if shape.kind is LayerKind.CONV and 1 < shape.groups == shape.in_c == shape.out_c:
        kind = lay.CHANNELWISE
    if kind == lay.NOTHING and concat_copies:
        kind = lay.MOVES
    batch, groups = shape.batch, shape.groups
    rows, columns, stride_h, stride_w = shape.out_h, shape.out_w, shape.stride_h, shape.stride_w
    if shape.kind is LayerKind.TRANSPOSED:
        rows, columns, stride_h, stride_w = shape.in_h, shape.in_w, 1, 1
    line = rows == 1 and shape.in_h == 1 and shape.kernel_h == shape.kernel_w == stride_w == 1
    inputs, macs = shape.input_elements * batch, shape.macs // shape.repeat
    if kind in (lay.PRODUCT, lay.CHANNELWISE):
        channels = (shape.in_c // groups, shape.out_c // groups)
        if kind == lay.CHANNELWISE:
            groups, channels = shape.out_c, (1, 1)
        if shape.operands is Operands.ACTIVATIONS:
            groups, batch = groups * batch, 1
        taps, steps = (shape.kernel_h, shape.kernel_w), 0
    else:
        groups, channels, taps = shape.out_c, (1, 1), (1, 1)
        per_output = shape.kernel_h * shape.kernel_w if shape.kind is LayerKind.POOL else shape.reads
        steps = shape.output_elements * batch * per_output
    return (
        kind, batch, groups, *channels, rows, columns, *taps, stride_h, stride_w, int(line), shape.repeat,
        int(shape.operands is Operands.ACTIVATIONS), inputs, shape.output_elements * shape.batch, steps, macs,
    )  # fmt: skip


def port_bytes_per_cycle(core: PeArrayCore, board: Board) -> float:
    """Width of one core's memory port in bytes per cycle; inf where only the card's bandwidth limits."""
    if board.port_rule is PortRule.SHARED:
        return float("inf")
    if board.port_rule is PortRule.PROPORTIONAL:
        return board.port_bytes_per_cycle * core.macs_per_cycle / B4096_MACS_PER_CYCLE
    return board.port_bytes_per_cycle


def platform_vector(
    core: PeArrayCore, board: Board, energy: EnergyTable, wires: Collection[str], buffer_bytes: float, clock_hz: float
) -> NDArray[np.float64]:
    """float64 [PLATFORM_COLUMNS]; `buffer_bytes` is one core's part of the global buffer."""
    values = {
        lay.PlatformColumn.CLOCK: clock_hz,
        lay.PlatformColumn.PORT: port_bytes_per_cycle(core, board),
        lay.PlatformColumn.LINK: board.psum_link_bytes_per_cycle,
        lay.PlatformColumn.BUFFER: buffer_bytes,
        lay.PlatformColumn.CAST_WEIGHTS: float(WEIGHT_MULTICAST in wires),
        lay.PlatformColumn.CAST_INPUTS: float(INPUT_MULTICAST in wires),
        lay.PlatformColumn.WEIGHTS_OVERLAP: float(board.weights_overlap),
        lay.PlatformColumn.OVERHEAD: board.layer_overhead_cycles,
        lay.PlatformColumn.MAC_J: energy.mac_j,
        lay.PlatformColumn.L1_J: energy.l1_j,
        lay.PlatformColumn.L2_J: energy.l2_j,
        lay.PlatformColumn.NOC_J: energy.noc_j,
        lay.PlatformColumn.OFF_J: energy.off_chip_j_per_byte,
        lay.PlatformColumn.NETWORK_J: energy.network_j_per_byte_hop,
    }
    return np.array([values[column] for column in lay.PlatformColumn])


def encode_shapes(shapes: Sequence[LayerShape], board: Board) -> NDArray[np.int64]:
    """int64 [n, SHAPE_COLUMNS], as `option_table` takes them."""
    rows = np.array([shape_row(shape, board.concat_copies) for shape in shapes], np.int64)
    return rows.reshape(-1, lay.SHAPE_COLUMNS)


def option_table(
    shapes: Sequence[LayerShape],
    core: PeArrayCore,
    dataflow: CoreDataflow,
    rows: int,
    cols: int,
    planes: int,
    wires: Collection[str],
    board: Board,
    energy: EnergyTable,
    *,
    clock_hz: float | None = None,
    buffer_share: float = 1.0,
    all_rectangles: bool = False,
    encoded: NDArray[np.int64] | None = None,
    memory: CountMemory | None = None,
) -> OptionTable:
    """Every way each shape may run on `rows` × `cols` × `planes` PE arrays; columns as in cost/options.py.

    `buffer_share` is the sub-accelerator's part of the board's global buffer; its cores have equal parts of that.
    Without `all_rectangles` an option that another beats or equals in cores, time, bytes and energy is left out.
    `encoded`: what `encode_shapes` gives, where it is known already. `memory` keeps what is counted for other calls.

    Raises ValueError, naming line and column, for PE directives with mistakes.
    """
    present = set(ALL_WIRES) if dataflow.flexible else set(wires)
    ring = PSUM_RING in present and board.psum_link_bytes_per_cycle > 0
    splits = grid_splits(dataflow, rows, cols, planes, ring, all_rectangles)
    buffer_bytes = board.global_buffer_bytes * buffer_share / (rows * cols * planes)
    hardware = np.zeros(len(HardwareColumn), np.int64)
    hardware[HardwareColumn.PES] = core.pes
    hardware[HardwareColumn.NOC_BANDWIDTH] = core.noc_elements_per_cycle
    hardware[HardwareColumn.NOC_LATENCY] = core.noc_latency_cycles
    hardware[HardwareColumn.OFF_CHIP_BANDWIDTH] = UNBOUNDED
    hardware[HardwareColumn.SIMD_LANES] = core.simd_lanes
    hardware[HardwareColumn.L2_SIZE] = max(1, int(buffer_bytes)) if board.global_buffer_bytes else 0
    platform = platform_vector(core, board, energy, present, buffer_bytes, clock_hz or board.clock_hz)
    if encoded is None:
        encoded = encode_shapes(shapes, board)
    directives = pe_directives(core.directives)
    width = line_width(directives, core.pes)
    known = (memory or CountMemory()).of(directives, hardware)
    places, counts = _counted(encoded, splits, width, known)
    table, start = option_rows(encoded, splits, width, places, counts, hardware, platform, all_rectangles)
    return OptionTable(table, start)


def _counted(shapes: IntArray, splits: IntArray, width: int, known: ShareCounts) -> tuple[IntArray, IntArray]:
    """Places [shapes, splits] of the options' shares among `known`, and the counts they are places of."""
    places = np.zeros((len(shapes), len(splits)), np.int64)
    done = 0
    with known.lock:
        while done < len(shapes):
            known.make_room(len(splits))
            done, known.used = find_shares(
                shapes, splits, width, done, known.shares, known.used, known.slots, places
            )  # fmt: skip
        known.count_new()
        return places, known.counts
