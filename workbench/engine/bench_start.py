"""How soon the screen paints and the engine answers, and what memory they take."""

import os
import pty
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workbench.engine.bench import BenchTable
from workbench.engine.client import ENGINE_COMMAND
from workbench.engine.stations import Stations

REPEATS = 5
FIRST_PAINT_BYTES = 3000  # a whole screen takes about 10 kB, what terminals are asked before it a few hundred bytes
PATIENCE_S = 30.0
SETTLE_S = 3.0  # by then the engine behind the screen has answered
COMMAND = (sys.executable, "-c", "from workbench.cli import main; main([])")


def bench_start(_: Stations) -> list[BenchTable]:
    """Medians of several starts; reference: an empty Python process."""
    bare = statistics.median(_seconds([sys.executable, "-c", ""]) for _ in range(REPEATS))
    engines = [_engine() for _ in range(REPEATS)]
    screens = [_screen() for _ in range(REPEATS)]
    rows = []
    for name, measured in (("engine: ready for a score", engines), ("screen: first paint", screens)):
        taken = statistics.median(seconds for seconds, _ in measured)
        memory = statistics.median(megabytes for _, megabytes in measured)
        rows.append((name, f"{taken * 1e3:,.0f}", f"{memory:,.0f}", f"{taken / bare:.1f}"))
    header = ("warm start", "ms", "RSS MB", "÷ bare Python")
    note = f"reference: an empty Python process, {bare * 1e3:.0f} ms; kernels in the cache; screen of 120×40"
    return [BenchTable("screen", header, tuple(rows), (1, 2, 3), (note,))]


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def _engine() -> tuple[float, float]:
    """Seconds until the engine says Ready, and its memory then."""
    began = time.perf_counter()
    with subprocess.Popen(ENGINE_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if b'"ready"' in line:
                break
        taken = time.perf_counter() - began
        memory = _megabytes(child.pid)
        assert child.stdin is not None
        child.stdin.close()
    return taken, memory


def _screen() -> tuple[float, float]:
    """Seconds until the screen has painted, in a terminal of its own, and its memory once the engine has answered."""
    with tempfile.TemporaryDirectory() as state:
        began = time.perf_counter()
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="40", XDG_STATE_HOME=state)
            os.execv(COMMAND[0], COMMAND)
        try:
            taken = _painted(terminal, began)
            give_up = time.perf_counter() + SETTLE_S
            while time.perf_counter() < give_up:
                _read(terminal, 0.1)
            return taken, _megabytes(pid)
        finally:
            os.kill(pid, signal.SIGTERM)
            os.close(terminal)
            os.waitpid(pid, 0)


def _painted(terminal: int, began: float) -> float:
    received = 0
    while received < FIRST_PAINT_BYTES:
        received += len(_read(terminal, 0.05))
        if time.perf_counter() - began > PATIENCE_S:
            raise ValueError(f"the screen painted nothing in {PATIENCE_S:.0f} s")
    return time.perf_counter() - began


def _read(terminal: int, patience_s: float) -> bytes:
    ready, _, _ = select.select([terminal], [], [], patience_s)
    try:
        return os.read(terminal, 1 << 16) if ready else b""
    except OSError:
        return b""


def _megabytes(pid: int) -> float:
    """Resident memory; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0")
    return int(kilobytes) / 1e3
