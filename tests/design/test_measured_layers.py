"""Measured layers stand in for the model's, one layer at a time, and a score says so."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.cost.estimate import estimate_network
from workbench.design.design import Design
from workbench.design.edit import design_board, override_board_field
from workbench.design.file import DesignFileError, load_design, save_design
from workbench.design.first import first_design
from workbench.design.rectangles import rectangles
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.presets import PresetError, load_board, load_core, read_board
from workbench.workload.presets import load_network

HEADER = "network,layer,core,cores,ms\n"
TWIN = 2  # a layer of resnet18 that has equals in the same network


@pytest.fixture
def design() -> Design:
    """One core, so that nothing waits for anything but its predecessor."""
    base = first_design("mlperf", "zcu102")
    one = replace(base.subaccelerators[0], rows=1, cols=1)
    return replace(base, workload="small", tenants=(("resnet18", 1, 2, None),), subaccelerators=(one,))


def scored(design: Design) -> tuple[Scorer, object]:
    scorer = Scorer(design_workload(design), design_board(design))
    return scorer, scorer.score(design)


@pytest.mark.parametrize("factor", [0.5, 1.0, 7.0])
def test_one_measured_layer_moves_exactly_that_layer(design: Design, tmp_path: Path, factor: float) -> None:
    _, before = scored(design)
    layer, core = before.layers[TWIN], design.subaccelerators[0].core
    once_s = factor * layer.time_s / 2  # two instances
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}resnet18,{layer.name},{core},1,{once_s * 1e3!r}\nvgg16,conv1,{core},1,4\n")
    scorer, after = scored(override_board_field(design, "measured", str(path)))
    for old, new in zip(before.layers, after.layers, strict=True):
        assert new.measured == (old.name == layer.name)
        assert new.time_s == pytest.approx(2 * once_s if new.measured else old.time_s, rel=1e-9)
        assert new.off_chip_bytes == old.off_chip_bytes
    assert after.latency_s - before.latency_s == pytest.approx((factor - 1) * layer.time_s, rel=1e-6, abs=1e-12)
    assert dict(after.assumptions)["layers"] == f"1 of {len(after.layers)} measured, not modelled"
    assert "layers" not in dict(before.assumptions)
    ways = rectangles(scorer, design, 0, TWIN).rectangles
    assert [way.measured for way in ways] == [True]
    assert ways[0].unstalled_s == pytest.approx(once_s)
    assert not after.warnings


def test_a_batch_takes_the_time_once_per_image(design: Design, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}resnet18,conv1,{design.subaccelerators[0].core},1,50\n")
    name = load_network("resnet18").layers[0].name
    path.write_text(path.read_text().replace("conv1", name))
    four = replace(design, tenants=(("resnet18", 4, 1, None), ("resnet18", 1, 1, None)))
    _, score = scored(override_board_field(four, "measured", str(path)))
    assert [layer.time_s for layer in score.layers if layer.measured] == pytest.approx([0.2, 0.05])


def test_a_part_that_the_model_would_not_take_is_taken_once_it_was_measured(design: Design, tmp_path: Path) -> None:
    wide = replace(design, subaccelerators=(replace(design.subaccelerators[0], core="B512", cols=3),))
    _, before = scored(wide)
    path = tmp_path / "mine.csv"
    rows = [f"resnet18,{before.layers[TWIN].name},B512,{cores},{ms}" for cores, ms in ((1, 9), (2, 0.5), (3, 9))]
    path.write_text(HEADER + "\n".join(rows) + "\n")
    _, after = scored(override_board_field(wide, "measured", str(path)))
    assert after.layers[TWIN].rectangle in ("1×2", "2×1")
    assert after.layers[TWIN].time_s == pytest.approx(2 * 0.5e-3)


def test_an_estimate_takes_them_too_at_the_boards_own_clock(tmp_path: Path) -> None:
    network, core = load_network("resnet18"), load_core("B4096")
    plain = estimate_network(network, core, 2, load_board("zcu102"))
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}resnet18,{network.layers[TWIN].name},B4096,2,11\n")
    board = load_board("zcu102", {"measured": str(path)})
    found = estimate_network(network, core, 2, board)
    for old, new in zip(plain.layers, found.layers, strict=True):
        assert new.measured == (old.name == network.layers[TWIN].name)
        assert new.time_s == pytest.approx(11e-3 if new.measured else old.time_s, rel=1e-12)
    for other in (estimate_network(network, core, 1, board), estimate_network(network, core, 2, board, 200.0)):
        assert not any(layer.measured for layer in other.layers)


def test_the_file_counts_from_the_designs_or_the_boards_folder(design: Design, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(f"{HEADER}resnet18,nowhere,B512,1,9\n")
    changed = override_board_field(design, "measured", str(tmp_path / "mine.csv"))
    save_design(changed, tmp_path / "d.toml")
    assert 'measured = "./mine.csv"' in (tmp_path / "d.toml").read_text()
    assert load_design(tmp_path / "d.toml").design == changed
    (tmp_path / "b.toml").write_text('[board]\nbase = "zcu102"\nmeasured = "mine.csv"\n')
    assert read_board(tmp_path / "b.toml", "b").measured == str(tmp_path / "mine.csv")
    _, score = scored(replace(design, board=str(tmp_path / "b.toml")))
    assert score.warnings == ("mine.csv: resnet18 has no layer nowhere",)
    (tmp_path / "mine.csv").unlink()
    with pytest.raises(DesignFileError, match=r"board\.measured: found .*mine\.csv"):
        load_design(tmp_path / "d.toml")


def test_a_file_that_cannot_be_used_says_where(design: Design, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}resnet18,x,B512,1,fast\n")
    with pytest.raises(PresetError, match=r"mine\.csv: line 2: ms: found 'fast'"):
        scored(override_board_field(design, "measured", str(path)))
