"""Writes docs/accuracy.svg: predicted against measured, as plain SVG. Run from the project's root."""

import math
from collections.abc import Sequence
from pathlib import Path

from workbench.cost.accuracy import Point, contention_points, latency_points, multicore_accuracy, power_points, spread

PANEL, GAP, MARGIN = 300, 70, 50
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito: told apart by everybody


def panel(x: float, y: float, title: str, unit: str, points: Sequence[Point], decimals: bool) -> list[str]:
    """One square with logarithmic axes, the diagonal, and lines at ±15 %."""
    values = [v for p in points for v in (p.measured, p.predicted)]
    low, high = math.log10(min(values) * 0.9), math.log10(max(values) * 1.1)

    def at(value: float) -> float:
        return (math.log10(value) - low) / (high - low) * PANEL

    out = [f'<g transform="translate({x},{y})">', f'<rect width="{PANEL}" height="{PANEL}" fill="none" stroke="#888"/>']
    out.append(f'<text x="0" y="-22" font-weight="bold">{title}</text>')
    errors = spread(title, points)
    said = f"{errors.points} points, median error {100 * errors.median:.1f} %, 90th percentile {100 * errors.p90:.1f} %"
    out.append(f'<text x="0" y="-7" fill="#555">{said}</text>')
    for factor, dash in ((1.0, ""), (1.15, ' stroke-dasharray="3 3"'), (1 / 1.15, ' stroke-dasharray="3 3"')):
        shift = math.log10(factor) / (high - low) * PANEL
        x1, x2 = max(0.0, -shift), min(PANEL, PANEL - shift)
        y1, y2 = PANEL - (x1 + shift), PANEL - (x2 + shift)
        out.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#888"{dash}/>')
    steps = (1, 1.5, 2, 3, 4, 5) if decimals else (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
    for step in steps:
        if low <= math.log10(step) <= high:
            place = at(step)
            out.append(f'<text x="{place:.1f}" y="{PANEL + 14}" text-anchor="middle" fill="#555">{step:g}</text>')
            out.append(f'<text x="-6" y="{PANEL - place + 4:.1f}" text-anchor="end" fill="#555">{step:g}</text>')
    out.append(f'<text x="{PANEL / 2}" y="{PANEL + 30}" text-anchor="middle">measured, {unit}</text>')
    out.append(
        f'<text x="-34" y="{PANEL / 2}" text-anchor="middle" transform="rotate(-90,-34,{PANEL / 2})">predicted</text>'
    )
    groups = sorted({p.group for p in points})
    for p in points:
        colour = COLOURS[groups.index(p.group) % len(COLOURS)]
        mark = f'cx="{at(p.measured):.1f}" cy="{PANEL - at(p.predicted):.1f}" r="3" fill="{colour}" fill-opacity="0.6"'
        out.append(f"<circle {mark}><title>{p.cell}: {p.measured:.3g} measured, {p.predicted:.3g}</title></circle>")
    for i, group in enumerate(groups):
        colour = COLOURS[i % len(COLOURS)]
        out.append(f'<text x="8" y="{16 + 14 * i}" fill="{colour}">{group}</text>')
    return [*out, "</g>"]


def main() -> None:
    """All panels."""
    multicore = multicore_accuracy()
    panels = [
        ("Latency on boards, one thread", "ms", latency_points(), False),
        ("n simulated cores on one image", "ms", multicore.totals, False),
        ("Speed-up of n simulated cores", "times one core", multicore.speedups, False),
        ("All cores over one thread", "times", contention_points(), True),
        ("Power above idle, board left out", "W", power_points(), False),
    ]
    columns = 3
    width = MARGIN * 2 + columns * (PANEL + GAP)
    height = MARGIN + math.ceil(len(panels) / columns) * (PANEL + GAP + 30)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">'
    ]
    out.append('<rect width="100%" height="100%" fill="white"/>')
    for i, (title, unit, points, decimals) in enumerate(panels):
        x, y = MARGIN + (i % columns) * (PANEL + GAP), MARGIN + (i // columns) * (PANEL + GAP + 30)
        out += panel(x, y, title, unit, points, decimals)
    Path(__file__).with_name("accuracy.svg").write_text("\n".join([*out, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
