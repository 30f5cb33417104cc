"""Random small scheduling problems, as the kernel and as the plain simulator read them."""

from dataclasses import dataclass
from math import inf

import numpy as np
from hypothesis import strategies as st
from plain_simulator import Card, Job, Way

from workbench.cost.options import COLUMNS, Column, OptionTable
from workbench.schedule.problem import Machine, Problem, job_arrays, problem
from workbench.schedule.schedule import Schedule, simulate


@dataclass
class Instance:
    """The same problem twice."""

    problem: Problem
    jobs: list[Job]
    card: Card
    alpha: float
    theta: float


def table(ways: list[list[dict[str, float]]]) -> OptionTable:
    """An option table from one list of column values (named in lower case) per shape."""
    rows, start = [], [0]
    for shape in ways:
        for way in shape:
            row = np.zeros(COLUMNS)
            row[[Column.ROWS, Column.COLS, Column.PLANES]] = 1
            row[Column.RATE_LIMIT] = inf
            for name, value in way.items():
                row[Column[name.upper()]] = value
            row[Column.ROWS] = row[Column.CORES]
            rows.append(row)
        start.append(len(rows))
    return OptionTable(np.array(rows), np.array(start, np.int64))


def network_jobs(networks: list[tuple[int, list[tuple[int, list[int]]]]]) -> dict[str, list[int]]:
    """Jobs of (instances, [(shape, inputs), …]) per tenant, as keyword arguments of `job_arrays`."""
    out: dict[str, list[int]] = {
        name: [] for name in ("shape", "tenant", "instance", "layer", "predecessor_start", "predecessor")
    }
    out["predecessor_start"].append(0)
    for tenant, (instances, layers) in enumerate(networks):
        for instance in range(instances):
            first = len(out["shape"])
            for layer, (shape, inputs) in enumerate(layers):
                out["shape"].append(shape)
                out["tenant"].append(tenant)
                out["instance"].append(instance)
                out["layer"].append(layer)
                out["predecessor"] += [first + i for i in inputs]
                out["predecessor_start"].append(len(out["predecessor"]))
    return out


@st.composite
def _columns(draw: st.DrawFn, shapes: int, cores: int, loads: bool) -> list[list[dict[str, float]]]:
    """One to three ways to run each shape on up to `cores` cores."""
    amounts = st.sampled_from([0.0, 1.0, 2.0, 3.0, 5.0, 8.0])
    columns = []
    for _ in range(shapes):
        row = []
        for _ in range(draw(st.integers(1, 3))):
            moved = draw(amounts)
            row.append(
                {
                    "cores": draw(st.integers(1, cores)),
                    "unstalled_s": draw(amounts),
                    "input_bytes": draw(amounts),
                    "weight_bytes": moved,
                    "output_bytes": draw(amounts),
                    "load_bytes": moved if loads and draw(st.booleans()) else 0.0,
                    "rate_limit": draw(st.sampled_from([1.0, 2.0, 4.0, inf])),
                }
            )
            row[-1]["compute_s"] = row[-1]["unstalled_s"]
        columns.append(row)
    return columns


@st.composite
def instances(
    draw: st.DrawFn, *, isolated: bool = True, loads: bool = True, most_jobs: int = 14, infinite: bool = True
) -> Instance:
    """Up to three sub-accelerators of up to four cores and three tenants with instances; zeros and ties are common."""
    subs = draw(st.integers(1, 3))
    cores = draw(st.lists(st.integers(1, 4), min_size=subs, max_size=subs))
    shapes = draw(st.integers(1, 4))
    kind: list[int] = []  # some have the configuration of one before, and options that need more cores
    drawn: list[list[list[dict[str, float]]]] = []
    ways: list[list[Way]] = [[] for _ in range(shapes)]
    for s in range(subs):
        twins = [k for k in kind if all(min(way["cores"] for way in row) <= cores[s] for row in drawn[k])]
        if twins and draw(st.integers(0, 3)) == 0:
            kind.append(draw(st.sampled_from(twins)))
        else:
            kind.append(len(drawn))
            drawn.append(draw(_columns(shapes, cores[s], loads)))
        base = sum(len(row) for columns in drawn[: kind[-1]] for row in columns)
        for i, row in enumerate(drawn[kind[-1]]):
            for way in row:
                amount = way["input_bytes"] + way["weight_bytes"] + way["output_bytes"]
                if way["cores"] <= cores[s]:
                    ways[i].append(
                        Way(s, base, way["cores"], way["unstalled_s"], amount, way["load_bytes"], way["rate_limit"])
                    )
                base += 1
    made = [table(columns) for columns in drawn]
    tables = [made[k] for k in kind]
    networks = []
    count = 0
    for _ in range(draw(st.integers(1, 3))):
        layers = []
        for index in range(draw(st.integers(1, 4))):
            inputs = draw(st.sets(st.integers(0, index - 1), max_size=2)) if index else set()
            layers.append((draw(st.integers(0, shapes - 1)), sorted(inputs)))
        copies = draw(st.integers(1, 3))
        copies = max(1, min(copies, (most_jobs - count) // len(layers)))
        count += copies * len(layers)
        networks.append((copies, layers))
    groups = draw(st.integers(1, 2))
    bandwidth = [1.0, 3.0, 4.0, inf] if infinite else [1.0, 3.0, 4.0]
    card = Card(
        cores,
        [float(draw(st.sampled_from([1, 2, 4]))) for _ in cores],
        [draw(st.sampled_from([inf, inf, 1.0, 2.0])) for _ in cores],
        [draw(st.integers(0, groups - 1)) for _ in cores],
        [draw(st.sampled_from(bandwidth)) for _ in range(groups)],
        kind,
    )
    lists = network_jobs(networks)
    isolation = [draw(st.integers(0, 1)) for _ in networks] if isolated and draw(st.booleans()) else []
    allowed = []
    if isolation:
        allowed = [[draw(st.booleans()), draw(st.booleans())] for _ in cores]
        allowed[draw(st.integers(0, subs - 1))] = [True, True]
    alpha, theta = draw(st.sampled_from([0.0, 0.5, 1.0])), draw(st.sampled_from([1.0, 2.0, 4.0]))
    machine = Machine(
        card.cores, card.size, card.bandwidth, card.cap, card.group, (), allowed if any(isolation) else ()
    )
    jobs = job_arrays(**lists, isolation=isolation)
    plain = []
    for j, shape in enumerate(lists["shape"]):
        key = (lists["tenant"][j], lists["instance"][j], lists["layer"][j])
        group = isolation[key[0]] if any(isolation) else 0
        mine = [w for w in ways[shape] if not any(isolation) or allowed[w.sub][group]]
        before = lists["predecessor"][lists["predecessor_start"][j] : lists["predecessor_start"][j + 1]]
        plain.append(Job(key, mine, before, klass=(shape, group)))
    return Instance(problem(jobs, tables, machine, alpha, theta), plain, card, alpha, theta)


def greedy_schedule(instance: Instance) -> Schedule:
    """The instance's first schedule, in which no job waits for better cores: so it is where any job is bound, and the
    first job is, to the sub-accelerator it takes anyway."""
    chosen = simulate(instance.problem).sub[0]
    return simulate(instance.problem, forced_sub=[chosen, *[-1] * (len(instance.jobs) - 1)])
