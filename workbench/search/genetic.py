"""A genetic algorithm: tournaments, uniform crossover, mutation, an elite that stays."""

import numpy as np

from workbench.search.protocol import Vectors

POPULATION = 64
ELITE_SHARE = 0.125
TOURNAMENT = 3
CROSSOVER = 0.7  # share of children with two parents
CHANGED = 1.5  # coordinates mutated per child, on average
NUDGE = 0.1
REDRAWN = 0.4  # share of mutations that are drawn anew
SPREAD = 0.25  # standard deviation of the first generation about the start; half of it is uniform


class Genetic:
    """A population of vectors; children compete with the elite of their parents."""

    def __init__(self, start: Vectors, seed: int, population: int = POPULATION) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._start = np.clip(start, 0.0, 1.0)
        self._population = population
        self._vectors: Vectors | None = None
        self._fitness: Vectors = np.empty(0)
        self._injected: list[Vectors] = []

    def ask(self) -> Vectors:
        """The next generation."""
        children = self._first() if self._vectors is None else self._children(self._vectors)
        for i, vector in enumerate(self._injected[: len(children)]):
            children[i] = vector
        self._injected.clear()
        return children

    def tell(self, vectors: Vectors, fitness: Vectors) -> None:
        """The new population: the children and the elite of the old one, the best of them."""
        if self._vectors is not None:
            elite = np.argsort(self._fitness, kind="stable")[: max(1, int(ELITE_SHARE * self._population))]
            vectors = np.concatenate([vectors, self._vectors[elite]])
            fitness = np.concatenate([fitness, self._fitness[elite]])
        kept = np.argsort(fitness, kind="stable")[: self._population]
        self._vectors, self._fitness = vectors[kept], fitness[kept]

    def inject(self, vector: Vectors) -> None:
        """Put a vector into the next generation."""
        self._injected.append(np.clip(vector, 0.0, 1.0))

    @property
    def population(self) -> int:
        """How many candidates the next `ask` gives."""
        return self._population

    @property
    def sigma(self) -> float | None:
        """Mean standard deviation of the population's coordinates."""
        return float(self._vectors.std(axis=0).mean()) if self._vectors is not None and self._vectors.size else None

    def _first(self) -> Vectors:
        size = len(self._start)
        near = self._start + SPREAD * self._random.standard_normal((self._population, size))
        anywhere = self._random.random((self._population, size))
        half = np.arange(self._population)[:, None] < self._population // 2
        vectors = np.clip(np.where(half, near, anywhere), 0.0, 1.0)
        vectors[0] = self._start
        return vectors

    def _children(self, vectors: Vectors) -> Vectors:
        count, size = self._population, vectors.shape[1]
        entries = self._random.integers(len(vectors), size=(2, count, TOURNAMENT))
        mother, father = entries.min(axis=2)  # sorted by fitness: the smallest index wins
        mixed = (self._random.random((count, size)) < 0.5) & (self._random.random((count, 1)) < CROSSOVER)
        children = np.where(mixed, vectors[father], vectors[mother])
        changed = self._random.random((count, size)) < CHANGED / max(size, 1)
        anew = self._random.random((count, size)) < REDRAWN
        nudged = children + NUDGE * self._random.standard_normal((count, size))
        drawn = self._random.random((count, size))
        return np.clip(np.where(changed, np.where(anew, drawn, nudged), children), 0.0, 1.0)
