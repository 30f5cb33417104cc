"""The list scheduler and event simulation in one compiled kernel (docs/model-schedule.md §1–§4).

At each event: finish every job with at most 1e-12 of its work left; then, in rank order, start each ready job on the
free option of least t·(cores·size)^alpha. Between events off-chip bandwidth is shared and every running job proceeds at
a constant rate. A second schedule multiplies the costs on each sub-accelerator by its busy share in the first, and jobs
may wait for cores that others will set free; the shorter of the two counts.
"""

import numpy as np

from workbench.cost.kernel import allocating_kernel, kernel
from workbench.schedule.bandwidth import share_bandwidth, share_one
from workbench.schedule.bound import Bindings, group_bound, kept_option
from workbench.schedule.choices import Choices, alone_s, fill_choices, room_to_choose
from workbench.schedule.greedy import start_what_fits
from workbench.schedule.order import rank_order, sort_stable
from workbench.schedule.problem import DesignArrays, Floats, JobArrays, OptionArrays
from workbench.schedule.ready import (
    Groups,
    Ready,
    Started,
    empty_groups,
    fill_fits,
    insert,
    nobody_ready,
    room_for_ready,
    room_to_start,
)
from workbench.schedule.room import Room, room_to_run
from workbench.schedule.totals import PerDesign, PerJob, add_up, period, set_prices
from workbench.schedule.waiting import Waiting, has_ended, is_ready, nobody_waits, room_to_wait, runs, start_or_wait
from workbench.schedule.work import (
    ALONE_S,
    COMPUTE_S,
    CORES,
    ENERGY_J,
    LOAD_DEMAND,
    LOAD_S,
    MEMORY,
    OPTION,
    REST_DEMAND,
    REST_S,
    SPARED_J,
    SUB,
    Works,
    phases,
    unstalled_kept,
)

WORK_LEFT = 1e-12  # share of a phase's work below which it counts as finished (formulation §3.4)
SHORTER = 1e-9  # relative: what a schedule must gain to take the place of the first
GREEDY, PRICED, AGAIN = range(3)  # the schedules of a design; the last repeats the first where its jobs are asked for


@kernel
def _run(
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    forced: Bindings,
    proportional: bool,
    table: Choices,
    groups: Groups,
    price: Floats,
    until_s: float,
    waits: bool,
    room: Room,
    ready: Ready,
    waiting: Waiting,
    started: Started,
    works: Works,
    per_job: PerJob,
) -> float:
    """Run all jobs in `per_job.order`, fill `per_job`, return the makespan: NaN if jobs are left that cannot run.

    price: [subs] what costs on each are multiplied by. waits: jobs may wait for cores that others will set free, which
    is not meant for bound jobs. until_s: a schedule that is not done by then is of no use; the makespan of what is
    given up is infinite.
    """
    start, end, work, saved, order, event_s, event_bytes = per_job
    (
        position, pending, group, keep, arrived, free_at, slot_job, slot_work, slot_sub, slot_memory, loading, left,
        done_at, demand, rate, level,
    ) = room  # fmt: skip
    table_start, table_work, amount, where = table.table_start, table.work, works.amount, works.where
    count = len(order)
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    any_forced = len(forced.sub) > 0
    klass, chain, successor_start, successor = jobs.klass, jobs.chain, jobs.successor_start, jobs.successor
    cores, bandwidth_cap, group_bandwidth = options.cores, designs.bandwidth_cap, designs.group_bandwidth
    if waits:
        nobody_waits(waiting)
    else:
        for job in range(count):
            group[job] = groups.of_class[klass[job]]
        if any_forced:
            group_bound(design, jobs, options, designs, forced, table, groups, group)
        fill_fits(design, designs, table_start, groups)
        nobody_ready(groups.used[0], ready)
    keeps = False
    uncapped = len(designs.group_bandwidth) == 1
    for s in range(subs):
        free_at[s] = table_start[s] + designs.cores[first + s]
        keeps = keeps or designs.keep_bytes[first + s] > 0.0
        uncapped = uncapped and designs.bandwidth_cap[first + s] == np.inf
    arrivals = 0
    for p in range(count):
        job = order[p]
        position[job] = p
        pending[job] = jobs.predecessors[job]
        keep[job] = -1
        saved[job] = 0.0
        if pending[job] == 0:
            arrived[arrivals] = job
            arrivals += 1
    total_bandwidth = group_bandwidth.sum()
    decided = -1
    n = int(np.int64(0))  # for a plain 0 numba would compile what takes it once more
    entered = int(np.int64(0))
    now = 0.0
    finished = 0
    events = 0
    rows = 0
    event_s[:] = np.nan
    least_left = np.inf  # of the jobs that run on
    wanted = 0.0  # bytes/s of all that run
    followed = False  # whether jobs took over slots of others
    while finished < count:
        if now >= until_s:
            return np.inf
        for i in range(arrivals):
            job = arrived[i]
            if waits:
                is_ready(position[job], klass[job], waiting)
            else:
                insert(position[job], group[job], ready.bits, ready.first, ready.jobs, ready.some)
        arrivals = 0
        seated = entered  # what follows on kept tensors has its slots
        if not waits:
            entered = start_what_fits(
                entered, design, jobs, options, designs, forced, order, price, free_at, table, groups, ready, started
            )
        elif finished > decided:
            decided = finished
            entered = start_or_wait(
                entered, now, total_bandwidth, subs, order, price, free_at, options, table, waiting, started
            )
        for entry in range(seated, entered):
            started.slot[entry] = n
            slot_job[n] = started.job[entry]
            n += 1
        for entry in range(entered):
            k, job, s, o, at = (
                started.slot[entry], started.job[entry], started.sub[entry], started.option[entry], started.at[entry]
            )  # fmt: skip
            start[job] = now
            if keeps and chain[job] >= 0 and designs.keep_bytes[first + s] > 0.0:
                twin = kept_option(job, s, design, jobs, options, designs, forced, o)
                if twin >= 0:
                    keep[job] = twin
                    saved[job] += options.output_bytes[o]
                    saved[chain[job]] = options.input_bytes[twin]
            shared = at >= 0 and saved[job] == 0.0  # by all jobs that take this entry
            row = table_work[at] if shared else -1
            if row < 0:
                row = rows
                rows += 1
                kept = saved[job]
                limit, memory = options.rate_limit[o], designs.memory_group[first + s]
                bandwidth = group_bandwidth[memory]
                reach = limit if proportional else min(limit, bandwidth, designs.bandwidth_cap[first + s])
                unstalled = unstalled_kept(options, o, kept) if kept > 0.0 else options.unstalled_s[o]
                load = options.load_bytes[o]
                others = max(0.0, options.bytes[o] - kept - load)
                (amount[row, LOAD_S], amount[row, LOAD_DEMAND], amount[row, REST_S], amount[row, REST_DEMAND]) = phases(
                    load, others, unstalled, limit, reach, bandwidth
                )
                amount[row, COMPUTE_S] = options.compute_s[o]
                amount[row, ALONE_S] = max(options.compute_s[o], unstalled)
                amount[row, ENERGY_J] = options.energy_j[o]
                amount[row, SPARED_J] = options.off_chip_j[o] * kept / options.bytes[o] if kept > 0.0 else 0.0
                where[row, OPTION], where[row, SUB] = o, s
                where[row, CORES], where[row, MEMORY] = cores[o], memory
                if shared:
                    table_work[at] = row
            work[job] = row
            slot_work[k] = row
            phase = amount[row, LOAD_S]
            if phase > 0.0:
                loading[k] = 1
                demand[k] = amount[row, LOAD_DEMAND]
            else:
                loading[k] = 0
                phase = amount[row, REST_S]
                demand[k] = amount[row, REST_DEMAND]
            left[k] = phase
            done_at[k] = WORK_LEFT * phase
            least_left = min(least_left, phase)
            wanted += demand[k]
        entered = 0
        if n == 0:
            return np.nan
        full = False
        if followed:  # in the order of the slots again
            wanted = 0.0
            for k in range(n):
                wanted += demand[k]
        if uncapped:  # the common case: one sum decides
            full = wanted <= group_bandwidth[0]
        step = least_left
        if uncapped and not full:
            share_one(n, demand, group_bandwidth[0], proportional, rate)
        elif not full:
            for k in range(n):
                slot_sub[k] = where[slot_work[k], SUB]
                slot_memory[k] = where[slot_work[k], MEMORY]
            full = share_bandwidth(
                n, demand, slot_sub, slot_memory, first, subs, bandwidth_cap, group_bandwidth, proportional, rate, level
            )
        if not full:
            step = np.inf
            for k in range(n):
                step = min(step, left[k] / rate[k])
        now += step
        if len(event_s) > 0:
            event_s[events] = now
            event_bytes[events] = 0.0
            for k in range(n):
                speed = 1.0 if full else rate[k]
                event_bytes[events, where[slot_work[k], MEMORY]] += demand[k] * speed * step
            events += 1
        if full:
            for k in range(n):
                left[k] -= step
        else:
            for k in range(n):
                left[k] -= step * rate[k]
        staying = 0
        followed = False
        least_left = np.inf
        wanted = 0.0
        for k in range(n):
            remains = left[k]
            if remains <= done_at[k]:
                job = slot_job[k]
                row = slot_work[k]
                if loading[k]:
                    loading[k] = 0
                    remains = amount[row, REST_S]
                    demand[k] = amount[row, REST_DEMAND]
                    done_at[k] = WORK_LEFT * remains
                else:
                    end[job] = now
                    finished += 1
                    s = where[row, SUB]
                    if waits:
                        has_ended(job, table_start[s], s, waiting)
                    if keeps and keep[job] >= 0:
                        slot_job[staying] = chain[job]
                        started.slot[entered], started.job[entered] = staying, chain[job]
                        started.option[entered], started.sub[entered], started.at[entered] = keep[job], s, -1
                        entered += 1
                        staying += 1
                        followed = True
                        if waits:
                            o = keep[job]
                            lasts = alone_s(o, options.unstalled_s, options.bytes, total_bandwidth)
                            runs(chain[job], table_start[s], s, cores[o], now + lasts, waiting)
                        continue
                    free_at[s] += where[row, CORES]
                    for e in range(successor_start[job], successor_start[job + 1]):
                        follower = successor[e]
                        pending[follower] -= 1
                        if pending[follower] == 0:
                            arrived[arrivals] = follower
                            arrivals += 1
                    continue
            least_left = min(least_left, remains)
            left[staying] = remains
            if staying != k:
                slot_job[staying] = slot_job[k]
                slot_work[staying] = slot_work[k]
                loading[staying] = loading[k]
                done_at[staying] = done_at[k]
                demand[staying] = demand[k]
            wanted += demand[k]
            staying += 1
        n = staying
    return now


@allocating_kernel
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
    works: Works,
) -> None:
    """Simulate designs first_design … last_design − 1 on the same jobs; fills their `totals`, and leaves the last
    design's jobs in `per_job` and `works` where events are wanted.
    """
    count = len(jobs.klass)
    classes = len(jobs.class_shape)
    total_bandwidth = designs.group_bandwidth.sum()
    widest = most_subs = most_options = int(np.int64(0))  # as in _run
    for d in range(first_design, last_design):
        first, last = designs.sub_start[d], designs.sub_start[d + 1]
        widest = max(widest, designs.cores[first:last].sum() + last - first)
        most_subs = max(most_subs, last - first)
        for k in designs.configuration[first:last]:
            for shape in range(options.start.shape[1] - 1):
                most_options = max(most_options, options.start[k, shape + 1] - options.start[k, shape])
    table = room_to_choose(classes, most_subs, widest, most_options)
    groups = empty_groups(classes, most_subs, widest)
    room = room_to_run(count, most_subs, widest)
    ready = room_for_ready(count, len(groups.need))
    waiting = room_to_wait(count, classes, widest, most_subs)
    started = room_to_start(widest)
    price = np.empty(most_subs)
    rank = np.empty(count)
    rows = np.empty(count, np.int32)
    spare = np.empty(count, np.int32)
    for d in range(first_design, last_design):
        fill_choices(d, jobs, options, designs, total_bandwidth, table, groups)
        if len(forced.priority):
            for j in range(count):
                rank[j] = -forced.priority[d, j]
                per_job.order[j] = j
            sort_stable(rank, per_job.order, spare, count)
        else:
            rank_order(jobs, table.best, rank, rows, spare, per_job.order)
        bound = len(forced.sub) > 0 and forced.sub[d].max() >= 0
        for schedule in range(GREEDY, AGAIN + 1):
            priced = schedule == PRICED
            until_s = np.inf
            if priced:
                set_prices(d, designs, totals, price)
                until_s = totals.makespan_s[d] if jobs.rounds < 2 else np.inf
            else:
                price[:] = 1.0
            if schedule > GREEDY:
                table.work[:] = -1
            makespan_s = _run(
                d, jobs, options, designs, forced, proportional, table, groups, price, until_s, priced, room, ready,
                waiting, started, works, per_job,
            )  # fmt: skip
            shorter = schedule == GREEDY or period(jobs, makespan_s, per_job.end) < (1.0 - SHORTER) * totals.period_s[d]
            if shorter:
                totals.makespan_s[d] = makespan_s
                add_up(d, jobs, designs, works, totals, per_job)
            if schedule == GREEDY and (bound or np.isnan(makespan_s)):
                break
            if priced and (shorter or len(per_job.event_s) == 0):
                break  # the jobs are in `per_job`, or the totals alone are asked for
