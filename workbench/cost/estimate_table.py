"""The batch form of estimate: a CSV file of questions in, the same rows with answers out."""

import csv
from pathlib import Path

from workbench.cost.estimate import Estimate, estimate_network
from workbench.hardware.presets import PresetError, load_board, load_core
from workbench.workload.presets import load_network

ANSWERS = ("latency_ms", "compute_ms", "memory_bound_share", "energy_mj", "error")
NEEDED = ("network", "core", "board")


def _cell(row: dict[str, str], column: str, default: str) -> str:
    return (row.get(column) or "").strip() or default


def _whole(row: dict[str, str], column: str, default: int) -> int:
    text = _cell(row, column, str(default))
    try:
        return int(float(text)) if float(text).is_integer() else int(text)
    except (ValueError, OverflowError):
        raise PresetError(f"{column}: found {text!r}; allowed: a whole number") from None


def _number(row: dict[str, str], column: str) -> float | None:
    text = _cell(row, column, "")
    try:
        return float(text) if text else None
    except ValueError:
        raise PresetError(f"{column}: found {text!r}; allowed: a number, or nothing") from None


def estimate_row(row: dict[str, str], folder: Path) -> Estimate:
    """One question: network, core, board, num_cores (1), clock_mhz (the board's), end_to_end (0).

    `network` is a preset or the path of a layer table relative to `folder`. Raises ValueError naming column and value.
    """
    for column in NEEDED:
        if not _cell(row, column, ""):
            raise PresetError(f"{column}: found nothing; allowed: a value in every row")
    end_to_end = _whole(row, "end_to_end", 0)
    if end_to_end not in (0, 1):
        raise PresetError(f"end_to_end: found {end_to_end}; allowed: 0 or 1")
    return estimate_network(
        load_network(_cell(row, "network", ""), relative_to=folder),
        load_core(_cell(row, "core", "")),
        _whole(row, "num_cores", 1),
        load_board(_cell(row, "board", "")),
        _number(row, "clock_mhz"),
        bool(end_to_end),
    )


def estimate_table(path_in: Path, path_out: Path) -> int:
    """Answers every row of a CSV file into another, other columns passed through; returns the number of failed rows.

    A row that cannot be estimated gets its message in `error`, the others are still estimated. Raises PresetError if a
    file cannot be read or written, or lacks a needed column.
    """
    try:
        with path_in.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or [])
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PresetError(f"{path_in}: cannot be read as CSV: {error}") from None
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise PresetError(f"{path_in}: line 1: found columns {', '.join(columns)}; missing: {', '.join(missing)}")
    failed = 0
    for row in rows:
        row.pop(None, None)  # cells beyond the header
        try:
            answer = estimate_row({k: v for k, v in row.items() if v is not None}, path_in.parent)
        except ValueError as error:
            failed += 1
            row |= dict.fromkeys(ANSWERS, "") | {"error": str(error)}
            continue
        row |= {
            "latency_ms": f"{answer.latency_s * 1e3:.6g}",
            "compute_ms": f"{answer.compute_s * 1e3:.6g}",
            "memory_bound_share": f"{answer.memory_bound_share:.4f}",
            "energy_mj": f"{answer.energy_j * 1e3:.6g}",
            "error": "",
        }
    try:
        with path_out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns + [c for c in ANSWERS if c not in columns])
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise PresetError(f"{path_out}: cannot be written: {error}") from None
    return failed
