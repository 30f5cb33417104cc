"""The axis of a timeline: milliseconds over the columns of a window."""

from workbench.tui import numbers
from workbench.tui.charts.axis import Axis, decimals, ticks
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.gantt import Window
from workbench.tui.ink import DIM

MS = 1e3
MOST_LABELS = 8


def draw_time_axis(canvas: Canvas, x: int, y: int, width: int, window: Window) -> None:
    """Labels in row `y`: both ends, and round values between them where there is room."""
    canvas.put_right(x + width, y, numbers.latency_ms(window.end_s), DIM)
    canvas.put(x, y, f"{numbers.number(window.start_s * MS, 0 if not window.start_s else 1)} ms", DIM)
    axis = Axis(window.start_s * MS, window.end_s * MS)
    for value in ticks(axis, MOST_LABELS):
        column = x + window.at(value / MS, width)
        if x + 7 < column < x + width - 8:
            canvas.put(column, y, numbers.number(value, decimals(axis, MOST_LABELS)), DIM)
