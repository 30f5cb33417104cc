"""Published designs as frozen corners of the one space: same code, same energy, same cores, same evaluations.

A baseline's winner is a Design of the full space; injected there, it can only be bettered. Sources: Planaria (MICRO
2020) for homogeneous multi-cores, Herald (HPCA 2021) for heterogeneous dataflows with one core each.
What is not as published: a layer of HMCA may take any part of the 4 × 4 grid, not only powers of two (which helps it);
Herald's preferred sub-accelerator is theta = 1 and its load balancing a searched theta, its idle-gap look-ahead the
list scheduler's backfill.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from workbench.dataflow.library import load_dataflow
from workbench.design.budget import fit_of
from workbench.design.design import Design, SchedulerWeights, SubAccelerator
from workbench.design.limits import MAX_THETA
from workbench.design.score import Scorer
from workbench.hardware.board import Board, Family
from workbench.search.archive import Found
from workbench.search.choices import Choices, choices_for
from workbench.search.objective import Goal
from workbench.search.optimizers import make_optimizer
from workbench.search.run import Limits, Search
from workbench.search.space import Space

HMCA_ROWS = HMCA_COLS = 4  # Planaria: 16 subarrays
PLANARIA_POWER = 1.20  # its omni-directional array, published overhead 20.6 %
# An option costs t·(cores·LUT)^alpha: with this exponent a layer takes one core, if no theta forbids so slow an option.
ONE_CORE_ALPHA = 16.0
PREFERRED_ONLY_THETA = 1.0  # whatever is slower than a job's best option waits for it
HDA_STYLES = ("ws-k", "os-k", "is-k")  # weight, output, input stationary
GRID = ("rows", "cols", "planes")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A frozen corner. `power_factor` multiplies energy, and so EDP, for hardware the model does not have."""

    name: str
    title: str
    base: Design
    freeze: tuple[str, ...]
    most_subaccelerators: int
    power_factor: float = 1.0

    def space(self, board: Board) -> Space:
        """The corner as a space to search."""
        return Space(self.base, board, freeze=self.freeze, most_subaccelerators=self.most_subaccelerators)


def baselines(workload: Design, board: Board) -> tuple[Baseline, ...]:
    """All baselines that fit a board, for the workload that a design names. FPGA boards only: ValueError otherwise."""
    if board.family is not Family.FPGA:
        raise ValueError(f"{board.name}: the baselines are made of DPU-like cores; there are none for PE arrays")
    empty = replace(workload, subaccelerators=(), schedule=(), frozen=(), scheduler=SchedulerWeights())
    choices = choices_for(board, empty)
    return (*_homogeneous(empty, choices), *_one_core_each(empty, choices), *_granular(empty, choices))


def search_baseline(
    baseline: Baseline, scorer: Scorer, evaluations: int, seed: int, threads: int | None = None
) -> Found | None:
    """The best design of a corner; None if nothing in it fits. Its figures are without `power_factor`."""
    space = baseline.space(scorer.board)
    search = Search(
        space,
        make_optimizer("cma", space.encode(baseline.base), seed),
        lambda designs: scorer.evaluate_many(designs, threads=threads),
        Goal(baseline.base.objective),
        [baseline.base],
        Limits(evaluations),
    )
    while not search.done:
        search.step()
    return search.archive.best[0] if search.archive.best else None


def _homogeneous(empty: Design, choices: Choices) -> Iterator[Baseline]:
    text = load_dataflow("ws-k-p").text
    for core in reversed(choices.cores):
        sub = SubAccelerator("A", core, HMCA_ROWS, HMCA_COLS, text)
        design = replace(empty, subaccelerators=(sub,))
        if fit_of(design, choices.board).overrun == 0:
            frozen = ("A", "subaccelerators")
            yield Baseline("hmca-pub", f"16 × {core}, weight stationary", design, frozen, 1)
            title = f"16 × {core}, weight stationary, 20 % more power"
            yield Baseline("hmca-pub-power", title, design, frozen, 1, PLANARIA_POWER)
            break
    core = choices.cores[0]
    sub = SubAccelerator("A", core, 1, max(1, choices.most_cores(core) // 2), load_dataflow("auto-k").text)
    fair = replace(empty, subaccelerators=(sub,))
    yield Baseline("hmca-fair", "one group of any core, count and dataflow", fair, (), 1)


def _one_core_each(empty: Design, choices: Choices) -> Iterator[Baseline]:
    core = choices.cores[0]
    for count in (2, 3):
        ids = "ABC"[:count]
        subs = tuple(
            SubAccelerator(i, core, 1, 1, load_dataflow(s).text, bandwidth_share=round(1 / count, 3))
            for i, s in zip(ids, HDA_STYLES, strict=False)
        )
        frozen = ("subaccelerators", *(f"{i}.{part}" for i in ids for part in (*GRID, "dataflow", "wires")))
        preferred = replace(empty, subaccelerators=subs, scheduler=SchedulerWeights(0.0, PREFERRED_ONLY_THETA))
        title = f"{count} cores of different dataflow"
        yield Baseline(f"hda-pub-{count}", title, preferred, (*frozen, "scheduler"), count)
        free = replace(preferred, scheduler=SchedulerWeights())
        yield Baseline(f"hda-sched-{count}", f"{title}, our scheduler", free, frozen, count)


def _granular(empty: Design, choices: Choices) -> Iterator[Baseline]:
    """HDA-gran(g): as many cores of one size as fit, two dataflows, a layer on exactly one core."""
    for core in choices.cores:
        each = max(1, choices.most_cores(core) // 2)
        subs = tuple(
            SubAccelerator(i, core, 1, each, load_dataflow(s).text) for i, s in zip("AB", HDA_STYLES, strict=False)
        )
        design = replace(empty, subaccelerators=subs, scheduler=SchedulerWeights(ONE_CORE_ALPHA, MAX_THETA))
        parts = tuple(f"{i}.{part}" for i in "AB" for part in ("core", "dataflow", "wires"))
        frozen = ("subaccelerators", "scheduler", *parts)
        yield Baseline(f"hda-gran-{core}", f"{core}s of two dataflows, one per layer", design, frozen, 2)
