"""Buffer accesses and network hops of a layer, the events an energy table prices (docs/model-exact.md §5)."""

import numpy as np

from workbench.cost.exact_nest import IntArray
from workbench.cost.exact_off_chip import OFF_FILTER, OFF_INPUT, OFF_OUTPUT_REREAD, OFF_OUTPUT_WRITE
from workbench.cost.exact_traffic import (
    COUNTS,
    FILTER_FILL,
    FILTER_READ,
    INPUT_FILL,
    INPUT_READ,
    OUTPUT_DRAIN,
    OUTPUT_REREAD,
    OUTPUT_WRITE,
)
from workbench.cost.kernel import allocating_kernel, kernel

L1_ACCESSES, L2_ACCESSES, HOPS = range(3)
EVENTS = 3
ACCESSES_PER_MAC = 4  # two operands and the partial sum read, the partial sum written (as MAESTRO counts)


@kernel
def count_events(row: IntArray, levels: int, macs: int, off_chip: int, level_counts: int, events: IntArray) -> None:
    """events[EVENTS] of a result row; `off_chip`, `level_counts`: where in the row those counts begin.

    L1: the PEs' buffers, and the buffers between the levels, which are of the same kind. L2: the global buffer, on both
    sides. Hops: elements that one level's network carries.
    """
    local = ACCESSES_PER_MAC * macs
    hops = 0
    for level in range(levels):
        at = level_counts + level * COUNTS
        carried = row[at + INPUT_READ] + row[at + FILTER_READ] + row[at + OUTPUT_WRITE] + row[at + OUTPUT_REREAD]
        hops += carried
        local += row[at + INPUT_FILL] + row[at + FILTER_FILL] + row[at + OUTPUT_DRAIN] + row[at + OUTPUT_REREAD]
        if level > 0:
            local += carried
    at = level_counts
    shared = row[at + INPUT_READ] + row[at + FILTER_READ] + row[at + OUTPUT_WRITE] + row[at + OUTPUT_REREAD]
    shared += row[off_chip + OFF_INPUT] + row[off_chip + OFF_FILTER]
    shared += row[off_chip + OFF_OUTPUT_WRITE] + row[off_chip + OFF_OUTPUT_REREAD]
    events[L1_ACCESSES], events[L2_ACCESSES], events[HOPS] = local, shared, hops


@allocating_kernel
def event_table(results: IntArray, levels: int, macs: int, off_chip: int, level_counts: int) -> IntArray:
    """Events [n, EVENTS] of n result rows; the arguments say in which columns their counts are."""
    table = np.zeros((results.shape[0], EVENTS), np.int64)
    for i in range(results.shape[0]):
        count_events(results[i], results[i, levels], results[i, macs], off_chip, level_counts, table[i])
    return table
