"""How fast designs are scored and scheduled."""

import os
from dataclasses import replace

from workbench.design.design import Design, SchedulerWeights
from workbench.design.edit import set_core, set_grid, set_wires
from workbench.design.first import first_design
from workbench.engine.bench import REFERENCE_WORDS, BenchTable, median_s, reference_s
from workbench.engine.stations import Stations

WORKLOAD, BOARD = "mixed", "u280"
DESIGNS = 256


def bench_score(_: Stations) -> list[BenchTable]:
    """One score of the mixed preset on a U280 after an edit, by what the edit touches."""
    design = first_design(WORKLOAD, BOARD)
    scorer = Stations().scorer(design)  # its own, so that the first score builds every table
    reference = reference_s()
    first = median_s(lambda: scorer.score(design), 1)[0]
    sub = design.subaccelerators[0]
    edits: dict[str, list[Design]] = {
        "scheduler weights (no new table)": [_weights(design, number) for number in range(30)],
        "wires of A": [set_wires(design, sub.id, sub.wires[:count]) for count in range(len(sub.wires))],
        "grid of A": [set_grid(design, sub.id, rows, cols) for rows in (1, 2) for cols in (1, 2, 3)],
        "core of A": [set_core(design, sub.id, core) for core in ("B512", "B800", "B1024", "B1152", "B1600", "B2304")],
    }
    rows = [("first score of a workload and board", *_times(first, first, reference))]
    for words, changed in edits.items():
        queue = iter(changed)
        middle, slow = median_s(lambda queue=queue: scorer.score(next(queue)), len(changed))  # type: ignore[misc]
        rows.append((f"after an edit: {words}", *_times(middle, slow, reference)))
    header = ("score of mixed on u280", "median ms", "95 % ms", "× reference")
    notes = (f"{REFERENCE_WORDS}: {reference * 1e3:.1f} ms",)
    return [BenchTable("score", header, tuple(rows), (1, 2, 3), notes)]


def _times(middle: float, slow: float, reference: float) -> tuple[str, str, str]:
    return f"{middle * 1e3:.2f}", f"{slow * 1e3:.2f}", f"{middle / reference:.3f}"


def _weights(design: Design, number: int) -> Design:
    return replace(design, scheduler=SchedulerWeights(0.01 * number, 2.0 + 0.01 * number))


def bench_schedule(stations: Stations) -> list[BenchTable]:
    """Designs and jobs scheduled per second, all tables known; on one thread and on all."""
    reference = reference_s()
    rows = []
    for workload in ("vision", "nlp", "mixed", "mlperf"):
        design = first_design(workload, BOARD)
        scorer = stations.scorer(design)
        jobs = len(scorer.jobs)
        designs = [_weights(design, number) for number in range(DESIGNS)]
        scorer.evaluate_many(designs[:2], threads=1)
        for threads in sorted({1, os.cpu_count() or 1}):
            middle = median_s(lambda s=scorer, d=designs, t=threads: s.evaluate_many(d, threads=t), 3)[0]  # type: ignore[misc]
            per_s = DESIGNS / middle
            ratio = per_s * jobs * reference / 1e6
            rows.append((workload, str(threads), f"{per_s:,.0f}", str(jobs), f"{per_s * jobs:,.0f}", f"{ratio:.2f}"))
    header = (f"on {BOARD}", "threads", "designs/s", "jobs", "jobs/s", "jobs per addition")
    return [BenchTable("schedule", header, tuple(rows), (1, 2, 3, 4, 5), (REFERENCE_WORDS,))]
