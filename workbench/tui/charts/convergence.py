"""The step curve of the best EDP so far over generations, with the pinned design as a dashed line."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.tui.charts.axis import Axis, around, decimals, ticks
from workbench.tui.charts.canvas import Canvas, Dots
from workbench.tui.ink import DATA, DIM, RULE
from workbench.tui.numbers import number

LABEL_WIDTH = 3  # ticks of three figures, as `200`, stand in a fixed column so that the axis never moves
FIRST_SIGHT_SHARE = 0.04  # of the curve: the first designs of a search are far off and would flatten the rest


@dataclass(frozen=True, slots=True)
class Curve:
    """(generation, EDP in mJ·s) rising in generation, and the pinned EDP in mJ·s."""

    points: tuple[tuple[int, float], ...]
    pinned: float | None = None
    live: bool = True  # False: paused or over, drawn dim


def curve_axis(curve: Curve, held: Axis | None = None) -> Axis:
    """The axis of a curve; the held one as long as it serves."""
    values = visible(curve.points)
    if not values:
        return Axis(0.0, 1.0)
    low, high = min(values), max(values)
    pinned = curve.pinned
    if pinned is not None and low - (high - low) <= pinned <= high + (high - low) * 2:
        low, high = min(low, pinned), max(high, pinned)
    return around(low, high, held)


def visible(points: Sequence[tuple[int, float]]) -> list[float]:
    """EDPs the axis must show: all but the first few, which would otherwise flatten the rest."""
    skip = int(len(points) * FIRST_SIGHT_SHARE)
    return [value for _, value in points[skip:]]


def draw_curve(canvas: Canvas, x: int, y: int, width: int, height: int, curve: Curve, axis: Axis) -> None:
    """Draw into `width` × `height` cells at (x, y): a title row, the plot, the axis and its labels.

    The last two rows are the generation axis and its labels; the plot takes what is left (at least two rows).
    """
    glyphs = canvas.glyphs
    values = ticks(axis)
    places = decimals(axis)
    labels = [number(v, places) for v in values]
    gutter = max([LABEL_WIDTH, *(len(label) for label in labels)])
    left = x + gutter + 1
    columns, rows = width - gutter - 1, height - 3
    if columns < 8 or rows < 2:
        return
    canvas.put(x, y, "best EDP, mJ·s", DIM)
    top, bottom = y + 1, y + 1 + rows
    for row in range(top, bottom):
        canvas.put(left - 1, row, glyphs.column, RULE)
    if curve.points:
        for value, label in zip(values, labels, strict=True):
            row = bottom - 1 - axis.at(value, rows)
            canvas.put_right(left - 1, row, label, DIM)
            canvas.put(left - 1, row, glyphs.column if glyphs.ascii else glyphs.tee_left, RULE)
    canvas.put(left - 1, bottom, glyphs.corner, RULE)
    canvas.fill(bottom, left, left + columns, glyphs.rule, RULE)
    last = curve.points[-1][0] if curve.points else 0
    canvas.put(left, bottom + 1, "0", DIM)
    canvas.put(left + (columns - 10) // 2, bottom + 1, "generation", DIM)
    if last:
        canvas.put_right(left + columns, bottom + 1, number(last), DIM)
    dots = _step_dots(curve, axis, columns, rows, glyphs.ascii)
    _draw_pinned(canvas, left, top, columns, rows, curve, axis, dots)
    dots.draw(canvas, left, top, DATA if curve.live else DIM)


def _step_dots(curve: Curve, axis: Axis, columns: int, rows: int, ascii_only: bool) -> Dots:
    from workbench.tui.glyphs import glyphs_for

    dots = Dots(columns, rows, glyphs_for(ascii_only))
    if not curve.points:
        return dots
    last = max(1, curve.points[-1][0])
    span = dots.columns - 1
    index, before = 0, None
    for column in range(dots.columns):
        generation = column / span * last
        while index + 1 < len(curve.points) and curve.points[index + 1][0] <= generation:
            index += 1
        if curve.points[0][0] > generation:
            continue
        line = dots.lines - 1 - axis.at(curve.points[index][1], dots.lines)
        if before is not None and before < line:
            for step in range(max(before + 1, 0), line):
                dots.set(column, step)
        dots.set(column, line)
        before = line
    return dots


def _draw_pinned(
    canvas: Canvas, left: int, top: int, columns: int, rows: int, curve: Curve, axis: Axis, dots: Dots
) -> None:
    if curve.pinned is None or not axis.low <= curve.pinned <= axis.high:
        return
    row = rows - 1 - axis.at(curve.pinned, rows)
    label = f" {number(curve.pinned, 1)} pinned"
    covered = [c for c in range(columns) if dots.covers(c, row)]
    if covered and covered[-1] >= columns - len(label):  # the curve runs where the label would stand: go above it
        label_row = row - 1 if row > 0 else row + 1
        canvas.put_right(left + columns, top + label_row, label.strip(), DIM)
        end = columns
    else:
        end = columns - len(label)
        canvas.put(left + end, top + row, label, DIM)
    for column in range(end):
        if not any(dots.covers(c, row) for c in (column - 1, column, column + 1)):
            canvas.put(left + column, top + row, canvas.glyphs.dash, RULE)
