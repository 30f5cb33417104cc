"""Optimisers by name."""

from workbench.search.genetic import Genetic
from workbench.search.islands import Islands
from workbench.search.one_plus_one import OnePlusOne
from workbench.search.protocol import Optimizer, Vectors
from workbench.search.random_search import RandomSearch
from workbench.search.terrain import Cube, Terrain

NAMES: tuple[str, ...] = ("islands", "cma", "catcma", "genetic", "one-plus-one", "random")
DEFAULT = NAMES[0]


def make_optimizer(
    name: str, start: Vectors, seed: int, population: int | None = None, terrain: Terrain | None = None
) -> Optimizer:
    """An optimiser by name, starting near `start` [dimension]; `population` None means its own default. Without a
    `terrain` every coordinate is taken for a number of its own.

    Raises ValueError naming the known ones.
    """
    sizes = {} if population is None else {"population": population}
    known = terrain or Cube(len(start))
    match name:
        case "islands":
            return Islands(start, seed, terrain=known, **sizes)
        case "cma":
            from workbench.search.cma_es import CmaEs  # loading it takes longer than all others together

            return CmaEs(start, seed, **sizes)
        case "catcma":
            from workbench.search.cat_cma import CatCma

            return CatCma(start, seed, terrain=known, **sizes)
        case "genetic":
            return Genetic(start, seed, **sizes)
        case "one-plus-one":
            return OnePlusOne(start, seed, **sizes)
        case "random":
            return RandomSearch(start, seed, **sizes)
    raise ValueError(f"optimizer {name!r}: not known; allowed: {', '.join(NAMES)}")
