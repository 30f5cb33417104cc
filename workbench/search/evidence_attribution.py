"""Where the gain comes from: a 2⁴ factorial, every cell searched anew, shares as Shapley values of log EDP.

Two groups of cores are always there; each factor frees one thing or takes it away:
* dataflow: any text of the library, or K spread over cores everywhere;
* core size: any core, or the core of the homogeneous baseline everywhere;
* splitting: a layer may take several cores, or exactly one;
* scheduler: its weights are searched, or it is plain earliest finish.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from workbench.dataflow.library import load_dataflow
from workbench.design.configurations import Configuration
from workbench.design.design import Design, SchedulerWeights, SubAccelerator
from workbench.design.limits import MAX_THETA
from workbench.design.score import Scorer
from workbench.schedule.problem import Problem
from workbench.search.baselines import baselines
from workbench.search.choices import choices_for
from workbench.search.objective import Goal
from workbench.search.optimizers import DEFAULT, make_optimizer
from workbench.search.run import Limits, Search
from workbench.search.space import Space

FACTORS = ("dataflow", "core size", "splitting", "scheduler")
PLAIN = SchedulerWeights(alpha=0.0, theta=MAX_THETA)
FIXED_TEXT = "auto-k"
NEVER_S = 1e30  # an option that is not to be taken

Setting = frozenset[str]


@dataclass(frozen=True, slots=True)
class Attribution:
    """`edp_j_s`: the best of every setting, by the factors that are free; `shares`: Shapley values of log EDP by
    factor, negative where freedom helps, summing to log(all free / none free)."""

    edp_j_s: tuple[tuple[tuple[str, ...], float], ...]
    shares: tuple[tuple[str, float], ...]
    evaluations: int

    @property
    def total(self) -> float:
        """log of EDP with everything free over EDP with nothing free."""
        return sum(share for _, share in self.shares)


def shapley(values: Mapping[Setting, float], factors: Sequence[str]) -> dict[str, float]:
    """Each factor's mean change of the value over all orders in which factors may come (Shapley, 1953).

    `values` must hold every subset of `factors`; the shares sum to values[all] − values[none].
    """
    n = len(factors)
    shares = {}
    for factor in factors:
        others = [other for other in factors if other != factor]
        share = 0.0
        for size in range(n):
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for subset in combinations(others, size):
                before = frozenset(subset)
                share += weight * (values[before | {factor}] - values[before])
        shares[factor] = share
    return shares


def attribution(workload: Design, scorer: Scorer, evaluations: int, seed: int = 1) -> Attribution:
    """The factorial of a workload on an FPGA board; `evaluations` for each of its 16 searches.

    A setting's search begins with the winners of all smaller settings that have the same splitting.
    """
    core = next(b.base for b in baselines(workload, scorer.board) if b.name == "hmca-pub").subaccelerators[0].core
    each = max(1, choices_for(scorer.board, workload).most_cores(core) // 2)
    text = load_dataflow(FIXED_TEXT).text
    subs = tuple(SubAccelerator(id_, core, 1, each, text) for id_ in "AB")
    base = replace(workload, subaccelerators=subs, scheduler=PLAIN, schedule=(), frozen=())
    unsplit = OneCoreScorer(scorer.workload, scorer.board)
    winners: dict[Setting, tuple[Design, float]] = {}
    for size in range(len(FACTORS) + 1):
        for subset in combinations(FACTORS, size):
            free = frozenset(subset)
            smaller = [
                design
                for other, (design, _) in winners.items()
                if other < free and ("splitting" in other) == ("splitting" in free)
            ]
            judge = scorer if "splitting" in free else unsplit
            winners[free] = _search(base, free, smaller, judge, evaluations, seed)
    values = {free: math.log(edp) for free, (_, edp) in winners.items()}
    shares = shapley(values, FACTORS)
    names = {free: tuple(f for f in FACTORS if f in free) for free in winners}
    return Attribution(
        tuple((names[free], edp) for free, (_, edp) in winners.items()),
        tuple((factor, shares[factor]) for factor in FACTORS),
        evaluations,
    )


def _search(
    base: Design, free: Setting, smaller: Sequence[Design], scorer: Scorer, evaluations: int, seed: int
) -> tuple[Design, float]:
    frozen = ["subaccelerators"]
    if "scheduler" not in free:
        frozen.append("scheduler")
    for part, factor in (("core", "core size"), ("dataflow", "dataflow")):
        if factor not in free:
            frozen += [f"{id_}.{part}" for id_ in "AB"]
    space = Space(base, scorer.board, freeze=tuple(frozen), most_subaccelerators=2)
    search = Search(
        space,
        make_optimizer(DEFAULT, space.encode(base), seed, terrain=space),
        lambda designs: scorer.evaluate_many(designs, threads=1),
        Goal(base.objective),
        [base, *dict.fromkeys(smaller)],
        Limits(max(evaluations, len(smaller) + 1)),
    )
    while not search.done:
        search.step()
    best = search.archive.best[0]
    return best.design, best.evaluation.edp_j_s


class OneCoreScorer(Scorer):
    """A scorer in whose world no layer takes more than one core."""

    def _problem(self, designs: Sequence[Design], configurations: Sequence[Sequence[Configuration]]) -> Problem:
        problem = super()._problem(designs, configurations)
        options = problem.options
        several = options.cores > 1
        return problem._replace(
            options=options._replace(
                cores=np.where(several, np.iinfo(np.int32).max, options.cores).astype(np.int32),
                unstalled_s=np.where(several, NEVER_S, options.unstalled_s),
            )
        )
