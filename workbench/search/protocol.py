"""What every optimiser offers: ask and tell over the unit cube; the caller owns the loop."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]


class Optimizer(Protocol):
    """A source of candidates. Given the same seed and the same fitness it asks the same, bit for bit: a search is
    resumed by asking and telling again what its journal holds."""

    def ask(self) -> Vectors:
        """The next generation: [candidates, dimension], every number in [0, 1]."""

    def tell(self, vectors: Vectors, fitness: Vectors) -> None:
        """What `ask` gave and how good each was (finite, smaller is better)."""

    def inject(self, vector: Vectors) -> None:
        """Put a vector into the next generation."""

    @property
    def population(self) -> int:
        """How many candidates the next `ask` gives."""

    @property
    def sigma(self) -> float | None:
        """Mean standard deviation of the coordinates, where the optimiser has one."""


@runtime_checkable
class Keepable(Protocol):
    """An optimiser whose state can be kept, so that a long search goes on without asking everything again."""

    def keep(self) -> bytes:
        """All that later generations depend on, between `tell` and `ask`, as JSON."""

    def restore(self, kept: bytes) -> None:
        """Go on from there, in an optimiser made with the same arguments. ValueError: it cannot be read."""
