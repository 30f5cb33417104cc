"""(1+λ) evolutionary algorithm: the best so far, and copies of it with a few coordinates drawn anew or nudged."""

import numpy as np

from workbench.search.protocol import Vectors

POPULATION = 8
CHANGED = 1.5  # coordinates changed per child, on average beyond the one that always is
NUDGE = 0.1  # standard deviation of a small change
REDRAWN = 0.5  # share of changes that are drawn anew


class OnePlusOne:
    """One parent; a generation of children; the best child replaces the parent unless it is worse."""

    def __init__(self, start: Vectors, seed: int, population: int = POPULATION) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._parent = np.clip(start, 0.0, 1.0)
        self._fitness = np.inf
        self._population = population
        self._injected: list[Vectors] = []

    def ask(self) -> Vectors:
        """The next generation: children of the parent, the parent itself first of all."""
        rows = [mutant(self._parent, self._random) for _ in range(self._population)]
        if not np.isfinite(self._fitness):
            rows[0] = self._parent.copy()
        for i, vector in enumerate(self._injected[: len(rows)]):
            rows[i] = vector
        self._injected.clear()
        return np.array(rows)

    def tell(self, vectors: Vectors, fitness: Vectors) -> None:
        """Keep the best child if it is no worse than the parent."""
        best = int(np.argmin(fitness))
        if fitness[best] <= self._fitness:
            self._parent, self._fitness = vectors[best].copy(), float(fitness[best])

    def inject(self, vector: Vectors) -> None:
        """Put a vector into the next generation."""
        self._injected.append(np.clip(vector, 0.0, 1.0))

    @property
    def population(self) -> int:
        """How many candidates the next `ask` gives."""
        return self._population

    @property
    def sigma(self) -> float | None:
        """None: step sizes are fixed."""
        return None


def mutant(parent: Vectors, random: np.random.Generator) -> Vectors:
    """A copy of a vector with one coordinate changed, and each other one with a small chance: drawn anew or nudged."""
    child = parent.copy()
    size = len(child)
    if size == 0:
        return child
    changed = random.random(size) < CHANGED / size
    changed[random.integers(size)] = True
    anew = random.random(size) < REDRAWN
    nudged = child + NUDGE * random.standard_normal(size)
    drawn = random.random(size)
    child[changed] = np.where(anew, drawn, nudged)[changed]
    return np.clip(child, 0.0, 1.0)
