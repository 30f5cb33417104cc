"""The scheduler of docs/model-schedule.md once more: plain, slow, in exact fractions, with no code of the kernel."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, inf


@dataclass
class Way:
    """One option: cores on a sub-accelerator, seconds, bytes, bytes/s."""

    sub: int
    row: int  # its number in the kernel's option list
    cores: int
    unstalled: float
    bytes: float
    load: float
    limit: float


@dataclass
class Card:
    """Cores, core sizes, caps (inf: none), memory group per sub-accelerator, and the groups' bandwidths; `kind`: equal
    for sub-accelerators of one configuration."""

    cores: list[int]
    size: list[float]
    cap: list[float]
    group: list[int]
    bandwidth: list[float]
    kind: list[int] = field(default_factory=list)


@dataclass
class Job:
    """`key`: (tenant, instance, layer); `ways`: everything it may run on; `bound`: ways it is bound to, if any;
    `klass`: equal for jobs of one shape and isolation group."""

    key: tuple[int, int, int]
    ways: list[Way]
    before: list[int]
    bound: list[Way] | None = None
    priority: float | None = None
    klass: tuple[int, int] = (0, 0)


@dataclass
class Run:
    """Results per job, and what each memory group and sub-accelerator carried: (from, to, bytes/s per job)."""

    start: list[Fraction]
    end: list[Fraction]
    way: list[Way]
    flows: list[tuple[Fraction, Fraction, dict[int, Fraction]]] = field(default_factory=list)


@dataclass
class Active:
    """A running job: phases still to come as (seconds, bytes), and the share of the first that is left."""

    job: int
    way: Way
    phases: list[tuple[Fraction, Fraction]]
    left: Fraction = Fraction(1)


def number(value: float) -> Fraction | None:
    """A float as a fraction; None for infinity."""
    return None if value == inf else Fraction(value)


def fair_shares(wanted: list[Fraction | None], pools: list[tuple[set[int], Fraction]]) -> list[Fraction | None]:
    """Max–min fair by progressive filling: raise all alike until one is satisfied or a pool is empty, freeze, go on.

    None: wants without limit; in the answer: gets without limit.
    """
    share: list[Fraction | None] = [Fraction(0)] * len(wanted)
    rising = set(range(len(wanted)))
    while rising:
        steps = [wanted[k] - share[k] for k in rising if wanted[k] is not None]
        for members, size in pools:
            up = members & rising
            if up:
                steps.append((size - sum(share[k] for k in members)) / len(up))
        if not steps:
            for k in rising:
                share[k] = None
            break
        step = min(steps)
        for k in rising:
            share[k] += step
        stuck = {k for k in rising if wanted[k] is not None and share[k] >= wanted[k]}
        for members, size in pools:
            if sum(share[k] for k in members) >= size:
                stuck |= members & rising
        rising -= stuck
    return share


def upward_ranks(jobs: list[Job], total: float) -> list[float]:
    """Longest path of best times to the end."""
    after = [[k for k, other in enumerate(jobs) if j in other.before] for j in range(len(jobs))]
    rank = [0.0] * len(jobs)
    for j in reversed(range(len(jobs))):
        rank[j] = min(time_alone(w, total) for w in jobs[j].ways) + max((rank[k] for k in after[j]), default=0.0)
    return rank


def time_alone(way: Way, total: float) -> float:
    """Time on the empty machine (formulation §3.4)."""
    return max(way.unstalled, way.bytes / total)


def run(jobs: list[Job], card: Card, alpha: float, theta: float) -> Run:
    """Schedule and simulate, twice unless jobs are bound; jobs are given in canonical order, before consumers."""
    first = run_once(jobs, card, alpha, theta)
    if any(job.bound is not None for job in jobs):
        return first
    whole = max(first.end)
    busy = [Fraction(0)] * len(card.cores)
    for start, end, way in zip(first.start, first.end, first.way, strict=True):
        busy[way.sub] += way.cores * (end - start)
    shares = []
    for own in zip(card.kind, card.cores, strict=True):
        twins = [s for s, other in enumerate(zip(card.kind, card.cores, strict=True)) if other == own]
        cores = sum(card.cores[s] for s in twins)
        shares.append(sum(busy[s] for s in twins) / (cores * whole) if whole else Fraction(1))
    second = run_once(jobs, card, alpha, theta, [max(1, floor(20 * share)) for share in shares])
    return second if max(second.end) < whole else first


def run_once(jobs: list[Job], card: Card, alpha: float, theta: float, price: list[int] | None = None) -> Run:
    """One schedule. With prices (what costs on each sub-accelerator are multiplied by) jobs may wait for cores."""
    total = sum(card.bandwidth)
    rank = upward_ranks(jobs, total)
    order = sorted(
        range(len(jobs)), key=lambda j: (jobs[j].priority if jobs[j].priority is not None else -rank[j], jobs[j].key)
    )
    free = list(card.cores)
    waiting = set(range(len(jobs)))
    active: list[Active] = []
    now = Fraction(0)
    result = Run([Fraction(0)] * len(jobs), [Fraction(-1)] * len(jobs), [jobs[0].ways[0]] * len(jobs))
    done: set[int] = set()
    decided = -1
    while len(done) < len(jobs):
        hold: dict[int, Fraction] = {}
        waits: set[tuple[int, int]] = set()
        for j in order if price is None or len(done) > decided else []:
            if j not in waiting or any(b not in done for b in jobs[j].before) or jobs[j].klass in waits:
                continue
            wait, ways = None, fast_enough(jobs[j], theta, total)
            if price is None:
                way = pick(ways, free, card, alpha, total)
            else:
                ends = [(result.start[a.job] + Fraction(time_alone(a.way, total)), a.way) for a in active]
                way, wait = pick_or_wait(ways, free, ends, now, hold, card, alpha, total, price)
                if wait is not None:
                    hold[way.sub] = min(hold.get(way.sub, wait), wait)
                if wait is not None or way is None:
                    waits.add(jobs[j].klass)
            if way is not None and wait is None:
                free[way.sub] -= way.cores
                waiting.remove(j)
                active.append(Active(j, way, phases_of(way)))
                result.start[j], result.way[j] = now, way
        decided = len(done)
        speeds = progress(active, card)
        ends = [Fraction(0) if speed is None else a.left / speed for a, speed in zip(active, speeds, strict=True)]
        step = min(ends)
        flow = {}
        for a, speed in zip(active, speeds, strict=True):
            flow[a.job] = Fraction(0) if speed is None else speed * a.phases[0][1]
        result.flows.append((now, now + step, flow))
        now += step
        for a, speed in zip(active, speeds, strict=True):
            a.left = Fraction(0) if speed is None else a.left - speed * step
        running = []
        for a in active:
            if a.left > 0:
                running.append(a)
            elif len(a.phases) > 1:
                a.phases.pop(0)
                a.left = Fraction(1)
                running.append(a)
            else:
                free[a.way.sub] += a.way.cores
                done.add(a.job)
                result.end[a.job] = now
        active = running
    return result


def fast_enough(job: Job, theta: float, total: float) -> list[Way]:
    """The ways that count: the one it is bound to, or those within theta of its best."""
    if job.bound is not None and len(job.bound) == 1:
        return job.bound
    ways = job.ways if job.bound is None else job.bound
    best = min(time_alone(way, total) for way in job.bound or job.ways)
    return [way for way in ways if time_alone(way, total) <= theta * best]


def pick(ways: list[Way], free: list[int], card: Card, alpha: float, total: float) -> Way | None:
    """The free way of least cost; None where there is none."""
    choices = []
    for way in ways:
        if way.cores <= free[way.sub]:
            cost = time_alone(way, total) * (way.cores * card.size[way.sub]) ** alpha
            choices.append((cost, way.cores, way.sub, way.row, way))
    return min(choices, key=lambda c: c[:4])[4] if choices else None


ALIKE = Fraction(1, 10**9)  # times and costs that differ by less are equal


def pick_or_wait(
    ways: list[Way],
    free: list[int],
    ends: list[tuple[Fraction, Way]],
    now: Fraction,
    hold: dict[int, Fraction],
    card: Card,
    alpha: float,
    total: float,
    price: list[int],
) -> tuple[Way | None, Fraction | None]:
    """The way of least cost, waiting included, and the time until which the job waits for it; None: it starts. Of equal
    costs the first: to start, then the earlier sub-accelerator, then the shorter wait."""
    steps: list[tuple[int, Fraction | None, int]] = [(s, None, cores) for s, cores in enumerate(free)]
    for s, cores in enumerate(free):
        for end, running in sorted((e for e in ends if e[1].sub == s), key=lambda e: e[0]):
            cores += running.cores
            if steps[-1][0] == s and steps[-1][1] is not None and end <= steps[-1][1] * (1 + ALIKE):
                steps.pop()
            steps.append((s, end, cores))
    least, found, until = inf, None, None
    for s, end, cores in steps:
        way = pick([w for w in ways if w.sub == s], [cores] * len(free), card, alpha, total)
        if way is None:
            continue
        t = time_alone(way, total)
        wait = 0.0 if end is None else float(max(end - now, 0))
        cost = price[s] * (wait + t) * (way.cores * card.size[s]) ** alpha
        in_time = end is not None or s not in hold or now + Fraction(t) <= hold[s] * (1 + ALIKE)
        if cost < least * (1 - 1e-9) and in_time:
            least, found, until = cost, way, None if end is None else max(end, now)
    return found, until


def phases_of(way: Way) -> list[tuple[Fraction, Fraction]]:
    """(least seconds, bytes) of the weight load, if any, and of the rest."""
    if way.load == 0:
        return [(Fraction(way.unstalled), Fraction(way.bytes))]
    limit = number(way.limit)
    load_s = Fraction(way.load) / limit if limit else Fraction(0)
    rest = (max(Fraction(0), Fraction(way.unstalled) - load_s), Fraction(way.bytes) - Fraction(way.load))
    return [(load_s, Fraction(way.load)), rest]


def progress(active: list[Active], card: Card) -> list[Fraction | None]:
    """Share of its phase that each job completes per second; None: at once."""
    wanted: list[Fraction | None] = []
    for a in active:
        seconds, amount = a.phases[0]
        limits = [amount / seconds] if seconds > 0 else []
        if number(a.way.limit) is not None:
            limits.append(Fraction(a.way.limit))
        wanted.append(Fraction(0) if amount == 0 else min(limits, default=None))
    pools = []
    for s, cap in enumerate(card.cap):
        if cap != inf:
            pools.append(({k for k, a in enumerate(active) if a.way.sub == s}, Fraction(cap)))
    for g, bandwidth in enumerate(card.bandwidth):
        if bandwidth != inf:
            pools.append(({k for k, a in enumerate(active) if card.group[a.way.sub] == g}, Fraction(bandwidth)))
    shares = fair_shares(wanted, pools)
    speeds: list[Fraction | None] = []
    for a, share in zip(active, shares, strict=True):
        seconds, amount = a.phases[0]
        limits = [1 / seconds] if seconds > 0 else []
        if amount > 0 and share is not None:
            limits.append(share / amount)
        speeds.append(min(limits, default=None))
    return speeds
