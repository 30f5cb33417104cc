"""Kills at random moments: nothing but the last second of edits and the last unfinished generation may be lost."""

import os
import random
import signal
import tempfile
import time
from pathlib import Path

from workbench.design.file import load_design
from workbench.engine.bench import BenchTable
from workbench.engine.bench_terminal import PATIENCE_S, BenchTerminal, command, processes

LONGEST_S = 2.5  # of editing or searching before the kill
RECOVERY_S = 1.0  # promised: an edit is on the disk by then
MOST_COLUMNS = 4
SEARCH = ("search", "mixed", "--board", "u280", "--seconds", "900", "--threads", "1", "--detach")


def bench_kills(kills: int) -> BenchTable:
    """Screen and search are killed in turn; every seed of a loss is in the notes."""
    lost: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run = command(home, *SEARCH)
        for number in range(kills):
            seed = random.SystemRandom().randrange(1 << 32)
            words = _kill_search(home, run, seed) if number % 2 else _kill_screen(home, seed)
            if words:
                lost.append(f"seed {seed}: {words}")
    rows = (("kills at random moments", f"{kills}"), ("that lost more than they may", f"{len(lost)}"))
    return BenchTable("kills", ("kill -9 of screen and search", "number"), rows, (1,), tuple(lost))


def _kill_screen(home: Path, seed: int) -> str:
    """Edit for a while, kill the screen; what is lost that should be there, in words."""
    dice = random.Random(seed)
    folder = home / "state" / "workbench" / "recovery"
    for path in folder.glob("*.toml"):
        path.unlink()
    columns = MOST_COLUMNS
    shown = [(0.0, columns)]
    with BenchTerminal(home) as terminal:
        terminal.until(lambda: terminal.shows(f"× {MOST_COLUMNS} col"), "its first paint")
        terminal.press("3")
        end = time.monotonic() + dice.uniform(0.0, LONGEST_S)
        while time.monotonic() < end:
            step = -1 if columns == MOST_COLUMNS or (columns > 1 and dice.random() < 0.5) else 1
            columns += step
            words = f"× {columns} col"
            terminal.press("+" if step > 0 else "-")
            terminal.until(lambda: terminal.shows(words), words)  # noqa: B023
            shown.append((time.monotonic(), columns))
            terminal.listen(max(0.0, min(dice.uniform(0.0, 0.6), end - time.monotonic())))
        killed = time.monotonic()
        terminal.kill()
    files = list(folder.glob("*.toml"))
    found = load_design(files[0], unfinished=True).design.subaccelerators[0].cols if files else MOST_COLUMNS
    older = [count for when, count in shown if when < killed - RECOVERY_S]
    allowed = {older[-1], *(count for when, count in shown if when >= killed - RECOVERY_S)}
    return "" if found in allowed else f"{found} columns to recover, allowed: {sorted(allowed)}"


def _kill_search(home: Path, run: str, seed: int) -> str:
    """Search for a while, kill the search; what is lost that should be there, in words."""
    dice = random.Random(seed)
    journal = home / "state" / "workbench" / "runs" / run / "journal.jsonl"
    if not processes(run):
        command(home, "search", "--resume", run, "--detach")
    begun = _generations(journal)
    give_up = time.monotonic() + PATIENCE_S
    while _generations(journal) <= begun:
        if time.monotonic() > give_up:
            return f"no new generation within {PATIENCE_S:.0f} s of the resume (a long journal takes long to replay)"
        time.sleep(0.02)
    time.sleep(dice.uniform(0.0, LONGEST_S))
    before = journal.read_bytes()
    for process in processes(run):
        os.kill(process, signal.SIGKILL)
    while processes(run):
        time.sleep(0.01)
    after = journal.read_bytes()
    whole = before[: before.rfind(b"\n") + 1]
    return "" if after.startswith(whole) else "generations that were journalled are gone"


def _generations(journal: Path) -> int:
    try:
        return journal.read_bytes().count(b"\n")
    except OSError:
        return 0
