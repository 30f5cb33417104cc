"""Running the simulator: one design with its jobs' times, or many designs' totals on several threads."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.schedule.problem import Floats, Ints, Problem
from workbench.schedule.simulate import simulate_batch

ANY = -1  # no sub-accelerator or option is forced

_NO_INTS = np.zeros((0, 0), np.int32)
_NO_FLOATS = np.zeros((0, 0))


@dataclass(frozen=True)
class Schedule:
    """When and where each of J jobs runs, and totals. `option` is a row of OptionArrays, `sub` a sub-accelerator."""

    start_s: Floats  # [J]
    end_s: Floats  # [J]
    option: Ints  # [J]
    sub: Ints  # [J]
    saved_bytes: Floats  # [J] off-chip bytes spared because activations stayed on chip
    order: Ints  # [J] jobs in the order in which they were considered
    makespan_s: float
    energy_j: float  # dynamic terms only
    busy_core_s: Floats  # [subs] core-seconds occupied
    compute_core_s: Floats  # [subs] of them: computing
    stall_core_s: Floats  # [subs] of them: slowed by sharing off-chip bandwidth; the rest waits for ports and links

    def stall_s(self, problem: Problem) -> Floats:
        """Per job: duration beyond its unstalled time (an upper bound of it where activations stayed on chip)."""
        lasts = self.end_s - self.start_s
        return np.maximum(0.0, lasts - problem.options.unstalled_s[self.option])


@dataclass(frozen=True)
class Totals:
    """Totals of D designs; sub-accelerator entries lie as in DesignArrays. A design that cannot run has NaN."""

    makespan_s: Floats  # [D]
    energy_j: Floats  # [D] dynamic terms only
    busy_core_s: Floats  # [subs]
    compute_core_s: Floats  # [subs]
    stall_core_s: Floats  # [subs]


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
    totals, per_job = _empty(1, len(problem.designs.cores), jobs)
    _check_forced(problem, forced_sub, forced_option)
    simulate_batch(
        0,
        1,
        *problem,
        _rows(forced_sub, np.int32, _NO_INTS),
        _rows(
            forced_option if forced_option is not None or forced_sub is None else np.full(jobs, ANY), np.int32, _NO_INTS
        ),
        _rows(priority, np.float64, _NO_FLOATS),
        proportional,
        *totals,
        *per_job,
    )
    if np.isnan(totals[0][0]):
        raise ValueError(
            "some jobs can never run: their predecessors form a cycle, or the option or sub-accelerator "
            "they are bound to does not exist or needs more cores than there are"
        )
    start, end, option, sub, saved, order = per_job
    makespan, energy, busy, compute, stall = totals
    return Schedule(
        start, end, option, sub, saved, order, float(makespan[0]), float(energy[0]), busy, compute, stall
    )  # fmt: skip


def simulate_many(
    problem: Problem,
    *,
    forced_sub: Ints | None = None,
    forced_option: Ints | None = None,
    priority: Floats | None = None,
    proportional: bool = False,
    threads: int = 1,
) -> Totals:
    """Totals of all designs of `problem`; forced_sub, forced_option and priority are [D, J]. The result does not
    depend on `threads`.
    """
    designs, jobs = len(problem.designs.alpha), len(problem.jobs.klass)
    totals, _ = _empty(designs, len(problem.designs.cores), 0)
    on_sub = _NO_INTS if forced_sub is None else forced_sub
    on_option = np.full(on_sub.shape, ANY, np.int32) if forced_option is None else forced_option
    by = _NO_FLOATS if priority is None else priority

    def part(first: int, last: int) -> None:
        _, per_job = _empty(0, 0, jobs)
        simulate_batch(first, last, *problem, on_sub, on_option, by, proportional, *totals, *per_job)

    cuts = [designs * i // threads for i in range(threads + 1)]
    if threads == 1:
        part(0, designs)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(part, cuts[:-1], cuts[1:]))
    return Totals(*totals)


def _empty(designs: int, subs: int, jobs: int) -> tuple[list[Floats], tuple[Floats, Floats, Ints, Ints, Floats, Ints]]:
    totals = [np.zeros(designs), np.zeros(designs), np.zeros(subs), np.zeros(subs), np.zeros(subs)]
    i32 = np.int32
    return totals, (
        np.zeros(jobs),
        np.zeros(jobs),
        np.zeros(jobs, i32),
        np.zeros(jobs, i32),
        np.zeros(jobs),
        np.zeros(jobs, i32),
    )


def _rows(
    values: Sequence[float] | NDArray[np.generic] | None, kind: type, nothing: NDArray[np.generic]
) -> NDArray[np.generic]:
    return nothing if values is None else np.ascontiguousarray(values, kind).reshape(1, -1)


def _check_forced(
    problem: Problem, forced_sub: Sequence[int] | Ints | None, forced_option: Sequence[int] | Ints | None
) -> None:
    """A forced option must be one of its job's shape on its sub-accelerator: the kernel would take it blindly."""
    if forced_sub is None:
        if forced_option is not None:
            raise ValueError("a forced option needs the sub-accelerator it lies on: give forced_sub as well")
        return
    sub = np.asarray(forced_sub)
    option = np.full(len(sub), ANY) if forced_option is None else np.asarray(forced_option)
    if len(sub) != len(problem.jobs.klass) or len(option) != len(sub):
        raise ValueError(f"forced_sub and forced_option need one entry for each of {len(problem.jobs.klass)} jobs")
    configuration = problem.designs.configuration
    bad = (sub < ANY) | (sub >= len(configuration)) | ((option != ANY) & (sub == ANY))
    shape = problem.jobs.class_shape[problem.jobs.klass]
    config = configuration[np.where(bad | (sub < 0), 0, sub)]
    low, high = problem.options.start[config, shape], problem.options.start[config, shape + 1]
    bad |= (option != ANY) & ((option < low) | (option >= high))
    if bad.any():
        job = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"job {job} is bound to option {int(option[job])} on sub-accelerator {int(sub[job])}; "
            f"there its options are {int(low[job])} to {int(high[job]) - 1}"
        )
