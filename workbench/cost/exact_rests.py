"""Passes of the lower levels, remembered by their tile sizes, and what a step waits for (docs/model-exact.md §6).

A pass below the top depends on its tile sizes and on whether its outputs are fresh, but for its first step: its *rest*
is worked out once for each. Where the lowest network never keeps a step waiting, all its rests are products.
"""

from workbench.cost.directive_arrays import HardwareColumn
from workbench.cost.exact_halo import parts, rows_of
from workbench.cost.exact_nest import (
    HEAD_LEVELS,
    HEAD_STRIDE_Y,
    LOOPS,
    MAX_LEVELS,
    ROW_KERNEL_COLUMNS,
    ROW_KERNEL_ROWS,
    ROW_SPATIAL,
    ROW_TILE,
    ROW_UNITS,
    ROW_UPPER_ROWS,
    C,
    IntArray,
    K,
    N,
    P,
)
from workbench.cost.kernel import kernel

# Columns of a hardware row (directive_arrays.HardwareColumn); the global buffer is L2.
HW_PES, HW_BANDWIDTH, HW_LATENCY = (
    int(HardwareColumn.PES),
    int(HardwareColumn.NOC_BANDWIDTH),
    int(HardwareColumn.NOC_LATENCY),
)
HW_OFF_CHIP, HW_LANES = int(HardwareColumn.OFF_CHIP_BANDWIDTH), int(HardwareColumn.SIMD_LANES)
HW_BUFFER = int(HardwareColumn.L2_SIZE)
ALL_TILES, FIRST_TILE = range(2)  # columns of scratch: MACs over all tiles of a dimension, over the first
EXACT_QUOTIENT = 1 << 50  # below it a float quotient is less than one off


def _rest_places() -> list[int]:
    """Where each level's memo begins: at most level + 1 sizes per dimension, with and without partial sums."""
    starts = [0]
    for level in range(MAX_LEVELS):
        starts.append(starts[-1] + 2 * (level + 1) ** LOOPS)
    return starts


REST_START = tuple(_rest_places())
REST_TOTAL = REST_START[MAX_LEVELS]


@kernel
def delay(volume: int, latency: int, bandwidth: int, inverse: float) -> int:
    """Cycles a network needs for `volume` elements: latency + ⌈volume / bandwidth⌉ − 1, nothing for nothing.

    inverse: 1 / bandwidth, which saves the division.
    """
    if volume >= EXACT_QUOTIENT:
        return latency + (volume + bandwidth - 1) // bandwidth - 1
    cycles = int(volume * inverse)
    over = 1 if cycles * bandwidth >= volume else 0  # no branches: which way they go is anyone's guess
    return latency + cycles - over if volume > 0 else 0


@kernel
def fill_computing_rests(
    head: IntArray,
    table: IntArray,
    sizes: IntArray,
    size_count: IntArray,
    choices: IntArray,
    rests: IntArray,
    hardware: IntArray,
    inverse: float,
    size_at: IntArray,
) -> bool:
    """Fill the rests of the bottom level, which is not the only one, where no step of it ever waits for its network.

    The widest step bounds what the network moves, the smallest what a PE computes; if that takes longer, a pass lasts
    as long as its MACs, whose number is a product over dimensions. False: a step may wait, nothing is filled. `size_at`
    counts through the sizes, `choices` is scratch.
    """
    bottom = head[HEAD_LEVELS] - 1
    kernel_taps = table[ROW_KERNEL_ROWS, bottom] * table[ROW_KERNEL_COLUMNS, bottom]
    inputs, outputs, least, passes = 1, 1, kernel_taps, 1
    filters = table[ROW_KERNEL_ROWS, bottom - 1] * table[ROW_KERNEL_COLUMNS, bottom - 1]
    for d in range(LOOPS):
        tile = table[ROW_TILE + d, bottom]
        fold = tile * table[ROW_UNITS, bottom] if table[ROW_SPATIAL, bottom] == d else tile
        widest, narrowest = 1, tile
        for size in range(size_count[d, bottom]):
            length = sizes[d, bottom, size]
            folds = parts(length, fold)
            first, last = min(length, tile), min(length - (folds - 1) * fold, tile)
            here = d * MAX_LEVELS + size
            choices[here, ALL_TILES], choices[here, FIRST_TILE] = (folds - 1) * tile + last, first
            widest, narrowest = max(widest, min(length, fold)), min(narrowest, first, last)
        size_at[d] = 0
        passes *= size_count[d, bottom]
        least *= narrowest
        if d >= P:
            inputs *= rows_of(widest, head[HEAD_STRIDE_Y + d - P], table[ROW_UPPER_ROWS + d - P, bottom])
        elif d != K:
            inputs *= widest
        if N < d < P:
            filters *= widest
        if d != C:
            outputs *= widest
    if hardware[HW_LANES] > 1:
        return False
    volume = inputs + filters + outputs
    if delay(volume, hardware[HW_LATENCY], hardware[HW_BANDWIDTH], inverse) > least:
        return False
    for index in range(passes):
        macs, first_macs = kernel_taps, kernel_taps
        for d in range(LOOPS):
            here = d * MAX_LEVELS + size_at[d]
            macs *= choices[here, ALL_TILES]
            first_macs *= choices[here, FIRST_TILE]
        place = REST_START[bottom] + 2 * index
        rests[place], rests[place + 1] = macs - first_macs, macs - first_macs
        next_sizes(size_at, size_count, bottom)
    return True


@kernel
def next_sizes(size_at: IntArray, size_count: IntArray, level: int) -> bool:
    """Step size_at to the next sizes that enter a level, the last dimension fastest; False: after the last."""
    for d in range(LOOPS - 1, -1, -1):
        if size_at[d] + 1 < size_count[d, level]:
            size_at[d] += 1
            return True
        size_at[d] = 0
    return False
