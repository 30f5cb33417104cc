"""Searches in processes of their own: they outlive their client, tell the truth when killed, and resume exactly."""

import asyncio
import hashlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from workbench.design.design import Design
from workbench.design.file import load_design
from workbench.engine.client import RunClient, RunError, list_runs, resume_run, send_command, start_run, watch_run
from workbench.engine.messages import Candidate, RunCommand, RunOptions, Snapshot
from workbench.engine.run_client import read_snapshot
from workbench.engine.run_process import BEHIND_THE_SCREEN
from workbench.engine.runs import is_alive, run_directory, runs_root
from workbench.search.journal import read_journal

ENDLESS = RunOptions(evaluations=None, population=8, threads=1)


def process_id(run: str) -> int:
    """The process that works on a run, by its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(word.endswith(f"/{run}".encode()) for word in words):
                return int(entry.name)
    raise AssertionError(f"no process works on {run}")


def last(run: str) -> Snapshot:
    *_, found = watch_run(run)
    return found


def wait_for(condition: object, what: str, seconds: float = 30.0) -> None:
    give_up = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < give_up, what
        time.sleep(0.02)


def state_of(run: str) -> str:
    return next(info.state for info in list_runs() if info.id == run)


def end(run: str) -> None:
    try:
        send_command(run, RunCommand("stop"))
    except RunError:
        return
    wait_for(lambda: state_of(run) != "running", "the run did not stop")


def test_a_run_finishes_writes_its_design_and_is_listed(design: Design, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "best.toml"
    run = start_run(design, RunOptions(evaluations=150, seed=3, out=str(out)))
    seen = list(watch_run(run))
    assert seen[-1].state == "finished"
    assert seen[-1].evaluations == 150
    assert [s.evaluations for s in seen] == sorted(s.evaluations for s in seen)
    info = list_runs()[-1]
    assert (info.id, info.state, info.evaluations, info.out) == (run, "finished", 150, str(out))
    saved = load_design(out)
    assert saved.design.subaccelerators == seen[-1].best[0].design.subaccelerators
    assert saved.saved_score is not None
    assert saved.saved_score.edp_j_s == pytest.approx(info.best_edp_j_s, rel=1e-9)
    assert saved.provenance.seed == 3
    assert last(run) == seen[-1]  # a run that has ended still shows its end


def test_the_best_schedule_is_polished_where_asked(design: Design, tmp_path: Path) -> None:
    out = tmp_path / "best.toml"
    run = start_run(design, RunOptions(evaluations=50, polish_evaluations=200, out=str(out)))
    found = last(run)
    plain = last(start_run(design, RunOptions(evaluations=50)))
    assert found.best[0].edp_j_s <= plain.best[0].edp_j_s
    assert load_design(out).design.schedule == found.best[0].design.schedule


def test_the_answer_depends_on_the_seed_alone(design: Design) -> None:
    options = [RunOptions(evaluations=200, seed=seed, threads=threads) for seed, threads in ((1, 1), (1, 2), (2, 2))]
    runs = [start_run(design, o) for o in options]  # all at once: they must not disturb each other
    journals = []
    for run in runs:
        assert last(run).state == "finished"
        journals.append((runs_root() / run / "journal.jsonl").read_bytes())
    assert journals[0] == journals[1]
    assert journals[0] != journals[2]


def test_kill_9_is_told_honestly_and_the_run_goes_on_where_it_was(design: Design) -> None:
    options = RunOptions(evaluations=400, seed=5, population=16)
    whole = start_run(design, options)
    cut = start_run(design, replace_options(options, evaluations=None))
    wait_for(lambda: (runs_root() / cut / "best.json").exists(), "no best design")
    os.kill(process_id(cut), signal.SIGKILL)
    wait_for(lambda: state_of(cut) == "interrupted", "still said to be running")
    best = msgspec.json.decode((runs_root() / cut / "best.json").read_bytes(), type=Candidate)
    assert best.edp_j_s > 0
    journal = runs_root() / cut / "journal.jsonl"
    done = journal.read_bytes().count(b"\n")
    os.truncate(journal, len(b"".join(journal.read_bytes().splitlines(keepends=True)[: min(done, 8)])) - 3)
    resume_run(cut, evaluations=400)
    assert last(cut).state == "finished"
    last(whole)
    assert journal.read_bytes() == (runs_root() / whole / "journal.jsonl").read_bytes()


def test_a_full_disk_is_told_and_nothing_is_lost(design: Design) -> None:
    options = RunOptions(evaluations=None, seed=5, population=16, threads=1)
    run = start_run(design, options)
    directory = runs_root() / run
    wait_for(lambda: (directory / "best.json").exists(), "no best design")
    room = (directory / "journal.jsonl").stat().st_size + 1000  # less than a few generations
    resource.prlimit(process_id(run), resource.RLIMIT_FSIZE, (room, room))
    told = last(run)
    assert told.state == "failed"
    assert str(directory) in told.message
    assert f"search --resume {run}" in told.message
    kept = msgspec.json.decode((directory / "best.json").read_bytes(), type=Candidate)
    assert not list(directory.glob(".*"))  # no half-written file takes up what little room there is
    wait_for(lambda: not is_alive(directory), "the process stayed")
    done = sum(len(line.edp_j_s) for line, _ in read_journal(directory / "journal.jsonl"))
    resume_run(run, evaluations=done + 100)
    resumed = last(run)
    assert resumed.state == "finished"
    assert resumed.best[0].edp_j_s <= kept.edp_j_s
    whole = start_run(design, replace_options(options, evaluations=done + 100))
    assert last(whole).best == resumed.best
    written, gone_on = ((runs_root() / id / "journal.jsonl").read_bytes() for id in (whole, run))
    assert gone_on == written


def interrupted(design: Design, options: RunOptions) -> Path:
    """The directory of a run that SIGTERM has interrupted, with its checkpoint."""
    run = start_run(design, options)
    journal = runs_root() / run / "journal.jsonl"  # of several lines, lest the first be the checkpoint's as well
    wait_for(lambda: journal.exists() and journal.read_bytes().count(b"\n") > 2, "the search does not go on")
    os.kill(process_id(run), signal.SIGTERM)
    wait_for(lambda: state_of(run) == "interrupted", "SIGTERM was not obeyed")
    assert (runs_root() / run / "checkpoint.json").exists()
    return runs_root() / run


def damage_checkpoint(run: Path) -> None:
    content = (run / "checkpoint.json").read_bytes()
    (run / "checkpoint.json").write_bytes(content[: len(content) // 2])


def other_version(run: Path) -> None:
    digest, content = (run / "checkpoint.json").read_bytes().split(b"\n", 1)
    older = msgspec.json.encode(msgspec.json.decode(content) | {"version": "0.0.1", "search": None})
    (run / "checkpoint.json").write_bytes(hashlib.sha256(older).hexdigest().encode() + b"\n" + older)
    assert len(digest) == 64


def shorter_journal(run: Path) -> None:
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    os.truncate(run / "journal.jsonl", len(b"".join(lines[:-1])) + 5)


def unharmed(run: Path) -> None:
    """The first line is beyond reading, and nobody reads it."""
    with open(run / "journal.jsonl", "r+b") as journal:
        journal.write(b"?")


@pytest.mark.parametrize("harm", [unharmed, damage_checkpoint, other_version, shorter_journal])
def test_a_checkpoint_saves_the_replay_and_one_that_is_no_good_is_left(design: Design, harm: object) -> None:
    options = RunOptions(evaluations=None, seed=5, threads=1)
    cut = interrupted(design, options)
    done = sum(len(line.edp_j_s) for line, _ in read_journal(cut / "journal.jsonl"))
    harm(cut)  # type: ignore[operator]
    resume_run(cut.name, evaluations=done + 300)
    assert last(cut.name).state == "finished"
    whole = start_run(design, replace_options(options, evaluations=done + 300))
    assert last(whole).best == last(cut.name).best
    written, gone_on = ((runs_root() / id / "journal.jsonl").read_bytes() for id in (whole, cut.name))
    assert gone_on[1:] == written[1:]
    assert gone_on[:1] == (b"?" if harm is unharmed else b"{")


def replace_options(options: RunOptions, **changes: object) -> RunOptions:
    return msgspec.structs.replace(options, **changes)


def test_a_dropped_line_does_not_end_a_run_and_sigterm_keeps_it_whole(design: Design) -> None:
    run = start_run(design, ENDLESS)
    first = next(iter(watch_run(run)))
    pid = process_id(run)
    assert os.getpriority(os.PRIO_PROCESS, pid) == BEHIND_THE_SCREEN
    os.kill(pid, signal.SIGHUP)
    for snapshot in watch_run(run):
        if snapshot.generation > first.generation + 3:
            break
    assert state_of(run) == "running"
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: state_of(run) == "interrupted", "SIGTERM was not obeyed")
    journal = (runs_root() / run / "journal.jsonl").read_bytes()
    assert journal.endswith(b"\n")
    stored = msgspec.json.decode((runs_root() / run / "snapshot.json").read_bytes(), type=Snapshot)
    assert stored.generation == journal.count(b"\n")


def test_a_run_outlives_whoever_started_it(design: Design, tmp_path: Path) -> None:
    path = tmp_path / "design.json"
    path.write_bytes(msgspec.json.encode(design))
    code = (
        "import msgspec, os, signal, sys\n"
        "from workbench.design.design import Design\n"
        "from workbench.engine.client import start_run\n"
        "from workbench.engine.messages import RunOptions\n"
        f"design = msgspec.json.decode(open({str(path)!r}, 'rb').read(), type=Design)\n"
        "print(start_run(design, RunOptions(evaluations=None, population=8)), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    starter = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert starter.returncode == -signal.SIGKILL
    run = starter.stdout.strip()
    counts = [snapshot.evaluations for snapshot, _ in zip(watch_run(run), range(3), strict=False)]
    assert counts[-1] > counts[0]
    assert state_of(run) == "running"
    end(run)
    assert state_of(run) == "finished"


async def test_steering(design: Design) -> None:
    run = start_run(design, ENDLESS)
    client = await RunClient.attach(run)
    snapshots = client.snapshots()

    async def until(condition: object) -> Snapshot:
        async with asyncio.timeout(30):
            async for snapshot in snapshots:
                if condition(snapshot):  # type: ignore[operator]
                    return snapshot
        raise AssertionError("the run ended")

    await until(lambda s: s.generation > 2)
    await client.pause()
    paused = await until(lambda s: s.state == "paused")
    await asyncio.sleep(0.3)
    await client.step()
    assert (await until(lambda s: s.generation > paused.generation)).generation == paused.generation + 1
    guest = replace(design, subaccelerators=(replace(design.subaccelerators[0], core="7x9x11"),))
    await client.inject(guest)
    await client.step()
    await until(lambda s: s.generation == paused.generation + 2)
    journal = (runs_root() / run / "journal.jsonl").read_bytes().splitlines()[-1]
    assert b'"7x9x11"' in journal
    await client.resume()
    await until(lambda s: s.state == "running" and s.generation > paused.generation + 4)
    await client.stop()
    assert (await until(lambda s: s.state == "stopped")).best
    await client.close()
    assert state_of(run) == "finished"
    wait_for(lambda: not is_alive(runs_root() / run), "the process stayed")
    with pytest.raises(RunError, match="not running"):
        await RunClient.attach(run)


def test_a_client_that_never_reads_and_one_that_talks_nonsense_do_not_hold_it_up(design: Design) -> None:
    run = start_run(design, ENDLESS)
    first = next(iter(watch_run(run)))
    address = (runs_root() / run / "socket").read_text().strip()
    clients = []
    for word in (b"", b"nonsense\n", b'{"type": "command", "name": "dance"}\n', b"\xff\n", b"x" * 100_000):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address)
        connection.sendall(word)
        clients.append(connection)
    began = time.monotonic()
    for snapshot in watch_run(run):
        if snapshot.generation > first.generation + 20:
            break
        assert time.monotonic() < began + 30
    end(run)
    for connection in clients:
        connection.close()


def test_a_run_that_cannot_begin_says_why(design: Design) -> None:
    run = start_run(replace(design, board="u999"), RunOptions(evaluations=10))
    wait_for(lambda: (runs_root() / run / "snapshot.json").exists(), "no word")
    wait_for(lambda: state_of(run) != "running", "did not end")
    found = last(run)
    assert found.state == "failed"
    assert "u999" in found.message
    assert state_of(run) == "interrupted"


def test_nothing_fits_is_said_in_words(too_large: Design) -> None:
    run = start_run(replace(too_large, frozen=("A", "subaccelerators")), RunOptions(evaluations=20))
    found = last(run)
    assert found.best == ()
    assert "no design that fits" in found.message


def test_a_run_that_ends_while_one_connects_yields_its_last_snapshot(design: Design, tmp_path: Path) -> None:
    run = start_run(design, RunOptions(evaluations=20))
    expected = last(run)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ending:
        ending.bind(str(tmp_path / "ending"))
        ending.listen()
        (run_directory(run) / "socket").write_text(str(tmp_path / "ending"), encoding="utf-8")
        turned_away = threading.Thread(target=lambda: ending.accept()[0].close())
        turned_away.start()
        assert list(watch_run(run)) == [read_snapshot(run)]
        turned_away.join()
    assert read_snapshot(run).best == expected.best


def test_a_living_run_is_not_started_twice(design: Design) -> None:
    run = start_run(design, ENDLESS)
    with pytest.raises(RunError, match="attach"):
        resume_run(run)
    end(run)
