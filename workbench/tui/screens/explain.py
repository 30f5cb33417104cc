"""Explain: what bounds the score, where energy and core time go, and what each variable one step away would change."""

from typing import ClassVar

import msgspec

from workbench.design.design import Design
from workbench.design.explain import Explanation, Suggestion
from workbench.design.report import Score
from workbench.design.variables import set_variable
from workbench.engine.client import EngineError
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.mini_bar import draw_diverging
from workbench.tui.ink import BOLD, DIM, GREEN, RED, RULE, TEXT, Ink
from workbench.tui.layout import Box
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Pane, Parts, draw_cursor, draw_title
from workbench.tui.screens.explain_steps import SAME, best_first, best_together, misfit_words, step_words
from workbench.tui.screens.full import FullScreen
from workbench.tui.screens.why import WhyPane
from workbench.tui.state import State, resource_label

BAR_LIMIT = 0.05  # a bar's half ends at a change of 5 %
PREVIEW = 8  # rows below the list
ROOM_FOR_BARS = 70  # columns below which bars are half as long


class StepsPane(ListPane):
    """Every variable one step up and down, best first; enter applies one."""

    NAME = "One step up, one step down"
    CONTEXT = Context.EXPLAIN
    BINDINGS: ClassVar = bindings(Context.EXPLAIN)

    def __init__(self) -> None:
        super().__init__()
        self.explanation: Explanation | None = None
        self.words = "asking the engine"
        self.after: Score | None = None
        self.together: tuple[Score, tuple[str, ...]] | None = None  # of the best steps all taken
        self.of_board = False
        self._misfits: dict[tuple[str, str], str] = {}
        self._top = 0

    def show(self, state: State) -> None:
        """Show a state; a changed design is explained anew."""
        changed = self.state is None or self.state.design != state.design
        self.state = state
        if changed:
            self.explanation, self.after, self.together, self._misfits = None, None, None, {}
            self.workbench.session.spawn(self._ask(state))
        self.redraw()

    async def _ask(self, state: State) -> None:
        design = msgspec.to_builtins(state.design)
        try:
            result = await self.workbench.session.engine.call("explain", {"design": design})
            found = msgspec.convert(result, Explanation)
        except (EngineError, msgspec.ValidationError) as error:
            self.words = str(error)
        else:
            if self.state is None or self.state.design != state.design:
                return
            self.explanation = found
            self.words = "" if found.suggestions else "no variable can be changed"
            self.cursor = 0
            self.moved()
            await self._score_together(state.design)
        self.redraw()

    async def _score_together(self, design: Design) -> None:
        """Score the design with the best steps of different variables all taken."""
        changed, names = best_together(design, self.explanation.suggestions if self.explanation else ())
        if len(names) < 2:
            return
        try:
            reply = await self.workbench.session.engine.score(changed, lane="together")
        except EngineError:
            return
        if reply.score is not None and self.state is not None and self.state.design == design:
            self.together = reply.score, names

    def rows(self) -> list[Suggestion]:
        """Suggestions that change something and pass the filter."""
        found: tuple[Suggestion, ...] = ()
        if self.explanation is not None:
            found = best_first(self.explanation.board) if self.of_board else self.explanation.suggestions
        kept = [s for s in found if s.ratio is None or abs(s.ratio - 1) > SAME]
        return [s for s in kept if self.matches(s.variable)]

    def count(self) -> int:
        """Suggestions shown."""
        return len(self.rows())

    @property
    def chosen(self) -> Suggestion | None:
        """The selected suggestion."""
        rows = self.rows()
        return rows[min(self.cursor, len(rows) - 1)] if rows else None

    def moved(self) -> None:
        """Score the selected step."""
        self.after = None
        if self.chosen is not None and self.chosen.edp_j_s is not None:
            self.workbench.session.spawn(self._preview(self.chosen))

    async def _preview(self, suggestion: Suggestion) -> None:
        assert self.state is not None
        try:
            design = set_variable(self.state.design, suggestion.variable, suggestion.after)
            reply = await self.workbench.session.engine.score(design, lane="preview")
        except (EngineError, ValueError):
            return
        if reply.score is not None and self.chosen == suggestion:
            self.after = reply.score
            self.redraw()

    def title(self) -> str:
        """What is changed."""
        return "On another board" if self.of_board else self.NAME

    def action_of_board(self) -> None:
        """The board's figures, or the design's variables again."""
        self.of_board = not self.of_board
        self.cursor = self.scroll_top = 0
        self.moved()
        self.redraw()

    def action_apply(self) -> None:
        """Apply the selected step."""
        step = self.chosen
        if step is not None:
            assert self.state is not None
            name, before, after = step_words(self.state.board, step)
            words = f"{name} {before} → {after}"
            self.workbench.session.set_variable(step.variable, step.after, words)

    def title_right(self, width: int) -> Parts:
        """How to read the bars."""
        return (("change in EDP, bars end at 5 %", DIM),) if width >= 66 else ()

    def body(self, canvas: Canvas, top: int) -> None:
        """The list and, below it, the selected step scored."""
        y = top + (1 if self.roomy else 0)
        if self.draw_filter(canvas, y):
            y += 1
        if self.explanation is None or not self.rows():
            canvas.put(2, y, self.words or "no step changes the score", DIM)
            return
        preview = PREVIEW if canvas.height >= 20 else 0
        self._header(canvas, y)
        room = canvas.height - y - 1 - preview - 1
        self.keep_visible(max(1, room))
        self._top = y + 1
        for k, step in enumerate(self.rows()[self.scroll_top : self.scroll_top + max(1, room)]):
            self._row(canvas, y + 1 + k, step, self.scroll_top + k == self.cursor)
        if preview:
            self._preview_rows(canvas, canvas.height - preview)

    def _columns(self, width: int) -> tuple[int, int, int, int]:
        """Columns of now, step, and the middle line of the bars; a bar's length at most."""
        if width < ROOM_FOR_BARS:
            return 19, 29, width - 14, 4
        return 19, 19 + (width - 19) * 9 // 52, width - 24, 8

    def _header(self, canvas: Canvas, y: int) -> None:
        now, step, middle, half = self._columns(canvas.width)
        canvas.put(2, y, "variable", DIM)
        canvas.put(now, y, "now", DIM)
        canvas.put(step, y, "step", DIM)
        canvas.put_right(middle - 1, y, "better", DIM)
        canvas.put(middle, y, canvas.glyphs.dash_column, RULE)
        if half > len("worse"):
            canvas.put(middle + 2, y, "worse", DIM)
        canvas.put_right(canvas.width - 2, y, "EDP %", DIM)

    def _row(self, canvas: Canvas, y: int, step: Suggestion, here: bool) -> None:
        now, at, middle, half = self._columns(canvas.width)
        ink = BOLD if here else TEXT
        assert self.state is not None
        name, before, after = step_words(self.state.board, step)
        canvas.put(2, y, name[: now - 3], ink)
        canvas.put(now, y, before[: at - now - 1], ink)
        bar = half if step.ratio is not None and step.ratio < 1 else 0
        canvas.runs(at, y, (f"{canvas.glyphs.arrow} ", DIM), (after[: min(12, middle - bar - at - 3)], ink))
        if step.edp_j_s is None:
            words = f"{canvas.glyphs.misfit} {self._misfit(step)}"
            canvas.put_right(canvas.width - 2, y, words, RED)
        elif step.ratio is not None:
            canvas.put(middle, y, canvas.glyphs.dash_column, RULE)
            change = step.ratio - 1
            draw_diverging(canvas, middle, y, half, change, BAR_LIMIT, GREEN, DIM)
            gain: Ink = GREEN if change < 0 else TEXT
            canvas.put_right(canvas.width - 2, y, numbers.signed_percent(step.ratio), gain)
        if here:
            draw_cursor(canvas, y, canvas.width, self.active)

    def _misfit(self, step: Suggestion) -> str:
        assert self.state is not None
        key = (step.variable, str(step.after))
        if key not in self._misfits:
            self._misfits[key] = misfit_words(self.state.design, step)
        return self._misfits[key]

    def _preview_rows(self, canvas: Canvas, y: int) -> None:
        step, state = self.chosen, self.state
        if step is None or state is None:
            return
        name, before, after = step_words(state.board, step)
        title = f"{name} {before} {canvas.glyphs.arrow} {after}"
        draw_title(canvas, y, canvas.width, "", title, (("scored, not estimated", DIM),))
        now, then = state.shown_score, self.after
        if now is None or then is None or not then.feasible:
            words = "does not fit" if step.edp_j_s is None else "scoring"
            canvas.put(2, y + 2, words, DIM)
            return
        ends = (26, 39, 49)
        headers = ("EDP mJ·s", "latency ms", "energy J")
        rows = [
            ("now", now.edp_j_s, now.latency_s, now.energy_j, TEXT),
            ("after", then.edp_j_s, then.latency_s, then.energy_j, BOLD),
        ]
        for end, header in zip(ends, headers, strict=True):
            canvas.put_right(end, y + 2, header, DIM)
        for k, (label, edp, latency, energy, ink) in enumerate(rows):
            canvas.put(2, y + 3 + k, label, DIM)
            for end, words in zip(ends, (numbers.edp_mj_s(edp), numbers.latency_ms(latency), numbers.energy_j(energy)),
                                  strict=True):  # fmt: skip
                canvas.put_right(end, y + 3 + k, words, ink)
        canvas.put(2, y + 5, "change", DIM)
        for end, (old, new) in zip(
            ends, ((now.edp_j_s, then.edp_j_s), (now.latency_s, then.latency_s), (now.energy_j, then.energy_j)),
            strict=True,
        ):  # fmt: skip
            if old and new:
                ratio = new / old
                canvas.put_right(end, y + 5, numbers.signed_percent(ratio) + " %", GREEN if ratio < 1 else TEXT)
        self._resource_columns(canvas, y, state, then)
        self._together_words(canvas, y + 7, now)

    def _together_words(self, canvas: Canvas, y: int, now: Score) -> None:
        if self.together is None or not now.edp_j_s:
            return
        score, names = self.together
        words = f"{', '.join(names[:-1])} and {names[-1]} together: "
        if score.edp_j_s is None:
            canvas.runs(2, y, (words, DIM), ("do not run", TEXT))
            return
        ratio = score.edp_j_s / now.edp_j_s
        canvas.runs(2, y, (words, DIM), (f"{numbers.edp_mj_s(score.edp_j_s)} mJ·s, ", TEXT),
                    (f"{numbers.signed_percent(ratio)} %", GREEN if ratio < 1 else TEXT))  # fmt: skip

    def _resource_columns(self, canvas: Canvas, y: int, state: State, then: Score) -> None:
        after = {use.name: use for use in then.resources}
        end = 49
        changed = [u for u in state.fit.resources if u.name in after and abs(after[u.name].share - u.share) >= 0.005]
        for use in changed:
            end += 9
            if end >= canvas.width:
                return
            new = after[use.name]
            canvas.put_right(end, y + 2, resource_label(use.name, state.board, short=True) + " %", DIM)
            canvas.put_right(end, y + 3, numbers.number(use.share * 100), TEXT)
            canvas.put_right(end, y + 4, numbers.number(new.share * 100), BOLD)
            points = (new.share - use.share) * 100
            canvas.put_right(end, y + 5, ("+" if points > 0 else "") + numbers.number(points), DIM)


class ExplainScreen(FullScreen):
    """e."""

    CONTEXT: ClassVar[Context | None] = Context.EXPLAIN

    def make_panes(self) -> tuple[Pane, ...]:
        """The steps have the focus; the reasons stand on the left where there is room."""
        return (StepsPane(), WhyPane())

    def boxes(self, body: Box) -> tuple[list[Box | None], Box | None, int]:
        """Reasons left, steps right; on a narrow screen only the steps."""
        if body.width < 96:
            return [body, None], None, 0
        left = 48 if body.width <= 120 else round(body.width * 0.25 + 18)
        left = round(left * body.width / 120) if body.width < 120 else left
        right = Box(left + 1, body.y, body.width - left - 1, body.height)
        return [right, Box(0, body.y, left, body.height)], Box(left, body.y, 1, body.height), 0
