"""CMA-ES (pycma) behind ask/tell, with restarts.

Facts of pycma that shape this module: seed 0 means "from the clock", and all instances of a process share numpy's
global generator, so each search passes its own `randn` and the seed NaN ("leave the generator alone"); NaN fitness is
accepted silently, so fitness must be finite; importing it warns about matplotlib on stderr.
"""

import math
import warnings
from typing import Any

import numpy as np

from workbench.search.one_plus_one import mutant
from workbench.search.protocol import Vectors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import cma

POPULATION = 24  # CMA-ES's own and mutants of the best; measured against 16, 20, 32 and 64 on nlp and mixed
MUTANT_SHARE = 0.6
SIGMA = 0.12  # wider starts lose what the start design has before they have learned anything
STAGNATION = 40  # generations without gain before a restart
GAIN = 1e-9  # of the logarithm of the objective
GROWTH = 2.0  # IPOP: population of every second restart (Auger and Hansen, CEC 2005)
MOST_GROWTH = 8.0
LOCAL_SIGMA = 0.08  # BIPOP's small regime: the other restarts look around the best (Hansen, GECCO BBOB 2009)


class CmaEs:
    """CMA-ES on the unit cube; restarts alternate between a grown population anywhere and a narrow one at the best."""

    def __init__(
        self,
        start: Vectors,
        seed: int,
        population: int = POPULATION,
        sigma: float = SIGMA,
    ) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._start = np.clip(start, 0.0, 1.0)
        self._mutants = int(MUTANT_SHARE * population)
        self._population = population - self._mutants
        self._best = self._start
        self._best_fitness = math.inf
        self._round_best = math.inf  # of the present restart
        self._stagnant = 0
        self._restarts = 0
        self._injected: list[Vectors] = []
        self._asked: list[Vectors] = []
        self._es = self._strategy(self._start, sigma, population)

    def ask(self) -> Vectors:
        """The next generation."""
        if self._es is None:  # nothing to search: the only design, once
            return np.zeros((1, 0))
        mutants = [mutant(self._best, self._random) for _ in range(self._mutants)]
        if self._injected:
            pad = [0.5] * (self._es.N - len(self._start))
            self._es.inject([vector.tolist() + pad for vector in self._injected], force=True)
            self._injected.clear()
        self._asked = self._es.ask()
        own = np.clip(np.array(self._asked)[:, : len(self._start)], 0.0, 1.0)
        return np.concatenate([own, np.array(mutants).reshape(-1, len(self._start))])

    def tell(self, vectors: Vectors, fitness: Vectors) -> None:
        """Adapt the distribution; restart where it has converged or stands still."""
        best = int(np.argmin(fitness))
        if fitness[best] <= self._best_fitness:
            self._best, self._best_fitness = vectors[best].copy(), float(fitness[best])
            if best >= len(self._asked) > 0:  # a mutant: the distribution must hear of it
                self._injected.append(self._best)
        if self._es is None:
            return
        if fitness[best] < self._round_best - GAIN:
            self._round_best, self._stagnant = float(fitness[best]), 0
        else:
            self._stagnant += 1
        self._es.tell(self._asked, fitness[: len(self._asked)].tolist())
        if self._stagnant >= STAGNATION or self._es.stop():
            self._restart()

    def inject(self, vector: Vectors) -> None:
        """Put a vector into the next generation."""
        self._injected.append(np.clip(vector, 0.0, 1.0))

    @property
    def population(self) -> int:
        """How many candidates the next `ask` gives."""
        return 1 if self._es is None else int(self._es.popsize) + self._mutants

    @property
    def sigma(self) -> float | None:
        """Mean standard deviation of the coordinates."""
        return None if self._es is None else float(np.mean(self._es.stds))

    def _restart(self) -> None:
        self._restarts += 1
        self._stagnant, self._round_best = 0, math.inf
        if self._restarts % 2:
            self._es = self._strategy(self._best, LOCAL_SIGMA, self._population)
        else:
            growth = min(GROWTH ** (self._restarts // 2), MOST_GROWTH)
            anywhere = self._random.random(len(self._start))
            self._es = self._strategy(anywhere, SIGMA, int(growth * self._population))

    def _strategy(self, mean: Vectors, sigma: float, population: int) -> Any:
        if len(mean) == 0:
            return None
        random = self._random
        if len(mean) == 1:  # pycma refuses one dimension: a second one that nobody reads
            mean = np.append(mean, 0.5)
        options = {
            "popsize": population,
            "bounds": [0.0, 1.0],
            "seed": math.nan,
            "randn": lambda *shape: random.standard_normal(shape),
            "verbose": -9,
            "verb_log": 0,
            "tolfun": 0,
            "tolfunhist": 0,
            "tolflatfitness": STAGNATION,
            "tolstagnation": 10**6,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return cma.CMAEvolutionStrategy(np.clip(mean, 0.02, 0.98).tolist(), sigma, options)
