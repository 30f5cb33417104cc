"""The table of the best designs a search has found."""

from dataclasses import dataclass

from workbench.design.design import SubAccelerator
from workbench.engine.messages import Candidate
from workbench.tui import numbers
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import BOLD, DIM, TEXT
from workbench.tui.panes.pane import draw_cursor
from workbench.tui.panes.score_band import change_parts

WIDE = 110
LEAST_WORDS = 9  # columns of a sub-accelerator's words below which they are left out: `1×3 B800`


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
    times = " × " if wide else "×"
    subs = [{s.id: _sub_words(s, times) for s in c.design.subaccelerators} for c in found]
    ids = sorted({id for row in subs for id in row})
    longest = max([0, *(len(words) for row in subs for words in row.values())])
    step = max(at.step, longest + 1)
    seen_end = canvas.width - 18
    end = seen_end - 18 if wide else canvas.width
    shown = [i for i in range(len(ids)) if at.subs + i * step + LEAST_WORDS <= end]
    canvas.put_right(at.rank, y, "#", DIM)
    canvas.put_right(at.edp, y, "EDP mJ·s", DIM)
    canvas.put_right(at.change, y, "vs pinned", DIM)
    canvas.put_right(at.latency, y, at.latency_label, DIM)
    canvas.put_right(at.energy, y, "energy J", DIM)
    for column in shown:
        canvas.put(at.subs + column * step, y, ids[column], DIM)
    more = at.subs + len(shown) * step
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
        for column in shown:
            words = subs[rank].get(ids[column], numbers.NO_VALUE)
            room = min(step, end - at.subs - column * step) - 1
            words = words if len(words) <= room else words[: room - 1] + canvas.glyphs.ellipsis
            canvas.put(at.subs + column * step, row, words, ink)
        hidden = len(subs[rank].keys() - {ids[column] for column in shown})
        if hidden and more + len("+9") <= end:
            canvas.put(more, row, f"+{hidden}", DIM)
        if wide:
            canvas.put_right(seen_end, row, numbers.number(candidate.evaluation), DIM)
        if rank == cursor:
            draw_cursor(canvas, row, canvas.width, focused)


def _sub_words(sub: SubAccelerator, times: str) -> str:
    sides = [sub.rows, sub.cols, *([sub.planes] if sub.planes > 1 else [])]
    return f"{times.join(map(str, sides))} {sub.core}"
