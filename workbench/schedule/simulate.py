"""The list scheduler and event simulation in one compiled pass (docs/model-schedule.md §1–§4).

At each event: finish every job with at most 1e-12 of its work left; then, in rank order, start each ready job on the
free option of least t·(cores·size)^alpha. Between events off-chip bandwidth is shared and every running job proceeds at
a constant rate. All kernels live in this one file: the kernel cache does not see changes across files.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel
from workbench.schedule.problem import DesignArrays, Floats, Ints, JobArrays, OptionArrays

WORK_LEFT = 1e-12  # share of a phase's work below which it counts as finished (formulation §3.4)


@kernel
def _choices(
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    total_bandwidth: float,
    table_start: Ints,
    power: Floats,
    time: Floats,
    choice: Ints,
    cost: Floats,
    best: Floats,
) -> None:
    """For each class, sub-accelerator and number of free cores f: the allowed option of least cost with at most f
    cores (`choice`, −1 if none, and its `cost`); `best`: each class's least time on the empty machine.

    Equal costs go to fewer cores, then to the earlier row.
    """
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    width = table_start[subs]
    alpha, theta = designs.alpha[design], max(1.0, designs.theta[design])
    for s in range(subs):
        for cores in range(designs.cores[first + s] + 1):
            scale = cores * designs.core_size[first + s]
            power[table_start[s] + cores] = scale**alpha if alpha != 0.0 else 1.0
    for c in range(len(jobs.class_shape)):
        shape, group = jobs.class_shape[c], jobs.class_group[c]
        least = np.inf
        seen = 0
        for s in range(subs):
            if not designs.allowed[first + s, group]:
                continue
            k = designs.configuration[first + s]
            for o in range(options.start[k, shape], options.start[k, shape + 1]):
                t = max(options.unstalled_s[o], options.bytes[o] / total_bandwidth)
                time[seen] = t
                seen += 1
                if t < least and options.cores[o] <= designs.cores[first + s]:
                    least = t
        best[c] = least
        slowest = theta * least
        row = c * width
        for f in range(row, row + width):
            cost[f] = np.inf
            choice[f] = -1
        seen = 0
        for s in range(subs):
            if not designs.allowed[first + s, group]:
                continue
            base = row + table_start[s]
            k = designs.configuration[first + s]
            for o in range(options.start[k, shape], options.start[k, shape + 1]):
                t = time[seen]
                seen += 1
                cores = options.cores[o]
                if t <= slowest and cores <= designs.cores[first + s]:
                    value = t * power[table_start[s] + cores]
                    if value < cost[base + cores]:
                        cost[base + cores] = value
                        choice[base + cores] = o
            for f in range(base + 1, base + designs.cores[first + s] + 1):
                if cost[f - 1] <= cost[f]:
                    cost[f] = cost[f - 1]
                    choice[f] = choice[f - 1]


@kernel
def _sort_stable(key: Floats, index: Ints, spare: Ints, count: int) -> None:
    """Sort index[:count] by descending key[index], stable: a merge sort of the runs it finds."""
    runs = 2
    while runs > 1:
        runs = 0
        a = 0
        while a < count:
            b = a + 1
            while b < count and key[index[b - 1]] >= key[index[b]]:
                b += 1
            c = b + 1 if b < count else b
            while c < count and key[index[c - 1]] >= key[index[c]]:
                c += 1
            runs += 1
            if b < c:
                for i in range(a, b):
                    spare[i] = index[i]
                i, j, k = a, b, a
                while i < b:
                    if j < c and key[index[j]] > key[spare[i]]:
                        index[k] = index[j]
                        j += 1
                    else:
                        index[k] = spare[i]
                        i += 1
                    k += 1
            a = c


@kernel
def _rank_order(jobs: JobArrays, best: Floats, rank: Floats, rows: Ints, spare: Ints, order: Ints) -> None:
    """`order`: jobs by (−upward rank, tenant, instance, layer); the rank is the longest path of best times to the end.

    Ranks are worked out for the first copy of each block only.
    """
    count = 0
    for b in range(len(jobs.block_layers)):
        first = jobs.block_start[b]
        layers = min(jobs.block_layers[b], jobs.block_start[b + 1] - first)
        for j in range(first + layers - 1, first - 1, -1):
            longest = 0.0
            for e in range(jobs.successor_start[j], jobs.successor_start[j + 1]):
                longest = max(longest, rank[jobs.successor[e]])
            rank[j] = best[jobs.klass[j]] + longest
        for j in range(first, first + layers):
            rows[count] = j
            count += 1
    _sort_stable(rank, rows, spare, count)
    placed = 0
    block_of = 0
    a = 0
    while a < count:
        block_of = 0
        while jobs.block_start[block_of + 1] <= rows[a]:
            block_of += 1
        last = jobs.block_start[block_of + 1]
        b = a + 1
        while b < count and rank[rows[b]] == rank[rows[a]] and rows[b] < last:
            b += 1
        for copy in range(0, last - jobs.block_start[block_of], jobs.block_layers[block_of]):
            for i in range(a, b):
                order[placed] = rows[i] + copy
                placed += 1
        a = b


@kernel
def _fill(n: int, demand: Floats, of: Ints, which: int, capacity: float, level: Floats) -> float:
    """The water level L with Σ min(demand, level, L) = capacity over the slots k with of[k] == which."""
    active = 0
    for k in range(n):
        if of[k] == which:
            active += 1
    line = capacity / active
    while True:
        below, above = 0.0, 0
        for k in range(n):
            if of[k] == which:
                want = min(demand[k], level[k])
                if want <= line:
                    below += want
                else:
                    above += 1
        if above == 0:
            return np.inf
        if above == active:
            return line
        active = above
        line = (capacity - below) / above


@kernel
def _share(
    n: int,
    demand: Floats,
    sub: Ints,
    group: Ints,
    first: int,
    subs: int,
    designs: DesignArrays,
    proportional: bool,
    rate: Floats,
    level: Floats,
) -> bool:
    """Progress rates of the n running jobs; True if all run at full speed.

    Max–min fair: caps of sub-accelerators nest inside memory groups, so filling each capped sub-accelerator first and
    then each group with what they can take is exact. Proportional: all requests scaled alike (MAGMA).
    """
    full = True
    for k in range(n):
        level[k] = np.inf
        rate[k] = 1.0
    for s in range(subs):
        cap = designs.bandwidth_cap[first + s]
        if cap == np.inf:
            continue
        wanted = 0.0
        for k in range(n):
            if sub[k] == s:
                wanted += demand[k]
        if wanted > cap:
            full = False
            if proportional:
                for k in range(n):
                    if sub[k] == s:
                        rate[k] = cap / wanted
            else:
                line = _fill(n, demand, sub, s, cap, level)
                for k in range(n):
                    if sub[k] == s:
                        level[k] = line
    for g in range(len(designs.group_bandwidth)):
        capacity = designs.group_bandwidth[g]
        wanted = 0.0
        for k in range(n):
            if group[k] == g:
                wanted += min(demand[k] * rate[k], level[k])
        if wanted > capacity:
            full = False
            if proportional:
                for k in range(n):
                    if group[k] == g:
                        rate[k] *= capacity / wanted
            else:
                line = _fill(n, demand, group, g, capacity, level)
                for k in range(n):
                    if group[k] == g:
                        level[k] = min(level[k], line)
    if not full and not proportional:
        for k in range(n):
            if level[k] < demand[k]:
                rate[k] = level[k] / demand[k]
    return full


@kernel
def _unstalled_kept(options: OptionArrays, o: int, saved: float) -> float:
    """Unstalled time of option o when `saved` of its bytes stay on chip: its port time shrinks in proportion."""
    if saved <= 0.0:
        return options.unstalled_s[o]
    others = max(options.compute_s[o], options.ring_s[o])
    port = options.port_s[o] * (1.0 - saved / options.bytes[o])
    return options.unstalled_s[o] - (max(others, options.port_s[o]) - max(others, port))


@kernel
def _run(
    design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    proportional: bool,
    table_start: Ints,
    choice: Ints,
    cost: Floats,
    order: Ints,
    forced_sub: Ints,
    forced_option: Ints,
    start: Floats,
    end: Floats,
    option: Ints,
    sub: Ints,
    saved: Floats,
) -> float:
    """Run all jobs in `order`; fills the job arrays and returns the makespan, NaN if jobs are left that cannot run."""
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
                wanted_sub = forced_sub[job] if any_forced else -1
                if wanted_sub < 0:
                    for s in range(subs):
                        at = row + table_start[s] + free[s]
                        value = cost[at]
                        if value < least or (
                            value == least and pick >= 0 and options.cores[choice[at]] < options.cores[pick]
                        ):
                            least, pick, pick_sub = value, choice[at], s
                elif forced_option[job] < 0:
                    pick, pick_sub = choice[row + table_start[wanted_sub] + free[wanted_sub]], wanted_sub
                elif options.cores[forced_option[job]] <= free[wanted_sub]:
                    pick, pick_sub = forced_option[job], wanted_sub
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
            follower = jobs.chain[job]
            if follower >= 0 and designs.keep_bytes[first + s] > 0.0 and options.keeps[o]:
                fits = options.output_bytes[o] <= options.cores[o] * designs.keep_bytes[first + s]
                free_choice = not any_forced or forced_sub[follower] < 0
                if fits and (free_choice or forced_sub[follower] == s):
                    shape = jobs.class_shape[jobs.klass[follower]]
                    conf = designs.configuration[first + s]
                    for twin in range(options.start[conf, shape], options.start[conf, shape + 1]):
                        same = options.rectangle[twin] == options.rectangle[o] and options.keeps[twin]
                        if same and (not any_forced or forced_option[follower] < 0 or forced_option[follower] == twin):
                            keep_option[job] = twin
                            saved[job] += options.output_bytes[o]
                            saved[follower] = options.input_bytes[twin]
                            break
            limit = options.rate_limit[o]
            bandwidth = designs.group_bandwidth[slot_group[k]]
            reach = min(limit, bandwidth, designs.bandwidth_cap[first + s])
            if proportional:
                reach = limit
            load = options.load_bytes[o]
            after = max(0.0, options.bytes[o] - saved[job] - load)
            load_s = load / min(reach, bandwidth)
            rest_s = max(0.0, _unstalled_kept(options, o, saved[job]) - load / limit)
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
        full = _share(n, demand, slot_sub, slot_group, first, subs, designs, proportional, rate, level)
        step = np.inf
        if full:
            for k in range(n):
                step = min(step, left[k])
        else:
            for k in range(n):
                step = min(step, left[k] / rate[k])
        now += step
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
def simulate_batch(
    first_design: int,
    last_design: int,
    jobs: JobArrays,
    options: OptionArrays,
    designs: DesignArrays,
    forced_sub: NDArray[np.int32],
    forced_option: NDArray[np.int32],
    priority: NDArray[np.float64],
    proportional: bool,
    makespan_s: Floats,
    energy_j: Floats,
    busy_core_s: Floats,
    compute_core_s: Floats,
    stall_core_s: Floats,
    start: Floats,
    end: Floats,
    option: Ints,
    sub: Ints,
    saved: Floats,
    order: Ints,
) -> None:
    """Simulate designs first_design … last_design − 1 on the same jobs.

    forced_sub, forced_option: [D, J] or [0, 0]; the sub-accelerator (−1: any) and the option row (−1: any) of each job.
    priority: [D, J] or [0, 0]; lower starts first and replaces the upward rank. Per design d: makespan_s [D] (NaN if
    some job can never run), energy_j [D] (dynamic terms); per sub-accelerator entry of `designs`: core-seconds busy,
    computing and stalled by shared bandwidth. start … order [J]: the last design's jobs.
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
    table_start = np.zeros(most_subs + 1, np.int32)
    power = np.empty(widest)
    time = np.empty(most_options * most_subs)
    choice = np.empty(classes * widest, np.int32)
    cost = np.empty(classes * widest)
    best = np.empty(classes)
    rank = np.empty(count)
    rows = np.empty(count, np.int32)
    spare = np.empty(count, np.int32)
    nothing = np.empty(0, np.int32)
    for d in range(first_design, last_design):
        first, last = designs.sub_start[d], designs.sub_start[d + 1]
        for s in range(last - first):
            table_start[s + 1] = table_start[s] + designs.cores[first + s] + 1
        _choices(d, jobs, options, designs, total_bandwidth, table_start, power, time, choice, cost, best)
        if len(priority):
            for j in range(count):
                rank[j] = -priority[d, j]
                order[j] = j
            _sort_stable(rank, order, spare, count)
        else:
            _rank_order(jobs, best, rank, rows, spare, order)
        on_sub = forced_sub[d] if len(forced_sub) else nothing
        on_option = forced_option[d] if len(forced_option) else nothing
        makespan_s[d] = _run(
            d, jobs, options, designs, proportional, table_start, choice, cost, order, on_sub, on_option,
            start, end, option, sub, saved,
        )  # fmt: skip
        energy_j[d] = 0.0
        for s in range(first, last):
            busy_core_s[s] = 0.0
            compute_core_s[s] = 0.0
            stall_core_s[s] = 0.0
        if np.isnan(makespan_s[d]):
            continue
        for j in range(count):
            o, s = option[j], first + sub[j]
            cores, lasts = options.cores[o], end[j] - start[j]
            busy_core_s[s] += cores * lasts
            compute_core_s[s] += cores * min(lasts, options.compute_s[o])
            stall_core_s[s] += cores * max(
                0.0, lasts - max(options.compute_s[o], _unstalled_kept(options, o, saved[j]))
            )
            energy_j[d] += options.energy_j[o]
            if saved[j] > 0.0:
                energy_j[d] -= options.off_chip_j[o] * saved[j] / options.bytes[o]
