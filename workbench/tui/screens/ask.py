"""Short questions: a text, yes or no, and what becomes of unsaved edits."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import AMBER, BOLD, DIM, STRONG, TEXT
from workbench.tui.screens.overlay import BoxRows, Overlay

Keys = tuple[tuple[str, str], ...]


class _Lines(BoxRows):
    def __init__(self, lines: tuple[str, ...], keys: Keys, heading: bool = False) -> None:
        super().__init__(len(lines) + (2 if keys else 0))
        self._lines, self._keys, self._heading = lines, keys, heading

    def draw(self, canvas: Canvas) -> None:
        """Lines, a blank row, keys on the right."""
        for y, line in enumerate(self._lines):
            canvas.put(1, y, line, BOLD if self._heading and y == 0 else TEXT if y == 0 else DIM)
        if self._keys:
            parts = [part for key, words in self._keys for part in ((f"   {key}", STRONG), (f" {words}", DIM))]
            canvas.runs_right(canvas.width - 1, canvas.height - 1, *[(t, i.as_bold() if i is STRONG else i)
                                                                    for t, i in parts])  # fmt: skip


def _wrapped(text: str, width: int = 70) -> tuple[str, ...]:
    from textwrap import wrap

    return tuple(wrap(text, width))


class AskText(Overlay[str]):
    """One line of text."""

    def __init__(self, question: str, value: str, about: str = "") -> None:
        super().__init__()
        self._question, self._value, self._about = question, value, about

    def compose(self) -> ComposeResult:
        """Question, input, keys."""
        about = _wrapped(self._about)
        with Vertical(classes="frame"):
            yield _Lines((self._question, ""), (), heading=True)
            yield Input(self._value, select_on_focus=False, compact=True)
            yield _Lines(("", *about), (("enter", "save"), ("esc", "close")))

    def on_mount(self) -> None:
        """Type at once; the cursor stands before the suffix."""
        field = self.query_one(Input)
        field.cursor_blink = False
        field.focus()
        field.cursor_position = len(self._value.removesuffix(".toml"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answered."""
        self.dismiss(event.value.strip())


class Confirm(Overlay[bool]):
    """Yes or no: `enter` does it."""

    def __init__(self, question: str, verb: str, no: str = "leave it") -> None:
        super().__init__()
        self._question, self._verb, self._no = question, verb, no

    def compose(self) -> ComposeResult:
        """Question and keys."""
        with Vertical(classes="frame"):
            yield _Lines(_wrapped(self._question), (("enter", self._verb), ("esc", self._no)))

    def on_key(self, event: events.Key) -> None:
        """Enter and y say yes, n says no."""
        if event.key in ("enter", "y"):
            event.stop()
            self.dismiss(True)
        elif event.key == "n":
            event.stop()
            self.dismiss(False)


class Leave(Overlay[str]):
    """What becomes of unsaved edits: `save`, `discard`, or nothing."""

    ANSWERS: ClassVar = {"s": "save", "enter": "save", "d": "discard"}

    def __init__(self, name: str) -> None:
        super().__init__()
        self._design_name = name

    def compose(self) -> ComposeResult:
        """Question and keys."""
        with Vertical(classes="frame"):
            yield _Mark(self._design_name)

    def on_key(self, event: events.Key) -> None:
        """s saves, d discards."""
        if event.key in self.ANSWERS:
            event.stop()
            self.dismiss(self.ANSWERS[event.key])


class _Mark(BoxRows):
    def __init__(self, name: str) -> None:
        super().__init__(4)
        self._design_name = name

    def draw(self, canvas: Canvas) -> None:
        """Name, consequence, keys."""
        words = " has edits that are not saved."
        canvas.runs(1, 0, (f"{canvas.glyphs.unsaved} ", AMBER), (self._design_name, BOLD), (words, TEXT))
        canvas.put(1, 1, "A search that is running goes on.", DIM)
        canvas.runs_right(
            canvas.width - 1, 3, ("s", BOLD), (" save", DIM), ("   d", BOLD), (" discard", DIM), ("   esc", BOLD),
            (" stay", DIM),
        )  # fmt: skip
