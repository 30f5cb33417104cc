"""A timeline's jobs as blocks of a Gantt chart: jobs too short to see are joined."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.design.report import Bar, Score
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.gantt import Block, Window, draw_gantt
from workbench.tui.ink import BOLD, TEXT


@dataclass(frozen=True, slots=True)
class CoreRow:
    """One row of the chart: a core of a sub-accelerator; None: a blank row between two."""

    subaccelerator: int
    core: int


def core_rows(counts: Sequence[int]) -> list[CoreRow | None]:
    """Rows for sub-accelerators of so many cores each."""
    rows: list[CoreRow | None] = []
    for sub, count in enumerate(counts):
        if rows:
            rows.append(None)
        rows += [CoreRow(sub, core) for core in range(count)]
    return rows


def job_name(score: Score, bar: Bar, names: dict[tuple[int, int], str]) -> str:
    """`bert_base_s128 ffn_1`."""
    network = score.tenants[bar.tenant].network if bar.tenant < len(score.tenants) else "?"
    return f"{network} {names.get((bar.tenant, bar.layer), '')}".strip()


def layer_names(score: Score) -> dict[tuple[int, int], str]:
    """Names of layers by tenant and number."""
    return {(layer.tenant, layer.layer): layer.name for layer in score.layers}


def blocks_of(
    score: Score, rows: Sequence[CoreRow | None], window: Window, columns: int, selected: Bar | None, by_tenant: bool
) -> tuple[list[Block], float]:
    """Blocks in the window, and the time in s below which jobs were joined (0: none was)."""
    names = layer_names(score)
    cell_s = (window.end_s - window.start_s) / max(1, columns)
    row_of = {(r.subaccelerator, r.core): y for y, r in enumerate(rows) if r is not None}
    found: list[Block] = []
    joined = 0.0
    open_runs: dict[tuple[int, tuple[int, ...]], tuple[Bar, float, float, float, int]] = {}

    def emit(sub: int, cores: tuple[int, ...], start: float, end: float, stall: float, label: str, here: bool) -> None:
        for first, count in _runs([row_of[sub, c] for c in cores if (sub, c) in row_of]):
            found.append(Block(first, count, start, end, stall, label, here))

    def close(key: tuple[int, tuple[int, ...]]) -> None:
        bar, start, end, stall, count = open_runs.pop(key)
        label = score.tenants[bar.tenant].network if count > 1 or by_tenant else job_name(score, bar, names)
        emit(*key, start, end, stall, label, False)

    for bar in sorted(score.timeline, key=lambda b: b.start_s):
        if bar.end_s < window.start_s or bar.start_s > window.end_s:
            continue
        key = (bar.subaccelerator, bar.cores)
        if bar == selected:
            if key in open_runs:
                close(key)
            label = names.get((bar.tenant, bar.layer), "")
            emit(*key, bar.start_s, bar.end_s, bar.stall_s, label, True)
            continue
        short = bar.end_s - bar.start_s < 2 * cell_s
        if key in open_runs:
            first, start, end, stall, count = open_runs[key]
            same = first.tenant == bar.tenant
            if same and bar.start_s - end < cell_s and (short or by_tenant):
                joined = max(joined, bar.end_s - bar.start_s) if not by_tenant else joined
                open_runs[key] = (first, start, bar.end_s, stall + bar.stall_s, count + 1)
                continue
            close(key)
        if short or by_tenant:
            open_runs[key] = (bar, bar.start_s, bar.end_s, bar.stall_s, 1)
        else:
            emit(*key, bar.start_s, bar.end_s, bar.stall_s, job_name(score, bar, names), False)
    for key in list(open_runs):
        close(key)
    found.sort(key=lambda b: b.selected)
    return found, joined


def draw_core_rows(
    canvas: Canvas, x: int, y: int, width: int, height: int, score: Score, rows: Sequence[CoreRow | None],
    blocks: Sequence[Block], window: Window,
) -> None:  # fmt: skip
    """A Gantt chart of `rows`, each `height` cells high, with the cores' names left of column `x`."""
    tall = [replace(block, row=block.row * height, rows=block.rows * height) for block in blocks]
    draw_gantt(canvas, x, y, width, len(rows) * height, tall, window)
    for k, row in enumerate(rows):
        top = y + k * height
        if row is None:
            for line in range(top, top + height):
                canvas.fill(line, x, x + width, " ", TEXT)
            continue
        lead = row.core == 0 or k == 0
        at = canvas.put(1, top, score.subaccelerators[row.subaccelerator].id, BOLD if lead else TEXT)
        canvas.put(at + 1, top, str(row.core + 1), TEXT)


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Stretches of neighbouring rows: (first, count)."""
    found: list[tuple[int, int]] = []
    for row in sorted(rows):
        if found and found[-1][0] + found[-1][1] == row:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((row, 1))
    return found


def last_chain(score: Score) -> tuple[str, float]:
    """The network whose job ends last, and the share of the latency in which its chain of jobs was running: from that
    job back over the input each waited for longest. The rest of the latency the chain waited for cores.
    """
    last = max(score.timeline, key=lambda bar: bar.end_s, default=None)
    if last is None or not score.latency_s:
        return "", 0.0
    own = {b.layer: b for b in score.timeline if (b.tenant, b.instance) == (last.tenant, last.instance)}
    running_s, here = 0.0, last
    while True:
        running_s += here.end_s - here.start_s
        if here.after is None or here.after not in own:
            break
        here = own[here.after]
    return score.tenants[last.tenant].network, running_s / score.latency_s
