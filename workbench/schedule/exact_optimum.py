"""The shortest schedule of a small problem by branch and bound: what the list scheduler is measured against.

Every schedule is tried whose jobs start at time 0 or when another job ends, on any allowed option, waiting included.
Without contention for bandwidth some such schedule is optimal (starts can be moved earlier one by one); with it the
answer is the best schedule that decides at events, as every schedule here does.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import allocating_kernel, kernel
from workbench.schedule.bandwidth import share_bandwidth
from workbench.schedule.order import rank_order
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays, OptionArrays, Problem, best_alone_s
from workbench.schedule.schedule import simulate
from workbench.schedule.simulate import WORK_LEFT

MOST_JOBS = 12
MOST_SUBS = 3
WAITING, RUNNING, DONE = 0, 1, 2  # a job's state
SLACK = 1e-9  # relative; a branch must promise more than this over the best schedule known


@dataclass(frozen=True)
class Optimum:
    """The least makespan found; `proven` unless the search ran out of nodes."""

    makespan_s: float
    proven: bool
    nodes: int


def exact_optimum(problem: Problem, most_nodes: int = 20_000_000) -> Optimum:
    """Least makespan of at most 12 jobs on at most 3 sub-accelerators, max–min sharing.

    Raises ValueError for larger problems and for two-phase jobs, which it does not model.
    """
    jobs, options, designs = problem
    count = len(jobs.klass)
    if count > MOST_JOBS or len(designs.cores) > MOST_SUBS:
        raise ValueError(
            f"the exact optimum is for at most {MOST_JOBS} jobs on {MOST_SUBS} sub-accelerators, "
            f"found {count} on {len(designs.cores)}"
        )
    if options.load_bytes.any():
        raise ValueError("the exact optimum does not model separate weight loads: set LOAD_BYTES to 0")
    rank, rows = np.zeros(count), np.zeros(count, np.int32)
    best = best_alone_s(problem).min(axis=0)
    whole = jobs._replace(block_start=np.array([0, count], np.int32), block_layers=np.array([count], np.int32))
    rank_order(whole, best, rank, rows, rows.copy(), rows.copy())
    known = np.array([simulate(problem).makespan_s, 0.0])
    ways = _ways(problem)
    _search(jobs, options, designs, ways, rank, known, most_nodes)
    return Optimum(float(known[0]), bool(known[1] < most_nodes), int(known[1]))


class Ways(NamedTuple):
    """Each job's allowed options: entries start[j]:start[j + 1], and the least of what any of them needs."""

    start: Ints  # [J + 1]
    sub: Ints
    option: Ints
    least_core_s: Floats  # [J]
    least_bytes: Floats  # [J]


def _ways(problem: Problem) -> Ways:
    jobs, options, designs = problem
    start, sub, option = [0], [], []
    core_s, moved = [], []
    for c in jobs.klass:
        shape, group = jobs.class_shape[c], jobs.class_group[c]
        mine = []
        for s, k in enumerate(designs.configuration):
            for o in range(options.start[k, shape], options.start[k, shape + 1]):
                if designs.allowed[s, group] and options.cores[o] <= designs.cores[s]:
                    mine.append(o)
                    sub.append(s)
        option += mine
        start.append(len(option))
        core_s.append((options.cores[mine] * options.unstalled_s[mine]).min())
        moved.append(options.bytes[mine].min())
    i32 = np.int32
    return Ways(np.array(start, i32), np.array(sub, i32), np.array(option, i32), np.array(core_s), np.array(moved))


@kernel
def _bound(
    status: Ints, left: Floats, chosen: Ints, options: OptionArrays, designs: DesignArrays, ways: Ways, rank: Floats
) -> float:
    """No schedule ends sooner than this after the state: longest path, core-seconds and bytes; −1 if all is done."""
    unfinished = False
    path, work, moved = 0.0, 0.0, 0.0
    for j in range(len(rank)):
        if status[j] == WAITING:
            unfinished = True
            path = max(path, rank[j])
            work += ways.least_core_s[j]
            moved += ways.least_bytes[j]
        elif status[j] == RUNNING:
            unfinished = True
            o = chosen[j]
            path = max(path, left[j] * options.unstalled_s[o])
            work += left[j] * options.cores[o] * options.unstalled_s[o]
            moved += left[j] * options.bytes[o]
    if not unfinished:
        return -1.0
    return float(max(path, work / designs.cores.sum(), moved / designs.group_bandwidth.sum()))


@allocating_kernel
def _advance(
    status: Ints,
    left: Floats,
    free: Ints,
    chosen: Ints,
    where: Ints,
    waits: Ints,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
) -> float:
    """Run to the next event, in place; the time it takes."""
    most = len(status)
    slot, sub, memory = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    lasts, demand, rate, level = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    n = 0
    for j in range(most):
        if status[j] == RUNNING:
            o, s = chosen[j], where[j]
            bandwidth = designs.group_bandwidth[designs.memory_group[s]]
            reach = min(options.rate_limit[o], designs.bandwidth_cap[s], bandwidth)
            slot[n], sub[n], memory[n] = j, s, designs.memory_group[s]
            lasts[n] = max(options.unstalled_s[o], options.bytes[o] / reach)
            demand[n] = options.bytes[o] / lasts[n] if lasts[n] > 0.0 else 0.0
            n += 1
    cap, bandwidth_of = designs.bandwidth_cap, designs.group_bandwidth
    share_bandwidth(n, demand, sub, memory, 0, len(designs.cores), cap, bandwidth_of, False, rate, level)
    step = np.inf
    for k in range(n):
        step = min(step, left[slot[k]] * lasts[k] / rate[k])
    for k in range(n):
        j = slot[k]
        remains = left[j] * lasts[k] - step * rate[k]
        if remains <= WORK_LEFT * lasts[k]:
            status[j] = DONE
            free[sub[k]] += options.cores[chosen[j]]
            for e in range(jobs.successor_start[j], jobs.successor_start[j + 1]):
                waits[jobs.successor[e]] -= 1
        else:
            left[j] = remains / lasts[k]
    return step


@allocating_kernel
def _search(
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    ways: Ways,
    rank: Floats,
    known: Floats,
    most_nodes: int,
) -> None:
    """Depth first with a stack: each level starts one more job at its instant or runs to the next event.

    known: [best makespan, nodes], updated. Within an instant jobs are started in ascending order only.
    """
    count = len(rank)
    levels = 2 * count + 2  # every level starts a job or ends one
    status = np.zeros((levels, count), np.int32)
    left = np.ones((levels, count))
    free = np.zeros((levels, len(designs.cores)), np.int32)
    waits = np.zeros((levels, count), np.int32)
    now = np.zeros(levels)
    next_way = np.zeros(levels, np.int32)  # the entry of `ways` to try next
    ran = np.zeros(levels, np.int32)  # 1: running to the next event has been tried too
    chosen = np.zeros((levels, count), np.int32)
    where = np.zeros((levels, count), np.int32)
    free[0] = designs.cores
    waits[0] = jobs.predecessors
    job_of = np.empty(len(ways.option), np.int32)
    for j in range(count):
        job_of[ways.start[j] : ways.start[j + 1]] = j
    level = 0
    fresh = True
    while level >= 0 and known[1] < most_nodes:
        if fresh:
            known[1] += 1
            fresh = False
            bound = _bound(status[level], left[level], chosen[level], options, designs, ways, rank)
            if bound < 0.0:
                known[0] = min(known[0], now[level])
            if bound < 0.0 or now[level] + bound >= known[0] * (1.0 - SLACK):
                level -= 1
                continue
        w = next_way[level]
        while w < len(job_of):
            j = job_of[w]
            fits = options.cores[ways.option[w]] <= free[level, ways.sub[w]]
            if status[level, j] == WAITING and waits[level, j] == 0 and fits:
                break
            w += 1
        starting = w < len(job_of)
        if not starting and (ran[level] == 1 or not (status[level] == RUNNING).any()):
            level -= 1
            continue
        deeper = level + 1
        status[deeper] = status[level]
        left[deeper] = left[level]
        free[deeper] = free[level]
        waits[deeper] = waits[level]
        chosen[deeper] = chosen[level]
        where[deeper] = where[level]
        now[deeper] = now[level]
        next_way[deeper] = 0
        ran[deeper] = 0
        if starting:
            j, s = job_of[w], ways.sub[w]
            next_way[level] = w + 1
            next_way[deeper] = ways.start[j + 1]
            status[deeper, j] = RUNNING
            chosen[deeper, j] = ways.option[w]
            where[deeper, j] = s
            free[deeper, s] -= options.cores[ways.option[w]]
        else:
            next_way[level] = w
            ran[level] = 1
            now[deeper] += _advance(
                status[deeper], left[deeper], free[deeper], chosen[deeper], where[deeper], waits[deeper],
                jobs, options, designs,
            )  # fmt: skip
        level = deeper
        fresh = True
