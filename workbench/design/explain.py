"""What a score is made of, and what each variable would change if it were one step up or down."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.library import DataflowLevel, load_dataflows
from workbench.design.board_steps import board_steps
from workbench.design.design import Design, Objective, SubAccelerator, Wire
from workbench.design.edit import EditError
from workbench.design.report import Score
from workbench.design.tenants import design_workload
from workbench.design.variables import get_variable, set_variable
from workbench.hardware.board import Board, Family
from workbench.hardware.presets import core_names, load_core

ALPHA_STEP = 0.1
THETA_FACTOR = 2.0
SHARE_STEP = 0.1
SAME = 1e-9  # relative; sums in another order differ by less
FIRST_SHARE = 0.5  # the cap tried where there is none


class Figures(Protocol):
    """What a quick evaluation says of a design; `overrun` is above 0 where it does not fit."""

    @property
    def edp_j_s(self) -> float: ...
    @property
    def latency_s(self) -> float: ...
    @property
    def energy_j(self) -> float: ...
    @property
    def overrun(self) -> float: ...


class Scoring(Protocol):
    """What explain needs of a scorer; `on_board` is one of the same workload on another board."""

    @property
    def board(self) -> Board: ...
    def score(self, design: Design) -> Score: ...
    def evaluate_many(self, designs: Sequence[Design]) -> Sequence[Figures]: ...
    def on_board(self, board: Board) -> "Scoring": ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One variable changed. `ratio` is the changed objective over the present one, below 1 for a gain; None where
    either design does not fit. `edp_j_s` is None where the changed design does not fit."""

    variable: str
    before: object
    after: object
    ratio: float | None
    edp_j_s: float | None
    overrun: float

    @property
    def no_effect(self) -> bool:
        """Whether the objective stays as it is, but for rounding."""
        return self.ratio is not None and abs(self.ratio - 1.0) <= SAME


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score and its what-ifs: those that fit, best first, then those that do not, least overrun first.

    `board`: what-ifs of the card in place of the design, in the order of its figures.
    """

    score: Score
    suggestions: tuple[Suggestion, ...]
    board: tuple[Suggestion, ...] = ()

    @property
    def possible(self) -> tuple[Suggestion, ...]:
        """What-ifs that fit."""
        return tuple(s for s in self.suggestions if s.edp_j_s is not None)

    @property
    def worth_reading(self) -> tuple[Suggestion, ...]:
        """What-ifs that fit, best first, but those of no effect last."""
        return tuple(sorted(self.possible, key=lambda s: s.no_effect))

    @property
    def impossible(self) -> tuple[Suggestion, ...]:
        """What-ifs that do not fit."""
        return tuple(s for s in self.suggestions if s.edp_j_s is None)


def explain(design: Design, scorer: Scoring) -> Explanation:
    """Score the design and all its neighbours. An explicit schedule is kept where a change leaves it valid."""
    score = scorer.score(design)
    steps = neighbours(design, scorer.board)
    figures = scorer.evaluate_many([design, *(changed for _, _, _, changed in steps)])
    now = _value(figures[0], design.objective)

    def suggestion(variable: str, before: object, after: object, each: Figures) -> Suggestion:
        fits = math.isfinite(each.edp_j_s)
        ratio = _value(each, design.objective) / now if fits and math.isfinite(now) and now > 0 else None
        return Suggestion(variable, before, after, ratio, each.edp_j_s if fits else None, each.overrun)

    found = [suggestion(*step[:3], each) for step, each in zip(steps, figures[1:], strict=True)]
    found.sort(key=lambda s: (s.edp_j_s is None, s.ratio or s.edp_j_s or s.overrun))
    board = [
        suggestion(variable, before, after, scorer.on_board(changed).evaluate_many([design])[0])
        for variable, before, after, changed in board_steps(scorer.board)
    ]
    return Explanation(score, tuple(found), tuple(board))


def _value(figures: Figures, objective: Objective) -> float:
    match objective:
        case Objective.LATENCY:
            return figures.latency_s
        case Objective.ENERGY:
            return figures.energy_j
        case _:
            return figures.edp_j_s


Neighbour = tuple[str, object, object, Design]  # variable, value now, value then, changed design


def neighbours(design: Design, board: Board) -> list[Neighbour]:
    """Every variable one step up and down: designs that can be written, whether or not they fit."""
    steps: list[tuple[str, object]] = []
    labels = design_workload(design).isolation_labels
    for sub in design.subaccelerators:
        steps += [(f"{sub.id}.{part}", value) for part, value in _steps_of(sub, board)]
        steps += [(f"{sub.id}.serves", label) for label in labels if label != sub.serves]
        if len(design.subaccelerators) > 1:
            steps.append((f"{sub.id}.present", False))
    alpha, theta = design.scheduler.alpha, design.scheduler.theta
    steps += [("scheduler.alpha", round(alpha + ALPHA_STEP, 4)), ("scheduler.alpha", round(alpha - ALPHA_STEP, 4))]
    steps += [("scheduler.theta", theta * THETA_FACTOR), ("scheduler.theta", max(1.0, theta / THETA_FACTOR))]
    found: list[Neighbour] = []
    for name, value in steps:
        try:
            changed = set_variable(design, name, value)
            before = True if name.endswith(".present") else get_variable(design, name)
        except EditError:
            continue  # the variable has no step in this direction
        if changed != design:
            found.append((name, before, value, changed))
    return found


def _steps_of(sub: SubAccelerator, board: Board) -> list[tuple[str, object]]:
    steps: list[tuple[str, object]] = [("core", name) for name in core_ladder(board, sub.core)]
    if board.family is Family.ASIC:
        steps += _steps_inside(sub)
    for part in ("rows", "cols", "planes"):
        number = getattr(sub, part)
        if part != "planes" or number > 1:
            steps += [(part, number + 1), (part, number - 1)]
    if sub.rows != sub.cols:
        steps.append(("grid", f"{sub.cols}x{sub.rows}" + (f"x{sub.planes}" if sub.planes > 1 else "")))
    link = board.psum_link_bytes_per_cycle > 0
    spreads = {_spread(sub, link)}
    for known in load_dataflows():
        if known.level is DataflowLevel.CORE and known.text != sub.dataflow and (link or "C" not in known.spatial):
            if board.family is Family.FPGA and not known.name.startswith(("auto", "flexible")):
                continue  # the compiler's choice of order and tiles is never worse than a fixed one
            if board.family is Family.ASIC:
                if known.spatial in spreads:
                    continue  # loop order over cores makes no difference there (docs/model-exact.md §8)
                spreads.add(known.spatial)
            steps.append(("dataflow", known.name))
    for wire in Wire:
        kept = tuple(other for other in sub.wires if other is not wire)
        steps.append(("wires", kept if wire in sub.wires else (*sub.wires, wire)))
    share = sub.bandwidth_share
    if share is None:
        steps.append(("bandwidth_share", FIRST_SHARE))
    else:
        steps += [("bandwidth_share", round(share + step, 4)) for step in (SHARE_STEP, -SHARE_STEP)]
        steps.append(("bandwidth_share", None))
    if board.family is Family.FPGA:
        other = {"low": "high", "high": "low"}
        steps += [("dsp", other[sub.dsp]), ("ram", other[sub.ram]), ("uram", not sub.uram)]
        if sub.pinned_uram:
            steps += [("pinned_uram", sub.pinned_uram - 1), ("pinned_uram", 0)]
    return steps


def _spread(sub: SubAccelerator, link: bool) -> tuple[str, ...] | None:
    """Names of the loops that a text spreads over cores; None for a text with mistakes."""
    dataflow, _ = resolve_core(sub.dataflow, sub.rows, sub.cols, sub.planes, link)
    return None if dataflow is None else tuple(loop.name for loop in dataflow.spatial)


def _steps_inside(sub: SubAccelerator) -> list[tuple[str, object]]:
    """Other directives inside the cores: arrays of another style and equal size, and the library's texts over PEs."""
    _, _, size = sub.core.rpartition("-")
    steps: list[tuple[str, object]] = [
        ("core", name) for name in core_names(Family.ASIC) if name.endswith(f"-{size}") and name != sub.core
    ]
    names = [d.name for d in load_dataflows() if d.level is DataflowLevel.PE and d.text != sub.pe_dataflow]
    steps += [("pe_dataflow", name) for name in names]
    if sub.pe_dataflow:
        steps.append(("pe_dataflow", ""))
    return steps


def core_ladder(board: Board, own: str) -> list[str]:
    """Cores in the order in which one is a step from the next: of the board's library, by size; `own` among them."""
    if board.family is Family.ASIC:
        style = own.rpartition("-")[0]
        names = [name for name in core_names(Family.ASIC) if name.startswith(f"{style}-")]
    else:
        vendors = board.resource_curve != "tpds"
        names = [name for name in core_names(Family.FPGA) if name.startswith("B") == vendors]
    return sorted({*names, own}, key=lambda name: (load_core(name).macs_per_cycle, name))


def known_dataflow(text: object) -> str | None:
    """The library's name of a core-level text, None for a text of one's own."""
    for known in load_dataflows():
        if known.level is DataflowLevel.CORE and known.text == text:
            return known.name
    return None
