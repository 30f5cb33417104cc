"""Every way one layer may run: parts of the grids, times, bytes per tensor, how often each is fetched, what binds."""

from collections.abc import Callable
from typing import ClassVar

import msgspec

from workbench.design.rectangle import LayerRectangles, Rectangle
from workbench.design.report import LayerScore
from workbench.engine.client import EngineError
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import ACCENT, ACCENT_BOLD, BOLD, DIM, TEXT
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Pane, Parts, draw_cursor
from workbench.tui.screens.full import FullScreen
from workbench.tui.state import State

MS = 1e3
WIDE = 110  # columns from which compute, port and energy stand apart
Column = tuple[str, int, Callable[[Rectangle], str]]  # label, where it ends, words of a way
ORDERS = ("time", "bytes", "energy", "cores")


def bytes_moved(way: Rectangle) -> float:
    """Off-chip bytes of all three tensors."""
    return way.input_bytes + way.weight_bytes + way.output_bytes


class WaysPane(ListPane):
    """One row a rectangle, sorted; the one that the schedule takes is marked."""

    NAME = "Ways to run"
    CONTEXT = Context.WAYS
    BINDINGS: ClassVar = bindings(Context.WAYS)
    sort = "time"

    def __init__(self, layer: LayerScore) -> None:
        super().__init__()
        self.one = layer
        self.found: LayerRectangles | None = None
        self.words = "asking the engine"

    def show(self, state: State) -> None:
        """Show a state; a changed design has other ways."""
        changed = self.state is None or self.state.design != state.design
        self.state = state
        if changed:
            self.found = None
            self.workbench.session.spawn(self._ask(state))
        self.redraw()

    async def _ask(self, state: State) -> None:
        asked = {"design": msgspec.to_builtins(state.design), "tenant": self.one.tenant, "layer": self.one.layer}
        try:
            found = msgspec.convert(await self.workbench.session.engine.call("rectangles", asked), LayerRectangles)
        except (EngineError, msgspec.ValidationError) as error:
            self.words = str(error)
        else:
            if self.state is None or self.state.design != state.design:
                return
            self.found = found
            self.cursor = next((k for k, way in enumerate(self.rows()) if way.chosen), 0)
        self.redraw()

    def rows(self) -> list[Rectangle]:
        """Ways that pass the filter (by sub-accelerator, size or bound), sorted."""
        found = self.found.rectangles if self.found else ()
        kept = [w for w in found if self.matches(f"{w.subaccelerator} {_size(w)} {w.bound}")]
        keys: dict[str, Callable[[Rectangle], float]] = {
            "time": lambda w: w.unstalled_s, "bytes": bytes_moved, "energy": lambda w: w.energy_j,
            "cores": lambda w: float(w.cores),
        }  # fmt: skip
        return sorted(kept, key=keys[self.sort])

    def count(self) -> int:
        """Ways shown."""
        return len(self.rows())

    def title(self) -> str:
        """The layer's name."""
        return f"Ways to run {self.one.name}"

    def title_right(self, width: int) -> Parts:
        """Shape, how many, the order."""
        words = f"{numbers.plural(self.count(), 'way')}, by {self.sort}"
        return ((f"{self.one.shape}   {words}" if width >= WIDE else words, DIM),)

    def action_ways_sort(self) -> None:
        """The next column."""
        self.sort = ORDERS[(ORDERS.index(self.sort) + 1) % len(ORDERS)]
        self.cursor = 0
        self.redraw()

    def body(self, canvas: Canvas, top: int) -> None:
        """The table."""
        y = top + (1 if self.roomy else 0)
        if self.draw_filter(canvas, y):
            y += 1
        rows = self.rows()
        if not rows:
            canvas.put(2, y, self.words if self.found is None else "none passes the filter", DIM)
            return
        columns = _columns(canvas.width >= WIDE)
        canvas.put(2, y, "on", DIM)
        for label, end, _ in columns:
            canvas.put_right(end, y, label, ACCENT if label.startswith(self.sort) else DIM)
        canvas.put(columns[-1][1] + 2, y, "bound", DIM)
        room = max(1, canvas.height - y - 2)
        self.keep_visible(room)
        for k, way in enumerate(rows[self.scroll_top : self.scroll_top + room]):
            here = self.scroll_top + k == self.cursor
            ink = BOLD if here else TEXT
            row = y + 1 + k
            canvas.runs(
                2, row, (way.subaccelerator[:3], ink), (f" {canvas.glyphs.yours}" if way.chosen else "", ACCENT)
            )
            for _, end, cell in columns:
                canvas.put_right(end, row, cell(way), ACCENT_BOLD if way.chosen else ink)
            x = canvas.put(columns[-1][1] + 2, row, way.bound, DIM)
            canvas.put(x + 1, row, "measured" if way.measured else "", DIM)
            if here:
                draw_cursor(canvas, row, canvas.width, self.active)
        words = f"{canvas.glyphs.yours} what the schedule takes; bytes off chip; × how often a tensor is fetched"
        canvas.put(2, canvas.height - 1, words, DIM)


def _size(way: Rectangle) -> str:
    return f"{way.rows}×{way.cols}" + (f"×{way.planes}" if way.planes > 1 else "")


def _tensor(size: float, refetch: float) -> str:
    return f"{numbers.bytes_of(size)} ×{numbers.number(refetch, 0 if refetch == round(refetch) else 1)}"


def _columns(wide: bool) -> list[Column]:
    cells: list[Column] = [("size", 14, _size)]
    if wide:
        return [
            *cells, ("cores", 21, lambda w: str(w.cores)),
            ("time ms", 31, lambda w: numbers.number(w.unstalled_s * MS, 3)),
            ("compute", 41, lambda w: numbers.number(w.compute_s * MS, 3)),
            ("port", 50, lambda w: numbers.number(w.port_s * MS, 3)),
            ("input", 64, lambda w: _tensor(w.input_bytes, w.refetch_input)),
            ("weights", 78, lambda w: _tensor(w.weight_bytes, w.refetch_weight)),
            ("output", 92, lambda w: _tensor(w.output_bytes, w.refetch_output)),
            ("energy mJ", 103, lambda w: numbers.number(w.energy_j * 1e3, 3)),
        ]  # fmt: skip
    return [
        *cells, ("time ms", 25, lambda w: numbers.number(w.unstalled_s * MS, 3)),
        ("input", 38, lambda w: _tensor(w.input_bytes, w.refetch_input)),
        ("weights", 51, lambda w: _tensor(w.weight_bytes, w.refetch_weight)),
        ("output", 64, lambda w: _tensor(w.output_bytes, w.refetch_output)),
    ]  # fmt: skip


class WaysScreen(FullScreen):
    """Enter on a layer."""

    CONTEXT: ClassVar[Context | None] = Context.WAYS

    def __init__(self, layer: LayerScore) -> None:
        self._layer = layer
        super().__init__()

    def make_panes(self) -> tuple[Pane, ...]:
        """One pane."""
        return (WaysPane(self._layer),)
