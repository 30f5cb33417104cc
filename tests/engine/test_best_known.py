"""Best designs known: each still fits, and none gives way to a worse one."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.design.file import load_design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.engine.bench_search import CELLS
from workbench.engine.best_known import KIND, best_known_edp_j_s, keep_best
from workbench.hardware.presets import load_board
from workbench.presets_finder import preset_names, preset_path


@pytest.mark.parametrize("cell", preset_names(KIND, ".toml"))
def test_a_kept_design_fits_its_cell_and_says_how_it_was_found(cell: str) -> None:
    assert cell in CELLS
    loaded = load_design(preset_path(KIND, cell, ".toml"))
    assert f"{loaded.design.workload}-{loaded.design.board}" == cell
    assert loaded.provenance.optimizer
    assert loaded.provenance.evaluations
    scorer = Scorer(design_workload(loaded.design), load_board(loaded.design.board))
    assert best_known_edp_j_s(cell, scorer) == pytest.approx(scorer.evaluate(loaded.design).edp_j_s)


def test_only_a_better_design_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "best.toml"
    good = load_design(preset_path("designs", "mixed-u280", ".toml")).design
    scorer = Scorer(design_workload(good), load_board(good.board))
    worse = replace(good, scheduler=replace(good.scheduler, alpha=1.5, theta=64.0))
    assert scorer.evaluate(worse).edp_j_s > scorer.evaluate(good).edp_j_s
    assert keep_best(path, worse, scorer, "random", 1, 10)
    assert keep_best(path, good, scorer, "random", 2, 20)
    assert not keep_best(path, worse, scorer, "random", 3, 30)
    assert not keep_best(path, good, scorer, "random", 4, 40)
    assert load_design(path).provenance.seed == 2
