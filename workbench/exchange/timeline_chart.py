"""The timeline of a score as SVG: what every core does when, and below it the off-chip bandwidth in use.

One design, or several above each other on one axis.
"""

from collections.abc import Mapping, Sequence

from workbench.design.report import Bar, Score, Traffic
from workbench.exchange.svg import DIM, FAINT, GRID, INK, PALETTE, TRACK, Drawing, round_ticks

WIDTH, LEFT, RIGHT, TOP = 900.0, 120.0, 50.0, 28.0
CORES_HEIGHT = 330.0  # of all core rows, where they would grow beyond it
MOST_ROW, LEAST_ROW = 14.0, 1.5
GAP = 14.0  # between sub-accelerators
AREA = 56.0  # height of a memory group's bandwidth
SAMPLES = 365  # columns of the bandwidth: two pixels each
BANDWIDTH = AREA + 34  # with its words above and a gap below
NAME_ROW = 18.0  # of a design among several
LEGEND_ROW, LEGEND_COLUMN = 20.0, 182.0
GIGA, MS = 1e9, 1e3


def timeline_chart(score: Score) -> str:
    """Jobs over time, a colour per network, a row per core, stalls hatched; needs a score with its timeline."""
    return _chart([score], [""], f"timeline of {score.workload} on {score.board}")


def timelines_chart(names: Sequence[str], scores: Sequence[Score]) -> str:
    """The timelines of several designs above each other on one time axis; scores without one show their reason."""
    return _chart(scores, names, f"timelines of {', '.join(names)}")


def _chart(scores: Sequence[Score], names: Sequence[str], title: str) -> str:
    span_s = max((bar.end_s for score in scores for bar in score.timeline), default=0.0) or 1.0
    networks = list(dict.fromkeys(tenant.network for score in scores for tenant in score.tenants))
    colours = {network: PALETTE[k % len(PALETTE)] for k, network in enumerate(networks)}
    heights = [_height(score, name) for score, name in zip(scores, names, strict=True)]
    bottom = TOP + sum(heights)
    drawing = Drawing(WIDTH, bottom + 40 + LEGEND_ROW * (1 + (len(networks) - 1) // 4), title)
    scale = (WIDTH - LEFT - RIGHT) / span_s
    for tick in round_ticks(0.0, span_s * MS, 8):
        x = LEFT + tick / MS * scale
        drawing.line(x, TOP - 4, x, bottom, GRID)
        drawing.text(x, bottom + 14, f"{tick:g}", "middle", DIM)
    drawing.text(WIDTH - RIGHT + 8, bottom + 14, "ms", colour=DIM)
    drawing.text(WIDTH - RIGHT, TOP - 12, "a row per core; grey: idle, hatched: stalled on shared memory", "end", DIM)
    y = TOP
    for score, name, height in zip(scores, names, heights, strict=True):
        _design(drawing, score, name, y, scale, colours)
        y += height
    drawing.line(LEFT, bottom, WIDTH - RIGHT, bottom, FAINT)
    for i, network in enumerate(networks):
        x, place = LEFT + (i % 4) * LEGEND_COLUMN, bottom + 26 + (i // 4) * LEGEND_ROW
        drawing.box(x, place, 10, 10, colours[network])
        drawing.text(x + 15, place + 9, network)
    return drawing.svg


def _height(score: Score, name: str) -> float:
    cores = sum(_row_height(score) * sub.cores + GAP for sub in score.subaccelerators)
    return (NAME_ROW if name else 0.0) + cores + BANDWIDTH * len(score.traffic) + (GAP if name else 0.0)


def _design(drawing: Drawing, score: Score, name: str, y: float, scale: float, colours: Mapping[str, str]) -> None:
    """One design from row `y` on: its name, its cores, its bandwidth."""
    if name:
        figures = (
            "" if score.edp_j_s is None else f"  {score.edp_j_s * MS:,.4g} mJ·s, {(score.latency_s or 0) * MS:,.4g} ms"
        )
        drawing.text(LEFT, y + 10, name + (figures or f"  has no timeline: {score.reason}"), weight="bold")
        y += NAME_ROW
    row, latency_s = _row_height(score), score.latency_s or 0.0
    layers = {(layer.tenant, layer.layer): layer.name for layer in score.layers}
    for k, sub in enumerate(score.subaccelerators):
        drawing.text(8, y + 10, f"{sub.id}  {sub.cores} × {sub.core}", weight="bold")
        if row * sub.cores >= 24:
            drawing.text(8, y + 24, f"busy {sub.busy:.0%}", colour=DIM)
        drawing.box(LEFT, y, latency_s * scale, row * sub.cores, TRACK)
        for bar in score.timeline:
            if bar.subaccelerator == k:
                colour = colours[score.tenants[bar.tenant].network]
                words = _words(score, bar, layers.get((bar.tenant, bar.layer), str(bar.layer)))
                _job(drawing, bar, words, colour, y, row, scale)
        y += row * sub.cores + GAP
    for group in score.traffic:
        _bandwidth(drawing, group, y, latency_s, scale)
        y += BANDWIDTH


def _row_height(score: Score) -> float:
    cores = sum(sub.cores for sub in score.subaccelerators) or 1
    return max(LEAST_ROW, min(MOST_ROW, CORES_HEIGHT / cores))


def _words(score: Score, bar: Bar, layer: str) -> str:
    network = f"{score.tenants[bar.tenant].network}.{bar.instance}"
    times = f"{bar.start_s * MS:.4g} to {bar.end_s * MS:.4g} ms, stalled {bar.stall_s * MS:.3g} ms"
    return f"{network} {layer}: {times}"


def _job(drawing: Drawing, bar: Bar, words: str, colour: str, y: float, row: float, scale: float) -> None:
    """One box per stretch of neighbouring cores; its stalled end is hatched."""
    left, width = LEFT + bar.start_s * scale, max(0.25, (bar.end_s - bar.start_s) * scale)
    stalled = bar.stall_s * scale
    for first, count in _stretches(bar.cores):
        top, tall = y + first * row, count * row - min(0.6, row / 4)
        drawing.box(left, top, width, tall, colour, words)
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


def _bandwidth(drawing: Drawing, group: Traffic, y: float, span_s: float, scale: float) -> None:
    """The area under the bandwidth in use, with its mean and its peak in words."""
    rates = [rate / GIGA for rate in group.mean_in(0.0, span_s, SAMPLES)]
    peak, mean = group.peak_in(0.0, span_s) / GIGA, sum(rates) / len(rates)
    ticks = round_ticks(0.0, max(peak, 1e-9), 3)
    top = max(peak, ticks[-1]) or 1.0
    base = y + 18 + AREA
    step = span_s * scale / SAMPLES
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
