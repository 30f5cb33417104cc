"""What-ifs and comparisons against plain re-scoring."""

import math
from dataclasses import replace

import pytest

from workbench.dataflow.library import load_dataflow
from workbench.design import edit
from workbench.design.assumptions import part_is_unconfirmed
from workbench.design.compare import compare, differing_variables
from workbench.design.design import Design, Objective
from workbench.design.explain import explain, neighbours
from workbench.design.first import first_design
from workbench.design.report_json import comparison_json, explanation_json
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.design.variables import get_variable, set_variable
from workbench.hardware.board import Family
from workbench.hardware.presets import core_names


@pytest.fixture(scope="module")
def design() -> Design:
    tenants = (("resnet18", 1, 2, None), ("mobilenetv1", 2, 1, None))
    return replace(first_design("mlperf", "zcu102"), workload="small", tenants=tenants)


@pytest.fixture(scope="module")
def scorer(design: Design) -> Scorer:
    return Scorer(design_workload(design), edit.design_board(design))


def test_every_what_if_is_one_variable_and_scores_as_said(design: Design, scorer: Scorer) -> None:
    explanation = explain(design, scorer)
    now = scorer.score(design).edp_j_s
    assert now is not None
    for each in explanation.suggestions:
        changed = set_variable(design, each.variable, each.after)
        assert changed != design
        score = scorer.score(changed)
        assert score.feasible == (each.edp_j_s is not None)
        if each.edp_j_s is not None:
            assert each.ratio is not None
            assert math.isclose(score.edp_j_s, each.ratio * now, rel_tol=1e-9)
    idle = [s.no_effect for s in explanation.worth_reading]
    assert idle == sorted(idle)  # what makes no difference comes last
    assert set(explanation.worth_reading) == set(explanation.possible)
    ratios = [s.ratio for s in explanation.possible]
    assert ratios == sorted(ratios)
    assert len(explanation.possible) + len(explanation.impossible) == len(explanation.suggestions)
    assert {s["variable"] for s in explanation_json(explanation)["suggestions"]} >= {"A.cols", "scheduler.theta"}


def test_steps_go_up_and_down_and_never_repeat_the_present(design: Design, scorer: Scorer) -> None:
    steps = neighbours(design, scorer.board)
    cols = [after for name, _, after, _ in steps if name == "A.cols"]
    assert cols == [design.subaccelerators[0].cols + 1, design.subaccelerators[0].cols - 1]
    assert all(changed != design for *_, changed in steps)
    assert all(get_variable(design, name) == before for name, before, *_ in steps if not name.endswith(".present"))
    names = {name for name, *_ in steps}
    assert {"A.core", "A.dataflow", "A.wires", "A.dsp", "A.present", "scheduler.alpha"} <= names


def test_the_ratio_is_of_what_is_minimised(design: Design, scorer: Scorer) -> None:
    slow = explain(replace(design, objective=Objective.LATENCY), scorer)
    now = scorer.score(design).latency_s
    assert now is not None
    each = slow.possible[0]
    score = scorer.score(set_variable(design, each.variable, each.after))
    assert math.isclose(score.latency_s / now, each.ratio, rel_tol=1e-9)


def test_a_design_that_does_not_fit_is_shown_what_would(design: Design, scorer: Scorer) -> None:
    explanation = explain(edit.set_cols(design, "A", design.subaccelerators[0].cols + 1), scorer)
    assert not explanation.score.feasible
    assert any(s.variable == "A.cols" for s in explanation.possible)
    assert all(s.ratio is None for s in explanation.suggestions)


def test_every_core_type_of_the_library_is_tried(design: Design, scorer: Scorer) -> None:
    tried = [after for name, _, after, _ in neighbours(design, scorer.board) if name == "A.core"]
    own = design.subaccelerators[0].core
    assert sorted([*tried, own]) == sorted(name for name in core_names(Family.FPGA) if name.startswith("B"))


def test_asic_designs_have_steps_too() -> None:
    asic = first_design("mlperf", "edge")
    steps = neighbours(asic, edit.design_board(asic))
    cores = {after for name, _, after, _ in steps if name == "A.core"}
    own = asic.subaccelerators[0].core
    same_style = {name for name in core_names(Family.ASIC) if name.startswith("nvdla-")}
    assert cores == (same_style | {"shidiannao-64", "eyeriss-64"}) - {own}
    assert {"eyeriss_like", "kp_is"} <= {after for name, _, after, _ in steps if name == "A.pe_dataflow"}
    texts = [load_dataflow(str(after)).spatial for name, _, after, _ in steps if name == "A.dataflow"]
    assert ("P", "K") in texts
    assert len(set(texts)) == len(texts)  # what differs in loop order over cores alone costs the same


def test_only_what_differs_is_listed(design: Design) -> None:
    other = edit.set_core(edit.add_subaccelerator(design)[0], "A", "B1024")
    rows = {row.name: row.values for row in differing_variables([design, other])}
    assert rows["A.core"] == (design.subaccelerators[0].core, "B1024")
    assert rows["C.rows"] == (None, 1)
    assert "B.core" not in rows
    assert "workload" not in rows


def test_layers_won_and_lost_add_up_to_the_difference(design: Design, scorer: Scorer) -> None:
    designs = [design, edit.set_core(design, "A", "B1024"), edit.set_core(design, "A", "B512")]
    scores = [scorer.score(each) for each in designs]
    comparison = compare(["a", "b", "c"], designs, scores)
    spent = [sum(layer.time_s for layer in score.layers) for score in scores]
    for place in (1, 2):
        won, lost = comparison.won(place), comparison.lost(place)
        gains = [row.gain_s(place) for row in (*won, *lost)]
        assert math.isclose(sum(gains), spent[0] - spent[place], rel_tol=1e-9)
        assert gains[: len(won)] == sorted(gains[: len(won)], reverse=True)
        assert gains[len(won) :] == sorted(gains[len(won) :])
        assert won
        assert lost
        assert {*won, *lost} <= {*comparison.layers}
    assert comparison.won(2) == comparison.won()
    assert comparison_json(comparison)["variables"][0]["name"] == "A.core"


def test_one_design_cannot_be_compared(design: Design, scorer: Scorer) -> None:
    with pytest.raises(ValueError, match="two or more"):
        compare(["a"], [design], [scorer.score(design)])


def test_what_ifs_of_the_board_score_as_the_design_on_that_board(design: Design, scorer: Scorer) -> None:
    explanation = explain(design, scorer)
    now = scorer.score(design).edp_j_s
    seen = set()
    for each in explanation.board:
        changed = set_variable(design, each.variable, each.after)
        score = Scorer(design_workload(changed), edit.design_board(changed)).score(changed)
        assert score.feasible == (each.edp_j_s is not None)
        if score.feasible:
            assert math.isclose(score.edp_j_s, each.edp_j_s, rel_tol=1e-9)
            assert math.isclose(score.edp_j_s / now, each.ratio, rel_tol=1e-9)
        seen.add(each.variable.rpartition(".")[2])
    assert seen == {"bytes_per_s_per_channel", "clock_hz", "port_rule", "usable_share", "static_w"}
    watts = [each.after for each in explanation.board if each.variable == "board.static_w"]
    assert watts == [each for each in (0, 10, 30, 60, 100) if each != scorer.board.static_w]
    assert len(explanation_json(explanation)["board"]) == len(explanation.board)


def test_a_smaller_usable_share_may_not_fit_and_a_larger_one_may(design: Design, scorer: Scorer) -> None:
    explanation = explain(edit.set_cols(design, "A", design.subaccelerators[0].cols + 1), scorer)
    assert all(each.ratio is None for each in explanation.board)
    assert any(each.edp_j_s is None for each in explanation.board)


def test_parts_of_the_energy_that_rest_on_unconfirmed_facts_are_known() -> None:
    facts = ("static w", "clock hz")
    assert part_is_unconfirmed("board, static", facts)
    assert not part_is_unconfirmed("cores, idle", facts)
    assert not part_is_unconfirmed("operations", facts)
    assert part_is_unconfirmed("operations", (*facts, "energy table split-hbm"))
