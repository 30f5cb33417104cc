"""The score line: EDP, latency, energy, power, change against the pinned design, resources, and what bounds it."""

from typing import ClassVar

from workbench.tui import numbers
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.mini_bar import NEAR_LIMIT, draw_bar
from workbench.tui.ink import AMBER, AMBER_BOLD, BOLD, DIM, GREEN, RED, RED_BOLD, STRONG, TEXT, Ink, Role
from workbench.tui.rows import Rows
from workbench.tui.state import EngineStatus, State, resource_label

Metric = tuple[str, str, str, float | None, float | None]  # label, value, unit, value and pinned value as numbers


class ScoreBand(Rows):
    """Five rows, or two where `compact`."""

    PAGE: ClassVar[Role] = Role.BAND
    state: State | None = None
    compact = False

    def show(self, state: State) -> None:
        """Show a state."""
        self.state = state
        self.redraw()

    def draw(self, canvas: Canvas) -> None:
        """Draw for the size at hand."""
        if self.state is None:
            return
        if self.compact:
            _draw_compact(canvas, self.state)
        else:
            _draw_full(canvas, self.state)


def metrics(state: State) -> list[Metric]:
    """The four headline metrics of a state."""
    score = state.shown_score
    pinned = state.pinned.score if state.pinned else None
    return [
        ("EDP", numbers.edp_mj_s(score.edp_j_s if score else None), "mJ·s",
         score.edp_j_s if score else None, pinned.edp_j_s if pinned else None),
        ("latency", numbers.latency_ms(score.latency_s if score else None), "ms",
         score.latency_s if score else None, pinned.latency_s if pinned else None),
        ("energy", numbers.energy_j(score.energy_j if score else None), "J",
         score.energy_j if score else None, pinned.energy_j if pinned else None),
        ("power", numbers.power_w(score.power_w if score else None), "W",
         score.power_w if score else None, pinned.power_w if pinned else None),
    ]  # fmt: skip


def change_parts(canvas: Canvas, value: float | None, reference: float | None) -> list[tuple[str, Ink]]:
    """`▼ 12.0 %`, green where it is less, plain where it is more."""
    sign, words = numbers.change(value, reference)
    if not words:
        return []
    if not sign:
        return [("= pinned", DIM)]
    glyph = canvas.glyphs.less if sign == "less" else canvas.glyphs.more
    ink = GREEN if sign == "less" else TEXT
    return [(f"{glyph} ", ink), (words, ink)]


def _unconfirmed(state: State) -> int:
    score = state.shown_score
    return len(score.unconfirmed) if score else 0


def _draw_full(canvas: Canvas, state: State) -> None:
    width, glyphs = canvas.width, canvas.glyphs
    x = canvas.runs(1, 0, (state.design.workload, BOLD), (" on ", DIM), (state.design.board, BOLD))
    x = canvas.put(x + 4, 0, state.path.name if state.path else state.name, TEXT)
    if state.unsaved:
        canvas.runs(x + 1, 0, (f"{glyphs.unsaved} ", AMBER), ("not saved", DIM))
    facts = _unconfirmed(state)
    if state.waiting and state.shown_score is not None:
        canvas.put_right(width - 1, 0, "scoring; the numbers are of the design before", AMBER)
    elif facts:
        words = f"{glyphs.unconfirmed} rests on {numbers.plural(facts, 'unconfirmed fact')}"
        judged = state.best_share
        if judged is not None:
            share = numbers.percent(judged.best_share)
            words = f"best in {share} of {judged.draws} draws, {words}"
        canvas.put_right(width - 1, 0, words, DIM)
    start = round(width * 0.425 + 7)
    pitch = min(18, (start - 1) // 4)
    for index, (label, value, unit, now, before) in enumerate(metrics(state)):
        x = 1 + index * pitch + (1 if index else 0)
        mark = f" {glyphs.unconfirmed}" if facts else ""
        canvas.put(x, 1, label + mark, DIM)
        if now is None:
            canvas.put(x, 2, value, TEXT)
            continue
        canvas.runs(x, 2, (value, BOLD), (f" {unit}", TEXT))
        canvas.runs(x, 3, *change_parts(canvas, now, before))
    _resources(canvas, state, start)
    _words(canvas, state, start)


def _resources(canvas: Canvas, state: State, start: int) -> None:
    resources = state.fit.resources
    if not resources:
        return
    pitch = (canvas.width - start - 2) // max(6, len(resources))
    for index, use in enumerate(resources):
        x = start + index * pitch
        label = resource_label(use.name, state.board, short=pitch < 10)
        canvas.put(x, 1, label, DIM)
        text = numbers.percent(use.share)
        if use.share > 1:
            canvas.put(x, 2, f"{text} {canvas.glyphs.misfit}", RED_BOLD)
        elif use.share >= NEAR_LIMIT:
            canvas.put(x, 2, f"{text} !", AMBER)
        else:
            canvas.put(x, 2, text, TEXT)
        draw_bar(canvas, x, 3, pitch - 2 if pitch <= 10 else pitch - 4, use.share)


def _words(canvas: Canvas, state: State, start: int) -> None:
    width, glyphs, y = canvas.width, canvas.glyphs, 4
    if not state.fit.fits:
        canvas.put(1, 3, "not scored while it does not fit", DIM)
        canvas.runs(1, y, (f"{glyphs.misfit} does not fit: ", RED_BOLD), (state.fit.reason, STRONG))
        if state.last_fit_edp_j_s is not None:
            edits = numbers.plural(state.edits_since_fit, "edit")
            words = f"{numbers.edp_mj_s(state.last_fit_edp_j_s)} mJ·s, {edits} ago"
            above = 1 + len(f"{glyphs.misfit} does not fit: {state.fit.reason}") + 2 > width - 11 - len(words)
            canvas.runs_right(width - 1, y - 4 if above else y, ("last fit: ", DIM), (words, TEXT))
        return
    if state.problem:
        canvas.runs(1, y, (f"{glyphs.misfit} ", RED_BOLD), (state.problem, RED))
        return
    score = state.score
    if score is None:
        waiting = {
            EngineStatus.STARTING: state.engine_words or "the engine starts; the score comes by itself",
            EngineStatus.FAILED: state.engine_words,
            EngineStatus.READY: "scoring",
        }[state.engine]
        canvas.put(1, y, waiting, AMBER if state.engine is EngineStatus.FAILED else DIM)
        return
    if not score.feasible:
        canvas.runs(1, y, (f"{glyphs.misfit} cannot run: ", RED_BOLD), (score.reason, STRONG))
        return
    if state.engine is EngineStatus.FAILED:
        canvas.put(1, y, state.engine_words, AMBER)
    elif state.pinned is not None and state.pinned.score is not None:
        edp = f"{numbers.edp_mj_s(state.pinned.score.edp_j_s)} mJ·s"
        if state.pinned.design.workload != state.design.workload:
            edp += f" on {state.pinned.design.workload}"
        canvas.runs(1, y, ("against pinned ", DIM), (state.pinned.name[: start - 32], TEXT), (f", {edp}", DIM))
    if score.bound:
        canvas.runs(start, y, ("bound by ", DIM), (score.bound, TEXT))


def _draw_compact(canvas: Canvas, state: State) -> None:
    width, glyphs = canvas.width, canvas.glyphs
    (_, edp, edp_unit, now, before), latency, energy, _ = metrics(state)
    file = state.path.name if state.path else state.name
    end = width - 2
    if state.unsaved:
        canvas.put_right(end, 0, f" {glyphs.unsaved}", AMBER)
        end -= 2
    if state.shown_score is None:
        if not state.fit.fits:
            canvas.runs(2, 0, ("EDP ", DIM), ("–  ", TEXT), (f"{glyphs.misfit} does not fit: ", RED_BOLD),
                        (state.fit.reason, STRONG))  # fmt: skip
        elif state.problem:
            canvas.runs(2, 0, ("EDP ", DIM), ("–  ", TEXT), (state.problem, RED))
        else:
            canvas.runs(2, 0, ("EDP ", DIM), ("–  ", TEXT), (state.engine_words or "scoring", DIM))
    else:
        x = canvas.runs(2, 0, ("EDP ", DIM), (edp, BOLD), (f" {edp_unit}", TEXT))
        change = change_parts(canvas, now, before)
        if state.waiting:
            x = canvas.put(x + 2, 0, "scoring", AMBER)
        elif change:
            x = canvas.runs(x + 2, 0, *change, ("" if len(change) == 1 else " vs pinned", DIM))
        x = canvas.runs(x + 4, 0, (latency[1], BOLD), (f" {latency[2]}", TEXT))
        x = canvas.runs(x + 4, 0, (energy[1], BOLD), (f" {energy[2]}", TEXT))
        if _unconfirmed(state):
            x = canvas.put(x, 0, f" {glyphs.unconfirmed}", DIM)
        room = end - x - 3
        if room >= 6:
            canvas.put_right(end, 0, file if len(file) <= room else file[: room - 1] + "…", DIM)
    bound = state.shown_score.bound.split(",")[0] if state.shown_score is not None else ""
    labels = [resource_label(use.name, state.board, short=True) for use in state.fit.resources]
    tight = sum(len(label) + 6 for label in labels) + len(bound) + 13 > width
    x = 2
    for use, label in zip(state.fit.resources, labels, strict=True):
        x = canvas.put(x, 1, label + " ", DIM)
        percent = numbers.number(use.share * 100)
        if use.share > 1:
            x = canvas.put(x, 1, f"{percent}{glyphs.misfit}", RED_BOLD)
        elif use.share >= NEAR_LIMIT:
            x = canvas.put(x, 1, f"{percent}!", AMBER_BOLD)
        else:
            x = canvas.put(x, 1, percent, TEXT)
        x += 1 if tight else 2
    canvas.put(x if tight else x - 1, 1, "%", DIM)
    if bound:
        canvas.runs_right(width - 1 if tight else width - 2, 1, ("by " if tight else "bound by ", DIM), (bound, TEXT))
