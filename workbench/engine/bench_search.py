"""Every optimiser on every cell: median EDP over the best design known, and the seconds it took.

One search gives the figures of all budgets below its own: no optimiser knows how long it will be asked. Every finished
search is a line of a file, so that a bench that was ended goes on where it was.
"""

import statistics
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from workbench.design.design import Design
from workbench.design.first import first_design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.engine.bench import BenchTable
from workbench.engine.best_known import best_known_edp_j_s, edp_of_file_j_s, keep_best
from workbench.engine.stations import Stations
from workbench.hardware.presets import load_board
from workbench.search.objective import Goal
from workbench.search.optimizers import NAMES, make_optimizer
from workbench.search.run import Limits, Search
from workbench.search.space import Space

CELLS = ("vision-u280", "nlp-u280", "mixed-u280", "vision-cloud", "nlp-cloud", "mixed-cloud")
BUDGETS = (2000, 20000)
SEEDS = 5
RESULTS = "searches.jsonl"


class Searched(msgspec.Struct, frozen=True):
    """One search. `edp_j_s` and `taken_s` (wall time, tables included) are those at each of its `budgets`."""

    cell: str
    optimizer: str
    seed: int
    budgets: tuple[int, ...]
    edp_j_s: tuple[float, ...]
    taken_s: tuple[float, ...]


def bench_search(
    stations: Stations,  # noqa: ARG001 - every search has a scorer of its own: tables count as its time
    cells: Sequence[str] = CELLS,
    evaluations: Sequence[int] = BUDGETS,
    optimizers: Sequence[str] = NAMES,
    seeds: int = SEEDS,
    out: str = "",
) -> list[BenchTable]:
    """The comparison on some of the cells. `out` is a folder for the finished searches and the best designs found; what
    is in there already under the same budgets is not searched again.

    Raises ValueError for unknown names and numbers.
    """
    budgets = tuple(sorted({int(n) for n in evaluations}))
    _check("cells", cells, CELLS)
    _check("optimizers", optimizers, NAMES)
    if not budgets or budgets[0] < 1 or seeds < 1:
        raise ValueError(f"evaluations {list(evaluations)}, seeds {seeds}: allowed: 1 or more")
    folder = Path(out) if out else None
    done = {(s.cell, s.optimizer, s.seed): s for s in _read(folder) if s.budgets == budgets}
    for cell in cells:
        for seed in range(1, seeds + 1):
            for optimizer in optimizers:
                if (cell, optimizer, seed) not in done:
                    done[cell, optimizer, seed] = search_cell(cell, optimizer, seed, budgets, folder)
    wanted = [s for s in done.values() if s.cell in cells and s.optimizer in optimizers and s.seed <= seeds]
    best = {cell: _best(cell, [s for s in wanted if s.cell == cell], folder) for cell in cells}
    return [_table(place, n, wanted, best, optimizers) for place, n in enumerate(budgets)]


def search_cell(cell: str, optimizer: str, seed: int, budgets: tuple[int, ...], folder: Path | None = None) -> Searched:
    """One search from a cell's first design to the last of `budgets`; with a folder, kept there."""
    design, scorer = _scorer(cell)
    began = time.perf_counter()
    space = Space(design, scorer.board)
    running = Search(
        space,
        make_optimizer(optimizer, space.encode(design), seed, terrain=space),
        scorer.evaluate_many,
        Goal(design.objective),
        [design],
        Limits(budgets[-1]),
    )
    edp_j_s: list[float] = []
    taken_s: list[float] = []
    while not running.done:
        running.step()
        for _ in [n for n in budgets[len(edp_j_s) :] if running.evaluations >= n]:
            edp_j_s.append(running.archive.best_value)
            taken_s.append(time.perf_counter() - began)
    found = Searched(cell, optimizer, seed, budgets, tuple(edp_j_s), tuple(taken_s))
    if folder is not None:
        best = running.archive.best[0]
        keep_best(folder / f"{cell}.toml", best.design, scorer, optimizer, seed, best.number)
        with open(folder / RESULTS, "ab") as file:
            file.write(msgspec.json.encode(found) + b"\n")
    return found


def _scorer(cell: str) -> tuple[Design, Scorer]:
    workload, _, board = cell.partition("-")
    design = first_design(workload, board)
    return design, Scorer(design_workload(design), load_board(board))


def _read(folder: Path | None) -> Iterable[Searched]:
    """The finished searches of a folder; a line cut short by a kill is left out."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / RESULTS
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            yield msgspec.json.decode(line, type=Searched)
        except msgspec.DecodeError:
            continue


def _best(cell: str, searched: Sequence[Searched], folder: Path | None) -> float:
    """EDP of the best design known of a cell, these searches' included."""
    _, scorer = _scorer(cell)
    kept = edp_of_file_j_s(folder / f"{cell}.toml", scorer) if folder is not None else None
    known = [best_known_edp_j_s(cell, scorer), kept, *(s.edp_j_s[-1] for s in searched)]
    return min(edp for edp in known if edp is not None)


def _table(
    place: int, budget: int, searched: Sequence[Searched], best: dict[str, float], optimizers: Sequence[str]
) -> BenchTable:
    """Median ratio and seconds of every optimiser in every cell, at one budget; the best optimiser first."""
    rows = []
    for optimizer in optimizers:
        ratios, cellwise = [], []
        for cell, known in best.items():
            own = [s for s in searched if (s.cell, s.optimizer) == (cell, optimizer)]
            ratio = statistics.median(s.edp_j_s[place] for s in own) / known
            seconds = statistics.median(s.taken_s[place] for s in own)
            ratios.append(ratio)
            cellwise.append(f"{ratio:.3f} {seconds:5.1f} s")
        rows.append((statistics.geometric_mean(ratios), max(ratios), optimizer, cellwise))
    words = tuple((o, f"{mean:.3f}", f"{worst:.3f}", *each) for mean, worst, o, each in sorted(rows))
    known_words = ", ".join(f"{cell} {edp * 1e3:.4g}" for cell, edp in best.items())
    notes = (
        f"{budget:,} evaluations: EDP over the best design known, median of "
        f"{max(s.seed for s in searched)} seeds, and median seconds",
        f"best known, mJ·s: {known_words}",
    )
    header = (f"at {budget:,}", "mean", "worst", *best)
    return BenchTable(f"search, {budget}", header, words, tuple(range(1, len(header))), notes)


def _check(what: str, given: Sequence[str], allowed: Sequence[str]) -> None:
    for name in given:
        if name not in allowed:
            raise ValueError(f"bench search: {what}: {name!r} is not known; allowed: {', '.join(allowed)}")
    if not given:
        raise ValueError(f"bench search: no {what}; allowed: {', '.join(allowed)}")
