"""The budget of the card: what each resource has, and how much of it the design uses."""

from workbench.design.report import ResourceUse
from workbench.tui import numbers
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.mini_bar import NEAR_LIMIT, draw_bar, share_ink
from workbench.tui.ink import AMBER, DIM, RED, RED_BOLD, TEXT, Ink
from workbench.tui.state import State, resource_label

TALL_ROOM = 18  # rows of a pane from which a single column of long bars is drawn, where it is narrow enough
SINGLE_COLUMN = (75, 90)  # widths of the narrow screen's pane


def _single(width: int, room: int) -> bool:
    return SINGLE_COLUMN[0] <= width <= SINGLE_COLUMN[1] and room >= TALL_ROOM


def budget_height(state: State, width: int, room: int) -> int:
    """Rows that `draw_budget` takes."""
    count = len(state.fit.resources)
    return count + 1 if _single(width, room) else -(-count // 2)


def draw_budget(canvas: Canvas, y: int, state: State) -> int:
    """Draw; gives the row behind it."""
    resources = state.fit.resources
    if _single(canvas.width, canvas.height):
        return _draw_single(canvas, y, state)
    half = -(-len(resources) // 2)
    middle = max(30, 2 + round((canvas.width - 3) * 0.5))
    for index, use in enumerate(resources):
        row, left = y + index % half, 2 if index < half else middle
        _draw_pair(canvas, left, row, middle - 2, state, use, index >= half)
    return y + half


def _amount_ink(use: ResourceUse) -> Ink:
    return RED_BOLD if use.share > 1 else TEXT


def _draw_pair(canvas: Canvas, x: int, y: int, width: int, state: State, use: ResourceUse, second: bool) -> None:
    used, suffix = numbers.amount(use.used, use.available)
    available, _ = numbers.amount(use.available)
    canvas.put(x, y, resource_label(use.name, state.board, short=True), DIM)
    wide = width >= 50
    bar = width - 38 if wide else max(3, width - 27)
    draw_bar(canvas, x + 5, y, bar, use.share)
    if use.share > 1:
        canvas.put(x + 5 + bar - 1, y, "|" if canvas.glyphs.ascii else "╂", RED)
    at = x + 5 + bar
    if wide:
        ink = RED if use.share > 1 else AMBER if use.share >= NEAR_LIMIT else TEXT
        canvas.put_right(at + 6, y, numbers.number(use.share * 100), ink)
        canvas.put(at + 6, y, " %", DIM)
        at += 8
    end = at + max(6, len(used) + 1)
    canvas.put_right(end, y, used, _amount_ink(use))
    of = end + (2 if not second else 0)
    canvas.put(end, y, suffix, TEXT)
    canvas.put(of, y, " of", DIM)
    end = of + max(9, 4 + len(available))
    canvas.put_right(end, y, available, DIM)
    if use.name != "ports":
        canvas.put(end, y, suffix, DIM)
    elif end + 6 < canvas.width:
        canvas.put(end, y, " ports", DIM)


def _draw_single(canvas: Canvas, y: int, state: State) -> int:
    width = canvas.width
    bar_at, bar = 15, width - 51
    canvas.put(2, y, f"budget of {state.design.board}", DIM)
    canvas.put_right(width - 19, y, "used", DIM)
    canvas.put_right(width - 7, y, "available", DIM)
    for use in state.fit.resources:
        y += 1
        used, suffix = numbers.amount(use.used, use.available)
        available, _ = numbers.amount(use.available)
        canvas.put(4, y, resource_label(use.name, state.board), DIM)
        draw_bar(canvas, bar_at, y, bar, use.share)
        ink = share_ink(use.share) if use.share >= NEAR_LIMIT else TEXT
        canvas.put_right(bar_at + bar + 5, y, numbers.number(use.share * 100), ink)
        canvas.put(bar_at + bar + 5, y, " %", DIM)
        canvas.put_right(width - 21, y, used, _amount_ink(use))
        canvas.put(width - 21, y, suffix, TEXT)
        canvas.put_right(width - 9, y, available, DIM)
        canvas.put(width - 9, y, suffix, DIM)
    return y + 1
