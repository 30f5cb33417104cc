"""What commands print: one JSON object, or tables that read well on a terminal and in a file."""

import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from workbench.cli.ending import printable, say
from workbench.engine.messages import Progress

if TYPE_CHECKING:
    from workbench.engine.client import EngineEvent

WIDTH_IN_A_FILE = 160
PLAIN_EVERY_S = 5.0  # between two lines about one piece of work


def print_json(value: object) -> None:
    """The one JSON object of a command on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def print_line(text: str = "") -> None:
    """A line of the answer."""
    sys.stdout.write(printable(text) + "\n")


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> None:
    """A table without a frame; columns in `numbers` stand to the right. The last column wraps, others never."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(header):
        right = place in numbers
        table.add_column(name, justify="right" if right else "left", no_wrap=place < len(header) - 1, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    width = None if sys.stdout.isatty() else WIDTH_IN_A_FILE
    Console(file=sys.stdout, width=width, highlight=False).print(table)


class EngineWords:
    """Says what the engine does before it can answer, where that takes long enough to be noticed: a line at the
    beginning of each piece of work, and one now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_s = -math.inf

    def __call__(self, event: "EngineEvent") -> None:
        """One event of the engine."""
        if not isinstance(event, Progress) or not event.words:
            return
        if event.done <= 1 or self._clock() - self._last_s >= PLAIN_EVERY_S:
            self._last_s = self._clock()
            say(f"{event.words} …")


on_engine_event = EngineWords()
