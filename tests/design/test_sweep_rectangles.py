"""Sweeps and rectangles against plain re-scoring and the option tables."""

import math
from dataclasses import replace

import pytest

from workbench.cost.options import Column
from workbench.design import edit
from workbench.design.design import Design
from workbench.design.edit import EditError
from workbench.design.first import first_design
from workbench.design.rectangles import rectangles
from workbench.design.score import Scorer
from workbench.design.sweep import MOST_POINTS, Swept, sweep
from workbench.design.tenants import design_workload
from workbench.design.variables import set_variable


@pytest.fixture(scope="module")
def design() -> Design:
    return replace(first_design("mlperf", "zcu102"), workload="small", tenants=(("resnet18", 1, 1, None),))


def scorer_of(design: Design) -> Scorer:
    return Scorer(design_workload(design), edit.design_board(design))


def test_every_point_of_a_sweep_scores_as_its_design_alone(design: Design) -> None:
    cols = design.subaccelerators[0].cols
    asked = [Swept("A.cols", (cols, cols + 40)), Swept("board.static_w", (10, 20.0))]
    found = sweep(design, asked, scorer_of)
    assert [point.values for point in found.points] == [(cols, 10), (cols, 20.0), (cols + 40, 10), (cols + 40, 20.0)]
    assert found.present[0] == cols
    for point in found.points:
        changed = design
        for each, value in zip(asked, point.values, strict=True):
            changed = set_variable(changed, each.name, value)
        score = scorer_of(changed).score(changed)
        assert (point.edp_j_s is None) == (not score.feasible)
        assert point.reason == score.reason
        if score.feasible:
            assert point.edp_j_s == pytest.approx(score.edp_j_s, rel=1e-12)
    assert [point.edp_j_s is None for point in found.points] == [False, False, True, True]


def test_a_value_that_cannot_be_is_a_point_with_a_reason(design: Design) -> None:
    found = sweep(design, [Swept("A.core", ("B512", "B9"))], scorer_of)
    assert found.points[0].edp_j_s is not None
    assert found.points[1].edp_j_s is None
    assert "B9" in found.points[1].reason


def test_a_sweep_refuses_what_it_cannot_do(design: Design) -> None:
    one = Swept("A.cols", (1,))
    for variables, said in (
        ([], "one or two"), ([one, one, one], "one or two"), ([one, one], "twice"),
        ([Swept("A.cols", ())], "no values"),
        ([Swept("A.cols", tuple(range(MOST_POINTS + 1)))], "at most"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            sweep(design, variables, scorer_of)
    with pytest.raises(EditError, match=r"Z\.cols"):
        sweep(design, [Swept("Z.cols", (1,))], scorer_of)


def test_every_legal_rectangle_is_listed_once_and_the_chosen_one_is_the_schedules(design: Design) -> None:
    wide = edit.set_grid(edit.set_core(design, "A", "B512"), "A", rows=2, cols=2, planes=1)
    scorer = scorer_of(wide)
    score = scorer.score(wide)
    assert score.feasible
    for layer in (0, 3):
        found = rectangles(scorer, wide, 0, layer)
        assert (found.network, found.layer) == ("resnet18", score.layers[layer].name)
        keys = [(each.subaccelerator, each.rows, each.cols, each.planes) for each in found.rectangles]
        assert len(set(keys)) == len(keys)
        legal = {
            (s.id, r, c, 1) for s in wide.subaccelerators for r in range(1, s.rows + 1) for c in range(1, s.cols + 1)
        }
        assert set(keys) <= legal
        assert {("A", 1, 1, 1), ("A", 2, 2, 1)} <= set(keys)
        (chosen,) = [each for each in found.rectangles if each.chosen]
        assert chosen.subaccelerator == score.layers[layer].subaccelerator
        moved = chosen.input_bytes + chosen.weight_bytes + chosen.output_bytes
        assert math.isclose(moved, score.layers[layer].off_chip_bytes)
        for each in found.rectangles:
            assert min(each.refetch_input, each.refetch_weight, each.refetch_output) >= 1
            if each.bound != "memory":
                times = {"compute": each.compute_s, "port": each.port_s, "ring": each.ring_s}
                assert times[each.bound] == max(times.values())


def test_pruning_takes_no_rectangle_that_the_table_with_all_lacks(design: Design) -> None:
    scorer = scorer_of(design)
    sub = design.subaccelerators[0]
    every, kept = scorer.store.every_rectangle(sub), scorer.store.table(scorer.store.find(sub))
    for shape in range(len(scorer.jobs.shapes)):
        places = [
            {tuple(row[: Column.CORES + 1]) for row in table.rows[table.start[shape] : table.start[shape + 1]]}
            for table in (every, kept)
        ]
        assert places[1] <= places[0]


def test_a_layer_that_is_not_there_is_named(design: Design) -> None:
    with pytest.raises(ValueError, match="tenant 0 has no layer 999"):
        rectangles(scorer_of(design), design, 0, 999)
