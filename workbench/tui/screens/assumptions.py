"""Assumptions: every field of the board a user may change, where it comes from, and the score at other values."""

from textwrap import wrap
from typing import ClassVar

import msgspec

from workbench.design import edit
from workbench.design.assumptions import unconfirmed_facts
from workbench.design.sweep import Sweep
from workbench.engine.client import EngineError
from workbench.hardware.presets import load_energy
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.board_fields import (
    BoardField,
    Value,
    board_fields,
    is_set,
    other_values,
    own_value,
    plain_words,
    read_value,
    source_words,
    stepped,
    value_of,
    words_of,
)
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import AMBER, BOLD, DIM, GREEN, RED, TEXT
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Pane, Parts, draw_cursor, draw_title
from workbench.tui.screens.ask import AskText
from workbench.tui.screens.choose import Choice, Choose
from workbench.tui.screens.full import FullScreen
from workbench.tui.state import State

VALUE_AT, SOURCE_AT = 28, 46
DETAILS = 9  # rows below the list
MOST_TRIED = 5  # other values that have room there


class AssumptionsPane(ListPane):
    """One row a field; what is changed here is an override in the design."""

    NAME = "Assumptions"
    CONTEXT = Context.ASSUMPTIONS
    BINDINGS: ClassVar = bindings(Context.ASSUMPTIONS)

    def __init__(self) -> None:
        super().__init__()
        self.tried: dict[str, Sweep] = {}  # by field, of the design at hand
        self.words = ""

    def show(self, state: State) -> None:
        """Show a state; what was tried belongs to its design."""
        if self.state is None or self.state.design != state.design:
            self.tried, self.words = {}, ""
        super().show(state)

    def rows(self) -> list[BoardField]:
        """Fields that pass the filter; `≈` finds the unconfirmed ones."""
        if self.state is None:
            return []
        return [f for f in board_fields(self.state.board) if self.matches(f"{f.label} {f.key} {self._mark(f)}")]

    def count(self) -> int:
        """Fields shown."""
        return len(self.rows())

    @property
    def chosen(self) -> BoardField | None:
        """The selected field."""
        rows = self.rows()
        return rows[min(self.cursor, len(rows) - 1)] if rows else None

    def _mark(self, field: BoardField) -> str:
        assert self.state is not None
        if is_set(self.state.design, field):
            return "set here"
        marked = any(name in (field.key, field.fact) for name in self.state.board.unconfirmed)
        marked = marked or (field.key == "energy" and load_energy(self.state.board.energy).unconfirmed)
        return "≈ unconfirmed" if marked else ""

    def moved(self) -> None:
        """What the engine said about another field is no longer news."""
        self.words = ""

    def title_right(self, width: int) -> Parts:  # noqa: ARG002
        """Board, and how much of it no document confirms."""
        if self.state is None:
            return ()
        board = self.state.board
        marks = [self._mark(f) for f in board_fields(board)]
        facts = unconfirmed_facts(board, load_energy(board.energy))
        words = f"{board.name}   {numbers.plural(len(facts), 'unconfirmed fact')}"
        changed = marks.count("set here")
        return ((words, DIM), (f"   {changed} set here" if changed else "", AMBER))

    def body(self, canvas: Canvas, top: int) -> None:
        """The list, then the selected field."""
        y = top + (1 if self.roomy else 0)
        if not self.draw_filter(canvas, y):
            canvas.put(2, y, "field", DIM)
        canvas.put(VALUE_AT, y, "value", DIM)
        canvas.put(SOURCE_AT, y, "source", DIM)
        details = DETAILS if canvas.height >= 18 else 0
        room = max(1, canvas.height - y - 1 - details)
        self.keep_visible(room)
        for k, field in enumerate(self.rows()[self.scroll_top : self.scroll_top + room]):
            self._row(canvas, y + 1 + k, field, self.scroll_top + k == self.cursor)
        if details:
            self._details(canvas, canvas.height - details + 1)

    def _row(self, canvas: Canvas, y: int, field: BoardField, here: bool) -> None:
        state = self.state
        assert state is not None
        mark = self._mark(field)
        ink = BOLD if here else TEXT
        canvas.put(2, y, field.label, ink)
        canvas.put(VALUE_AT, y, words_of(field, value_of(state.board, field)), BOLD if mark == "set here" else ink)
        x = SOURCE_AT
        if mark == "set here":
            x = canvas.put(x, y, f"set here; board: {words_of(field, own_value(state.design, field))}", AMBER) + 1
        elif mark:
            x = canvas.put(x, y, f"{canvas.glyphs.unconfirmed} unconfirmed", AMBER) + 2
        words = "" if mark == "set here" else source_words(state.board, field) or ("" if mark else "default")
        room = canvas.width - x - 2
        canvas.put(x, y, words if len(words) <= room else words[: room - 1] + canvas.glyphs.ellipsis, DIM)
        if here:
            draw_cursor(canvas, y, canvas.width, self.active)

    def _details(self, canvas: Canvas, y: int) -> None:
        field, state = self.chosen, self.state
        if field is None or state is None:
            return
        right = ((f"board.{field.key}", DIM),)
        draw_title(canvas, y - 1, canvas.width, "", field.label, right)
        source = source_words(state.board, field) or "a default of the model"
        for k, line in enumerate(wrap(source, canvas.width - 4)[:2]):
            canvas.put(2, y + k, line, DIM)
        y += 2
        found = self.tried.get(field.key)
        if found is None:
            canvas.runs(2, y, *((("w", BOLD), (" shows the score at other values", DIM)) if not self.words
                                else ((self.words, DIM),)))  # fmt: skip
            return
        now = state.shown_score.edp_j_s if state.shown_score else None
        canvas.put_right(38, y, "EDP mJ·s", DIM)
        canvas.put_right(50, y, "change %", DIM)
        rows: list[tuple[Value, float | None]] = [
            (p.values[0], p.edp_j_s) for p in found.points if isinstance(p.values[0], str | int | float)
        ]
        for k, (value, edp) in enumerate(rows[:MOST_TRIED]):
            canvas.put(2, y + 1 + k, words_of(field, value), TEXT)
            canvas.put_right(38, y + 1 + k, numbers.edp_mj_s(edp), TEXT)
            if edp is None:
                canvas.put(42, y + 1 + k, f"{canvas.glyphs.misfit} does not fit", RED)
            elif now:
                canvas.put_right(50, y + 1 + k, numbers.signed_percent(edp / now), GREEN if edp < now else TEXT)

    # ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _set(self, field: BoardField, value: Value) -> None:
        assert self.state is not None
        old, design = value_of(self.state.board, field), self.state.design
        if value == old:
            return
        words = f"{field.label} {words_of(field, old)} → {words_of(field, value)}"
        kept = None if value == own_value(design, field) else value
        self.workbench.session.edit(lambda d: (edit.override_board_field(d, field.key, kept), words))

    def _step(self, step: int) -> None:
        if self.chosen is not None and self.state is not None:
            self._set(self.chosen, stepped(self.chosen, value_of(self.state.board, self.chosen), step))

    def action_value_more(self) -> None:
        """One step up, or the next choice."""
        self._step(1)

    def action_value_less(self) -> None:
        """One step down, or the choice before."""
        self._step(-1)

    def action_value_reset(self) -> None:
        """What the board says."""
        if self.chosen is not None and self.state is not None:
            self._set(self.chosen, own_value(self.state.design, self.chosen))

    def action_value_edit(self) -> None:
        """Choose or type a value."""
        field, state = self.chosen, self.state
        if field is None or state is None:
            return
        now = value_of(state.board, field)
        if field.choices and field.key != "port_bytes_per_cycle":
            choices = [Choice(str(k), words_of(field, c), "now" if c == now else "", str(k))
                       for k, c in enumerate(field.choices)]  # fmt: skip

            def chosen(answer: str | None) -> None:
                if answer is not None:
                    self._set(field, field.choices[int(answer)])

            self.app.push_screen(Choose(field.label, choices), chosen)
            return

        def typed(text: str | None) -> None:
            if text:
                try:
                    self._set(field, read_value(field, text))
                except ValueError as error:
                    self.workbench.session.tell(str(error), "warning")

        question = f"{field.label}, {field.unit}" if field.unit else field.label
        self.app.push_screen(AskText(question, plain_words(field, now), source_words(state.board, field)), typed)

    def action_other_values(self) -> None:
        """Score the design at other values of the field."""
        field, state = self.chosen, self.state
        if field is not None and state is not None and field.key not in self.tried:
            self.words = "scoring at other values"
            self.redraw()
            self.workbench.session.spawn(self._try(field, state))

    async def _try(self, field: BoardField, state: State) -> None:
        values = other_values(field, value_of(state.board, field))
        asked = {"name": f"board.{field.key}", "values": list(values)}
        try:
            result = await self.workbench.session.engine.call(
                "sweep", {"design": msgspec.to_builtins(state.design), "variables": [asked]}
            )
            found = msgspec.convert(result, Sweep)
        except (EngineError, msgspec.ValidationError) as error:
            self.words = str(error)
        else:
            if self.state is None or self.state.design != state.design:
                return
            self.tried[field.key], self.words = found, ""
        self.redraw()


class AssumptionsScreen(FullScreen):
    """F."""

    CONTEXT: ClassVar[Context | None] = Context.ASSUMPTIONS

    def make_panes(self) -> tuple[Pane, ...]:
        """One pane."""
        return (AssumptionsPane(),)
