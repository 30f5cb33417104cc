"""Timelines: what the cores of the pinned design and of yours do, above each other on one time axis."""

from typing import ClassVar

from workbench.design.design import Design
from workbench.design.report import Score
from workbench.engine.client import EngineError
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.gantt import Window
from workbench.tui.charts.time_axis import draw_time_axis
from workbench.tui.charts.traffic import draw_traffic, traffic_rows
from workbench.tui.ink import ACCENT, BOLD, DIM, TEXT
from workbench.tui.panes.pane import Pane, Parts
from workbench.tui.screens.full import FullScreen
from workbench.tui.screens.schedule_blocks import CoreRow, blocks_of, core_rows, draw_core_rows
from workbench.tui.state import State

LEFT = 9  # column where time begins
AREA = 2  # rows of the bandwidth of one design
MOST_HEIGHT = 2
LEAST_ROWS = 3  # of cores, below which the bandwidth goes


def thinned(rows: list[CoreRow | None], room: int) -> list[CoreRow | None]:
    """Rows that fit into `room`: all of them, or of every sub-accelerator its share, evenly spaced, one at least."""
    if len(rows) <= room:
        return rows
    cores: dict[int, list[CoreRow]] = {}
    for row in rows:
        if row is not None:
            cores.setdefault(row.subaccelerator, []).append(row)
    total = sum(len(own) for own in cores.values())
    free = max(len(cores), room - (len(cores) - 1))
    found: list[CoreRow | None] = []
    for own in cores.values():
        count = 1 + (free - len(cores)) * (len(own) - 1) // max(1, total - len(cores))
        found += [*([None] if found else []), *(own[k * len(own) // count] for k in range(count))]
    return found


class TimelinesPane(Pane):
    """One Gantt chart a design, the pinned one first."""

    NAME = "Timelines"
    CONTEXT = Context.TIMELINES
    BINDINGS: ClassVar = bindings(Context.TIMELINES)

    def __init__(self) -> None:
        super().__init__()
        self.scores: list[Score | None] = [None, None]
        self.words = "the schedules are being computed"

    def show(self, state: State) -> None:
        """Show a state; other designs need their schedules computed again."""
        before = self.state
        self.state = state
        if before is None or (before.design, before.pinned) != (state.design, state.pinned):
            self.scores = [None, None]
            self.workbench.session.spawn(self._compute(state))
        self.redraw()

    async def _compute(self, state: State) -> None:
        designs = (state.pinned.design if state.pinned else None, state.design)
        try:
            found = [await self._timeline(design) if design is not None else None for design in designs]
        except EngineError as error:
            self.words = str(error)
        else:
            if self.state is state or (self.state and self.state.design == state.design):
                self.scores = found
                self.words = "neither design has a schedule"
        self.redraw()

    async def _timeline(self, design: Design) -> Score | None:
        reply = await self.workbench.session.engine.score(design, timeline=True, lane="timelines")
        return reply.score

    def title_right(self, width: int) -> Parts:  # noqa: ARG002
        """What the axis means."""
        return (("one time axis", DIM),)

    def body(self, canvas: Canvas, top: int) -> None:
        """Axis, then each design: its name and figures, its cores, its bandwidth."""
        assert self.state is not None
        longest_s = max((score.latency_s or 0.0 for score in self.scores if score), default=0.0)
        if not longest_s:
            canvas.put(2, top + 1, self.words, DIM)
            return
        window, width = Window(0.0, longest_s), canvas.width - LEFT - 4
        y = top + (1 if self.roomy else 0)
        canvas.put(1, y, "core", DIM)
        draw_time_axis(canvas, LEFT, y, width, window)
        each = (canvas.height - y - 1) // len(self.scores)
        pinned = self.state.pinned
        marks = (canvas.glyphs.pinned, canvas.glyphs.yours)
        for k, (name, mark) in enumerate(zip((pinned.name if pinned else "", "yours"), marks, strict=True)):
            self._design(canvas, y + 1 + k * each, each, self.scores[k], f"{mark} {name}", window, width)

    def _design(
        self, canvas: Canvas, y: int, room: int, score: Score | None, name: str, window: Window, width: int
    ) -> None:
        if score is None or not score.timeline:
            canvas.runs(LEFT, y, (name, BOLD), ("  no schedule: it does not fit, or none is pinned", DIM))
            return
        edp, latency = numbers.edp_mj_s(score.edp_j_s), numbers.latency_ms(score.latency_s)
        rows = core_rows([sub.cores for sub in score.subaccelerators])
        groups = score.traffic if room - 1 - len(score.traffic) * traffic_rows(AREA) >= LEAST_ROWS else ()
        space = room - 1 - len(groups) * traffic_rows(AREA) - (0 if groups else 1)
        shown = thinned(rows, space)
        cores = len(rows) - rows.count(None)
        words = f"  {edp} mJ·s, {latency} ms"
        if len(shown) < len(rows):
            words += f"; {len(shown) - shown.count(None)} of {cores} cores"
        canvas.runs(LEFT, y, (name, BOLD), (words, DIM))
        height = max(1, min(MOST_HEIGHT, space // len(shown)))
        blocks, _ = blocks_of(score, shown, window, width, None, by_tenant=True)
        draw_core_rows(canvas, LEFT, y + 1, width, height, score, shown, blocks, window)
        end = LEFT + window.at(score.latency_s or 0.0, width)
        for row in range(y + 1, y + 1 + height * len(shown)):
            canvas.fill(row, end, LEFT + width, " ", TEXT)
            canvas.put(end, row, canvas.glyphs.column, ACCENT)
        y += 1 + height * len(shown)
        for group in groups:
            draw_traffic(canvas, LEFT, y, width, AREA, group, window)
            y += traffic_rows(AREA)

    def action_swap(self) -> None:
        """The pinned design becomes yours, yours the pinned one."""
        self.workbench.session.swap()


class TimelinesScreen(FullScreen):
    """t in Compare."""

    CONTEXT: ClassVar[Context | None] = Context.TIMELINES

    def make_panes(self) -> tuple[Pane, ...]:
        """One pane."""
        return (TimelinesPane(),)
