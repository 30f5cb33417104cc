"""What every optimiser offers: ask and tell over the unit cube; the caller owns the loop."""

from typing import Protocol

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
