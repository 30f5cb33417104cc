"""Starting jobs that may also wait for cores which others will set free (docs/model-schedule.md §2)."""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import allocating_kernel, kernel
from workbench.schedule.choices import Choices, alone_s
from workbench.schedule.problem import Floats, Ints, OptionArrays, Words
from workbench.schedule.ready import NOWHERE, WORD, Started, insert, remove_first

TIE = 1e-9  # relative: times and costs nearer to each other than this are the same, lest rounding decide


class Waiting(NamedTuple):
    """Ready jobs by class, and running jobs by when they are expected to end, which is t after their start.

    The running jobs of sub-accelerator s lie from Choices' table_start[s] on, the first to end first.
    """

    bits: Words  # as in Ready, with a class for a group
    first: Ints
    jobs: Ints
    some: Words
    line: Ints  # [classes] classes that have ready jobs, by the places of their first ones
    length: Ints  # [1] of the line
    end: Floats  # [width] expected, in seconds from the beginning
    cores: Ints  # [width]
    job: Ints  # [width]
    running: Ints  # [subs] how many there are
    hold: Floats  # [subs] when a job that waits will need the cores: what starts now must have ended by then


@allocating_kernel
def room_to_wait(places: int, classes: int, width: int, subs: int) -> Waiting:
    """Room for the jobs of any design."""
    return Waiting(
        np.empty((classes, (places + WORD - 1) // WORD), np.int64),
        np.empty(classes, np.int32),
        np.empty(classes, np.int32),
        np.empty((classes + WORD - 1) // WORD, np.int64),
        np.empty(classes, np.int32),
        np.empty(1, np.int32),
        np.empty(width),
        np.empty(width, np.int32),
        np.empty(width, np.int32),
        np.empty(subs, np.int32),
        np.empty(subs),
    )


@kernel
def nobody_waits(waiting: Waiting) -> None:
    """Nothing is ready, nothing runs."""
    waiting.bits[:] = 0
    waiting.first[:] = NOWHERE
    waiting.jobs[:] = 0
    waiting.some[:] = 0
    waiting.length[0] = 0
    waiting.running[:] = 0


@kernel
def is_ready(place: int, klass: int, waiting: Waiting) -> None:
    """The job of a class at a place of the order is ready."""
    line, first = waiting.line, waiting.first
    at = 0
    if waiting.jobs[klass] == 0:
        at = waiting.length[0]
        waiting.length[0] += 1
    else:
        while line[at] != klass:
            at += 1
    insert(place, klass, waiting.bits, first, waiting.jobs, waiting.some)
    while at > 0 and first[line[at - 1]] > first[klass]:
        line[at] = line[at - 1]
        at -= 1
    line[at] = klass


@kernel
def _first_starts(at: int, waiting: Waiting) -> None:
    """The first ready job of the class at a place of the line starts: the class goes back to where its next one is."""
    line, first = waiting.line, waiting.first
    klass = line[at]
    remove_first(klass, waiting.bits, first, waiting.jobs, waiting.some)
    last = waiting.length[0] - 1
    while at < last and first[line[at + 1]] < first[klass]:
        line[at] = line[at + 1]
        at += 1
    line[at] = klass
    if waiting.jobs[klass] == 0:
        waiting.length[0] = last


@kernel
def runs(job: int, base: int, sub: int, cores: int, end_s: float, waiting: Waiting) -> None:
    """A job runs on `sub`, whose running jobs begin at `base`, and is expected to end at `end_s`."""
    end, freed, who = waiting.end, waiting.cores, waiting.job
    at = base + waiting.running[sub]
    while at > base and end[at - 1] > end_s:
        end[at], freed[at], who[at] = end[at - 1], freed[at - 1], who[at - 1]
        at -= 1
    end[at], freed[at], who[at] = end_s, cores, job
    waiting.running[sub] += 1


@kernel
def has_ended(job: int, base: int, sub: int, waiting: Waiting) -> None:
    """A job no longer runs on `sub`."""
    end, freed, who = waiting.end, waiting.cores, waiting.job
    at = base
    while who[at] != job:
        at += 1
    waiting.running[sub] -= 1
    for i in range(at, base + waiting.running[sub]):
        end[i], freed[i], who[i] = end[i + 1], freed[i + 1], who[i + 1]


@kernel
def _last_that_fits(first: int, last: int, width: int, subs: int, line: Ints, free_at: Ints, choice: Ints) -> int:
    """The last place of the line from `first` to `last` whose class has an option for the cores that are free now."""
    for place in range(last, first - 1, -1):
        row = line[place] * width
        for s in range(subs):
            if choice[row + free_at[s]] >= 0:
                return place
    return -1


@kernel
def start_or_wait(
    entered: int,
    now: float,
    total_bandwidth: float,
    subs: int,
    order: Ints,
    price: Floats,
    free_at: Ints,
    options: OptionArrays,
    table: Choices,
    waiting: Waiting,
    started: Started,
) -> int:
    """Start the ready jobs that need not wait, in order.

    For the cores of each sub-accelerator that are free now, and for those that will be each time a running job is
    expected to end, a job looks at the option that it would take with so many; of all these it takes that of least
    price·(wait + t)·(cores·size)^alpha. If it waits, all jobs of its class do, and nothing that will not have ended by
    then starts on the sub-accelerator it waits for. Equal costs: it rather starts, on the earlier sub-accelerator.
    They are `started` from place `entered` on; returns the place after the last.
    """
    table_start, choice, cost, power, scale = table.table_start, table.option, table.cost, table.power, table.scale
    unstalled_s, off_chip_bytes = options.unstalled_s, options.bytes
    end, freed, running, hold, line = waiting.end, waiting.cores, waiting.running, waiting.hold, waiting.line
    width = table_start[subs]
    for s in range(subs):
        hold[s] = np.inf
    place = int(np.int64(0))  # for a plain 0 numba would compile what takes it once more
    last = _last_that_fits(place, waiting.length[0] - 1, width, subs, line, free_at, choice)
    while place <= last:  # none starts after it, so that it is all one what those there wait for
        klass = line[place]
        least = np.inf
        pick, pick_sub, pick_at, pick_end = -1, -1, -1, 0.0
        for s in range(subs):
            at = klass * width + free_at[s]
            option = choice[at]
            if option >= 0 and price[s] * cost[at] < least * (1.0 - TIE):
                t = alone_s(option, unstalled_s, off_chip_bytes, total_bandwidth)
                if now + t <= hold[s] * (1.0 + TIE):
                    least = price[s] * cost[at]
                    pick, pick_sub, pick_at = option, s, at
        for s in range(subs):
            base, ended = table_start[s], table_start[s] + running[s]
            least_power = min(power[base + 1], power[table_start[s + 1] - 1])
            least_cost = cost[klass * width + table_start[s + 1] - 1]
            at = klass * width + free_at[s]
            for i in range(base, ended):
                at += freed[i]
                wait = max(0.0, end[i] - now)
                if price[s] * (least_cost + wait * least_power) >= least * (1.0 - TIE):
                    break  # neither can any later one be less
                option = choice[at]
                if option < 0 or (i + 1 < ended and end[i + 1] <= end[i] * (1.0 + TIE)):
                    continue
                value = price[s] * (cost[at] + wait * scale[at])
                if value < least * (1.0 - TIE):
                    least = value
                    pick, pick_sub, pick_at, pick_end = option, s, -1, max(now, end[i])
        if pick_at < 0:
            if pick >= 0:
                hold[pick_sub] = min(hold[pick_sub], pick_end)
            place += 1
            continue
        t = alone_s(pick, unstalled_s, off_chip_bytes, total_bandwidth)
        cores = options.cores[pick]
        job = order[waiting.first[klass]]
        runs(job, table_start[pick_sub], pick_sub, cores, now + t, waiting)
        _first_starts(place, waiting)
        free_at[pick_sub] -= cores
        last = _last_that_fits(place, waiting.length[0] - 1, width, subs, line, free_at, choice)
        started.job[entered], started.option[entered] = job, pick
        started.sub[entered], started.at[entered] = pick_sub, pick_at
        entered += 1
    return entered
