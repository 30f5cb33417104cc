"""What a running job has to do, worked out once for every option that a design's jobs take."""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import kernel
from workbench.schedule.problem import Floats, Ints, OptionArrays

LOAD_S, LOAD_DEMAND, REST_S, REST_DEMAND, COMPUTE_S, ALONE_S, ENERGY_J, SPARED_J = range(8)  # columns of Works.amount
OPTION, SUB, CORES, MEMORY = range(4)  # columns of Works.where


class Works(NamedTuple):
    """Works of one design, one row each: everything that happens to a job between start and end reads one row.

    A load phase of LOAD_S seconds at full speed (0: none), then the rest; demands in bytes/s at full speed.
    """

    amount: Floats  # [works, 8]
    where: Ints  # [works, 4]


@kernel
def unstalled_kept(options: OptionArrays, o: int, saved: float) -> float:
    """Unstalled time of option o when `saved` of its bytes stay on chip: its port time shrinks in proportion."""
    if saved <= 0.0:
        return float(options.unstalled_s[o])
    others = max(options.compute_s[o], options.ring_s[o])
    port = options.port_s[o] * (1.0 - saved / options.bytes[o])
    return float(options.unstalled_s[o] - (max(others, options.port_s[o]) - max(others, port)))


@kernel
def phases(
    load: float, others: float, unstalled_s: float, limit: float, reach: float, bandwidth: float
) -> tuple[float, float, float, float]:
    """(LOAD_S, LOAD_DEMAND, REST_S, REST_DEMAND) of a job that loads `load` bytes first and moves `others` after that.

    limit: what its ports carry; reach: the most it may get; bandwidth: of its memory group; all in bytes/s.
    """
    load_s = load / min(reach, bandwidth)
    rest_s = max(max(0.0, unstalled_s - load / limit), others / reach)
    if rest_s == 0.0:
        rest_s = others / bandwidth
    return load_s, load / load_s if load_s > 0.0 else 0.0, rest_s, others / rest_s if rest_s > 0.0 else 0.0


def empty_works(rows: int) -> Works:
    """Room for `rows` works."""
    return Works(np.empty((rows, 8)), np.empty((rows, 4), np.int32))
