"""Layers: every layer of every tenant in a sortable table, and the roofline."""

from collections.abc import Callable
from typing import ClassVar

from workbench.design.report import LayerScore
from workbench.hardware.presets import load_core
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.roofline import Roofline, draw_roofline
from workbench.tui.ink import ACCENT, BOLD, DIM, TEXT
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Pane, Parts, draw_cursor
from workbench.tui.screens.full import FullScreen
from workbench.tui.state import State

COLUMNS = ("energy", "time", "stall", "MACs", "bytes", "order")
_SORTS: dict[str, Callable[[LayerScore], tuple[float, ...]]] = {
    "energy": lambda one: (-one.energy_j,),
    "time": lambda one: (-one.time_s,),
    "stall": lambda one: (-one.stall_s,),
    "MACs": lambda one: (-float(one.macs),),
    "bytes": lambda one: (-one.off_chip_bytes,),
    "order": lambda one: (float(one.tenant), float(one.layer)),
}
ROOF_ROWS = 14
TALL = 30  # rows of the body from which the roofline stands below the table
WIDE = 150  # columns from which it stands beside it
ROOM_FOR_STALLS = 76  # columns below which time and energy must do


class LayersPane(ListPane):
    """One table, one chart."""

    NAME = "Layers"
    CONTEXT = Context.LAYERS
    BINDINGS: ClassVar = bindings(Context.LAYERS)
    sort = "energy"

    def __init__(self, wanted: tuple[int, int] | None = None) -> None:
        super().__init__()
        self._wanted = wanted

    def show(self, state: State) -> None:
        """Show a state; the first time with the cursor on the wanted layer (tenant, layer)."""
        self.state = state
        if self._wanted is not None and state.shown_score is not None:
            places = [(one.tenant, one.layer) for one in self.rows()]
            self.cursor = places.index(self._wanted) if self._wanted in places else 0
            self._wanted = None
        self.redraw()

    def rows(self) -> list[LayerScore]:
        """Layers that pass the filter, sorted."""
        score = self.state.shown_score if self.state else None
        if score is None:
            return []
        names = [t.network for t in score.tenants]
        found = [one for one in score.layers if self.matches(f"{names[one.tenant]} {one.name} {one.kind} {one.bound}")]
        return sorted(found, key=_SORTS[self.sort])

    def count(self) -> int:
        """Layers shown."""
        return len(self.rows())

    def title_right(self, width: int) -> Parts:  # noqa: ARG002
        """How many, and the order."""
        return ((f"{numbers.number(self.count())} layers, by {self.sort}", DIM),)

    def action_sort(self) -> None:
        """The next column."""
        self.sort = COLUMNS[(COLUMNS.index(self.sort) + 1) % len(COLUMNS)]
        self.cursor = 0
        self.redraw()

    def action_ways(self) -> None:
        """Every way to run the selected layer."""
        from workbench.tui.screens.ways import WaysScreen

        found = self.rows()
        if found:
            self.app.push_screen(WaysScreen(found[min(self.cursor, len(found) - 1)]))

    def body(self, canvas: Canvas, top: int) -> None:
        """Table and roofline."""
        y = top + (1 if self.roomy else 0)
        if self.draw_filter(canvas, y):
            y += 1
        found = self.rows()
        if not found:
            canvas.put(2, y, "no layers: there is no score, or none passes the filter", DIM)
            return
        beside = canvas.width >= WIDE
        width = max(100, canvas.width * 3 // 5) if beside else canvas.width
        below = not beside and canvas.height >= TALL
        bottom = canvas.height - (ROOF_ROWS + 1 if below else 0)
        room = max(1, bottom - y - 1)
        self.keep_visible(room)
        self._table(canvas, y, width, found[self.scroll_top : self.scroll_top + room])
        if beside:
            self._roof(canvas, width + 3, y, canvas.width - width - 5, canvas.height - y - 1, found)
        elif below:
            self._roof(canvas, 2, bottom + 1, canvas.width - 4, ROOF_ROWS - 1, found)

    def _table(self, canvas: Canvas, y: int, width: int, found: list[LayerScore]) -> None:
        score = self.state.shown_score if self.state else None
        assert score is not None
        wide = width >= 96
        ends = {"time": width - 43, "stall": width - 34, "energy": width - 25, "bytes": width - 14}
        if width < ROOM_FOR_STALLS:
            ends = {"time": width - 23, "energy": width - 14}
        labels = {"time": "time ms", "stall": "stall ms", "energy": "energy %", "bytes": "bytes"}
        shape_at, macs_end = 40, ends["time"] - 10
        canvas.put(2, y, "network", DIM)
        layer_at = 24 if wide else 16
        canvas.put(layer_at, y, "layer", DIM)
        shape_room = macs_end - shape_at - 10
        if wide and shape_room >= len("shape"):
            canvas.put(shape_at, y, "shape", DIM)
        for name, end in ends.items():
            canvas.put_right(end, y, labels[name], ACCENT if name == self.sort else DIM)
        if wide:
            canvas.put_right(macs_end, y, "MACs", ACCENT if self.sort == "MACs" else DIM)
        canvas.put(width - 12, y, "on  bound", DIM)
        for k, one in enumerate(found):
            row = y + 1 + k
            here = self.scroll_top + k == self.cursor
            ink = BOLD if here else TEXT
            canvas.put(2, row, score.tenants[one.tenant].network[: layer_at - 3], DIM)
            canvas.put(layer_at, row, one.name[: 15 if wide else max(4, ends["time"] - layer_at - 7)], ink)
            if wide:
                canvas.put(shape_at, row, one.shape[: max(0, shape_room)], DIM)
                canvas.put_right(macs_end, row, numbers.macs(one.macs).removesuffix("MAC").strip(), TEXT)
            share = one.energy_j / score.energy_j if score.energy_j else 0.0
            words = {
                "time": numbers.number(one.time_s * 1e3, 2),
                "stall": numbers.number(one.stall_s * 1e3, 2),
                "energy": numbers.number(share * 100, 2),
                "bytes": numbers.bytes_of(one.off_chip_bytes),
            }
            for name, end in ends.items():
                canvas.put_right(end, row, words[name], ink if name == "time" else TEXT)
            canvas.put(width - 12, row, one.subaccelerator[:3], TEXT)
            canvas.put(width - 8, row, one.bound[:7], DIM)
            if here:
                draw_cursor(canvas, row, width, self.active)

    def _roof(self, canvas: Canvas, x: int, y: int, width: int, height: int, found: list[LayerScore]) -> None:
        state = self.state
        assert state is not None
        macs_per_cycle = {s.id: load_core(s.core).macs_per_cycle * s.cores for s in state.design.subaccelerators}
        peak, giga_hz = sum(macs_per_cycle.values()), state.board.clock_hz / 1e9

        def point(one: LayerScore) -> tuple[float, float]:
            intensity = one.macs / one.off_chip_bytes if one.off_chip_bytes else 0.0
            return intensity, one.macs / one.time_s / 1e9 if one.time_s else 0.0

        here = found[min(self.cursor, len(found) - 1)]
        roof = Roofline(
            tuple(point(one) for one in found), peak * giga_hz,
            state.board.bandwidth_bytes_per_s / 1e9, point(here),
            macs_per_cycle.get(here.subaccelerator, 0.0) * giga_hz if len(macs_per_cycle) > 1 else 0.0,
        )  # fmt: skip
        draw_roofline(canvas, x, y, width, height, roof)
        intensity, speed = point(here)
        words = f"{here.name}: {numbers.number(intensity, 1)} MAC/byte, {numbers.number(speed, 1)} GMAC/s"
        if roof.own_peak_gmac_s:
            words += f"; roof of {here.subaccelerator} {numbers.number(roof.own_peak_gmac_s)}"
        canvas.put_right(x + width, y, words, DIM)


class LayersScreen(FullScreen):
    """l."""

    CONTEXT: ClassVar[Context | None] = Context.LAYERS

    def __init__(self, wanted: tuple[int, int] | None = None) -> None:
        self._wanted = wanted
        super().__init__()

    def make_panes(self) -> tuple[Pane, ...]:
        """One pane."""
        return (LayersPane(self._wanted),)
