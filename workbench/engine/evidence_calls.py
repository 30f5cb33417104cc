"""Calls behind `trust`: each kind of evidence as tables of words, and whether what must hold held."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from workbench.design.design import Design
from workbench.engine.calls import Arguments
from workbench.engine.stations import Stations
from workbench.search.campaign_tables import Table, design_words

UNSEEN_MEDIAN, UNSEEN_P90 = 0.12, 0.30  # errors on networks that no fit has seen, at most
ATTRIBUTED = (("vision", "u280"), ("nlp", "u280"), ("mixed", "u280"))


class EvidenceArguments(msgspec.Struct, forbid_unknown_fields=True):
    """Which evidence, and how much of it. `folder`: a campaign's, for the robustness draws."""

    name: str
    quick: bool = False
    seed: int = 1
    folder: str = ""
    cells: tuple[tuple[str, str, str], ...] = ()
    evaluations: int = 0  # of the campaign in `folder`


Answer = tuple[list[Table], bool]


def evidence_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """EvidenceArguments → {"tables": [Table as an object], "holds": bool}."""
    asked = msgspec.convert(arguments, EvidenceArguments)
    if asked.name not in EVIDENCE:
        raise ValueError(f"evidence {asked.name!r}: allowed: {', '.join(EVIDENCE)}")
    tables, holds = EVIDENCE[asked.name](asked)
    return {"tables": msgspec.to_builtins(tables), "holds": holds}


def best_shares_call(arguments: Arguments, stations: Stations) -> dict[str, object]:
    """{"designs": [design], "draws": int} → {"shares": [float]}: in which share of the draws each design is best."""
    from workbench.search.evidence_robustness import best_shares

    try:
        designs = msgspec.convert(arguments.get("designs"), list[Design])
        draws = msgspec.convert(arguments.get("draws"), Annotated[int, msgspec.Meta(ge=1)])
    except msgspec.ValidationError as error:
        raise ValueError(f"best-shares takes designs and a number of draws: {error}") from None
    if len({(d.workload, d.tenants, d.board, d.board_overrides) for d in designs}) > 1:
        raise ValueError("only designs of one workload on one board can be judged in the same draws")
    return {"shares": best_shares(designs, stations.scorer(designs[0]), draws) if designs else []}


def _nulls(_: EvidenceArguments) -> Answer:
    from workbench.search.evidence_nulls import nulls

    found = nulls()
    rows = tuple(
        (null.words, f"{null.one:.9g}", f"{null.other:.9g}", ("holds" if null.holds else "FAILS") + _kind(null.law))
        for null in found
    )
    table = Table("nulls", ("what must be equal, or never slower", "one", "other", ""), rows, (1, 2))
    return [table], all(null.holds for null in found if null.law)


def _kind(law: bool) -> str:
    return "" if law else " (observed, no law)"


def _scheduler(asked: EvidenceArguments) -> Answer:
    from workbench.search.evidence_optima import scheduler_gaps

    problems = 30 if asked.quick else 120
    gaps = scheduler_gaps(problems)
    rows = tuple(
        (words, str(len(values)), *(_percent(v) for v in (statistics.median(values), _p90(values), max(values))))
        for words, values in (
            ("default weights", gaps.plain),
            ("best of 16 × 16 weights", gaps.weights),
        )
        if values
    )
    note = (
        f"random chains of real layers, 6 to 12 jobs on two groups of two cores; {gaps.unproven} of {problems} unproven"
    )
    header = ("list scheduler over the optimum", "problems", "median", "90 %", "worst")
    never_below = min((*gaps.plain, *gaps.weights), default=0.0) >= -1e-8
    return [Table("list scheduler against the exact optimum", header, rows, (1, 2, 3, 4), (note,))], never_below


def _search(_: EvidenceArguments) -> Answer:
    from workbench.search.evidence_optima import SEEDS, SMALL_BOARD, SMALL_WORKLOAD, small_space_search

    found = small_space_search()
    rows = tuple(
        (f"seed {seed}", f"{edp * 1e3:.5g}", _percent(edp / found.optimum_edp_j_s - 1))
        for seed, edp in zip(SEEDS, found.found_edp_j_s, strict=True)
    )
    rows = (("all designs", f"{found.optimum_edp_j_s * 1e3:.5g}", _percent(0.0)), *rows)
    notes = (
        f"{SMALL_WORKLOAD} on {SMALL_BOARD}: {found.fitting} of {found.designs} designs fit; {found.evaluations} "
        "evaluations for each seed, which begins from no design at all",
        f"optimum: {design_words(found.optimum)}",
    )
    table = Table("search against every design", ("", "mJ·s", "over the optimum"), rows, (1, 2), notes)
    return [table], min(found.found_edp_j_s) >= found.optimum_edp_j_s * (1 - 1e-12)


def _robustness(asked: EvidenceArguments) -> Answer:
    from workbench.search.campaign import Budgeted, cell_path, read_cell
    from workbench.search.cells import FPGA_BOARDS, Cell
    from workbench.search.evidence_robustness import robustness

    draws = 100 if asked.quick else 500
    budgeted = Budgeted(asked.evaluations, asked.seed)
    results = []
    for names in asked.cells:
        cell = Cell(*names)
        result = read_cell(cell_path(Path(asked.folder), cell), cell, budgeted)
        if result.complete:
            results.append((cell, robustness(result, draws, asked.seed)))
    if not results:
        raise ValueError(
            f"{asked.folder}: no complete cell of {asked.evaluations} evaluations, seed {asked.seed}; "
            "run workbench reproduce first, with the same --quick, --evaluations and --seed"
        )
    titles = [title for title, _ in results[0][1].ratios]
    rows = []
    for cell, found in results:
        verdict = "yes" if found.insight_holds else "no"
        insight = f"{verdict}, {found.insight_share:.0%}" if cell.board in FPGA_BOARDS else "–"
        spread = dict(found.ratios)
        cells = [" / ".join(f"{value:.2f}" for value in spread[title]) if title in spread else "–" for title in titles]
        rows.append((found.cell, f"{found.winner_share:.0%}", insight, *cells))
    header = ("cell", "winner stays", "insight", *(f"{title} P10/P50/P90" for title in titles))
    note = (
        f"{draws} draws: layer error σ 12 %, static and idle power × ½…2, energy terms σ 25 %, ports × ½…2, memory "
        "efficiency 0.7…1; designs judged again, not searched again. insight: its verdict, and the share that keeps it"
    )
    return [Table("robustness", header, tuple(rows), tuple(range(1, len(header))), (note,))], True


def _attribution(asked: EvidenceArguments) -> Answer:
    from workbench.search.campaign import cell_design, cell_scorer
    from workbench.search.cells import Cell
    from workbench.search.evidence_attribution import FACTORS, attribution

    evaluations = 128 if asked.quick else 1024
    rows, whole = [], []
    for workload, board in ATTRIBUTED:
        cell = Cell(workload, board)
        found = attribution(cell_design(cell), cell_scorer(cell), evaluations, asked.seed)
        shares = [f"{share:+.3f}" for _, share in found.shares]
        rows.append((board, workload, *shares, f"{found.total:+.3f}", f"{2.718281828459045**-found.total:.2f}"))
        whole += [(board, workload, ", ".join(free) or "none", f"{edp * 1e3:.4g}") for free, edp in found.edp_j_s]
    header = ("board", "workload", *FACTORS, "sum", "gain ×")
    notes = (
        f"log EDP by factor (Shapley), negative where freedom helps; 16 searches of {evaluations} evaluations each, "
        f"seed {asked.seed}",
    )
    return [
        Table("attribution", header, tuple(rows), tuple(range(2, 8)), notes),
        Table("every setting", ("board", "workload", "free", "mJ·s"), tuple(whole), (3,)),
    ], True


def _bound(_: EvidenceArguments) -> Answer:
    from workbench.search.campaign import cell_design, cell_scorer
    from workbench.search.cells import FPGA_BOARDS, WORKLOADS, Cell
    from workbench.search.choices import choices_for
    from workbench.search.lower_bound import lower_bound

    rows = []
    for board in FPGA_BOARDS:
        for workload in WORKLOADS:
            cell = Cell(workload, board)
            scorer = cell_scorer(cell)
            bound = lower_bound(scorer, choices_for(scorer.board, cell_design(cell)))
            times = (bound.area_time_s, bound.bandwidth_s, bound.chain_s)
            figures = (f"{bound.edp_j_s * 1e3:.4g}", f"{bound.energy_j:.3g}", *(f"{t * 1e3:.3g}" for t in times))
            rows.append((board, workload, *figures, bound.binding))
    header = ("board", "workload", "EDP mJ·s", "J", "area ms", "bandwidth ms", "chain ms", "set by")
    note = "no design of the core library can be better (docs/trust.md); PE arrays have no bound"
    return [Table("lower bound", header, tuple(rows), (2, 3, 4, 5, 6), (note,))], True


def _hardware(_: EvidenceArguments) -> Answer:
    from workbench.cost.accuracy import Point, latency_points, spread
    from workbench.cost.held_out import held_out_points

    found = held_out_points()
    groups: list[tuple[str, Sequence[Point]]] = [("as shipped", latency_points())]
    for held, points in found.items():
        groups.append((f"without each {held}", points))
        names = dict.fromkeys(point.group for point in points)
        groups += [(f"without {name}", [point for point in points if point.group == name]) for name in names]
    errors = [spread(words, points) for words, points in groups]
    rows = tuple((e.name, str(e.points), _percent(e.median), _percent(e.p90), f"{e.bias:+.1%}") for e in errors)
    header = ("latency on boards, the figures fitted …", "points", "median error", "90 %", "bias")
    note = "a board left out also lacks its own memory efficiency: it gets the median of the others"
    unseen = spread("", found["network"])
    holds = unseen.median <= UNSEEN_MEDIAN and unseen.p90 <= UNSEEN_P90
    return [Table("networks and boards the fit has not seen", header, rows, (1, 2, 3, 4), (note,))], holds


def _percent(share: float) -> str:
    return f"{share * 100:.2f} %"


def _p90(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]


EVIDENCE: dict[str, Callable[[EvidenceArguments], Answer]] = {
    "nulls": _nulls,
    "scheduler": _scheduler,
    "search": _search,
    "bound": _bound,
    "hardware": _hardware,
    "attribution": _attribution,
    "robustness": _robustness,
}
