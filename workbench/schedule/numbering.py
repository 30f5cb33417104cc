"""Which numbered cores every job takes: the lowest free ones of its sub-accelerator."""

import numpy as np

from workbench.cost.kernel import allocating_kernel
from workbench.schedule.problem import Floats, Ints


@allocating_kernel
def number_cores(
    order: Ints,
    start: Floats,
    end: Floats,
    sub: Ints,
    cores: Ints,
    inherits: Ints,
    lane_start: Ints,
    taken_start: Ints,
    taken: Ints,
    busy_s: Floats,
) -> None:
    """Give cores to the jobs of `order` [J], which goes by start time.

    lane_start [subs + 1]: where the cores of each sub-accelerator lie in busy_s [cores of all]. taken_start [J + 1],
    taken: filled with each job's cores, numbered within its sub-accelerator, ascending. busy_s: filled with seconds
    per core. inherits[j] ≥ 0: job j keeps the cores of that job. Where too few are free (jobs that take no time) the
    lowest taken ones are shared.
    """
    free_at = np.full(len(busy_s), -np.inf)
    for place in range(len(order)):
        j = order[place]
        first, last = lane_start[sub[j]], lane_start[sub[j] + 1]
        at = taken_start[j]
        if inherits[j] >= 0:
            source = taken_start[inherits[j]]
            for i in range(cores[j]):
                taken[at + i] = taken[source + i]
        else:
            count = 0
            for c in range(first, last):
                if count < cores[j] and free_at[c] <= start[j]:
                    taken[at + count] = c - first
                    count += 1
            for c in range(first, last):
                if count < cores[j] and free_at[c] > start[j]:
                    taken[at + count] = c - first
                    count += 1
        for i in range(cores[j]):
            c = first + taken[at + i]
            free_at[c] = max(free_at[c], end[j])
            busy_s[c] += end[j] - start[j]
