"""How fast designs are scored and scheduled."""

import os
import time
from dataclasses import replace
from typing import Any

from workbench.cost.dpu import grid_splits
from workbench.cost.dpu_shapes import shape_rows
from workbench.dataflow.core_dataflow import CoreDataflow
from workbench.dataflow.library import load_dataflow
from workbench.design.configurations import resolve_dataflow, table_of
from workbench.design.design import Design, SchedulerWeights, SubAccelerator, Wire
from workbench.design.edit import set_core, set_grid, set_wires
from workbench.design.first import first_design
from workbench.design.score import Scorer
from workbench.engine.bench import REFERENCE_WORDS, BenchTable, median_s, reference_s
from workbench.engine.bench_search import search_cell
from workbench.engine.stations import Stations
from workbench.schedule import schedule
from workbench.search.optimizers import DEFAULT

WORKLOAD, BOARD = "mixed", "u280"
DESIGNS = 256
TABLES = (
    ("B4096", "auto-p-k", 3, 4), ("B4096", "flexible", 3, 4), ("B512", "auto-k", 1, 16), ("B512", "auto-p-c", 4, 4),
    ("B1600", "ws-k-p", 2, 6), ("B1600", "os-p-k", 2, 6),
)  # fmt: skip
AIM_ENTRIES = 2_000_000
SCHEDULES = 2  # of each design
AIM_JOBS = 6_000_000  # on one thread
KERNEL = "simulate_batch"  # of `schedule`
WARM_EVALUATIONS, SEARCH_EVALUATIONS = 300, 20_000
AIM_SHARE = 0.6
AIM_THREADS = 1.8  # on two
JOBS_WORDS = (
    "designs/s: evaluated whole. Each design's jobs are scheduled twice, the second time until the end of the first "
    "(docs/model-schedule.md §2)"
)


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
    return [BenchTable("score", header, tuple(rows), (1, 2, 3), notes), _option_tables(scorer, reference)]


def _option_tables(scorer: Scorer, reference: float) -> BenchTable:
    """Entries of the cost table: every layer on every sub-rectangle of a grid, under one dataflow on one core type."""
    layers = (layer.shape for tenant in scorer.workload.tenants for layer in tenant.network.layers)
    shapes = tuple(dict.fromkeys(layers))
    encoded = shape_rows(shapes, scorer.board.concat_copies)  # once for all tables, as a store does
    rows, all_entries, all_s = [], 0, 0.0
    for core, name, height, width in TABLES:
        sub = SubAccelerator("A", core, height, width, load_dataflow(name).text, wires=tuple(Wire))
        dataflow = resolve_dataflow(sub, scorer.board)

        def build(sub: SubAccelerator = sub, dataflow: CoreDataflow = dataflow) -> None:
            table_of(sub, dataflow, shapes, scorer.board, scorer.energy, all_rectangles=True, encoded=encoded)

        build()  # loads the kernel
        splits = grid_splits(dataflow, height, width, 1, ring=True, everything=True)
        entries, taken_s = len(shapes) * len(splits), median_s(build, 5)[0]
        all_entries, all_s = all_entries + entries, all_s + taken_s
        rows.append((f"{height}×{width} {core}, {name}", *_rates(entries, taken_s, reference), ""))
    rows.append(("all", *_rates(all_entries, all_s, reference), f"{AIM_ENTRIES:,}"))
    header = (f"{len(shapes)} layers × sub-rectangles", "entries", "entries/s", "per addition", "aim")
    return BenchTable("option tables", header, tuple(rows), (1, 2, 3, 4), ("one thread; nothing is left out",))


def _rates(entries: int, taken_s: float, reference: float) -> tuple[str, str, str]:
    return f"{entries:,}", f"{entries / taken_s:,.0f}", f"{entries / taken_s * reference / 1e6:.3f}"


def _times(middle: float, slow: float, reference: float) -> tuple[str, str, str]:
    return f"{middle * 1e3:.2f}", f"{slow * 1e3:.2f}", f"{middle / reference:.3f}"


def _weights(design: Design, number: int) -> Design:
    return replace(design, scheduler=SchedulerWeights(0.01 * number, 2.0 + 0.01 * number))


def bench_schedule(stations: Stations) -> list[BenchTable]:
    """Designs evaluated and jobs scheduled per second, all tables known; on one thread and on all."""
    reference = reference_s()
    rows = []
    for workload in ("vision", "nlp", "mixed", "mlperf"):
        design = first_design(workload, BOARD)
        scorer = stations.scorer(design)
        jobs = len(scorer.jobs)
        designs = [_weights(design, number) for number in range(DESIGNS)]
        scorer.evaluate_many(designs[:2], threads=1)
        problem = scorer.problem_of(*designs)
        alone_s = 0.0
        for threads in sorted({1, os.cpu_count() or 1}):
            evaluated_s = median_s(lambda s=scorer, d=designs, t=threads: s.evaluate_many(d, threads=t), 5)[0]  # type: ignore[misc]
            taken_s = median_s(lambda s=scorer, p=problem, t=threads: s.totals_of(p, t), 5)[0]  # type: ignore[misc]
            alone_s = alone_s or taken_s
            scheduled = SCHEDULES * jobs * DESIGNS / taken_s
            rows.append(
                (
                    workload, str(threads), str(jobs), f"{DESIGNS / evaluated_s:,.0f}", f"{scheduled:,.0f}",
                    f"{scheduled * reference / 1e6:.2f}", f"{alone_s / taken_s:.2f}",
                    f"{AIM_JOBS:,}" if threads == 1 else f"{AIM_THREADS} ×",
                )
            )  # fmt: skip
    header = (f"on {BOARD}", "threads", "jobs", "designs/s", "jobs scheduled/s", "per addition", "× one", "aim")
    speed = BenchTable("schedule", header, tuple(rows), (1, 2, 3, 4, 5, 6, 7), (JOBS_WORDS, REFERENCE_WORDS))
    return [speed, _kernel_share()]


def _kernel_share() -> BenchTable:
    """How much of a search's processor time, of all its threads, passes in the kernel of scheduler and simulator."""
    kernel, spent_s = getattr(schedule, KERNEL), [0.0]

    def timed(*arguments: Any) -> None:
        began = time.thread_time()
        kernel(*arguments)
        spent_s.append(time.thread_time() - began)

    cell = f"{WORKLOAD}-{BOARD}"
    search_cell(cell, DEFAULT, 1, (WARM_EVALUATIONS,))  # loads kernels
    setattr(schedule, KERNEL, timed)
    try:
        wall, processor = time.perf_counter(), time.process_time()
        search_cell(cell, DEFAULT, 1, (SEARCH_EVALUATIONS,))
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    finally:
        setattr(schedule, KERNEL, kernel)
    row = (f"{cell}, {SEARCH_EVALUATIONS:,} designs", f"{wall:.1f}", f"{processor:.1f}", f"{sum(spent_s):.1f}")
    header = ("default search", "s", "processor s", "in the kernel", "share", "aim")
    share = f"{100 * sum(spent_s) / processor:.0f} %"
    return BenchTable("share", header, ((*row, share, f"{100 * AIM_SHARE:.0f} %"),), (1, 2, 3, 4, 5))
