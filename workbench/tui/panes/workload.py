"""Tenants and their networks: instances, batch, share of energy, what bounds them; a network opens into its layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.message import Message

from workbench.design.report import LayerScore
from workbench.design.shape_words import shape_words
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.first_steps import Step
from workbench.tui.ink import ACCENT, ACCENT_BOLD, BOLD, DIM, RED, TEXT, Ink
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Parts, draw_cursor
from workbench.tui.state import State
from workbench.workload.layer import LayerShape
from workbench.workload.workload import Tenant

WIDE = 60  # columns from which `bound` is spelt out
LEAST_LAYERS = 3
LEAST_NAME = 8  # columns of a layer's name below which its shape is left out
_SHORT_BOUND = {"compute": "cmp", "memory": "mem", "port": "port", "ring": "ring", "idle": "idle"}


def layer_words(shape: LayerShape, wide: bool = False) -> str:
    """`512→1024 3×3`, with the output's size where there is room."""
    return f"{shape_words(shape)} {f'{shape.out_h}×{shape.out_w}':>9}" if wide else shape_words(shape)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns end (numbers) or start (bound)."""

    instances: int
    batch: int
    energy: int
    bound: int
    wide: bool


def _columns(width: int) -> _Columns:
    if width >= WIDE:
        return _Columns(width - 27, width - 20, width - 11, width - 9, True)
    return _Columns(width - 20, width - 14, width - 6, width - 4, False)


class WorkloadPane(ListPane):
    """Pane 1."""

    NUMBER = "1"
    NAME = "Workload"
    TAB = "Workload"
    CONTEXT = Context.WORKLOAD
    HINT = Step.WORKLOAD
    BINDINGS: ClassVar = bindings(Context.WORKLOAD)
    column = "instances"

    class Changed(Message):
        """A tenant's instances or batch shall change by a step."""

        def __init__(self, tenant: int, field: str, step: int) -> None:
            self.tenant, self.field, self.step = tenant, field, step
            super().__init__()

    class Removed(Message):
        """A tenant shall go."""

        def __init__(self, tenant: int) -> None:
            self.tenant = tenant
            super().__init__()

    class LimitWanted(Message):
        """A tenant's latency limit shall be asked for."""

        def __init__(self, tenant: int) -> None:
            self.tenant = tenant
            super().__init__()

    class IsolationWanted(Message):
        """A tenant's isolation label shall be asked for."""

        def __init__(self, tenant: int) -> None:
            self.tenant = tenant
            super().__init__()

    class ImportWanted(Message):
        """Another tool's network shall be added."""

    class WorkloadWanted(Message):
        """Another workload shall be chosen."""

    class AddWanted(Message):
        """A network shall be added."""

    def __init__(self, **options: str) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.opened: set[int] = set()
        self.rows_on_screen: dict[int, int] = {}  # canvas row → index of the list

    def indices(self) -> list[int]:
        """Tenants that pass the filter."""
        assert self.state is not None
        tenants = self.state.workload.tenants
        return [i for i, t in enumerate(tenants) if self.matches(t.network.name)]

    def count(self) -> int:
        """Tenants shown."""
        return len(self.indices()) if self.state else 0

    @property
    def tenant(self) -> int | None:
        """Index of the selected tenant."""
        shown = self.indices() if self.state else []
        return shown[min(self.cursor, len(shown) - 1)] if shown else None

    def title_right(self, width: int) -> Parts:
        """Jobs and work of one round."""
        if self.state is None:
            return ()
        workload = self.state.workload
        words = f"{numbers.number(workload.jobs)} jobs  {numbers.macs(workload.macs)}"
        if width >= WIDE:
            count = sum(t.instances for t in workload.tenants)
            words = f"{numbers.plural(count, 'network')}   {words.replace('  ', '   ')}"
        return ((words, DIM),)

    def body(self, canvas: Canvas, top: int) -> None:
        """Header, tenants, open layers."""
        assert self.state is not None
        y = top + (1 if self.roomy else 0)
        columns = _columns(canvas.width)
        if not self.draw_filter(canvas, y):
            canvas.put(2, y, "network", DIM)
        chosen = ACCENT if self.active else DIM
        narrow = canvas.width < WIDE
        canvas.put_right(columns.instances, y, "inst", chosen if self.column == "instances" else DIM)
        canvas.put_right(columns.batch, y, "batch", chosen if self.column == "batch" else DIM)
        canvas.put_right(columns.energy, y, "energy", DIM)
        canvas.put(columns.bound, y, "by" if narrow else "bound", DIM)
        self._draw_rows(canvas, y + 1, columns)

    def _draw_rows(self, canvas: Canvas, y: int, columns: _Columns) -> None:
        assert self.state is not None
        shown = self.indices()
        room = canvas.height - y
        self.keep_visible(max(1, room - (LEAST_LAYERS + 1 if self.opened else 0)))
        open_shown = [i for i in shown[self.scroll_top :] if i in self.opened]
        spare = room - (len(shown) - self.scroll_top) - len(open_shown) - (1 if self.roomy else 0)
        each = max(LEAST_LAYERS, spare // len(open_shown)) if open_shown else 0
        self.rows_on_screen = {}
        for index in range(self.scroll_top, len(shown)):
            if y >= canvas.height:
                return
            tenant = shown[index]
            self.rows_on_screen[y] = index
            self._draw_tenant(canvas, y, columns, tenant, index == self.cursor)
            y += 1
            if tenant in self.opened:
                y = self._draw_layers(canvas, y, columns, tenant, each)
        if not shown:
            canvas.put(2, y, "no network of that name", DIM)

    def _draw_tenant(self, canvas: Canvas, y: int, columns: _Columns, index: int, selected: bool) -> None:
        assert self.state is not None
        tenant: Tenant = self.state.workload.tenants[index]
        glyphs = canvas.glyphs
        canvas.put(2, y, glyphs.open if index in self.opened else glyphs.closed, DIM)
        name = tenant.network.name
        room = columns.instances - len(numbers.number(tenant.instances)) - 2 - 4
        limit = self._limit(index, columns.wide)
        if limit is not None:
            words, missed = limit
            room = columns.instances - 5 - 4 - len(words) - 1
            canvas.put_right(columns.instances - 5, y, words, RED if missed else DIM)
        if tenant.isolation:
            name = f"{name} ({tenant.isolation})"
        name = name if len(name) <= room else name[: room - 1] + glyphs.ellipsis
        canvas.put(4, y, name, BOLD if selected else TEXT)

        def cell(end: int, text: str, field: str) -> None:
            here = selected and self.active and self.column == field
            canvas.put_right(end, y, text, ACCENT_BOLD if here else TEXT)

        cell(columns.instances, numbers.number(tenant.instances), "instances")
        cell(columns.batch, numbers.number(tenant.batch), "batch")
        score = self.state.shown_score
        if score is not None and index < len(score.tenants):
            part = score.tenants[index]
            canvas.put_right(columns.energy, y, numbers.percent(part.energy_share, 1), TEXT)
            canvas.put(columns.bound, y, _bound(part.bound, columns.wide), DIM)
        else:
            canvas.put_right(columns.energy, y, numbers.NO_VALUE, TEXT)
        if selected:
            draw_cursor(canvas, y, canvas.width, self.active)

    def _limit(self, index: int, wide: bool) -> tuple[str, bool] | None:
        """A tenant's latency limit in words, and whether it is missed."""
        assert self.state is not None
        limit_s = self.state.workload.tenants[index].latency_limit_s
        if limit_s is None:
            return None
        score = self.state.shown_score
        words = f"{numbers.latency_ms(limit_s)} ms"
        if score is None or index >= len(score.tenants) or score.tenants[index].latency_s <= limit_s:
            return f"≤ {words}", False
        found = f"{numbers.latency_ms(score.tenants[index].latency_s)} " if wide else ""
        return f"{self.look.glyphs.misfit} {found}> {words}", True

    def _draw_layers(self, canvas: Canvas, y: int, columns: _Columns, tenant: int, room: int) -> int:
        assert self.state is not None
        network = self.state.workload.tenants[tenant].network
        score = self.state.shown_score
        scored: Sequence[LayerScore] = [layer for layer in score.layers if layer.tenant == tenant] if score else []
        total = score.energy_j if score and score.energy_j else 0.0
        by_energy = sorted(scored, key=lambda layer: -layer.energy_j)
        order = [layer.layer for layer in by_energy] or sorted(
            range(len(network.layers)), key=lambda i: -network.layers[i].shape.macs
        )
        shown = order if len(order) <= room + 1 else order[:room]
        for rank, number in enumerate(shown):
            layer = network.layers[number]
            words = layer_words(layer.shape, columns.wide)
            end = columns.instances - 2 if not columns.wide else columns.batch
            start = end - len(words)
            if start >= LEAST_NAME + 5:
                canvas.put(start, y, words, DIM)
            else:
                start = columns.energy - 6
            name_room = max(3, start - 5)
            name = layer.name if len(layer.name) <= name_room else layer.name[: name_room - 1] + canvas.glyphs.ellipsis
            canvas.put(4, y, name, DIM)
            energy: str = numbers.NO_VALUE
            bound = ""
            ink: Ink = DIM
            if rank < len(by_energy) and total:
                energy = numbers.percent(by_energy[rank].energy_j / total, 1)
                bound = _bound(by_energy[rank].bound, columns.wide)
            canvas.put_right(columns.energy, y, energy, ink)
            canvas.put(columns.bound, y, bound, DIM)
            y += 1
        if len(shown) < len(order):
            canvas.put(4, y, f"{len(order) - len(shown)} more layers", DIM)
            y += 1
        return y

    def show(self, state: State) -> None:
        """Show a state; open tenants stay open as long as the list of networks is the same."""
        if self.state is not None:
            before = [t.network.name for t in self.state.workload.tenants]
            after = [t.network.name for t in state.workload.tenants]
            if before != after:
                names = {before[i] for i in self.opened if i < len(before)}
                self.opened = {i for i, name in enumerate(after) if name in names}
        super().show(state)

    def action_column(self, key: str) -> None:
        """Choose instances or batch."""
        self.column = "instances" if key == "left" else "batch"
        self.redraw()

    def _step(self, step: int) -> None:
        if self.tenant is not None:
            self.post_message(self.Changed(self.tenant, self.column, step))

    def action_tenant_more(self) -> None:
        """One instance or image more."""
        self._step(1)

    def action_tenant_less(self) -> None:
        """One instance or image less."""
        self._step(-1)

    def action_toggle_layers(self) -> None:
        """Open or close the selected tenant."""
        if self.tenant is not None:
            self.opened ^= {self.tenant}
            self.workbench.took(Step.WORKLOAD)
            self.redraw()

    def action_tenant_add(self) -> None:
        """Ask for a network."""
        self.post_message(self.AddWanted())

    def action_workload(self) -> None:
        """Ask for a workload."""
        self.post_message(self.WorkloadWanted())

    def action_tenant_remove(self) -> None:
        """Remove the selected tenant."""
        if self.tenant is not None:
            self.post_message(self.Removed(self.tenant))

    def action_import(self) -> None:
        """Ask for another tool's network."""
        self.post_message(self.ImportWanted())

    def action_limit(self) -> None:
        """Ask for the selected tenant's latency limit."""
        if self.tenant is not None:
            self.post_message(self.LimitWanted(self.tenant))

    def action_isolation(self) -> None:
        """Ask for the selected tenant's isolation label."""
        if self.tenant is not None:
            self.post_message(self.IsolationWanted(self.tenant))

    def on_click(self, event: events.Click) -> None:
        """A click selects; a click on the selected row's mark opens it."""
        index = self.rows_on_screen.get(event.y)
        if index is None:
            return
        if index == self.cursor and event.x <= 3:
            self.action_toggle_layers()
        self.move_to(index)


def _bound(bound: str, wide: bool) -> str:
    return bound if wide else _SHORT_BOUND.get(bound, bound[:4])
