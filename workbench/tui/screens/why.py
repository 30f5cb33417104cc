"""Why a score is what it is: the sentence, energy by part, core time by part, tenants."""

from textwrap import wrap

from workbench.design.assumptions import part_is_unconfirmed
from workbench.design.report import Score
from workbench.tui import numbers
from workbench.tui.actions import Context
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.mini_bar import draw_bar
from workbench.tui.ink import BOLD, DATA, DIM, TEXT
from workbench.tui.panes.pane import Pane

MS = 1e3
LEAST_BAR = 4  # columns


def why_words(score: Score) -> tuple[str, str]:
    """A headline and a sentence or two: who ends last, and what the cores wait for."""
    if not score.tenants:
        return "", ""
    last = max(score.tenants, key=lambda t: t.latency_s)
    headline = f"{last.network} sets the pace."
    words = f"It ends last, at {numbers.latency_ms(last.latency_s)} ms."
    for sub in score.subaccelerators:
        total = sum(part.value for part in sub.core_time) or 1.0
        largest = max(sub.core_time, key=lambda part: part.value, default=None)
        if largest is not None:
            name = {"compute": "computes", "memory": "waits for memory"}.get(largest.name, f"is {largest.name}")
            words += f" {sub.id} {name} {numbers.number(largest.value / total * 100)} % of its core time."
    return headline, words


class WhyPane(Pane):
    """The left half of the explanation."""

    NAME = "Why"
    CONTEXT = Context.EXPLAIN

    def title(self) -> str:
        """Why this number."""
        score = self.state.shown_score if self.state else None
        return f"Why {numbers.edp_mj_s(score.edp_j_s)} mJ·s" if score else "Why"

    def body(self, canvas: Canvas, top: int) -> None:
        """Everything about the score at hand."""
        assert self.state is not None
        score, end = self.state.shown_score, canvas.width - 1
        y = top + (1 if self.roomy else 0)
        if score is None:
            for line in wrap(self.state.fit.reason or self.state.problem or "no score yet", end - 3):
                canvas.put(2, y, line, TEXT)
                y += 1
            return
        headline, words = why_words(score)
        canvas.put(2, y, headline, BOLD)
        for line in wrap(words, end - 3):
            y += 1
            canvas.put(2, y, line, TEXT)
        y = self._energy(canvas, y + 2, score, end)
        y = self._core_time(canvas, y + 1, score, end)
        self._tenants(canvas, y + 1, score, end)

    def _energy(self, canvas: Canvas, y: int, score: Score, end: int) -> int:
        total = score.energy_j or 1.0
        parts = sorted(score.energy, key=lambda part: -part.value)
        largest = parts[0].value if parts else 1.0
        canvas.put(2, y, "energy", DIM)
        canvas.put_right(end - 7, y, "J", DIM)
        canvas.put_right(end, y, "%", DIM)
        for part in parts:
            y += 1
            x = canvas.put(2, y, part.name[:21], TEXT)
            if part_is_unconfirmed(part.name, score.unconfirmed):
                canvas.put(min(x + 1, 23), y, canvas.glyphs.unconfirmed, DIM)
            if end - 41 >= LEAST_BAR:
                draw_bar(canvas, 25, y, end - 41, part.value / largest if largest else 0.0, DATA)
            canvas.put_right(end - 7, y, numbers.number(part.value, 3), TEXT)
            canvas.put_right(end, y, numbers.number(part.value / total * 100, 1), TEXT)
        y += 1
        if score.unconfirmed:
            canvas.put(2, y, f"{canvas.glyphs.unconfirmed} unconfirmed: F says why", DIM)
        canvas.put_right(end - 7, y, numbers.number(score.energy_j, 3), BOLD)
        canvas.put_right(end, y, "100.0", DIM)
        return y + 1

    def _core_time(self, canvas: Canvas, y: int, score: Score, end: int) -> int:
        subs = score.subaccelerators[-3:] if len(score.subaccelerators) > 3 else score.subaccelerators
        names = [part.name for part in subs[0].core_time] if subs else []
        canvas.put(2, y, "core time", DIM)
        ends = [end - 9 * (len(subs) - 1 - k) for k in range(len(subs))]
        for at, sub in zip(ends, subs, strict=True):
            canvas.put_right(at, y, f"{sub.id}, ms", DIM)
        for name in names:
            y += 1
            words = {"memory": "stalled on memory"}.get(name, name.replace("idle: ", "waits: "))
            canvas.put(2, y, words[: ends[0] - 10], TEXT)
            for at, sub in zip(ends, subs, strict=True):
                values = {part.name: part.value for part in sub.core_time}
                most = max(values.values(), default=0.0)
                value = values.get(name, 0.0)
                canvas.put_right(at, y, numbers.number(value * MS, 1), BOLD if value == most and value else TEXT)
        y += 1
        canvas.put(2, y, "cores × latency", DIM)
        for at, sub in zip(ends, subs, strict=True):
            canvas.put_right(at, y, numbers.number(sum(p.value for p in sub.core_time) * MS, 1), DIM)
        return y + 1

    def _tenants(self, canvas: Canvas, y: int, score: Score, end: int) -> None:
        canvas.put(2, y, "tenant", DIM)
        canvas.put_right(end - 7, y, "latency, ms", DIM)
        canvas.put_right(end, y, "J", DIM)
        for tenant in score.tenants:
            y += 1
            late = tenant.latency_limit_s is not None and tenant.latency_s > tenant.latency_limit_s
            canvas.put(2, y, tenant.network[: end - 22], TEXT)
            canvas.put_right(end - 7, y, ("! " if late else "") + numbers.latency_ms(tenant.latency_s), TEXT)
            canvas.put_right(end, y, numbers.energy_j(tenant.energy_j), TEXT)
