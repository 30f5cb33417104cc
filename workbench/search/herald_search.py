"""Herald's scheduler where a search evaluates designs, and its schedule written out as a design's own.

The plan binds every job to a sub-accelerator, an option and a place in the order; the simulator then shares bandwidth.
A job whose predecessors are late lets the next one of its sub-accelerator pass, as Herald's look-ahead does.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from workbench.design.budget import fit_of
from workbench.design.configurations import DataflowError
from workbench.design.design import Design, FixedJob
from workbench.design.score import DATAFLOW_OVERRUN, Evaluation, Scorer
from workbench.hardware.board import BandwidthRule
from workbench.schedule.herald import Plan, plan
from workbench.schedule.problem import Floats
from workbench.schedule.schedule import simulate


class HeraldEvaluator:
    """Evaluates designs under Herald's plan in place of the list scheduler."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def __call__(self, designs: Sequence[Design]) -> list[Evaluation]:
        """One evaluation per design, in order."""
        self._scorer.store.make_room()
        return [self._evaluate(design) for design in designs]

    def _evaluate(self, design: Design) -> Evaluation:
        overrun = fit_of(design, self._scorer.board).overrun
        try:
            if overrun == 0:
                problem = self._scorer.problem_of(design)
                herald = plan(problem)
                schedule = simulate(
                    problem,
                    forced_sub=herald.sub,
                    forced_option=herald.option,
                    priority=_priority(herald, len(problem.jobs.klass)),
                    proportional=self._scorer.board.bandwidth_rule is BandwidthRule.PROPORTIONAL,
                )
                return self._scorer.evaluation_of(design, schedule)
        except DataflowError:
            overrun = DATAFLOW_OVERRUN
        return Evaluation(math.inf, math.inf, math.inf, overrun)


def with_herald_schedule(design: Design, scorer: Scorer) -> Design:
    """The design with Herald's plan as its explicit schedule. Raises DataflowError for one that does not run."""
    problem = scorer.problem_of(design)
    herald = plan(problem)
    priority = _priority(herald, len(problem.jobs.klass))
    jobs = []
    for j in np.argsort(priority, kind="stable"):
        rectangle = int(problem.options.rectangle[herald.option[j]])
        rows, cols, planes = rectangle >> 20, (rectangle >> 10) & 1023, rectangle & 1023
        jobs.append(
            FixedJob(
                tenant=int(problem.jobs.tenant[j]),
                instance=int(problem.jobs.instance[j]),
                layer=int(problem.jobs.layer[j]),
                subaccelerator=design.subaccelerators[int(herald.sub[j])].id,
                rows=rows,
                cols=cols,
                planes=planes,
                priority=int(priority[j]),
            )
        )
    return replace(design, schedule=tuple(jobs))


def _priority(herald: Plan, jobs: int) -> Floats:
    """Place in the own sub-accelerator's order; sub-accelerators do not compete for cores, so places may repeat."""
    priority = np.zeros(jobs)
    for sequence in herald.sequences:
        priority[list(sequence)] = np.arange(len(sequence), dtype=np.float64)
    return priority
