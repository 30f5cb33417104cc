"""The list scheduler and event simulation in one compiled kernel (docs/model-schedule.md §1–§4).

At each event: finish every job with at most 1e-12 of its work left; then, in rank order, start each ready job on the
free option of least t·(cores·size)^alpha. Between events off-chip bandwidth is shared and every running job proceeds at
a constant rate. A second schedule multiplies the costs on each sub-accelerator by its busy share in the first, and jobs
may wait for cores that others will set free; the shorter of the two counts.
"""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import allocating_kernel, kernel
from workbench.schedule.bandwidth import share_bandwidth, share_one
from workbench.schedule.choices import Choices, choose_on, fill_choices, least_on
from workbench.schedule.order import rank_order, sort_stable
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays, OptionArrays
from workbench.schedule.ready import (
    Groups,
    empty_groups,
    empty_ready,
    fill_fits,
    first_startable,
    group_of,
    insert,
    remove_first,
)
from workbench.schedule.totals import PerDesign, PerJob, add_up, period, set_prices
from workbench.schedule.waiting import (
    Waiting,
    has_ended,
    is_ready,
    nobody_waits,
    none_started,
    room_to_wait,
    runs,
    start_or_wait,
)
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


class Bindings(NamedTuple):
    """What is fixed for each design and job, [D, J], or [0, 0] where nothing is."""

    sub: Ints  # sub-accelerator, −1: any
    option: Ints  # row of OptionArrays, −1: any; given together with `sub`
    priority: Floats  # lower starts first, ties in canonical order; replaces the upward rank


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


@allocating_kernel
def _group_forced(
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    forced: Bindings,
    table: Choices,
    groups: Groups,
    group: Ints,
) -> None:
    """`group` [J] of jobs some of which are bound: a bound job needs cores on its own sub-accelerator only."""
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    cores = designs.cores[first : first + subs].copy()
    for job in range(len(group)):
        wanted = forced.sub[design, job]
        if wanted < 0:
            group[job] = groups.of_class[jobs.klass[job]]
            continue
        for s in range(subs):
            table.need[s] = cores[s] + 1
        if forced.option[design, job] >= 0:
            table.need[wanted] = min(table.need[wanted], options.cores[forced.option[design, job]])
        else:
            table.need[wanted] = least_on(wanted, design, jobs.klass[job], jobs, options, designs)
        group[job] = group_of(table.need, subs, groups.need, groups.used)


@allocating_kernel
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
    waiting: Waiting,
    works: Works,
    per_job: PerJob,
) -> float:
    """Run all jobs in `per_job.order`, fill `per_job`, return the makespan: NaN if jobs are left that cannot run.

    price: [subs] what costs on each are multiplied by. waits: jobs may wait for cores that others will set free, which
    is not meant for bound jobs. until_s: a schedule that is not done by then is of no use; the makespan of what is
    given up is infinite.
    """
    start, end, work, saved, order, event_s, event_bytes = per_job
    forced_sub, forced_option = forced.sub, forced.option
    choice, cost, table_start = table.option, table.cost, table.table_start
    amount, where = works.amount, works.where
    count = len(order)
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    width = table_start[subs]
    any_forced = len(forced_sub) > 0
    klass_group, fits = groups.of_class, groups.fits
    klass, chain, successor_start, successor = jobs.klass, jobs.chain, jobs.successor_start, jobs.successor
    cores, table_work = options.cores, table.work
    bandwidth_cap, group_bandwidth = designs.bandwidth_cap, designs.group_bandwidth
    job_group = np.empty(count if any_forced else 0, np.int32)
    if any_forced:
        _group_forced(design, jobs, options, designs, forced, table, groups, job_group)
    fill_fits(design, designs, table_start, groups)
    free_at = np.empty(subs, np.int32)  # table_start + free cores
    slots = 0
    keeps = False
    uncapped = len(designs.group_bandwidth) == 1
    for s in range(subs):
        free_at[s] = table_start[s] + designs.cores[first + s]
        slots += designs.cores[first + s]
        keeps = keeps or designs.keep_bytes[first + s] > 0.0
        uncapped = uncapped and designs.bandwidth_cap[first + s] == np.inf
    slot_job = np.empty(slots, np.int32)
    slot_work = np.empty(slots, np.int32)
    slot_sub = np.empty(slots, np.int32)
    slot_memory = np.empty(slots, np.int32)
    loading = np.empty(slots, np.uint8)
    left = np.empty(slots)  # seconds at full speed to the end of the phase
    done_at = np.empty(slots)  # what may be left of the phase when it counts as finished
    demand = np.empty(slots)  # bytes/s at full speed
    rate = np.empty(slots)
    level = np.empty(slots)
    position = np.empty(count, np.int32)
    pending = jobs.predecessors.copy()
    keep_option = np.empty(count if keeps else 0, np.int32)  # what a chained consumer takes, -1: not chained
    keep_option[:] = -1
    saved[:] = 0.0
    entering = np.empty(slots, np.int32)  # slots whose job starts now
    entering_option = np.empty(slots, np.int32)
    entering_sub = np.empty(slots, np.int32)
    entering_at = np.empty(slots, np.int32)  # entry of `table`, -1: not from there
    ready_bits, ready_first, ready_count, ready_some = empty_ready(count, groups)
    arrived = np.empty(count, np.int32)  # jobs that have become ready
    arrivals = 0
    for p in range(count):
        job = order[p]
        position[job] = p
        if pending[job] == 0:
            arrived[arrivals] = job
            arrivals += 1
    started = none_started(slots)
    total_bandwidth = group_bandwidth.sum()
    decided = -1
    if waits:
        nobody_waits(waiting)
    n = int(np.int64(0))  # for a plain 0 numba would compile what takes it once more
    entered = 0
    now = 0.0
    finished = 0
    events = 0
    rows = 0
    event_s[:] = np.nan
    least_left = np.inf  # of the jobs that run on
    while finished < count:
        if now >= until_s:
            return np.inf
        for i in range(arrivals):
            job = arrived[i]
            if waits:
                is_ready(position[job], klass[job], waiting)
                continue
            g = job_group[job] if any_forced else klass_group[klass[job]]
            insert(position[job], g, ready_bits, ready_first, ready_count, ready_some)
        arrivals = 0
        if waits and finished > decided:
            decided = finished
            begun = start_or_wait(
                now, total_bandwidth, subs, order, price, free_at, cores, options.unstalled_s, options.bytes,
                table_start, choice, cost, table.power, waiting, started,
            )  # fmt: skip
            for i in range(begun):
                slot_job[n] = started.job[i]
                entering[entered] = n
                entering_option[entered] = started.option[i]
                entering_sub[entered] = started.sub[i]
                entering_at[entered] = started.at[i]
                entered += 1
                n += 1
        while not waits:
            g = first_startable(free_at, fits, ready_first, ready_some)
            if g < 0:
                break
            job = order[ready_first[g]]
            remove_first(g, ready_bits, ready_first, ready_count, ready_some)
            row = klass[job] * width
            pick, pick_sub, pick_at = -1, -1, -1
            wanted_sub = forced_sub[design, job] if any_forced else -1
            if wanted_sub < 0:
                least = np.inf
                for s in range(subs):
                    at = row + free_at[s]
                    value = cost[at] * price[s]
                    if value < least or (value == least and pick >= 0 and cores[choice[at]] < cores[pick]):
                        least, pick, pick_sub, pick_at = value, choice[at], s, at
            elif forced_option[design, job] < 0:
                pick = choose_on(wanted_sub, design, klass[job], free_at, jobs, options, designs, table)
                pick_sub = wanted_sub
            else:
                pick, pick_sub = forced_option[design, job], wanted_sub
            free_at[pick_sub] -= cores[pick]
            slot_job[n] = job
            entering[entered] = n
            entering_option[entered] = pick
            entering_sub[entered] = pick_sub
            entering_at[entered] = pick_at
            entered += 1
            n += 1
        for entry in range(entered):
            k = entering[entry]
            job = slot_job[k]
            s = entering_sub[entry]
            o = entering_option[entry]
            at = entering_at[entry]
            start[job] = now
            if keeps and chain[job] >= 0 and designs.keep_bytes[first + s] > 0.0:
                twin = _kept_option(job, s, design, jobs, options, designs, forced, o)
                if twin >= 0:
                    keep_option[job] = twin
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
        entered = 0
        if n == 0:
            return np.nan
        full = False
        if uncapped:  # the common case: one sum decides
            wanted = 0.0
            for k in range(n):
                wanted += demand[k]
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
        least_left = np.inf
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
                        has_ended(job, table_start[s], s, waiting.end, waiting.cores, waiting.job, waiting.running)
                    if keeps and keep_option[job] >= 0:
                        slot_job[staying] = chain[job]
                        entering[entered] = staying
                        entering_option[entered] = keep_option[job]
                        entering_sub[entered] = s
                        entering_at[entered] = -1
                        entered += 1
                        staying += 1
                        if waits:
                            o = keep_option[job]
                            lasts = max(options.unstalled_s[o], options.bytes[o] / total_bandwidth)
                            runs(
                                chain[job], table_start[s], s, cores[o], now + lasts,
                                waiting.end, waiting.cores, waiting.job, waiting.running,
                            )  # fmt: skip
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
    table = Choices(
        np.zeros(most_subs + 1, np.int32),
        np.empty(classes * widest, np.int32),
        np.empty(classes * widest, np.int32),
        np.empty(classes * widest),
        np.empty(classes),
        np.empty(widest),
        np.empty(most_options * most_subs),
        np.empty(most_subs, np.int32),
    )
    groups = empty_groups(classes, most_subs, widest)
    price = np.empty(most_subs)
    waiting = room_to_wait(count, classes, widest, most_subs)
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
        price[:] = 1.0
        totals.makespan_s[d] = _run(
            d, jobs, options, designs, forced, proportional, table, groups, price, np.inf, False, waiting, works,
            per_job,
        )  # fmt: skip
        add_up(d, jobs, designs, works, totals, per_job)
        bound = len(forced.sub) > 0 and forced.sub[d].max() >= 0
        if bound or np.isnan(totals.makespan_s[d]):
            continue
        set_prices(d, designs, totals, price)
        table.work[:] = -1
        until_s = totals.makespan_s[d] if jobs.rounds < 2 else np.inf
        again_s = _run(
            d, jobs, options, designs, forced, proportional, table, groups, price, until_s, True, waiting, works,
            per_job,
        )  # fmt: skip
        if period(jobs, again_s, per_job.end) < (1.0 - SHORTER) * totals.period_s[d]:
            totals.makespan_s[d] = again_s
            add_up(d, jobs, designs, works, totals, per_job)
        elif len(per_job.event_s) > 0:  # the jobs are asked for, not the totals alone
            price[:] = 1.0
            table.work[:] = -1
            _run(
                d, jobs, options, designs, forced, proportional, table, groups, price, np.inf, False, waiting, works,
                per_job,
            )  # fmt: skip
