"""Changes of a design, made on its vector: what a person would try next.

A group of cores is all coordinates of one owner. Moves know which coordinates are choices and which are numbers, which
groups are there, and that the scheduler's weights go with the whole design.
"""

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from workbench.search.protocol import Vectors
from workbench.search.terrain import SCHEDULER, Axis

LEAST_STEP, LARGEST_STEP = 0.004, 0.4  # of a number, log-uniform between: every scale is as likely
REDRAWN = 0.15  # share of changes of a number that draw it anew
NEIGHBOUR = 0.5  # share of changes of a choice that take the next one; choices stand in an order of likeness
MOST_FRESH = 3  # groups of a design drawn anew
UNCAPPED = 0.8  # share of new groups without a cap on their bandwidth
# Coordinates of weights that suit many designs: alpha 0.65, theta 2.1, 4, 8 and 28 on their default ranges. A design is
# worth 1.1 to 1.5 times its best under a wrong theta, so that every new one is tried under several; the best of these
# four is 1.02 times it, over designs of all cells. Alpha matters less below 0.8.
GOOD_WEIGHTS = {"alpha": (0.65,), "theta": (0.18, 0.333, 0.5, 0.8)}
JITTER = {"alpha": 0.2, "theta": 0.05}  # standard deviation about them

LAID_OUT = 0.2  # share of restructurings that lay a group out anew: none of these parts tells alone what it is worth
LAYOUT = ("dataflow", "shape", "wires", "dsp")
PART_REDRAWN = 0.7  # of each of them
ALIKE = 0.08  # share of the others that give all groups one dataflow and fill one up with what wires leave
FILLED_UP = 0.1  # share of restructurings after which a group takes all the room that the others leave

# Shares of the other changes of structure; what is left nudges any coordinate of a group.
GUEST = 0.15  # a group of another design in place of one, or beside it
TRANSFER = 0.15  # cores from one group to another
SWAP = 0.04  # two groups change places: the scheduler asks the first one first
FILL = 0.06  # one group as large as it can be
ADD = 0.06
REMOVE = 0.05
RESIZE = 0.15
RETYPE = 0.12
BESIDE = 0.4  # share of guests that come in addition, where there is room for a group

Group = dict[str, int]  # part → coordinate
_T = TypeVar("_T")


class Moves:
    """Changes of vectors on given axes, drawn from `random`."""

    def __init__(self, axes: Sequence[Axis], random: np.random.Generator) -> None:
        self._axes = axes
        self._random = random
        owners: dict[str, Group] = {}
        for i, axis in enumerate(axes):
            owners.setdefault(axis.owner, {})[axis.part] = i
        self._weights = owners.pop(SCHEDULER, {})
        self._groups = list(owners.values())

    @property
    def has_weights(self) -> bool:
        """Whether the scheduler's weights are searched."""
        return bool(self._weights)

    @property
    def has_structure(self) -> bool:
        """Whether anything but the scheduler's weights is searched."""
        return bool(self._groups)

    def fresh(self) -> Vectors:
        """A design of one to three groups drawn anew."""
        random = self._random
        vector = random.random(len(self._axes))
        if not self._groups:
            return vector
        kept = set(random.permutation(len(self._groups))[: 1 + int(random.integers(MOST_FRESH))].tolist())
        for place, group in enumerate(self._groups):
            self._uncap(group, vector)
            if "cores" in group:
                absent = self._axes[group["cores"]].absent
                vector[group["cores"]] = random.uniform(2 * absent, 1.0) if place in kept else absent / 2
        return vector

    def under_good_weights(self, vector: Vectors) -> list[Vectors]:
        """The same design under every pair of good weights."""
        found = [vector]
        for part, at in self._weights.items():
            found = [_with(v, at, value) for v in found for value in GOOD_WEIGHTS[part]]
        return found if self._weights else []

    def draw_weights(self, vector: Vectors) -> None:
        """Weights near a good pair."""
        for part, at in self._weights.items():
            good = GOOD_WEIGHTS[part]
            drawn = good[int(self._random.integers(len(good)))] + JITTER[part] * self._random.standard_normal()
            vector[at] = min(max(drawn, 0.0), 1.0)

    def take_weights(self, vector: Vectors, other: Vectors) -> None:
        """The weights of another design."""
        for at in self._weights.values():
            vector[at] = other[at]

    def nudge_weights(self, vector: Vectors) -> None:
        """Other weights nearby, now and then far off."""
        for at in self._weights.values():
            if self._random.random() < 0.75:
                self._nudge(vector, at)

    def restructure(self, vector: Vectors, mate: Vectors) -> None:
        """One change of the groups of cores; `mate` is a design to take a group from."""
        if self._random.random() < LAID_OUT:
            self._lay_out(vector, self._any_here(vector))
        elif self._random.random() < ALIKE:
            self._lay_out_alike(vector)
            self._fill_up(vector)
        else:
            self._change(vector, mate)
        if self._random.random() < FILLED_UP:
            self._fill_up(vector)

    def _lay_out(self, vector: Vectors, group: Group) -> None:
        for part in LAYOUT:
            if part in group and self._random.random() < PART_REDRAWN:
                vector[group[part]] = self._random.random()

    def _lay_out_alike(self, vector: Vectors) -> None:
        drawn = self._random.random()
        for group in self._here(vector):
            if "dataflow" in group:
                vector[group["dataflow"]] = drawn

    def _fill_up(self, vector: Vectors) -> None:
        group = self._any_here(vector)
        if "cores" in group:
            vector[group["cores"]] = 1.0

    def _change(self, vector: Vectors, mate: Vectors) -> None:
        here = self._here(vector)
        gone = [group for group in self._groups if not self._is_here(group, vector)]
        group = self._any(here or self._groups)
        drawn = self._random.random()
        if (drawn := drawn - GUEST) < 0:
            self._take_group(vector, group, gone, mate)
        elif (drawn := drawn - TRANSFER) < 0:
            self._transfer(vector, group, self._any(here or self._groups))
        elif (drawn := drawn - SWAP) < 0:
            self._swap(vector, group, self._any(here or self._groups))
        elif (drawn := drawn - FILL) < 0 and "cores" in group:
            vector[group["cores"]] = 1.0
        elif (drawn := drawn - ADD) < 0 and gone:
            self._draw_group(vector, gone[0])
        elif (drawn := drawn - REMOVE) < 0 and len(here) > 1 and "cores" in group:
            vector[group["cores"]] = self._axes[group["cores"]].absent / 2
        elif (drawn := drawn - RESIZE) < 0 and "cores" in group:
            self._nudge(vector, group["cores"])
        elif drawn - RETYPE < 0 and "core" in group:
            self._nudge(vector, group["core"])
        else:
            self._nudge(vector, self._any(list(group.values())))

    def _take_group(self, vector: Vectors, group: Group, gone: list[Group], mate: Vectors) -> None:
        there = [other for other in self._groups if self._is_here(other, mate)]
        if not there:
            return
        guest = self._any(there)
        host = gone[0] if gone and self._random.random() < BESIDE else group
        for part, at in host.items():
            if part in guest:
                vector[at] = mate[guest[part]]

    def _transfer(self, vector: Vectors, to: Group, source: Group) -> None:
        if "cores" not in to or "cores" not in source:
            return
        step = self._step()
        for group, change in ((to, step), (source, -step)):
            at = group["cores"]
            vector[at] = min(max(vector[at] + change, self._axes[at].absent), 1.0)

    def _swap(self, vector: Vectors, one: Group, other: Group) -> None:
        for part in one.keys() & other.keys():
            vector[one[part]], vector[other[part]] = vector[other[part]], vector[one[part]]

    def _draw_group(self, vector: Vectors, group: Group) -> None:
        for at in group.values():
            vector[at] = self._random.random()
        self._uncap(group, vector)
        vector[group["cores"]] = self._random.uniform(self._axes[group["cores"]].absent, 1.0)

    def _here(self, vector: Vectors) -> list[Group]:
        return [group for group in self._groups if self._is_here(group, vector)]

    def _any_here(self, vector: Vectors) -> Group:
        return self._any(self._here(vector) or self._groups)

    def _uncap(self, group: Group, vector: Vectors) -> None:
        if "bandwidth_share" in group and self._random.random() < UNCAPPED:
            vector[group["bandwidth_share"]] = 1.0

    def _is_here(self, group: Group, vector: Vectors) -> bool:
        return "cores" not in group or bool(vector[group["cores"]] >= self._axes[group["cores"]].absent)

    def _nudge(self, vector: Vectors, at: int) -> None:
        axis, random = self._axes[at], self._random
        if axis.levels:
            level = axis.level(float(vector[at]))
            if axis.levels > 2 and random.random() < NEIGHBOUR:
                level = min(max(level + self._sign(), 0), axis.levels - 1)
            else:
                level = int(random.integers(axis.levels))
            vector[at] = axis.middle(level)
        elif random.random() < REDRAWN:
            vector[at] = random.random()
        else:
            vector[at] = min(max(vector[at] + self._sign() * self._step(), 0.0), 1.0)

    def _step(self) -> float:
        return math.exp(self._random.uniform(math.log(LEAST_STEP), math.log(LARGEST_STEP)))

    def _sign(self) -> int:
        return 1 if self._random.random() < 0.5 else -1

    def _any(self, choices: Sequence[_T]) -> _T:
        return choices[int(self._random.integers(len(choices)))]


def _with(vector: Vectors, at: int, value: float) -> Vectors:
    changed = vector.copy()
    changed[at] = value
    return changed
