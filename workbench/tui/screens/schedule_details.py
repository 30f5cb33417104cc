"""The lower part of the schedule: the selected job, and where every sub-accelerator's core time goes."""

from workbench.design.report import Bar, Score
from workbench.tui import numbers
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import AMBER, BOLD, DIM, RULE, STRONG, TEXT
from workbench.tui.panes.pane import draw_title
from workbench.tui.screens.schedule_blocks import last_chain

NO_STALL = 5e-4  # share of a job's time that is left unsaid
LEAST_COLUMN = 8  # `! 42.8 %`
IDLE_WORDS = {"dependency": "by dependency", "head of line": "behind the head of line", "no work": "without work"}
MUCH = 0.25  # share of core time from which waiting for memory draws attention


def job_facts(score: Score, bar: Bar) -> list[tuple[str, str]]:
    """Label and words of everything about one job."""
    layers = {one.layer: one for one in score.layers if one.tenant == bar.tenant}
    layer, before = layers.get(bar.layer), layers.get(bar.after) if bar.after is not None else None
    sub = score.subaccelerators[bar.subaccelerator]
    rectangle = f", {layer.rectangle}" if layer and layer.subaccelerator == sub.id and bar.instance == 0 else ""
    cores = f"{sub.id} {bar.cores[0] + 1}" + (f"–{bar.cores[-1] + 1}" if len(bar.cores) > 1 else "")
    span_s = bar.end_s - bar.start_s
    share = bar.stall_s / span_s if span_s else 0.0
    stall = "not at all" if share < NO_STALL else f"{numbers.latency_ms(bar.stall_s)} ms, {numbers.percent(share)}"
    waits = "nothing" if before is None else f"{before.name}, ready at {numbers.latency_ms(bar.ready_s)} ms"
    late_s = bar.start_s - bar.ready_s
    return [
        ("cores", f"{cores}, {numbers.plural(len(bar.cores), 'core')}{rectangle}"),
        ("runs", f"{numbers.latency_ms(bar.start_s)} to {numbers.latency_ms(bar.end_s)} ms"),
        ("stalled", stall),
        ("waits on", waits + (f", then {numbers.latency_ms(late_s)} for cores" if late_s >= 5e-5 else "")),
        ("before it", _idle_words(idle_before(score, bar))),
        ("shape", layer.shape if layer else numbers.NO_VALUE),
    ]


def idle_before(score: Score, bar: Bar) -> dict[str, float]:
    """Seconds by reason in which its first core had nothing to do, from the end of the job before."""
    found: dict[str, float] = {}
    begin = bar.start_s
    for gap in reversed(score.gaps):
        here = (gap.subaccelerator, gap.core) == (bar.subaccelerator, bar.cores[0])
        if here and gap.start_s < begin <= gap.end_s:
            found[gap.reason] = found.get(gap.reason, 0.0) + begin - gap.start_s
            begin = gap.start_s
    return dict(reversed(found.items()))


def _idle_words(reasons: dict[str, float]) -> str:
    words = [f"{numbers.latency_ms(time_s)} ms {IDLE_WORDS[reason]}" for reason, time_s in reasons.items()]
    return f"idle {', '.join(words)}" if words else "no idle time"


def draw_job(canvas: Canvas, y: int, score: Score, bar: Bar) -> None:
    """A title rule in row `y` and the facts below it."""
    layer = next((one for one in score.layers if (one.tenant, one.layer) == (bar.tenant, bar.layer)), None)
    tenant = score.tenants[bar.tenant]
    name = layer.name if layer else f"layer {bar.layer}"
    instance = f", instance {bar.instance + 1} of {tenant.instances}" if tenant.instances > 1 else ""
    title = f"{name} of {tenant.network}{instance}"
    draw_title(canvas, y, canvas.width, "", title, (("where core time goes", DIM),))
    room = core_time_left(canvas.width) - 15
    for k, (label, words) in enumerate(job_facts(score, bar)):
        canvas.put(2, y + 2 + k, label, DIM)
        canvas.put(13, y + 2 + k, words if len(words) <= room else words[: room - 1] + canvas.glyphs.ellipsis, TEXT)


def core_time_left(width: int) -> int:
    """Column where the core time begins."""
    return max(40, width * 46 // 120) if width >= 110 else 40


def draw_core_time(canvas: Canvas, y: int, score: Score) -> None:
    """A row per sub-accelerator, a column per part; parts of a row add up to its cores × latency."""
    names = [part.name for part in score.subaccelerators[0].core_time]
    left = core_time_left(canvas.width)
    labels = [name.removeprefix("idle: ") for name in names]
    ends: list[int] = []
    end = canvas.width - 2
    for label in reversed(labels):
        ends.insert(0, end)
        end -= max(len(label), LEAST_COLUMN) + 2
    for column_end, label in zip(ends, labels, strict=True):
        canvas.put_right(column_end, y, label, DIM)
    for n, sub in enumerate(score.subaccelerators):
        if y + 1 + n >= canvas.height - 1:
            return
        canvas.runs(left, y + 1 + n, (sub.id, BOLD), (f"  {sub.cores} × {sub.core}", TEXT))
        total = sum(part.value for part in sub.core_time) or 1.0
        for column_end, part in zip(ends, sub.core_time, strict=False):
            share = part.value / total
            stalled = part.name == "memory" and share >= MUCH
            words = ("! " if stalled else "") + numbers.percent(share, 1)
            canvas.put_right(column_end, y + 1 + n, words, AMBER if stalled else TEXT)
    legend = y + 2 + len(score.subaccelerators)
    if legend < canvas.height - 1:
        x = canvas.runs(left, legend, (canvas.glyphs.stall, AMBER), (" stalled    ", DIM))
        x = canvas.runs(x, legend, (canvas.glyphs.idle, RULE), (" idle    ", DIM))
        network, share = last_chain(score)
        canvas.runs(x, legend, ("last chain ", DIM), (network, STRONG),
                    (f", {numbers.percent(share)} of the latency", DIM))  # fmt: skip
