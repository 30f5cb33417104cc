"""search, attach, runs, stop: as commands, with real searches."""

import json
import math
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import COMMAND, Done, Run

WORKLOAD = 'name = "small"\n[[tenants]]\nnetwork = "resnet18"\ninstances = 2\n[[tenants]]\nnetwork = "mobilenetv1"\n'


@pytest.fixture(autouse=True)
def workload(tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(WORKLOAD)
    return tmp_path / "small.toml"


def answer(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def search(run: Run, *words: str) -> Done:
    return run("search", "./small.toml", "--board", "zcu102", *words)


def test_a_search_writes_its_best_design_which_scores_the_same(run: Run, tmp_path: Path) -> None:
    found = answer(search(run, "--evaluations", "300", "--seed", "3", "--out", "best.toml", "--json"))
    assert found["evaluations"] == 300
    assert found["seed"] == 3
    assert found["out"] == str(tmp_path / "best.toml")
    assert found["seconds"] > 0
    assert answer(run("score", "best.toml", "--json"))["edp_j_s"] == found["edp_j_s"]
    first = answer(run("new", "./small.toml", "--board", "zcu102", "--out", "first.toml", "--json"))
    assert found["edp_j_s"] <= answer(run("score", first["out"], "--json"))["edp_j_s"]
    listed = json.loads(run("runs", "--json").stdout)
    mine = next(info for info in listed if info["id"] == found["run"])
    assert mine["state"] == "finished"
    assert math.isclose(mine["best_edp_j_s"], found["edp_j_s"], rel_tol=1e-12)
    assert mine["out"] == found["out"]
    assert found["run"] in run("runs").stdout

    again = answer(search(run, "--evaluations", "300", "--seed", "3", "--threads", "1", "--json"))
    assert again["edp_j_s"] == found["edp_j_s"]
    assert again["subaccelerators"] == found["subaccelerators"]


def test_a_frozen_variable_is_left_alone(run: Run) -> None:
    run("new", "./small.toml", "--board", "zcu102", "--set", "A.core=B1024", "--out", "d.toml")
    done = run("search", "d.toml", "--evaluations", "200", "--freeze", "A.core", "A.rows", "--out", "b.toml", "--json")
    answer(done)
    assert 'core = "B1024"' in Path(json.loads(done.stdout)["out"]).read_text()


def test_without_json_the_answer_is_words_and_progress_goes_to_stderr(run: Run) -> None:
    done = search(run, "--evaluations", "100")
    assert done.returncode == 0
    assert "EDP" in done.stdout
    assert "finished: generation" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_nothing_fits_is_status_1_and_says_which_resource(run: Run) -> None:
    run("new", "./small.toml", "--board", "zcu102", "--out", "d.toml")
    done = run("search", "d.toml", "--set", "board.regions.PL.dsp=5", "--evaluations", "50", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["feasible"] is False
    assert "none of 50 designs fits" in done.stderr
    assert "DSP" in done.stderr


def test_a_limit_of_power_that_nothing_meets_is_no_answer(run: Run) -> None:
    done = search(run, "--power-limit-w", "1", "--evaluations", "50", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["edp_j_s"] is None
    assert "the limit is 1 W" in done.stderr


def test_a_search_is_never_worse_than_what_it_begins_with(run: Run) -> None:
    best = answer(search(run, "--evaluations", "200", "--out", "b.toml", "--json"))
    again = answer(search(run, "--evaluations", "20", "--seed", "9", "--begin", "b.toml", "--json"))
    assert again["edp_j_s"] <= best["edp_j_s"]


def test_control_c_stops_a_search_and_writes_its_best(environment: dict[str, str], tmp_path: Path) -> None:
    child = subprocess.Popen(
        [COMMAND, "search", "./small.toml", "--seconds", "120", "--out", "best.toml", "--json"],
        env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stderr is not None
    for line in child.stderr:
        if "best" in line:
            break
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert json.loads(out)["feasible"] is True
    assert (tmp_path / "best.toml").exists()


def test_a_detached_search_is_seen_attached_to_stopped_and_resumed(run: Run, tmp_path: Path) -> None:
    id = search(run, "--seconds", "120", "--out", "best.toml", "--detach").stdout.strip()
    states = {info["id"]: info["state"] for info in json.loads(run("runs", "--json").stdout)}
    assert states[id] == "running"
    deadline = time.monotonic() + 60
    while not (info := _info(run, id))["best_edp_j_s"]:
        assert time.monotonic() < deadline
    assert info["evaluations"] > 0
    stopped = run("stop")
    assert stopped.returncode == 0
    assert id in stopped.stdout
    assert _info(run, id)["state"] == "finished"
    assert (tmp_path / "best.toml").exists()
    assert answer(run("attach", id, "--json"))["state"] == "stopped"


def _info(run: Run, id: str) -> Any:
    return next(info for info in json.loads(run("runs", "--json").stdout) if info["id"] == id)


BAD = {
    "nothing": (("search",), 2, "give a workload's name"),
    "unknown workload": (("search", "mixd"), 1, "did you mean mixed?"),
    "unknown optimizer": (("search", "mixed", "--optimizer", "sgd"), 2, "cma"),
    "no evaluations": (("search", "mixed", "--evaluations", "0"), 2, "more than 0"),
    "words for numbers": (("search", "mixed", "--evaluations", "many"), 2, "many"),
    "negative seconds": (("search", "mixed", "--seconds", "-1"), 2, "more than 0"),
    "unknown frozen": (("search", "mixed", "--freeze", "Z.core"), 1, "no such variable"),
    "bad bound": (("search", "mixed", "--bound", "A.cores=few"), 2, "NAME=LOW:HIGH"),
    "bound of nothing": (("search", "mixed", "--bound", "Z.cores=1:2"), 1, "no such variable"),
    "bound of no width": (("search", "mixed", "--bound", "A.cores=5:2"), 2, "no range"),
    "unknown run": (("search", "--resume", "none"), 1, "run none"),
    "attach to nothing": (("attach",), 1, "no search runs"),
    "stop an unknown run": (("stop", "none"), 1, "run none"),
    "both": (("search", "mixed", "--resume", "x"), 2, "not both"),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_usage_starts_nothing(name: str, run: Run, state: Path) -> None:
    before = sorted(state.glob("state/workbench/runs/*"))
    words, status, message = BAD[name]
    done = run(*words)
    assert done.returncode == status
    assert message in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert sorted(state.glob("state/workbench/runs/*")) == before


def test_bounds_that_exclude_every_design_are_told(run: Run) -> None:
    bounded = ("--bound", "A.cores=60:64", "--freeze", "A.core", "--freeze", "subaccelerators")
    done = run("search", "mixed", *bounded, "--evaluations", "30")
    assert done.returncode == 1
    assert "none of 30 designs fits or runs; widen the bounds (A.cores=60:64)" in done.stderr


def test_a_polished_schedule_is_never_worse_and_is_written(run: Run, tmp_path: Path) -> None:
    plain = answer(search(run, "--evaluations", "60", "--out", "plain.toml", "--json"))
    polished = answer(search(run, "--evaluations", "60", "--polish", "150", "--out", "polished.toml", "--json"))
    assert polished["edp_j_s"] <= plain["edp_j_s"]
    assert answer(run("score", "polished.toml", "--json"))["edp_j_s"] == polished["edp_j_s"]
    assert ("[[job]]" in (tmp_path / "polished.toml").read_text()) == (polished["edp_j_s"] < plain["edp_j_s"])
    assert run("search", "./small.toml", "--polish", "-1").returncode == 2
