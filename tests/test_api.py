"""The workbench from a script: five lines, the same answers as the commands, and an import that loads nothing."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from workbench import load, save, score, search
from workbench.api import NoDesignError
from workbench.design.design import Design
from workbench.design.file import DesignFileError
from workbench.design.first import first_design
from workbench.engine.messages import RunHeader, RunOptions
from workbench.engine.run_state import RunState


@pytest.fixture(scope="module")
def small() -> Design:
    """One small network on a small board: a design evaluates in well under a millisecond."""
    return replace(first_design("mlperf", "zcu104"), workload="mine", tenants=(("squeezenet1_0", 1, 2, None),))


def test_five_lines_in_a_notebook(small: Design, tmp_path: Path) -> None:
    save(small, tmp_path / "design.toml")
    design = load(tmp_path / "design.toml")
    assert score(design).edp_j_s == score(tmp_path / "design.toml").edp_j_s
    best = search(design, evaluations=60, seed=1)
    assert best.score.edp_j_s <= score(design).edp_j_s
    assert best.score == score(best.design)
    assert best.evaluations == 60


def test_a_search_gives_what_a_run_of_the_engine_gives(small: Design, tmp_path: Path) -> None:
    options = RunOptions(evaluations=80, seed=3, freeze=("A.core",))
    state = RunState(tmp_path, RunHeader(id="r", version="0", started="", design=small, options=options))
    while not state.done:
        state.step()
    state.close()
    found = search(small, evaluations=80, seed=3, freeze=("A.core",))
    assert found.design == state.search.archive.best[0].design
    assert found.curve == state.search.archive.thin_curve()
    assert found.design.subaccelerators[0].core == small.subaccelerators[0].core


def test_a_search_begins_from_a_workload_by_name_and_reports_its_progress(tmp_path: Path) -> None:
    workload = tmp_path / "mine.toml"
    workload.write_text('name = "mine"\n[[tenants]]\nnetwork = "squeezenet1_0"\n')
    seen: list[tuple[int, float]] = []
    found = search(workload, board="zcu104", evaluations=40, progress=lambda n, value: seen.append((n, value)))
    assert seen[-1] == (40, pytest.approx(found.score.edp_j_s, rel=1e-12))
    assert [value for _, value in seen] == sorted((value for _, value in seen), reverse=True)
    assert (found.score.workload, found.score.board) == (str(workload), "zcu104")


def test_a_timeline_has_every_job(small: Design) -> None:
    assert score(small).timeline == ()
    assert len(score(small, timeline=True).timeline) == 2 * len(score(small).layers)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: search(d, board="u28"), "u280"),
        (lambda d: search("mixd"), "mixed"),
        (lambda d: search(d, optimizer="cmaes"), "one-plus-one"),
        (lambda d: search(d, objective="edpp"), "latency"),
        (lambda d: search(d, evaluations=0), "more than 0"),
        (lambda d: search(d, freeze=("Q.core",)), "Q.core"),
        (lambda d: load("nowhere.toml"), "no such file"),
        (lambda d: search(Path("nowhere.toml")), "no such file"),
    ],
)
def test_mistakes_are_said_in_words(small: Design, call, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        call(small)


def test_a_design_that_does_not_fit_is_scored_as_such_and_a_search_without_one_says_so(small: Design) -> None:
    too_large = replace(small, subaccelerators=(replace(small.subaccelerators[0], cols=64),))
    found = score(too_large)
    assert (found.feasible, found.edp_j_s) == (False, None)
    assert found.reason
    frozen = replace(too_large, frozen=("subaccelerators", "A"))
    with pytest.raises(NoDesignError, match="larger board"):
        search(frozen, evaluations=20)


def test_files_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("schema = 1\n[board]\nbase = 7\n")
    with pytest.raises(DesignFileError, match=r"broken\.toml"):
        load(path)


def test_importing_the_workbench_loads_next_to_nothing() -> None:
    code = (
        "import sys, workbench; from workbench import load, score; "
        "print([m for m in ('numpy', 'numba', 'cma', 'textual', 'onnx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("before", ["", "import workbench.search.run;", "from workbench import load, score;"])
def test_search_can_be_called_whatever_was_imported_first(before: str) -> None:
    code = (
        f"{before}\nfrom workbench import search\n"
        "try: search('mixed', evaluations=-1)\n"
        "except ValueError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "evaluations: found -1; allowed: more than 0"
