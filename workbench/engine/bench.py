"""Benchmarks by name. Each gives tables of words, with a reference measured in the same run beside what it measures."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import msgspec

from workbench.engine.calls import Arguments
from workbench.engine.stations import Stations

REFERENCE_ADDITIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class BenchTable:
    """A table of results; `numbers` are the columns to be set to the right, `notes` lines below it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


Bench = Callable[..., list[BenchTable]]  # of Stations and, where it has any, options by name

BENCHES: dict[str, tuple[str, str]] = {
    "score": ("workbench.engine.bench_speed:bench_score", "one score, after edits of several kinds"),
    "schedule": ("workbench.engine.bench_speed:bench_schedule", "designs and jobs scheduled per second"),
    "directives": (
        "workbench.engine.bench_directives:bench_directives",
        "both models and the editor: layers per second, ms",
    ),
    "search": ("workbench.engine.bench_search:bench_search", "every optimiser against random, same evaluations"),
    "screen": ("workbench.engine.bench_screen:bench_screen", "start-up, latency, bytes, memory; survival of kills"),
    "accuracy": ("workbench.engine.bench_accuracy:bench_accuracy", "the model against measured and simulated figures"),
}
"""Name → ("module:function", words)."""


def bench_call(arguments: Arguments, stations: Stations) -> dict[str, object]:
    """{"name", "options"?: {option: number}} → {"tables": [BenchTable as an object]}."""
    name = str(arguments.get("name"))
    if name not in BENCHES:
        raise ValueError(f"bench {name!r}: not known; allowed: {', '.join(BENCHES)}")
    module, function = BENCHES[name][0].split(":")
    run: Bench = getattr(import_module(module), function)
    options = arguments.get("options") or {}
    if not isinstance(options, dict):
        raise ValueError(f"bench {name}: options are an object of names and numbers, not {options!r}")
    return {"tables": msgspec.to_builtins(run(stations, **options))}


def median_s(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median and 95th percentile of the seconds that `work` takes."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    taken.sort()
    return taken[len(taken) // 2], taken[min(len(taken) - 1, int(0.95 * len(taken)))]


def reference_s() -> float:
    """Seconds that a million additions take in plain Python here and now: what every ratio is relative to."""

    def add() -> int:
        total = 0
        for number in range(REFERENCE_ADDITIONS):
            total += number
        return total

    return median_s(add, 5)[0]


REFERENCE_WORDS = "reference: a million additions in plain Python, measured in this run"
