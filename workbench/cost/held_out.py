"""Networks and boards the model has not seen: each predicted by a fit to the others.

The figures that the measured boards share (docs/model-fpga.md §1) are fitted anew without one network, or without one
board, whose own memory efficiency then counts as unknown too. What an over-fitted model gains on the data it was fitted
to, it loses here.
"""

import math
import statistics

from workbench.cost.accuracy import Point, measured_cell, measured_latencies, predicted_ms
from workbench.cost.pattern_search import Reach, pattern_search
from workbench.hardware.presets import load_board, override_board

GUESS = {  # what one would say without any measurement: two 128-bit data masters, everything overlapped, no host
    "port_bytes_per_cycle": 32.0,
    "overlap_rest": 0.0,
    "host_s_per_input_pixel": 0.0,
    "host_s_per_ssd_output": 0.0,
}
SHARED = {
    "port_bytes_per_cycle": Reach(4.0, 1.0, 256.0),
    "overlap_rest": Reach(0.04, 0.0, 1.0),
    "host_s_per_input_pixel": Reach(16e-9, 0.0, 1e-6),
    "host_s_per_ssd_output": Reach(8e-9, 0.0, 1e-6),
}
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
            self._known[key] = predicted_ms(row, board)
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
                predicted = predictions.ms(row, fits[same], efficiency)
                points.append(Point(name, measured_cell(row), float(row["measured_ms"]), predicted))
    return found


def _usual_efficiency(rows: list[Row], without: str) -> float:
    boards = {row["board"] for row in rows} - {without}
    return statistics.median(load_board(board).memory_efficiency for board in sorted(boards))


def fit_shared(rows: list[Row], predictions: Predictions) -> Values:
    """Shared figures, in the order of SHARED, with the least mean |log(predicted / measured)| found from GUESS."""

    def loss(values: dict[str, float]) -> float:
        trial = tuple(values.values())
        errors = (abs(math.log(predictions.ms(row, trial) / float(row["measured_ms"]))) for row in rows)
        return statistics.mean(errors)

    return tuple(pattern_search(GUESS, SHARED, loss, ROUNDS).values())
