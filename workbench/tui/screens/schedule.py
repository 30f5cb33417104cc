"""Schedule: what every core does when, where it stalls, and where the core time goes."""

from typing import ClassVar

from workbench.design.report import Bar, Score
from workbench.engine.client import EngineError
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.gantt import Window
from workbench.tui.charts.time_axis import draw_time_axis
from workbench.tui.charts.traffic import LEAST_AREA, draw_traffic, traffic_rows
from workbench.tui.ink import DIM
from workbench.tui.panes.pane import Pane, Parts
from workbench.tui.screens.choose import Choice, Choose
from workbench.tui.screens.full import FullScreen
from workbench.tui.screens.schedule_blocks import CoreRow, blocks_of, core_rows, draw_core_rows, layer_names
from workbench.tui.screens.schedule_details import draw_core_time, draw_job
from workbench.tui.state import State

LEFT = 9  # column where time begins
DETAILS = 9  # rows of the lower part
AREA = 3  # rows of a memory group's bandwidth
MOST_AREA = 6
MOST_HEIGHT = 3  # rows of a core, where there is room
LEAST_CORES = 9  # core rows that come before the bandwidth


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
        self.by_tenant = False
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
        spare -= details + 1 if details else 0
        groups, area = self._bandwidth_room(spare, len(rows))
        room = spare - groups * traffic_rows(area)
        shown = self._visible(rows, room)
        y = top + 1
        canvas.put(1, y, "core", DIM)
        draw_time_axis(canvas, LEFT, y, width, self.window)
        y += 1
        first = rows.index(shown[0]) if shown and shown[0] is not None else self.top_row
        blocks, self._joined_s = blocks_of(score, shown, self.window, width, self.selected, self.by_tenant)
        height = max(1, min(MOST_HEIGHT, room // max(1, len(shown))))
        draw_core_rows(canvas, LEFT, y, width, height, score, shown, blocks, self.window)
        if first or len(shown) < len(rows):
            words = f"rows {first + 1}–{first + len(shown)} of {len(rows)}"
            canvas.put_right(LEFT + width, y + height * len(shown), words, DIM)
        y += height * len(shown) + 1
        for group in score.traffic[:groups]:
            draw_traffic(canvas, LEFT, y, width, area, group, self.window)
            y += traffic_rows(area)
        if details and self.selected is not None:
            y = canvas.height - details
            draw_job(canvas, y, score, self.selected)
            draw_core_time(canvas, y + 2, score)

    def _bandwidth_room(self, spare: int, cores: int) -> tuple[int, int]:
        """How many memory groups are shown, and the rows of each one's area; core rows come first."""
        assert self.score is not None
        free = spare - min(cores, LEAST_CORES)
        groups = min(len(self.score.traffic), free // traffic_rows(LEAST_AREA))
        if groups <= 0:
            return 0, 0
        area = max(AREA, (spare - cores) // groups - traffic_rows(0))
        return groups, max(LEAST_AREA, min(area, MOST_AREA, free // groups - traffic_rows(0)))

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

    def action_by_tenant(self) -> None:
        """Join every tenant's neighbouring jobs, or show each job."""
        self.by_tenant = not self.by_tenant
        self.redraw()

    def action_layer_of_job(self) -> None:
        """The selected job's layer among all layers."""
        from workbench.tui.screens.layers import LayersScreen

        if self.selected is not None:
            self.app.push_screen(LayersScreen((self.selected.tenant, self.selected.layer)))

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
