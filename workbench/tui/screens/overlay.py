"""Overlays: a framed box over the dimmed screen. The only things on the screen with a frame."""

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.containers import Vertical
from textual.screen import ModalScreen

from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import Role
from workbench.tui.rows import Rows

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

Answer = TypeVar("Answer")
WIDTH = 76  # of the box, frame included


class Overlay(ModalScreen[Answer], Generic[Answer]):
    """A box in the middle; `escape` closes it without an answer."""

    BINDINGS: ClassVar = [("escape", "cancel", "close")]
    AUTO_FOCUS: ClassVar[str | None] = ""

    @property
    def workbench(self) -> "WorkbenchApp":
        """The app, typed."""
        return cast("WorkbenchApp", self.app)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close, once: the next key may have come with the one that closed it."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class Frame(Vertical):
    """The box."""

    def __init__(self, *children: Rows) -> None:
        super().__init__(*children, classes="frame")


class BoxRows(Rows):
    """Rows inside a box; `lines` tells its height."""

    PAGE: ClassVar[Role] = Role.BAND

    def __init__(self, height: int) -> None:
        super().__init__()
        self.styles.height = height
        self.styles.width = "1fr"

    def draw(self, canvas: Canvas) -> None:
        """Nothing."""
