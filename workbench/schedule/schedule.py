"""Running the simulator: one design with its jobs' times, or many designs' totals on several threads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.cost.threads import in_parts
from workbench.schedule.bound import Bindings
from workbench.schedule.problem import Floats, Ints, Problem
from workbench.schedule.simulate import simulate_batch
from workbench.schedule.totals import PerDesign, PerJob
from workbench.schedule.work import OPTION, SUB, Works, empty_works, unstalled_kept

ANY = -1  # no sub-accelerator or option is forced


@dataclass(frozen=True)
class Schedule:
    """When and where each of J jobs runs, and totals. `option` is a row of OptionArrays, `sub` a sub-accelerator."""

    start_s: Floats  # [J]
    end_s: Floats  # [J]
    option: Ints  # [J]
    sub: Ints  # [J]
    saved_bytes: Floats  # [J] off-chip bytes spared because activations stayed on chip
    order: Ints  # [J] jobs in the order in which they were considered
    unstalled_s: Floats  # [J] what each would have taken with all the bandwidth its ports carry
    event_s: Floats  # [events] ends of the intervals between events
    event_bytes: Floats  # [events, memory groups] bytes carried in each
    makespan_s: float
    period_s: float  # steady period of the rounds; the makespan where there is one round
    energy_j: float  # dynamic terms only
    busy_core_s: Floats  # [subs] core-seconds occupied
    compute_core_s: Floats  # [subs] of them: computing
    stall_core_s: Floats  # [subs] of them: slowed by sharing off-chip bandwidth; the rest waits for ports and links

    @property
    def stall_s(self) -> Floats:
        """[J] duration beyond the unstalled time."""
        return np.maximum(0.0, self.end_s - self.start_s - self.unstalled_s)


def simulate(
    problem: Problem,
    *,
    forced_sub: Sequence[int] | Ints | None = None,
    forced_option: Sequence[int] | Ints | None = None,
    priority: Sequence[float] | Floats | None = None,
    proportional: bool = False,
) -> Schedule:
    """Schedule the jobs of `problem` on its one design.

    forced_sub, forced_option: per job, ANY where the scheduler chooses; a forced option needs its sub-accelerator.
    priority: per job, lower first, ties in canonical order; replaces the upward rank. proportional: MAGMA's sharing.
    Raises ValueError if some job can never run.
    """
    jobs = len(problem.jobs.klass)
    forced = bindings(
        problem,
        None if forced_sub is None else np.asarray(forced_sub, np.int32).reshape(1, -1),
        None if forced_option is None else np.asarray(forced_option, np.int32).reshape(1, -1),
        None if priority is None else np.asarray(priority, np.float64).reshape(1, -1),
    )
    totals, per_job = (
        _per_design(1, len(problem.designs.cores)),
        _per_job(jobs, 2 * jobs, len(problem.designs.group_bandwidth)),
    )
    works = _works(problem)
    simulate_batch(0, 1, *problem, forced, proportional, totals, per_job, works)
    makespan = float(totals.makespan_s[0])
    if np.isnan(makespan):
        raise ValueError(
            "some jobs can never run: their predecessors form a cycle, or the option or sub-accelerator "
            "they are bound to needs more cores than there are"
        )
    options = problem.options
    option, sub = works.where[per_job.work, OPTION], works.where[per_job.work, SUB]
    unstalled = options.unstalled_s[option]
    for j in np.flatnonzero(per_job.saved):
        unstalled[j] = unstalled_kept(options, option[j], per_job.saved[j])
    events = int(np.searchsorted(per_job.event_s, makespan, side="right"))
    return Schedule(
        per_job.start,
        per_job.end,
        option,
        sub,
        per_job.saved,
        per_job.order,
        unstalled,
        per_job.event_s[:events],
        per_job.event_bytes[:events],
        makespan,
        float(totals.period_s[0]),
        float(totals.energy_j[0]),
        totals.busy_core_s,
        totals.compute_core_s,
        totals.stall_core_s,
    )


def simulate_many(
    problem: Problem, *, forced: Bindings | None = None, proportional: bool = False, threads: int = 1
) -> PerDesign:
    """Totals of all designs of `problem`; NaN where jobs can never run. The result does not depend on `threads`."""
    designs, jobs = len(problem.designs.alpha), len(problem.jobs.klass)
    totals = _per_design(designs, len(problem.designs.cores))
    bound = bindings(problem) if forced is None else forced

    def part(first: int, last: int) -> None:
        simulate_batch(first, last, *problem, bound, proportional, totals, _per_job(jobs), _works(problem))

    in_parts(part, designs, threads)
    return totals


def bindings(
    problem: Problem, sub: Ints | None = None, option: Ints | None = None, priority: Floats | None = None
) -> Bindings:
    """Checked bindings of [D, J] jobs; None: nothing bound.

    Raises ValueError if an option is not one of its job's on its sub-accelerator: the kernel would take it blindly.
    """
    designs, subs_of = problem.designs, np.diff(problem.designs.sub_start)
    expected = (len(designs.alpha), len(problem.jobs.klass))
    for name, values in (("sub", sub), ("option", option), ("priority", priority)):
        if values is not None and values.shape != expected:
            raise ValueError(f"bindings of {name} must have one entry for each design and job, shape {expected}")
    if option is not None and sub is None:
        raise ValueError("a forced option needs the sub-accelerator it lies on")
    none = np.zeros((0, 0), np.int32)
    order = np.zeros((0, 0)) if priority is None else np.ascontiguousarray(priority, np.float64)
    if sub is None:
        return Bindings(none, none, order)
    on_option = np.full(expected, ANY, np.int32) if option is None else np.ascontiguousarray(option, np.int32)
    bad = (sub < ANY) | (sub >= subs_of[:, None]) | ((on_option != ANY) & (sub == ANY))
    entry = designs.sub_start[:-1, None] + np.where(bad | (sub < 0), 0, sub)
    configuration = designs.configuration[entry]
    shape = problem.jobs.class_shape[problem.jobs.klass]
    low, high = problem.options.start[configuration, shape], problem.options.start[configuration, shape + 1]
    bad |= (on_option != ANY) & ((on_option < low) | (on_option >= high))
    bad |= (on_option != ANY) & (problem.options.cores[np.where(bad, 0, on_option)] > designs.cores[entry])
    if bad.any():
        d, j = (int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"job {j} is bound to option {on_option[d, j]} on sub-accelerator {sub[d, j]} of {subs_of[d]}; "
            f"its options there are those of {low[d, j]} to {high[d, j] - 1} with at most "
            f"{designs.cores[entry[d, j]]} cores"
        )
    return Bindings(np.ascontiguousarray(sub, np.int32), on_option, order)


def _per_design(designs: int, subs: int) -> PerDesign:
    return PerDesign(*(np.zeros(designs) for _ in range(3)), *(np.zeros(subs) for _ in range(3)))


def _per_job(jobs: int, events: int = 0, groups: int = 0) -> PerJob:
    whole = np.zeros((2, jobs), np.int32)
    times = np.zeros((3, jobs))
    return PerJob(times[0], times[1], whole[0], times[2], whole[1], np.zeros(events), np.zeros((events, groups)))


def _works(problem: Problem) -> Works:
    """Room for a work per entry of a design's look-up table and one per job."""
    designs = problem.designs
    widest = int(np.add.reduceat(designs.cores + 1, designs.sub_start[:-1]).max(initial=0))
    return empty_works(len(problem.jobs.class_shape) * widest + len(problem.jobs.klass))
