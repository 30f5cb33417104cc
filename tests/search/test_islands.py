"""Races end when they may, designs are not asked for twice, and what a vector stands for is the same everywhere."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from search_landscape import closed_form

from workbench.design.budget import fit_of, fit_of_groups
from workbench.design.design import Design
from workbench.design.placement import is_flexible
from workbench.hardware.board import Board
from workbench.search.islands import Islands
from workbench.search.objective import Goal
from workbench.search.space import Space

FROZEN = ((), ("A.core",), ("B",), ("scheduler.alpha", "A.cores"), ("subaccelerators",))


@pytest.mark.parametrize("population", [1, 5, 24, 300])
def test_races_go_on_whatever_the_population(population: int, base: Design, board: Board) -> None:
    space = Space(base, board)
    islands = Islands(space.encode(base), 4, population, space)
    asked: list[Design] = []
    while len(asked) < 4000:
        vectors = islands.ask()
        assert len(vectors) == population == islands.population
        designs = [space.decode(vector) for vector in vectors]
        islands.tell(vectors, np.array([Goal().fitness(found) for found in closed_form(designs)]))
        asked += designs
    assert len(set(asked)) > 0.97 * len(asked)
    assert {len(design.subaccelerators) for design in asked} == {1, 2, 3, 4}


@given(data=st.data(), frozen=st.sampled_from(FROZEN))
@settings(max_examples=60, deadline=None)
def test_a_settled_vector_means_the_same_in_another_space(
    base: Design, board: Board, data: st.DataObject, frozen: tuple[str, ...]
) -> None:
    bounds = (("B.cores", 2, 9), ("scheduler.theta", 2.0, 5.0))
    space, fresh = (Space(base, board, freeze=frozen, bounds=bounds) for _ in range(2))
    settled = space.settle(data.draw(arrays(np.float64, space.dimension, elements=st.floats(0, 1))))
    assert space.decode(settled.vector) == settled.meaning
    assert fresh.decode(settled.vector) == settled.meaning


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_every_vector_fits_and_what_was_wanted_fills_the_card(base: Design, board: Board, data: st.DataObject) -> None:
    space = Space(replace(base, subaccelerators=base.subaccelerators[:1]), board)
    vector = data.draw(arrays(np.float64, space.dimension, elements=st.floats(0, 1)))
    there = [axis.part == "cores" and x >= axis.absent for axis, x in zip(space.axes, vector, strict=True)]
    assume(any(there))  # else one core of the first: nothing was wanted
    for point in (vector, np.where(there, 1.0, vector)):
        design = space.decode(point)
        single = len(design.subaccelerators) == design.subaccelerators[0].cores == 1  # too large with that DSP use
        assert fit_of(design, board).overrun == 0 or single
    subs = design.subaccelerators
    for place, sub in enumerate(subs):
        if is_flexible(sub.dataflow) and sub.cores < space.choices.most_cores(sub.core):
            more = replace(sub, rows=1, cols=sub.cores + 1, planes=1)
            assert fit_of_groups([*subs[:place], more, *subs[place + 1 :]], board).overrun > 0


def test_weights_alone_are_searched_where_all_else_is_frozen(base: Design, board: Board) -> None:
    space = Space(base, board, freeze=("A", "B", "subaccelerators"))
    islands = Islands(space.encode(base), 1, 8, space)
    designs = []
    for _ in range(100):
        vectors = islands.ask()
        found = [space.decode(vector) for vector in vectors]
        islands.tell(vectors, np.array([abs(design.scheduler.alpha - 0.77) for design in found]))
        designs += found
    assert {design.subaccelerators for design in designs} == {base.subaccelerators}
    assert min(abs(design.scheduler.alpha - 0.77) for design in designs) < 1e-3
