"""A scorer is kept while what it rests on is the same, and no longer."""

import os
from dataclasses import replace
from pathlib import Path

from workbench.design.first import first_design
from workbench.engine.stations import KEPT, Stations


def test_a_board_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[board]\nbase = "zcu102"\nstatic_w = 5\n')
    design = replace(first_design("mlperf", "zcu102"), board=str(path), tenants=(("resnet18", 1, 1, None),))
    stations = Stations()
    first = stations.scorer(design)
    assert stations.scorer(design) is first
    path.write_text('[board]\nbase = "zcu102"\nstatic_w = 6\n')
    os.utime(path, ns=(1, 1))
    assert stations.scorer(design).board.static_w == 6
    assert first.board.static_w == 5


def test_measured_layers_that_change_are_read_again_and_few_scorers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("network,layer,core,cores,ms\nresnet18,nowhere,B512,1,9\n")
    design = replace(first_design("mlperf", "zcu102"), tenants=(("resnet18", 1, 1, None),))
    measured = replace(design, board_overrides=(("measured", str(path)),))
    stations = Stations()
    assert stations.scorer(measured).measured.unknown
    path.write_text("network,layer,core,cores,ms\nresnet34,nowhere,B512,1,9\n")
    os.utime(path, ns=(1, 1))
    assert not stations.scorer(measured).measured.unknown
    first = stations.scorer(design)
    for watts in range(KEPT):
        stations.scorer(replace(design, board_overrides=(("static_w", float(watts)),)))
    assert stations.scorer(design) is not first
