"""Jobs over time, one row per core, and off-chip traffic below: bars by background colour, stalls and idle by glyph."""

from dataclasses import dataclass

from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import AMBER, RULE, Ink, Role

_TONES = (Role.BUSY_0, Role.BUSY_1, Role.BUSY_MID)


@dataclass(frozen=True, slots=True)
class Block:
    """A job on rows `first..first+rows-1` of the chart from start to end (s), the last `stall_s` of it stalled."""

    row: int
    rows: int
    start_s: float
    end_s: float
    stall_s: float
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time shown, in s."""

    start_s: float
    end_s: float

    def at(self, time_s: float, cells: int) -> int:
        """Cell of a time; may lie outside."""
        span = self.end_s - self.start_s
        return round((time_s - self.start_s) / span * cells) if span > 0 else 0


def draw_gantt(canvas: Canvas, x: int, y: int, width: int, rows: int, blocks: list[Block], window: Window) -> None:
    """Draw `rows` core rows; idle time is dotted. Later blocks lie on top of earlier ones."""
    glyphs = canvas.glyphs
    for row in range(rows):
        canvas.fill(y + row, x, x + width, glyphs.idle, RULE)
    tone_at: dict[int, int] = {}
    owner: dict[tuple[int, int], int] = {}  # (row, column): the block on top
    labels: list[tuple[int, Block, int, int, Ink]] = []
    for number, block in enumerate(sorted(blocks, key=lambda b: (b.start_s, b.row))):
        begin = max(0, window.at(block.start_s, width))
        end = min(width, max(window.at(block.end_s, width), begin + 1))
        if end <= 0 or begin >= width:
            continue
        # Neighbours in time and space must differ in tone: step on from the tones these rows carried last.
        used = {tone_at.get(r, -1) for r in range(block.row - 1, block.row + block.rows + 1)}
        tone = next((t for t in range(len(_TONES)) if t not in used), (tone_at.get(block.row, 0) + 1) % len(_TONES))
        back = Role.ACCENT if block.selected else _TONES[tone]
        ink = Ink(Role.PAGE if block.selected else Role.STRONG, bold=block.selected, back=back)
        stall_from = end
        if block.stall_s > 0:
            stall_from = min(end, max(begin, window.at(block.end_s - block.stall_s, width)))
        for r in range(max(0, block.row), min(rows, block.row + block.rows)):
            canvas.fill(y + r, x + begin, x + end, glyphs.fill, ink)
            stall_ink = Ink(Role.PAGE if block.selected else AMBER.role, back=back)
            canvas.fill(y + r, x + stall_from, x + end, glyphs.stall, stall_ink)
            owner.update(((r, column), number) for column in range(begin, end))
        for r in range(block.row, block.row + block.rows):
            tone_at[r] = tone
        labels.append((number, block, begin, stall_from, ink))
    for number, block, begin, stall_from, ink in labels:
        # Another block may lie on top of a part: the label takes what is left in front of it.
        inside = range(begin, stall_from)
        covered = next((column for column in inside if owner.get((block.row, column)) != number), stall_from)
        room = covered - begin - 2
        if room >= 3 and 0 <= block.row < rows:
            label = block.label if len(block.label) <= room else block.label[: max(1, room - 1)] + "."
            canvas.put(x + begin + 1, y + block.row, label, ink)


def draw_area(canvas: Canvas, x: int, y: int, height: int, values: list[float], top: float) -> None:
    """A filled area of one value per column in eighths of a cell; `top` reaches the full height."""
    steps = canvas.glyphs.steps
    for column, value in enumerate(values):
        eighths = round(max(0.0, min(1.0, value / top if top > 0 else 0.0)) * height * 8)
        for row in range(height):
            part = max(0, min(8, eighths - (height - 1 - row) * 8))
            if part:
                glyph = steps[min(part, len(steps) - 1)] if part < 8 else steps[-1]
                canvas.put(x + column, y + row, glyph, Ink(Role.BUSY_0))
