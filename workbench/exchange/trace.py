"""A score's timeline as a trace for chrome://tracing and ui.perfetto.dev: JSON in Chrome's Trace Event Format.

Format: "Trace Event Format", Google, 2016 (docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
A process is a sub-accelerator, a thread is one of its cores; times are microseconds. A job is drawn on every core it
holds; where a core has none, the reason stands there (category "idle"). Counters show the off-chip bandwidth in use of
each memory group in GB/s.
"""

import heapq
import json
from collections import defaultdict
from typing import Any

from workbench.design.report import Bar, Gap, LayerScore, Score
from workbench.exchange.imported import ExchangeError

MICROSECONDS = 1e6  # per second
GIGA = 1e9
DIGITS = 4  # of a microsecond: a tenth of a nanosecond

Event = dict[str, Any]


def chrome_trace(score: Score) -> str:
    """The trace of a score made with its timeline. Raises ExchangeError if there is none to draw."""
    if not score.feasible:
        raise ExchangeError("trace", f"the design cannot run, so it has no timeline: {score.reason}")
    if not score.timeline:
        raise ExchangeError("trace", "the score has no timeline; ask for it: score(design, timeline=True)")
    layers = {(layer.tenant, layer.layer): layer for layer in score.layers}
    lanes = _lanes(score)
    events = _names(score, lanes)
    for number, bar in enumerate(score.timeline):
        events += _job(score, bar, layers.get((bar.tenant, bar.layer)), lanes[number])
    events += [_gap(gap) for gap in score.gaps]
    events += _bandwidth(score)
    trace = {
        "traceEvents": events,
        "displayTimeUnit": "ns",
        "otherData": {
            "workload": score.workload,
            "board": score.board,
            "edp_j_s": score.edp_j_s,
            "latency_s": score.latency_s,
            "energy_j": score.energy_j,
            **{f"assumption: {switch}": value for switch, value in score.assumptions},
        },
    }
    return json.dumps(trace, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _lanes(score: Score) -> list[tuple[int, ...]]:
    """The threads each bar is drawn on: its cores, or, where the timeline names none, the lowest free line."""
    lanes: list[tuple[int, ...]] = [bar.cores for bar in score.timeline]
    free: dict[int, list[int]] = defaultdict(list)
    made: dict[int, int] = defaultdict(int)
    running: dict[int, list[tuple[float, int]]] = defaultdict(list)
    order = sorted(range(len(lanes)), key=lambda i: (score.timeline[i].start_s, score.timeline[i].end_s))
    for i in order:
        bar = score.timeline[i]
        if bar.cores:
            continue
        sub = bar.subaccelerator
        while running[sub] and running[sub][0][0] <= bar.start_s:
            heapq.heappush(free[sub], heapq.heappop(running[sub])[1])
        if free[sub]:
            lane = heapq.heappop(free[sub])
        else:
            lane, made[sub] = made[sub], made[sub] + 1
        heapq.heappush(running[sub], (bar.end_s, lane))
        lanes[i] = (lane,)
    return lanes


def _names(score: Score, lanes: list[tuple[int, ...]]) -> list[Event]:
    used: dict[int, set[int]] = defaultdict(set)
    for bar, cores in zip(score.timeline, lanes, strict=True):
        used[bar.subaccelerator].update(cores)
    events: list[Event] = []
    for index, sub in enumerate(score.subaccelerators):
        pid = index + 1
        events.append(_metadata("process_name", pid, 0, {"name": f"{sub.id}: {sub.cores} × {sub.core}"}))
        events.append(_metadata("process_sort_index", pid, 0, {"sort_index": index}))
        by_core = any(bar.cores for bar in score.timeline if bar.subaccelerator == index)
        for core in sorted(set(range(sub.cores)) | used[index]) if by_core else sorted(used[index]):
            word = "core" if by_core else "line"
            events.append(_metadata("thread_name", pid, core + 1, {"name": f"{sub.id} {word} {core}"}))
    return events


def _metadata(name: str, pid: int, tid: int, arguments: Event) -> Event:
    return {"name": name, "ph": "M", "pid": pid, "tid": tid, "ts": 0, "args": arguments}


def _job(score: Score, bar: Bar, layer: LayerScore | None, cores: tuple[int, ...]) -> list[Event]:
    network = score.tenants[bar.tenant].network
    arguments: Event = {
        "network": network,
        "tenant": bar.tenant,
        "instance": bar.instance,
        "layer": layer.name if layer else str(bar.layer),
        "stall_us": _us(bar.stall_s),
    }
    if layer is not None:
        arguments |= {"kind": layer.kind, "shape": layer.shape, "bound": layer.bound}
    return [
        {
            "name": f"{network}.{bar.instance} {arguments['layer']}",
            "cat": network,
            "ph": "X",
            "pid": bar.subaccelerator + 1,
            "tid": core + 1,
            "ts": _us(bar.start_s),
            "dur": max(0.0, round(_us(bar.end_s) - _us(bar.start_s), DIGITS)),
            "args": arguments,
        }
        for core in cores
    ]


def _gap(gap: Gap) -> Event:
    return {
        "name": f"idle: {gap.reason}",
        "cat": "idle",
        "cname": "grey",
        "ph": "X",
        "pid": gap.subaccelerator + 1,
        "tid": gap.core + 1,
        "ts": _us(gap.start_s),
        "dur": max(0.0, round(_us(gap.end_s) - _us(gap.start_s), DIGITS)),
        "args": {"reason": gap.reason},
    }


def _bandwidth(score: Score) -> list[Event]:
    """Counters in GB/s, one per memory group, at every instant at which the shares of the bandwidth changed."""
    pid = len(score.subaccelerators) + 1
    events = [_metadata("process_name", pid, 0, {"name": "off-chip memory"})] if score.traffic else []
    for group in score.traffic:
        starts = (0.0, *group.end_s)
        for begin, rate in zip(starts, (*group.bytes_per_s, 0.0), strict=True):
            shown = round(rate / GIGA, 6)
            events.append(
                {"name": group.group, "ph": "C", "pid": pid, "tid": 0, "ts": _us(begin), "args": {"GB/s": shown}}
            )
    return events


def _us(seconds: float) -> float:
    return round(seconds * MICROSECONDS, DIGITS)
