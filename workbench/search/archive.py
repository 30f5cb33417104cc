"""What a search remembers: the best designs of different kinds, the front, the curve, recent points."""

import math
from bisect import insort
from collections import deque
from collections.abc import Callable, Hashable

import msgspec

from workbench.design.design import Design
from workbench.design.score import Evaluation
from workbench.search.front import Found, Front
from workbench.search.objective import Goal

MOST_BEST = 20
MOST_CLOUD = 100
MOST_CURVE = 400


def groups_of(design: Design) -> Hashable:
    """All of a design but its schedule."""
    return design.subaccelerators


def arrangement_of(design: Design) -> Hashable:
    """Which cores stand in which grids, lying or standing, whatever their names, wires and dataflows."""
    grids = ((sub.core, *sorted((sub.rows, sub.cols)), sub.planes) for sub in design.subaccelerators)
    return tuple(sorted(grids))


class KeptArchive(msgspec.Struct, frozen=True):
    """All of an archive. Designs are told apart by the number of their evaluation."""

    found: tuple[Found, ...]
    best: tuple[int, ...]
    stairs: tuple[tuple[int, ...], ...]
    cloud: tuple[tuple[float, float], ...]
    curve: tuple[tuple[int, float], ...]
    every: int
    evaluations: int


class Archive:
    """Takes evaluations in order; everything in it follows from them alone.

    `taken` gives the share of the resource that a design takes most of, `kind` what must differ for two designs to
    stand beside each other among the best; by default their groups of cores.
    """

    def __init__(
        self, goal: Goal, taken: Callable[[Design], float], kind: Callable[[Design], Hashable] = groups_of
    ) -> None:
        self._goal = goal
        self._taken = taken
        self._kind = kind
        self._of_kind: dict[Hashable, Found] = {}
        self.best: list[Found] = []  # one of each kind
        self.front = Front()
        self.cloud: deque[tuple[float, float]] = deque(maxlen=MOST_CLOUD)
        self.curve: list[tuple[int, float]] = []  # (generation, best value): the first, the last, and evenly between
        self._every = 1  # generations from point to point
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
        found = Found(value, self.evaluations, design, evaluation, self._taken(design))
        self._add_to_best(found)
        self.front.add(found)

    def _add_to_best(self, found: Found) -> None:
        if len(self.best) >= MOST_BEST and found.value >= self.best[-1].value:
            return
        kind = self._kind(found.design)
        same = self._of_kind.get(kind)
        if same is not None:
            if found.value >= same.value:
                return
            self.best.remove(same)
        insort(self.best, found)
        self._of_kind[kind] = found
        for dropped in self.best[MOST_BEST:]:
            del self._of_kind[self._kind(dropped.design)]
        del self.best[MOST_BEST:]

    def end_generation(self, generation: int) -> None:
        """One more point of the curve, if a design is feasible; a curve that grows long keeps every other point."""
        if not self.best:
            return
        if len(self.curve) > 1 and self.curve[-1][0] % self._every:
            self.curve.pop()
        self.curve.append((generation, self.best_value))
        if len(self.curve) > 2 * MOST_CURVE:
            self._every *= 2
            inner = (point for point in self.curve[1:-1] if point[0] % self._every == 0)
            self.curve = [self.curve[0], *inner, self.curve[-1]]

    def keep(self) -> KeptArchive:
        """All of it."""
        stairs = self.front.stairs
        found = {each.number: each for group in (self.best, *stairs) for each in group}
        return KeptArchive(
            found=tuple(found.values()),
            best=tuple(each.number for each in self.best),
            stairs=tuple(tuple(each.number for each in group) for group in stairs),
            cloud=tuple(self.cloud),
            curve=tuple(self.curve),
            every=self._every,
            evaluations=self.evaluations,
        )

    def restore(self, kept: KeptArchive) -> None:
        """Be as `kept` was. ValueError: that was no archive's."""
        found = {each.number: each for each in kept.found}
        if missing := {*kept.best, *(n for group in kept.stairs for n in group)} - found.keys():
            raise ValueError(f"designs {sorted(missing)} are not among those kept")
        self.best = [found[number] for number in kept.best]
        self._of_kind = {self._kind(each.design): each for each in self.best}
        self.front.restore([[found[number] for number in group] for group in kept.stairs])
        self.cloud = deque(kept.cloud, maxlen=MOST_CLOUD)
        self.curve, self._every, self.evaluations = list(kept.curve), kept.every, kept.evaluations

    def thin_curve(self) -> tuple[tuple[int, float], ...]:
        """The curve in at most MOST_CURVE points: its ends, its gains, and evenly between."""
        curve = self.curve
        if len(curve) <= MOST_CURVE:
            return tuple(curve)
        step = -(-len(curve) // (MOST_CURVE - 1))
        return (*curve[:-1:step], curve[-1])
