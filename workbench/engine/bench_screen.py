"""The screen on a real terminal: how soon it paints, answers and scores, and how many bytes that takes."""

import compileall
import os
import statistics
import tempfile
import time
from pathlib import Path

import workbench
from workbench.engine.bench import BenchTable
from workbench.engine.bench_kills import bench_kills
from workbench.engine.bench_terminal import BenchTerminal, children, command, megabytes, processor_s
from workbench.engine.stations import Stations

STARTS = 5
EDITS = 60
LISTEN_S = 8.0
SIZES = ((120, 40), (200, 60))
# Ends by itself should the benchmark be interrupted.
LONG_SEARCH = ("search", "mixed", "--board", "u280", "--seconds", "900", "--detach")
FIRST_PAINT = "LUT leaves room"  # the last row of the core grid
EDP_ROW = 2
STEPS = "---+++"  # columns of cores from 4 down to 1 and back: every step changes the score


def bench_screen(_: Stations, kills: int = 20) -> list[BenchTable]:
    """Start-up, latency, bytes and memory of the screen; then `kills` kills at random moments."""
    compileall.compile_dir(Path(workbench.__file__).parent, quiet=1)  # as pip does where it installs
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        rows = [*_starts(home), *_edits(home, "idle")]
        run = command(home, *LONG_SEARCH)
        try:
            rows += _edits(home, "with a search")
            rows += _monitor(home)
        finally:
            command(home, "stop", run)
    load = " ".join(f"{number:.1f}" for number in os.getloadavg())
    note = (
        f"mixed on u280, terminal of 120×40 unless said otherwise; modules compiled, kernels in the cache; "
        f"{os.cpu_count()} processors, load {load}"
    )
    header = ("screen", "median", "p95", "promised", "unit")
    return [BenchTable("screen", header, tuple(rows), (1, 2), (note,)), bench_kills(kills)]


Row = tuple[str, str, str, str, str]


def _row(name: str, values: list[float], promised: str, unit: str) -> Row:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return name, f"{statistics.median(ordered):,.1f}", f"{p95:,.1f}" if len(ordered) > 1 else "", promised, unit


def _starts(home: Path) -> list[Row]:
    paints, scores, screens, engines, busy = [], [], [], [], []
    idle = 0
    for _ in range(STARTS):
        with BenchTerminal(home) as terminal:
            terminal.until(lambda: terminal.shows(FIRST_PAINT), "its first paint")
            paints.append((time.perf_counter() - terminal.began) * 1e3)
            busy.append(processor_s(terminal.process.pid) * 1e3)
            terminal.until(lambda: _edp(terminal), "a score")
            scores.append((time.perf_counter() - terminal.began) * 1e3)
            terminal.settle(1.0)
            screens.append(megabytes(terminal.process.pid))
            engines += [megabytes(child) for child in children(terminal.process.pid)]
            if not idle:
                idle = terminal.listen(LISTEN_S)
    return [
        _row("first paint", paints, "≤ 500", "ms"),
        _row("processor time to the first paint", busy, "", "ms"),
        _row("first score", scores, "≤ 2,000", "ms"),
        ("idle", f"{idle / LISTEN_S:,.0f}", "", "0", "B/s"),
        _row("memory of the screen", screens, "", "MB"),
        _row("memory of the engine", engines or [0.0], "", "MB"),
    ]


def _edits(home: Path, words: str) -> list[Row]:
    rows = []
    for size in SIZES:
        with BenchTerminal(home, size=size) as terminal:
            terminal.until(lambda: _edp(terminal), "a score")
            terminal.settle(1.0 if words == "idle" else 0.1)
            everyone = [terminal.process.pid, *children(terminal.process.pid)]
            busy = [processor_s(pid) for pid in everyone]
            painted, scored, sent = _edit_times(terminal, settle=words == "idle")
            busy = [(processor_s(pid) - before) * 1e3 / EDITS for pid, before in zip(everyone, busy, strict=True)]
        place = f"{size[0]}×{size[1]}"
        if size == SIZES[0]:
            rows.append(_row(f"key to repainted text, {words}", painted, "≤ p95 30", "ms"))
            rows.append(_row(f"edit to new score, {words}", scored, "≤ p95 60", "ms"))
            rows.append((f"processor time of screen and engine an edit, {words}", f"{sum(busy):,.1f}", "", "", "ms"))
        if words == "idle":
            rows.append(_row(f"an edit, {place}", sent, "≤ 8" if size == SIZES[0] else "", "kB"))
    return rows


def _edit_times(terminal: BenchTerminal, settle: bool) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds to the new text, milliseconds to the new score, kilobytes of each edit."""
    painted, scored, sent = [], [], []
    columns = 4
    terminal.press("3")
    terminal.listen(0.5)
    for number in range(EDITS):
        key = STEPS[number % len(STEPS)]
        columns += 1 if key == "+" else -1
        words = f"× {columns} col"
        before, old = terminal.bytes, _edp(terminal)
        began = time.perf_counter()
        terminal.press(key)
        terminal.until(lambda: terminal.shows(words), words)  # noqa: B023
        painted.append((time.perf_counter() - began) * 1e3)
        terminal.until(lambda: _edp(terminal) not in ("", old), "another score")  # noqa: B023
        scored.append((time.perf_counter() - began) * 1e3)
        if settle:
            terminal.settle()
        else:
            terminal.listen(0.3)
        sent.append((terminal.bytes - before) / 1e3)
    return painted, scored, sent


def _monitor(home: Path) -> list[Row]:
    rows = []
    for size in SIZES:
        for words, promised, arguments in (("at 4 Hz", "≤ 5", ()), ("with --slow", "≤ 1.5", ("--slow",))):
            with BenchTerminal(home, *arguments, size=size) as terminal:
                terminal.until(lambda: _edp(terminal), "a score")
                terminal.until(lambda: terminal.shows("running"), "a search")
                terminal.listen(2.0)
                sent = [terminal.listen(1.0) / 1e3 for _ in range(round(LISTEN_S))]
                name = f"monitor {words}, {size[0]}×{size[1]}"
                rows.append((name, f"{statistics.mean(sent):,.1f}", f"{max(sent):,.1f}",
                             promised if size == SIZES[0] else "", "kB/s"))  # fmt: skip
    return rows


def _edp(terminal: BenchTerminal) -> str:
    """The EDP shown; empty as long as there is none."""
    words = terminal.rows[EDP_ROW].split()
    return words[0] if len(words) > 1 and words[1] == "mJ·s" else ""
