"""Herald's scheduler, the baseline for heterogeneous-dataflow accelerators (Kwon et al., HPCA 2021).

Layers are visited breadth- or depth-first; each goes to its preferred sub-accelerator unless that one runs ahead of the
least loaded by more than a threshold; afterwards idle gaps are filled with later layers of the same sub-accelerator.
No layer is split: every job takes the fastest option on its sub-accelerator. Herald's check of its global buffer has no
counterpart here: activations go off-chip.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from workbench.schedule.fixed_order import with_sequences
from workbench.schedule.problem import Floats, Ints, Problem
from workbench.schedule.schedule import Schedule, simulate


class Preference(StrEnum):
    """By what a layer prefers a sub-accelerator."""

    LATENCY = "latency"
    EDP = "edp"


class Visit(StrEnum):
    """The order in which layers are assigned."""

    BREADTH_FIRST = "breadth-first"  # first layers of all networks, then second layers …
    DEPTH_FIRST = "depth-first"  # one network instance after the other


@dataclass(frozen=True)
class Plan:
    """Herald's schedule before bandwidth is shared."""

    sub: Ints  # [J]
    option: Ints  # [J] row of OptionArrays
    sequences: tuple[tuple[int, ...], ...]  # per sub-accelerator, its jobs in order


def plan(
    problem: Problem,
    preference: Preference = Preference.EDP,
    threshold: float = 1.5,
    look_ahead: int = 16,
    visit: Visit = Visit.BREADTH_FIRST,
) -> Plan:
    """Assign and order all jobs of `problem`'s one design.

    threshold: a sub-accelerator may finish at most `threshold` times as late as the one that would finish the job
    first; the paper's value is not known to us. look_ahead: how many later jobs of a sub-accelerator are tried for
    each idle gap.
    """
    jobs, designs = problem.jobs, problem.designs
    count, subs = len(jobs.klass), len(designs.cores)
    option, time, merit = _fastest(problem, preference)
    before: list[list[int]] = [[] for _ in range(count)]
    for producer, first, last in zip(range(count), jobs.successor_start[:-1], jobs.successor_start[1:], strict=True):
        for consumer in jobs.successor[first:last]:
            before[consumer].append(producer)
    order = range(count)
    by_layer = np.lexsort((jobs.instance, jobs.tenant, jobs.layer)) if visit is Visit.BREADTH_FIRST else order
    available = [0.0] * subs
    end = np.zeros(count)
    sub = np.zeros(count, np.int32)
    sequences: list[list[int]] = [[] for _ in range(subs)]
    for j in by_layer:
        c = jobs.klass[j]
        ready = max((end[b] for b in before[j]), default=0.0)
        finish = [max(available[s], ready) + time[s, c] for s in range(subs)]
        earliest = min(finish)
        for s in np.argsort(merit[:, c], kind="stable"):
            if finish[s] <= threshold * earliest:
                break
        sub[j], end[j], available[s] = s, finish[s], finish[s]
        sequences[s].append(int(j))
    lasts = time[sub, jobs.klass]
    filled = _fill_gaps(sequences, before, lasts, look_ahead)
    return Plan(sub, option[sub, jobs.klass], tuple(tuple(sequence) for sequence in filled))


def simulate_plan(problem: Problem, herald: Plan, proportional: bool = False) -> Schedule:
    """Run Herald's plan with off-chip bandwidth shared: bound options, each sub-accelerator in the plan's order."""
    bound = problem._replace(jobs=with_sequences(problem.jobs, herald.sequences))
    return simulate(bound, forced_sub=herald.sub, forced_option=herald.option, proportional=proportional)


def _fastest(problem: Problem, preference: Preference) -> tuple[Ints, Floats, Floats]:
    """[subs, classes]: the fastest option, its time, and the figure of merit (inf where the class may not run)."""
    jobs, options, designs = problem
    shape = (len(designs.cores), len(jobs.class_shape))
    option, time, merit = np.zeros(shape, np.int32), np.full(shape, np.inf), np.full(shape, np.inf)
    for s, configuration in enumerate(designs.configuration):
        reach = min(designs.bandwidth_cap[s], designs.group_bandwidth[designs.memory_group[s]])
        for c, layer in enumerate(jobs.class_shape):
            if not designs.allowed[s, jobs.class_group[c]]:
                continue
            for o in range(options.start[configuration, layer], options.start[configuration, layer + 1]):
                t = max(options.unstalled_s[o], options.bytes[o] / reach)
                if options.cores[o] <= designs.cores[s] and t < time[s, c]:
                    option[s, c], time[s, c] = o, t
                    merit[s, c] = t if preference is Preference.LATENCY else t * options.energy_j[o]
    return option, time, merit


def _fill_gaps(sequences: list[list[int]], before: list[list[int]], lasts: Floats, look_ahead: int) -> list[list[int]]:
    """Pull later jobs forward into idle gaps of their own sub-accelerator where they end before the gap does."""
    end = np.full(len(lasts), np.inf)
    waiting = [list(sequence) for sequence in sequences]
    result: list[list[int]] = [[] for _ in sequences]
    available = [0.0] * len(sequences)
    while any(waiting):
        # The job at the head of some sequence whose predecessors are all placed, the earliest start first.
        best, where = np.inf, -1
        for s, queue in enumerate(waiting):
            if queue:
                start = max([available[s], *(end[b] for b in before[queue[0]])])
                if start < best:
                    best, where = start, s
        queue = waiting[where]
        pick = 0
        if available[where] < best:
            for place, job in enumerate(queue[1 : look_ahead + 1], 1):
                start = max([available[where], *(end[b] for b in before[job])])
                if start + lasts[job] <= best:
                    pick = place
                    break
        job = queue.pop(pick)
        start = max([available[where], *(end[b] for b in before[job])])
        end[job] = available[where] = start + lasts[job]
        result[where].append(job)
    return result
