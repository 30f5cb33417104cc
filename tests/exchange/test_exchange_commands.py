"""`workbench import` and `workbench export`, as a shell sees them."""

import json
from pathlib import Path

import pytest
from onnx_models import resnet18

from workbench.cli import main
from workbench.dataflow.parser import parse
from workbench.exchange.maestro_files import read_maestro, read_maestro_network
from workbench.exchange.maestro_writing import write_network
from workbench.hardware.presets import load_board, load_core
from workbench.workload.presets import load_network


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of one command."""
    with pytest.raises(SystemExit) as ending:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ending.value.code or 0), out, err


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_an_imported_network_can_be_named_by_its_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    resnet18(tmp_path / "net.onnx", batch="batch")
    status, _, err = run(capsys, "import", "net.onnx")
    assert (status, "--dim batch=1" in err) == (1, True)
    status, out, _ = run(capsys, "import", "net.onnx", "--dim", "batch=1", "--name", "mine", "--json")
    answer = json.loads(out)
    assert (status, answer["out"], answer["macs"]) == (0, "mine.csv", load_network("resnet18").macs)
    assert load_network("mine.csv").name == "mine"
    status, _, err = run(capsys, "import", "net.onnx", "--dim", "batch=1", "--name", "mine")
    assert (status, "--force" in err) == (1, True)
    assert run(capsys, "import", "net.onnx", "--dim", "batch=1", "--name", "mine", "--force")[0] == 0
    assert run(capsys, "import", "net.onnx", "--dim", "batch")[0] == 2


def test_a_network_goes_to_maestro_and_back(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "export", "mobilenetv1", "--format", "maestro")
    assert (status, out.strip()) == (0, "mobilenetv1.m")
    assert "left out: memory-bound" in err
    assert read_maestro_network("mobilenetv1.m").network.macs == load_network("mobilenetv1").macs
    assert run(capsys, "export", "mobilenetv1", "--format", "trace")[0] == 2
    assert run(capsys, "export", "mobilenetv9", "--format", "maestro")[0] == 1


def test_a_design_is_exported_in_every_format_and_nothing_is_replaced_unasked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "w.toml").write_text('name = "mine"\n[[tenants]]\nnetwork = "squeezenet1_0"\n')
    assert run(capsys, "new", "w.toml", "--board", "zcu104", "--out", "d.toml")[0] == 0
    assert run(capsys, "export", "d.toml")[0] == 0
    assert {"d.md", "d-timeline.svg", "d-energy.svg", "d-roofline.svg"} <= {p.name for p in tmp_path.iterdir()}
    status, out, _ = run(capsys, "export", "d.toml", "--format", "trace", "--out", "t.json", "--json")
    assert (status, json.loads(out)["out"]) == (0, ["t.json"])
    assert json.loads((tmp_path / "t.json").read_text())["traceEvents"]
    status, _, err = run(capsys, "export", "d.toml")
    assert (status, "--force" in err) == (1, True)
    status, _, err = run(capsys, "export", "d.toml", "--format", "maestro")
    assert (status, "ASIC board" in err) == (1, True)


def test_the_directives_of_an_imported_file_can_be_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    directives = load_core("nvdla-256").directives
    (tmp_path / "net.m").write_text(write_network(load_network("mobilenetv1"), directives).text)
    status, out, _ = run(capsys, "import", "net.m", "--dataflows", "texts", "--json")
    written = json.loads(out)["dataflows"]
    assert (status, written) == (0, ["texts/mobilenetv1-1.m", "texts/mobilenetv1-2.m"])  # depthwise layers have no K
    (text,) = read_maestro(tmp_path / written[0]).dataflows
    assert text == parse(directives).canonical


def test_a_hardware_file_becomes_a_board(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "hw.m").write_text("num_pes: 512\nl2_size_cstr: 1000000\noffchip_bw_cstr: 32\nNoC_NumHops: 1\n")
    status, out, _ = run(capsys, "import", "hw.m")
    assert (status, out.splitlines()[0]) == (0, "hw.toml: a board; name it as --board hw.toml")
    board = load_board("hw.toml")
    assert board.regions[0].resources.pes == 512
    assert (board.global_buffer_bytes, board.bandwidth_bytes_per_s) == (1_000_000, 32e9)
    assert run(capsys, "import", "hw.m")[0] == 1
    assert run(capsys, "import", "hw.m", "--force", "--dim", "a=1")[0] == 2
    (tmp_path / "w.toml").write_text('name = "mine"\n[[tenants]]\nnetwork = "squeezenet1_0"\n')
    assert run(capsys, "new", "w.toml", "--board", "hw.toml", "--out", "d.toml")[0] == 0
    (tmp_path / "small.m").write_text("num_pes: 16\n")
    status, out, _ = run(capsys, "import", "small.m", "--name", "tiny", "--json")
    assert (status, json.loads(out)["board"]) == (0, "tiny.toml")
    assert "hold no preset core" in out
