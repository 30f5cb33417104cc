"""The designs that come with the repository open out of the box: they fit and score what their files say."""

from pathlib import Path

import pytest

from workbench.design.budget import check_budget
from workbench.design.edit import design_board
from workbench.design.file import design_text, load_design, parse_design, score_difference
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("saves/*.toml"), *ROOT.glob("presets/designs/*.toml")])


def test_there_are_some() -> None:
    assert len(FILES) >= 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_worked_design_scores_what_its_file_says(path: Path) -> None:
    loaded = load_design(path)
    design, board = loaded.design, design_board(loaded.design)
    assert check_budget(design, board).fits
    assert parse_design(design_text(design), path).design == design
    refresh = f"the model or a preset has changed: workbench score {path} --out {path}"
    assert score_difference(loaded.saved_score, Scorer(design_workload(design), board).score(design)) == "", refresh
    assert loaded.notes == (), refresh
