"""The core grid: sub-accelerators drawn as their cores, the budget of the card, and whether it all fits."""

from typing import ClassVar

from textual import events
from textual.message import Message

from workbench.design.bounds import bounds_of
from workbench.design.design import SubAccelerator
from workbench.design.report import SubAcceleratorScore
from workbench.hardware.presets import load_core
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.core_grid import CoreGrid, draw_cores, lines_of
from workbench.tui.first_steps import Step
from workbench.tui.ink import ACCENT, BOLD, DIM, RED, RED_BOLD, STRONG, TEXT, Ink
from workbench.tui.panes.budget_rows import budget_height, draw_budget
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Parts, draw_cursor, draw_title
from workbench.tui.panes.region_words import draw_regions, region_words
from workbench.tui.state import State, resource_label
from workbench.tui.sub_words import spatial_letters

VARIABLES = ("core", "rows", "cols", "planes")
CORES_AT = 6  # column where core names and cores start
WIDE = 100
RIGHT_WORDS = 15  # columns that `busy 100 %` takes, its margin included
LEAST_LABEL = 3


class GridPane(ListPane):
    """Pane 3."""

    NUMBER = "3"
    NAME = "Core grid"
    TAB = "Grid"
    CONTEXT = Context.GRID
    HINT = Step.GRID
    BINDINGS: ClassVar = bindings(Context.GRID)
    variable = "cols"

    class Edit(Message):
        """An edit of the selected sub-accelerator is wanted; `name` is one of the session's grid edits."""

        def __init__(self, name: str, variable: str = "") -> None:
            self.name, self.variable = name, variable
            super().__init__()

    class Selected(Message):
        """Another sub-accelerator is at hand."""

        def __init__(self, sub_id: str) -> None:
            self.sub_id = sub_id
            super().__init__()

    class LibraryWanted(Message):
        """A named dataflow shall be chosen."""

    def __init__(self, **options: str) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.rows_on_screen: dict[int, int] = {}

    def count(self) -> int:
        """Sub-accelerators that pass the filter."""
        return len(self._shown())

    def _shown(self) -> list[SubAccelerator]:
        if self.state is None:
            return []
        return [s for s in self.state.design.subaccelerators if self.matches(f"{s.id} {s.core}")]

    def show(self, state: State) -> None:
        """Show a state; the cursor follows the sub-accelerator at hand."""
        self.state = state
        ids = [s.id for s in self._shown()]
        if state.selected in ids:
            self.cursor = ids.index(state.selected)
        if self.variable == "planes" and state.sub.planes == 1 and not state.board.psum_link_bytes_per_cycle:
            self.variable = "cols"
        self.redraw()

    def moved(self) -> None:
        """Tell which sub-accelerator is at hand."""
        shown = self._shown()
        if shown:
            self.post_message(self.Selected(shown[min(self.cursor, len(shown) - 1)].id))

    def title_right(self, width: int) -> Parts:
        """Cores, clock, frozen; or that it does not fit."""
        state = self.state
        if state is None:
            return ()
        if not state.fit.fits:
            return ((("X" if self.look.glyphs.ascii else "✗") + " does not fit", RED_BOLD),)
        cores = sum(s.cores for s in state.design.subaccelerators)
        clock = f"{numbers.number(state.board.clock_hz / 1e6)} MHz"
        mark = " ≈" if "clock_hz" in state.board.unconfirmed else ""
        words = f"{numbers.plural(cores, 'core')}   {clock}{mark}"
        if width >= WIDE:
            words = f"{numbers.plural(len(state.design.subaccelerators), 'sub-accelerator')}   {words}"
        if state.frozen:
            words += "   [ ] frozen"
        if state.design.bounds and width >= 56:
            words += "   ≤ bounded"
        return ((words, DIM),)

    def body(self, canvas: Canvas, top: int) -> None:
        """Sub-accelerators, budget, verdict."""
        state = self.state
        assert state is not None
        if self.draw_filter(canvas, top):
            top += 1
        room = canvas.height - top
        shown = self._shown()
        self.cursor = max(0, min(self.cursor, len(shown) - 1))
        width = canvas.width - CORES_AT - 3
        heights = [1 + lines_of(_grid_of(state, sub, None), width) for sub in shown]
        budget = budget_height(state, canvas.width, room)
        gap, lead = self._gaps(room, sum(heights), len(heights), budget)
        foot = budget + 1 + 2 * gap
        first = top + lead
        self._draw_subs(canvas, first, canvas.height - foot, gap, shown, heights)
        bottom = max(self.rows_on_screen, default=first) + 1
        end = draw_budget(canvas, min(bottom + gap, canvas.height - budget - 1 - gap), state)
        self._draw_verdict(canvas, min(end + gap, canvas.height - 1), state)

    def _gaps(self, room: int, cores: int, count: int, budget: int) -> tuple[int, int]:
        """Blank rows between groups, and above the first; a full pane drops them."""
        need = cores + budget + 1
        if not self.roomy or need + count + 1 > room:
            return 0, int(self.roomy and need < room)
        return 1, int(need + count + 2 <= room)

    def _draw_subs(
        self, canvas: Canvas, first: int, end: int, gap: int, shown: list[SubAccelerator], heights: list[int]
    ) -> None:
        """As many as fit between two rows, the selected one among them; a last one may be cut off."""
        self.rows_on_screen = {}
        self.scroll_top = min(self.scroll_top, self.cursor)
        while self.scroll_top < self.cursor:
            upto = sum(heights[self.scroll_top : self.cursor + 1]) + gap * (self.cursor - self.scroll_top)
            if upto <= end - first:
                break
            self.scroll_top += 1
        while (
            self.scroll_top
            and sum(heights[self.scroll_top - 1 :]) + gap * (len(heights) - self.scroll_top) <= end - first
        ):
            self.scroll_top -= 1
        y = first
        index = self.scroll_top
        while index < len(shown) and y < end:
            height = min(heights[index], end - y)
            part = Canvas(canvas.width, height, canvas.glyphs)
            self._draw_sub(part, 0, shown[index], index == self.cursor)
            canvas.draw(0, y, part)
            if height < heights[index]:
                words = f"{numbers.number(height - 1)} of {numbers.plural(heights[index] - 1, 'row')} shown"
                canvas.put_right(canvas.width - 2, y + height - 1, words, DIM)
            else:
                self._draw_regions(canvas, y + 1, y + height + gap, shown[index])
            self.rows_on_screen.update(dict.fromkeys(range(y, y + height), index))
            y += height + gap
            index += 1
        hidden = len(shown) - (index - self.scroll_top)
        if hidden and self.titled:
            words = f"{self.cursor + 1} of {len(shown)}"
            draw_title(canvas, 0, canvas.width, self.NUMBER, self.NAME, ((words, DIM),), self.active)

    def _draw_regions(self, canvas: Canvas, first: int, end: int, sub: SubAccelerator) -> None:
        assert self.state is not None
        score = _score_of(self.state, sub)
        if score is not None and len(score.core_slr) == sub.cores:
            draw_regions(canvas, first, end, region_words(self.state.board, score.core_slr))

    def _draw_sub(self, canvas: Canvas, y: int, sub: SubAccelerator, selected: bool) -> None:
        state = self.state
        assert state is not None
        score = _score_of(state, sub)
        here = selected and self.active

        def name(variable: str, text: str, ink: Ink) -> list[tuple[str, Ink]]:
            if here and self.variable == variable:
                ink = ACCENT._replace(bold=True, underline=True)
            if f"{sub.id}.{variable}" in state.frozen or sub.id in state.frozen:
                return [("[", ink._replace(underline=False)), (text, ink), ("]", ink._replace(underline=False))]
            low, high = bounds_of(state.design, f"{sub.id}.{variable}")
            before = [] if low is None else [(f"{low:g}≤", TEXT)]
            after = [] if high is None else [(f"≤{high:g}", TEXT)]
            return [*before, (text, ink), *after]

        surplus = state.fit.surplus_of(sub.id)
        canvas.put(2, y, sub.id[:3], BOLD)
        x = canvas.runs(
            CORES_AT, y, *name("core", sub.core, BOLD), (" × ", TEXT),
            (numbers.number(sub.cores), RED_BOLD if surplus else TEXT),
        )  # fmt: skip
        over_rows, over_cols, over_planes = spatial_letters(sub)
        grid = [
            *name("rows", str(sub.rows), DIM), (f" row{'s' * (sub.rows != 1)}{over_rows} × ", DIM),
            *name("cols", str(sub.cols), DIM), (f" col{'s' * (sub.cols != 1)}{over_cols}", DIM),
        ]  # fmt: skip
        if sub.planes > 1 or (here and self.variable == "planes"):
            grid += [(" × ", DIM), *name("planes", str(sub.planes), DIM)]
            grid += [(f" plane{'s' * (sub.planes != 1)}{over_planes}", DIM)]
        x = canvas.runs(max(x + 2, CORES_AT + 14), y, *grid)
        if state.workload.isolation_labels:
            x = _draw_serves(canvas, x, y, sub)
        self._draw_right(canvas, y, x, sub, score, surplus)
        if selected:
            draw_cursor(canvas, y, canvas.width, self.active)
        draw_cores(canvas, CORES_AT, y + 1, canvas.width - CORES_AT - 3, _grid_of(state, sub, score))

    def _draw_right(
        self, canvas: Canvas, y: int, left: int, sub: SubAccelerator, score: SubAcceleratorScore | None, surplus: int
    ) -> None:
        state = self.state
        assert state is not None
        end = canvas.width - 3
        if not state.fit.fits:
            used = dict(state.fit.used_by).get(sub.id)
            parts: list[tuple[str, Ink]] = []
            if used is not None:
                amount, suffix = numbers.amount(used)
                parts = [(f"{amount}{suffix} {resource_label(state.fit.scarce, state.board)}", TEXT)]
            if surplus:
                parts += [(", ", TEXT), (f"{numbers.plural(surplus, 'core')} too many", RED_BOLD)]
            if sum(len(p[0]) for p in parts) <= end - left - 1:
                canvas.runs_right(end, y, *parts)
            return
        if score is None:
            return
        bound = f"{score.bound}-bound" if score.bound in ("compute", "memory", "port", "ring") else score.bound
        busy = f"{numbers.number(score.busy * 100)}"
        if end - left >= 29:
            canvas.put_right(end, y, bound, DIM)
            end -= 17
        canvas.runs_right(end, y, ("busy ", DIM), (busy, BOLD), (" %", TEXT))

    def _draw_verdict(self, canvas: Canvas, y: int, state: State) -> None:
        glyphs, fit = canvas.glyphs, state.fit
        if fit.fits:
            words = fit.headroom
            while "; " in words and len(words) > canvas.width - 11:
                words = words.rpartition("; ")[0]
            canvas.runs(2, y, (f"{glyphs.fits} ", STRONG), ("Fits. ", TEXT), (words, DIM))
            return
        if fit.fix is not None:
            lead = "Smallest change that fits: "
            lead = lead if len(lead) + len(fit.fix.words) + 13 <= canvas.width else "Fits: "
            canvas.runs(2, y, (lead, TEXT), (fit.fix.words, BOLD))
            canvas.runs_right(canvas.width - 1, y, ("  F4", BOLD), (" apply", DIM))
        else:
            canvas.put(2, y, fit.way_out, RED)

    def action_variable(self, key: str) -> None:
        """Choose core, rows, cols or planes."""
        state = self.state
        if state is None:
            return
        names = [v for v in VARIABLES if v != "planes" or state.sub.planes > 1 or state.board.psum_link_bytes_per_cycle]
        at = names.index(self.variable) if self.variable in names else 0
        self.variable = names[(at + (1 if key == "right" else -1)) % len(names)]
        self.redraw()

    def _ask(self, name: str) -> None:
        self.post_message(self.Edit(name, self.variable))

    def action_more(self) -> None:
        """One step up of the selected variable."""
        self._ask("more")

    def action_less(self) -> None:
        """One step down of the selected variable."""
        self._ask("less")

    def action_core_next(self) -> None:
        """The next larger core type."""
        self._ask("core_next")

    def action_core_previous(self) -> None:
        """The next smaller core type."""
        self._ask("core_previous")

    def action_turn(self) -> None:
        """Rows become columns."""
        self._ask("turn")

    def action_wires(self) -> None:
        """Switch the wires."""
        self._ask("wires")

    def action_serves(self) -> None:
        """Let it serve the next isolation label."""
        self._ask("serves")

    def action_freeze(self) -> None:
        """Freeze or free the selected variable."""
        self._ask("freeze")

    def action_bound_low(self) -> None:
        """The search goes no lower than the present value, or as low as it likes again."""
        self._ask("bound_low")

    def action_bound_high(self) -> None:
        """The search goes no higher than the present value, or as high as it likes again."""
        self._ask("bound_high")

    def action_sub_add(self) -> None:
        """Add a sub-accelerator."""
        self._ask("sub_add")

    def action_sub_remove(self) -> None:
        """Remove the selected sub-accelerator."""
        self._ask("sub_remove")

    def action_dataflow_library(self) -> None:
        """Choose a named dataflow."""
        self.post_message(self.LibraryWanted())

    def action_pinned_uram(self) -> None:
        """More URAM for recurrent weights, then none."""
        self._ask("pinned_uram")

    def action_sweep(self) -> None:
        """Score every value of the selected variable."""
        from workbench.tui.screens.sweep import SweepScreen

        if self.state is not None:
            self.app.push_screen(SweepScreen(f"{self.state.sub.id}.{self.variable}"))

    def on_click(self, event: events.Click) -> None:
        """A click selects a sub-accelerator."""
        if event.y in self.rows_on_screen:
            self.move_to(self.rows_on_screen[event.y])


def _draw_serves(canvas: Canvas, x: int, y: int, sub: SubAccelerator) -> int:
    """Whom a sub-accelerator serves, as far as there is room beside its figures; the column behind it."""
    room = canvas.width - RIGHT_WORDS - x - len("  for ")
    label = sub.serves or "the rest"
    if room < LEAST_LABEL:
        return x
    label = label if len(label) <= room else label[: room - 1] + canvas.glyphs.ellipsis
    return canvas.runs(x, y, ("  for ", DIM), (label, TEXT))


def _score_of(state: State, sub: SubAccelerator) -> SubAcceleratorScore | None:
    score = state.shown_score
    return next((s for s in score.subaccelerators if s.id == sub.id), None) if score else None


def _grid_of(state: State, sub: SubAccelerator, score: SubAcceleratorScore | None) -> CoreGrid:
    try:
        macs = load_core(sub.core).macs_per_cycle
    except ValueError:
        macs = 1
    busy = score.core_busy if score is not None and len(score.core_busy) == sub.cores else ()
    return CoreGrid(sub.rows, sub.cols, macs, sub.planes, busy, state.fit.surplus_of(sub.id))
