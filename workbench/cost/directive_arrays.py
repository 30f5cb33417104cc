"""Directive texts, layers and hardware as integer arrays: what the PE-level kernels read.

`Sz(D)` and `T_D` stay symbolic, so that one encoded mapping serves every layer; kernels resolve them row by row.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.dataflow.mapping import Dim, LayerType, PeHardware, Problem
from workbench.dataflow.statements import ClusterStatement, MapStatement, Parsed, Size, SizeKind

Ints = NDArray[np.int64]


class DirectiveKind(IntEnum):
    """Value of column KIND."""

    TEMPORAL = 0
    SPATIAL = 1
    CLUSTER = 2


class DirectiveColumn(IntEnum):
    """Columns of a directive row. A cluster has no DIM and no offset."""

    KIND = 0
    DIM = 1  # Dim
    SIZE_RULE = 2
    SIZE = 3
    OFFSET_RULE = 4
    OFFSET = 5


class SizeRule(IntEnum):
    """How a SIZE or OFFSET value is to be read."""

    NUMBER = 0
    FULL = 1  # the value is a Dim: Sz(D) of the layer
    BALANCED = 2  # the value is a Dim: T_D = ⌈size of D at this level / units of the level, if D is spatial here⌉


class ProblemColumn(IntEnum):
    """Columns of a problem row: sizes by Dim (0: the layer has none), then type and strides.

    A GEMM's N stands in column Dim.N. Y_OUT and X_OUT are filled in by the encoder.
    """

    TYPE = 12
    STRIDE_Y = 13
    STRIDE_X = 14


class HardwareColumn(IntEnum):
    """Columns of a hardware row."""

    PES = 0
    NOC_BANDWIDTH = 1
    NOC_LATENCY = 2
    OFF_CHIP_BANDWIDTH = 3
    SIMD_LANES = 4
    L1_SIZE = 5
    L2_SIZE = 6


DIRECTIVE_COLUMNS = len(DirectiveColumn)
PROBLEM_COLUMNS = 15
HARDWARE_COLUMNS = len(HardwareColumn)
DIMS = len(Dim)

_DIM_OF = {
    "N": Dim.N, "G": Dim.G, "K": Dim.K, "C": Dim.C, "R": Dim.R, "S": Dim.S, "Y": Dim.Y, "X": Dim.X,
    "Y'": Dim.Y_OUT, "X'": Dim.X_OUT, "M": Dim.M,
}  # fmt: skip


class Encoded(NamedTuple):
    """Mappings: directives of mapping i are rows start[i]:start[i + 1] of `directives` (int64 [n, 6])."""

    directives: Ints
    start: Ints


def encode_mapping(parsed: Parsed) -> Ints:
    """Directive rows (int64 [n, DIRECTIVE_COLUMNS]) of a text without errors, written for processing elements.

    Raises ValueError naming line and column for what has no meaning there: `P`, `B_D`, grid words.
    """
    rows: list[tuple[int, int, int, int, int, int]] = []
    for statement in parsed.statements:
        match statement:
            case MapStatement():
                if statement.dim not in _DIM_OF:
                    raise ValueError(_place(statement.dim_span, f"{statement.dim} is a loop over cores, not over PEs"))
                kind = DirectiveKind.SPATIAL if statement.spatial else DirectiveKind.TEMPORAL
                rows.append((kind, _DIM_OF[statement.dim], *_encode(statement.size), *_encode(statement.offset)))
            case ClusterStatement():
                rows.append((DirectiveKind.CLUSTER, 0, *_encode(statement.size), 0, 0))
            case _:
                pass
    return np.array(rows, np.int64).reshape(-1, DIRECTIVE_COLUMNS)


def _place(span: tuple[int, int, int], message: str) -> str:
    return f"line {span[0]}, column {span[1]}: {message}"


def _encode(size: Size) -> tuple[int, int]:
    match size.kind:
        case SizeKind.NUMBER | SizeKind.CONSTANT:
            return SizeRule.NUMBER, size.value
        case SizeKind.FULL if size.name in _DIM_OF:
            return SizeRule.FULL, _DIM_OF[size.name]
        case SizeKind.BALANCED if size.name in _DIM_OF:
            return SizeRule.BALANCED, _DIM_OF[size.name]
        case _:
            raise ValueError(_place(size.span, f"'{size.text}' has no meaning for processing elements"))


def stack_mappings(mappings: Sequence[Ints]) -> Encoded:
    """Several encoded mappings in one table."""
    start = np.zeros(len(mappings) + 1, np.int64)
    np.cumsum([len(m) for m in mappings], out=start[1:])
    if not mappings:
        return Encoded(np.zeros((0, DIRECTIVE_COLUMNS), np.int64), start)
    return Encoded(np.concatenate(mappings), start)


def encode_problem(problem: Problem) -> Ints:
    """One problem row (int64 [PROBLEM_COLUMNS])."""
    row = np.zeros(PROBLEM_COLUMNS, np.int64)
    row[:DIMS] = problem.sizes
    if problem.type is LayerType.GEMM:
        row[Dim.N] = problem.sizes[Dim.GEMM_N]
        row[Dim.GEMM_N] = 0
    row[ProblemColumn.TYPE] = problem.type
    row[ProblemColumn.STRIDE_Y] = problem.stride_y
    row[ProblemColumn.STRIDE_X] = problem.stride_x
    filled: Ints = fill_output_sizes(row[None])[0]
    return filled


def fill_output_sizes(problems: Ints) -> Ints:
    """The rows with Y_OUT and X_OUT set to the number of outputs of the padded input (0 where there is none)."""
    filled = problems.copy()
    for out, size, kernel, stride in (
        (Dim.Y_OUT, Dim.Y, Dim.R, ProblemColumn.STRIDE_Y),
        (Dim.X_OUT, Dim.X, Dim.S, ProblemColumn.STRIDE_X),
    ):
        span = filled[:, size] - filled[:, kernel]
        fits = (filled[:, size] > 0) & (filled[:, kernel] > 0) & (span >= 0)
        filled[:, out] = np.where(fits, span // np.maximum(filled[:, stride], 1) + 1, 0)
    return filled


def encode_hardware(hardware: PeHardware) -> Ints:
    """One hardware row (int64 [HARDWARE_COLUMNS])."""
    return np.array(
        [
            hardware.pes,
            hardware.noc_bandwidth,
            hardware.noc_latency,
            hardware.off_chip_bandwidth,
            hardware.simd_lanes,
            hardware.l1_size,
            hardware.l2_size,
        ],
        np.int64,
    )
