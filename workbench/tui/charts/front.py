"""Latency against energy: the cloud of recent designs, the Pareto front, the design at hand, the pinned one."""

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.tui.charts.axis import Axis, around, decimals, ticks
from workbench.tui.charts.canvas import Canvas, Dots
from workbench.tui.ink import ACCENT, DATA, DIM, RULE, STRONG, Ink
from workbench.tui.numbers import number

LABEL_WIDTH = 3
CLOUD_REACH = 1.0  # spans of the front that the axes may go beyond it to show the cloud

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scatter:
    """Points of (latency in ms, energy in J)."""

    front: tuple[Point, ...] = ()
    cloud: tuple[Point, ...] = ()
    yours: Point | None = None
    pinned: Point | None = None
    selected: Point | None = None

    @property
    def named(self) -> list[Point]:
        """Points that must be on the plot."""
        return [*self.front, *(p for p in (self.yours, self.pinned, self.selected) if p is not None)]


@dataclass(frozen=True, slots=True)
class Axes:
    """The two axes of a scatter."""

    x: Axis
    y: Axis


def flat(points: Iterable[Point]) -> tuple[Point, ...]:
    """Of points by latency: those that none beats in latency and energy, whatever else speaks for the others."""
    kept: list[Point] = []
    for point in points:
        if not kept or point[1] < kept[-1][1]:
            kept.append(point)
    return tuple(kept)


def scatter_axes(scatter: Scatter, held: Axes | None = None) -> Axes:
    """Axes for a scatter; held ones as long as they serve."""
    named = scatter.named
    if not named:
        named = list(scatter.cloud)
    if not named:
        return Axes(Axis(0.0, 1.0), Axis(0.0, 1.0))
    return Axes(
        _axis([p[0] for p in named], [p[0] for p in scatter.cloud], held.x if held else None),
        _axis([p[1] for p in named], [p[1] for p in scatter.cloud], held.y if held else None),
    )


def _axis(named: list[float], cloud: list[float], held: Axis | None) -> Axis:
    low, high = min(named), max(named)
    reach = (high - low) * CLOUD_REACH
    near = [v for v in cloud if low - reach <= v <= high + reach]
    return around(min([low, *near]), max([high, *near]), held)


def draw_front(canvas: Canvas, x: int, y: int, width: int, height: int, scatter: Scatter, axes: Axes) -> None:
    """Draw into `width` × `height` cells at (x, y): title and legend, the plot, the axis and its labels."""
    glyphs = canvas.glyphs
    values, places = ticks(axes.y), decimals(axes.y)
    labels = [number(v, places) for v in values]
    gutter = max([LABEL_WIDTH, *(len(label) for label in labels)])
    left = x + gutter + 1
    columns, rows = width - gutter - 1, height - 3
    if columns < 8 or rows < 2:
        return
    top, bottom = y + 1, y + 1 + rows
    _legend(canvas, x, y, width, scatter)
    for row in range(top, bottom):
        canvas.put(left - 1, row, glyphs.column, RULE)
    some = bool(scatter.named or scatter.cloud)
    if some:
        for value, label in zip(values, labels, strict=True):
            row = bottom - 1 - axes.y.at(value, rows)
            canvas.put_right(left - 1, row, label, DIM)
            canvas.put(left - 1, row, glyphs.column if glyphs.ascii else glyphs.tee_left, RULE)
    canvas.put(left - 1, bottom, glyphs.corner, RULE)
    canvas.fill(bottom, left, left + columns, glyphs.rule, RULE)
    if some:
        _ends(canvas, left, bottom + 1, columns, axes.x)
    canvas.put(left + (columns - 2) // 2, bottom + 1, "ms", DIM)
    cloud = Dots(columns, rows, glyphs)
    for px, py in scatter.cloud:
        cloud.set(axes.x.at(px, cloud.columns), cloud.lines - 1 - axes.y.at(py, cloud.lines))
    cloud.draw(canvas, left, top, RULE)

    def mark(point: Point, glyph: str, ink: Ink) -> None:
        column, row = axes.x.at(point[0], columns), rows - 1 - axes.y.at(point[1], rows)
        if 0 <= column < columns and 0 <= row < rows:
            canvas.put(left + column, top + row, glyph, ink)

    for point in scatter.front:
        mark(point, glyphs.front, DATA)
    if scatter.pinned is not None:
        mark(scatter.pinned, glyphs.pinned, DIM)
    if scatter.selected is not None:
        mark(scatter.selected, glyphs.front, ACCENT)
    if scatter.yours is not None:
        mark(scatter.yours, glyphs.yours, STRONG)


def _legend(canvas: Canvas, x: int, y: int, width: int, scatter: Scatter) -> None:
    glyphs = canvas.glyphs
    canvas.put(x + 1, y, "energy, J", DIM)
    parts: list[tuple[str, Ink]] = [(glyphs.front, DATA), (" front", DIM)]
    if width >= 44 and scatter.selected is not None:
        parts += [("   ", DIM), (glyphs.front, ACCENT), (" selected", DIM)]
    if scatter.yours is not None and width >= 25:
        parts += [("  ", DIM), (glyphs.yours, STRONG), (" yours", DIM)]
    if width >= 44 and scatter.pinned is not None:
        parts += [("   ", DIM), (glyphs.pinned, DIM), (" pinned", DIM)]
    canvas.runs_right(x + width + 1, y, *parts)


def _ends(canvas: Canvas, left: int, y: int, columns: int, axis: Axis) -> None:
    places = 0 if axis.high - axis.low >= 4 else decimals(axis, 4)
    canvas.put(left, y, number(axis.low, places), DIM)
    canvas.put_right(left + columns, y, number(axis.high, places), DIM)
