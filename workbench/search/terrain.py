"""What an optimiser may know of the cube it searches: what each coordinate means, and which vectors say the same."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from workbench.search.protocol import Vectors

SCHEDULER = "scheduler"  # owner of the scheduler's weights


@dataclass(frozen=True, slots=True)
class Axis:
    """One coordinate. `levels`: how many equal intervals of it mean different things; 0: it is a number. `absent`: its
    owner is not there where the coordinate lies below it; 0: it always is."""

    owner: str  # a sub-accelerator's id, or SCHEDULER
    part: str  # core, cores, dataflow, alpha …
    levels: int = 0
    absent: float = 0.0

    @property
    def name(self) -> str:
        """E.g. `A.core`."""
        return f"{self.owner}.{self.part}"

    def level(self, coordinate: float) -> int:
        """In which interval a coordinate lies."""
        return min(int(coordinate * self.levels), self.levels - 1)

    def middle(self, level: int) -> float:
        """The coordinate in the middle of an interval."""
        return (level + 0.5) / self.levels


@dataclass(frozen=True, slots=True)
class Settled:
    """What a vector stands for: the same `meaning`, the same evaluation. `structure` is the meaning without what is
    fine-tuned, `kind` without what is only tuned; `vector` the plainest vector of this meaning."""

    vector: Vectors
    meaning: Hashable
    structure: Hashable
    kind: Hashable


class Terrain(Protocol):
    """A space as optimisers see it."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Every coordinate, in order."""

    def settle(self, vector: Vectors) -> Settled:
        """What a vector stands for."""


class Cube:
    """A terrain of plain numbers."""

    def __init__(self, dimension: int) -> None:
        self._axes = tuple(Axis("", str(i)) for i in range(dimension))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Every coordinate, in order."""
        return self._axes

    def settle(self, vector: Vectors) -> Settled:
        """Every vector stands for itself."""
        point = np.clip(vector, 0.0, 1.0)
        return Settled(point, point.tobytes(), point.tobytes(), point.tobytes())
