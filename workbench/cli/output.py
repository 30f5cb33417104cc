"""What commands print: one JSON object, or tables that read well on a terminal and in a file."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from workbench.cli.ending import printable, say
from workbench.engine.messages import Progress

if TYPE_CHECKING:
    from workbench.engine.client import EngineEvent

WIDTH_IN_A_FILE = 160


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


def on_engine_event(event: "EngineEvent") -> None:
    """Say what the engine does before it can answer, where that takes long enough to be noticed."""
    if isinstance(event, Progress) and event.words:
        say(f"{event.words} …")
