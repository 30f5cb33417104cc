"""From an evaluation to the one number an optimiser sees."""

import math
from dataclasses import dataclass

from workbench.design.design import Objective
from workbench.design.score import Evaluation

UNFIT = 1e6  # above the logarithm of any objective: every design that does not fit ranks behind every one that does
WORST = 1e12  # for what cannot be ranked at all


@dataclass(frozen=True, slots=True)
class Goal:
    """What is minimised under which limits. `delay_exponent` is n of energy × delay^n."""

    objective: Objective = Objective.EDP
    delay_exponent: float = 1.0
    power_limit_w: float | None = None

    def value(self, evaluation: Evaluation) -> float:
        """The objective in its own unit; infinite for a design that does not fit, keeps no limit or has no figures."""
        figures = (evaluation.edp_j_s, evaluation.latency_s, evaluation.energy_j)
        if self.overrun(evaluation) > 0 or not all(map(math.isfinite, figures)):
            return math.inf
        match self.objective:
            case Objective.LATENCY:
                value = evaluation.latency_s
            case Objective.ENERGY:
                value = evaluation.energy_j
            case Objective.PERIOD_EDP:
                value = evaluation.edp_j_s  # the scorer evaluates the period where the design asks for it
            case Objective.EDP:
                value = evaluation.edp_j_s
                if self.delay_exponent != 1.0:
                    value = _energy_delay(evaluation, self.delay_exponent)
        return value if math.isfinite(value) and value > 0 else math.inf

    def overrun(self, evaluation: Evaluation) -> float:
        """By how much the budget and the limits are exceeded, relative and summed; 0 for a feasible design."""
        overrun = evaluation.overrun + evaluation.lateness
        if math.isnan(overrun):
            overrun = math.inf
        if self.power_limit_w is not None and evaluation.overrun == 0 and evaluation.latency_s > 0:
            power_w = evaluation.energy_j / evaluation.latency_s
            overrun += max(0.0, power_w / self.power_limit_w - 1.0)
        return overrun

    def fitness(self, evaluation: Evaluation) -> float:
        """A finite number to minimise: the objective's logarithm, or for what does not fit its overrun above UNFIT."""
        overrun = self.overrun(evaluation)
        if overrun > 0:
            return UNFIT + overrun if math.isfinite(overrun) else WORST
        value = self.value(evaluation)
        return math.log(value) if math.isfinite(value) else WORST


def _energy_delay(evaluation: Evaluation, exponent: float) -> float:
    """Energy × delay^exponent; infinite beyond what a float holds, and for a delay below zero."""
    if evaluation.latency_s < 0:
        return math.inf
    try:
        return float(evaluation.energy_j * evaluation.latency_s**exponent)
    except OverflowError:
        return math.inf
