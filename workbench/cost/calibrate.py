"""Fits a platform's own figures to latencies someone measured, and writes them as a board file.

Only figures of the platform are fitted, never one per network or layer: port width, what of the shorter of compute and
transfer stays visible, overhead per layer, host work per input pixel.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from workbench.cost.accuracy import Point, Spread, spread
from workbench.cost.estimate import estimate_network
from workbench.cost.measured_rows import MeasuredRow, read_measured
from workbench.cost.pattern_search import Reach, pattern_search
from workbench.hardware.board import Board, PortRule
from workbench.hardware.presets import PresetError, load_core, override_board
from workbench.workload.presets import load_network

FITTED = {  # units as in Board
    "port_bytes_per_cycle": Reach(4.0, 0.25, 256.0),
    "overlap_rest": Reach(0.05, 0.0, 1.0),
    "layer_overhead_cycles": Reach(1000.0, 0.0, 1e6),
    "host_s_per_input_pixel": Reach(10e-9, 0.0, 1e-6),
}
MOST_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted fields, the errors before and after, and the measured points with their predictions after the fit."""

    board: str
    overrides: tuple[tuple[str, float], ...]
    before: Spread
    after: Spread
    points: tuple[Point, ...]

    def report(self) -> str:
        """A few lines for a person."""
        lines = [f"{self.board}: {self.after.points} measured latencies"]
        for name, errors in (("before", self.before), ("after", self.after)):
            lines.append(
                f"  {name:6s} median {100 * errors.median:5.1f} %  p90 {100 * errors.p90:5.1f} %  "
                f"bias {100 * errors.bias:+5.1f} %"
            )
        lines += [f"  {key} = {value:.6g}" for key, value in self.overrides]
        return "\n".join(lines)


def _points(rows: list[MeasuredRow], board: Board) -> list[Point]:
    points = []
    for row in rows:
        network = load_network(row.network, relative_to=row.folder)
        answer = estimate_network(network, load_core(row.core), row.cores, board, row.clock_mhz, row.end_to_end)
        points.append(Point(board.name, f"{row.network} on {row.cores} × {row.core}", row.ms, answer.latency_s * 1e3))
    return points


def _loss(points: list[Point]) -> float:
    return sum(abs(math.log(point.predicted / point.measured)) for point in points) / len(points)


def _changed(board: Board, changes: Mapping[str, float]) -> Board:
    return override_board(board, dict(changes), "calibration")


def calibrate(measured_csv: Path, board: Board) -> Calibration:
    """Fits FITTED to a CSV of latencies: network, core, ms; num_cores, clock_mhz, end_to_end if they differ from 1, the
    board's, 0. Only fields the rows can tell apart are fitted: host work needs end-to-end rows, the port a port limit.

    Deterministic pattern search on the mean |log(predicted / measured)|. Raises PresetError naming line and column.
    """
    rows = read_measured(measured_csv)
    keys = [key for key in FITTED if _can_tell(key, rows, board)]
    start = {key: float(getattr(board, key)) for key in keys}
    first = _points(rows, board)
    values = pattern_search(start, FITTED, lambda trial: _loss(_points(rows, _changed(board, trial))), MOST_ROUNDS)
    after = _points(rows, _changed(board, values))
    overrides = tuple((key, float(f"{value:.5g}")) for key, value in values.items())
    return Calibration(board.name, overrides, spread("before", first), spread("after", after), tuple(after))


def _can_tell(key: str, rows: list[MeasuredRow], board: Board) -> bool:
    if key == "host_s_per_input_pixel":
        return any(row.end_to_end for row in rows)
    if key == "port_bytes_per_cycle":
        return board.port_rule is not PortRule.SHARED
    return not (key == "overlap_rest" and board.row_pipeline)


def write_board(path: Path, base: str, calibration: Calibration, source: str) -> None:
    """A board file that starts from `base` and holds the fitted fields, each with `source`. Raises PresetError."""
    document = {
        "board": {"base": base, **dict(calibration.overrides)},
        "sources": {key: source for key, _ in calibration.overrides},
    }
    try:
        path.write_text(tomli_w.dumps(document), encoding="utf-8")
    except OSError as error:
        raise PresetError(f"{path}: cannot be written: {error.strerror or error}") from None
