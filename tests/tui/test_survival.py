"""What is still there after the line drops, a process is killed or the reader freezes: each for real, on a pty."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pty_screen import COMMAND, RESTORED, PtyScreen, children, environment, recovery_files, wait_for

from workbench.design.file import load_design
from workbench.engine.client import RunError, list_runs, send_command
from workbench.engine.messages import RunCommand, RunInfo
from workbench.engine.runs import runs_root

END_S = 3.0  # promised
RECOVERY_S = 1.0  # promised
LOAD_S = 2.0  # what a machine with more work than processors may add
ENGINE, SEARCH = "workbench.engine.server", "workbench.engine.run_process"
ENDLESS = ("search", "mixed", "--board", "u280", "--seconds", "120", "--threads", "1", "--detach")
KILLS = 10

Open = Callable[..., PtyScreen]


@pytest.fixture
def screen(own_places: Path) -> Iterator[Open]:
    """Opens workbenches that are ended with the test, as are the searches."""
    opened = []

    def open_screen(*arguments: str, home: Path = own_places, **options: object) -> PtyScreen:
        opened.append(PtyScreen(home, *arguments, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_screen
    for each in opened:
        each.close()
    for run in list_runs():
        if run.state == "running":
            end_run(run.id)


def command(home: Path, *arguments: str) -> str:
    """Run a command of the workbench; what it prints."""
    done = subprocess.run(
        [COMMAND, *arguments], env=environment(home), cwd=home, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def end_run(run: str) -> None:
    """Stop a search for good."""
    try:
        send_command(run, RunCommand("stop"))
    except RunError:
        return
    wait_for(lambda: state_of(run) != "running", f"{run} does not stop")


def run_of(run: str) -> RunInfo:
    """A search as `workbench runs` lists it."""
    return next(info for info in list_runs() if info.id == run)


def state_of(run: str) -> str:
    """running, finished or interrupted."""
    return run_of(run).state


def edited(opened: PtyScreen) -> None:
    """One column of cores less in the design."""
    opened.until("2 rows P × 4 cols K")
    opened.press("3-")
    opened.until("2 rows P × 3 cols K", "not saved")


def assert_recoverable(home: Path) -> None:
    """Exactly one file to recover, with the edit in it."""
    (path,) = recovery_files(home)
    assert load_design(path, unfinished=True).design.subaccelerators[0].cols == 3


def gone(pid: int) -> bool:
    """Whether no such process is left (or only its entry in the table)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


# ── the line ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_it_in_order(screen: Open, own_places: Path, number: signal.Signals) -> None:
    opened = screen()
    edited(opened)
    opened.kill(number)
    assert opened.end_within(END_S + LOAD_S) == 128 + number
    assert_recoverable(own_places)
    assert all(sequence in opened.bytes for sequence in RESTORED)
    assert b"Traceback" not in opened.bytes


def test_a_closed_terminal_ends_it_and_its_engine(screen: Open, own_places: Path) -> None:
    opened = screen()
    edited(opened)
    (engine,) = wait_for(lambda: children(opened.pid, ENGINE), "no engine")
    opened.hang_up()
    opened.end_within(END_S + LOAD_S)
    assert_recoverable(own_places)
    wait_for(lambda: gone(engine), "the engine stays", END_S + LOAD_S)


def test_a_closed_terminal_is_noticed_without_any_signal(screen: Open, own_places: Path) -> None:
    """As under nohup, or when the terminal is not the one that controls the process."""
    opened = screen(command=("/usr/bin/setsid", "--wait", str(COMMAND)))
    edited(opened)
    (inner,) = children(opened.pid, "workbench")
    opened.hang_up()
    try:
        wait_for(lambda: gone(inner), "it stays without a terminal", END_S + LOAD_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(inner, signal.SIGKILL)
    assert_recoverable(own_places)


def test_a_frozen_reader_loses_no_edit_and_keeps_nothing_alive(screen: Open, own_places: Path) -> None:
    opened = screen()
    edited(opened)
    opened.press("?\x1b1234" * 40)  # nobody reads from here on: the terminal's buffer fills up
    began = time.monotonic()
    wait_for(lambda: recovery_files(own_places), "no recovery file", RECOVERY_S + LOAD_S)
    time.sleep(max(0.0, began + RECOVERY_S - time.monotonic()))  # frozen for good by now
    opened.kill(signal.SIGTERM)
    assert opened.end_within(END_S + LOAD_S, reading=False) == 128 + signal.SIGTERM
    assert_recoverable(own_places)
    while opened.read(0.2):  # the line thaws
        pass
    assert all(sequence in opened.bytes for sequence in RESTORED)


def test_a_reader_that_thaws_finds_it_as_it_was(screen: Open) -> None:
    opened = screen()
    edited(opened)
    opened.press("?\x1b1234" * 10)
    time.sleep(1.0)  # frozen
    opened.press("3+")
    opened.until("2 rows P × 4 cols K")


def test_keys_held_down_on_a_slow_line_are_painted_together(screen: Open) -> None:
    opened = screen()
    opened.scored()
    opened.press("3")
    while opened.read(1.0):
        pass

    def painted(keys: str) -> int:
        before = len(opened.bytes)
        opened.press(keys)
        while opened.read(1.0):
            pass
        return len(opened.bytes) - before

    assert painted("+-" * 30) < 4 * painted("+-")


def test_a_stop_signal_does_not_stop_it(screen: Open) -> None:
    opened = screen()
    opened.until("Core grid")
    opened.kill(signal.SIGTSTP)
    opened.press("?")
    opened.until("This pane")


# ── kills ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_edits_outlive_a_kill_of_the_screen_and_are_offered_again(screen: Open, own_places: Path) -> None:
    opened = screen()
    edited(opened)
    wait_for(lambda: recovery_files(own_places), "no recovery file", RECOVERY_S + LOAD_S)
    opened.kill(signal.SIGKILL)
    opened.end_within(END_S)
    again = screen()
    again.until("left unsaved edits of mixed-u280")
    again.press("\r")
    again.until("2 rows P × 3 cols K", "not saved")
    again.press("3-")
    again.until("2 rows P × 2 cols K")
    wait_for(lambda: len(recovery_files(own_places)) == 1, "no recovery file of its own", RECOVERY_S + LOAD_S)


def test_an_engine_that_is_killed_is_replaced(screen: Open) -> None:
    opened = screen()
    opened.scored()
    (engine,) = children(opened.pid, ENGINE)
    os.kill(engine, signal.SIGKILL)
    opened.press("3-")
    opened.until("▼ 3.3 %")
    (replaced,) = children(opened.pid, ENGINE)
    assert replaced != engine


def test_a_search_that_is_killed_is_said_to_be_and_goes_on_where_it_was(screen: Open, own_places: Path) -> None:
    run = command(own_places, *ENDLESS).strip()
    opened = screen()
    opened.until("running", "generation")
    journal = runs_root() / run / "journal.jsonl"
    wait_for(lambda: journal.read_bytes().count(b"\n") > 3, "the search makes no generations")
    os.kill(search_process(run), signal.SIGKILL)
    opened.until("interrupted", gone="▶ running")
    assert state_of(run) == "interrupted"
    kept = journal.read_bytes()
    kept = kept[: kept.rfind(b"\n") + 1]  # but for a generation it was writing
    opened.press("4 ")
    opened.until("▶ running")
    wait_for(lambda: journal.read_bytes().count(b"\n") > kept.count(b"\n") + 3, "the search does not go on")
    assert journal.read_bytes().startswith(kept)


def search_process(run: str) -> int:
    """The process that works on a run."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_text()
            except OSError:
                continue
            if SEARCH in words and run in words:
                return int(entry.name)
    raise AssertionError(f"no process works on {run}")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_a_search_goes_on_without_its_screen(screen: Open, number: signal.Signals) -> None:
    opened = screen()
    opened.scored()
    opened.press("4s")
    opened.until("▶ running")
    (run,) = (info.id for info in list_runs())
    wait_for(lambda: run_of(run).evaluations, "the search does not begin")
    opened.kill(number)
    opened.hang_up()
    opened.end_within(END_S + LOAD_S)
    left = run_of(run)
    assert left.state == "running"
    assert left.evaluations < 4096
    wait_for(lambda: run_of(run).evaluations > left.evaluations, "the search has stopped")


def test_attach_shows_a_search_and_leaves_it_alone(screen: Open, own_places: Path) -> None:
    run = command(own_places, *ENDLESS).strip()
    looking = screen("attach", run)
    looking.until("designs")
    looking.kill(signal.SIGINT)
    looking.end_within(END_S + LOAD_S)
    assert state_of(run) == "running"
    assert run in command(own_places, "runs")
    command(own_places, "stop", run)
    assert state_of(run) == "finished"


# ── several ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_workbenches_do_not_disturb_each_other(screen: Open, own_places: Path) -> None:
    one, two = screen(), screen()
    edited(one)
    two.until("2 rows P × 4 cols K")
    two.press("3--")
    two.until("2 rows P × 2 cols K")
    one.scored()
    two.scored()
    wait_for(lambda: len(recovery_files(own_places)) == 2, "no two recovery files", RECOVERY_S + LOAD_S)
    one.kill(signal.SIGKILL)
    one.end_within(END_S)
    assert len(children(two.pid, ENGINE)) == 1
    two.press("3-")
    two.until("2 rows P × 1 col ")
    again = screen()
    again.until("left unsaved edits")
    again.press("\r")
    again.until("2 rows P × 3 cols K")  # of the one that ended, not of the one that lives
    assert "2 rows P × 1 col " in two.text


def test_a_search_outlives_its_tmux_session_and_is_seen_from_a_new_one(own_places: Path, screen: Open) -> None:
    tmux = shutil.which("tmux")
    if tmux is None:
        pytest.skip("tmux is not there")

    def say(*arguments: str) -> str:
        sized = ("new-session", "-x", "120", "-y", "40") if arguments[0] == "new-session" else arguments[:1]
        return subprocess.run(
            [tmux, "-S", str(own_places / "tmux"), "-f", "/dev/null", *sized, *arguments[1:]],
            env=environment(own_places), cwd=own_places, capture_output=True, text=True, check=False, timeout=30,
        ).stdout  # fmt: skip

    def shown(session: str, text: str) -> None:
        wait_for(lambda: text in say("capture-pane", "-p", "-t", session), f"{text!r} is not shown in {session}")

    try:
        say("new-session", "-d", "-s", "first", str(COMMAND))
        shown("first", "core time")
        run = command(own_places, *ENDLESS).strip()
        (panes,) = say("list-panes", "-t", "first", "-F", "#{pane_pid}").split()
        say("send-keys", "-t", "first", "3", "-")
        shown("first", "not saved")
        say("kill-session", "-t", "first")
        wait_for(lambda: gone(int(panes)), "the screen stays", END_S + LOAD_S)
        assert state_of(run) == "running"
        assert_recoverable(own_places)
        say("new-session", "-d", "-s", "second", str(COMMAND))
        shown("second", "left unsaved edits")
        say("send-keys", "-t", "second", "Escape")
        shown("second", "▶ running")
    finally:
        say("kill-server")


def test_kills_at_random_moments_lose_the_last_second_at_most(screen: Open, own_places: Path) -> None:
    for seed in (random.randrange(1 << 32) for _ in range(KILLS)):
        print(f"seed {seed}")  # shown when it fails
        dice = random.Random(seed)
        for path in recovery_files(own_places):
            path.unlink()
        opened = screen()
        opened.until("2 rows P × 4 cols K")
        pressed: list[tuple[float, int]] = [(0.0, 4)]  # when, and how many columns there are then
        moment = time.monotonic() + dice.uniform(0.0, 3.0)
        while time.monotonic() < moment:
            key = "-" if pressed[-1][1] > 1 and (pressed[-1][1] == 4 or dice.random() < 0.5) else "+"
            cols = pressed[-1][1] + (1 if key == "+" else -1)
            opened.press(key)
            opened.until(f"× {cols} col")
            pressed.append((time.monotonic(), cols))
            pause = time.monotonic() + dice.uniform(0.0, 0.6)
            while time.monotonic() < min(pause, moment):
                opened.read(0.01)
        opened.kill(signal.SIGKILL)
        killed = time.monotonic()
        opened.end_within(END_S)
        old = [cols for when, cols in pressed if when < killed - RECOVERY_S]
        allowed = {cols for when, cols in pressed if when >= killed - RECOVERY_S} | {old[-1] if old else 4}
        files = recovery_files(own_places)
        found = load_design(files[0], unfinished=True).design.subaccelerators[0].cols if files else 4
        assert found in allowed, (seed, found, [(when - killed, cols) for when, cols in pressed[1:]])
