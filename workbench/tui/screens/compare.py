"""Compare: the pinned design and yours, side by side: metrics, variables that differ, layers that won and lost."""

from textwrap import wrap
from typing import ClassVar

from workbench.design.compare import Comparison, LayerRow, Row, compare, differing_variables
from workbench.design.variables import variables
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.mini_bar import draw_diverging
from workbench.tui.ink import BOLD, DIM, GREEN, RULE, STRONG, TEXT
from workbench.tui.layout import Box
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Pane, Parts, draw_cursor, draw_title
from workbench.tui.panes.score_band import change_parts, metrics
from workbench.tui.screens.full import FullScreen
from workbench.tui.state import State, resource_label
from workbench.tui.variable_words import value_words

MS = 1e3
LEAST_LAYERS = 9  # rows from which the layers are shown: title, header, two of them, a sum, and blanks


def comparison_of(state: State) -> Comparison | None:
    """The pinned design against the one at hand; None until both have a score."""
    pinned, score = state.pinned, state.shown_score
    if pinned is None or pinned.score is None or score is None or not pinned.score.feasible:
        return None
    return compare((pinned.name, "yours"), (pinned.design, state.design), (pinned.score, score))


class MetricsPane(Pane):
    """Left: metrics, tenants, resources, and the whole in words."""

    NAME = "Metrics"
    CONTEXT = Context.COMPARE

    def title_right(self, width: int) -> Parts:  # noqa: ARG002
        """Which mark is which."""
        g = self.look.glyphs
        return ((f"{g.pinned} pinned   ", DIM), (f"{g.yours} yours", STRONG))

    def body(self, canvas: Canvas, top: int) -> None:
        """Rows of figures, then words."""
        state = self.state
        assert state is not None
        y = top + (1 if self.roomy else 0)
        at = (canvas.width - 26, canvas.width - 16, canvas.width - 3)
        g = canvas.glyphs
        canvas.put_right(at[0], y, f"{g.pinned} pinned", DIM)
        canvas.put_right(at[1], y, f"{g.yours} yours", DIM)
        canvas.put_right(at[2], y, "change", DIM)
        pinned, score = (state.pinned.score if state.pinned else None), state.shown_score
        texts = [numbers.edp_mj_s, numbers.latency_ms, numbers.energy_j, numbers.power_w]
        for (label, words, unit, now, before), text in zip(metrics(state), texts, strict=True):
            y += 1
            canvas.put(2, y, label, BOLD if label == "EDP" else TEXT)
            canvas.put(at[0] - 10, y, unit, DIM)
            canvas.put_right(at[0], y, text(before), TEXT)
            canvas.put_right(at[1], y, words, BOLD if label == "EDP" else TEXT)
            canvas.runs_right(at[2], y, *change_parts(canvas, now, before))
        y += 1
        before_by = {t.network: t.latency_s for t in pinned.tenants} if pinned else {}
        for tenant in score.tenants if score else ():
            y += 1
            old = before_by.get(tenant.network)
            canvas.put(2, y, tenant.network[: at[0] - 13], TEXT)
            canvas.put(at[0] - 10, y, "ms", DIM)
            canvas.put_right(at[0], y, numbers.latency_ms(old), TEXT)
            canvas.put_right(at[1], y, numbers.latency_ms(tenant.latency_s), TEXT)
            canvas.runs_right(at[2], y, *change_parts(canvas, tenant.latency_s, old))
        y += 1
        before_use = {u.name: u.share for u in pinned.resources} if pinned else {}
        for use in state.fit.resources:
            y += 1
            share = before_use.get(use.name)
            canvas.put(2, y, resource_label(use.name, state.board), TEXT)
            canvas.put(at[0] - 10, y, "%", DIM)
            canvas.put_right(at[0], y, numbers.number(share * 100) if share is not None else numbers.NO_VALUE, TEXT)
            canvas.put_right(at[1], y, numbers.number(use.share * 100), TEXT)
            if share is not None:
                points = round(use.share * 100) - round(share * 100)
                words = "=" if not points else f"{'+' if points > 0 else ''}{numbers.number(points)} points"
                canvas.put_right(at[2], y, words, DIM)
        self._words(canvas, y + 2, state)

    def _words(self, canvas: Canvas, y: int, state: State) -> None:
        found = comparison_of(state)
        if y + 3 >= canvas.height:
            return
        draw_title(canvas, y, canvas.width, "", "In words")
        lines = wrap(comparison_words(state, found), canvas.width - 4)
        for k, line in enumerate(lines[: canvas.height - y - 2]):
            canvas.put(2, y + 2 + k, line, TEXT if k == 0 else DIM)


def comparison_words(state: State, found: Comparison | None) -> str:
    """A sentence or two."""
    pinned, score = (state.pinned.score if state.pinned else None), state.shown_score
    if found is None or pinned is None or score is None or not (pinned.edp_j_s and score.edp_j_s):
        return "Both designs need a score; one of them does not fit or is still being scored."
    if not found.variables:
        return "Both are the same design. Edit yours, or pin another one with p on the main screen."
    sign, words = numbers.change(score.edp_j_s, pinned.edp_j_s)
    verdict = {"less": f"{words} better in EDP", "more": f"{words} worse in EDP"}.get(sign, "as good in EDP")
    faster = (pinned.latency_s or 0.0) - (score.latency_s or 0.0)
    less = (pinned.energy_j or 0.0) - (score.energy_j or 0.0)
    text = f"Yours is {verdict}: {numbers.latency_ms(abs(faster))} ms {'sooner' if faster >= 0 else 'later'} and "
    text += f"{numbers.energy_j(abs(less))} J {'less' if less >= 0 else 'more'}."
    last = max(score.tenants, key=lambda t: t.latency_s, default=None)
    if last is not None:
        text += f" {last.network} ends last."
    return text + (f" Yours is bound by {score.bound}." if score.bound else "")


class DifferencesPane(ListPane):
    """Right: variables that differ, and layers that won and lost."""

    NAME = "Variables that differ"
    CONTEXT = Context.COMPARE
    BINDINGS: ClassVar = bindings(Context.COMPARE)

    def rows(self) -> list[Row]:
        """Variables that differ and pass the filter."""
        if self.state is None or self.state.pinned is None:
            return []
        found = differing_variables((self.state.pinned.design, self.state.design))
        return [row for row in found if self.matches(row.name)]

    def count(self) -> int:
        """Rows shown."""
        return len(self.rows())

    def title_right(self, width: int) -> Parts:  # noqa: ARG002
        """How many of all."""
        if self.state is None:
            return ()
        return ((f"{self.count()} of {len(variables(self.state.design))}", DIM),)

    def body(self, canvas: Canvas, top: int) -> None:
        """Variables, then layers."""
        state = self.state
        assert state is not None
        y = top + (1 if self.roomy else 0)
        if self.draw_filter(canvas, y):
            y += 1
        rows, g = self.rows(), canvas.glyphs
        first, second = 22, 22 + (canvas.width - 22) // 2
        canvas.put(2, y, "variable", DIM)
        canvas.put(first, y, f"{g.pinned} pinned", DIM)
        canvas.put(second, y, f"{g.yours} yours", DIM)
        found = comparison_of(state)
        room = max(3, (canvas.height - y) // 2 - 2)
        self.keep_visible(room)
        for k, row in enumerate(rows[self.scroll_top : self.scroll_top + room]):
            y += 1
            canvas.put(2, y, row.name[:19], TEXT)
            canvas.put(first, y, value_words(row.name, row.values[0], second - first - 2), DIM)
            canvas.put(second, y, value_words(row.name, row.values[1], canvas.width - second - 2), TEXT)
            if self.scroll_top + k == self.cursor:
                draw_cursor(canvas, y, canvas.width, self.active)
        if not rows:
            y += 1
            canvas.put(2, y, "none: both are the same design", DIM)
        y += 1
        if found is not None and y + LEAST_LAYERS <= canvas.height:
            self._layers(canvas, y + 1, found)

    def _layers(self, canvas: Canvas, y: int, found: Comparison) -> None:
        draw_title(canvas, y, canvas.width, "", "Layers that won and lost", (("change in core time", DIM),))
        middle = canvas.width - 18
        y += 2
        canvas.put(2, y, "layer", DIM)
        canvas.put_right(middle - 1, y, "faster", DIM)
        canvas.put(middle, y, canvas.glyphs.dash_column, RULE)
        canvas.put(middle + 2, y, "slower", DIM)
        canvas.put_right(canvas.width - 2, y, "ms", DIM)
        room = canvas.height - y - 4
        won, lost = list(found.won()), list(found.lost())
        half = max(1, room // 2)
        shown = won[: max(half, room - len(lost))] + lost[: max(half, room - len(won))][::-1]
        most = max((abs(row.gain_s()) for row in shown), default=0.0) or 1.0
        for row in shown[: max(0, room)]:
            y += 1
            self._layer(canvas, y, row, middle, most)
        faster = sum(abs(r.gain_s()) for r in won)
        slower = sum(abs(r.gain_s()) for r in lost)
        canvas.runs(
            2, y + 2, (f"{len(won)} faster", TEXT), (f" by {numbers.latency_ms(faster)} ms, ", DIM),
            (f"{len(lost)} slower", TEXT), (f" by {numbers.latency_ms(slower)} ms", DIM),
        )  # fmt: skip

    def _layer(self, canvas: Canvas, y: int, row: LayerRow, middle: int, most: float) -> None:
        change = row.time_s[-1] - row.time_s[0]
        room = 12 if canvas.width < 84 else 30
        canvas.put(2, y, row.layer[:room], TEXT)
        canvas.put(room + 3, y, row.network[: max(0, middle - room - 15)], DIM)
        draw_diverging(canvas, middle, y, 10, change, most, GREEN, DIM)
        text = numbers.number(change * MS, 1)
        sign = "" if text.startswith(numbers.MINUS) else "+"
        canvas.put_right(canvas.width - 2, y, sign + text, GREEN if change < 0 else TEXT)

    def action_take_value(self) -> None:
        """Copy the pinned value of the selected variable to yours."""
        rows = self.rows()
        if rows:
            row = rows[min(self.cursor, len(rows) - 1)]
            words = f"{row.name} → {value_words(row.name, row.values[0])}"
            self.workbench.session.set_variable(row.name, row.values[0], words)

    def action_pin_yours(self) -> None:
        """Pin the design at hand."""
        self.workbench.session.pin()

    def action_timelines(self) -> None:
        """Both timelines on one axis."""
        from workbench.tui.screens.timelines import TimelinesScreen

        self.app.push_screen(TimelinesScreen())

    def action_swap(self) -> None:
        """The pinned design becomes yours, yours the pinned one."""
        self.workbench.session.swap()


class CompareScreen(FullScreen):
    """c."""

    CONTEXT: ClassVar[Context | None] = Context.COMPARE

    def make_panes(self) -> tuple[Pane, ...]:
        """The differences have the focus."""
        return (DifferencesPane(), MetricsPane())

    def boxes(self, body: Box) -> tuple[list[Box | None], Box | None, int]:
        """Metrics left, differences right; on a narrow screen one below the other."""
        if body.width < 96:
            upper = min(8, body.height // 2)
            return [
                Box(0, body.y + upper, body.width, body.height - upper), Box(0, body.y, body.width, upper)
            ], None, 0  # fmt: skip
        left = round(body.width * 0.49)
        right = Box(left + 1, body.y, body.width - left - 1, body.height)
        return [right, Box(0, body.y, left, body.height)], Box(left, body.y, 1, body.height), 0
