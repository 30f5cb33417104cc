"""The front of a search: designs that no other one beats in latency, energy and the share of the card they take."""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.design.design import Design
from workbench.design.score import Evaluation

STEPS = 20  # shares of the card are told apart in steps of 5 %
MOST_FLAT, MOST_LEAN = 64, 64


@dataclass(frozen=True, slots=True)
class Found:
    """A feasible design of the search. `number` counts evaluations from 1; `taken` is the share of the resource that it
    takes most of."""

    value: float
    number: int
    design: Design
    evaluation: Evaluation
    taken: float

    def __lt__(self, other: "Found") -> bool:
        return (self.value, self.number) < (other.value, other.number)

    @property
    def step(self) -> int:
        """`taken` in steps, rounded up."""
        return min(max(math.ceil(self.taken * STEPS - 1e-9), 0), STEPS)


class Front:
    """For every share of the card, the staircase of latency against energy of the designs that take no more."""

    def __init__(self) -> None:
        self._within: list[list[Found]] = [[] for _ in range(STEPS + 1)]

    def add(self, found: Found) -> None:
        """Take a design in, if it is not beaten; of equals the one found first stays."""
        for stairs in self._within[found.step :]:
            if not _climb(stairs, found):
                return  # nor is it any better among those that take more

    @property
    def stairs(self) -> tuple[tuple[Found, ...], ...]:
        """The staircase of every share, by latency: all there is to it."""
        return tuple(tuple(stairs) for stairs in self._within)

    def restore(self, stairs: Sequence[Iterable[Found]]) -> None:
        """Be as `stairs` was. ValueError: that was no front's."""
        if len(stairs) != STEPS + 1:
            raise ValueError(f"a front of {len(stairs)} staircases; it has {STEPS + 1}")
        self._within = [list(each) for each in stairs]

    @property
    def flat(self) -> tuple[Found, ...]:
        """What no design beats in latency and energy, whatever it takes; by latency."""
        return tuple(self._within[STEPS])

    @property
    def lean(self) -> tuple[Found, ...]:
        """What is beaten by larger designs only; by latency."""
        flat = {found.number for found in self._within[STEPS]}
        own = (found for step, stairs in enumerate(self._within) for found in stairs if found.step == step)
        return tuple(sorted((found for found in own if found.number not in flat), key=_latency))

    def thin(self) -> tuple[Found, ...]:
        """All of it, by latency, in at most MOST_FLAT + MOST_LEAN designs, the ends of the flat front included."""
        return tuple(sorted((*_thinned(self.flat, MOST_FLAT), *_thinned(self.lean, MOST_LEAN)), key=_latency))


def _latency(found: Found) -> float:
    return found.evaluation.latency_s


def _climb(stairs: list[Found], found: Found) -> bool:
    """Put a design into a staircase, by latency with energy falling; False: another one there is as good or better."""
    latency_s, energy_j = found.evaluation.latency_s, found.evaluation.energy_j
    at = bisect_right(stairs, latency_s, key=_latency)
    if at > 0:
        other = stairs[at - 1]
        better = other.evaluation.energy_j < energy_j or other.evaluation.latency_s < latency_s
        if other.evaluation.energy_j <= energy_j and (better or other.step <= found.step):
            return False
    first = last = bisect_left(stairs, latency_s, key=_latency)
    while last < len(stairs) and stairs[last].evaluation.energy_j >= energy_j:
        last += 1
    del stairs[first:last]
    insort(stairs, found, key=_latency)
    return True


def _thinned(designs: tuple[Found, ...], most: int) -> tuple[Found, ...]:
    if len(designs) <= most:
        return designs
    last = len(designs) - 1
    return tuple(designs[round(i * last / (most - 1))] for i in range(most))
