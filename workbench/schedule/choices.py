"""Which option a ready job takes, looked up by the number of free cores."""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import kernel
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays, OptionArrays


class Choices(NamedTuple):
    """Working memory of one design's look-up tables; entry (class c, sub-accelerator s, f free cores) lies at
    c·width + table_start[s] + f with width = table_start[subs].
    """

    table_start: Ints  # [subs + 1]
    option: Ints  # the allowed option of least cost with at most f cores, −1 if none
    cost: Floats  # its t·(cores·size)^alpha, inf if none
    best: Floats  # [classes] least time on the empty machine
    power: Floats  # [width] (cores·size)^alpha
    time: Floats  # [options of one shape]


@kernel
def fill_choices(
    design: int, jobs: JobArrays, options: OptionArrays, designs: DesignArrays, total_bandwidth: float, table: Choices
) -> None:
    """Fill `table` for one design. t = max(unstalled time, off-chip bytes / total bandwidth); options slower than
    theta × the class's best are left out (formulation §3.4). Equal costs go to fewer cores, then to the earlier row.
    """
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    table_start, choice, cost, best, power, time = table
    for s in range(subs):
        table_start[s + 1] = table_start[s] + designs.cores[first + s] + 1
    width = table_start[subs]
    alpha, theta = designs.alpha[design], max(1.0, designs.theta[design])
    for s in range(subs):
        for cores in range(designs.cores[first + s] + 1):
            scale = cores * designs.core_size[first + s]
            power[table_start[s] + cores] = scale**alpha if alpha != 0.0 else 1.0
    for c in range(len(jobs.class_shape)):
        shape, group = jobs.class_shape[c], jobs.class_group[c]
        least = np.inf
        seen = 0
        for s in range(subs):
            if not designs.allowed[first + s, group]:
                continue
            k = designs.configuration[first + s]
            for o in range(options.start[k, shape], options.start[k, shape + 1]):
                t = max(options.unstalled_s[o], options.bytes[o] / total_bandwidth)
                time[seen] = t
                seen += 1
                if t < least and options.cores[o] <= designs.cores[first + s]:
                    least = t
        best[c] = least
        slowest = theta * least
        row = c * width
        for f in range(row, row + width):
            cost[f] = np.inf
            choice[f] = -1
        seen = 0
        for s in range(subs):
            if not designs.allowed[first + s, group]:
                continue
            base = row + table_start[s]
            k = designs.configuration[first + s]
            for o in range(options.start[k, shape], options.start[k, shape + 1]):
                t = time[seen]
                seen += 1
                cores = options.cores[o]
                if t <= slowest and cores <= designs.cores[first + s]:
                    value = t * power[table_start[s] + cores]
                    if value < cost[base + cores]:
                        cost[base + cores] = value
                        choice[base + cores] = o
            for f in range(base + 1, base + designs.cores[first + s] + 1):
                if cost[f - 1] <= cost[f]:
                    cost[f] = cost[f - 1]
                    choice[f] = choice[f - 1]


@kernel
def choose_on(
    sub: int,
    design: int,
    klass: int,
    free: Ints,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    table: Choices,
) -> int:
    """The free option of least cost for a job bound to `sub`; theta counts from its best time there. −1: none."""
    at = designs.sub_start[design] + sub
    configuration, shape = designs.configuration[at], jobs.class_shape[klass]
    first, last = options.start[configuration, shape], options.start[configuration, shape + 1]
    total = designs.group_bandwidth.sum()
    best = np.inf
    for o in range(first, last):
        if options.cores[o] <= designs.cores[at]:
            best = min(best, max(options.unstalled_s[o], options.bytes[o] / total))
    pick, least = -1, np.inf
    for o in range(first, last):
        t = max(options.unstalled_s[o], options.bytes[o] / total)
        if options.cores[o] <= free[sub] and t <= max(1.0, designs.theta[design]) * best:
            cost = t * table.power[table.table_start[sub] + options.cores[o]]
            if cost < least or (cost == least and options.cores[o] < options.cores[pick]):
                pick, least = o, cost
    return pick
