"""The dataflow of the sub-accelerator at hand: its text, what is wrong with it, and what it does in plain words."""

from collections import deque
from textwrap import wrap
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.message import Message

from workbench.dataflow.core_dataflow import CoreDataflow
from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.core_words import describe_core, loop_nest
from workbench.dataflow.diagnostic import Diagnostic, apply_fix, has_errors
from workbench.dataflow.library import load_dataflows
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import AMBER, BOLD, DATA_BOLD, DIM, RED, STRONG, TEXT, Ink
from workbench.tui.panes.editor import DataflowEditor
from workbench.tui.panes.pane import Pane, Parts
from workbench.tui.state import State

WORDS_ROWS = 4  # rows under the text kept for the plain words


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("//")


def named_dataflow(text: str) -> str:
    """Title of the library's dataflow with this text, comments apart; empty where there is none."""
    body = [line.strip() for line in text.splitlines() if line.strip() and not _is_comment(line)]
    for named in load_dataflows():
        if [line.strip() for line in named.text.splitlines() if line.strip() and not _is_comment(line)] == body:
            return named.title
    return ""


class DataflowPane(Pane):
    """Pane 2."""

    NUMBER = "2"
    NAME = "Dataflow"
    TAB = "Dataflow"
    CONTEXT = Context.DATAFLOW
    BINDINGS: ClassVar = bindings(Context.DATAFLOW)

    class TextEdited(Message):
        """The text of a sub-accelerator's dataflow shall change."""

        def __init__(self, sub_id: str, text: str, typed: bool) -> None:
            self.sub_id, self.text, self.typed = sub_id, text, typed
            super().__init__()

    class LibraryWanted(Message):
        """A named dataflow shall be chosen."""

    def __init__(self, **options: str) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.editor = DataflowEditor()
        self._sub_id = ""
        self._sent: deque[str] = deque(maxlen=64)  # texts on their way to the session, so that no echo undoes typing
        self._resolved: CoreDataflow | None = None
        self._words_at = 0
        self.nest = False

    def compose(self) -> ComposeResult:
        """The editor lies on the pane's rows."""
        yield self.editor

    def title(self) -> str:
        """Whose dataflow."""
        return f"Dataflow of {self.state.selected}" if self.state else "Dataflow"

    def title_right(self, width: int) -> Parts:
        """Its name in the library, or that it has been edited."""
        name = named_dataflow(self.editor.text)
        if name:
            return ((name if len(name) < width - 28 else "", DIM),) if len(name) < width - 28 else ()
        return (("edited ", DIM), (self.look.glyphs.unsaved, AMBER))

    def show(self, state: State) -> None:
        """Show a state: another text only where it is not the echo of what was typed."""
        self.state = state
        sub = state.sub
        if sub.id != self._sub_id:
            self._sub_id = sub.id
            self._sent.clear()
            self.editor.show_text(sub.dataflow)
        elif sub.dataflow in self._sent:
            while self._sent and self._sent.popleft() != sub.dataflow:
                pass
        elif not self._sent:
            self.editor.show_text(sub.dataflow)
        self._resolve()
        self.redraw()

    def _resolve(self) -> None:
        assert self.state is not None
        sub = self.state.sub
        link = self.state.board.psum_link_bytes_per_cycle > 0
        self._resolved, found = resolve_core(self.editor.text, sub.rows, sub.cols, sub.planes, link)
        self.editor.set_diagnostics(tuple(found))

    @property
    def fixable(self) -> Diagnostic | None:
        """The first diagnostic with a fix."""
        return next((d for d in self.editor.diagnostics if d.fix is not None), None)

    def apply_fix(self) -> bool:
        """Apply the first fix; False where there is none."""
        diagnostic = self.fixable
        if diagnostic is None or self.state is None:
            return False
        self.post_message(self.TextEdited(self._sub_id, apply_fix(self.editor.text, diagnostic), typed=False))
        return True

    def place_editor(self) -> None:
        """Give the editor the rows it needs and leave the rest to the words."""
        width, height = self.size
        top = (1 if self.titled else 0) + (1 if self.roomy else 0)
        most = max(2, height - top - WORDS_ROWS)
        rows = max(1, min(self.editor.row_count, most))
        styles = self.editor.styles
        styles.offset = (0, top)
        styles.width = max(1, width - 1)
        styles.height = rows
        self._words_at = top + rows + (1 if self.roomy else 0)

    def body(self, canvas: Canvas, top: int) -> None:  # noqa: ARG002  the editor's place decides
        """Plain words under the text, and the loop nest where it is wanted."""
        self.place_editor()
        assert self.state is not None
        y, sub = self._words_at, self.state.sub
        errors = [d for d in self.editor.diagnostics if has_errors([d])]
        if self._resolved is None:
            count = len(errors)
            words = f"{count} mistake{'s' * (count != 1)}; the design is not scored until it is mended"
            canvas.put(2, y, canvas.glyphs.misfit, RED)
            for k, line in enumerate(wrap(words, canvas.width - 5)):
                canvas.put(4, y + k, line, TEXT)
            return
        for k, line in enumerate(describe_core(self._resolved, sub.rows, sub.cols, sub.planes)):
            for n, words in enumerate(wrap(line, canvas.width - 5)):
                canvas.put(2, y, canvas.glyphs.fits if k == n == 0 else " ", STRONG)
                canvas.put(4, y, words, TEXT if k == 0 else DIM)
                y += 1
        nest = loop_nest(self._resolved, sub.rows, sub.cols, sub.planes).split("\n")
        if (self.nest or canvas.height - y >= 12) and y + 2 < canvas.height:
            self._draw_nest(canvas, y + 1, nest)

    def _draw_nest(self, canvas: Canvas, y: int, nest: list[str]) -> None:
        canvas.put(2, y, "Loop nest", DIM)
        room = canvas.height - y - 1
        y += 2 if room > len(nest) else 1
        for line in nest[: canvas.height - y]:
            indent = len(line) - len(line.lstrip())
            words = line.strip().split(" ")
            x = 4 + indent
            for k, word in enumerate(words):
                ink: Ink = DIM
                if k and words[k - 1] == "for":
                    ink = DATA_BOLD
                elif word == "parallel":
                    ink = BOLD
                if x + len(word) > canvas.width - 1:
                    canvas.put(min(x, canvas.width - 2), y, "…", DIM)
                    break
                x = canvas.put(x, y, word, ink) + 1
            y += 1

    def on_dataflow_editor_edited(self, event: DataflowEditor.Edited) -> None:
        """Diagnose at once, and ask the session for the edit."""
        event.stop()
        self._sent.append(event.text)
        self._resolve()
        self.post_message(self.TextEdited(self._sub_id, event.text, typed=True))
        self.redraw()

    def on_dataflow_editor_grown(self, event: DataflowEditor.Grown) -> None:
        """More or fewer rows."""
        event.stop()
        self.redraw()

    def on_dataflow_editor_left(self, event: DataflowEditor.Left) -> None:
        """Back to the pane."""
        event.stop()
        self.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:  # noqa: ARG002
        """The editor has the focus: so has the pane."""
        self.redraw()
        self.editor.refresh()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:  # noqa: ARG002
        """The editor has lost the focus."""
        self.redraw()
        self.editor.refresh()

    def action_edit_text(self) -> None:
        """Into the text."""
        self.editor.focus()

    def action_dataflow_library(self) -> None:
        """Choose a named dataflow."""
        self.post_message(self.LibraryWanted())

    def action_loop_nest(self) -> None:
        """Show or hide the loop nest."""
        self.nest = not self.nest
        self.redraw()
