"""Attained speed against arithmetic intensity, both logarithmic: the roof, and layers as dots."""

import math
from dataclasses import dataclass

from workbench.tui.charts.axis import Axis
from workbench.tui.charts.canvas import Canvas, Dots
from workbench.tui.ink import ACCENT, DATA, DIM, RULE
from workbench.tui.numbers import number


@dataclass(frozen=True, slots=True)
class Roofline:
    """`points` and `selected`: (MACs per off-chip byte, GMAC/s); the roof from peak GMAC/s and bandwidth in GB/s.

    All layers share the card's bandwidth; a sub-accelerator's own roof is lower by its own peak.
    """

    points: tuple[tuple[float, float], ...]
    peak_gmac_s: float
    bandwidth_gb_s: float
    selected: tuple[float, float] | None = None
    own_peak_gmac_s: float = 0.0  # of the sub-accelerator that runs the selected layer; 0: no roof of its own


def draw_roofline(canvas: Canvas, x: int, y: int, width: int, height: int, roof: Roofline) -> None:
    """Draw into `width` × `height` cells at (x, y): a title row, the plot, the axis and its labels."""
    glyphs = canvas.glyphs
    gutter = 6
    left, columns, rows = x + gutter + 1, width - gutter - 1, height - 3
    points = [p for p in roof.points if p[0] > 0 and p[1] > 0]
    if columns < 8 or rows < 2 or roof.peak_gmac_s <= 0 or roof.bandwidth_gb_s <= 0:
        return
    ridge = roof.peak_gmac_s / roof.bandwidth_gb_s
    xs = [ridge / 16, ridge * 16, *(p[0] for p in points)]
    ys = [roof.peak_gmac_s / 256, roof.peak_gmac_s * 1.5, *(p[1] for p in points)]
    along = Axis(math.log10(min(xs)), math.log10(max(xs)))
    up = Axis(math.log10(max(min(ys), roof.peak_gmac_s / 1e5)), math.log10(max(ys)))
    top, bottom = y + 1, y + 1 + rows
    canvas.put(x, y, "GMAC/s", DIM)
    for row in range(top, bottom):
        canvas.put(left - 1, row, glyphs.column, RULE)
    for power in range(math.ceil(up.low), math.floor(up.high) + 1):
        row = bottom - 1 - up.at(power, rows)
        canvas.put_right(left - 1, row, number(10.0**power, max(0, -power)), DIM)
        canvas.put(left - 1, row, glyphs.column if glyphs.ascii else glyphs.tee_left, RULE)
    canvas.put(left - 1, bottom, glyphs.corner, RULE)
    canvas.fill(bottom, left, left + columns, glyphs.rule, RULE)
    canvas.put(left, bottom + 1, number(10**along.low, 1), DIM)
    canvas.put(left + (columns - 17) // 2, bottom + 1, "MAC/off-chip byte", DIM)
    canvas.put_right(left + columns, bottom + 1, number(10**along.high), DIM)
    for peak, role in ((roof.peak_gmac_s, DIM), (roof.own_peak_gmac_s, ACCENT)):
        line = Dots(columns, rows, glyphs)
        for column in range(line.columns if peak > 0 else 0):
            intensity = 10 ** (along.low + (along.high - along.low) * column / (line.columns - 1))
            height_here = math.log10(min(peak, intensity * roof.bandwidth_gb_s))
            if role is DIM or intensity * roof.bandwidth_gb_s >= peak:
                line.set(column, line.lines - 1 - up.at(height_here, line.lines))
        line.draw(canvas, left, top, role)
    for at, ink, glyph in [(p, DATA, glyphs.front) for p in points] + (
        [(roof.selected, ACCENT, glyphs.yours)] if roof.selected and min(roof.selected) > 0 else []
    ):
        column, row = along.at(math.log10(at[0]), columns), rows - 1 - up.at(math.log10(at[1]), rows)
        if 0 <= column < columns and 0 <= row < rows:
            canvas.put(left + column, top + row, glyph, ink)
