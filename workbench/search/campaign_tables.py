"""What a campaign says, in tables of words: ratios beside the published range, winners, insights, static power.

All ratios are baseline over method, so that more than 1 is the method's gain. Summaries are geometric means of ratios.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.design.design import Design
from workbench.search.campaign import METHOD, CellResult, Winner
from workbench.search.cells import (
    ASSUMPTIONS,
    FPGA_BOARDS,
    HDA_PUBLISHED,
    HMCA_PUBLISHED,
    STATIC_POWERS_W,
    Published,
    find_assumption,
)
from workbench.search.insights import INSIGHTS, insight_holds

GRANULAR = "hda-gran-"
UNDECIDED = 2.0  # times the lower bound: above it the cell says little about what is possible
POORLY_USED = 0.75  # of the scarcest resource
NONE = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words; `numbers` are the columns to be set to the right, `notes` lines below it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rival:
    """A column of the table: which searches it is the best (or middle, or worst) of."""

    title: str
    prefixes: tuple[str, ...]
    pick: str = "best"

    def of(self, result: CellResult) -> Winner | None:
        """The winner of a cell that stands for this column."""
        found = [w for w in result.winners if w.design is not None and w.name.startswith(self.prefixes)]
        if not found:
            return None
        found.sort(key=_edp)
        place = {"best": 0, "median": len(found) // 2, "worst": len(found) - 1}[self.pick]
        return found[place]


HMCA_FAIR = Rival("HMCA fair", ("hmca-fair",))
HMCA_PUB = Rival("HMCA pub", ("hmca-pub",))  # the best of its two rows: without the power overhead
HMCA_POWER = Rival("HMCA pub +20 %", ("hmca-pub-power",))
HDA_SCHED = Rival("HDA +sched", ("hda-sched-",))
HDA_PUB = Rival("HDA pub", ("hda-pub-",))
GRAN_BEST, GRAN_MEDIAN, GRAN_WORST = (Rival(f"gran {pick}", (GRANULAR,), pick) for pick in ("best", "median", "worst"))
RIVALS = (HMCA_FAIR, HMCA_PUB, HMCA_POWER, HDA_SCHED, HDA_PUB, GRAN_BEST, GRAN_MEDIAN, GRAN_WORST)


def campaign_tables(results: Sequence[CellResult]) -> list[Table]:
    """All tables of the complete cells among `results`."""
    complete = [result for result in results if result.complete]
    tables = []
    for assumption in ASSUMPTIONS:
        own = [result for result in complete if result.cell.assumption == assumption.name]
        if own:
            tables += [_ratios(own, assumption.words), _parts(own, assumption.words), _winners(own, assumption.words)]
    if complete:
        tables += [_static_powers(complete), _insights(complete)]
    return tables


def ratio(rival: Winner, method: Winner) -> float:
    """EDP of a rival over the method's."""
    return _edp(rival) / method.edp_j_s


def ratio_at(rival: Winner, method: Winner, change_w: float) -> float:
    """The same with the board's static power changed, both designs as they are: E + ΔP·T."""
    return _edp_at(rival, change_w) / _edp_at(method, change_w)


def verdict(value: float | None, published: Published | None) -> str:
    """Where a ratio lies: in, above or below the published range."""
    if value is None or published is None:
        return NONE
    if published.contains(value):
        return "in"
    return "below" if value < published.low else "above"


def _ratios(results: Sequence[CellResult], words: str) -> Table:
    rows = []
    for result in results:
        method = _method(result)
        values = [None if (w := rival.of(result)) is None else ratio(w, method) for rival in RIVALS]
        published = HMCA_PUBLISHED.get(result.cell.board), HDA_PUBLISHED.get(result.cell.board)
        hmca = _judged(values[0], values[1], published[0])
        hda = _judged(values[3], values[4], published[1])
        rows.append(
            (result.cell.board, result.cell.workload, f"{method.edp_j_s * 1e3:.4g}", *_figures(values), hmca, hda)
        )
    means = [_mean(ratio(w, _method(r)) for r in results if (w := rival.of(r)) is not None) for rival in RIVALS]
    rows.append(("all", "geo. mean", "", *_figures(means), "", ""))
    header = (
        "board", "workload", "mJ·s", *(rival.title for rival in RIVALS[:5]), "gran best/median/worst",
        "HMCA published", "HDA published",
    )  # fmt: skip
    note = "published: the range, then where fair and pub lie (fair HDA is HDA +sched). gran: one core per layer"
    return Table(
        f"EDP over the method's: {words}", header, tuple(rows), tuple(range(2, 9)), (_budget_words(results), note)
    )


def _figures(values: Sequence[float | None]) -> tuple[str, ...]:
    return (*map(_number, values[:5]), " / ".join(map(_number, values[5:])))


def _judged(fair: float | None, pub: float | None, published: Published | None) -> str:
    if published is None:
        return NONE
    return f"{published.words}: {verdict(fair, published)}, {verdict(pub, published)}"


def _parts(results: Sequence[CellResult], words: str) -> Table:
    shown = (HMCA_FAIR, HMCA_PUB, HDA_SCHED, HDA_PUB, GRAN_BEST)
    rows = []
    for result in results:
        method = _method(result)
        cells = []
        for rival in shown:
            found = rival.of(result)
            if found is None:
                cells.append(NONE)
                continue
            energy = found.energy_j * found.power_factor / method.energy_j
            cells.append(f"{found.latency_s / method.latency_s:.2f} × {energy:.2f}")
        rows.append((result.cell.board, result.cell.workload, *cells))
    header = ("board", "workload", *(rival.title for rival in shown))
    return Table(f"delay × energy, each over the method's: {words}", header, tuple(rows), (2, 3, 4, 5, 6))


def _winners(results: Sequence[CellResult], words: str) -> Table:
    rows = []
    for result in results:
        method = _method(result)
        gap = method.edp_j_s / result.bound_edp_j_s if result.bound_edp_j_s else 0.0
        decided = NONE if not gap else f"{gap:.1f}{' undecided' if gap > UNDECIDED else ''}"
        poor = [
            f"{rival.title} {found.use * 100:.0f} %"
            for rival in RIVALS[:5]
            if (found := rival.of(result)) is not None and found.use < POORLY_USED
        ]
        origin = f"as {method.taken_over}" if method.taken_over else f"at {method.found_at}"
        use = f"{method.binding} {method.use * 100:.0f} %"
        rows.append(
            (
                result.cell.board,
                result.cell.workload,
                _held(result),
                decided,
                use,
                origin,
                design_words(_design(method)),
                ", ".join(dict.fromkeys(poor)) or NONE,
            )
        )
    header = ("board", "workload", "insight", "÷ bound", "scarcest", "found", "winning design", "poorly used rivals")
    return Table(
        f"winning designs: {words}",
        header,
        tuple(rows),
        (3,),
        (
            f"insight: {', '.join(f'{name} has {rule}' for name, rule in INSIGHTS.items())}",
            f"undecided: more than {UNDECIDED:g} times the lower bound; poorly used: under {POORLY_USED:.0%} of the "
            "scarcest resource",
        ),
    )


def _static_powers(results: Sequence[CellResult]) -> Table:
    rows = []
    for result in results:
        method = _method(result)
        for rival in (HMCA_FAIR, HMCA_PUB, HDA_SCHED, HDA_PUB):
            found = rival.of(result)
            if found is None:
                continue
            values = [ratio_at(found, method, power - result.static_w) for power in STATIC_POWERS_W]
            rows.append(
                (
                    result.cell.board,
                    result.cell.workload,
                    result.cell.assumption,
                    rival.title,
                    *(f"{v:.2f}" for v in values),
                )
            )
    header = ("board", "workload", "assumption", "rival", *(f"{power:g} W" for power in STATIC_POWERS_W))
    note = "the same designs judged under other static powers of the board, not searched anew"
    return Table("EDP over the method's, by static power", header, tuple(rows), (4, 5, 6, 7, 8), (note,))


def _insights(results: Sequence[CellResult]) -> Table:
    rows = []
    for assumption in ASSUMPTIONS:
        for board in FPGA_BOARDS:
            own = {r.cell.workload: r for r in results if (r.cell.assumption, r.cell.board) == (assumption.name, board)}
            if not own:
                continue
            held = [NONE if name not in own else _held(own[name]) for name in INSIGHTS]
            rows.append((find_assumption(assumption.name).words, board, *held))
    header = ("assumption", "board", *(f"{name}: {rule}" for name, rule in INSIGHTS.items()))
    return Table("published insights on the winning designs", header, tuple(rows))


def _held(result: CellResult) -> str:
    if result.cell.board not in FPGA_BOARDS:  # the insights name sizes of DPU-like cores
        return NONE
    return "yes" if insight_holds(result.cell.workload, _design(_method(result))) else "no"


def design_words(design: Design) -> str:
    """A design in a line, e.g. `8×B4096 (2×4) + 11×B512 (1×11)`."""
    parts = []
    for sub in design.subaccelerators:
        planes = f"×{sub.planes}" if sub.planes > 1 else ""
        parts.append(f"{sub.cores}×{sub.core} ({sub.rows}×{sub.cols}{planes})")
    return " + ".join(parts)


def _budget_words(results: Sequence[CellResult]) -> str:
    budgets = sorted({(r.budgeted.evaluations, r.budgeted.seed) for r in results})
    return "; ".join(f"{evaluations} evaluations for every search, seed {seed}" for evaluations, seed in budgets)


def _method(result: CellResult) -> Winner:
    method = result.winner(METHOD)
    if method is None:
        raise ValueError(f"{result.cell.name}: no design fits the board")
    return method


def _design(winner: Winner) -> Design:
    assert winner.design is not None
    return winner.design


def _edp(winner: Winner) -> float:
    return winner.edp_j_s * winner.power_factor


def _edp_at(winner: Winner, change_w: float) -> float:
    energy_j = winner.energy_j * winner.power_factor + change_w * winner.latency_s
    return energy_j * winner.latency_s


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}" if value < 99.5 else f"{value:.0f}"


def _mean(ratios: Iterable[float]) -> float | None:
    values = list(ratios)
    return math.exp(statistics.fmean(map(math.log, values))) if values else None
