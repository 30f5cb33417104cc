"""Both models' cycles of the workload's largest layers, side by side, and why they differ."""

from textwrap import wrap
from typing import Any

from textual.app import ComposeResult

from workbench.tui import numbers
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import BOLD, DIM, RULE, TEXT
from workbench.tui.screens.overlay import BoxRows, Frame, Overlay
from workbench.tui.state import State

MOST_ROWS = 10
HEIGHT = 22
MAESTRO_END, EXACT_END, RATIO_END, QUIRKS_AT = 38, 50, 56, 58


class _Table(BoxRows):
    def __init__(self, owner: "ModelsOverlay") -> None:
        super().__init__(HEIGHT)
        self._owner = owner

    def draw(self, canvas: Canvas) -> None:
        """Heading, a row per layer, what the quirks do."""
        owner, width, end = self._owner, canvas.width, canvas.height - 1
        canvas.put(1, 0, f"Cycles of both models, one core of {owner.sub_id}", BOLD)
        canvas.fill(1, 0, width, canvas.glyphs.rule, RULE)
        canvas.runs_right(width - 1, end, ("esc", BOLD), (" close", DIM))
        if owner.result is None:
            for k, line in enumerate(wrap(owner.words, width - 4)):
                canvas.put(2, 2 + k, line, TEXT)
            return
        y = self._layers(canvas, owner.result["rows"]) + 1
        for name, what in owner.result["quirks"].items():
            lines = wrap(f"{_short(name)}  {what}", width - 4, subsequent_indent="     ")
            if y + len(lines) > end:
                break
            for line in lines:
                canvas.put(2, y, line, DIM)
                y += 1

    def _layers(self, canvas: Canvas, rows: list[dict[str, Any]]) -> int:
        y = 2
        canvas.put(2, y, "layer", DIM)
        canvas.put_right(MAESTRO_END, y, "maestro", DIM)
        canvas.put_right(EXACT_END, y, "exact", DIM)
        canvas.put_right(RATIO_END, y, "ratio", DIM)
        canvas.put(QUIRKS_AT, y, "quirks", DIM)
        for row in rows:
            y += 1
            canvas.put(2, y, f"{row['network']} {row['layer']}"[:25], TEXT)
            for name, end in (("maestro_cycles", MAESTRO_END), ("exact_cycles", EXACT_END)):
                canvas.put_right(end, y, "none" if row[name] is None else f"{row[name]:,}", TEXT)
            if row["ratio"] is not None:
                canvas.put_right(RATIO_END, y, numbers.number(row["ratio"], 2), BOLD)
            words = row["words"] or " ".join(_short(name) for name in row["quirks"])
            room = canvas.width - QUIRKS_AT - 1
            canvas.put(QUIRKS_AT, y, words if len(words) <= room else words[: room - 1] + "…", DIM)
        return y + 1


class ModelsOverlay(Overlay[None]):
    """b in the dataflow's pane."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._design = state.design
        self.sub_id = state.sub.id
        self.result: dict[str, Any] | None = None
        self.words = "both models are at work …"
        self._table = _Table(self)

    def compose(self) -> ComposeResult:
        """One box."""
        yield Frame(self._table)

    def on_mount(self) -> None:
        """Ask the engine."""
        self.workbench.session.spawn(self._ask())

    async def _ask(self) -> None:
        import msgspec

        from workbench.engine.client import EngineError

        arguments = {"design": msgspec.to_builtins(self._design), "subaccelerator": self.sub_id, "most": MOST_ROWS}
        try:
            self.result = await self.workbench.session.engine.call("models", arguments)
        except EngineError as error:
            self.words = str(error)
        if self.is_mounted:
            self._table.redraw()


def _short(quirk: str) -> str:
    """`Q13` of `Q13-edge-tile`."""
    head = quirk.split("-")[0]
    return head if head[:1] == "Q" else quirk
