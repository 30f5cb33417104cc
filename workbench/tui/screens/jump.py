"""Jump mode: a letter on every pane, sub-accelerator and tenant; typing it goes there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult

from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import Ink, Role
from workbench.tui.layout import Box
from workbench.tui.place import place
from workbench.tui.rows import Rows
from workbench.tui.screens.overlay import Overlay

if TYPE_CHECKING:
    from workbench.tui.main_screen import MainScreen

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


@dataclass(frozen=True, slots=True)
class Target:
    """A place on the screen and what going there does."""

    x: int
    y: int
    go: Callable[[], object]


def targets(main: "MainScreen") -> list[Target]:
    """Panes first, then what can be selected in them."""
    found = []
    for number, pane in enumerate(main.panes, start=1):
        if pane.display:
            region = pane.region
            x = region.x + 1 if pane.titled else region.right - 4
            found.append(Target(x, region.y, lambda n=number: main.go_to(n)))  # type: ignore[misc]
        elif main.tabs.display:
            at = 2 + sum(len(p.TAB) + 5 for p in main.panes[: number - 1])
            found.append(Target(at - 1, main.tabs.region.y, lambda n=number: main.go_to(n)))  # type: ignore[misc]
    for pane in (main.workload, main.grid):
        if not pane.display:
            continue
        seen: set[int] = set()
        for y, index in sorted(pane.rows_on_screen.items()):
            if index not in seen:
                seen.add(index)
                number = main.panes.index(pane) + 1

                def go(pane: object = pane, number: int = number, index: int = index) -> None:
                    main.go_to(number)
                    pane.move_to(index)  # type: ignore[attr-defined]

                found.append(Target(pane.region.x, pane.region.y + y, go))
    return found[: len(LETTERS)]


class _Label(Rows):
    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter

    def draw(self, canvas: Canvas) -> None:
        """The letter, reversed."""
        canvas.put(0, 0, f" {self._letter} ", Ink(Role.PAGE, bold=True, back=Role.ACCENT, reverse=False))


class Jump(Overlay[int]):
    """Dismisses with the number of the target."""

    def __init__(self, found: list[Target]) -> None:
        super().__init__()
        self._found = found
        self._labels = [_Label(letter) for letter in LETTERS[: len(found)]]

    def compose(self) -> ComposeResult:
        """A label on every target."""
        yield from self._labels

    def on_mount(self) -> None:
        """Put the labels where they belong."""
        for label, target in zip(self._labels, self._found, strict=True):
            place(label, Box(target.x, target.y, 3, 1))

    def on_key(self, event: events.Key) -> None:
        """A letter goes there, any other key closes."""
        event.stop()
        at = LETTERS.find(event.character or " ")
        self.dismiss(at if 0 <= at < len(self._found) else None)
