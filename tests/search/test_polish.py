"""A polished schedule is never worse, is one the scorer agrees with, and leaves the design alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design
from workbench.design.file import load_design, save_design
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


@pytest.mark.parametrize("text", ["flexible", "auto-k"])
def test_what_is_polished_is_saved_and_opened_again(text: str, small: Design, scorer: Scorer, tmp_path: Path) -> None:
    groups = [replace(sub, rows=2, cols=3, dataflow=load_dataflow(text).text) for sub in small.subaccelerators]
    lazy = replace(small.scheduler, alpha=1.0, theta=64.0)
    polished, evaluation = polish(replace(small, subaccelerators=tuple(groups), scheduler=lazy), scorer, Goal(), 150, 1)
    assert polished.schedule
    wide = any(job.rows > 2 or job.cols > 3 for job in polished.schedule)
    assert wide == (text == "flexible")  # it splits a loop over more cores than a side has
    save_design(polished, tmp_path / "polished.toml")
    opened = load_design(tmp_path / "polished.toml").design
    assert opened.schedule == polished.schedule
    assert scorer.evaluate(opened) == evaluation


def test_it_finds_what_a_bad_order_loses(small: Design, scorer: Scorer) -> None:
    lazy = replace(small, scheduler=replace(small.scheduler, alpha=1.5, theta=64.0))
    _, evaluation = polish(lazy, scorer, Goal(), 300, 1)
    assert evaluation.edp_j_s < 0.999 * scorer.evaluate(lazy).edp_j_s


def test_a_design_that_does_not_fit_is_an_error(small: Design, scorer: Scorer) -> None:
    too_large = replace(small, subaccelerators=(replace(small.subaccelerators[0], rows=20, cols=20),))
    with pytest.raises(ValueError, match="does not fit"):
        polish(too_large, scorer, Goal(), 10, 1)
