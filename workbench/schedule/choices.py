"""Which option a ready job takes, looked up by the number of free cores."""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import allocating_kernel, kernel
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays, OptionArrays
from workbench.schedule.ready import Groups, group_of


class Choices(NamedTuple):
    """Working memory of one design's look-up tables; entry (class c, sub-accelerator s, f free cores) lies at
    c·width + table_start[s] + f with width = table_start[subs].
    """

    table_start: Ints  # [subs + 1]
    option: Ints  # the allowed option of least cost with at most f cores, −1 if none
    work: Ints  # row of Works of that option, −1 until a job takes it
    cost: Floats  # its t·(cores·size)^alpha, inf if none
    best: Floats  # [classes] least time on the empty machine
    power: Floats  # [width] (cores·size)^alpha
    scale: Floats  # that of the option
    time: Floats  # [options of one shape]
    need: Ints  # [subs]


@allocating_kernel
def room_to_choose(classes: int, subs: int, width: int, options: int) -> Choices:
    """Room for the choices of any design."""
    return Choices(
        np.zeros(subs + 1, np.int32),
        np.empty(classes * width, np.int32),
        np.empty(classes * width, np.int32),
        np.empty(classes * width),
        np.empty(classes),
        np.empty(width),
        np.empty(classes * width),
        np.empty(options * subs),
        np.empty(subs, np.int32),
    )


@kernel
def alone_s(o: int, unstalled_s: Floats, off_chip_bytes: Floats, bandwidth: float) -> float:
    """Seconds of option `o` while nothing else runs: its unstalled time, or its off-chip bytes at all the bandwidth."""
    return float(max(unstalled_s[o], off_chip_bytes[o] / bandwidth))


@kernel
def fill_choices(
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    total_bandwidth: float,
    table: Choices,
    groups: Groups,
) -> None:
    """Fill `table` for one design, and group its classes by the cores they need.

    t = max(unstalled time, off-chip bytes / total bandwidth); options slower than theta × the class's best are left out
    (formulation §3.4). Equal costs go to fewer cores, then to the earlier row.
    """
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    table_start, choice, work, cost, best, power, scale, time, need = table
    for s in range(subs):
        table_start[s + 1] = table_start[s] + designs.cores[first + s] + 1
    width = table_start[subs]
    alpha, theta = designs.alpha[design], max(1.0, designs.theta[design])
    for s in range(subs):
        for cores in range(designs.cores[first + s] + 1):
            size = cores * designs.core_size[first + s]
            power[table_start[s] + cores] = size**alpha if alpha != 0.0 else 1.0
    group_need, group_used, group_of_class = groups.need, groups.used, groups.of_class
    group_used[0] = 0
    for c in range(len(jobs.class_shape)):
        shape, group = jobs.class_shape[c], jobs.class_group[c]
        least = np.inf
        seen = 0
        for s in range(subs):
            if not designs.allowed[first + s, group]:
                continue
            k = designs.configuration[first + s]
            for o in range(options.start[k, shape], options.start[k, shape + 1]):
                t = alone_s(o, options.unstalled_s, options.bytes, total_bandwidth)
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
            work[f] = -1
        seen = 0
        for s in range(subs):
            need[s] = designs.cores[first + s] + 1
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
                        scale[base + cores] = power[table_start[s] + cores]
            for f in range(1, need[s]):
                if cost[base + f - 1] <= cost[base + f]:
                    cost[base + f] = cost[base + f - 1]
                    choice[base + f] = choice[base + f - 1]
                    scale[base + f] = scale[base + f - 1]
            for f in range(need[s]):
                if choice[base + f] >= 0:
                    need[s] = f
                    break
        group_of_class[c] = group_of(need, subs, group_need, group_used)
