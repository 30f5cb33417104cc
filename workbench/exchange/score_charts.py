"""Charts of a score as SVG: the parts of its energy, the roofline of its layers."""

import math
from collections.abc import Mapping

from workbench.design.report import Score
from workbench.exchange.svg import DIM, FAINT, GRID, INK, PALETTE, TRACK, Drawing

WIDTH, LEFT, RIGHT, TOP = 900.0, 165.0, 40.0, 24.0
ROOF_LEFT, ROOF_HEIGHT = 70.0, 360.0
LEGEND_ROW, LEGEND_COLUMN = 20.0, 182.0
DOT, LARGEST_DOT = 2.2, 7.0  # pixels; a dot's area grows with the layer's share of the time
GIGA = 1e9


def energy_parts(score: Score) -> str:
    """The parts of the energy, the largest first, each a bar with its share."""
    parts = sorted(score.energy, key=lambda part: -part.value)
    total = sum(part.value for part in parts) or 1.0
    drawing = Drawing(WIDTH, TOP + 26 * len(parts) + 10, f"energy of {score.workload} on {score.board} by part")
    largest = max((part.value for part in parts), default=0.0) or 1.0
    whole = WIDTH - LEFT - RIGHT - 130
    for i, part in enumerate(parts):
        y = TOP + 26 * i
        drawing.text(LEFT - 8, y + 13, part.name, "end")
        drawing.box(LEFT, y, whole, 18, TRACK)
        drawing.box(LEFT, y, part.value / largest * whole, 18, PALETTE[0])
        drawing.text(LEFT + whole + 75, y + 13, f"{part.value * 1e3:,.4g} mJ", "end")
        drawing.text(WIDTH - RIGHT, y + 13, f"{part.value / total:.1%}", "end", DIM)
    return drawing.svg


def roofline(score: Score, peaks_macs_per_s: Mapping[str, float], bandwidth_bytes_per_s: float) -> str:
    """Layers by MACs per off-chip byte and MACs per second, under the roofs of the card and of every sub-accelerator.

    `peaks_macs_per_s` by sub-accelerator. Both axes are logarithmic; all roofs share the card's bandwidth. A dot's
    area is the layer's share of the time.
    """
    points = [
        (layer.macs / layer.off_chip_bytes, layer.macs / layer.time_s, layer)
        for layer in score.layers
        if layer.macs > 0 and layer.off_chip_bytes > 0 and layer.time_s > 0
    ]
    card = sum(peaks_macs_per_s.values())
    legend = LEGEND_ROW * (1 + (len(score.tenants) - 1) // 4)
    drawing = Drawing(WIDTH, TOP + ROOF_HEIGHT + 62 + legend, f"roofline of {score.workload} on {score.board}")
    ridge = card / bandwidth_bytes_per_s
    x_low, x_high = _decades([p[0] for p in points] + [ridge])
    y_low, y_high = _decades([p[1] for p in points] + [card])
    wide = WIDTH - ROOF_LEFT - RIGHT

    def place(x: float, y: float) -> tuple[float, float]:
        right = (math.log10(x) - x_low) / (x_high - x_low)
        up = (math.log10(y) - y_low) / (y_high - y_low)
        return ROOF_LEFT + right * wide, TOP + (1 - up) * ROOF_HEIGHT

    bottom = TOP + ROOF_HEIGHT
    for decade in range(x_low, x_high + 1):
        x, _ = place(10.0**decade, 10.0**y_low)
        drawing.line(x, TOP, x, bottom, GRID)
        drawing.text(x, bottom + 16, f"{10.0**decade:,g}", "middle", DIM)
    for decade in range(y_low, y_high + 1):
        _, y = place(10.0**x_low, 10.0**decade)
        drawing.line(ROOF_LEFT, y, WIDTH - RIGHT, y, GRID)
        drawing.text(ROOF_LEFT - 6, y + 4, f"{10.0**decade / GIGA:,.6g}", "end", DIM)
    drawing.text(ROOF_LEFT - 6, TOP - 10, "GMAC/s", "end", DIM)
    drawing.line(ROOF_LEFT, bottom, WIDTH - RIGHT, bottom, FAINT)
    longest = max((layer.time_s for _, _, layer in points), default=1.0)
    for intensity, rate, layer in sorted(points, key=lambda p: -p[2].time_s):
        words = f"{score.tenants[layer.tenant].network} {layer.name}: {rate / GIGA:.4g} GMAC/s, {layer.bound}"
        radius = max(DOT, LARGEST_DOT * math.sqrt(layer.time_s / longest))
        drawing.dot(*place(intensity, rate), radius, PALETTE[layer.tenant % len(PALETTE)], words)
    roofs = {"card": card, **(peaks_macs_per_s if len(peaks_macs_per_s) > 1 else {})}
    for name, peak in roofs.items():
        colour, width = (INK, 2.0) if name == "card" else (DIM, 1.0)
        knee = min(max(peak / bandwidth_bytes_per_s, 10.0**x_low), 10.0**x_high)
        drawing.line(*place(knee, peak), *place(10.0**x_high, peak), colour, width)
        x, y = place(10.0**x_high, peak)
        label = f"{'the card' if name == 'card' else name}: {peak / GIGA:,.0f} GMAC/s"
        drawing.text(x - 4, y + (-6 if name == "card" else 14), label, "end", colour)
    start = max(10.0**x_low, 10.0**y_low / bandwidth_bytes_per_s)
    knee = min(ridge, 10.0**x_high)
    if start < knee:
        drawing.line(*place(start, start * bandwidth_bytes_per_s), *place(knee, knee * bandwidth_bytes_per_s), INK, 2)
        x, y = place(math.sqrt(start * knee), math.sqrt(start * knee) * bandwidth_bytes_per_s)
        drawing.text(x - 8, y - 6, f"{bandwidth_bytes_per_s / GIGA:,.4g} GB/s", "end")
    drawing.text((ROOF_LEFT + WIDTH - RIGHT) / 2, bottom + 34, "MACs per off-chip byte", "middle", DIM)
    for i, tenant in enumerate(score.tenants):
        x, y = ROOF_LEFT + (i % 4) * LEGEND_COLUMN, bottom + 50 + (i // 4) * LEGEND_ROW
        drawing.dot(x + 5, y + 5, 5, PALETTE[i % len(PALETTE)], tenant.network)
        drawing.text(x + 15, y + 9, tenant.network)
    return drawing.svg


def _decades(values: list[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return (low, high) if high > low else (low, low + 1)
