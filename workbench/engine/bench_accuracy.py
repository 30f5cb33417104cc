"""The cost model against measured and simulated figures."""

from workbench.cost.accuracy import accuracy_report
from workbench.engine.bench import BenchTable
from workbench.engine.stations import Stations


def bench_accuracy(_: Stations) -> list[BenchTable]:
    """Errors of every comparison: median and 90th percentile of |error|, median error."""
    rows = tuple(
        (each.name, str(each.points), *(f"{share * 100:.1f}" for share in (each.median, each.p90)), f"{each.bias:+.1%}")
        for each in accuracy_report()
    )
    header = ("predicted against known", "points", "median error %", "90 % error %", "bias")
    return [BenchTable("accuracy", header, rows, (1, 2, 3, 4), ("sources: presets/measured/SOURCES.md",))]
