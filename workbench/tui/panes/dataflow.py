"""The dataflow of the sub-accelerator at hand: its text, what is wrong with it, and what it does in plain words.

On ASIC boards it has two texts: the one over its cores, and the one over the PEs inside each core.
"""

from collections import deque
from collections.abc import Iterable
from textwrap import wrap
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.message import Message

from workbench.dataflow.core_dataflow import CoreDataflow
from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.core_words import describe_core, loop_nest
from workbench.dataflow.diagnostic import Diagnostic, Severity, apply_fix, has_errors
from workbench.dataflow.library import load_dataflows
from workbench.dataflow.pe_diagnosis import PeDiagnosis, Representative, diagnose_pe, representatives
from workbench.dataflow.pe_words import describe_pe
from workbench.design.design import SubAccelerator
from workbench.design.pe_text import pe_core
from workbench.hardware.board import Family
from workbench.hardware.core import PeArrayCore
from workbench.hardware.presets import load_core
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.first_steps import Step
from workbench.tui.ink import AMBER, BOLD, DATA_BOLD, DIM, RED, STRONG, TEXT, Ink
from workbench.tui.panes.editor import DataflowEditor
from workbench.tui.panes.pane import Pane, Parts
from workbench.tui.state import State
from workbench.workload.jobs import jobs_of
from workbench.workload.workload import Workload

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


def own_directives(sub: SubAccelerator) -> str:
    """The directives that a sub-accelerator's cores come with; empty for cores without PEs."""
    core = load_core(sub.core)
    return core.directives if isinstance(core, PeArrayCore) else ""


class DataflowPane(Pane):
    """Pane 2."""

    NUMBER = "2"
    NAME = "Dataflow"
    TAB = "Dataflow"
    CONTEXT = Context.DATAFLOW
    HINT = Step.DATAFLOW
    BINDINGS: ClassVar = bindings(Context.DATAFLOW)

    class TextEdited(Message):
        """The text of a sub-accelerator's dataflow shall change; `inside`: the one over PEs."""

        def __init__(self, sub_id: str, text: str, typed: bool, inside: bool) -> None:
            self.sub_id, self.text, self.typed, self.inside = sub_id, text, typed, inside
            super().__init__()

    class LibraryWanted(Message):
        """A named dataflow shall be chosen."""

    class ModelsWanted(Message):
        """Both models' cycles shall be shown side by side."""

    def __init__(self, **options: str) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.editor = DataflowEditor()
        self.inside = False  # the PEs' text is shown
        self._shown = ("", "", False)  # sub-accelerator, core and level of the text in the editor
        self._workload: Workload | None = None
        self._layers: tuple[Representative, ...] = ()
        self._diagnosis: PeDiagnosis | None = None
        self._state_text = ""  # of the state shown last
        self._sent: deque[str] = deque(maxlen=64)  # texts on their way to the session, so that no echo undoes typing
        self._resolved: CoreDataflow | None = None
        self._words_at = 0
        self.nest = False

    def compose(self) -> ComposeResult:
        """The editor lies on the pane's rows."""
        yield self.editor

    def title(self) -> str:
        """Whose dataflow."""
        what = "PEs" if self.inside else "Dataflow"
        return f"{what} of {self.state.selected}" if self.state else what

    def title_right(self, width: int) -> Parts:
        """Its name in the library, or that it has been edited."""
        name = named_dataflow(self.editor.text)
        if self.inside and self.state and not self.state.sub.pe_dataflow:
            name = f"{self.state.sub.core}'s own"
        if name:
            return ((name if len(name) < width - 28 else "", DIM),) if len(name) < width - 28 else ()
        return (("edited ", DIM), (self.look.glyphs.unsaved, AMBER))

    @property
    def has_pes(self) -> bool:
        """Whether the cores at hand are PE arrays, with a text of their own inside."""
        return self.state is not None and self.state.board.family is Family.ASIC

    def text_of(self, sub: SubAccelerator) -> str:
        """The text that the pane shows of a sub-accelerator."""
        core = pe_core(sub) if self.inside else None
        return sub.dataflow if core is None else core.directives

    def show(self, state: State) -> None:
        """Show a state: another text only where it is not the echo of what was typed."""
        self.state = state
        self.inside = self.inside and self.has_pes
        sub = state.sub
        text = self.text_of(sub)
        shown = (sub.id, sub.core if self.inside else "", self.inside)
        if shown != self._shown:
            self._shown = shown
            self._sent.clear()
            self.editor.inside = self.inside
            self.editor.show_text(text)
        elif text in self._sent:
            while self._sent and self._sent.popleft() != text:
                pass
            if not self._sent and not self.editor.ahead:
                self.editor.show_text(text)
        elif text != self._state_text or not (self._sent or self.editor.ahead):  # not an echo: undone, adopted, fixed
            self._sent.clear()
            self.editor.show_text(text)
        self._state_text = text
        self._resolve()
        self.redraw()

    def _resolve(self) -> None:
        assert self.state is not None
        sub = self.state.sub
        core = pe_core(sub)
        if self.inside and core is not None:
            self._diagnosis = diagnose_pe(self._written(sub), self._representatives(), core.pes)
            self.editor.set_diagnostics(self._diagnosis.found)
            return
        link = self.state.board.psum_link_bytes_per_cycle > 0
        self._resolved, found = resolve_core(self.editor.text, sub.rows, sub.cols, sub.planes, link)
        self.editor.set_diagnostics(tuple(found))

    def _written(self, sub: SubAccelerator) -> str:
        """The PEs' text in the editor; an empty one stands for the core's own."""
        return self.editor.text if self.editor.text.strip() else self.text_of(sub)

    def _representatives(self) -> tuple[Representative, ...]:
        assert self.state is not None
        if self._workload is not self.state.workload:
            self._workload = self.state.workload
            self._layers = representatives(jobs_of(self._workload).shapes)
        return self._layers

    @property
    def fixable(self) -> Diagnostic | None:
        """The first diagnostic with a fix."""
        return next((d for d in self.editor.diagnostics if d.fix is not None), None)

    def apply_fix(self) -> bool:
        """Apply the first fix; False where there is none."""
        diagnostic = self.fixable
        if diagnostic is None or self.state is None:
            return False
        text = apply_fix(self.editor.text, diagnostic)
        self.post_message(self.TextEdited(self.state.sub.id, text, typed=False, inside=self.inside))
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
        if self.inside:
            if not errors:
                self._draw_pe_words(canvas, y)
                return
        elif self._resolved is not None:
            self._draw_core_words(canvas, y, self._resolved, sub)
            return
        count = len(errors)
        words = f"{count} mistake{'s' * (count != 1)}; the design is not scored until it is mended"
        canvas.put(2, y, canvas.glyphs.misfit, RED)
        for k, line in enumerate(wrap(words, canvas.width - 5)):
            canvas.put(4, y + k, line, TEXT)

    def _draw_core_words(self, canvas: Canvas, y: int, dataflow: CoreDataflow, sub: SubAccelerator) -> None:
        y = self._draw_words(canvas, y, describe_core(dataflow, sub.rows, sub.cols, sub.planes))
        nest = loop_nest(dataflow, sub.rows, sub.cols, sub.planes).split("\n")
        if (self.nest or canvas.height - y >= 12) and y + 2 < canvas.height:
            self._draw_nest(canvas, y + 1, nest)

    def _draw_words(self, canvas: Canvas, y: int, lines: Iterable[str]) -> int:
        for k, line in enumerate(lines):
            for n, words in enumerate(wrap(line, canvas.width - 5)):
                canvas.put(2, y, canvas.glyphs.fits if k == n == 0 else " ", STRONG)
                canvas.put(4, y, words, TEXT if k == 0 else DIM)
                y += 1
        return y

    def _draw_pe_words(self, canvas: Canvas, y: int) -> None:
        """What stays, is multicast and is added up in the largest layer; then the hints, as far as there is room."""
        found = self._diagnosis
        if found is None or found.levels is None or found.problem is None:
            self._draw_words(canvas, y, ("No layer of this workload multiplies: nothing to say of its PEs",))
            return
        y = self._draw_words(canvas, y, (*describe_pe(found.levels, found.problem), f"for {found.layer} layers"))
        hints = [d for d in found.found if d.severity is Severity.HINT]
        if not hints or y + 2 >= canvas.height:
            return
        y += 1
        for hint in hints:
            for n, words in enumerate(wrap(hint.message, canvas.width - 12)):
                if y >= canvas.height:
                    return
                canvas.put(4, y, f"{hint.line}:{hint.column}" if n == 0 else "", DIM)
                canvas.put(10, y, words, DIM)
                y += 1

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
        if event.text == self.editor.heard:  # told twice of two changes at once
            return
        self.editor.heard = event.text
        assert self.state is not None
        sub = self.state.sub
        self._sent.append(event.text if event.text.strip() or not self.inside else own_directives(sub))
        self._resolve()
        self.post_message(self.TextEdited(sub.id, event.text, typed=True, inside=self.inside))
        self.redraw()

    def on_dataflow_editor_grown(self, event: DataflowEditor.Grown) -> None:
        """More or fewer rows."""
        event.stop()
        self.redraw()

    def on_dataflow_editor_left(self, event: DataflowEditor.Left) -> None:
        """Back to the pane."""
        event.stop()
        self.screen.set_focus(self)

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
        self.screen.set_focus(self.editor)  # at once: the next key may have come with this one

    def action_dataflow_library(self) -> None:
        """Choose a named dataflow."""
        self.post_message(self.LibraryWanted())

    def action_level(self) -> None:
        """The text over the cores, or the one over the PEs inside each."""
        if self.state is None:
            return
        if not self.has_pes:
            self.notify("only PE arrays (boards edge, mobile, cloud) have directives inside their cores", timeout=4)
            return
        self.inside = not self.inside
        self.show(self.state)

    def action_models(self) -> None:
        """Both models' cycles on the workload's largest layers."""
        if self.has_pes:
            self.post_message(self.ModelsWanted())
        else:
            self.notify("the two models speak of PE arrays (boards edge, mobile, cloud)", timeout=4)

    def action_loop_nest(self) -> None:
        """Show or hide the loop nest."""
        self.nest = not self.nest
        self.redraw()
