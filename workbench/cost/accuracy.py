"""How far the model is from what was measured: the figures behind `bench accuracy` and docs/model-fpga.md."""

import csv
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.cost.estimate import best_options, estimate_network, host_seconds
from workbench.cost.options import Column
from workbench.hardware.board import Board
from workbench.hardware.presets import DpuCore, load_board, load_core
from workbench.presets_finder import presets_root
from workbench.workload.network import Network
from workbench.workload.presets import load_network

HOST_CORES = 4  # Arm cores that share the host's work when all accelerator cores are loaded
OPERATIONS_PER_GIGA = 1e9


@dataclass(frozen=True, slots=True)
class Point:
    """One measured figure and its prediction, in the same unit; `cell` says what, `group` what it is reported under."""

    group: str
    cell: str
    measured: float
    predicted: float

    @property
    def error(self) -> float:
        """predicted / measured − 1."""
        return self.predicted / self.measured - 1.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Errors of a set of points: median and 90th percentile of |error|, median error."""

    name: str
    points: int
    median: float
    p90: float
    bias: float


def spread(name: str, points: Sequence[Point]) -> Spread:
    """Errors of at least one point."""
    errors = sorted(abs(point.error) for point in points)
    p90 = errors[min(len(errors) - 1, int(0.9 * len(errors)))]
    return Spread(name, len(points), statistics.median(errors), p90, statistics.median(p.error for p in points))


def _rows(name: str) -> list[dict[str, str]]:
    with (presets_root() / "measured" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def measured_latencies() -> list[dict[str, str]]:
    """Rows of the measured single-thread latencies (presets/measured/SOURCES.md)."""
    return _rows("dpu_latency.csv")


def measured_cell(row: Mapping[str, str]) -> str:
    """What such a row measures, in words."""
    return f"{row['network']} on {row['board']} at {row['clock_mhz']} MHz"


def predicted_ms(row: Mapping[str, str], board: Board) -> float:
    """The latency of such a row in ms, by the model of `board`."""
    answer = estimate_network(
        load_network(row["network"]), load_core(row["core"]), int(row["num_cores"]), board,
        float(row["clock_mhz"]), row["end_to_end"] == "1",
    )  # fmt: skip
    return answer.latency_s * 1e3


def latency_points(used_for: Iterable[str] = ("fit", "check")) -> list[Point]:
    """Single-thread latencies in ms on the measured boards; `fit` rows set the platform's figures, `check` rows not."""
    wanted = set(used_for)
    points = []
    for row in measured_latencies():
        if row["used_for"] not in wanted:
            continue
        predicted = predicted_ms(row, load_board(row["board"]))
        points.append(Point(row["board"], measured_cell(row), float(row["measured_ms"]), predicted))
    return points


def contended_fps(
    network: Network, core: DpuCore, cores: int, board_name: str, clock_mhz: float
) -> tuple[float, float]:
    """Images per second of one thread (host work and one core in turn), and of all cores each on its own image.

    With all cores running, each has its share of the board's bandwidth; the host's work runs on its own cores.
    """
    board = load_board(board_name)
    rows = best_options(network, core, 1, board, clock_mhz * 1e6)
    off_chip = rows[:, Column.INPUT_BYTES] + rows[:, Column.WEIGHT_BYTES] + rows[:, Column.OUTPUT_BYTES]
    alone = rows[:, Column.UNSTALLED_S]
    shared = sum(
        max(float(t), float(b) * cores / board.bandwidth_bytes_per_s) for t, b in zip(alone, off_chip, strict=True)
    )
    host = host_seconds(network, board)
    return 1.0 / (float(alone.sum()) + host), min(cores / shared, HOST_CORES / host if host else float("inf"))


def contention_points() -> list[Point]:
    """Throughput of all cores over throughput of one thread."""
    points = []
    for row in _rows("dpu_throughput.csv"):
        core = load_core(row["core"])
        assert isinstance(core, DpuCore)
        one, all_cores = contended_fps(
            load_network(row["network"]), core, int(row["num_cores"]), row["board"], float(row["clock_mhz"])
        )
        measured = float(row["fps_all_cores"]) / float(row["fps_one_thread"])
        cell = f"{row['network']} on {row['num_cores']} cores of {row['board']} at {row['clock_mhz']} MHz"
        points.append(Point(row["board"], cell, measured, all_cores / one))
    return points


def power_points() -> list[Point]:
    """Power above idle in W, each board predicted by the energy per operation of the others.

    Operations per second are the measured ones (threads / latency × operations of the network); rows without an idle
    figure are left out.
    """
    rows = [row for row in _rows("dpu_power.csv") if row["idle_w"]]
    dynamic_w = [float(row["full_w"]) - float(row["idle_w"]) for row in rows]
    rate = [int(r["threads"]) / float(r["latency_ms"]) * 1e3 * float(r["gops"]) * OPERATIONS_PER_GIGA for r in rows]
    per_board: dict[str, list[float]] = defaultdict(list)
    for row, watt, ops in zip(rows, dynamic_w, rate, strict=True):
        per_board[row["board"]].append(watt / ops)
    typical = {board: statistics.median(values) for board, values in per_board.items()}
    points = []
    for row, watt, ops in zip(rows, dynamic_w, rate, strict=True):
        joules_per_op = statistics.mean(value for board, value in typical.items() if board != row["board"])
        cell = f"{row['network']} ({row['pruned_to_percent']} %) on {row['board']}, {row['threads']} threads"
        points.append(Point(row["board"], cell, watt, joules_per_op * ops))
    return points


@dataclass(frozen=True, slots=True)
class MulticoreAccuracy:
    """Totals in ms, speed-ups over one core, and what choosing the shape by prediction loses at equal peak (mean)."""

    totals: list[Point]
    speedups: list[Point]
    shape_loss: float


PEAKS_COMPARED = (2048, 4096, 8192)  # operations per cycle of all cores together


def multicore_accuracy() -> MulticoreAccuracy:
    """The sample of the group's simulated latencies on board h3m-cores."""
    folder: Path = presets_root() / "measured" / "multicore_networks"
    board = load_board("h3m-cores")
    totals, speedups = [], []
    one: dict[tuple[str, str], tuple[float, float]] = {}
    by_peak: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    for row in _rows("multicore_simulated.csv"):
        core, cores = load_core(row["core"]), int(row["num_cores"])
        network = load_network(folder / f"{row['network']}.csv")
        predicted = estimate_network(network, core, cores, board).latency_s * 1e3
        measured = float(row["latency_ms"])
        cell = f"{row['network']} on {cores} × {row['core']}"
        totals.append(Point(row["network"], cell, measured, predicted))
        key = (row["network"], row["core"])
        if cores == 1:
            one[key] = (measured, predicted)
        elif key in one:
            speedups.append(Point(row["network"], cell, one[key][0] / measured, one[key][1] / predicted))
        peak = 2 * core.macs_per_cycle * cores
        if peak in PEAKS_COMPARED:
            by_peak[(row["network"], peak)].append((predicted, measured))
    losses = [min(c)[1] / min(m for _, m in c) - 1.0 for c in by_peak.values() if len(c) > 1]
    return MulticoreAccuracy(totals, speedups, statistics.mean(losses))


def accuracy_report() -> list[Spread]:
    """All comparisons, one row each."""
    fit, check = latency_points(["fit"]), latency_points(["check"])
    multicore = multicore_accuracy()
    return [
        spread("latency, networks of the fit", fit),
        spread("latency, other networks", check),
        spread("all cores over one thread", contention_points()),
        spread("power above idle, board left out", power_points()),
        spread("n simulated cores, totals", multicore.totals),
        spread("n simulated cores, speed-up", multicore.speedups),
    ]
