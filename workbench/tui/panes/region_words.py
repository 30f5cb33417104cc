"""Which super logic regions a sub-accelerator's cores lie in, in a few dim words."""

from collections import Counter

from workbench.design.placement import SPANS
from workbench.hardware.board import Board
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import DIM

APART = 3  # cells between a row's text and the words


def region_words(board: Board, core_regions: tuple[int, ...]) -> str:
    """`SLR0 4 · SLR1 3`; empty on a board of one region, or where no placement is known."""
    if len(board.regions) < 2:
        return ""
    counts = Counter(core_regions)
    parts = [f"{region.name} {counts[k]}" for k, region in enumerate(board.regions) if counts[k]]
    if counts[SPANS]:
        parts.append(f"across {counts[SPANS]}")
    return " · ".join(parts)


def draw_regions(canvas: Canvas, first: int, end: int, words: str) -> None:
    """The words at the right end of the first row of `first` … `end`-1 that has room for them."""
    right = canvas.width - 3
    left = right - len(words)
    for y in range(first, min(end, canvas.height)):
        if words and left > 0 and all(canvas.glyph_at(x, y) == " " for x in range(left - APART, canvas.width)):
            canvas.put(left, y, words, DIM)
            return
