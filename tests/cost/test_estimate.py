"""The quick question, one row at a time and as a table."""

import csv
from pathlib import Path

import pytest

from workbench.cost.estimate import estimate_network, resident_tensors, ssd_outputs
from workbench.cost.estimate_table import ANSWERS, estimate_table
from workbench.hardware.presets import DpuCore, PresetError, load_board, load_core
from workbench.workload.presets import load_network


def core(name: str) -> DpuCore:
    found = load_core(name)
    assert isinstance(found, DpuCore)
    return found


def test_resnet50_on_a_measured_board() -> None:
    """11.66 and 11.72 ms were measured without host work (ZCU102, 281 MHz); noise 2 % to 6 %, 7 % between releases."""
    answer = estimate_network(load_network("resnet50"), load_core("B4096"), 1, load_board("zcu102"), 281)
    assert answer.latency_s * 1e3 == pytest.approx(11.69, rel=0.08)
    assert answer.host_s == 0
    assert sum(layer.time_s for layer in answer.layers) == pytest.approx(answer.latency_s)
    assert 0 <= answer.memory_bound_share <= 1
    with_host = estimate_network(load_network("resnet50"), load_core("B4096"), 1, load_board("zcu102"), 281, True)
    assert with_host.latency_s - answer.latency_s == pytest.approx(with_host.host_s)


def test_more_cores_never_slower() -> None:
    network, board = load_network("mobilenetv2"), load_board("u280")
    times = [estimate_network(network, core("B1024"), n, board).latency_s for n in (1, 2, 3, 4, 8)]
    assert times == sorted(times, reverse=True)


def test_memory_bandwidth_of_the_board_binds() -> None:
    network = load_network("vgg16")
    wide = load_board("u280")
    narrow = load_board("u280", [("memory.HBM2.channels", 1), ("memory.HBM2.bytes_per_s_per_channel", 1e9)])
    fast, slow = (estimate_network(network, core("B4096"), 4, board) for board in (wide, narrow))
    moved = sum(layer.off_chip_bytes for layer in slow.layers)
    assert slow.latency_s >= moved / 1e9
    assert slow.latency_s > fast.latency_s


def test_what_stays_on_chip() -> None:
    network = load_network("resnet50")
    into, out = resident_tensors(network, core("B4096"))
    for layer, stays_in, stays_out in zip(network.layers, into, out, strict=True):
        assert stays_out == (layer.shape.output_elements <= core("B4096").image_bank_bytes)
        assert not (layer.shape.from_network_input and stays_in)


@pytest.mark.parametrize(("name", "outputs"), [
    ("ssd_mobilenetv1_300", 1917 * 91), ("ssd300_vgg", 8732 * 21), ("resnet50", 0), ("yolov3_416", 0),
    ("inceptionv3", 0),
])  # fmt: skip
def test_detectors_are_known_by_their_heads(name: str, outputs: int) -> None:
    assert ssd_outputs(load_network(name)) == outputs


@pytest.mark.parametrize(("cores", "clock", "name", "said"), [
    (0, None, "B512", "cores: found 0"), (1000, None, "B512", "cores"), (1, 0.0, "B512", "clock_mhz"),
    (1, None, "nvdla-256", "DPU-like"),
])  # fmt: skip
def test_impossible_questions(cores: int, clock: float | None, name: str, said: str) -> None:
    with pytest.raises(PresetError, match=said):
        estimate_network(load_network("resnet18"), load_core(name), cores, load_board("u280"), clock)


def test_a_table_answers_every_row_it_can(tmp_path: Path) -> None:
    source, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    source.write_text(
        "id,network,core,num_cores,clock_mhz,board,end_to_end,mine\n"
        "1,resnet18,B4096,1,300,zcu104,1,a\n"
        "2,resnet99,B4096,1,300,zcu104,1,b\n"
        "3,resnet18,4x8x8,2,,h3m-cores,,c\n"
        "4,resnet18,B4096,x,300,zcu104,0,d\n"
        "5,resnet18,B4096,1,300,zcu999,0,e\n"
    )
    assert estimate_table(source, out) == 3
    with out.open(newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert [rows[i]["mine"] for i in "12345"] == list("abcde")
    assert all(rows["1"][column] for column in ANSWERS[:-1])
    assert float(rows["1"]["latency_ms"]) > float(rows["1"]["compute_ms"]) > 0
    assert rows["3"]["error"] == "" != rows["3"]["latency_ms"]
    assert "resnet99" in rows["2"]["error"]
    assert "num_cores: found 'x'" in rows["4"]["error"]
    assert "zcu104" in rows["5"]["error"]
    assert all(rows[i]["latency_ms"] == "" for i in "245")


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,network\n1,resnet18\n")
    with pytest.raises(PresetError, match="missing: core, board"):
        estimate_table(tmp_path / "a.csv", tmp_path / "b.csv")
    with pytest.raises(PresetError, match="cannot be read"):
        estimate_table(tmp_path / "none.csv", tmp_path / "b.csv")
