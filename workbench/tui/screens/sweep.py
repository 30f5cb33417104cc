"""A sweep: the design scored over all values of one or two variables, as a heat map; enter applies a cell."""

from typing import ClassVar

import msgspec

from workbench.design.design import Design
from workbench.design.explain import core_ladder
from workbench.design.sweep import Sweep, SweepPoint
from workbench.design.variables import get_variable, set_variable
from workbench.engine.client import EngineError
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import ACCENT_BOLD, BOLD, DIM, GREEN, STRONG, TEXT, Ink, Role
from workbench.tui.panes.pane import Pane, Parts
from workbench.tui.screens.full import FullScreen
from workbench.tui.state import State
from workbench.tui.variable_words import value_words

CELL = 9  # columns of a cell
LEFT = 16  # columns of the values of the variable that runs down
MOST_ACROSS, MOST_DOWN = 10, 12
_TONES = (Role.BUSY_3, Role.BUSY_2, Role.BUSY_MID, Role.BUSY_1, Role.BUSY_0)  # best first
_STEPS = (0.01, 0.05, 0.15, 0.4)  # relative distance from the best cell at which the tones part


def values_of(state: State, name: str, most: int) -> tuple[object, ...]:
    """Values to sweep a grid's variable over: the cores of the board, or numbers around the present one."""
    owner, _, part = name.partition(".")
    sub = next(s for s in state.design.subaccelerators if s.id == owner)
    if part == "core":
        ladder = core_ladder(state.board, sub.core)
        first = max(0, min(ladder.index(sub.core) - most // 2, len(ladder) - most))
        return tuple(ladder[first : first + most])
    now = int(getattr(sub, part))
    first = max(1, now - most // 2)
    return tuple(range(first, first + most))


class SweepPane(Pane):
    """One cell a design."""

    NAME = "Sweep"
    CONTEXT = Context.SWEEP
    BINDINGS: ClassVar = bindings(Context.SWEEP)

    def __init__(self, variable: str) -> None:
        super().__init__()
        self.across = variable
        self.down: str | None = None
        self.found: Sweep | None = None
        self.words = "scoring"
        self.x = self.y = 0

    def show(self, state: State) -> None:
        """Show a state; a changed design is swept anew."""
        changed = self.state is None or self.state.design != state.design
        self.state = state
        if changed:
            self._start()
        self.redraw()

    def _start(self) -> None:
        assert self.state is not None
        self.found, self.words = None, "scoring"
        self.workbench.session.spawn(self._ask(self.state, self.across, self.down))

    async def _ask(self, state: State, across: str, down: str | None) -> None:
        swept = [{"name": across, "values": values_of(state, across, MOST_ACROSS)}]
        if down is not None:
            swept.insert(0, {"name": down, "values": values_of(state, down, MOST_DOWN)})
        asked = {"design": msgspec.to_builtins(state.design), "variables": swept}
        try:
            found = msgspec.convert(await self.workbench.session.engine.call("sweep", asked), Sweep)
        except (EngineError, msgspec.ValidationError) as error:
            self.words = str(error)
        else:
            if self.state is None or self.state.design != state.design or (across, down) != (self.across, self.down):
                return
            self.found = found
            self.x = _place(found.variables[-1].values, found.present[-1])
            self.y = _place(found.variables[0].values, found.present[0]) if down is not None else 0
        self.redraw()

    @property
    def wide(self) -> int:
        """Cells in a row."""
        return len(self.found.variables[-1].values) if self.found else 0

    @property
    def high(self) -> int:
        """Rows of cells."""
        return len(self.found.points) // self.wide if self.found and self.wide else 0

    def point(self, x: int, y: int) -> SweepPoint:
        """One cell's design."""
        assert self.found is not None
        return self.found.points[y * self.wide + x]

    def title(self) -> str:
        """The variables."""
        return f"Sweep of {self.across}" + (f" and {self.down}" if self.down else "")

    def title_right(self, width: int) -> Parts:  # noqa: ARG002
        """What the cells hold."""
        return (("EDP mJ·s; brighter is better", DIM),)

    def body(self, canvas: Canvas, top: int) -> None:
        """Header, cells, the selected one in words."""
        y = top + (1 if self.roomy else 0)
        if self.found is None:
            canvas.put(2, y, self.words, DIM)
            return
        fitting = [p.edp_j_s for p in self.found.points if p.edp_j_s is not None]
        best = min(fitting, default=None)
        across = max(1, (canvas.width - LEFT - 2) // CELL)
        first = max(0, self.x - across + 1)
        canvas.runs(2, y, (self.down or "", DIM))
        canvas.put(LEFT + 1, y, f"{self.across} {canvas.glyphs.arrow}", DIM)
        for x in range(first, min(self.wide, first + across)):
            words = value_words(self.across, self.found.variables[-1].values[x], CELL - 1)
            canvas.put_right(LEFT + (x - first + 1) * CELL, y + 1, words, ACCENT_BOLD if x == self.x else DIM)
        for row in range(self.high):
            at = y + 2 + row
            if self.down is not None:
                words = value_words(self.down, self.found.variables[0].values[row], LEFT - 3)
                canvas.put(2, at, words, ACCENT_BOLD if row == self.y else DIM)
            for x in range(first, min(self.wide, first + across)):
                self._cell(canvas, LEFT + (x - first) * CELL, at, x, row, best)
        self._words(canvas, y + 3 + self.high)

    def _cell(self, canvas: Canvas, left: int, y: int, x: int, row: int, best: float | None) -> None:
        edp = self.point(x, row).edp_j_s
        here = (x, row) == (self.x, self.y)
        words = canvas.glyphs.misfit if edp is None else numbers.edp_mj_s(edp)
        ink = DIM if edp is None else BOLD if here else TEXT
        if here:
            words = f"[{words}]"
        if edp is not None and best:
            tone = _TONES[sum(edp / best - 1 > step for step in _STEPS)]
            mark: Ink = Ink(tone)
            canvas.put(left + 1, y, canvas.glyphs.core, mark)
        canvas.put_right(left + CELL + (1 if here else 0), y, words, ink)

    def _words(self, canvas: Canvas, y: int) -> None:
        assert self.found is not None
        assert self.state is not None
        point = self.point(self.x, self.y)
        names = [v.name for v in self.found.variables]
        value = "   ".join(f"{n} {value_words(n, v)}" for n, v in zip(names, point.values, strict=True))
        x = canvas.put(2, y, value, STRONG) + 3
        if point.edp_j_s is None:
            canvas.put(x, y, point.reason, DIM)
            return
        x = canvas.put(x, y, f"{numbers.latency_ms(point.latency_s)} ms   {numbers.energy_j(point.energy_j)} J", TEXT)
        score = self.state.shown_score
        if score is not None and score.edp_j_s:
            ratio = point.edp_j_s / score.edp_j_s
            canvas.put(x + 3, y, f"{numbers.signed_percent(ratio)} %", GREEN if ratio < 1 else TEXT)

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_cell(self, key: str) -> None:
        """The next cell in a direction."""
        dx, dy = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[key]
        self.x = max(0, min(self.wide - 1, self.x + dx))
        self.y = max(0, min(self.high - 1, self.y + dy))
        self.redraw()

    def action_second(self) -> None:
        """Another second variable, or none."""
        assert self.state is not None
        names = [f"{s.id}.{part}" for s in self.state.design.subaccelerators for part in ("core", "rows", "cols")]
        offered: list[str | None] = [None, *(n for n in names if n != self.across)]
        self.down = offered[(offered.index(self.down) + 1) % len(offered)]
        self._start()
        self.redraw()

    def action_apply_cell(self) -> None:
        """Make the selected cell the design at hand."""
        if self.found is None:
            return
        names = [v.name for v in self.found.variables]
        values = self.point(self.x, self.y).values

        def changed(design: Design) -> tuple[Design, str]:
            words = []
            for name, value in zip(names, values, strict=True):
                words.append(f"{name} {value_words(name, get_variable(design, name))} → {value_words(name, value)}")
                design = set_variable(design, name, value)
            return design, ", ".join(words)

        self.workbench.session.edit(changed)


def _place(values: tuple[object, ...], value: object) -> int:
    return values.index(value) if value in values else 0


class SweepScreen(FullScreen):
    """w in the core grid."""

    CONTEXT: ClassVar[Context | None] = Context.SWEEP

    def __init__(self, variable: str) -> None:
        self._variable = variable
        super().__init__()

    def make_panes(self) -> tuple[Pane, ...]:
        """One pane."""
        return (SweepPane(self._variable),)
