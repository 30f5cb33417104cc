"""Ask and tell: inside the cube, repeatable, and better than chance where there is something to find."""

import numpy as np
import pytest

from workbench.engine.messages import OPTIMIZERS
from workbench.search.optimizers import NAMES, make_optimizer
from workbench.search.protocol import Optimizer, Vectors


def sphere(vectors: Vectors) -> Vectors:
    """Smallest at 0.7 in every coordinate."""
    return ((vectors - 0.7) ** 2).sum(axis=1)


def history(optimizer: Optimizer, generations: int) -> list[Vectors]:
    asked = []
    for _ in range(generations):
        vectors = optimizer.ask()
        asked.append(vectors.copy())
        optimizer.tell(vectors, sphere(vectors))
    return asked


def test_the_messages_name_the_optimizers_there_are() -> None:
    assert set(OPTIMIZERS) == set(NAMES)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"'gradient': not known; allowed: islands"):
        make_optimizer("gradient", np.zeros(3), 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dimension", [0, 1, 2, 17])
def test_candidates_lie_in_the_cube(name: str, dimension: int) -> None:
    optimizer = make_optimizer(name, np.full(dimension, 0.99), 3, 10)
    for vectors in history(optimizer, 12):
        assert vectors.shape[1] == dimension
        assert ((vectors >= 0) & (vectors <= 1)).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_population_is_as_announced(name: str) -> None:
    optimizer = make_optimizer(name, np.full(5, 0.5), 3, 12)
    for _ in range(5):
        announced = optimizer.population
        vectors = optimizer.ask()
        assert len(vectors) == announced
        optimizer.tell(vectors, sphere(vectors))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_asks_the_same_whatever_else_draws_numbers(name: str) -> None:
    alone = history(make_optimizer(name, np.full(6, 0.5), 0, 10), 15)
    again, other = make_optimizer(name, np.full(6, 0.5), 0, 10), make_optimizer(name, np.full(6, 0.5), 1, 10)
    for vectors in alone:
        np.random.seed(7)
        np.random.random(3)
        beside = other.ask()
        mine = again.ask()
        assert np.array_equal(mine, vectors)
        assert not np.array_equal(beside, vectors)
        again.tell(mine, sphere(mine))
        other.tell(beside, sphere(beside))


@pytest.mark.parametrize("name", NAMES)
def test_an_injected_vector_is_in_the_next_generation(name: str) -> None:
    optimizer = make_optimizer(name, np.full(6, 0.5), 5, 10)
    history(optimizer, 3)
    guest = np.linspace(0.1, 0.9, 6)
    optimizer.inject(guest)
    vectors = optimizer.ask()
    assert np.abs(vectors - guest).max(axis=1).min() < 1e-6
    optimizer.tell(vectors, sphere(vectors))
    assert np.abs(optimizer.ask() - guest).max(axis=1).min() > 1e-6


@pytest.mark.parametrize("name", [n for n in NAMES if n != "random"])
def test_they_find_what_random_search_does_not(name: str) -> None:
    optimizer, yardstick = (make_optimizer(n, np.full(10, 0.3), 2) for n in (name, "random"))

    def best(o: Optimizer) -> float:
        spent, found = 0, np.inf
        while spent < 4000:
            vectors = o.ask()
            fitness = sphere(vectors)
            o.tell(vectors, fitness)
            spent, found = spent + len(vectors), min(found, fitness.min())
        return float(found)

    assert best(optimizer) < 0.05 * best(yardstick)


def test_cma_restarts_on_a_plain_and_goes_on() -> None:
    optimizer = make_optimizer("cma", np.full(4, 0.5), 1, 10)
    sigmas = []
    for _ in range(200):
        vectors = optimizer.ask()
        optimizer.tell(vectors, np.zeros(len(vectors)))
        sigmas.append(optimizer.sigma or 0.0)
    assert optimizer.population >= 10
    assert len({len(optimizer.ask())}) == 1
    assert all(np.isfinite(s) and s > 0 for s in sigmas)


@pytest.mark.parametrize("name", NAMES)
def test_designs_that_do_not_fit_are_no_trouble(name: str) -> None:
    optimizer = make_optimizer(name, np.full(5, 0.5), 1, 10)
    for _ in range(60):
        vectors = optimizer.ask()
        optimizer.tell(vectors, np.where(vectors[:, 0] > 0.4, 1e6 + vectors[:, 0], sphere(vectors)))
