"""reproduce and trust: as commands, with one small cell."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from workbench.cli.trust_command import NAMES
from workbench.engine.evidence_calls import EVIDENCE

ONE = ("--workload", "nlp", "--board", "u200", "--assumption", "default", "--evaluations", "20")


def test_one_cell_and_again_from_its_file(run: Run, tmp_path: Path) -> None:
    first = run("reproduce", *ONE, "--out", tmp_path / "campaign", "--json")
    assert first.returncode == 0, first.stderr
    answer = json.loads(first.stdout)
    (cell,) = answer["cells"]
    method = cell["winners"][-1]
    assert method["name"] == "method"
    assert all(method["edp_j_s"] <= w["edp_j_s"] * (1 + 1e-9) for w in cell["winners"] if w["design"])
    assert method["edp_j_s"] > cell["bound_edp_j_s"] > 0
    written = (tmp_path / "campaign" / "nlp-u200-default.json").stat().st_mtime_ns
    again = run("reproduce", *ONE, "--out", tmp_path / "campaign")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "campaign" / "nlp-u200-default.json").stat().st_mtime_ns == written
    assert "2.1–5.7" in again.stdout
    disturbed = run(
        "trust", "robustness", "--quick", "--evaluations", "20", "--campaign", tmp_path / "campaign", "--json"
    )
    assert disturbed.returncode == 0, disturbed.stderr
    (table,) = json.loads(disturbed.stdout)["evidence"]["robustness"]["tables"]
    assert [row[0] for row in table["rows"]] == ["nlp-u200-default"]


def test_the_nulls_hold(run: Run) -> None:
    done = run("trust", "nulls")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("holds") >= 6
    assert "FAILS\n" not in done.stdout


def test_what_is_not_there_is_refused_with_what_is(run: Run) -> None:
    for words in (("reproduce", "--board", "zcu999"), ("reproduce", "--assumption", "optimism")):
        done = run(*words)
        assert done.returncode in (1, 2)
        assert "allowed" in done.stderr
    assert run("trust", "me").returncode == 2
    done = run("trust", "robustness", "--campaign", "nowhere")
    assert done.returncode == 1
    assert "reproduce" in done.stderr


def test_the_command_offers_what_the_engine_has() -> None:
    assert set(NAMES) == set(EVIDENCE)


def test_names_and_numbers_that_are_wrong_usage(run: Run) -> None:
    for words, said in (
        (("reproduce", "--workload", "nope"), "allowed: vision, nlp, mixed"),
        (("reproduce", "--evaluations", "1.5"), "'1.5' is no whole number"),
        (("search", "mixed", "--evaluations", "1.5"), "'1.5' is no whole number"),
        (("estimate", "d.toml", "--core", "B4096"), "workbench score d.toml"),
    ):
        done = run(*words)
        assert done.returncode == 2, words
        assert said in done.stderr
