"""Off-chip bandwidth in use over time: a line with its numbers, the area, and the axis, on a timeline's own columns."""

import math

from workbench.design.report import Traffic
from workbench.tui import numbers
from workbench.tui.charts.axis import Axis, tick_step
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.gantt import Window, draw_area
from workbench.tui.ink import DIM, TEXT

GIGA = 1e9
LEAST_AREA = 2  # rows of the area that are still worth drawing


def traffic_rows(area: int) -> int:
    """Rows of one memory group with an area of so many rows: words above, a blank below."""
    return area + 2


def draw_traffic(canvas: Canvas, x: int, y: int, width: int, area: int, group: Traffic, window: Window) -> None:
    """Draw one memory group: words in row `y`, below them `area` rows of which the columns begin at `x`.

    A column is the mean of its stretch of time, the peak that of any moment; the axis ends at the first round value
    that no column exceeds.
    """
    rates = [rate / GIGA for rate in group.mean_in(window.start_s, window.end_s, width)]
    most, mean = max(rates, default=0.0), sum(rates) / max(1, len(rates))
    peak = group.peak_in(window.start_s, window.end_s) / GIGA
    parts = [(f"GB/s from {group.group}, mean ", DIM), (numbers.number(mean), TEXT), (", peak ", DIM),
             (numbers.number(peak), TEXT)]  # fmt: skip
    if math.isfinite(group.available_bytes_per_s):
        parts.append((f" of {numbers.number(group.available_bytes_per_s / GIGA)} GB/s", DIM))
    canvas.runs(min(4, x), y, *parts)
    step = tick_step(Axis(0.0, most), 6) if most > 0 else 1.0
    top = math.ceil(most / step - 1e-9) * step if most > 0 else 1.0
    canvas.put_right(
        x - 1, y + 1, numbers.number(top, next(d for d in range(10) if round(top, d) == round(top, 9))), DIM
    )
    canvas.put_right(x - 1, y + area, "0", DIM)
    draw_area(canvas, x, y + 1, area, rates, top)
