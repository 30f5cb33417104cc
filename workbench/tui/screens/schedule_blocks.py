"""A timeline's jobs as blocks of a Gantt chart: jobs too short to see are joined, off-chip traffic is summed."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.design.report import Bar, Score
from workbench.tui.charts.gantt import Block, Window


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


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Stretches of neighbouring rows: (first, count)."""
    found: list[tuple[int, int]] = []
    for row in sorted(rows):
        if found and found[-1][0] + found[-1][1] == row:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((row, 1))
    return found


def traffic_bytes_per_s(score: Score, window: Window, columns: int) -> list[float]:
    """Off-chip bytes/s per column; a job's bytes are spread evenly over its time."""
    bytes_of: dict[tuple[int, int], float] = {}
    for layer in score.layers:
        instances = score.tenants[layer.tenant].instances if layer.tenant < len(score.tenants) else 1
        bytes_of[layer.tenant, layer.layer] = layer.off_chip_bytes / max(1, instances)
    cell_s = (window.end_s - window.start_s) / max(1, columns)
    found = [0.0] * columns
    if cell_s <= 0:
        return found
    for bar in score.timeline:
        span = bar.end_s - bar.start_s
        if span <= 0:
            continue
        rate = bytes_of.get((bar.tenant, bar.layer), 0.0) / span
        first = max(0, int((bar.start_s - window.start_s) / cell_s))
        last = min(columns - 1, int((bar.end_s - window.start_s) / cell_s))
        for column in range(first, last + 1):
            left = window.start_s + column * cell_s
            overlap = min(bar.end_s, left + cell_s) - max(bar.start_s, left)
            found[column] += rate * max(0.0, overlap) / cell_s
    return found
