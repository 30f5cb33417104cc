"""Power against the card's limit: shown beside the other resources, a warning above it, never a misfit."""

from dataclasses import replace

import pytest

from workbench.design.budget import check_budget
from workbench.design.design import Design, Objective
from workbench.design.edit import design_board
from workbench.design.first import first_design
from workbench.design.report import Score
from workbench.design.report_json import score_json
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload


@pytest.fixture
def design() -> Design:
    return replace(first_design("mlperf", "zcu102"), workload="small", tenants=(("resnet18", 1, 3, None),))


def scored(design: Design, limit_w: float) -> Score:
    limited = replace(design, board_overrides=(("power_limit_w", limit_w),))
    return Scorer(design_workload(limited), design_board(limited)).score(limited)


def test_without_a_limit_nothing_is_said(design: Design) -> None:
    score = scored(design, 0.0)
    assert score.resources == check_budget(design, design_board(design)).uses
    assert not any("limit" in words for words in score.warnings)


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_power_is_a_resource_and_only_a_warning_above_the_limit(design: Design, share: float) -> None:
    drawn = scored(design, 0.0).power_w
    score = scored(design, drawn / share)
    assert score.feasible
    (use,) = [use for use in score.resources if use.name == "power_w"]
    assert use.used == pytest.approx(drawn, rel=1e-12)
    assert use.share == pytest.approx(share)
    assert score_json(score)["resources"]["power_w"] == {"used": use.used, "available": drawn / share}
    assert any("the card's limit is" in words for words in score.warnings) == (share > 1)


def test_rounds_back_to_back_draw_what_their_period_says(design: Design) -> None:
    steady = replace(design, objective=Objective.PERIOD_EDP)
    score = scored(steady, 50.0)
    (use,) = [use for use in score.resources if use.name == "power_w"]
    fixed_w = sum(part.value for part in score.energy if "static" in part.name or "idle" in part.name) / score.latency_s
    dynamic_j = score.energy_j - fixed_w * score.latency_s
    assert use.used == pytest.approx(fixed_w + dynamic_j / score.period_s, rel=1e-9)
    assert use.used != pytest.approx(score.power_w, rel=1e-6)
