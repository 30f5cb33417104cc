"""The evidence itself: shares that add up, worlds that differ only as they say, optima that nothing beats."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.design.design import Design
from workbench.design.first import first_design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.presets import load_board
from workbench.search.campaign import Budgeted, CellResult
from workbench.search.cells import Cell
from workbench.search.corner_space import PARTS, with_shares
from workbench.search.evidence_attribution import FACTORS, OneCoreScorer, attribution, shapley
from workbench.search.evidence_nulls import nulls
from workbench.search.evidence_optima import scheduler_gaps
from workbench.search.evidence_robustness import DisturbedScorer, best_shares, disturbed, robustness
from workbench.search.insights import insight_holds

SUBSETS = [frozenset(c) for n in range(len(FACTORS) + 1) for c in combinations(FACTORS, n)]
TENANTS = (("ncf", 1, 2, None), ("squeezenet1_0", 1, 2, None))


@pytest.fixture(scope="module")
def design() -> Design:
    return replace(first_design("mixed", "u280"), workload="small", tenants=TENANTS)


@pytest.fixture(scope="module")
def scorer(design: Design) -> Scorer:
    return Scorer(design_workload(design), load_board("u280"))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=16, max_size=16))
def test_shapley_shares_sum_to_the_total(values: list[float]) -> None:
    table = dict(zip(SUBSETS, values, strict=True))
    shares = shapley(table, FACTORS)
    assert sum(shares.values()) == pytest.approx(table[frozenset(FACTORS)] - table[frozenset()], abs=1e-9)


def test_shapley_of_a_sum_is_the_summands_and_of_a_pair_half_each() -> None:
    alone = {"dataflow": 1.0, "core size": -2.0, "splitting": 0.5, "scheduler": 0.0}
    values = {s: sum(alone[f] for f in s) + (3.0 if {"dataflow", "scheduler"} <= s else 0.0) for s in SUBSETS}
    expected = {"dataflow": 2.5, "core size": -2.0, "splitting": 0.5, "scheduler": 1.5}
    assert shapley(values, FACTORS) == pytest.approx(expected)


def test_attribution_adds_up_and_freedom_with_the_same_splitting_never_hurts(design: Design, scorer: Scorer) -> None:
    found = attribution(design, scorer, evaluations=12)
    values = {frozenset(free): edp for free, edp in found.edp_j_s}
    assert set(values) == set(SUBSETS)
    assert found.total == pytest.approx(np.log(values[frozenset(FACTORS)] / values[frozenset()]))
    for small, large in combinations(SUBSETS, 2):
        if small < large and ("splitting" in small) == ("splitting" in large):
            assert values[large] <= values[small] * (1 + 1e-12)


def test_without_splitting_every_layer_takes_one_core(design: Design, scorer: Scorer) -> None:
    score = OneCoreScorer(scorer.workload, scorer.board).score(design)
    assert {layer.rectangle for layer in score.layers} == {"1×1"}
    assert {layer.rectangle for layer in scorer.score(design).layers} != {"1×1"}


def test_laws_hold() -> None:
    found = nulls()
    assert sum(null.law for null in found) >= 6
    assert [null.words for null in found if null.law and not null.holds] == []


def test_no_schedule_beats_a_proven_optimum() -> None:
    gaps = scheduler_gaps(8)
    assert len(gaps.plain) + gaps.unproven == 8
    assert len(gaps.plain) >= 4
    assert min(gaps.plain) >= -1e-8
    assert min(gaps.weights) >= -1e-8
    assert all(best <= plain + 1e-12 for best, plain in zip(gaps.weights, gaps.plain, strict=True))


def test_a_drawn_world_is_the_same_for_all_designs_in_any_order(design: Design, scorer: Scorer) -> None:
    smaller = replace(design, subaccelerators=design.subaccelerators[:1])
    one = disturbed(scorer, np.random.default_rng(3)).evaluate_many([design, smaller], threads=1)
    again = disturbed(scorer, np.random.default_rng(3)).evaluate_many([design, smaller], threads=1)
    other = disturbed(scorer, np.random.default_rng(4)).evaluate_many([design], threads=1)
    assert one == again
    assert one[0] != other[0]
    alone = disturbed(scorer, np.random.default_rng(3)).evaluate_many([design], threads=1)
    assert alone[0] == one[0]


def test_a_world_without_disturbance_is_the_model(
    design: Design, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.search.evidence_robustness.LAYER_ERROR", 0.0)
    calm = DisturbedScorer(scorer, scorer.board, scorer.energy, seed=1)
    assert calm.evaluate(design) == scorer.evaluate(design)


def test_robustness_needs_a_complete_cell(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="reproduce"):
        robustness(CellResult(Cell("mixed", "u280"), Budgeted(8)), 2)


def test_insights_on_designs_made_to_measure(design: Design) -> None:
    sub = design.subaccelerators[0]

    def of(*groups: tuple[str, int]) -> Design:
        subs = tuple(replace(sub, id=i, core=core, rows=1, cols=n) for i, (core, n) in zip("ABC", groups, strict=False))
        return replace(design, subaccelerators=subs)

    assert insight_holds("vision", of(("B512", 5), ("B800", 4)))
    assert not insight_holds("vision", of(("B800", 7)))  # small, but not many
    assert not insight_holds("vision", of(("B512", 8), ("B4096", 2)))
    assert insight_holds("nlp", of(("B3136", 1), ("B800", 3)))
    assert not insight_holds("nlp", of(("B4096", 2)))
    assert insight_holds("mixed", of(("B4096", 1), ("B3136", 1), ("B512", 4)))
    assert not insight_holds("mixed", of(("B2304", 9), ("B4096", 1)))


@given(st.lists(st.one_of(st.none(), st.floats(0.01, 1.0)), min_size=2, max_size=3))
def test_shares_are_eighths_that_add_up_to_one(wanted: list[float | None]) -> None:
    sub = first_design("mixed", "u280").subaccelerators[0]
    subs = tuple(replace(sub, id=i, bandwidth_share=share) for i, share in zip("ABC", wanted, strict=False))
    shares = [s.bandwidth_share or 0.0 for s in with_shares(Design("mixed", "u280", subs)).subaccelerators]
    assert sum(shares) == 1.0
    assert all(share > 0 and (share * PARTS).is_integer() for share in shares)
    subs = tuple(replace(each, bandwidth_share=share) for each, share in zip(subs, shares, strict=True))
    again = with_shares(Design("mixed", "u280", subs))
    assert [each.bandwidth_share for each in again.subaccelerators] == shares


def test_shares_of_being_best_follow_what_each_world_says(design: Design, scorer: Scorer) -> None:
    half = design.subaccelerators[0]
    smaller = replace(design, subaccelerators=(replace(half, rows=1, cols=1),))
    too_large = replace(design, subaccelerators=(replace(half, rows=40, cols=40),))
    asked = [design, smaller, design, too_large]
    shares = best_shares(asked, scorer, 20, seed=3)
    random = np.random.Generator(np.random.PCG64(3))
    wins = [0] * len(asked)
    for _ in range(20):
        edp = [found.edp_j_s for found in disturbed(scorer, random).evaluate_many(asked, threads=1)]
        for place, value in enumerate(edp):
            wins[place] += value == min(edp)
    assert shares == tuple(n / 20 for n in wins)
    assert shares[0] == shares[2]
    assert shares[0] + shares[1] == 1.0  # no ties between designs that differ
    assert shares[3] == 0.0
    with pytest.raises(ValueError, match="two or more"):
        best_shares([design], scorer, 20)
