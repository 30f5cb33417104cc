"""The timeline of a score as SVG: what every core does when, and below it the off-chip bandwidth in use."""

from workbench.design.report import Bar, Score, Traffic
from workbench.exchange.svg import DIM, FAINT, GRID, INK, PALETTE, TRACK, Drawing, round_ticks

WIDTH, LEFT, RIGHT, TOP = 900.0, 120.0, 50.0, 28.0
CORES_HEIGHT = 330.0  # of all core rows, where they would grow beyond it
MOST_ROW, LEAST_ROW = 14.0, 1.5
GAP = 14.0  # between sub-accelerators
AREA = 56.0  # height of a memory group's bandwidth
SAMPLES = 365  # columns of the bandwidth: two pixels each
LEGEND_ROW, LEGEND_COLUMN = 20.0, 182.0
GIGA, MS = 1e9, 1e3


def timeline_chart(score: Score) -> str:
    """Jobs over time, a colour per tenant, a row per core, stalls hatched; needs a score with its timeline."""
    span_s = max((bar.end_s for bar in score.timeline), default=0.0) or 1.0
    row = _row_height(score)
    cores_height = sum(row * sub.cores + GAP for sub in score.subaccelerators)
    bandwidth = (AREA + 34) * len(score.traffic)
    legend = LEGEND_ROW * (1 + (len(score.tenants) - 1) // 4)
    height = TOP + cores_height + bandwidth + 40 + legend
    drawing = Drawing(WIDTH, height, f"timeline of {score.workload} on {score.board}")
    scale = (WIDTH - LEFT - RIGHT) / span_s
    bottom = TOP + cores_height + bandwidth
    for tick in round_ticks(0.0, span_s * MS, 8):
        x = LEFT + tick / MS * scale
        drawing.line(x, TOP - 4, x, bottom, GRID)
        drawing.text(x, bottom + 14, f"{tick:g}", "middle", DIM)
    drawing.text(WIDTH - RIGHT + 8, bottom + 14, "ms", colour=DIM)
    drawing.text(WIDTH - RIGHT, TOP - 10, "a row per core; grey: idle, hatched: stalled on shared memory", "end", DIM)
    y = TOP
    names = {(layer.tenant, layer.layer): layer.name for layer in score.layers}
    for k, sub in enumerate(score.subaccelerators):
        drawing.text(8, y + 10, f"{sub.id}  {sub.cores} × {sub.core}", weight="bold")
        if row * sub.cores >= 24:
            drawing.text(8, y + 24, f"busy {sub.busy:.0%}", colour=DIM)
        drawing.box(LEFT, y, span_s * scale, row * sub.cores, TRACK)
        for bar in score.timeline:
            if bar.subaccelerator == k:
                _job(drawing, score, bar, names.get((bar.tenant, bar.layer), str(bar.layer)), y, row, scale)
        y += row * sub.cores + GAP
    for group in score.traffic:
        _bandwidth(drawing, group, y, span_s)
        y += AREA + 34
    drawing.line(LEFT, bottom, WIDTH - RIGHT, bottom, FAINT)
    for i, tenant in enumerate(score.tenants):
        x, place = LEFT + (i % 4) * LEGEND_COLUMN, bottom + 26 + (i // 4) * LEGEND_ROW
        drawing.box(x, place, 10, 10, PALETTE[i % len(PALETTE)])
        drawing.text(x + 15, place + 9, f"{tenant.network} ×{tenant.instances}")
    return drawing.svg


def _row_height(score: Score) -> float:
    cores = sum(sub.cores for sub in score.subaccelerators) or 1
    return max(LEAST_ROW, min(MOST_ROW, CORES_HEIGHT / cores))


def _job(drawing: Drawing, score: Score, bar: Bar, layer: str, y: float, row: float, scale: float) -> None:
    """One box per stretch of neighbouring cores; its stalled end is hatched."""
    network = f"{score.tenants[bar.tenant].network}.{bar.instance}"
    times = f"{bar.start_s * MS:.4g} to {bar.end_s * MS:.4g} ms, stalled {bar.stall_s * MS:.3g} ms"
    words = f"{network} {layer}: {times}"
    left, width = LEFT + bar.start_s * scale, max(0.25, (bar.end_s - bar.start_s) * scale)
    stalled = bar.stall_s * scale
    for first, count in _stretches(bar.cores):
        top, tall = y + first * row, count * row - min(0.6, row / 4)
        drawing.box(left, top, width, tall, PALETTE[bar.tenant % len(PALETTE)], words)
        if stalled >= 0.5:
            drawing.hatch(left + width - stalled, top, stalled, tall)


def _stretches(cores: tuple[int, ...]) -> list[tuple[int, int]]:
    """Neighbouring cores together: (first, count)."""
    found: list[tuple[int, int]] = []
    for core in sorted(cores):
        if found and sum(found[-1]) == core:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((core, 1))
    return found or [(0, 1)]


def _bandwidth(drawing: Drawing, group: Traffic, y: float, span_s: float) -> None:
    """The area under the bandwidth in use, with its mean and its peak in words."""
    rates = [rate / GIGA for rate in group.mean_in(0.0, span_s, SAMPLES)]
    peak, mean = group.peak_in(0.0, span_s) / GIGA, sum(rates) / len(rates)
    ticks = round_ticks(0.0, max(peak, 1e-9), 3)
    top = max(peak, ticks[-1]) or 1.0
    base = y + 18 + AREA
    step = (WIDTH - LEFT - RIGHT) / SAMPLES
    available = f" of {group.available_bytes_per_s / GIGA:,.4g}" if group.available_bytes_per_s < float("inf") else ""
    words = f"{group.group}: mean {mean:,.3g}, peak {peak:,.3g}{available} GB/s"
    drawing.text(LEFT, y + 8, words, colour=DIM)
    corners = [(LEFT, base)]
    for k, rate in enumerate(rates):
        level = base - rate / top * AREA
        corners += [(LEFT + k * step, level), (LEFT + (k + 1) * step, level)]
    drawing.area([*corners, (LEFT + SAMPLES * step, base)], INK, 0.35)
    for tick in ticks:
        drawing.text(LEFT - 6, base - tick / top * AREA + 4, f"{tick:g}", "end", DIM)
    drawing.line(LEFT, base, WIDTH - RIGHT, base, FAINT)
