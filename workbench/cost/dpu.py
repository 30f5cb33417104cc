"""What layers cost on a grid of equal DPU-like cores: every sub-rectangle of a sub-accelerator's grid as an option."""

from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.cost import dpu_layout as k
from workbench.cost.dpu_kernel import option_rows
from workbench.cost.dpu_shapes import shape_rows
from workbench.cost.options import OptionTable
from workbench.dataflow.core_dataflow import CoreDataflow, Loop, TileRule
from workbench.hardware.board import Board, PortRule
from workbench.hardware.core import DpuCore
from workbench.hardware.energy import EnergyTable
from workbench.workload.layer import LayerShape

WEIGHT_MULTICAST, INPUT_MULTICAST, PSUM_RING = "weight-multicast", "input-multicast", "psum-ring"
ALL_WIRES = (WEIGHT_MULTICAST, INPUT_MULTICAST, PSUM_RING)
B4096_MACS_PER_CYCLE = 2048  # the reference of ports in proportion to a core's size


def port_bytes_per_cycle(core: DpuCore, board: Board) -> float:
    """Width of one core's memory port in bytes per cycle (each direction if board.port_duplex); inf without a limit.

    A DPU's load and save engines move ICP bytes per cycle each (PG338), so a port never carries more than 2·ICP.
    """
    if board.port_rule is PortRule.SHARED:
        return float("inf")
    if board.port_rule is PortRule.FIXED:
        return board.port_bytes_per_cycle
    if board.port_rule is PortRule.PROPORTIONAL:
        return board.port_bytes_per_cycle * core.macs_per_cycle / B4096_MACS_PER_CYCLE
    return min(board.port_bytes_per_cycle, 2.0 * core.input_channels)


def platform_vector(
    core: DpuCore, board: Board, energy: EnergyTable, wires: Collection[str], clock_hz: float
) -> NDArray[np.float64]:
    """float64 [PLATFORM_FIELDS]: banks in bytes, ports in bytes per cycle, energies in joules."""
    p = np.zeros(k.PLATFORM_FIELDS)
    p[k.P_PIXELS], p[k.P_ICP], p[k.P_OCP] = core.pixels, core.input_channels, core.output_channels
    share = 0.5 if board.double_buffer else 1.0
    p[k.P_BANK_I] = p[k.P_BANK_O] = core.image_bank_bytes * share
    p[k.P_BANK_W] = core.weight_bank_bytes * share
    p[k.P_WEIGHT_STORE] = core.weight_bank_bytes
    p[k.P_PORT] = port_bytes_per_cycle(core, board)
    p[k.P_DUPLEX] = board.port_duplex
    p[k.P_LINK] = board.psum_link_bytes_per_cycle
    p[k.P_CLOCK] = clock_hz
    p[k.P_CAST_W], p[k.P_CAST_I] = WEIGHT_MULTICAST in wires, INPUT_MULTICAST in wires
    p[k.P_OVERLAP_W] = board.weights_overlap
    p[k.P_OVERHEAD] = board.layer_overhead_cycles
    p[k.P_REST] = board.overlap_rest
    p[k.P_EXPOSED_W] = board.weight_load_exposed if board.weights_overlap else (board.weight_load_exposed or 1.0)
    p[k.P_AUGMENT] = board.channel_augmentation
    p[k.P_ROW_PIPELINE] = board.row_pipeline
    rows = max(1, round(core.pixels * board.depthwise_row_share))
    p[k.P_DEPTHWISE_ROWS], p[k.P_POOL_ROWS] = rows, board.pool_rows or rows
    p[k.P_ELTWISE] = board.eltwise_cycles
    p[k.P_OPERANDS_AT_ONCE] = board.eltwise_operands_at_once
    p[k.P_SPLIT_COLUMNS] = board.split_columns
    p[k.P_SLOT_J], p[k.P_MAC_J], p[k.P_BRAM_J] = energy.slot_j, energy.mac_j, energy.bram_j
    p[k.P_OFF_J], p[k.P_NET_J] = energy.off_chip_j_per_byte, energy.network_j_per_byte_hop
    return p


@lru_cache(maxsize=512)
def grid_splits(
    dataflow: CoreDataflow, rows: int, cols: int, planes: int, ring: bool, everything: bool = False, one: bool = False
) -> NDArray[np.int64]:
    """All splits a layer may take: int64 [m, 6] of (rows, cols, planes, n_P, n_C, n_K), one core first.

    A layer uses a sub-rectangle r × c × p of the grid. Where one loop is spatial it runs over r × c as one line; a loop
    over C needs the partial-sum ring. `flexible`: any n_P × n_C × n_K of at most all cores, reported as rows = n_P,
    cols = n_K, planes = n_C (`one`: only one of the three above 1). Unless `everything`, of rectangles with the same
    split the one of fewest cores stays.
    """
    found: dict[tuple[int, ...], tuple[int, ...]] = {}
    if dataflow.flexible:
        cores = rows * cols * planes
        for n_p in range(1, cores + 1):
            for n_k in range(1, cores // n_p + 1):
                for n_c in range(1, cores // (n_p * n_k) + 1 if ring else 2):
                    if not one or n_p * n_k * n_c == max(n_p, n_k, n_c):
                        found[(n_p, n_k, n_c)] = (n_p, n_k, n_c, n_p, n_c, n_k)
    else:
        for r in range(1, rows + 1):
            for c in range(1, cols + 1):
                for p in range(1, planes + 1):
                    units = [r * c * p] if len(dataflow.spatial) == 1 else [r, c, p]
                    split = [1, 1, 1]
                    for loop, count in zip(dataflow.spatial, units, strict=False):
                        split[loop] = count
                    if split[Loop.C] > 1 and not ring:
                        continue
                    key = (r, c, p) if everything else tuple(split)
                    option = (r, c, p, split[Loop.P], split[Loop.C], split[Loop.K])
                    if key not in found or r * c * p < found[key][0] * found[key][1] * found[key][2]:
                        found[key] = option
    splits = np.array(sorted(found.values(), key=lambda o: (o[0] * o[1] * o[2], o)), dtype=np.int64)
    splits.flags.writeable = False  # kept and handed out again
    return splits


def loop_choice(dataflow: CoreDataflow) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], bool]:
    """Loop order (outermost first), order in which tiles grow, largest tile per loop (0: none), and whether automatic.

    Tiles grow from the innermost loop outwards, those with a size of their own (literal, Sz, T_D) before the others;
    what does not fit the banks is cut down to what does.
    """
    if dataflow.auto or dataflow.flexible or not dataflow.temporal:
        nothing = np.zeros(3, dtype=np.int64)
        return np.array([0, 1, 2]), np.array([2, 1, 0]), nothing, True
    inner_first = list(reversed(dataflow.temporal))
    growth = [t for t in inner_first if t.rule is not TileRule.LARGEST]
    growth += [t for t in inner_first if t.rule is TileRule.LARGEST]
    limits = np.zeros(3, dtype=np.int64)
    for loop in dataflow.temporal:
        if loop.rule is TileRule.FIXED:
            limits[loop.loop] = max(1, loop.size)
    order = np.array([int(t.loop) for t in dataflow.temporal], dtype=np.int64)
    return order, np.array([int(t.loop) for t in growth], dtype=np.int64), limits, False


def option_table(
    shapes: Sequence[LayerShape],
    core: DpuCore,
    dataflow: CoreDataflow,
    rows: int,
    cols: int,
    planes: int,
    wires: Collection[str],
    board: Board,
    energy: EnergyTable,
    *,
    clock_hz: float | None = None,
    all_rectangles: bool = False,
    resident_in: Sequence[bool] = (),
    resident_out: Sequence[bool] = (),
    encoded: NDArray[np.int64] | None = None,
    pinned_bytes: float = 0.0,
) -> OptionTable:
    """Every way each shape may run on `rows` × `cols` × `planes` cores; columns as in cost/options.py.

    Without `all_rectangles` an option that another beats or equals in cores, time, bytes and energy is left out.
    `wires` are the values of design.Wire; `flexible` has them all. `clock_hz` replaces the board's clock (a core that
    spans SLRs). UNSTALLED_S includes an exposed weight load (LOAD_BYTES) and the platform's overheads. `encoded`: what
    `shape_rows` gives for the shapes, where it is known already. `pinned_bytes`: weights that a core can hold over the
    steps of a recurrent layer beside its weight bank.
    """
    present = set(ALL_WIRES) if dataflow.flexible else set(wires)
    ring = PSUM_RING in present and board.psum_link_bytes_per_cycle > 0
    splits = grid_splits(dataflow, rows, cols, planes, ring, all_rectangles, board.split_one_loop)
    order, growth, limits, automatic = loop_choice(dataflow)
    platform = platform_vector(core, board, energy, present, clock_hz or board.clock_hz)
    platform[k.P_PINNED] = pinned_bytes
    table, start = option_rows(
        shape_rows(shapes, board.concat_copies, resident_in, resident_out) if encoded is None else encoded,
        splits, order.astype(np.int64), growth.astype(np.int64), limits, automatic, platform, all_rectangles,
    )  # fmt: skip
    return OptionTable(table, start)
