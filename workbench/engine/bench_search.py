"""Every optimiser against random search, with the same number of evaluations."""

import statistics
import time

from workbench.design.design import Design
from workbench.design.first import first_design
from workbench.design.score import Scorer
from workbench.engine.bench import BenchTable
from workbench.engine.stations import Stations
from workbench.search.objective import Goal
from workbench.search.optimizers import NAMES, make_optimizer
from workbench.search.run import Limits, Search
from workbench.search.space import Space

WORKLOAD, BOARD = "mixed", "u280"
EVALUATIONS = 2000
SEEDS = (1, 2, 3)


def bench_search(stations: Stations) -> list[BenchTable]:
    """Median best EDP over three seeds, as a ratio to random search and to the design each search began with."""
    design = first_design(WORKLOAD, BOARD)
    scorer = stations.scorer(design)
    begun = scorer.evaluate(design).edp_j_s
    found: dict[str, tuple[list[float], float]] = {}
    for name in NAMES:
        began = time.perf_counter()
        values = [_search(scorer, design, name, seed) for seed in SEEDS]
        found[name] = values, (time.perf_counter() - began) / len(SEEDS)
    random = statistics.median(found["random"][0])
    rows = []
    for name, (values, taken_s) in sorted(found.items(), key=lambda item: statistics.median(item[1][0])):
        middle = statistics.median(values)
        spread = f"{min(values) * 1e3:.1f} to {max(values) * 1e3:.1f}"
        rate = f"{EVALUATIONS / taken_s:,.0f}"
        rows.append((name, f"{middle * 1e3:.1f}", spread, f"{middle / random:.3f}", f"{middle / begun:.3f}", rate))
    header = ("optimiser", "median mJ·s", "over seeds", "÷ random", "÷ first design", "designs/s")
    note = f"{WORKLOAD} on {BOARD}, {EVALUATIONS} evaluations, seeds {', '.join(map(str, SEEDS))}"
    return [BenchTable("search", header, tuple(rows), (1, 3, 4, 5), (note,))]


def _search(scorer: Scorer, design: Design, optimizer: str, seed: int) -> float:
    space = Space(design, scorer.board)
    running = Search(
        space,
        make_optimizer(optimizer, space.encode(design), seed),
        scorer.evaluate_many,
        Goal(design.objective),
        [design],
        Limits(EVALUATIONS),
    )
    while not running.done:
        running.step()
    return running.archive.best[0].evaluation.edp_j_s
