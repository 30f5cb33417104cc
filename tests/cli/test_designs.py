"""new, score, check, compare, explain: as commands."""

import json
import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done, Run


def answer(done: Done) -> Any:
    """The one JSON object on stdout."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def small(run: Run, tmp_path: Path) -> Path:
    """A design of a small workload, so that every command answers at once."""
    (tmp_path / "small.toml").write_text(
        'name = "small"\n[[tenants]]\nnetwork = "resnet18"\ninstances = 2\n[[tenants]]\nnetwork = "mobilenetv1"\n'
    )
    made = answer(run("new", "./small.toml", "--board", "zcu102", "--out", "d.toml", "--json"))
    assert made["out"] == "d.toml"
    return tmp_path / "d.toml"


def test_a_new_design_fits_and_scores_with_parts_that_add_up(run: Run, small: Path) -> None:
    assert "the design fits" in run("check", small).stdout
    score = answer(run("score", small, "--json"))
    assert score["feasible"] is True
    assert math.isclose(score["edp_j_s"], score["energy_j"] * score["latency_s"], rel_tol=1e-12)
    assert Path(score["workload"]).stem == "small"
    assert score["board"] == "zcu102"
    assert all(use["used"] <= use["available"] for use in score["resources"].values())
    assert [t["network"] for t in score["tenants"]] == ["resnet18", "mobilenetv1"]
    assert all(0 <= sub["busy"] <= 1 for sub in score["subaccelerators"])
    assert {sub["bound"] for sub in score["subaccelerators"]} <= {"compute", "memory", "idle"}

    explained = answer(run("explain", small, "--json"))
    assert explained["score"]["edp_j_s"] == score["edp_j_s"]
    assert math.isclose(sum(p["energy_j"] for p in explained["energy"]), score["energy_j"], rel_tol=1e-9)
    for sub in explained["subaccelerators"]:
        spent = sum(part["core_s"] for part in sub["core_time"])
        assert math.isclose(spent, sub["cores"] * score["latency_s"], rel_tol=1e-9)
    ratios = [s["edp_ratio"] for s in explained["suggestions"]]
    assert ratios == sorted(ratios)

    best = next(s for s in explained["suggestions"] if not isinstance(s["to"], list | bool))
    changed = answer(run("score", small, "--set", f"{best['variable']}={best['to']}", "--json"))
    assert math.isclose(changed["edp_j_s"] / score["edp_j_s"], best["edp_ratio"], rel_tol=1e-9)


def test_a_table_for_a_person_holds_the_same_figures(run: Run, small: Path) -> None:
    done = run("score", small)
    assert done.returncode == 0
    assert "on zcu102" in done.stdout
    assert "EDP" in done.stdout
    assert "resnet18" in done.stdout
    assert "DSP" in done.stdout


def test_a_design_that_does_not_fit_is_scored_as_such(run: Run, small: Path) -> None:
    done = run("score", small, "--set", "A.cols=40", "--json")
    score = answer(done)
    assert score["feasible"] is False
    assert score["edp_j_s"] is score["latency_s"] is score["energy_j"] is None
    assert score["reason"]
    fixed = answer(run("score", small, "--set", "A.cols=40", "--set", _setting(score["fix"]), "--json"))
    assert fixed["feasible"] is True
    small.write_text(small.read_text().replace("cols = 2", "cols = 40", 1))
    checked = run("check", small)
    assert checked.returncode == 1
    assert "does not fit" in checked.stdout


def _setting(fix: dict[str, Any]) -> str:
    return f"{fix['variable']}={fix['value']}"


def test_two_designs_side_by_side(run: Run, small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(small.read_text().replace("B4096", "B1024", 1))
    found = answer(run("compare", small, other, "--json"))
    assert found["designs"] == [str(small), str(other)]
    assert found["variables"] == [{"name": "A.core", "values": ["B4096", "B1024"]}]
    metrics = {row["name"]: row["values"] for row in found["metrics"]}
    assert metrics["edp_j_s"] == [answer(run("score", path, "--json"))["edp_j_s"] for path in (small, other)]
    assert found["layers"]
    chart = tmp_path / "both.svg"
    text = run("compare", small, other, "--chart", chart).stdout
    drawn = ElementTree.fromstring(chart.read_text(encoding="utf-8"))
    titles = [e.text or "" for e in drawn.iter() if e.tag.endswith("text")]
    assert all(any(word.startswith(f"{name}  ") for word in titles) for name in (small, other))
    judged = answer(run("compare", small, other, "--draws", "20", "--json"))["metrics"][-1]
    assert judged["name"] == "best in share of 20 draws"
    assert sum(judged["values"]) == pytest.approx(1.0)
    refused = run("compare", small, other, "--chart", small / "below" / "both.svg")
    assert refused.returncode == 1
    assert "cannot be written" in refused.stderr
    assert "A.core" in text
    assert "B1024" in text


def test_a_saved_score_that_no_longer_holds_is_said(run: Run, small: Path) -> None:
    small.write_text(small.read_text() + "\n[score]\nfeasible = true\nedp_j_s = 1.0\n")
    done = run("score", small, "--json")
    assert "the file says 1 J·s" in done.stderr
    answer(done)


def test_check_names_every_wrong_dataflow_line_and_other_files(run: Run, small: Path, tmp_path: Path) -> None:
    wrong = small.read_text().replace("SpatialMap(T_K, T_K) K;", "SpatialMap(T_K, T_K) Q;")
    (tmp_path / "wrong.toml").write_text(wrong)
    found = json.loads(run("check", "wrong.toml", "--json").stdout)
    assert found["ok"] is False
    assert len(found["mistakes"]) >= wrong.count(" Q;")
    assert "a workload of 2 tenants" in run("check", "small.toml").stdout
    (tmp_path / "card.toml").write_text('[board]\nbase = "u281"\n')
    assert run("check", "card.toml").returncode == 1
    (tmp_path / "net.csv").write_text("a,b\n1,2\n")
    assert run("check", "net.csv").returncode == 1


BAD = {
    "no such file": (("score", "none.toml"), 1, "none.toml: there is no such file"),
    "a folder": (("score", "."), 1, "is a folder"),
    "empty": (("score", "empty.toml"), 1, "empty.toml: the file is empty"),
    "not text": (("explain", "binary.toml"), 1, "binary.toml:2: is not UTF-8 text"),
    "unknown workload": (("new", "mixd", "--out", "x.toml"), 1, "did you mean mixed?"),
    "unknown board": (("new", "mixed", "--board", "u281", "--out", "x.toml"), 1, "u280"),
    "unwritable": (("new", "mixed", "--out", "empty.toml/x.toml"), 1, "empty.toml/x.toml: cannot be written"),
    "unknown option": (("score", "x.toml", "--jsn"), 2, "Did you mean --json?"),
    "missing argument": (("score",), 2, "requires an argument"),
    "unknown command": (("scor",), 2, "did you mean score"),
    "one design": (("compare", "x.toml"), 2, "two or more"),
    "draws below none": (("compare", "good.toml", "good.toml", "--draws", "-1"), 2, "--draws -1: give 1 or more"),
    "no change": (("score", "good.toml", "--set", "A.cols"), 2, "NAME=VALUE"),
    "unknown variable": (("score", "good.toml", "--set", "A.columns=3"), 1, "there is no variable 'A.columns'"),
    "mistyped dataflow": (("score", "good.toml", "--set", "A.dataflow=auto-kk"), 1, "near: auto-k"),
    "mistyped PE dataflow": (("score", "good.toml", "--set", "A.pe_dataflow=eyeris_like"), 1, "near: eyeriss_like"),
    "a range upside down": (("search", "mlperf", "--bound", "A.cores=9:1"), 2, "9 to 1 is no range"),
    "a range of nothing": (("search", "mlperf", "--bound", "A.cores=nan:1"), 2, "is no range"),
    "a negative seed": (("search", "mlperf", "--seed", "-1"), 2, "--seed -1: allowed: a whole number from 0"),
    "a folder for the best": (("search", "mlperf", "--out", "."), 1, ".: is a folder; give --out"),
    "a folder to write": (("export", "resnet18", "--format", "maestro", "--out", "."), 1, "is a folder; give --out"),
    "no terminal": ((), 2, "needs a terminal"),
    "no terminal for a file": (("good.toml",), 2, "workbench score good.toml"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_never_a_traceback(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("")
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    if "good.toml" in BAD[name][0]:
        assert run("new", "mlperf", "--board", "zcu102", "--out", "good.toml").returncode == 0
    words, status, message = BAD[name]
    done = run(*words)
    assert done.returncode == status
    assert message in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


WRITERS = {
    "new": ("new", "mlperf", "--board", "zcu102"),
    "score": ("score", "good.toml"),
    "search": ("search", "good.toml", "--evaluations", "50"),
    "cost": ("cost", "in.csv"),
    "estimate": ("estimate", "in.csv"),
    "calibrate": ("calibrate", "in.csv", "--board", "zcu102"),
    "import": ("import", "in.csv"),
    "export": ("export", "resnet18", "--format", "maestro"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_no_command_replaces_a_file_that_nobody_said_may_be(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "kept.x").write_text("mine")
    if "good.toml" in WRITERS[name]:
        assert run("new", "mlperf", "--board", "zcu102", "--out", "good.toml").returncode == 0
    (tmp_path / "in.csv").write_text(
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, "
        "Num Filter, Strides,\nConv1, 8, 8, 3, 3, 3, 8, 1,\n"
    )
    done = run(*WRITERS[name], "--out", "kept.x")
    assert done.returncode == 1
    assert "kept.x: exists already; give another" in done.stderr
    assert "--force to replace it" in done.stderr
    assert (done.stdout, (tmp_path / "kept.x").read_text()) == ("", "mine")


def test_force_replaces_and_a_score_goes_into_its_own_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text("mine")
    assert run("new", "mlperf", "--board", "zcu102", "--out", "d.toml", "--force").returncode == 0
    assert run("score", "d.toml", "--out", "./d.toml").returncode == 0
    assert "[score]" in (tmp_path / "d.toml").read_text()


def test_check_says_which_tenants_nothing_serves(run: Run, tmp_path: Path) -> None:
    rows = "".join(f'[[tenants]]\nnetwork = "ncf"\nisolation = "{label}"\n' for label in "ab")
    (tmp_path / "two.toml").write_text(rows)
    assert run("new", "two.toml", "--board", "u280", "--out", "d.toml").returncode == 0
    assert run("check", "d.toml").returncode == 0
    scored = run("score", "d.toml")
    assert "isolation" in scored.stdout
    assert "serves" in scored.stdout
    text = (tmp_path / "d.toml").read_text()
    (tmp_path / "d.toml").write_text(text.replace('serves = "a"', 'serves = "b"'))
    done = run("check", "d.toml", "--json")
    assert done.returncode == 1
    assert "no sub-accelerator serves label a (ncf); set " in json.loads(done.stdout)["verdict"]
    assert "fix: " in run("score", "d.toml").stdout
