"""A polished schedule is never worse, is one the scorer agrees with, and leaves the design alone."""

from dataclasses import replace

import pytest

from workbench.design.design import Design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board
from workbench.search.objective import Goal
from workbench.search.polish import polish


@pytest.fixture(scope="module")
def small(base: Design) -> Design:
    return replace(base, workload="small", tenants=(("ncf", 1, 2, None), ("squeezenet1_0", 1, 3, None)))


@pytest.fixture(scope="module")
def scorer(small: Design, board: Board) -> Scorer:
    return Scorer(design_workload(small), board)


@pytest.mark.parametrize("seed", [0, 1])
def test_never_worse_and_scored_the_same(small: Design, scorer: Scorer, seed: int) -> None:
    before = scorer.evaluate(small)
    polished, evaluation = polish(small, scorer, Goal(), 150, seed)
    assert evaluation.edp_j_s <= before.edp_j_s
    assert replace(polished, schedule=()) == small
    score = scorer.score(polished)
    assert score.feasible, score.reason
    assert score.edp_j_s == pytest.approx(evaluation.edp_j_s, rel=1e-9)
    assert polish(small, scorer, Goal(), 150, seed) == (polished, evaluation)


def test_it_finds_what_a_bad_order_loses(small: Design, scorer: Scorer) -> None:
    lazy = replace(small, scheduler=replace(small.scheduler, alpha=1.5, theta=64.0))
    _, evaluation = polish(lazy, scorer, Goal(), 300, 1)
    assert evaluation.edp_j_s < 0.999 * scorer.evaluate(lazy).edp_j_s


def test_a_design_that_does_not_fit_is_an_error(small: Design, scorer: Scorer) -> None:
    too_large = replace(small, subaccelerators=(replace(small.subaccelerators[0], rows=20, cols=20),))
    with pytest.raises(ValueError, match="does not fit"):
        polish(too_large, scorer, Goal(), 10, 1)
