"""Schedule: what every core does when, where it stalls, and where the core time goes."""

from typing import ClassVar

from workbench.design.report import Bar, Score
from workbench.engine.client import EngineError
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.axis import Axis, ticks
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.gantt import Window, draw_area, draw_gantt
from workbench.tui.ink import AMBER, BOLD, DIM, RULE, TEXT
from workbench.tui.panes.pane import Pane, Parts, draw_title
from workbench.tui.screens.choose import Choice, Choose
from workbench.tui.screens.full import FullScreen
from workbench.tui.screens.schedule_blocks import CoreRow, blocks_of, core_rows, layer_names, traffic_bytes_per_s
from workbench.tui.state import State

LEFT = 9  # column where time begins
DETAILS = 9  # rows of the lower part
TRAFFIC = 5
LEAST_COLUMN = 8  # `! 42.8 %`
MS = 1e3


class SchedulePane(Pane):
    """The whole screen below the band."""

    NAME = "Schedule"
    CONTEXT = Context.SCHEDULE
    BINDINGS: ClassVar = bindings(Context.SCHEDULE)

    def __init__(self) -> None:
        super().__init__()
        self.score: Score | None = None
        self.words = "the schedule is being computed"
        self.selected: Bar | None = None
        self.zoom = 0
        self.top_row = 0
        self._joined_s = 0.0

    def show(self, state: State) -> None:
        """Show a state; a changed design needs its schedule computed again."""
        changed = self.state is None or self.state.design != state.design
        self.state = state
        if changed:
            self.score = None
            self.workbench.session.spawn(self._compute(state))
        self.redraw()

    async def _compute(self, state: State) -> None:
        if not state.fit.fits:
            self.words = "no schedule while the design does not fit"
        else:
            try:
                reply = await self.workbench.session.engine.score(state.design, timeline=True, lane="timeline")
            except EngineError as error:
                self.words = str(error)
            else:
                if reply.score is None or self.state is None or self.state.design != state.design:
                    return
                self.score = reply.score
                self.words = reply.score.reason
                self._keep_selection()
        self.redraw()

    def _keep_selection(self) -> None:
        assert self.score is not None
        bars = self.score.timeline
        old = self.selected
        same = [b for b in bars if old and (b.tenant, b.instance, b.layer) == (old.tenant, old.instance, old.layer)]
        longest = max(bars, key=lambda b: b.end_s - b.start_s, default=None)
        self.selected = same[0] if same else longest

    @property
    def window(self) -> Window:
        """The stretch of time shown."""
        total = self.score.latency_s if self.score and self.score.latency_s else 1.0
        span = total / 2**self.zoom
        middle = (self.selected.start_s + self.selected.end_s) / 2 if self.selected and self.zoom else total / 2
        start = max(0.0, min(middle - span / 2, total - span))
        return Window(start, start + span)

    def title_right(self, width: int) -> Parts:  # noqa: ARG002
        """Stretch of time, zoom, jobs."""
        if self.score is None or not self.score.timeline:
            return ()
        window = self.window
        words = f"{numbers.latency_ms(window.start_s)} – {numbers.latency_ms(window.end_s)} ms   zoom {2**self.zoom}×"
        words += f"   {numbers.number(len(self.score.timeline))} jobs"
        if self._joined_s:
            words += f", joined below {numbers.latency_ms(self._joined_s)} ms"
        return ((words, DIM),)

    def _lanes(self) -> list[CoreRow | None]:
        return core_rows([s.cores for s in self.score.subaccelerators]) if self.score else []

    def body(self, canvas: Canvas, top: int) -> None:
        """Chart, traffic, details."""
        score = self.score
        if score is None or not score.timeline:
            canvas.put(2, top + 1, self.words, DIM)
            return
        width = canvas.width - LEFT - 4
        rows = self._lanes()
        spare = canvas.height - top - 2
        details = DETAILS if spare >= 24 else 0
        traffic = TRAFFIC if spare - details >= 14 else 0
        room = spare - details - traffic
        shown = self._visible(rows, room)
        y = top + 1
        self._time_axis(canvas, y, width)
        y += 1
        first = rows.index(shown[0]) if shown and shown[0] is not None else self.top_row
        blocks, self._joined_s = blocks_of(score, shown, self.window, width, self.selected, by_tenant=False)
        draw_gantt(canvas, LEFT, y, width, len(shown), blocks, self.window)
        for k, row in enumerate(shown):
            if row is None:
                canvas.fill(y + k, LEFT, LEFT + width, " ", TEXT)
                continue
            sub = score.subaccelerators[row.subaccelerator]
            lead = row.core == 0 or k == 0
            x = canvas.put(1, y + k, sub.id, BOLD if lead else TEXT)
            canvas.put(x + 1, y + k, str(row.core + 1), TEXT)
        if first or len(shown) < len(rows):
            canvas.put_right(canvas.width - 1, y - 1, f"rows {first + 1}–{first + len(shown)} of {len(rows)}", DIM)
        y += len(shown) + 1
        if traffic:
            self._traffic(canvas, y, width)
            y += traffic
        if details:
            self._details(canvas, canvas.height - details)

    def _visible(self, rows: list[CoreRow | None], room: int) -> list[CoreRow | None]:
        if len(rows) <= room:
            self.top_row = 0
            return rows
        here = self._row_of_selected(rows)
        self.top_row = max(0, min(self.top_row, here, len(rows) - room))
        if here >= self.top_row + room:
            self.top_row = here - room + 1
        return rows[self.top_row : self.top_row + room]

    def _row_of_selected(self, rows: list[CoreRow | None]) -> int:
        bar = self.selected
        for y, row in enumerate(rows):
            if bar and row and row.subaccelerator == bar.subaccelerator and row.core in bar.cores:
                return y
        return 0

    def _time_axis(self, canvas: Canvas, y: int, width: int) -> None:
        window = self.window
        canvas.put(1, y, "core", DIM)
        canvas.put_right(LEFT + width, y, numbers.latency_ms(window.end_s), DIM)
        canvas.put(LEFT, y, f"{numbers.number(window.start_s * MS, 0 if not window.start_s else 1)} ms", DIM)
        axis = Axis(window.start_s * MS, window.end_s * MS)
        for value in ticks(axis, 8):
            x = LEFT + window.at(value / MS, width)
            label = numbers.number(value, 0 if value == round(value) else 1)
            if LEFT + 7 < x < LEFT + width - 8:
                canvas.put(x, y, label, DIM)

    def _traffic(self, canvas: Canvas, y: int, width: int) -> None:
        assert self.score is not None
        assert self.state is not None
        rates = traffic_bytes_per_s(self.score, self.window, width)
        mean, peak = sum(rates) / max(1, len(rates)) / 1e9, max(rates, default=0.0) / 1e9
        limit = self.state.board.bandwidth_bytes_per_s / 1e9
        canvas.runs(
            4, y, ("GB/s off-chip, mean ", DIM), (numbers.number(mean), TEXT), (", peak ", DIM),
            (numbers.number(peak), TEXT), (f" of {numbers.number(limit)} GB/s", DIM),
        )  # fmt: skip
        top = ticks(Axis(0.0, max(peak, 1e-9)), 2)[-1] if peak > 0 else 1.0
        canvas.put_right(LEFT - 1, y + 1, numbers.number(top), DIM)
        canvas.put_right(LEFT - 1, y + 3, "0", DIM)
        draw_area(canvas, LEFT, y + 1, 3, [rate / 1e9 for rate in rates], max(top, peak))

    def _details(self, canvas: Canvas, y: int) -> None:
        score, bar = self.score, self.selected
        assert score is not None
        if bar is None:
            return
        layer = next((one for one in score.layers if (one.tenant, one.layer) == (bar.tenant, bar.layer)), None)
        network = score.tenants[bar.tenant].network
        name = layer.name if layer else f"layer {bar.layer}"
        draw_title(canvas, y, canvas.width, "", f"{name} of {network}", (("where core time goes", DIM),))
        sub = score.subaccelerators[bar.subaccelerator]
        cores = f"{sub.id} {bar.cores[0] + 1}" + (f"–{bar.cores[-1] + 1}" if len(bar.cores) > 1 else "")
        span = bar.end_s - bar.start_s
        stall = numbers.percent(bar.stall_s / span if span else 0.0)
        facts = [
            ("cores", f"{cores}, {numbers.plural(len(bar.cores), 'core')}"),
            ("instance", f"{bar.instance + 1} of {score.tenants[bar.tenant].instances}"),
            ("runs", f"{numbers.latency_ms(bar.start_s)} to {numbers.latency_ms(bar.end_s)} ms"),
            ("stalled", f"{numbers.latency_ms(bar.stall_s)} ms, {stall}"),
            ("shape", layer.shape if layer else numbers.NO_VALUE),
        ]
        for k, (label, words) in enumerate(facts):
            canvas.put(2, y + 2 + k, label, DIM)
            canvas.put(13, y + 2 + k, words, TEXT)
        self._core_time(canvas, y + 2, score)

    def _core_time(self, canvas: Canvas, y: int, score: Score) -> None:
        names = [part.name for part in score.subaccelerators[0].core_time]
        left = 46 if canvas.width >= 110 else 40
        labels = [name.removeprefix("idle: ") for name in names]
        ends: list[int] = []
        end = canvas.width - 2
        for label in reversed(labels):
            ends.insert(0, end)
            end -= max(len(label), LEAST_COLUMN) + 2
        for column_end, label in zip(ends, labels, strict=True):
            canvas.put_right(column_end, y, label, DIM)
        for n, sub in enumerate(score.subaccelerators):
            if y + 1 + n >= canvas.height - 1:
                return
            canvas.runs(left, y + 1 + n, (sub.id, BOLD), (f"  {sub.cores} × {sub.core}", TEXT))
            total = sum(part.value for part in sub.core_time) or 1.0
            for column_end, part in zip(ends, sub.core_time, strict=False):
                share = part.value / total
                stalled = part.name == "memory" and share >= 0.25
                words = ("! " if stalled else "") + numbers.percent(share, 1)
                canvas.put_right(column_end, y + 1 + n, words, AMBER if stalled else TEXT)
        legend = y + 2 + len(score.subaccelerators)
        if legend < canvas.height - 1:
            x = canvas.runs(left, legend + 1, (canvas.glyphs.stall, AMBER), (" stalled    ", DIM))
            canvas.runs(x, legend + 1, (canvas.glyphs.idle, RULE), (" idle", DIM))

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _neighbour(self, step: int) -> None:
        if self.score is None or self.selected is None:
            return
        here = self.selected
        lane = [b for b in self.score.timeline
                if b.subaccelerator == here.subaccelerator and here.cores[0] in b.cores]  # fmt: skip
        lane.sort(key=lambda b: b.start_s)
        at = max(0, min(lane.index(here) + step, len(lane) - 1))
        self.selected = lane[at]
        self.redraw()

    def action_next_job(self) -> None:
        """The next job on these cores."""
        self._neighbour(1)

    def action_previous_job(self) -> None:
        """The job before on these cores."""
        self._neighbour(-1)

    def _other_row(self, step: int) -> None:
        if self.score is None or self.selected is None:
            return
        rows = self._lanes()
        here = self.selected
        taken = {
            y for y, r in enumerate(rows) if r and r.subaccelerator == here.subaccelerator and r.core in here.cores
        }
        y = (max(taken) if step > 0 else min(taken)) + step
        middle = (here.start_s + here.end_s) / 2
        while 0 <= y < len(rows):
            row = rows[y]
            if row is not None:
                lane = [b for b in self.score.timeline
                        if b.subaccelerator == row.subaccelerator and row.core in b.cores]  # fmt: skip
                if lane:
                    self.selected = min(lane, key=lambda b: abs((b.start_s + b.end_s) / 2 - middle))
                    self.redraw()
                    return
            y += step

    def action_row_down(self) -> None:
        """The job at the same time on the next core."""
        self._other_row(1)

    def action_row_up(self) -> None:
        """The job at the same time on the core before."""
        self._other_row(-1)

    def action_zoom_in(self) -> None:
        """Half the time."""
        self.zoom = min(10, self.zoom + 1)
        self.redraw()

    def action_zoom_out(self) -> None:
        """Twice the time."""
        self.zoom = max(0, self.zoom - 1)
        self.redraw()

    def action_go_to_layer(self) -> None:
        """Choose a layer; its first job is selected."""
        score = self.score
        if score is None:
            return
        names = layer_names(score)
        choices = [
            Choice(f"{t} {n}", name, score.tenants[t].network, f"{t} {n}") for (t, n), name in sorted(names.items())
        ]

        def chosen(answer: str | None) -> None:
            if answer:
                tenant, layer = map(int, answer.split())
                self.selected = min(
                    (b for b in score.timeline if (b.tenant, b.layer) == (tenant, layer)),
                    key=lambda b: b.start_s, default=self.selected,
                )  # fmt: skip
                self.redraw()

        self.app.push_screen(Choose("Go to a layer", choices), chosen)


class ScheduleScreen(FullScreen):
    """S."""

    CONTEXT: ClassVar[Context | None] = Context.SCHEDULE

    def make_panes(self) -> tuple[Pane, ...]:
        """One pane."""
        return (SchedulePane(),)
