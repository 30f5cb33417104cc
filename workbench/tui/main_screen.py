"""The main screen: score band, four panes, footer; it lays them out and hands every state to them."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from workbench.tui.actions import Context
from workbench.tui.charts.canvas import Canvas
from workbench.tui.footer import Footer
from workbench.tui.frame import ColumnRule, TabRow
from workbench.tui.ink import BOLD, TEXT
from workbench.tui.layout import LEAST_HEIGHT, LEAST_WIDTH, ROOMY_PANE, Box, Layout, Mode, arrange
from workbench.tui.painting import ExactCompositor
from workbench.tui.panes.dataflow import DataflowPane
from workbench.tui.panes.grid import GridPane
from workbench.tui.panes.monitor import MonitorPane
from workbench.tui.panes.pane import Pane
from workbench.tui.panes.score_band import ScoreBand
from workbench.tui.panes.workload import WorkloadPane
from workbench.tui.place import place
from workbench.tui.rows import Rows
from workbench.tui.state import State

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp


class TooSmall(Rows):
    """Says that the terminal is too small, and how large it must be."""

    def draw(self, canvas: Canvas) -> None:
        """Two lines."""
        y = max(0, canvas.height // 2 - 1)
        canvas.put(1, y, "The terminal is too small.", BOLD)
        size = self.app.size
        canvas.put(1, y + 1, f"{size.width} x {size.height}; at least {LEAST_WIDTH} x {LEAST_HEIGHT}", TEXT)


class MainScreen(Screen[None]):
    """What the workbench opens with."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    CONTEXT: ClassVar[Context | None] = None

    def __init__(self) -> None:
        super().__init__()
        self._compositor = ExactCompositor()
        self.band = ScoreBand()
        self.tabs = TabRow()
        self.workload = WorkloadPane()
        self.dataflow = DataflowPane()
        self.grid = GridPane()
        self.monitor = MonitorPane()
        self.column = ColumnRule()
        self.footer = Footer()
        self.too_small = TooSmall()
        self.panes: tuple[Pane, ...] = (self.workload, self.dataflow, self.grid, self.monitor)
        self.tabs.panes = self.panes
        self.current = 3
        self.maximised = False
        self.layout_now: Layout | None = None
        self._shown: State | None = None

    @property
    def workbench(self) -> "WorkbenchApp":
        """The app, typed."""
        return cast("WorkbenchApp", self.app)

    def compose(self) -> ComposeResult:
        """All parts; those without a place are not displayed."""
        yield self.band
        yield self.tabs
        yield from self.panes
        yield self.column
        yield self.footer
        yield self.too_small

    def on_mount(self) -> None:
        """Lay out and begin in the core grid."""
        self.lay_out()
        self.panes[self.current - 1].focus()

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """Lay out for the new size."""
        self.lay_out()

    def lay_out(self) -> None:
        """Give every part its place."""
        width, height = self.app.size
        layout = arrange(width, height, self.current, self.maximised)
        self.layout_now = layout
        small = layout.mode is Mode.TOO_SMALL
        tabs = layout.mode is Mode.TABS
        place(self.too_small, Box(0, 0, width, height) if small else None)
        place(self.band, None if small else layout.band)
        place(self.footer, None if small else layout.footer)
        self.band.compact = tabs
        place(self.tabs, layout.tabs)
        self.tabs.active = self.current
        place(self.column, layout.column)
        self.column.junction = layout.junction
        for number, pane in enumerate(self.panes, start=1):
            box = layout.panes.get(number)
            pane.titled = not tabs
            pane.roomy = box is not None and box.height >= ROOMY_PANE
            place(pane, box)
        for part in (self.band, self.tabs, self.column, self.footer, self.too_small, *self.panes):
            if part.display:
                part.redraw()

    def show(self, state: State) -> None:
        """Show a state in every part that is there; one that is not gets it when it comes."""
        before, self._shown = self._shown, state
        self.tabs.show(state)
        if before and before.snapshot is not state.snapshot and replace(before, snapshot=state.snapshot) == state:
            self.monitor.show(state)  # the search goes on: nothing else depends on it
        else:
            self.band.show(state)
            for pane in self.panes:
                pane.show(state)
        self.footer.redraw()

    def go_to(self, number: int) -> None:
        """Put the focus on a pane; in a narrow or maximised screen it comes up."""
        self._bring_up(number)
        self.set_focus(self.panes[number - 1])  # at once: the next key may have come with this one

    def _bring_up(self, number: int) -> None:
        if number != self.current:
            self.current = number
            if self.layout_now is None or self.layout_now.mode is not Mode.FOUR:
                self.lay_out()

    def maximise(self) -> None:
        """The focused pane alone, or all four again."""
        self.maximised = not self.maximised
        self.lay_out()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The pane that has the focus is the current one; an event that another has overtaken says nothing."""
        for number, pane in enumerate(self.panes, start=1):
            if event.widget is self.focused and (event.widget is pane or pane in event.widget.ancestors):
                self._bring_up(number)
        self.tabs.active = self.current
        self.tabs.redraw()
        self.footer.redraw()

    def focused_pane(self) -> Pane:
        """The current pane."""
        return self.panes[self.current - 1]
