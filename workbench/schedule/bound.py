"""Jobs bound to a sub-accelerator or to an option, and those whose tensor stays on chip for their only consumer."""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import kernel
from workbench.schedule.choices import Choices, alone_s
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays, OptionArrays
from workbench.schedule.ready import Groups, group_of


class Bindings(NamedTuple):
    """What is fixed for each design and job, [D, J], or [0, 0] where nothing is."""

    sub: Ints  # sub-accelerator, −1: any
    option: Ints  # row of OptionArrays, −1: any; given together with `sub`
    priority: Floats  # lower starts first, ties in canonical order; replaces the upward rank


@kernel
def _best_on(at: int, klass: int, jobs: JobArrays, options: OptionArrays, designs: DesignArrays) -> float:
    """Least time of a class on one sub-accelerator alone."""
    configuration, shape = designs.configuration[at], jobs.class_shape[klass]
    total = designs.group_bandwidth.sum()
    best = np.inf
    for o in range(options.start[configuration, shape], options.start[configuration, shape + 1]):
        if options.cores[o] <= designs.cores[at]:
            best = min(best, alone_s(o, options.unstalled_s, options.bytes, total))
    return best


@kernel
def choose_on(
    sub: int,
    design: int,
    klass: int,
    free_at: Ints,
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
    best = _best_on(at, klass, jobs, options, designs)
    free = free_at[sub] - table.table_start[sub]
    pick, least = -1, np.inf
    for o in range(first, last):
        t = alone_s(o, options.unstalled_s, options.bytes, total)
        if options.cores[o] <= free and t <= max(1.0, designs.theta[design]) * best:
            cost = t * table.power[table.table_start[sub] + options.cores[o]]
            if cost < least or (cost == least and options.cores[o] < options.cores[pick]):
                pick, least = o, cost
    return pick


@kernel
def least_on(sub: int, design: int, klass: int, jobs: JobArrays, options: OptionArrays, designs: DesignArrays) -> int:
    """Least free cores with which `choose_on` finds an option; one more than there are if it never does."""
    at = designs.sub_start[design] + sub
    best = _best_on(at, klass, jobs, options, designs)
    total = designs.group_bandwidth.sum()
    shape = jobs.class_shape[klass]
    least = designs.cores[at] + 1
    for o in range(
        options.start[designs.configuration[at], shape], options.start[designs.configuration[at], shape + 1]
    ):
        t = alone_s(o, options.unstalled_s, options.bytes, total)
        if t <= max(1.0, designs.theta[design]) * best:
            least = min(least, options.cores[o])
    return int(least)


@kernel
def group_bound(
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    forced: Bindings,
    table: Choices,
    groups: Groups,
    group: Ints,
) -> None:
    """Change `group` [J] of the jobs that are bound: they need cores on their own sub-accelerator only."""
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    for job in range(len(group)):
        wanted = forced.sub[design, job]
        if wanted < 0:
            continue
        for s in range(subs):
            table.need[s] = designs.cores[first + s] + 1
        if forced.option[design, job] >= 0:
            table.need[wanted] = min(table.need[wanted], options.cores[forced.option[design, job]])
        else:
            table.need[wanted] = least_on(wanted, design, jobs.klass[job], jobs, options, designs)
        group[job] = group_of(table.need, subs, groups.need, groups.used)


@kernel
def kept_option(
    job: int,
    sub: int,
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    forced: Bindings,
    option: int,
) -> int:
    """The option on which the only consumer of `job` reads its tensor from the cores that made it; −1 if none does.

    Same sub-rectangle, matching partition, nothing between, and room beside the working banks (formulation §3.4).
    """
    at = designs.sub_start[design] + sub
    follower = jobs.chain[job]
    if not options.keeps[option] or options.output_bytes[option] > options.cores[option] * designs.keep_bytes[at]:
        return -1
    bound = -1
    if len(forced.sub) > 0:
        if forced.sub[design, follower] >= 0 and forced.sub[design, follower] != sub:
            return -1
        bound = forced.option[design, follower]
    shape = jobs.class_shape[jobs.klass[follower]]
    configuration = designs.configuration[at]
    for twin in range(options.start[configuration, shape], options.start[configuration, shape + 1]):
        if (
            options.rectangle[twin] == options.rectangle[option]
            and options.keeps[twin]
            and (bound < 0 or bound == twin)
        ):
            return twin
    return -1
