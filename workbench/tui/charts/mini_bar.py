"""The one-row bar of a share: data over a track, amber when it nears its limit, red beyond it."""

from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import AMBER, DATA, RED, RULE, Ink

NEAR_LIMIT = 0.9  # looks: 92 % is amber


def share_ink(share: float) -> Ink:
    """Data, amber from 90 % on, red beyond the limit."""
    return RED if share > 1.0 else AMBER if share >= NEAR_LIMIT else DATA


def draw_bar(canvas: Canvas, x: int, y: int, width: int, share: float, ink: Ink | None = None) -> None:
    """A bar of `width` cells. A share that is not zero shows at least one cell; one beyond 1 fills it."""
    filled = min(width, max(1 if share > 0 else 0, round(min(share, 1.0) * width)))
    if 0 < share < 1.0 and width > 1:
        filled = min(filled, width - 1) if share < 1 - 0.5 / width else filled
    glyphs = canvas.glyphs
    canvas.fill(y, x, x + filled, glyphs.bar, ink or share_ink(share))
    canvas.fill(y, x + filled, x + width, glyphs.track, RULE)


def draw_diverging(
    canvas: Canvas, middle: int, y: int, half: int, value: float, limit: float, better: Ink, worse: Ink
) -> None:
    """A bar from a middle line, to the left where `value` is negative; `limit` fills a half, more ends in `›`."""
    cells = min(half, max(1, round(abs(value) / limit * half))) if value and limit > 0 else 0
    glyphs = canvas.glyphs
    if value < 0:
        canvas.fill(y, middle - cells, middle, glyphs.bar, better)
        if -value > limit:
            canvas.put(middle - cells, y, "<" if glyphs.ascii else "‹", better)
    elif value > 0:
        canvas.fill(y, middle + 1, middle + 1 + cells, glyphs.bar, worse)
        if value > limit:
            canvas.put(middle + 1 + cells, y, glyphs.beyond, worse)
