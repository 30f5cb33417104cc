"""Cores in rows and columns: track length says how large a core is, fill and digits how busy it is."""

import math
from dataclasses import dataclass

from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import DIM, RED, RED_BOLD, RULE, TEXT, Ink, Role, busy_role

LARGEST_MACS = 2048  # B4096: 2048 MACs a cycle (PG338); a core of this size has the longest track
LONGEST_TRACK, SHORTEST_TRACK = 10, 3
MOST_FOLDS, MOST_LINES = 3, 4  # a row of cores is folded into at most so many lines, in a grid of at most so many
NUMBER_ROOM = 4  # ` 98 `: one blank before, two digits, one after


@dataclass(frozen=True, slots=True)
class CoreGrid:
    """`rows` × `cols` (times `planes`, each drawn as further rows) cores of `macs` a cycle.

    `busy`: share per core in the grid's order, empty where there is no score. `surplus`: how many of the last cores are
    beyond what fits.
    """

    rows: int
    cols: int
    macs: int
    planes: int = 1
    busy: tuple[float, ...] = ()
    surplus: int = 0


@dataclass(frozen=True, slots=True)
class Cells:
    """How a core is drawn: cells of its track, cells from core to core, whether digits fit, cores in one line."""

    track: int
    pitch: int
    digits: bool
    per_line: int


def track_of(macs: int, scale: int = 1) -> int:
    """Cells of a core's track: by the logarithm of its size, B4096 10, B512 5."""
    steps = math.log2(max(1, LARGEST_MACS / max(1, macs)))
    return max(SHORTEST_TRACK, round(LONGEST_TRACK - steps * 5 / 3)) * scale


def cells_for(grid: CoreGrid, width: int) -> Cells:
    """The widest way of drawing a row of `cols` cores in `width` cells."""
    for scale in (2, 1):
        track = track_of(grid.macs, scale)
        for gap in (3, 2, 1):
            pitch = track + NUMBER_ROOM - 1 + gap
            if grid.cols * pitch - gap <= width and (scale == 1 or gap == 3):
                # Cores of one size keep one pitch: columns stand on a raster of at most sixteen cells.
                return Cells(track, pitch, True, grid.cols)
    track = track_of(grid.macs)
    for narrower in range(track, SHORTEST_TRACK - 1, -1):
        pitch = narrower + NUMBER_ROOM + 1
        if grid.cols * pitch - 1 <= width:
            return Cells(narrower, pitch, True, grid.cols)
    for folds in range(2, MOST_FOLDS + 1):  # rather two lines with digits than one without
        per_line = math.ceil(grid.cols / folds)
        for narrower in range(track, SHORTEST_TRACK - 1, -1):
            pitch = narrower + NUMBER_ROOM + 1
            if grid.rows * grid.planes * folds <= MOST_LINES and per_line * pitch - 1 <= width:
                return Cells(narrower, pitch, True, per_line)
    for narrower in (3, 2, 1):
        if grid.cols * (narrower + 1) - 1 <= width:
            return Cells(narrower, narrower + 1, False, grid.cols)
    return Cells(1, 2, False, max(1, (width + 1) // 2))


def lines_of(grid: CoreGrid, width: int) -> int:
    """Rows of the canvas a grid takes."""
    return grid.rows * grid.planes * math.ceil(grid.cols / cells_for(grid, width).per_line)


def draw_cores(canvas: Canvas, x: int, y: int, width: int, grid: CoreGrid) -> int:
    """Draw; gives the number of canvas rows taken."""
    cells = cells_for(grid, width)
    folds = math.ceil(grid.cols / cells.per_line)
    total = grid.rows * grid.cols * grid.planes
    index = 0
    for plane in range(grid.planes):
        for row in range(grid.rows):
            line = y + (plane * grid.rows + row) * folds
            for col in range(grid.cols):
                at = x + (col % cells.per_line) * cells.pitch
                _core(canvas, at, line + col // cells.per_line, cells, grid, index, index >= total - grid.surplus)
                index += 1
    return grid.rows * grid.planes * folds


def _core(canvas: Canvas, x: int, y: int, cells: Cells, grid: CoreGrid, index: int, surplus: bool) -> None:
    glyphs = canvas.glyphs
    if surplus:
        canvas.fill(y, x, x + cells.track, glyphs.core_track, RED)
        if cells.digits:
            canvas.put(x + cells.track + 1, y, glyphs.misfit, RED_BOLD)
        return
    canvas.fill(y, x, x + cells.track, glyphs.core_track, RULE)
    if index >= len(grid.busy):
        return
    busy = grid.busy[index]
    percent = round(busy * 100)
    filled = min(cells.track, max(1, round(busy * cells.track))) if percent else 0
    canvas.fill(y, x, x + filled, glyphs.core, Ink(Role(busy_role(busy))))
    if cells.digits:
        if percent:
            canvas.put(x + cells.track + 1, y, f"{percent:2d}", TEXT)
        else:
            canvas.put(x + cells.track + 1, y, "idle" if cells.pitch >= cells.track + 5 else "–", DIM)
