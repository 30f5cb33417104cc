"""Axes: which values get a tick, and where a value lies on the canvas."""

import math
from dataclasses import dataclass

NICE_STEPS = (1.0, 2.0, 2.5, 4.0, 5.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis from `low` to `high`. A held axis is kept as long as the data stay on it."""

    low: float
    high: float

    def at(self, value: float, cells: int) -> int:
        """Cell 0..cells-1 of a value, 0 at `low`; may lie outside."""
        if self.high <= self.low or not math.isfinite(value):
            return 0
        return round((value - self.low) / (self.high - self.low) * (cells - 1))

    def holds(self, low: float, high: float) -> bool:
        """Whether data from low to high lie on it and still fill more than a third of it."""
        return self.low <= low and high <= self.high and (high - low) > (self.high - self.low) / 3


def around(low: float, high: float, held: Axis | None = None) -> Axis:
    """An axis with a little room around the data; the held one where it still serves."""
    if held is not None and held.holds(low, high):
        return held
    if high <= low:
        room = abs(low) * 0.1 or 1.0
        return Axis(low - room, high + room)
    room = (high - low) * 0.06
    floor = low - room if low - room > 0 or low < 0 else low * 0.9
    return Axis(floor, high + room)


def tick_step(axis: Axis, count: int = 3) -> float:
    """The step whose multiples put `count` ticks on the axis, or as near to that as two or more get."""
    span = axis.high - axis.low
    if span <= 0 or not math.isfinite(span):
        return 1.0
    power = 10.0 ** (math.floor(math.log10(span)) - 1)
    steps = [s * power * scale for scale in (1, 10) for s in NICE_STEPS]
    fits = [(n, s) for s in steps if 2 <= (n := len(_multiples(axis, s))) <= count]
    return max(fits)[1] if fits else span / count


def _multiples(axis: Axis, step: float) -> list[float]:
    first, last = math.ceil(axis.low / step - 1e-9), math.floor(axis.high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def ticks(axis: Axis, count: int = 3) -> list[float]:
    """Two to `count` round values on the axis, rising."""
    return _multiples(axis, tick_step(axis, count))


def decimals(axis: Axis, count: int = 3) -> int:
    """Decimals that tell neighbouring ticks apart and write each in full."""
    step = tick_step(axis, count)
    return next((d for d in range(10) if abs(step * 10**d - round(step * 10**d)) < 1e-6 * 10**d * step), 9)
