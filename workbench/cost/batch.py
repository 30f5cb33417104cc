"""The table behind `workbench cost`: a CSV of layers, mappings and hardware in, the same with its costs out."""

import csv
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.cost.directive_arrays import (
    HARDWARE_COLUMNS,
    PROBLEM_COLUMNS,
    Encoded,
    Ints,
    ProblemColumn,
    encode_mapping,
    fill_output_sizes,
    stack_mappings,
)
from workbench.dataflow.diagnostic import Severity
from workbench.dataflow.mapping import Dim, LayerType
from workbench.dataflow.parser import LARGEST_NUMBER, parse

ERROR = "error"
WARNINGS = "warnings"
REQUIRED = ("layer_type", "mapping", "hw_num_pes", "hw_noc_bw", "hw_noc_latency", "hw_offchip_bw")
DIMENSIONS = (
    ("dim_N", Dim.N), ("dim_G", Dim.G), ("dim_M", Dim.M), ("dim_K", Dim.K), ("dim_C", Dim.C), ("dim_R", Dim.R),
    ("dim_S", Dim.S), ("dim_Y", Dim.Y), ("dim_X", Dim.X),
)  # fmt: skip
STRIDES = (("stride_y", ProblemColumn.STRIDE_Y), ("stride_x", ProblemColumn.STRIDE_X))
HARDWARE = (  # column, smallest value, value where the column or cell is empty (None: it must be given)
    ("hw_num_pes", 1, None),
    ("hw_noc_bw", 1, None),
    ("hw_noc_latency", 0, None),
    ("hw_offchip_bw", 1, None),
    ("hw_simd_lanes", 1, 1),
    ("hw_l1_size", 0, 0),
    ("hw_l2_size", 0, 0),
)
_DIMENSIONS_OF = {
    LayerType.CONV: ("dim_K", "dim_C", "dim_R", "dim_S", "dim_Y", "dim_X"),
    LayerType.TRCONV: ("dim_K", "dim_C", "dim_R", "dim_S", "dim_Y", "dim_X"),
    LayerType.DSCONV: ("dim_C", "dim_R", "dim_S", "dim_Y", "dim_X"),
    LayerType.NGCONV: ("dim_G", "dim_K", "dim_C", "dim_R", "dim_S", "dim_Y", "dim_X"),
    LayerType.GEMM: ("dim_M", "dim_N", "dim_K"),
}


class Model(StrEnum):
    """Which model costs the rows."""

    MAESTRO = "maestro"
    EXACT = "exact"


@dataclass(frozen=True)
class Batch:
    """The rows that can be read: problems [n, PROBLEM_COLUMNS], hardware [n, HARDWARE_COLUMNS], and the index of each
    row's mapping [n] into the encoded `mappings`."""

    problems: Ints
    mappings: Encoded
    mapping: Ints
    hardware: Ints


@dataclass(frozen=True)
class Outcome:
    """What a model says of a batch: columns [n] by name, and per row its warnings, put into words when they are asked
    for, and its error (empty: none)."""

    columns: dict[str, NDArray[Any]]
    warnings: Callable[[int], str]
    errors: Sequence[str]


def words_for(failed: NDArray[np.bool_], words: Callable[[int], str]) -> list[str]:
    """The words for every row [n] that failed, and empty ones for the others."""
    errors = [""] * len(failed)
    for row in np.flatnonzero(failed).tolist():
        errors[row] = words(row)
    return errors


def _maestro(batch: Batch, threads: int) -> Outcome:
    from workbench.cost.maestro import evaluate, output_columns
    from workbench.cost.maestro_results import Count

    index = np.arange(len(batch.mapping), dtype=np.int64)
    rows = np.stack([index, batch.mapping, index], axis=1)
    result = evaluate(batch.problems, batch.mappings, batch.hardware, rows, threads)
    columns: dict[str, NDArray[Any]] = dict(output_columns(result, batch.problems, batch.hardware, rows))
    return Outcome(columns, result.warnings, words_for(result.counts[:, Count.FAILURE] != 0, result.failure))


def _exact(batch: Batch, threads: int) -> Outcome:
    from workbench.cost.exact_table import exact_outcome

    return exact_outcome(batch, threads)


_EVALUATORS: dict[Model, Callable[[Batch, int], Outcome]] = {Model.MAESTRO: _maestro, Model.EXACT: _exact}


def cost_batch(batch: Batch, model: Model, threads: int | None = None) -> Outcome:
    """What a model says of a batch; the answer does not depend on `threads` (default: all cores)."""
    return _EVALUATORS[model](batch, threads or os.cpu_count() or 1)


def cost_table(path_in: Path, path_out: Path, model: Model = Model.MAESTRO) -> int:
    """Cost every row of a CSV; the number of rows that failed (their message is in column `error`).

    Input columns are read by name, in any order; all columns pass through, except that columns of an output's name are
    replaced. Raises ValueError naming file and columns if it is no CSV or a required column is missing, OSError if a
    file cannot be opened.
    """
    header, lines = _read(path_in)
    table = _Table(header, lines)
    outcome = cost_batch(table.batch, model)
    errors = list(table.errors)
    warnings = [""] * len(lines)
    for position, row in enumerate(table.readable):
        errors[row] = outcome.errors[position]
        warnings[row] = outcome.warnings(position)
    _write(path_out, header, lines, table.readable, outcome.columns, warnings, errors)
    return sum(1 for error in errors if error)


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            lines = [line for line in reader if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: cannot be read as CSV: {error}") from None
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise ValueError(f"{path}: column {', '.join(missing)} missing; found: {', '.join(header) or 'nothing'}")
    width = len(header)
    return header, [(line + [""] * (width - len(line)))[:width] for line in lines]


class _Table:
    """The rows as arrays; rows that cannot be read have a message in `errors` and are left out of the batch."""

    def __init__(self, header: list[str], lines: list[list[str]]) -> None:
        self.place = {name: header.index(name) for name in header}
        self.mappings: list[Ints] = []
        self.known: dict[str, tuple[int, str]] = {}
        self.errors: list[str] = []
        self.readable: list[int] = []
        problems: list[list[int]] = []
        hardware: list[list[int]] = []
        mapping: list[int] = []
        for row, line in enumerate(lines):
            try:
                problem, machine, index = self._problem(line), self._hardware(line), self._mapping(line)
            except ValueError as wrong:
                self.errors.append(str(wrong))
                continue
            self.errors.append("")
            self.readable.append(row)
            problems.append(problem)
            hardware.append(machine)
            mapping.append(index)
        self.batch = Batch(
            fill_output_sizes(np.array(problems, np.int64).reshape(-1, PROBLEM_COLUMNS)),
            stack_mappings(self.mappings),
            np.array(mapping, np.int64),
            np.array(hardware, np.int64).reshape(-1, HARDWARE_COLUMNS),
        )

    def _cell(self, line: list[str], name: str) -> str:
        place = self.place.get(name)
        return line[place].strip() if place is not None else ""

    def _number(self, line: list[str], name: str, least: int, empty: int | None) -> int:
        cell = self._cell(line, name)
        if not cell and empty is not None:
            return empty
        if not cell.isdecimal() or len(cell) > 12 or not least <= int(cell) <= LARGEST_NUMBER:
            raise ValueError(f"{name}: found '{cell}', expected a whole number from {least} to {LARGEST_NUMBER}")
        return int(cell)

    def _problem(self, line: list[str]) -> list[int]:
        word = self._cell(line, "layer_type")
        if word not in LayerType.__members__:
            raise ValueError(f"layer_type: found '{word}', expected one of {', '.join(LayerType.__members__)}")
        kind = LayerType[word]
        problem = [0] * PROBLEM_COLUMNS
        problem[ProblemColumn.TYPE] = kind
        for name, dim in DIMENSIONS:
            problem[dim] = self._number(line, name, 1, 0)
        for name, column in STRIDES:
            problem[column] = self._number(line, name, 1, 1)
        for name in _DIMENSIONS_OF[kind]:
            if not self._cell(line, name):
                raise ValueError(f"{name} is empty: a {kind.name} layer needs {', '.join(_DIMENSIONS_OF[kind])}")
        if kind is not LayerType.GEMM:
            for size, window in ((Dim.Y, Dim.R), (Dim.X, Dim.S)):
                if problem[size] < problem[window]:
                    raise ValueError(
                        f"dim_{size.name}: found {problem[size]}, smaller than the kernel (dim_{window.name} = "
                        f"{problem[window]}): the padded input must hold the kernel once"
                    )
        return problem

    def _hardware(self, line: list[str]) -> list[int]:
        return [self._number(line, name, least, empty) for name, least, empty in HARDWARE]

    def _mapping(self, line: list[str]) -> int:
        text = self._cell(line, "mapping")
        found = self.known.get(text)
        if found is None:
            found = self._encode(text)
            self.known[text] = found
        index, message = found
        if message:
            raise ValueError(message)
        return index

    def _encode(self, text: str) -> tuple[int, str]:
        parsed = parse(text)
        mistakes = [str(d) for d in parsed.diagnostics if d.severity is Severity.ERROR]
        if mistakes:
            return -1, "mapping: " + "; ".join(mistakes)
        try:
            self.mappings.append(encode_mapping(parsed))
        except ValueError as wrong:
            return -1, f"mapping: {wrong}"
        return len(self.mappings) - 1, ""


def _texts(values: NDArray[Any]) -> list[str]:
    """Cells of a column: integers exactly, figures with MAESTRO's six significant digits."""
    if values.dtype.kind == "f":
        return [f"{value:.6g}" for value in values.tolist()]
    return [str(value) for value in values.tolist()]


def _write(
    path: Path,
    header: list[str],
    lines: list[list[str]],
    readable: list[int],
    columns: dict[str, NDArray[Any]],
    warnings: list[str],
    errors: list[str],
) -> None:
    added = [*columns, WARNINGS, ERROR]
    kept = [place for place, name in enumerate(header) if name not in added]
    cells = list(zip(*(_texts(values) for values in columns.values()), strict=True))
    empty = ("",) * len(columns)
    costs: list[tuple[str, ...]] = [empty] * len(lines)
    for position, row in enumerate(readable):
        if not errors[row]:
            costs[row] = cells[position]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(header[place] for place in kept), *added])
        for line, cost, warning, error in zip(lines, costs, warnings, errors, strict=True):
            writer.writerow([*(line[place] for place in kept), *cost, warning, error])
