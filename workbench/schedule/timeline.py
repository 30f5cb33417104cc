"""What a schedule looks like: numbered cores, every idle interval with its reason, and core time that adds up.

Reasons (docs/model-schedule.md §5), for a core idle on sub-accelerator s at some moment:
head of line — a job that may run on s is ready and waits; dependency — jobs that may run on s are still to come, but
all of them wait for others; no work — nothing that may run on s is left to start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.schedule.numbering import number_cores
from workbench.schedule.problem import Floats, Ints, Problem, best_alone_s
from workbench.schedule.schedule import ANY, Schedule


class Idle(StrEnum):
    """Why a core has nothing to do."""

    DEPENDENCY = "dependency"
    HEAD_OF_LINE = "head of line"
    NO_WORK = "no work"


@dataclass(frozen=True, slots=True)
class Bar:
    """One job on numbered cores of its sub-accelerator."""

    job: int
    sub: int
    cores: tuple[int, ...]
    start_s: float
    end_s: float
    stall_s: float


@dataclass(frozen=True, slots=True)
class IdleInterval:
    """One core with nothing to do."""

    sub: int
    core: int
    start_s: float
    end_s: float
    reason: Idle


@dataclass(frozen=True, slots=True)
class CoreTime:
    """Core-seconds of one sub-accelerator; the parts add up to cores × makespan."""

    compute_s: float
    port_s: float  # waiting for the cores' own ports, links and overheads
    stall_s: float  # slowed by other jobs' off-chip traffic
    dependency_s: float
    head_of_line_s: float
    no_work_s: float

    @property
    def total_s(self) -> float:
        """All parts together."""
        return self.compute_s + self.port_s + self.stall_s + self.dependency_s + self.head_of_line_s + self.no_work_s


@dataclass(frozen=True)
class Bandwidth:
    """Off-chip bytes/s of each memory group between event times; interval i is time_s[i]:time_s[i + 1]."""

    time_s: Floats  # [intervals + 1]
    bytes_per_s: Floats  # [intervals, memory groups]


def core_times(problem: Problem, schedule: Schedule, forced_sub: Ints | None = None) -> list[CoreTime]:
    """Core time of each sub-accelerator. `forced_sub`: as given to `simulate`."""
    time, idle, reason = _idle(problem, schedule, forced_sub)
    lasts = np.diff(time)
    parts = []
    for s in range(len(problem.designs.cores)):
        by_reason = [float(np.sum(lasts * idle[s], where=reason[s] == r)) for r in range(3)]
        port = schedule.busy_core_s[s] - schedule.compute_core_s[s] - schedule.stall_core_s[s]
        compute, stall = float(schedule.compute_core_s[s]), float(schedule.stall_core_s[s])
        parts.append(CoreTime(compute, max(0.0, float(port)), stall, *by_reason))
    return parts


def idle_intervals(
    problem: Problem, schedule: Schedule, bars: list[Bar], forced_sub: Ints | None = None
) -> list[IdleInterval]:
    """Every idle interval of every core by (sub-accelerator, core, time); neighbours of one reason are joined."""
    time, _, reason = _idle(problem, schedule, forced_sub)
    kinds = tuple(Idle)
    busy: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for bar in bars:
        for core in bar.cores:
            busy.setdefault((bar.sub, core), []).append((bar.start_s, bar.end_s))
    found = []
    for s, cores in enumerate(problem.designs.cores):
        for core in range(cores):
            for start, end in _gaps(sorted(busy.get((s, core), [])), schedule.makespan_s):
                first, last = np.searchsorted(time, (start, end))
                codes = reason[s, first:last]
                cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1), len(codes)]
                for a, b in pairwise(cuts):
                    here = kinds[codes[a]]
                    found.append(IdleInterval(s, core, float(time[first + a]), float(time[first + b]), here))
    return found


@dataclass(frozen=True)
class Numbering:
    """Which cores the jobs take. Job j's cores, numbered within its sub-accelerator: taken[taken_start[j]:…[j + 1]].

    busy_s: seconds per core; those of sub-accelerator s are lane_start[s]:lane_start[s + 1]. `order`: jobs by start.
    """

    order: Ints  # [J]
    taken_start: Ints  # [J + 1]
    taken: Ints
    lane_start: Ints  # [subs + 1]
    busy_s: Floats

    def cores_of(self, job: int) -> tuple[int, ...]:
        """The cores of one job."""
        return tuple(self.taken[self.taken_start[job] : self.taken_start[job + 1]].tolist())


def numbering(problem: Problem, schedule: Schedule) -> Numbering:
    """Every job on the lowest free cores of its sub-accelerator.

    A job that reads its input from the cores of the job before keeps those cores. Jobs that take no time get the lowest
    free cores too, or share cores where none is free at that instant.
    """
    start, end, sub = schedule.start_s, schedule.end_s, schedule.sub
    count = len(start)
    cores = np.ascontiguousarray(problem.options.cores[schedule.option])
    place = np.empty(count, np.int32)
    place[schedule.order] = np.arange(count, dtype=np.int32)
    inherits = np.full(count, -1, np.int32)
    before = np.flatnonzero(problem.jobs.chain >= 0).astype(np.int32)
    after = problem.jobs.chain[before]
    saved = schedule.saved_bytes
    kept = (saved[after] > 0) & (end[before] == start[after]) & (saved[before] > 0)
    inherits[after[kept]] = before[kept]
    by_start = np.lexsort((place, end == start, inherits < 0, start)).astype(np.int32)
    lane_start = np.concatenate(([0], np.cumsum(problem.designs.cores))).astype(np.int32)
    taken_start = np.concatenate(([0], np.cumsum(cores))).astype(np.int32)
    taken = np.zeros(int(taken_start[-1]), np.int32)
    busy_s = np.zeros(int(lane_start[-1]))
    number_cores(by_start, start, end, sub, cores, inherits, lane_start, taken_start, taken, busy_s)
    return Numbering(np.lexsort((place, start)).astype(np.int32), taken_start, taken, lane_start, busy_s)


def bars(problem: Problem, schedule: Schedule, numbers: Numbering | None = None) -> list[Bar]:
    """Jobs by start time on numbered cores; `numbers`: what `numbering` gave, where it is known already."""
    numbers = numbers or numbering(problem, schedule)
    stall = schedule.stall_s
    return [
        Bar(
            int(j), int(schedule.sub[j]), numbers.cores_of(j), float(schedule.start_s[j]), float(schedule.end_s[j]),
            float(stall[j]),
        )
        for j in numbers.order
    ]  # fmt: skip


def bandwidth_in_use(schedule: Schedule) -> Bandwidth:
    """Off-chip bandwidth over time; intervals of no length are left out."""
    time = np.concatenate(([0.0], schedule.event_s))
    lasts = np.diff(time)
    some = lasts > 0
    return Bandwidth(
        np.concatenate(([0.0], schedule.event_s[some])), schedule.event_bytes[some] / lasts[some, np.newaxis]
    )


def _gaps(busy: list[tuple[float, float]], until: float) -> Iterator[tuple[float, float]]:
    """Stretches of [0, until] not covered by the sorted intervals `busy`."""
    now = 0.0
    for start, end in busy:
        if start > now:
            yield now, start
        now = max(now, end)
    if now < until:
        yield now, until


def _idle(
    problem: Problem, schedule: Schedule, forced_sub: Ints | None
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Event times [T + 1]; per sub-accelerator and interval [subs, T]: idle cores and the reason's place in Idle."""
    time = np.unique(np.concatenate(([0.0], schedule.start_s, schedule.end_s)))
    starts, ends = np.searchsorted(time, schedule.start_s), np.searchsorted(time, schedule.end_s)
    ready = np.searchsorted(time, ready_s(problem, schedule))
    cores = problem.options.cores[schedule.option]
    usable = _usable(problem, forced_sub)
    points = len(time)
    idle = np.zeros((len(usable), points - 1), np.int64)
    reason = np.zeros((len(usable), points - 1), np.int64)
    kinds = tuple(Idle)
    for s, may in enumerate(usable):
        here = schedule.sub == s
        begun = np.bincount(starts[here], cores[here], points) - np.bincount(ends[here], cores[here], points)
        idle[s] = problem.designs.cores[s] - np.rint(np.cumsum(begun)[:-1]).astype(np.int64)
        not_started = np.count_nonzero(may) - np.cumsum(np.bincount(starts[may], minlength=points))[:-1]
        not_ready = np.count_nonzero(may) - np.cumsum(np.bincount(ready[may], minlength=points))[:-1]
        reason[s] = np.where(
            not_started > not_ready,
            kinds.index(Idle.HEAD_OF_LINE),
            np.where(not_ready > 0, kinds.index(Idle.DEPENDENCY), kinds.index(Idle.NO_WORK)),
        )
    return time, idle, reason


def ready_s(problem: Problem, schedule: Schedule) -> Floats:
    """[J] when the last of each job's predecessors ended; 0 without predecessors."""
    ready = np.zeros(len(schedule.start_s))
    producer = np.repeat(np.arange(len(ready)), np.diff(problem.jobs.successor_start))
    np.maximum.at(ready, problem.jobs.successor, schedule.end_s[producer])
    return ready


def last_predecessor(problem: Problem, schedule: Schedule) -> Ints:
    """[J] the predecessor that each job waited for longest; −1 without predecessors."""
    ready = ready_s(problem, schedule)
    producer = np.repeat(np.arange(len(ready), dtype=np.int32), np.diff(problem.jobs.successor_start))
    last = schedule.end_s[producer] == ready[problem.jobs.successor]
    found = np.full(len(ready), -1, np.int32)
    found[problem.jobs.successor[last]] = producer[last]
    return found


def _usable(problem: Problem, forced_sub: Ints | None) -> NDArray[np.bool_]:
    """[subs, J] whether the job may run on the sub-accelerator: isolation, theta and bindings all allow it."""
    jobs, designs = problem.jobs, problem.designs
    least = best_alone_s(problem)
    allowed = least <= max(1.0, float(designs.theta[0])) * least.min(axis=0)
    may: NDArray[np.bool_] = (allowed & np.isfinite(least))[:, jobs.klass]
    if forced_sub is not None:
        bound = np.asarray(forced_sub)
        may = np.where(bound == ANY, may, np.arange(len(least))[:, np.newaxis] == bound)
    return may
