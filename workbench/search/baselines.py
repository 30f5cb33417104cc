"""Published designs as frozen corners of the one space: same code, same energy, same cores, same evaluations.

A baseline's winner is a Design of the full space; injected there, it can only be bettered. Sources: Planaria (MICRO
2020) for homogeneous multi-cores, Herald (HPCA 2021) for heterogeneous dataflows with one core each.
What is not as published: a layer of HMCA may take any part of the 4 × 4 grid, not only powers of two (which helps it);
Herald's plan runs as an explicit schedule, in which later jobs fill gaps that shared bandwidth opens (which helps too).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.dataflow.library import load_dataflow
from workbench.design.budget import fit_of
from workbench.design.design import Design, SchedulerWeights, SubAccelerator
from workbench.design.limits import MAX_THETA
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board, Family
from workbench.search.choices import Choices, choices_for
from workbench.search.corner_space import ASIC_STYLES, CornerSpace, with_shares
from workbench.search.front import Found
from workbench.search.herald_search import HeraldEvaluator, with_herald_schedule
from workbench.search.objective import Goal
from workbench.search.optimizers import DEFAULT, make_optimizer
from workbench.search.run import EvaluateMany, Limits, Search
from workbench.search.space import Space

HMCA_FAIR = "hmca-fair"
HMCA_ROWS = HMCA_COLS = 4  # Planaria: 16 subarrays
PLANARIA_POWER = 1.20  # its omni-directional array, published overhead 20.6 %
# An option costs t·(cores·LUT)^alpha: with this exponent a layer takes one core, if no theta forbids so slow an option.
ONE_CORE_ALPHA = 16.0
HDA_STYLES = ("ws-k", "os-k", "is-k")  # weight, output, input stationary
GRID = ("rows", "cols", "planes")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A frozen corner. `power_factor` multiplies energy, and so EDP, for hardware the model does not have; `herald`:
    jobs are placed by Herald's scheduler; `styles`: the PE arrays that A, B … must be made of, in place of any."""

    name: str
    title: str
    base: Design
    freeze: tuple[str, ...]
    most_subaccelerators: int
    power_factor: float = 1.0
    herald: bool = False
    styles: tuple[str, ...] = ()
    partitioned: bool = False  # bandwidth is cut into fixed shares

    def space(self, board: Board) -> Space:
        """The corner as a space to search."""
        return CornerSpace(
            self.base,
            board,
            self.freeze,
            self.most_subaccelerators,
            styles=self.styles,
            partitioned=self.partitioned,
        )


def baselines(workload: Design, board: Board) -> tuple[Baseline, ...]:
    """All baselines that fit a board, for the workload that a design names."""
    empty = replace(workload, subaccelerators=(), schedule=(), frozen=(), scheduler=SchedulerWeights())
    choices = choices_for(board, empty)
    found = (*_homogeneous(empty, choices), *_one_core_each(empty, choices), *_granular(empty, choices))
    labels = len(design_workload(workload).isolation_labels)
    found = tuple(each for each in found if each.most_subaccelerators >= labels)  # one per label, or none can run
    return tuple(each for each in found if _fits(each.base, board) or each.name == HMCA_FAIR)


def search_baseline(
    baseline: Baseline, scorer: Scorer, evaluations: int, seed: int, threads: int | None = None
) -> Found | None:
    """The best design of a corner; None if nothing in it fits. Its figures are without `power_factor`.

    A winner of Herald's scheduler carries its explicit schedule, so that any search can take it in.
    """
    space = baseline.space(scorer.board)
    evaluate: EvaluateMany = lambda designs: scorer.evaluate_many(designs, threads=threads)  # noqa: E731
    if baseline.herald:
        evaluate = HeraldEvaluator(scorer)
    search = Search(
        space,
        make_optimizer(DEFAULT, space.encode(baseline.base), seed, terrain=space),
        evaluate,
        Goal(baseline.base.objective),
        [baseline.base],
        Limits(evaluations),
    )
    while not search.done:
        search.step()
    if not search.archive.best:
        return None
    best = search.archive.best[0]
    if not baseline.herald:
        return best
    scheduled = with_herald_schedule(best.design, scorer)
    return replace(best, design=scheduled, evaluation=scorer.evaluate(scheduled))


def _homogeneous(empty: Design, choices: Choices) -> Iterator[Baseline]:
    text = load_dataflow("ws-k-p").text
    stationary = [core for core in choices.cores if _is_style(core, choices.board, 0)]
    for core in reversed(stationary):
        sub = SubAccelerator("A", core, HMCA_ROWS, HMCA_COLS, text)
        design = replace(empty, subaccelerators=(sub,))
        if _fits(design, choices.board):
            frozen = ("A", "subaccelerators")
            yield Baseline("hmca-pub", f"16 × {core}, weight stationary", design, frozen, 1)
            title = f"16 × {core}, weight stationary, 20 % more power"
            yield Baseline("hmca-pub-power", title, design, frozen, 1, PLANARIA_POWER)
            break
    core = choices.cores[0]
    sub = SubAccelerator("A", core, 1, max(1, choices.most_cores(core) // 2), load_dataflow("auto-k").text)
    fair = replace(empty, subaccelerators=(sub,))
    yield Baseline(HMCA_FAIR, "one group of any core, count and dataflow", fair, (), 1)


def _one_core_each(empty: Design, choices: Choices) -> Iterator[Baseline]:
    board = choices.board
    styles = ASIC_STYLES if board.family is Family.ASIC else ()
    for count in (2, 3):
        ids = "ABC"[:count]
        size = _largest_together(empty, choices, count, styles)
        cores = [style + size.removeprefix(ASIC_STYLES[0]) for style in styles[:count]] if styles else [size] * count
        subs = _cores_of(ids, cores, (1,) * count)
        frozen = ("subaccelerators", *(f"{i}.{part}" for i in ids for part in (*GRID, "dataflow", "wires")))
        base = with_shares(replace(empty, subaccelerators=subs))
        title = f"{count} cores of different dataflow"
        corner = Baseline(f"hda-pub-{count}", f"{title}, Herald's scheduler", base, (*frozen, "scheduler"), count)
        corner = replace(corner, styles=styles[:count], partitioned=True)
        yield replace(corner, herald=True)
        yield replace(corner, name=f"hda-sched-{count}", title=f"{title}, our scheduler", freeze=frozen)


def _granular(empty: Design, choices: Choices) -> Iterator[Baseline]:
    """HDA-gran(g): as many cores of one size as fit, two dataflows, a layer on exactly one core."""
    asic = choices.board.family is Family.ASIC
    for size in [c for c in choices.cores if _is_style(c, choices.board, 0)]:
        cores = [style + size.removeprefix(ASIC_STYLES[0]) for style in ASIC_STYLES[:2]] if asic else [size, size]
        each = max(1, min(choices.most_cores(core) for core in cores) // 2)
        subs = _cores_of("AB", cores, (each, each))
        design = replace(empty, subaccelerators=subs, scheduler=SchedulerWeights(ONE_CORE_ALPHA, MAX_THETA))
        parts = tuple(f"{i}.{part}" for i in "AB" for part in ("core", "dataflow", "wires"))
        frozen = ("subaccelerators", "scheduler", *parts)
        name = size.removeprefix(ASIC_STYLES[0] + "-")
        yield Baseline(
            f"hda-gran-{name}", f"{' and '.join(dict.fromkeys(cores))}, one core per layer", design, frozen, 2
        )


def _cores_of(ids: str, cores: Sequence[str], counts: Sequence[int]) -> tuple[SubAccelerator, ...]:
    """Sub-accelerators in one line each, every one with the next of Herald's dataflows."""
    return tuple(
        SubAccelerator(id_, core, 1, count, load_dataflow(style).text)
        for id_, core, count, style in zip(ids, cores, counts, HDA_STYLES, strict=False)
    )


def _largest_together(empty: Design, choices: Choices, count: int, styles: tuple[str, ...]) -> str:
    """The largest core that fits once per sub-accelerator: where the search of a design with one core each begins."""
    sizes = [core for core in choices.cores if _is_style(core, choices.board, 0)]
    for size in reversed(sizes):
        cores = [style + size.removeprefix(ASIC_STYLES[0]) for style in styles[:count]] if styles else [size] * count
        if _fits(replace(empty, subaccelerators=_cores_of("ABC", cores, (1,) * count)), choices.board):
            return size
    return sizes[0]


def _is_style(core: str, board: Board, place: int) -> bool:
    """Whether a PE array is of the style that stands at this place; any FPGA core is, its style being its dataflow."""
    return board.family is not Family.ASIC or core.startswith(ASIC_STYLES[place] + "-")


def _fits(design: Design, board: Board) -> bool:
    return fit_of(design, board).overrun == 0
