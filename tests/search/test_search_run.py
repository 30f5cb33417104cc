"""The loop: never worse than its start, limits kept, an archive that holds what it should."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_landscape import closed_form

from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, Objective, SchedulerWeights, SubAccelerator
from workbench.design.score import Evaluation, Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board
from workbench.search.archive import MOST_BEST, MOST_CURVE, Archive, arrangement_of, groups_of
from workbench.search.front import MOST_FLAT, MOST_LEAN, STEPS
from workbench.search.objective import UNFIT, Goal
from workbench.search.optimizers import NAMES, make_optimizer
from workbench.search.run import Limits, Search
from workbench.search.space import Space


def run(optimizer: str, base: Design, board: Board, evaluations: int, seed: int = 1, **space: object) -> Search:
    where = Space(base, board, **space)  # type: ignore[arg-type]
    made = make_optimizer(optimizer, where.encode(base), seed, None)
    search = Search(where, made, closed_form, Goal(), [base], Limits(evaluations))
    while not search.done:
        search.step()
    return search


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("evaluations", [1, 3, 64, 65, 200])
def test_the_start_is_the_first_evaluation_and_the_limit_is_kept(
    name: str, evaluations: int, base: Design, board: Board
) -> None:
    search = run(name, base, board, evaluations)
    assert search.evaluations == evaluations
    assert search.archive.best_value <= closed_form([base])[0].edp_j_s


def test_a_start_outside_the_space_is_still_kept(board: Board) -> None:
    """A core that no library has, and more cores than fit the space's grid."""
    odd = SubAccelerator("A", "7x9x11", 3, 3, load_dataflow("ws-k-p").text, bandwidth_share=1 / 3)
    base = Design("mixed", "u280", (odd,))
    search = run("random", base, board, 5)
    assert any(found.design.subaccelerators == (odd,) and found.number == 1 for found in search.archive.best)


def test_cma_beats_random_at_equal_evaluations(base: Design, board: Board) -> None:
    ratios = []
    for seed in range(5):
        by_name = {n: run(n, base, board, 2048, seed).archive.best_value for n in ("cma", "random")}
        ratios.append(by_name["random"] / by_name["cma"])
    assert np.median(ratios) >= 1.02


def test_a_single_design_is_not_evaluated_for_ever(base: Design, board: Board) -> None:
    search = run("cma", base, board, 4096, freeze=("A", "B", "scheduler", "subaccelerators"))
    assert search.evaluations <= 3


def test_a_start_beyond_the_bounds_is_not_the_answer(base: Design, board: Board) -> None:
    search = run("islands", base, board, 300, bounds=(("A.cores", 2, 3), ("scheduler.alpha", 0.5, 0.6)))
    assert search.archive.best
    for found in search.archive.best:
        assert 0.5 <= found.design.scheduler.alpha <= 0.6
        assert all(2 <= sub.cores <= 3 for sub in found.design.subaccelerators if sub.id == "A")
    nothing = run("islands", base, board, 200, bounds=(("B.cores", 60, 64),), freeze=("B.core", "subaccelerators"))
    assert not nothing.archive.best
    assert nothing.evaluations == 200


def test_injected_designs_are_evaluated_as_they_are(base: Design, board: Board) -> None:
    space = Space(base, board)
    search = Search(space, make_optimizer("cma", space.encode(base), 1), closed_form, Goal(), [base], Limits(500))
    odd = Design("mixed", "u280", (SubAccelerator("A", "7x18x18", 7, 1, load_dataflow("auto-k").text),))
    search.step()
    search.step((odd,))
    assert any(found.design == odd for found in search.archive.best)


def test_whoever_does_not_fit_ranks_behind_whoever_does() -> None:
    goal = Goal()
    worst_that_fits = Evaluation(1e300, 1e150, 1e150, 0.0)
    best_that_does_not = Evaluation(1e-300, 1e-150, 1e-150, 1e-9)
    unknown = Evaluation(math.nan, math.nan, math.nan, math.nan)
    assert goal.fitness(worst_that_fits) < UNFIT <= goal.fitness(best_that_does_not) < goal.fitness(unknown)
    assert math.isfinite(goal.fitness(unknown))
    assert goal.fitness(Evaluation(math.inf, math.inf, math.inf, 0.5)) < goal.fitness(
        Evaluation(math.inf, math.inf, math.inf, 2.0)
    )


ANY = st.floats(allow_nan=True, allow_infinity=True)


@given(figures=st.tuples(ANY, ANY, ANY, ANY, ANY), objective=st.sampled_from(Objective), exponent=st.floats(0.1, 9.0))
def test_no_cost_whatever_reaches_an_optimiser_as_it_is(
    figures: tuple[float, ...], objective: Objective, exponent: float
) -> None:
    evaluation = Evaluation(*figures)
    for limit in (None, 10.0):
        goal = Goal(objective, exponent, limit)
        assert math.isfinite(goal.fitness(evaluation))
        assert goal.value(evaluation) > 0
        if math.isfinite(goal.value(evaluation)):
            assert all(map(math.isfinite, figures[:3]))
            assert goal.fitness(evaluation) < UNFIT


def test_objectives_and_the_power_limit() -> None:
    evaluation = Evaluation(6.0, 2.0, 3.0, 0.0)
    assert Goal().value(evaluation) == 6.0
    assert Goal(Objective.LATENCY).value(evaluation) == 2.0
    assert Goal(Objective.ENERGY).value(evaluation) == 3.0
    assert Goal(delay_exponent=2.0).value(evaluation) == 12.0
    assert Goal(power_limit_w=1.5).value(evaluation) == 6.0
    assert Goal(power_limit_w=1.0).overrun(evaluation) == pytest.approx(0.5)
    assert Goal(power_limit_w=1.0).value(evaluation) == math.inf


POINT = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 6), st.integers(1, 9))


@given(points=st.lists(POINT, max_size=120))
@settings(max_examples=200, deadline=None)
def test_front_and_best_list_against_brute_force(points: list[tuple[int, int, int, int]]) -> None:
    """Points of latency, energy, steps of the card taken, and weights that tell designs of equal groups apart."""
    share = {sub: taken / STEPS for sub, taken in ((SubAccelerator("A", "B512", 1, n, ""), n) for n in range(1, 7))}
    archive = Archive(Goal(), lambda design: share[design.subaccelerators[0]])
    subs = {round(taken * STEPS): sub for sub, taken in share.items()}
    for t, e, taken, weight in points:
        design = Design("w", "b", (subs[taken],), scheduler=SchedulerWeights(float(weight), 1.0))
        archive.add(design, Evaluation(float(t * e), float(t), float(e), 0.0))

    def beaten(point: tuple[int, ...], axes: int) -> bool:
        others = (other[:axes] for other in points)
        return any(all(a <= b for a, b in zip(o, point, strict=True)) and o != point for o in others)

    flat = {p[:2] for p in points if not beaten(p[:2], 2)}
    front = {p[:3] for p in points if not beaten(p[:3], 3)}
    kept = (*archive.front.flat, *archive.front.lean)
    figures = [(f.evaluation.latency_s, f.evaluation.energy_j, f.step) for f in kept]
    assert sorted(figures) == sorted(front)
    assert [(f.evaluation.latency_s, f.evaluation.energy_j) for f in archive.front.flat] == sorted(flat)
    thin = archive.front.thin()
    assert len(thin) <= MOST_FLAT + MOST_LEAN
    assert [f.evaluation.latency_s for f in thin] == sorted(f.evaluation.latency_s for f in thin)
    of_groups = {taken: min(t * e for t, e, other, _ in points if other == taken) for _, _, taken, _ in points}
    assert [f.value for f in archive.best] == sorted(of_groups.values())[:MOST_BEST]


def test_the_best_list_forgets_what_falls_out_of_it() -> None:
    archive = Archive(Goal(), lambda _: 1.0)
    for value in [*range(100, 50, -1), *range(1, 30)]:
        design = Design("w", "b", (SubAccelerator("A", "B512", 1, value, ""),))
        archive.add(design, Evaluation(float(value), 1.0, float(value), 0.0))
    assert [found.value for found in archive.best] == [float(value) for value in range(1, MOST_BEST + 1)]
    archive.add(Design("w", "b", (SubAccelerator("A", "B512", 1, 60, ""),)), Evaluation(0.5, 1.0, 0.5, 0.0))
    assert archive.best[0].value == 0.5
    assert len({found.design.subaccelerators for found in archive.best}) == MOST_BEST


@pytest.mark.parametrize("frozen", [(), ("A.core", "A.rows", "A.cols", "A.planes", "B", "subaccelerators")])
def test_the_best_designs_differ_in_cores_or_grids_where_these_are_searched(
    frozen: tuple[str, ...], base: Design, board: Board
) -> None:
    space = Space(base, board, freeze=frozen)
    optimizer = make_optimizer("islands", space.encode(base), 3, terrain=space)
    search = Search(space, optimizer, closed_form, Goal(), [base], Limits(600))
    while not search.done:
        search.step()
    kind = groups_of if frozen else arrangement_of
    best = search.archive.best
    assert len({kind(found.design) for found in best}) == len(best) > 1
    assert [found.value for found in best] == sorted(found.value for found in best)


def test_the_curve_is_thinned_and_keeps_its_ends() -> None:
    archive = Archive(Goal(), lambda _: 1.0)
    archive.add(Design("w", "b", ()), Evaluation(1.0, 1.0, 1.0, 0.0))
    for generation in range(3, 5000):
        archive.end_generation(generation)
        assert len(archive.curve) <= 2 * MOST_CURVE
        for curve in (archive.curve, archive.thin_curve()):
            assert (curve[0][0], curve[-1][0]) == (3, generation)
    generations = [generation for generation, _ in archive.thin_curve()]
    assert len(generations) <= MOST_CURVE
    gaps = {b - a for a, b in pairwise(generations[1:-1])}
    assert len(gaps) == 1  # as far from one to the next


def test_latency_limits_of_tenants_are_kept(base: Design, board: Board) -> None:
    def scorer(limit_s: float | None) -> Scorer:
        tenants = (("ncf", 1, 1, limit_s), ("squeezenet1_0", 1, 3, None))
        return Scorer(design_workload(replace(base, workload="small", tenants=tenants)), board)

    free = scorer(None)
    tenants = free.score(base).tenants
    assert free.evaluate(base).lateness == 0
    late = scorer(tenants[0].latency_s / 1.5).evaluate(base)
    assert late.lateness == pytest.approx(0.5)
    assert Goal().value(late) == math.inf
    assert UNFIT < Goal().fitness(late) < Goal().fitness(scorer(tenants[0].latency_s / 3).evaluate(base))
    assert Goal().value(scorer(tenants[0].latency_s * 1.01).evaluate(base)) == pytest.approx(
        free.evaluate(base).edp_j_s
    )
