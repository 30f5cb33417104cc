"""What a search remembers: the best distinct designs, the front of latency against energy, the curve, recent points."""

import math
from bisect import insort
from collections import deque
from dataclasses import dataclass

from workbench.design.design import Design
from workbench.design.score import Evaluation
from workbench.search.objective import Goal

MOST_BEST = 20
MOST_FRONT = 64
MOST_CLOUD = 100
MOST_CURVE = 400


@dataclass(frozen=True, slots=True)
class Found:
    """A feasible design of the search. `number` counts evaluations from 1."""

    value: float
    number: int
    design: Design
    evaluation: Evaluation

    def __lt__(self, other: "Found") -> bool:
        return (self.value, self.number) < (other.value, other.number)


class Archive:
    """Takes evaluations in order; everything in it follows from them alone."""

    def __init__(self, goal: Goal) -> None:
        self._goal = goal
        self._known: set[Design] = set()
        self.best: list[Found] = []
        self.front: list[Found] = []  # by latency
        self.cloud: deque[tuple[float, float]] = deque(maxlen=MOST_CLOUD)
        self.curve: list[tuple[int, float]] = []  # (generation, best value)
        self.evaluations = 0

    @property
    def best_value(self) -> float:
        """Value of the best design; infinite while none is feasible."""
        return self.best[0].value if self.best else math.inf

    def add(self, design: Design, evaluation: Evaluation) -> None:
        """Count one evaluation and remember what is worth it."""
        self.evaluations += 1
        value = self._goal.value(evaluation)
        if not math.isfinite(value):
            return
        self.cloud.append((evaluation.latency_s, evaluation.energy_j))
        full = len(self.best) >= MOST_BEST and value >= self.best[-1].value
        found = Found(value, self.evaluations, design, evaluation)
        if not full and design not in self._known:
            insort(self.best, found)
            self._known.add(design)
            for dropped in self.best[MOST_BEST:]:
                self._known.discard(dropped.design)
            del self.best[MOST_BEST:]
        self._add_to_front(found)

    def end_generation(self, generation: int) -> None:
        """One more point of the curve, if there is a feasible design."""
        if self.best:
            self.curve.append((generation, self.best_value))

    def thin_curve(self) -> tuple[tuple[int, float], ...]:
        """The curve in at most MOST_CURVE points: its ends, its gains, and evenly between."""
        curve = self.curve
        if len(curve) <= MOST_CURVE:
            return tuple(curve)
        step = -(-len(curve) // (MOST_CURVE - 1))
        return (*curve[:-1:step], curve[-1])

    def thin_front(self) -> tuple[Found, ...]:
        """The front in at most MOST_FRONT designs, its ends included."""
        front = self.front
        if len(front) <= MOST_FRONT:
            return tuple(front)
        last = len(front) - 1
        return tuple(front[round(i * last / (MOST_FRONT - 1))] for i in range(MOST_FRONT))

    def _add_to_front(self, found: Found) -> None:
        latency_s, energy_j = found.evaluation.latency_s, found.evaluation.energy_j
        for other in self.front:
            if other.evaluation.latency_s > latency_s:
                break
            if other.evaluation.energy_j <= energy_j:
                return
        kept = [f for f in self.front if f.evaluation.latency_s < latency_s or f.evaluation.energy_j < energy_j]
        insort(kept, found, key=lambda f: f.evaluation.latency_s)
        self.front = kept
