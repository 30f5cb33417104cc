"""A screen of its own under the score band: a body of one or more panes, and the footer."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from workbench.tui.actions import Context
from workbench.tui.footer import Footer
from workbench.tui.frame import ColumnRule
from workbench.tui.layout import ROOMY_PANE, Box, Mode, arrange
from workbench.tui.painting import ExactCompositor
from workbench.tui.panes.pane import Pane
from workbench.tui.panes.score_band import ScoreBand
from workbench.tui.place import place
from workbench.tui.rows import Rows
from workbench.tui.state import State

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp


class FullScreen(Screen[None]):
    """Subclasses give `panes` and say where each lies in `boxes`."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    CONTEXT: ClassVar[Context | None] = None

    def __init__(self) -> None:
        super().__init__()
        self._compositor = ExactCompositor()
        self.band = ScoreBand()
        self.footer = Footer()
        self.column = ColumnRule()
        self.panes: tuple[Pane, ...] = self.make_panes()

    def make_panes(self) -> tuple[Pane, ...]:
        """The body's panes; the first gets the focus."""
        raise NotImplementedError

    def boxes(self, body: Box) -> tuple[list[Box | None], Box | None, int]:
        """Where the panes lie in the body, the rule between columns if there is one, and its junction's row."""
        return [body], None, 0

    @property
    def workbench(self) -> "WorkbenchApp":
        """The app, typed."""
        return cast("WorkbenchApp", self.app)

    def compose(self) -> ComposeResult:
        """Band, body, footer."""
        yield self.band
        yield from self.panes
        yield self.column
        yield self.footer

    def on_mount(self) -> None:
        """Lay out and show the state at hand."""
        self.lay_out()
        self.show(self.workbench.session.state)
        self.panes[0].focus()

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """Lay out for the new size."""
        self.lay_out()

    def lay_out(self) -> None:
        """Give every part its place."""
        width, height = self.app.size
        layout = arrange(width, height, 1, False)
        band = layout.band
        self.band.compact = layout.mode is Mode.TABS
        place(self.band, band if band.height else None)
        place(self.footer, layout.footer)
        body = Box(0, band.height, width, max(1, height - band.height - 1))
        boxes, column, junction = self.boxes(body)
        for pane, box in zip(self.panes, boxes, strict=True):
            pane.roomy = box is not None and box.height >= ROOMY_PANE
            place(pane, box)
        place(self.column, column)
        self.column.junction = junction
        parts: tuple[Rows, ...] = (self.band, self.footer, self.column, *self.panes)
        for part in parts:
            if part.display:
                part.redraw()

    def show(self, state: State) -> None:
        """Show a state."""
        self.band.show(state)
        for pane in self.panes:
            pane.show(state)
        self.footer.redraw()
