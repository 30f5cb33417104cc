"""The table between cost and schedule: every way a distinct layer may run on a design's sub-accelerators."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Column(IntEnum):
    """Columns of an option row. Bytes are off-chip totals of the job, batch and repeats included."""

    ROWS = 0
    COLS = 1
    PLANES = 2
    CORES = 3
    UNSTALLED_S = 4  # time with all the bandwidth its ports can carry
    COMPUTE_S = 5
    PORT_S = 6  # time of the busiest core's port
    RING_S = 7  # time of the partial-sum ring's link
    INPUT_BYTES = 8
    WEIGHT_BYTES = 9
    OUTPUT_BYTES = 10
    RATE_LIMIT = 11  # bytes/s the cores' ports carry together; inf without a port limit
    LOAD_BYTES = 12  # part of WEIGHT_BYTES that must arrive before anything else (0: overlapped)
    MAC_J = 13  # issued MAC slots or MACs
    ON_CHIP_J = 14
    OFF_CHIP_J = 15
    NETWORK_J = 16
    REFETCH_I = 17
    REFETCH_W = 18
    REFETCH_O = 19


COLUMNS = len(Column)


@dataclass(frozen=True)
class OptionTable:
    """Options of `n` distinct shapes on ONE sub-accelerator configuration.

    `rows`: float64 [options, COLUMNS]; options of shape i are rows start[i]:start[i + 1] (start: int64 [n + 1]).
    Every shape has at least one option. The sub-rectangle r × c × planes of a row is any part of the grid.
    `measured`: rows whose time was measured, not modelled.
    """

    rows: NDArray[np.float64]
    start: NDArray[np.int64]
    measured: frozenset[int] = frozenset()
