"""One cell of the campaign: every baseline and the method, the same number of evaluations each, by the same code.

The baselines' winners are put into the method's first generation, so that the method can never be worse; that it is not
is asserted. A cell's file is written after each search, so that a killed campaign goes on where it was.
"""

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from workbench.design.budget import check_budget
from workbench.design.design import Design
from workbench.design.first import first_design
from workbench.design.score import Evaluation, Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.board import Family
from workbench.hardware.presets import load_board
from workbench.search.baselines import baselines, search_baseline
from workbench.search.cells import Cell
from workbench.search.choices import choices_for
from workbench.search.lower_bound import lower_bound
from workbench.search.objective import Goal
from workbench.search.optimizers import DEFAULT, make_optimizer
from workbench.search.run import Limits, Search
from workbench.search.space import Space

METHOD = "method"
FORMAT = 1  # of a cell's file; a file of another format is searched anew
RUNNERS_UP = 8  # of the method's own designs, kept for the robustness draws
NEVER_WORSE = 1.0 + 1e-9  # rounding of a sum in another order


@dataclass(frozen=True, slots=True)
class Budgeted:
    """How much is searched; part of a cell's file, since results under another budget must not be mixed."""

    evaluations: int
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Winner:
    """The best design of one search. Figures are without `power_factor`, which multiplies energy.

    `binding` is the scarcest resource and `use` the share of it that the design takes. `found_at` counts evaluations;
    `taken_over` names the baseline whose winner the method could not better.
    """

    name: str
    title: str
    design: Design | None  # None: nothing fitted
    edp_j_s: float = 0.0
    latency_s: float = 0.0
    energy_j: float = 0.0
    power_factor: float = 1.0
    found_at: int = 0
    binding: str = ""
    use: float = 0.0
    taken_over: str = ""


@dataclass(frozen=True, slots=True)
class CellResult:
    """All winners of a cell, the method's last; `bound_edp_j_s` 0 where there is no bound (ASIC boards)."""

    cell: Cell
    budgeted: Budgeted
    winners: tuple[Winner, ...] = ()
    runners_up: tuple[Design, ...] = ()
    static_w: float = 0.0
    bound_edp_j_s: float = 0.0
    bound_by: str = ""
    format: int = FORMAT

    @property
    def complete(self) -> bool:
        """Whether the method's search, the last one, has been done."""
        return bool(self.winners) and self.winners[-1].name == METHOD

    def winner(self, name: str) -> Winner | None:
        """A winner by name; None if there is none or nothing fitted."""
        return next((w for w in self.winners if w.name == name and w.design is not None), None)


class NeverWorseError(AssertionError):
    """The method came out worse than a design it was given: a fault of the search, never a result."""


def cell_path(folder: Path, cell: Cell) -> Path:
    """Where a cell's result lies."""
    return folder / f"{cell.name}.json"


def read_cell(path: Path, cell: Cell, budgeted: Budgeted) -> CellResult:
    """What a file already holds of a cell under this budget; an empty result if nothing that counts."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=CellResult)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if found is None or (found.cell, found.budgeted, found.format) != (cell, budgeted, FORMAT):
        return CellResult(cell, budgeted)
    return found


def write_cell(path: Path, result: CellResult) -> None:
    """Write a cell's file in one step. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".cell-")
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(result), indent=1))
    os.replace(name, path)


def cell_design(cell: Cell) -> Design:
    """The first design of a cell's workload on its board under its assumption."""
    return first_design(cell.workload, cell.board, dict(cell.overrides))


def cell_scorer(cell: Cell) -> Scorer:
    """A scorer for all designs of a cell."""
    design = cell_design(cell)
    return Scorer(design_workload(design), load_board(design.board, design.board_overrides))


def run_cell(
    cell: Cell,
    budgeted: Budgeted,
    path: Path,
    threads: int | None = 1,
) -> CellResult:
    """Do what is missing of a cell, write it to `path` search by search, and give the whole of it.

    Raises NeverWorseError if the method ends up worse than a baseline, OSError if the file cannot be written.
    """
    result = read_cell(path, cell, budgeted)
    if result.complete:
        return result
    return run_on(cell_design(cell), cell_scorer(cell), result, path, threads)


def run_on(
    first: Design,
    scorer: Scorer,
    result: CellResult,
    path: Path,
    threads: int | None = 1,
) -> CellResult:
    """`run_cell` for a design to begin with and a scorer that are given."""
    budgeted = result.budgeted
    done = {winner.name for winner in result.winners}
    searched: dict[tuple[object, ...], Winner] = {}
    for baseline in baselines(first, scorer.board):
        if baseline.name in done:
            continue
        same = (baseline.base, baseline.freeze, baseline.herald)
        if same in searched:  # differs in its power factor alone
            twin = searched[same]
            winner = replace(twin, name=baseline.name, title=baseline.title, power_factor=baseline.power_factor)
        else:
            found = search_baseline(baseline, scorer, budgeted.evaluations, budgeted.seed, threads)
            winner = Winner(baseline.name, baseline.title, None, power_factor=baseline.power_factor)
            if found is not None:
                winner = _with_figures(winner, found.design, found.evaluation, found.number, scorer)
        searched[same] = winner
        result = replace(result, winners=(*result.winners, winner))
        write_cell(path, result)
    winner, runners_up = _search_method(first, scorer, result, threads)
    for other in result.winners:
        if other.design is not None and winner.edp_j_s > other.edp_j_s * NEVER_WORSE:
            raise NeverWorseError(
                f"{result.cell.name}: the method's {winner.edp_j_s:.6g} J·s is worse than the "
                f"{other.edp_j_s:.6g} J·s of {other.name}, which it was given"
            )
    result = replace(result, winners=(*result.winners, winner), runners_up=runners_up, static_w=scorer.board.static_w)
    if scorer.board.family is Family.FPGA:
        bound = lower_bound(scorer, choices_for(scorer.board, first))
        result = replace(result, bound_edp_j_s=bound.edp_j_s, bound_by=bound.binding)
    write_cell(path, result)
    return result


def _search_method(
    first: Design, scorer: Scorer, result: CellResult, threads: int | None
) -> tuple[Winner, tuple[Design, ...]]:
    """The full space, begun with the first design and all baselines' winners."""
    space = Space(first, scorer.board)
    known = {w.design: w.name for w in result.winners if w.design is not None}
    search = Search(
        space,
        make_optimizer(DEFAULT, space.encode(first), result.budgeted.seed, terrain=space),
        lambda designs: scorer.evaluate_many(designs, threads=threads),
        Goal(first.objective),
        [first, *known],
        Limits(max(result.budgeted.evaluations, len(known) + 1)),
    )
    while not search.done:
        search.step()
    best = search.archive.best[0]
    winner = _with_figures(
        Winner(METHOD, "any sub-accelerators, cores and dataflows", None, taken_over=known.get(best.design, "")),
        best.design,
        best.evaluation,
        best.number,
        scorer,
    )
    return winner, tuple(found.design for found in search.archive.best[1 : RUNNERS_UP + 1])


def _with_figures(winner: Winner, design: Design, found: Evaluation, number: int, scorer: Scorer) -> Winner:
    uses = check_budget(design, scorer.board).uses
    binding = max(uses, key=lambda use: use.share)
    return replace(
        winner,
        design=design,
        edp_j_s=found.edp_j_s,
        latency_s=found.latency_s,
        energy_j=found.energy_j,
        found_at=number,
        binding=binding.name,
        use=binding.share,
    )
