"""The search monitor: state, rate and progress, the curve, the front, and the best designs so far."""

from textwrap import wrap
from typing import ClassVar

from textual import events
from textual.message import Message

from workbench.design.design import Design
from workbench.engine.messages import Candidate, Snapshot
from workbench.tui import numbers
from workbench.tui.actions import Context, bindings
from workbench.tui.charts.axis import Axis
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.convergence import Curve, curve_axis, draw_curve
from workbench.tui.charts.front import Axes, Scatter, draw_front, flat, scatter_axes
from workbench.tui.first_steps import Step
from workbench.tui.ink import AMBER, AMBER_BOLD, BOLD, DIM, RED, STRONG, TEXT, Ink
from workbench.tui.panes.best_table import draw_best
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Parts
from workbench.tui.state import State

SMALL = 16  # rows of a pane below which blank rows are dropped
MS = 1e3
_INVITATION = (
    "starts one from this design. It runs in a process of its own, goes on when this terminal closes, and can be "
    "watched from another."
)


class MonitorPane(ListPane):
    """Pane 4."""

    NUMBER = "4"
    NAME = "Search"
    TAB = "Search"
    CONTEXT = Context.SEARCH
    HINT = Step.SEARCH
    BINDINGS: ClassVar = bindings(Context.SEARCH)

    class Command(Message):
        """Something is wanted of the search: pause, step, adopt, inject, freeze_values or attach."""

        def __init__(self, command: str, candidate: Candidate | None = None) -> None:
            self.command, self.candidate = command, candidate
            super().__init__()

    def __init__(self, **options: str) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._followed: Design | None = None
        self._curve_axis: Axis | None = None
        self._front_axes: Axes | None = None
        self._run = ""
        self._table_top = 0

    @property
    def snapshot(self) -> Snapshot | None:
        """The search as last heard of."""
        return self.state.snapshot if self.state else None

    def candidates(self) -> list[Candidate]:
        """Best designs that pass the filter."""
        return [c for c in (self.snapshot.best if self.snapshot else ()) if self.matches(_words(c))]

    def count(self) -> int:
        """Rows of the table."""
        return len(self.candidates())

    @property
    def candidate(self) -> Candidate | None:
        """The selected design."""
        found = self.candidates()
        return found[min(self.cursor, len(found) - 1)] if found else None

    def moved(self) -> None:
        """Remember which design the selection follows; the top row follows the best."""
        here = self.candidate
        self._followed = here.design if here is not None and self.cursor else None

    def show(self, state: State) -> None:
        """Show a state; the selection follows its design."""
        self.state = state
        snapshot = state.snapshot
        if snapshot is not None and snapshot.run != self._run:
            self._run, self._curve_axis, self._front_axes, self._followed = snapshot.run, None, None, None
            self.cursor = 0
        if self._followed is not None:
            places = [i for i, c in enumerate(self.candidates()) if c.design == self._followed]
            if places:
                self.cursor = places[0]
        self.redraw()

    def title_right(self, width: int) -> Parts:  # noqa: ARG002
        """State of the search and how long it goes on."""
        return search_state(self.snapshot, self.look.glyphs.ascii)

    def body(self, canvas: Canvas, top: int) -> None:
        """Status, charts, table."""
        snapshot, state = self.snapshot, self.state
        assert state is not None
        if snapshot is None:
            self._draw_invitation(canvas, top + 1, state)
            return
        small = canvas.height < SMALL
        y = top + (1 if self.titled and not small else 0)
        _draw_status(canvas, y, snapshot)
        y += 1 if small else 2
        left = canvas.height - y
        charts = left - 3 if small else 9 if left <= 20 else left // 2
        charts = max(0, min(charts, left - 3))
        if charts >= 5:
            self._draw_charts(canvas, y, charts, snapshot, state)
            y += charts + (0 if small else 1)
        if self.draw_filter(canvas, y):
            y += 1
        self._table_top = y + 1
        room = canvas.height - y - 1
        self.keep_visible(max(1, room))
        draw_best(
            canvas, y, self.candidates(), self.cursor, self.scroll_top, self.active,
            state.pinned.score.edp_j_s if state.pinned and state.pinned.score else None,
        )  # fmt: skip

    def hint_wanted(self) -> bool:
        """There is a design to adopt."""
        return self.candidate is not None

    def _draw_charts(self, canvas: Canvas, y: int, height: int, snapshot: Snapshot, state: State) -> None:
        pinned = state.pinned.score if state.pinned else None
        live = snapshot.state == "running"
        curve = Curve(
            tuple((generation, edp * MS) for generation, edp in snapshot.curve),
            pinned.edp_j_s * MS if pinned and pinned.edp_j_s else None,
            live,
        )
        self._curve_axis = curve_axis(curve, self._curve_axis)
        curve_width = round(canvas.width * 0.55) - 3
        draw_curve(canvas, 2, y, curve_width, height, curve, self._curve_axis)
        score = state.shown_score
        here = self.candidate
        scatter = Scatter(
            front=flat((c.latency_s * MS, c.energy_j) for c in snapshot.front),
            cloud=tuple((latency * MS, energy) for latency, energy in snapshot.cloud),
            yours=(score.latency_s * MS, score.energy_j) if score and score.latency_s and score.energy_j else None,
            pinned=(pinned.latency_s * MS, pinned.energy_j)
            if pinned and pinned.latency_s and pinned.energy_j
            else None,
            selected=(here.latency_s * MS, here.energy_j) if here else None,
        )
        self._front_axes = scatter_axes(scatter, self._front_axes)
        x = curve_width + 6
        draw_front(canvas, x, y, canvas.width - 2 - x, height, scatter, self._front_axes)

    def _draw_invitation(self, canvas: Canvas, y: int, state: State) -> None:
        frozen = numbers.plural(len(state.frozen), "variable") if state.frozen else "no variable"
        bounded = f", {len(state.design.bounds)} bounded" if state.design.bounds else ""
        canvas.put(2, y, "No search yet.", TEXT)
        canvas.put(2, y + 2, "s", BOLD)
        y += 2
        for line in wrap(_INVITATION, canvas.width - 7):
            canvas.put(5, y, line, DIM)
            y += 1
        from workbench.tui.searching import search_words

        options = search_words(self.workbench.session.searching.options)
        canvas.runs(2, y + 1, (options, TEXT), ("; ^p search changes it", DIM))
        canvas.runs(2, y + 2, (f"{frozen} frozen{bounded}", TEXT), ("; in 3, f freezes and [ ] bound", DIM))

    def action_pause(self) -> None:
        """Pause or resume."""
        self.post_message(self.Command("pause"))

    def action_step(self) -> None:
        """One generation."""
        self.post_message(self.Command("step"))

    def action_adopt(self) -> None:
        """Adopt the selected design."""
        self.post_message(self.Command("adopt", self.candidate))

    def action_inject(self) -> None:
        """Put the design at hand into the search."""
        self.post_message(self.Command("inject"))

    def action_freeze_values(self) -> None:
        """Freeze every variable or free them all."""
        self.post_message(self.Command("freeze_values", self.candidate))

    def action_attach(self) -> None:
        """Look at another run."""
        self.post_message(self.Command("attach"))

    def on_click(self, event: events.Click) -> None:
        """A click selects a row."""
        row = event.y - self._table_top + self.scroll_top
        if event.y >= self._table_top and row < self.count():
            self.move_to(row)


def _words(candidate: Candidate) -> str:
    return " ".join(s.core for s in candidate.design.subaccelerators)


def search_state(snapshot: Snapshot | None, ascii_only: bool, best: bool = False) -> Parts:
    """`▶ running   2:04 left`, for the title; with the best EDP instead of the word where `best`."""
    from workbench.tui.glyphs import glyphs_for

    glyphs = glyphs_for(ascii_only)
    if snapshot is None:
        return (("no search", DIM),)
    elapsed = numbers.duration(snapshot.elapsed_s)
    word: list[tuple[str, Ink]]
    match snapshot.state:
        case "running":
            left = f"{numbers.duration(snapshot.seconds_left)} left" if snapshot.seconds_left is not None else elapsed
            word = [(f"{glyphs.running} ", STRONG), ("running", TEXT)]
            tail = left
        case "paused":
            word = [(f"{glyphs.paused} paused", AMBER_BOLD)]
            tail = f"at {elapsed}, best kept"
        case "failed":
            word = [("! failed", RED)]
            tail = f"at {elapsed}"
        case "interrupted":
            word = [("! interrupted", AMBER_BOLD)]
            tail = f"at {elapsed}, best kept"
        case other:
            word = [(f"{glyphs.stopped} {other}", TEXT)]
            tail = f"at {elapsed}, best kept"
    if best and snapshot.best:
        word = [word[0], (" best " if snapshot.state != "running" else "best ", DIM)]
        word += [(numbers.edp_mj_s(snapshot.best[0].edp_j_s), BOLD), (" mJ·s", TEXT)]
        tail = tail.split(",")[0]
    return (*word, (f"   {tail}" if not best else f"  {tail}", DIM))


def _draw_status(canvas: Canvas, y: int, snapshot: Snapshot) -> None:
    wide = canvas.width >= 78
    gap = 6 if canvas.width >= 110 else 3
    fields: list[tuple[tuple[str, Ink], ...]] = [
        (("generation " if wide else "gen ", DIM), (numbers.number(snapshot.generation), BOLD)),
        (("designs ", DIM), (numbers.number(snapshot.evaluations), BOLD)),
    ]
    number, _, unit = numbers.rate(snapshot.rate_per_s).partition(" ")
    fields.append((("rate ", DIM), (number, BOLD), (f" {unit}", TEXT)))
    if snapshot.sigma is not None:
        fields.append(((f"{canvas.glyphs.sigma} ", DIM), (numbers.number(snapshot.sigma, 2), BOLD)))
    if canvas.width >= 110 and snapshot.best:
        edp = numbers.edp_mj_s(snapshot.best[0].edp_j_s)
        fields.append((("best ", DIM), (edp, BOLD), (" mJ·s", TEXT)))
    if snapshot.message and snapshot.state in ("failed", "interrupted", "finished", "stopped"):
        fields.append(((snapshot.message, AMBER if snapshot.state in ("failed", "interrupted") else TEXT),))
    elif snapshot.stagnation:
        unit = "generations" if canvas.width >= 110 else "gen"
        fields.append(((f"no gain for {snapshot.stagnation} {unit}", TEXT),))
    x = 2
    for field in fields:
        length = sum(len(text) for text, _ in field)
        if x + length > canvas.width:
            room = canvas.width - x - 1
            if len(field) == 1 and room >= 12:
                canvas.put(x, y, field[0][0][: room - 1] + "…", field[0][1])
            break
        x = canvas.runs(x, y, *field) + gap
