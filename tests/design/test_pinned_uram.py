"""Pinned weights in a whole design: what they buy, where they change nothing, and that a saved design keeps them."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.design import edit
from workbench.design.design import Design, SubAccelerator
from workbench.design.edit import EditError
from workbench.design.file import load_design, save_design
from workbench.design.file_error import DesignFileError
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.search.space import Space

AUTO = "SpatialMap(T_K, T_K) K;\nauto;\n"
BASE = Design("mixed", "u280", (SubAccelerator("A", "B4096", 1, 8, AUTO), SubAccelerator("B", "B512", 1, 8, AUTO)))


def scorer_of(design: Design) -> Scorer:
    return Scorer(design_workload(design), edit.design_board(design))


def test_recurrent_layers_gain_and_the_parts_still_add_up() -> None:
    scorer = scorer_of(BASE)
    pinned = edit.set_pinned_uram(BASE, "A", 24)
    before, after = scorer.score(BASE), scorer.score(pinned)
    assert after.feasible
    assert after.edp_j_s < 0.95 * before.edp_j_s
    assert sum(part.value for part in after.energy) == pytest.approx(after.energy_j, rel=1e-9)
    uram = {use.name: use.used for use in after.resources}["uram"] - {u.name: u.used for u in before.resources}["uram"]
    assert uram >= 8 * 24 - 1e-9
    assert scorer.evaluate(pinned).edp_j_s == after.edp_j_s
    assert scorer.score(edit.set_pinned_uram(pinned, "A", 0)).edp_j_s == before.edp_j_s


def test_a_workload_without_recurrent_layers_gains_nothing() -> None:
    vision = replace(BASE, workload="vision")
    scorer = scorer_of(vision)
    before, after = scorer.evaluate(vision), scorer.evaluate(edit.set_pinned_uram(vision, "A", 24))
    assert before == after


def test_a_saved_design_scores_the_same(tmp_path: Path) -> None:
    pinned = edit.set_pinned_uram(BASE, "A", 24)
    path = tmp_path / "pinned.toml"
    save_design(pinned, path)
    found = load_design(path).design
    assert found == pinned
    assert "pinned_uram = 24" in path.read_text()
    assert scorer_of(found).evaluate(found) == scorer_of(pinned).evaluate(pinned)
    save_design(BASE, path)
    assert "pinned" not in path.read_text()


def test_a_search_leaves_what_is_pinned() -> None:
    pinned = edit.set_pinned_uram(BASE, "B", 4)
    space = Space(pinned, edit.design_board(pinned))
    assert space.decode(space.encode(pinned)).subaccelerators == pinned.subaccelerators


def test_pe_arrays_have_no_uram(tmp_path: Path) -> None:
    arrays = Design("vision", "edge", (SubAccelerator("A", "nvdla-64", 1, 2, AUTO),))
    with pytest.raises(EditError, match="has no URAM"):
        edit.set_pinned_uram(arrays, "A", 1)
    path = tmp_path / "edge.toml"
    save_design(replace(arrays, subaccelerators=(replace(arrays.subaccelerators[0], pinned_uram=3),)), path)
    with pytest.raises(DesignFileError, match=r"pinned_uram.*PE arrays have no URAM"):
        load_design(path)
