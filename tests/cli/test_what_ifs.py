"""layers, sweep and calibrate: as commands."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

DESIGN = "d.toml"


@pytest.fixture
def saved(run: Run, tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text('name = "small"\n[[tenants]]\nnetwork = "resnet18"\n')
    done = run("new", "small.toml", "--board", "zcu102", "--out", DESIGN)
    assert done.returncode == 0, done.stderr
    return tmp_path / DESIGN


def test_layers_and_the_ways_one_may_run(run: Run, saved: Path) -> None:
    found = json.loads(run("layers", DESIGN, "--by", "energy", "--json").stdout)["layers"]
    energies = [layer["energy_j"] for layer in found]
    assert energies == sorted(energies, reverse=True)
    assert {layer["network"] for layer in found} == {"resnet18"}
    name = f"resnet18/{found[0]['name']}"
    ways = json.loads(run("layers", DESIGN, "--layer", name, "--json").stdout)
    assert ways["layer"] == found[0]["name"]
    assert sum(way["chosen"] for way in ways["rectangles"]) == 1
    assert "→" in run("layers", DESIGN, "--layer", name).stdout
    assert found[0]["name"] in run("layers", DESIGN).stdout
    wrong = run("layers", DESIGN, "--layer", "resnet18/nowhere")
    assert wrong.returncode == 1
    assert "there is no such layer" in wrong.stderr


def test_a_sweep_is_a_table_or_a_grid(run: Run, saved: Path) -> None:
    found = json.loads(run("sweep", DESIGN, "A.cols=1:2", "A.core=B512,B4096", "--json").stdout)
    assert [point["values"] for point in found["points"]] == [[1, "B512"], [1, "B4096"], [2, "B512"], [2, "B4096"]]
    grid = run("sweep", DESIGN, "A.cols=1:41:40", "A.core=B512,B4096").stdout.splitlines()
    assert grid[1].split() == ["A.cols", "B512", "B4096"]
    assert grid[3].split() == ["41", "–", "–"]
    assert "EDP" in run("sweep", DESIGN, "A.cols=1:2").stdout
    for words in ([], ["A.cols"], ["A.cols=5:1"], ["A.cols=1:2:0"], ["A.cols=1", "B.cols=1", "A.rows=1"]):
        assert run("sweep", DESIGN, *words).returncode == 2
    assert run("sweep", DESIGN, "Z.cols=1:2").returncode == 1


def test_a_calibrated_board_is_taken_everywhere(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("network,core,ms\nresnet18,B4096,6.1\n")
    (tmp_path / "boards").mkdir()
    done = run("calibrate", "m.csv", "--board", "zcu102", "--out", "boards/mine.toml", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["after"]["median"] <= found["before"]["median"]
    asked = ("estimate", "resnet18", "--core", "B4096", "--board", "boards/mine.toml", "--json")
    assert json.loads(run(*asked).stdout)["latency_ms"] == pytest.approx(6.1, rel=0.02)
    assert run("new", "mlperf", "--board", "boards/mine.toml", "--out", DESIGN).returncode == 0
    assert 'base = "./boards/mine.toml"' in (tmp_path / DESIGN).read_text()
    assert json.loads(run("score", DESIGN, "--json").stdout)["feasible"]
    again = run("calibrate", "m.csv", "--board", "boards/mine.toml", "--out", "again.toml")
    assert again.returncode == 0, again.stderr
    assert run("check", "again.toml").returncode == 0


@pytest.mark.parametrize(("text", "said"), [
    ("network,core\nresnet18,B512\n", "missing: ms"), ("network,core,ms\n", "no rows"),
    ("network,core,ms\nresnet19,B512,3\n", "line 2: network: 'resnet19'"),
])  # fmt: skip
def test_measurements_that_cannot_be_used_say_where(run: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "m.csv").write_text(text)
    done = run("calibrate", "m.csv", "--board", "zcu102")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_board_that_cannot_be_written_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("network,core,ms\nresnet18,B4096,6.1\n")
    done = run("calibrate", "m.csv", "--board", "zcu102", "--out", "nowhere/mine.toml")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
