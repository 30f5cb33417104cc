"""Networks and boards the model has not seen: each predicted by a fit to the others.

The figures that the measured boards share (docs/model-fpga.md §1) are fitted anew without one network, or without one
board, whose own memory efficiency then counts as unknown too. What an over-fitted model gains on the data it was fitted
to, it loses here.
"""

import math
import statistics

from workbench.cost.accuracy import Point, measured_latencies
from workbench.cost.calibrate import SMALLEST_STEP, directions
from workbench.cost.estimate import estimate_network
from workbench.hardware.presets import load_board, load_core, override_board
from workbench.workload.presets import load_network

# Field → where the fit begins, which is what one would guess without any measurement, its first step, greatest value.
SHARED: dict[str, tuple[float, float, float]] = {
    "port_bytes_per_cycle": (32.0, 4.0, 256.0),  # two 128-bit data masters
    "overlap_rest": (0.0, 0.04, 1.0),
    "host_s_per_input_pixel": (0.0, 16e-9, 1e-6),
    "host_s_per_ssd_output": (0.0, 8e-9, 1e-6),
}
LEAST_PORT = 1.0
ROUNDS = 24

Row = dict[str, str]
Values = tuple[float, ...]


class Predictions:
    """Latencies of measured cells under shared figures, each worked out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], float] = {}

    def ms(self, row: Row, values: Values, efficiency: float | None = None) -> float:
        """Of one row of measured_latencies(), with `values` in the order of SHARED and, if given, another memory
        efficiency than the board's."""
        key = (row["network"], row["board"], row["clock_mhz"], row["end_to_end"], values, efficiency)
        if key not in self._known:
            changes: dict[str, object] = dict(zip(SHARED, values, strict=True))
            if efficiency is not None:
                changes["memory_efficiency"] = efficiency
            board = override_board(load_board(row["board"]), changes, "held out")
            answer = estimate_network(
                load_network(row["network"]), load_core(row["core"]), int(row["num_cores"]), board,
                float(row["clock_mhz"]), row["end_to_end"] == "1",
            )  # fmt: skip
            self._known[key] = answer.latency_s * 1e3
        return self._known[key]


def held_out_points() -> dict[str, list[Point]]:
    """Every measured cell, predicted without its network (under "network") and without its board ("board")."""
    rows, predictions = measured_latencies(), Predictions()
    found: dict[str, list[Point]] = {"network": [], "board": []}
    fits: dict[tuple[str, ...], Values] = {}
    for held, points in found.items():
        for name in dict.fromkeys(row[held] for row in rows):
            seen = [row for row in rows if row["used_for"] == "fit" and row[held] != name]
            same = tuple(map(repr, seen))  # networks that no fit has seen share one
            if same not in fits:
                fits[same] = fit_shared(seen, predictions)
            efficiency = _usual_efficiency(rows, name) if held == "board" else None
            for row in (row for row in rows if row[held] == name):
                cell = f"{row['network']} on {row['board']} at {row['clock_mhz']} MHz"
                points.append(Point(name, cell, float(row["measured_ms"]), predictions.ms(row, fits[same], efficiency)))
    return found


def _usual_efficiency(rows: list[Row], without: str) -> float:
    boards = {row["board"] for row in rows} - {without}
    return statistics.median(load_board(board).memory_efficiency for board in sorted(boards))


def fit_shared(rows: list[Row], predictions: Predictions) -> Values:
    """Shared figures with the least mean |log(predicted / measured)|: a deterministic pattern search from a guess."""

    def loss(values: Values) -> float:
        errors = (abs(math.log(predictions.ms(row, values) / float(row["measured_ms"]))) for row in rows)
        return statistics.mean(errors)

    keys = list(SHARED)
    values = tuple(SHARED[key][0] for key in keys)
    least, share = loss(values), 1.0
    for _ in range(ROUNDS):
        before = least
        for direction in directions(keys):
            trial = tuple(
                min(max(value + direction.get(key, 0.0) * share * SHARED[key][1], _least(key)), SHARED[key][2])
                for key, value in zip(keys, values, strict=True)
            )
            if (found := loss(trial)) < least - 1e-9:
                least, values = found, trial
        if least == before:
            share /= 2
            if share < SMALLEST_STEP:
                break
    return values


def _least(key: str) -> float:
    return LEAST_PORT if key == "port_bytes_per_cycle" else 0.0
