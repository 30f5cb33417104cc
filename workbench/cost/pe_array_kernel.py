"""The kernels behind cost/pe_array.py: shares of a layer, and what their exact counts amount to.

Rules: docs/model-exact.md §8.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost import pe_array_layout as lay
from workbench.cost.directive_arrays import PROBLEM_COLUMNS, HardwareColumn, ProblemColumn
from workbench.cost.exact_energy import HOPS, L1_ACCESSES, L2_ACCESSES
from workbench.cost.exact_halo import rows_of
from workbench.cost.exact_nest import IntArray
from workbench.cost.exact_off_chip import OFF_FILTER, OFF_INPUT, OFF_OUTPUT_REREAD, OFF_OUTPUT_WRITE
from workbench.cost.kernel import allocating_kernel, kernel
from workbench.cost.options import COLUMNS, Column
from workbench.cost.share_counts import CYCLES, EVENT, MOVED, SHARE_MACS, place_of
from workbench.dataflow.mapping import Dim, LayerType

FloatArray = NDArray[np.float64]

PARTIAL_SUM_BYTES = 4.0  # int32 accumulators off chip and between cores (as on DPU cores, docs/model-fpga.md §2)

_KIND, _BATCH, _GROUPS = int(lay.ShapeColumn.KIND), int(lay.ShapeColumn.BATCH), int(lay.ShapeColumn.GROUPS)
_C, _K, _ROWS, _COLS = (int(lay.ShapeColumn[n]) for n in ("C", "K", "ROWS", "COLUMNS"))
_R, _S, _SY, _SX = (int(lay.ShapeColumn[n]) for n in ("R", "S", "STRIDE_Y", "STRIDE_X"))
_LINE, _REPEAT, _ACT = (int(lay.ShapeColumn[n]) for n in ("LINE", "REPEAT", "ACTIVATIONS"))
_IN, _OUT, _STEPS, _MACS = (int(lay.ShapeColumn[n]) for n in ("INPUT_ELEMENTS", "OUTPUT_ELEMENTS", "STEPS", "MACS"))
_CLOCK, _PORT, _LINK, _BUFFER = (int(lay.PlatformColumn[n]) for n in ("CLOCK", "PORT", "LINK", "BUFFER"))
_CAST_W, _CAST_I = int(lay.PlatformColumn.CAST_WEIGHTS), int(lay.PlatformColumn.CAST_INPUTS)
_OVERLAP, _OVERHEAD = int(lay.PlatformColumn.WEIGHTS_OVERLAP), int(lay.PlatformColumn.OVERHEAD)
_MAC_J, _L1_J, _L2_J = (int(lay.PlatformColumn[n]) for n in ("MAC_J", "L1_J", "L2_J"))
_NOC_J, _OFF_J, _NET_J = (int(lay.PlatformColumn[n]) for n in ("NOC_J", "OFF_J", "NETWORK_J"))
_USED_P, _USED_C, _USED_G, _USED_K, _SHARE_MACS = (int(column) for column in lay.ShareColumn)
_PES, _LANES = int(HardwareColumn.PES), int(HardwareColumn.SIMD_LANES)
_TYPE, _PSY, _PSX = int(ProblemColumn.TYPE), int(ProblemColumn.STRIDE_Y), int(ProblemColumn.STRIDE_X)
_DN, _DG, _DK, _DC, _DR, _DS, _DY, _DX = (int(Dim[n]) for n in ("N", "G", "K", "C", "R", "S", "Y", "X"))
_CONV, _DSCONV, _NGCONV = int(LayerType.CONV), int(LayerType.DSCONV), int(LayerType.NGCONV)
_PRODUCT, _CHANNELWISE, _MOVES, _NOTHING = lay.PRODUCT, lay.CHANNELWISE, lay.MOVES, lay.NOTHING
_ROW, _COL, _PLANE, _CORES = (int(Column[n]) for n in ("ROWS", "COLS", "PLANES", "CORES"))
_UNSTALLED, _COMPUTE, _PORT_S, _RING_S = (int(Column[n]) for n in ("UNSTALLED_S", "COMPUTE_S", "PORT_S", "RING_S"))
_IN_B, _W_B, _OUT_B = (int(Column[n]) for n in ("INPUT_BYTES", "WEIGHT_BYTES", "OUTPUT_BYTES"))
_RATE, _LOAD = int(Column.RATE_LIMIT), int(Column.LOAD_BYTES)
_EMAC, _EON, _EOFF, _ENET = (int(Column[n]) for n in ("MAC_J", "ON_CHIP_J", "OFF_CHIP_J", "NETWORK_J"))
_RE_I, _RE_W, _RE_O = int(Column.REFETCH_I), int(Column.REFETCH_W), int(Column.REFETCH_O)


@kernel
def ceil_div(a: int, b: int) -> int:
    """⌈a / b⌉ of positive whole numbers."""
    return (a + b - 1) // b


@kernel
def share_out(shape: IntArray, split: IntArray, line_width: int, problem: IntArray, share: IntArray) -> None:
    """The largest share of a layer on n_P × n_C × n_K cores as an encoded problem, and how many cores have one.

    A line of pixels is folded into rows of `line_width` pixels (0: one row).
    """
    total = shape[_COLS] * shape[_BATCH] if shape[_LINE] else shape[_ROWS] * shape[_BATCH]
    part_p = ceil_div(total, split[3])
    part_c = ceil_div(shape[_C], split[4])
    part_g, part_k = shape[_GROUPS], shape[_K]
    if shape[_GROUPS] >= split[5]:  # groups first, whole
        part_g = ceil_div(shape[_GROUPS], split[5])
    else:
        part_g = 1
        part_k = ceil_div(shape[_K], split[5] // shape[_GROUPS])
    images, rows, columns = 1, part_p, shape[_COLS]
    if shape[_LINE]:
        columns = part_p if line_width == 0 else min(line_width, part_p)
        rows = ceil_div(part_p, columns)
    elif part_p > shape[_ROWS] and part_p % shape[_ROWS] == 0:
        images, rows = part_p // shape[_ROWS], shape[_ROWS]
    problem[:] = 0
    problem[_DN] = images
    problem[_DR], problem[_DS] = shape[_R], shape[_S]
    problem[_DY] = (rows - 1) * shape[_SY] + shape[_R]
    problem[_DX] = (columns - 1) * shape[_SX] + shape[_S]
    problem[_PSY], problem[_PSX] = shape[_SY], shape[_SX]
    if shape[_KIND] == _CHANNELWISE:
        problem[_TYPE], problem[_DC] = _DSCONV, part_g
    else:
        problem[_TYPE] = _NGCONV if part_g > 1 else _CONV
        problem[_DG], problem[_DC], problem[_DK] = part_g, part_c, part_k
    share[_USED_P], share[_USED_C] = ceil_div(total, part_p), ceil_div(shape[_C], part_c)
    share[_USED_G], share[_USED_K] = ceil_div(shape[_GROUPS], part_g), ceil_div(shape[_K], part_k)
    share[_SHARE_MACS] = images * rows * columns * part_g * part_c * part_k * shape[_R] * shape[_S]


@kernel
def price_product(
    shape: IntArray, share: IntArray, problem: IntArray, counts: IntArray, platform: FloatArray, row: FloatArray
) -> None:
    """A product's option from the exact counts of its largest share; other cores count by their share of the MACs."""
    repeat = float(shape[_REPEAT])
    weight = shape[_MACS] / share[_SHARE_MACS]  # shares of the largest core's size that the layer amounts to
    moved, events = counts[MOVED:], counts[EVENT:]
    again = float(moved[OFF_OUTPUT_REREAD])
    rows = rows_of((problem[_DY] - shape[_R]) // shape[_SY] + 1, shape[_SY], shape[_R])
    columns = rows_of((problem[_DX] - shape[_S]) // shape[_SX] + 1, shape[_SX], shape[_S])
    groups, channels = max(1, problem[_DG]), problem[_DC]
    whole_i = float(problem[_DN] * groups * channels * rows * columns)
    all_rows = rows_of(shape[_ROWS], shape[_SY], shape[_R])
    all_columns = rows_of(shape[_COLS], shape[_SX], shape[_S])
    padded = float(shape[_BATCH] * shape[_GROUPS] * shape[_C] * all_rows * all_columns)
    unpadded = min(1.0, shape[_IN] / padded)
    whole_w = float(groups * channels * max(1, problem[_DK]) * shape[_R] * shape[_S])
    finished = float(moved[OFF_OUTPUT_WRITE]) - again

    inputs = moved[OFF_INPUT] * unpadded
    weights = float(moved[OFF_FILTER])
    pinned = shape[_ACT] == 0 and 2.0 * whole_w <= platform[_BUFFER]
    weight_uses = 1.0 if pinned else repeat
    outputs = finished / share[_USED_C] + 2.0 * PARTIAL_SUM_BYTES * again
    ring = PARTIAL_SUM_BYTES * finished * (share[_USED_C] - 1) / share[_USED_C] * repeat

    row[_COMPUTE] = (counts[CYCLES] * repeat + platform[_OVERHEAD]) / platform[_CLOCK]
    row[_PORT_S] = ((inputs + outputs) * repeat + weights * weight_uses) / platform[_PORT] / platform[_CLOCK]
    row[_RING_S] = ring / platform[_LINK] / platform[_CLOCK] if ring > 0 else 0.0
    copies_i = share[_USED_K] if platform[_CAST_I] > 0 else 1
    copies_w = share[_USED_P] if platform[_CAST_W] > 0 else 1
    all_w = weights * weight * weight_uses / copies_w
    row[_IN_B] = inputs * weight * repeat / copies_i
    if shape[_ACT]:
        row[_IN_B] += all_w
    else:
        row[_W_B] = all_w
    row[_OUT_B] = outputs * weight * repeat
    scale = weight * repeat
    row[_EMAC] = shape[_MACS] * repeat * platform[_MAC_J]
    row[_EON] = scale * (events[L1_ACCESSES] * platform[_L1_J] + events[L2_ACCESSES] * platform[_L2_J])
    row[_ENET] = scale * events[HOPS] * platform[_NOC_J]
    row[_ENET] += ring * weight * platform[_NET_J]
    row[_RE_I], row[_RE_W] = moved[OFF_INPUT] / whole_i, weights / whole_w
    row[_RE_O] = moved[OFF_OUTPUT_WRITE] / finished


@kernel
def price_moves(shape: IntArray, share: IntArray, hardware: IntArray, platform: FloatArray, row: FloatArray) -> None:
    """A memory-bound layer: every operation takes a lane for a cycle; every byte moves once."""
    cores = share[_USED_P] * share[_USED_G]
    repeat = float(shape[_REPEAT])
    steps = ceil_div(ceil_div(shape[_STEPS], cores), hardware[_PES] * hardware[_LANES])
    elements = (shape[_IN] + shape[_OUT]) * repeat
    row[_COMPUTE] = (steps * repeat + platform[_OVERHEAD]) / platform[_CLOCK]
    row[_PORT_S] = elements / cores / platform[_PORT] / platform[_CLOCK]
    row[_IN_B], row[_OUT_B] = shape[_IN] * repeat, shape[_OUT] * repeat
    row[_EON] = elements * (platform[_L1_J] + 2.0 * platform[_L2_J])
    row[_ENET] = elements * platform[_NOC_J]
    row[_RE_I] = row[_RE_W] = row[_RE_O] = 1.0


@allocating_kernel
def find_shares(
    shapes: IntArray,
    splits: IntArray,
    line_width: int,
    first: int,
    shares: IntArray,
    used: int,
    slots: IntArray,
    places: IntArray,
) -> tuple[int, int]:
    """places [shapes, splits]: the row of `shares` that holds an option's share, for shapes from `first` on.

    Returns the first shape that `shares` may have no more room for, and how many shares there are now.
    """
    n, m = shapes.shape[0], splits.shape[0]
    problem = np.zeros(PROBLEM_COLUMNS, np.int64)
    share = np.zeros(lay.SHARE_COLUMNS, np.int64)
    for i in range(first, n):
        if used + m > shares.shape[0]:
            return i, used
        if shapes[i, _KIND] != _PRODUCT and shapes[i, _KIND] != _CHANNELWISE:
            continue
        for j in range(m):
            share_out(shapes[i], splits[j], line_width, problem, share)
            at = place_of(problem, shares, slots)
            if slots[at] < 0:
                shares[used, :PROBLEM_COLUMNS] = problem
                shares[used, SHARE_MACS] = share[_SHARE_MACS]
                slots[at] = used
                used += 1
            places[i, j] = slots[at]
    return n, used


@allocating_kernel
def option_rows(
    shapes: IntArray,
    splits: IntArray,
    line_width: int,
    places: IntArray,
    counts: IntArray,
    hardware: IntArray,
    platform: FloatArray,
    keep_all: bool,
) -> tuple[FloatArray, IntArray]:
    """Option rows and their starts (cost/options.py) of all shapes × splits; splits as dpu.grid_splits gives them.

    counts[places[i, j]] are the exact counts of the share of shape i under split j. Unless keep_all, an option that
    another equals or beats in cores, time, bytes and energy is left out.
    """
    n, m = shapes.shape[0], splits.shape[0]
    rows = np.zeros((n * m, COLUMNS))
    start = np.zeros(n + 1, np.int64)
    problem = np.zeros(PROBLEM_COLUMNS, np.int64)
    share = np.zeros(lay.SHARE_COLUMNS, np.int64)
    count = 0
    for i in range(n):
        shape = shapes[i]
        first = count
        for j in range(m):
            share_out(shape, splits[j], line_width, problem, share)
            row = rows[first + j]
            row[:] = 0.0
            row[_ROW], row[_COL], row[_PLANE] = splits[j, 0], splits[j, 1], splits[j, 2]
            row[_CORES] = splits[j, 0] * splits[j, 1] * splits[j, 2]
            if shape[_KIND] == _NOTHING:
                row[_COMPUTE] = platform[_OVERHEAD] / platform[_CLOCK]
                row[_RE_I] = row[_RE_W] = row[_RE_O] = 1.0
            elif shape[_KIND] == _MOVES:
                price_moves(shape, share, hardware, platform, row)
            else:
                price_product(shape, share, problem, counts[places[i, j]], platform, row)
            load_s = 0.0
            if platform[_OVERLAP] == 0:
                row[_LOAD] = row[_W_B]
                load_s = row[_W_B] / row[_CORES] / platform[_PORT] / platform[_CLOCK]
            row[_UNSTALLED] = max(row[_COMPUTE], row[_PORT_S], row[_RING_S]) + load_s
            row[_RATE] = platform[_PORT] * platform[_CLOCK] * row[_CORES]
            row[_EOFF] = (row[_IN_B] + row[_W_B] + row[_OUT_B]) * platform[_OFF_J]
        for j in range(first, first + m):
            if keep_all or not beaten(rows, first, count, j, first + m):
                rows[count] = rows[j]
                count += 1
        start[i + 1] = count
    return rows[:count].copy(), start


@kernel
def beaten(rows: FloatArray, first: int, kept: int, index: int, last: int) -> bool:
    """Whether another option equals or beats one in cores, time, bytes and energy; of equals the first stays.

    Options lie in the order of their cores: those kept of the ones before `index` in first … kept − 1, the ones after
    it up to last − 1.
    """
    row = rows[index]
    bytes_moved = row[_IN_B] + row[_W_B] + row[_OUT_B]
    energy = row[_EMAC] + row[_EON] + row[_EOFF] + row[_ENET]
    for i in range(first, last):
        if kept <= i <= index:
            continue
        other = rows[i]
        if other[_CORES] > row[_CORES]:
            break
        other_bytes = other[_IN_B] + other[_W_B] + other[_OUT_B]
        other_energy = other[_EMAC] + other[_EON] + other[_EOFF] + other[_ENET]
        if other[_UNSTALLED] <= row[_UNSTALLED] and other_bytes <= bytes_moved and other_energy <= energy:
            better = other[_UNSTALLED] < row[_UNSTALLED] or other_bytes < bytes_moved or other_energy < energy
            if i < index or better:
                return True
    return False
