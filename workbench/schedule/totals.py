"""What one schedule adds up to, and the prices that follow from it (docs/model-schedule.md §2)."""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import kernel
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays
from workbench.schedule.work import ALONE_S, COMPUTE_S, CORES, ENERGY_J, SPARED_J, SUB, Works

PRICES = 20  # steps of a busy share that make a price, at least one: whole numbers, lest rounding decide a tie
ROUNDING = 1e-6  # of a step


class PerJob(NamedTuple):
    """Results per job [J]."""

    start: Floats
    end: Floats
    work: Ints  # row of Works
    saved: Floats  # off-chip bytes spared because activations stayed on chip
    order: Ints  # jobs in the order in which they were considered
    event_s: Floats  # [2J] times of the events at which shares changed, or [0]: not wanted; NaN after the last
    event_bytes: Floats  # [2J, memory groups] bytes carried since the event before


class PerDesign(NamedTuple):
    """Results per design [D] and per sub-accelerator entry of DesignArrays."""

    makespan_s: Floats  # [D] NaN if some job can never run
    period_s: Floats  # [D] (end of the last round − end of the first) / (rounds − 1); the makespan of one round
    energy_j: Floats  # [D] dynamic terms
    busy_core_s: Floats
    compute_core_s: Floats
    stall_core_s: Floats  # slowed by sharing off-chip bandwidth


@kernel
def period(jobs: JobArrays, makespan_s: float, end: Floats) -> float:
    """Seconds from the end of the first round to that of the last, for each round after the first; of one round all."""
    if jobs.rounds < 2 or np.isnan(makespan_s):
        return makespan_s
    each, first_round, last_round = len(end) // jobs.rounds, 0.0, 0.0
    for j in range(each):
        first_round = max(first_round, end[j])
        last_round = max(last_round, end[len(end) - 1 - j])
    return float((last_round - first_round) / (jobs.rounds - 1))


@kernel
def set_prices(d: int, designs: DesignArrays, totals: PerDesign, price: Floats) -> None:
    """Give each sub-accelerator the price of its busy share; those of one configuration and size are one in this."""
    first, last = designs.sub_start[d], designs.sub_start[d + 1]
    for s in range(first, last):
        busy_s, all_s = 0.0, 0.0
        for twin in range(first, last):
            if designs.configuration[twin] == designs.configuration[s] and designs.cores[twin] == designs.cores[s]:
                busy_s += totals.busy_core_s[twin]
                all_s += designs.cores[twin] * totals.makespan_s[d]
        busy = busy_s / all_s if all_s > 0.0 else 1.0
        price[s - first] = max(1.0, np.floor(PRICES * busy + ROUNDING))


@kernel
def add_up(d: int, jobs: JobArrays, designs: DesignArrays, works: Works, totals: PerDesign, per_job: PerJob) -> None:
    """Fill design d's totals from its jobs."""
    first, last = designs.sub_start[d], designs.sub_start[d + 1]
    for s in range(first, last):
        totals.busy_core_s[s] = 0.0
        totals.compute_core_s[s] = 0.0
        totals.stall_core_s[s] = 0.0
    energy = 0.0
    totals.period_s[d] = period(jobs, totals.makespan_s[d], per_job.end)
    if np.isnan(totals.makespan_s[d]):
        totals.energy_j[d] = np.nan
        return
    for j in range(len(per_job.start)):
        row = per_job.work[j]
        s = first + works.where[row, SUB]
        cores, lasts = works.where[row, CORES], per_job.end[j] - per_job.start[j]
        totals.busy_core_s[s] += cores * lasts
        totals.compute_core_s[s] += cores * min(lasts, works.amount[row, COMPUTE_S])
        totals.stall_core_s[s] += cores * max(0.0, lasts - works.amount[row, ALONE_S])
        energy += works.amount[row, ENERGY_J]
        energy -= works.amount[row, SPARED_J]
    totals.energy_j[d] = energy
