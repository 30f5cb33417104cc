"""Local search on the schedule of one design: where layers run, on how many cores, and in what order.

It starts from the list scheduler's own schedule, written out job by job, and keeps a change if the objective does not
get worse; the design itself stays. The result is never worse than the list scheduler's.
"""

from dataclasses import replace

import numpy as np

from workbench.cost.options import Column
from workbench.design.design import Design, FixedJob
from workbench.design.score import Evaluation, Scorer
from workbench.search.objective import Goal

Options = dict[
    tuple[int, int], list[tuple[str, int, int, int]]
]  # (tenant, layer) → sub-accelerator, rows, cols, planes

MOVES_OF_OPTION = 0.6  # share of steps that move a layer; the others change the order
FARTHEST = 0.05  # of all jobs: how far a change of order goes at most
WHOLE_LAYER = 0.5  # share of moves that take all instances of a layer at once


def polish(design: Design, scorer: Scorer, goal: Goal, evaluations: int, seed: int) -> tuple[Design, Evaluation]:
    """The best explicit schedule found with `evaluations` evaluations, or the design as it was if none is better.

    Raises ValueError for a design that does not fit.
    """
    before = scorer.evaluate(design)
    if goal.overrun(before) > 0:
        raise ValueError("a design that does not fit has no schedule to polish")
    random = np.random.Generator(np.random.PCG64(seed))
    options = _options(design, scorer)
    rows = list(design.schedule) or _written_out(design, scorer)
    current = replace(design, schedule=tuple(rows))
    value = goal.fitness(scorer.evaluate(current))
    best, best_value, best_evaluation = design, goal.fitness(before), before
    for _ in range(max(0, evaluations - 2)):
        changed = _moved(rows, options, random) if random.random() < MOVES_OF_OPTION else _reordered(rows, random)
        candidate = replace(design, schedule=tuple(changed))
        evaluation = scorer.evaluate(candidate)
        fitness = goal.fitness(evaluation)
        if fitness <= value:
            rows, value = changed, fitness
        if fitness < best_value:
            best, best_value, best_evaluation = candidate, fitness, evaluation
    return best, best_evaluation


def _options(design: Design, scorer: Scorer) -> Options:
    """Every option of every layer, over all sub-accelerators that may run it."""
    jobs = scorer.jobs
    found: Options = {}
    tenants = scorer.workload.tenants
    for sub in design.subaccelerators:
        table = scorer.store.table(scorer.store.find(sub))
        for tenant, layer, shape in sorted(set(zip(jobs.tenant, jobs.layer, jobs.shape, strict=True))):
            if scorer.isolation and sub.serves != tenants[tenant].isolation:
                continue
            rows = table.rows[table.start[shape] : table.start[shape + 1]]
            own = rows[rows[:, Column.CORES] <= sub.cores][:, [Column.ROWS, Column.COLS, Column.PLANES]]
            grids = [(sub.id, int(r), int(c), int(p)) for r, c, p in own]
            found.setdefault((tenant, layer), []).extend(grids)
    return found


def _written_out(design: Design, scorer: Scorer) -> list[FixedJob]:
    """The list scheduler's schedule as rows, in the order of their start."""
    options = _options(design, scorer)
    bars = sorted(scorer.score(design, timeline=True).timeline, key=lambda bar: bar.start_s)
    rows = []
    for priority, bar in enumerate(bars):
        id_ = design.subaccelerators[bar.subaccelerator].id
        offered = [o for o in options[(bar.tenant, bar.layer)] if o[0] == id_]
        grid = min(offered, key=lambda o: abs(o[1] * o[2] * o[3] - len(bar.cores)))
        rows.append(FixedJob(bar.tenant, bar.instance, bar.layer, *grid, priority))
    return rows


def _moved(rows: list[FixedJob], options: Options, random: np.random.Generator) -> list[FixedJob]:
    """One job, or all instances of its layer, on another option."""
    at = int(random.integers(len(rows)))
    job = rows[at]
    offered = options[(job.tenant, job.layer)]
    id_, r, c, p = offered[int(random.integers(len(offered)))]
    if random.random() < WHOLE_LAYER:
        same = {i for i, row in enumerate(rows) if (row.tenant, row.layer) == (job.tenant, job.layer)}
    else:
        same = {at}
    return [
        replace(row, subaccelerator=id_, rows=r, cols=c, planes=p) if i in same else row for i, row in enumerate(rows)
    ]


def _reordered(rows: list[FixedJob], random: np.random.Generator) -> list[FixedJob]:
    """One job earlier or later."""
    at = int(random.integers(len(rows)))
    reach = max(1, int(FARTHEST * len(rows)))
    to = min(max(at + int(random.integers(-reach, reach + 1)), 0), len(rows) - 1)
    changed = rows.copy()
    changed.insert(to, changed.pop(at))
    return [row if row.priority == i else replace(row, priority=i) for i, row in enumerate(changed)]
