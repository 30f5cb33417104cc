"""Calibration finds figures it was not told, and measured layers show that they are measured."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.cost.calibrate import calibrate, write_board
from workbench.cost.dpu import ALL_WIRES, option_table
from workbench.cost.estimate import FREE_SPLIT, estimate_network
from workbench.cost.measured_layers import apply_measured
from workbench.cost.measured_rows import read_measured_layers
from workbench.cost.options import Column
from workbench.hardware.presets import PresetError, load_board, load_core, load_energy, read_board
from workbench.workload.presets import load_network

NETWORKS = ("mobilenetv2", "resnet18", "squeezenet1_0", "inceptionv1")


def measured_file(folder: Path) -> Path:
    """Latencies of a board that is zcu102 but for its port and its host."""
    truth = replace(load_board("zcu102"), port_bytes_per_cycle=14.0, host_s_per_input_pixel=80e-9)
    lines = ["network,core,ms,end_to_end"]
    for name in NETWORKS:
        for end_to_end in (0, 1):
            answer = estimate_network(load_network(name), load_core("B4096"), 1, truth, None, bool(end_to_end))
            lines.append(f"{name},B4096,{answer.latency_s * 1e3:.6f},{end_to_end}")
    path = folder / "mine.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_hidden_figures_are_found_and_written(tmp_path: Path) -> None:
    board = load_board("zcu102")
    found = calibrate(measured_file(tmp_path), board)
    fitted = dict(found.overrides)
    assert fitted["port_bytes_per_cycle"] == pytest.approx(14.0, rel=0.05)
    assert fitted["host_s_per_input_pixel"] == pytest.approx(80e-9, rel=0.05)
    assert found.after.median < 0.01 < found.before.median
    assert "port_bytes_per_cycle" in found.report()
    write_board(tmp_path / "mine.toml", "zcu102", found, "measured here")
    again = read_board(tmp_path / "mine.toml", "mine")
    assert again.port_bytes_per_cycle == fitted["port_bytes_per_cycle"]
    assert dict(again.sources)["port_bytes_per_cycle"] == "measured here"


@pytest.mark.parametrize(("text", "said"), [
    ("network,core\n", "missing: ms"), ("network,core,ms\n", "no rows"),
    ("network,core,ms\nresnet18,B4096,-3\n", "line 2: ms: found '-3'"),
    ("network,core,ms\nresnet18,B5,3\n", "line 2: core 'B5'"),
    ("network,core,ms,end_to_end\nresnet18,B512,3,yes\n", "line 2: end_to_end"),
])  # fmt: skip
def test_a_wrong_file_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(PresetError, match=said):
        calibrate(path, load_board("zcu102"))


def test_measured_layers_replace_modelled_ones_visibly(tmp_path: Path) -> None:
    network, core = load_network("resnet18"), load_core("B1024")
    shapes = list(dict.fromkeys(layer.shape for layer in network.layers))
    board = load_board("u280")
    table = option_table(shapes, core, FREE_SPLIT, 2, 1, 1, ALL_WIRES, board, load_energy("split"))  # type: ignore[arg-type]
    shape_of = {("resnet18", layer.name): shapes.index(layer.shape) for layer in network.layers}
    first = network.layers[0].name
    path = tmp_path / "layers.csv"
    path.write_text(
        f"network,layer,core,cores,ms\nresnet18,{first},B1024,1,9.5\nresnet18,{first},B4096,1,1\n"
        f"resnet18,nowhere,B1024,1,1\nresnet18,{first},B1024,7,1\n"
    )
    changed, words = apply_measured(table, shape_of, "B1024", read_measured_layers(path))
    one = changed.rows[table.start[0] : table.start[1]]
    assert set(one[one[:, Column.CORES] == 1, Column.UNSTALLED_S]) == {9.5e-3}
    untouched = changed.rows[:, Column.CORES] != 1
    assert (changed.rows[untouched] == table.rows[untouched]).all()
    assert (changed.rows[table.start[1] :] == table.rows[table.start[1] :]).all()
    assert [w for w in words if "9.5 ms measured" in w]
    assert [w for w in words if "no such layer" in w]
    assert [w for w in words if "no option uses 7 cores" in w]
