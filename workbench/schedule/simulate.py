"""The list scheduler and event simulation in one compiled pass (docs/model-schedule.md §1–§4).

At each event: finish every job with at most 1e-12 of its work left; then, in rank order, start each ready job on the
free option of least t·(cores·size)^alpha. Between events off-chip bandwidth is shared and every running job proceeds at
a constant rate.
"""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import kernel
from workbench.schedule.bandwidth import share_bandwidth
from workbench.schedule.choices import Choices, choose_on, fill_choices
from workbench.schedule.order import rank_order, sort_stable
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays, OptionArrays

WORK_LEFT = 1e-12  # share of a phase's work below which it counts as finished (formulation §3.4)


class Bindings(NamedTuple):
    """What is fixed for each design and job, [D, J], or [0, 0] where nothing is."""

    sub: Ints  # sub-accelerator, −1: any
    option: Ints  # row of OptionArrays, −1: any; given together with `sub`
    priority: Floats  # lower starts first, ties in canonical order; replaces the upward rank


class PerJob(NamedTuple):
    """Results per job [J]."""

    start: Floats
    end: Floats
    option: Ints  # row of OptionArrays
    sub: Ints  # within the design
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
def unstalled_kept(options: OptionArrays, o: int, saved: float) -> float:
    """Unstalled time of option o when `saved` of its bytes stay on chip: its port time shrinks in proportion."""
    if saved <= 0.0:
        return float(options.unstalled_s[o])
    others = max(options.compute_s[o], options.ring_s[o])
    port = options.port_s[o] * (1.0 - saved / options.bytes[o])
    return float(options.unstalled_s[o] - (max(others, options.port_s[o]) - max(others, port)))


@kernel
def _kept_option(
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


@kernel
def _run(
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    forced: Bindings,
    proportional: bool,
    table: Choices,
    per_job: PerJob,
) -> float:
    """Run all jobs in `per_job.order`, fill `per_job`, return the makespan: NaN if jobs are left that cannot run."""
    start, end, option, sub, saved, order, event_s, event_bytes = per_job
    forced_sub, forced_option = forced.sub, forced.option
    choice, cost, table_start = table.option, table.cost, table.table_start
    count = len(order)
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    width = table_start[subs]
    free = np.empty(subs, np.int32)
    slots = 0
    for s in range(subs):
        free[s] = designs.cores[first + s]
        slots += free[s]
    free_total = slots
    slot_job = np.empty(slots, np.int32)
    slot_sub = np.empty(slots, np.int32)
    slot_group = np.empty(slots, np.int32)
    loading = np.empty(slots, np.uint8)
    left = np.empty(slots)  # seconds at full speed to the end of the phase
    done_at = np.empty(slots)  # what may be left of the phase when it counts as finished
    demand = np.empty(slots)  # bytes/s at full speed
    rest = np.empty(slots)  # seconds at full speed of the phase after the load
    rest_demand = np.empty(slots)
    rate = np.empty(slots)
    level = np.empty(slots)
    position = np.empty(count, np.int32)
    pending = np.empty(count, np.int32)
    ready = np.empty(count, np.int32)
    keep_option = np.empty(count, np.int32)  # option that a chained consumer takes, -1: not chained
    entering = np.empty(slots, np.int32)  # slots whose job starts now
    ready_count = 0
    for p in range(count):
        position[order[p]] = p
    for p in range(count):
        job = order[p]
        pending[job] = jobs.predecessors[job]
        keep_option[job] = -1
        saved[job] = 0.0
        if pending[job] == 0:
            ready[ready_count] = p
            ready_count += 1
    any_forced = len(forced_sub) > 0
    n = 0
    entered = 0
    now = 0.0
    finished = 0
    events = 0
    event_s[:] = np.nan
    full = True
    while finished < count:
        if free_total > 0 and ready_count > 0:
            kept = 0
            i = 0
            while i < ready_count:
                p = ready[i]
                i += 1
                job = order[p]
                row = jobs.klass[job] * width
                pick, pick_sub, least = -1, -1, np.inf
                wanted_sub = forced_sub[design, job] if any_forced else -1
                if wanted_sub < 0:
                    for s in range(subs):
                        at = row + table_start[s] + free[s]
                        value = cost[at]
                        if value < least or (
                            value == least and pick >= 0 and options.cores[choice[at]] < options.cores[pick]
                        ):
                            least, pick, pick_sub = value, choice[at], s
                elif forced_option[design, job] < 0:
                    pick = choose_on(wanted_sub, design, jobs.klass[job], free, jobs, options, designs, table)
                    pick_sub = wanted_sub
                elif options.cores[forced_option[design, job]] <= free[wanted_sub]:
                    pick, pick_sub = forced_option[design, job], wanted_sub
                if pick < 0:
                    ready[kept] = p
                    kept += 1
                    continue
                option[job] = pick
                sub[job] = pick_sub
                free[pick_sub] -= options.cores[pick]
                free_total -= options.cores[pick]
                slot_job[n] = job
                slot_sub[n] = pick_sub
                slot_group[n] = designs.memory_group[first + pick_sub]
                entering[entered] = n
                entered += 1
                n += 1
                if free_total == 0:
                    break
            if kept < i:
                while i < ready_count:
                    ready[kept] = ready[i]
                    kept += 1
                    i += 1
            ready_count = kept
        for entry in range(entered):
            k = entering[entry]
            job = slot_job[k]
            s = slot_sub[k]
            o = option[job]
            start[job] = now
            if jobs.chain[job] >= 0 and designs.keep_bytes[first + s] > 0.0:
                twin = _kept_option(job, s, design, jobs, options, designs, forced, o)
                if twin >= 0:
                    keep_option[job] = twin
                    saved[job] += options.output_bytes[o]
                    saved[jobs.chain[job]] = options.input_bytes[twin]
            limit = options.rate_limit[o]
            bandwidth = designs.group_bandwidth[slot_group[k]]
            reach = min(limit, bandwidth, designs.bandwidth_cap[first + s])
            if proportional:
                reach = limit
            load = options.load_bytes[o]
            after = max(0.0, options.bytes[o] - saved[job] - load)
            load_s = load / min(reach, bandwidth)
            rest_s = max(0.0, unstalled_kept(options, o, saved[job]) - load / limit)
            rest[k] = max(rest_s, after / reach)
            if rest[k] == 0.0:
                rest[k] = after / bandwidth
            rest_demand[k] = after / rest[k] if rest[k] > 0.0 else 0.0
            if load_s > 0.0:
                loading[k] = 1
                left[k] = load_s
                demand[k] = load / load_s
            else:
                loading[k] = 0
                left[k] = rest[k]
                demand[k] = rest_demand[k]
            done_at[k] = WORK_LEFT * left[k]
        entered = 0
        if n == 0:
            return np.nan
        full = share_bandwidth(n, demand, slot_sub, slot_group, first, subs, designs, proportional, rate, level)
        step = np.inf
        if full:
            for k in range(n):
                step = min(step, left[k])
        else:
            for k in range(n):
                step = min(step, left[k] / rate[k])
        now += step
        if len(event_s) > 0:
            event_s[events] = now
            event_bytes[events] = 0.0
            for k in range(n):
                event_bytes[events, slot_group[k]] += demand[k] * rate[k] * step
            events += 1
        kept = 0
        for k in range(n):
            remains = left[k] - step * rate[k]
            if remains <= done_at[k]:
                job = slot_job[k]
                s = slot_sub[k]
                if loading[k]:
                    loading[k] = 0
                    remains = rest[k]
                    demand[k] = rest_demand[k]
                    done_at[k] = WORK_LEFT * remains
                else:
                    end[job] = now
                    finished += 1
                    if keep_option[job] >= 0:
                        follower = jobs.chain[job]
                        option[follower] = keep_option[job]
                        sub[follower] = s
                        slot_job[kept] = follower
                        slot_sub[kept] = s
                        slot_group[kept] = slot_group[k]
                        entering[entered] = kept
                        entered += 1
                        kept += 1
                        continue
                    cores = options.cores[option[job]]
                    free[s] += cores
                    free_total += cores
                    for e in range(jobs.successor_start[job], jobs.successor_start[job + 1]):
                        follower = jobs.successor[e]
                        pending[follower] -= 1
                        if pending[follower] == 0:
                            p = position[follower]
                            at = ready_count
                            while at > 0 and ready[at - 1] > p:
                                ready[at] = ready[at - 1]
                                at -= 1
                            ready[at] = p
                            ready_count += 1
                    continue
            left[kept] = remains
            if kept != k:
                slot_job[kept] = slot_job[k]
                slot_sub[kept] = slot_sub[k]
                slot_group[kept] = slot_group[k]
                loading[kept] = loading[k]
                done_at[kept] = done_at[k]
                demand[kept] = demand[k]
                rest[kept] = rest[k]
                rest_demand[kept] = rest_demand[k]
            kept += 1
        n = kept
    return now


@kernel
def _add_up(
    d: int, jobs: JobArrays, options: OptionArrays, designs: DesignArrays, totals: PerDesign, per_job: PerJob
) -> None:
    """Fill design d's totals from its jobs."""
    first, last = designs.sub_start[d], designs.sub_start[d + 1]
    for s in range(first, last):
        totals.busy_core_s[s] = 0.0
        totals.compute_core_s[s] = 0.0
        totals.stall_core_s[s] = 0.0
    energy = 0.0
    totals.period_s[d] = totals.makespan_s[d]
    if np.isnan(totals.makespan_s[d]):
        totals.energy_j[d] = np.nan
        return
    for j in range(len(per_job.start)):
        o, s = per_job.option[j], first + per_job.sub[j]
        cores, lasts = options.cores[o], per_job.end[j] - per_job.start[j]
        alone = max(options.compute_s[o], unstalled_kept(options, o, per_job.saved[j]))
        totals.busy_core_s[s] += cores * lasts
        totals.compute_core_s[s] += cores * min(lasts, options.compute_s[o])
        totals.stall_core_s[s] += cores * max(0.0, lasts - alone)
        energy += options.energy_j[o]
        if per_job.saved[j] > 0.0:
            energy -= options.off_chip_j[o] * per_job.saved[j] / options.bytes[o]
    totals.energy_j[d] = energy
    if jobs.rounds > 1:
        first_round = per_job.end[: len(per_job.end) // jobs.rounds].max()
        last_round = per_job.end[-(len(per_job.end) // jobs.rounds) :].max()
        totals.period_s[d] = (last_round - first_round) / (jobs.rounds - 1)


@kernel
def simulate_batch(
    first_design: int,
    last_design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    forced: Bindings,
    proportional: bool,
    totals: PerDesign,
    per_job: PerJob,
) -> None:
    """Simulate designs first_design … last_design − 1 on the same jobs; fills their `totals`, and leaves the last
    design's jobs in `per_job`.
    """
    count = len(jobs.klass)
    classes = len(jobs.class_shape)
    total_bandwidth = designs.group_bandwidth.sum()
    widest, most_subs, most_options = 0, 0, 0
    for d in range(first_design, last_design):
        first, last = designs.sub_start[d], designs.sub_start[d + 1]
        widest = max(widest, designs.cores[first:last].sum() + last - first)
        most_subs = max(most_subs, last - first)
    for k in range(len(options.start)):
        for shape in range(options.start.shape[1] - 1):
            most_options = max(most_options, options.start[k, shape + 1] - options.start[k, shape])
    table = Choices(
        np.zeros(most_subs + 1, np.int32),
        np.empty(classes * widest, np.int32),
        np.empty(classes * widest),
        np.empty(classes),
        np.empty(widest),
        np.empty(most_options * most_subs),
    )
    rank = np.empty(count)
    rows = np.empty(count, np.int32)
    spare = np.empty(count, np.int32)
    for d in range(first_design, last_design):
        fill_choices(d, jobs, options, designs, total_bandwidth, table)
        if len(forced.priority):
            for j in range(count):
                rank[j] = -forced.priority[d, j]
                per_job.order[j] = j
            sort_stable(rank, per_job.order, spare, count)
        else:
            rank_order(jobs, table.best, rank, rows, spare, per_job.order)
        totals.makespan_s[d] = _run(d, jobs, options, designs, forced, proportional, table, per_job)
        _add_up(d, jobs, options, designs, totals, per_job)
