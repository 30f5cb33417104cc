"""How a search goes on, on stderr: a bar on a terminal, plain lines now and then otherwise."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from workbench.cli.ending import say
from workbench.cli.output import PLAIN_EVERY_S
from workbench.engine.messages import Snapshot
from workbench.tui import numbers

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

STEPS = 1000  # of the bar, whatever limits the search


def words_of(snapshot: Snapshot) -> str:
    """One line: generation, designs, rate, best, time left."""
    best = f"best {numbers.edp_mj_s(snapshot.best[0].edp_j_s)} mJ·s" if snapshot.best else "nothing fits yet"
    left = "" if snapshot.seconds_left is None else f", {numbers.duration(snapshot.seconds_left)} left"
    evaluations = numbers.number(snapshot.evaluations)
    return f"generation {snapshot.generation}, {evaluations} designs, {numbers.rate(snapshot.rate_per_s)}, {best}{left}"


def share_done(snapshot: Snapshot) -> float | None:
    """How much of the tighter limit has been used, 0 to 1; None without a limit."""
    shares = []
    if snapshot.evaluations_limit:
        shares.append(snapshot.evaluations / snapshot.evaluations_limit)
    if snapshot.seconds_limit:
        shares.append(snapshot.elapsed_s / snapshot.seconds_limit)
    return min(1.0, max(shares)) if shares else None


class SearchProgress:
    """Shows snapshots as they come; a context manager, so that the terminal is left in order."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._last_line = 0.0
        self._state = ""

    def __enter__(self) -> "SearchProgress":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (BarColumn(bar_width=24), TextColumn("{task.description}", markup=False))
            self._bar = Progress(*columns, console=Console(stderr=True, highlight=False), refresh_per_second=4)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, snapshot: Snapshot) -> None:
        """The newest snapshot."""
        ended = snapshot.state not in ("running", "paused")
        words = words_of(snapshot) if snapshot.state == "running" else f"{snapshot.state}: {words_of(snapshot)}"
        if snapshot.state == "failed":  # why is said by whoever asked
            self._state = snapshot.state
            return
        if self._bar is not None:
            share = share_done(snapshot)
            if self._task is None:
                self._task = self._bar.add_task(words, total=None if share is None else STEPS)
            done = STEPS * (share or 0.0)
            self._bar.update(self._task, description=words, completed=done)
        elif ended or snapshot.state != self._state or time.monotonic() - self._last_line >= PLAIN_EVERY_S:
            self._last_line = time.monotonic()
            say(words)
        self._state = snapshot.state
