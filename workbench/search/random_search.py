"""Uniform random search: the yardstick."""

import numpy as np

from workbench.search.protocol import Vectors

POPULATION = 64


class RandomSearch:
    """Every candidate uniform in the cube, independent of all others."""

    def __init__(self, start: Vectors, seed: int, population: int = POPULATION) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._shape = (population, len(start))
        self._injected: list[Vectors] = []

    def ask(self) -> Vectors:
        """The next generation."""
        vectors = self._random.random(self._shape)
        for i, vector in enumerate(self._injected[: len(vectors)]):
            vectors[i] = vector
        self._injected.clear()
        return vectors

    def tell(self, vectors: Vectors, fitness: Vectors) -> None:
        """Learns nothing."""

    def inject(self, vector: Vectors) -> None:
        """Put a vector into the next generation."""
        self._injected.append(np.clip(vector, 0.0, 1.0))

    @property
    def population(self) -> int:
        """How many candidates the next `ask` gives."""
        return self._shape[0]

    @property
    def sigma(self) -> float | None:
        """None: there is no distribution that narrows."""
        return None
