"""Run directories: which runs there are, which of them live, and paths that sockets can have."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from workbench.design.design import Design
from workbench.engine import runs
from workbench.engine.messages import RunHeader, RunOptions
from workbench.engine.runs import RunError, is_alive, list_runs, run_directory, socket_path, take_lock


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def make_run(name: str, started: str) -> Path:
    directory = runs.runs_root() / name
    directory.mkdir(parents=True)
    header = RunHeader(name, "0", started, Design("mixed", "u280", ()), RunOptions(out="x.toml"))
    (directory / "header.json").write_bytes(msgspec.json.encode(header))
    return directory


def test_there_may_be_no_runs_at_all() -> None:
    assert list_runs() == []
    with pytest.raises(RunError, match="none at all"):
        run_directory("x")


def test_oldest_first_and_rubbish_left_out() -> None:
    make_run("b", "2026-01-01T00:00:00")
    make_run("a", "2026-01-02T00:00:00")
    (runs.runs_root() / "junk").mkdir()
    (runs.runs_root() / "broken").mkdir()
    (runs.runs_root() / "broken" / "header.json").write_text("{")
    assert [(run.id, run.state, run.out) for run in list_runs()] == [
        ("b", "interrupted", "x.toml"),
        ("a", "interrupted", "x.toml"),
    ]


def test_a_run_is_found_by_the_beginning_of_its_id() -> None:
    make_run("20260101-aa", "1")
    make_run("20260101-ab", "2")
    assert run_directory("20260101-aa").name == "20260101-aa"
    assert run_directory("20260101-ab").name == "20260101-ab"
    with pytest.raises(RunError, match="begins 2 runs"):
        run_directory("20260101")
    for name in ("", ".", "..", "../runs/20260101-aa"):
        with pytest.raises(RunError):
            run_directory(name)


def test_the_lock_tells_life_from_death_even_after_kill_9() -> None:
    directory = make_run("r", "1")
    assert not is_alive(directory)
    code = f"from workbench.engine.runs import take_lock; from pathlib import Path; take_lock(Path({str(directory)!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", code + "; print('held', flush=True); import time; time.sleep(60)"],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    assert is_alive(directory)
    assert list_runs()[0].state == "running"
    with pytest.raises(RunError, match="attach to it"):
        take_lock(directory)
    process.kill()
    process.wait()
    process.stdout.close()
    assert not is_alive(directory)
    assert list_runs()[0].state == "interrupted"


def test_asking_does_not_take_the_lock() -> None:
    directory = make_run("r", "1")
    descriptor = os.open(directory / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # what another is_alive() holds for a moment
    assert not is_alive(directory)
    os.close(descriptor)


@pytest.mark.parametrize("length", [10, 90, 300])
def test_socket_paths_are_short_whatever_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    runtime = tmp_path / ("r" * min(length, 200))
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    path = socket_path(tmp_path / "some" / "run")
    assert len(os.fsencode(path)) <= 100
    assert path != socket_path(tmp_path / "some" / "other")
    assert path == socket_path(tmp_path / "some" / "run")
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_socket_folder_others_can_enter_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "workbench").mkdir(mode=0o777)
    (tmp_path / "workbench").chmod(0o777)
    assert socket_path(tmp_path / "run").parent != tmp_path / "workbench"


def test_nobody_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    runs.write_atomically(path, b"one")
    runs.write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["f"]
