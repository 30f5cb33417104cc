"""CatCMA with margin (Hamano et al., GECCO 2025): CMA-ES for numbers and choices together, behind ask/tell.

Choices (core, dataflow, wires, DSP use) have probabilities of their own in place of a number that is cut into
intervals. Mutants of the best fill up each generation as in `cma_es`, and restarts begin at the best.
"""

import math
import warnings

import numpy as np
from cmaes import CatCMAwM

from workbench.search.one_plus_one import mutant
from workbench.search.protocol import Vectors
from workbench.search.terrain import Cube, Terrain

POPULATION = 24
MUTANT_SHARE = 0.6  # as in cma_es, so that the two differ in the distribution alone
SIGMA = 0.12
STAGNATION = 40  # generations without gain before a restart
GAIN = 1e-9
LIKELY = 0.5  # probability of the start's own choice at the beginning


class CatCma:
    """Mixed-integer CMA-ES on a terrain's axes; every restart begins at the best design found."""

    def __init__(self, start: Vectors, seed: int, population: int = POPULATION, terrain: Terrain | None = None) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))
        axes = (terrain or Cube(len(start))).axes
        self._axes = axes
        self._chosen = [i for i, axis in enumerate(axes) if axis.levels > 1]
        self._numbers = [i for i, axis in enumerate(axes) if axis.levels <= 1]
        self._mutants = int(MUTANT_SHARE * population)
        self._own = max(4, population - self._mutants)
        self._mutants = max(0, population - self._own)
        self._best = np.clip(start, 0.0, 1.0)
        self._best_fitness = math.inf
        self._round_best = math.inf
        self._stagnant = 0
        self._injected: list[Vectors] = []
        self._asked: list[CatCMAwM.Solution] = []
        self._strategy = self._begin()

    def ask(self) -> Vectors:
        """The next generation."""
        if self._strategy is None:  # nothing to search: the only design, once
            return np.zeros((1, 0))
        self._asked = [self._strategy.ask() for _ in range(self._own)]
        rows = [self._vector(solution) for solution in self._asked]
        rows += [mutant(self._best, self._random) for _ in range(self._mutants)]
        for i, vector in enumerate(self._injected[: len(rows)]):  # from the end: the mutants first
            rows[-1 - i] = vector
        self._injected.clear()
        return np.array(rows)

    def tell(self, vectors: Vectors, fitness: Vectors) -> None:
        """Adapt the distributions; restart at the best where they stand still."""
        best = int(np.argmin(fitness))
        if fitness[best] <= self._best_fitness:
            self._best, self._best_fitness = vectors[best].copy(), float(fitness[best])
        if self._strategy is None:
            return
        if fitness[best] < self._round_best - GAIN:
            self._round_best, self._stagnant = float(fitness[best]), 0
        else:
            self._stagnant += 1
        self._strategy.tell(list(zip(self._asked, fitness[: self._own].tolist(), strict=True)))
        if self._stagnant >= STAGNATION or (self._numbers and self._strategy.should_stop()):
            self._stagnant, self._round_best = 0, math.inf
            self._strategy = self._begin()

    def inject(self, vector: Vectors) -> None:
        """Put a vector into the next generation."""
        self._injected.append(np.clip(vector, 0.0, 1.0))

    @property
    def population(self) -> int:
        """How many candidates the next `ask` gives."""
        return 1 if self._strategy is None else self._own + self._mutants

    @property
    def sigma(self) -> float | None:
        """None: it is not a standard deviation of the coordinates."""
        return None

    def _begin(self) -> CatCMAwM | None:
        if not self._axes:
            return None
        levels = [self._axes[i].levels for i in self._chosen]
        likely = None
        if levels:
            likely = np.zeros((len(levels), max(levels)))
            for row, at in enumerate(self._chosen):
                likely[row, : levels[row]] = (1.0 - LIKELY) / (levels[row] - 1)
                likely[row, self._axes[at].level(float(self._best[at]))] = LIKELY
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return CatCMAwM(
                x_space=[[0.0, 1.0]] * len(self._numbers) or None,
                c_space=levels or None,
                population_size=self._own,
                mean=np.clip(self._best[self._numbers], 0.02, 0.98) if self._numbers else None,
                sigma=SIGMA if self._numbers else None,
                cat_param=likely,
                seed=int(self._random.integers(2**31)),
            )

    def _vector(self, solution: CatCMAwM.Solution) -> Vectors:
        vector = np.zeros(len(self._axes))
        if solution.x is not None:
            vector[self._numbers] = solution.x
        if solution.c is not None:
            for row, at in enumerate(self._chosen):
                vector[at] = self._axes[at].middle(int(np.argmax(solution.c[row])))
        return np.clip(vector, 0.0, 1.0)
