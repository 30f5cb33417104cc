"""The table of the best designs a search has found."""

from dataclasses import dataclass

from workbench.engine.messages import Candidate
from workbench.tui import numbers
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import BOLD, DIM, TEXT
from workbench.tui.panes.pane import draw_cursor
from workbench.tui.panes.score_band import change_parts

WIDE = 110


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the number columns end and the designs start; `step` from one sub-accelerator to the next."""

    rank: int
    edp: int
    change: int
    latency: int
    energy: int
    subs: int
    step: int
    latency_label: str


def _columns(width: int) -> _Columns:
    if width >= WIDE:
        return _Columns(5, 15, 30, 44, 56, 61, 18, "latency ms")
    if width >= 77:
        return _Columns(5, 15, 28, 41, 52, 54, 12, "latency ms")
    if width >= 66:
        return _Columns(5, 14, 26, 36, 46, 48, 12, "lat. ms")
    return _Columns(4, 13, 23, 31, 40, 42, 12, "lat. ms")


def draw_best(
    canvas: Canvas, y: int, found: list[Candidate], cursor: int, first: int, focused: bool, pinned_edp: float | None
) -> None:
    """Header and rows from `first` on, down to the canvas's end."""
    at = _columns(canvas.width)
    wide = canvas.width >= WIDE
    ids = sorted({s.id for c in found for s in c.design.subaccelerators})
    seen_end = canvas.width - 18
    shown = [i for i in range(len(ids)) if at.subs + i * at.step + 9 <= (seen_end - 18 if wide else canvas.width)]
    canvas.put_right(at.rank, y, "#", DIM)
    canvas.put_right(at.edp, y, "EDP mJ·s", DIM)
    canvas.put_right(at.change, y, "vs pinned", DIM)
    canvas.put_right(at.latency, y, at.latency_label, DIM)
    canvas.put_right(at.energy, y, "energy J", DIM)
    for column in shown:
        canvas.put(at.subs + column * at.step, y, ids[column], DIM)
    if wide:
        canvas.put_right(seen_end, y, "found at design", DIM)
    for rank in range(first, len(found)):
        row = y + 1 + rank - first
        if row >= canvas.height:
            return
        candidate = found[rank]
        ink = BOLD if rank == cursor else TEXT
        canvas.put_right(at.rank, row, str(rank + 1), ink)
        canvas.put_right(at.edp, row, numbers.edp_mj_s(candidate.edp_j_s), ink)
        parts = change_parts(canvas, candidate.edp_j_s, pinned_edp)
        if parts:
            canvas.runs_right(at.change, row, *parts)
        else:
            canvas.put_right(at.change, row, numbers.NO_VALUE, DIM)
        canvas.put_right(at.latency, row, numbers.latency_ms(candidate.latency_s), ink)
        canvas.put_right(at.energy, row, numbers.energy_j(candidate.energy_j), ink)
        subs = {s.id: s for s in candidate.design.subaccelerators}
        times = " × " if wide else "×"
        for column in shown:
            sub = subs.get(ids[column])
            words = f"{sub.rows}{times}{sub.cols} {sub.core}" if sub else numbers.NO_VALUE
            if sub is not None and sub.planes > 1:
                words = f"{sub.rows}{times}{sub.cols}{times}{sub.planes} {sub.core}"
            canvas.put(at.subs + column * at.step, row, words[: at.step - 1], ink)
        if wide:
            canvas.put_right(seen_end, row, numbers.number(candidate.evaluation), DIM)
        if rank == cursor:
            draw_cursor(canvas, row, canvas.width, focused)
