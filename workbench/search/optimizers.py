"""Optimisers by name."""

from workbench.search.cma_es import CmaEs
from workbench.search.genetic import Genetic
from workbench.search.one_plus_one import OnePlusOne
from workbench.search.protocol import Optimizer, Vectors
from workbench.search.random_search import RandomSearch


def make_optimizer(name: str, start: Vectors, seed: int, population: int | None = None) -> Optimizer:
    """An optimiser by name, starting near `start` [dimension]; `population` None means its own default.

    Raises ValueError naming the known ones.
    """
    sizes = {} if population is None else {"population": population}
    match name:
        case "cma":
            return CmaEs(start, seed, **sizes)
        case "genetic":
            return Genetic(start, seed, **sizes)
        case "one-plus-one":
            return OnePlusOne(start, seed, **sizes)
        case "random":
            return RandomSearch(start, seed, **sizes)
    raise ValueError(f"optimizer {name!r}: not known; allowed: {', '.join(NAMES)}")


NAMES: tuple[str, ...] = ("cma", "genetic", "one-plus-one", "random")
