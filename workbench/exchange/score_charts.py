"""Charts of a score as SVG: the timeline per sub-accelerator, the parts of its energy, the roofline of its layers."""

import math
from collections import defaultdict

from workbench.design.report import Bar, Score
from workbench.exchange.svg import FAINT, INK, PALETTE, Drawing

WIDTH, LEFT, RIGHT, TOP = 900.0, 165.0, 40.0, 30.0
ROW, GAP = 10.0, 14.0  # a line of the timeline, the space between sub-accelerators
LEGEND = 22.0
MOST_LINES = 16  # per sub-accelerator; further jobs at the same time share the last one
ROOF_HEIGHT = 360.0


def gantt(score: Score) -> str:
    """Jobs over time, a colour per tenant, one line per job that runs at the same time. The score needs a timeline."""
    span_s = max((bar.end_s for bar in score.timeline), default=0.0) or 1.0
    lines = {k: _lines([b for b in score.timeline if b.subaccelerator == k]) for k in range(len(score.subaccelerators))}
    heights = [ROW * max(1, max((line for line, _ in lines[k]), default=0) + 1) for k in lines]
    height = TOP + sum(heights) + GAP * len(heights) + LEGEND * (1 + len(score.tenants) // 4) + 20
    drawing = Drawing(WIDTH, height, f"timeline of {score.workload} on {score.board}")
    scale = (WIDTH - LEFT - RIGHT) / span_s
    names = {(layer.tenant, layer.layer): layer.name for layer in score.layers}
    y = TOP
    for k, sub in enumerate(score.subaccelerators):
        drawing.text(8, y + 10, f"{sub.id}  {sub.cores} × {sub.core}")
        drawing.text(8, y + 10 + ROW + 4, f"busy {sub.busy:.0%}", colour="#666666") if heights[k] > ROW else None
        for line, bar in lines[k]:
            words = (
                f"{score.tenants[bar.tenant].network}.{bar.instance} {names.get((bar.tenant, bar.layer), bar.layer)}: "
                f"{bar.start_s * 1e3:.4g} to {bar.end_s * 1e3:.4g} ms, stalled {bar.stall_s * 1e3:.3g} ms"
            )
            left = LEFT + bar.start_s * scale
            width = max(0.3, (bar.end_s - bar.start_s) * scale)
            drawing.box(left, y + line * ROW, width, ROW - 2, PALETTE[bar.tenant % len(PALETTE)], words)
        y += heights[k] + GAP
    drawing.line(LEFT, y - 4, WIDTH - RIGHT, y - 4)
    for i in range(5):
        drawing.text(LEFT + i / 4 * (WIDTH - LEFT - RIGHT), y + 12, f"{span_s * i / 4 * 1e3:.3g} ms", "middle")
    for i, tenant in enumerate(score.tenants):
        x, row = LEFT + (i % 4) * 180, y + 24 + (i // 4) * LEGEND
        drawing.box(x, row, 10, 10, PALETTE[i % len(PALETTE)])
        drawing.text(x + 15, row + 10, f"{tenant.network} ×{tenant.instances}")
    return drawing.svg


def energy_parts(score: Score) -> str:
    """The parts of the energy, each a bar with its share."""
    parts = score.energy
    total = sum(part.value for part in parts) or 1.0
    drawing = Drawing(WIDTH, TOP + 26 * len(parts) + 10, f"energy of {score.workload} on {score.board} by part")
    largest = max((part.value for part in parts), default=0.0) or 1.0
    for i, part in enumerate(parts):
        y = TOP + 26 * i
        drawing.text(LEFT - 8, y + 13, part.name, "end")
        width = part.value / largest * (WIDTH - LEFT - RIGHT - 160)
        drawing.box(LEFT, y, width, 18, PALETTE[i % len(PALETTE)])
        drawing.text(LEFT + width + 6, y + 13, f"{part.value * 1e3:.4g} mJ  {part.value / total:.1%}")
    return drawing.svg


def roofline(score: Score, peak_macs_per_s: float, bandwidth_bytes_per_s: float) -> str:
    """Layers by MACs per off-chip byte and MACs per second, under the whole card's roof; both axes logarithmic."""
    points = [
        (layer.macs / layer.off_chip_bytes, layer.macs / layer.time_s, layer)
        for layer in score.layers
        if layer.macs > 0 and layer.off_chip_bytes > 0 and layer.time_s > 0
    ]
    drawing = Drawing(WIDTH, ROOF_HEIGHT + 70, f"roofline of {score.workload} on {score.board}")
    ridge = peak_macs_per_s / bandwidth_bytes_per_s
    x_low, x_high = _decades([p[0] for p in points] + [ridge])
    y_low, y_high = _decades([p[1] for p in points] + [peak_macs_per_s])

    def place(x: float, y: float) -> tuple[float, float]:
        right = (math.log10(x) - x_low) / (x_high - x_low)
        up = (math.log10(y) - y_low) / (y_high - y_low)
        return LEFT + right * (WIDTH - LEFT - RIGHT), TOP + (1 - up) * ROOF_HEIGHT

    for decade in range(x_low, x_high + 1):
        x, y = place(10.0**decade, 10.0**y_low)
        drawing.line(x, TOP, x, y)
        drawing.text(x, y + 16, f"{10.0**decade:g}", "middle")
    for decade in range(y_low, y_high + 1):
        x, y = place(10.0**x_low, 10.0**decade)
        drawing.line(x, y, WIDTH - RIGHT, y, FAINT)
        drawing.text(x - 6, y + 4, f"{10.0**decade / 1e9:g} GMAC/s", "end")
    start_x = max(10.0**x_low, 10.0**y_low / bandwidth_bytes_per_s)
    ridge_x = min(ridge, 10.0**x_high)
    drawing.line(
        *place(start_x, start_x * bandwidth_bytes_per_s), *place(ridge_x, ridge_x * bandwidth_bytes_per_s), INK, 2
    )
    drawing.line(*place(ridge_x, peak_macs_per_s), *place(10.0**x_high, peak_macs_per_s), INK, 2)
    for intensity, rate, layer in points:
        words = f"{score.tenants[layer.tenant].network} {layer.name}: {rate / 1e9:.4g} GMAC/s, {layer.bound}"
        drawing.dot(*place(intensity, rate), 3, PALETTE[layer.tenant % len(PALETTE)], words)
    drawing.text((LEFT + WIDTH) / 2, TOP + ROOF_HEIGHT + 34, "MACs per off-chip byte", "middle")
    for i, tenant in enumerate(score.tenants):
        x = LEFT + (i % 5) * 145
        row = TOP + ROOF_HEIGHT + 44 + (i // 5) * 14
        drawing.dot(x + 5, row + 5, 4, PALETTE[i % len(PALETTE)], tenant.network)
        drawing.text(x + 14, row + 10, tenant.network)
    return drawing.svg


def _decades(values: list[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return (low, high) if high > low else (low, low + 1)


def _lines(bars: list[Bar]) -> list[tuple[int, Bar]]:
    """Each bar with the lowest line that is free when it begins."""
    ends: dict[int, float] = defaultdict(float)
    placed = []
    for bar in sorted(bars, key=lambda b: (b.start_s, b.end_s)):
        free = (line for line in range(MOST_LINES) if ends[line] <= bar.start_s)
        line = next(free, MOST_LINES - 1)
        ends[line] = max(ends[line], bar.end_s)
        placed.append((line, bar))
    return placed
