"""MAESTRO: a layer's own MACs, and the quirks that touched a row (docs/model-maestro.md §6)."""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.directive_arrays import HardwareColumn, ProblemColumn
from workbench.cost.kernel import kernel
from workbench.cost.maestro_findings import Quirk
from workbench.cost.maestro_layout import (
    F_MOVING,
    L_MASK,
    L_RULER,
    L_SPATIAL_B,
    L_UNITS,
    M_DIM,
    MAP,
    MAPPED,
    MOVER,
    TILE,
    V_MAP,
    X_OUTPUTS,
    Y_OUTPUTS,
)
from workbench.cost.maestro_results import Count
from workbench.dataflow.mapping import Dim, LayerType

Ints = NDArray[np.int64]

_OFF_CHIP, _SIMD = int(HardwareColumn.OFF_CHIP_BANDWIDTH), int(HardwareColumn.SIMD_LANES)
_TYPE = int(ProblemColumn.TYPE)
_DSCONV, _NGCONV, _GEMM = int(LayerType.DSCONV), int(LayerType.NGCONV), int(LayerType.GEMM)
_N, _G, _K, _C, _R, _S, _Y, _X, _YO, _XO, _M = (int(d) for d in Dim if d is not Dim.GEMM_N)
_RUNTIME, _MACS, _LEVELS, _TRUE_MACS = int(Count.RUNTIME), int(Count.MACS), int(Count.LEVELS), int(Count.TRUE_MACS)
_L1_SIZE, _L2_SIZE = int(Count.L1_SIZE), int(Count.L2_SIZE)
_INGRESS, _EGRESS, _COMPUTE = int(Count.INGRESS_MIN), int(Count.EGRESS_MIN), int(Count.COMPUTE_MIN)


@kernel
def true_macs_of(problem: Ints) -> float:
    """MACs of the layer itself."""
    macs = float(max(problem[_N], 1))
    if problem[_TYPE] == _GEMM:
        macs *= float(problem[_M]) * float(problem[_K])
        return macs
    if problem[_TYPE] == _NGCONV:
        macs *= problem[_G]
    for dim in (_C, _R, _S, _YO, _XO):
        macs *= float(problem[dim])
    if problem[_TYPE] != _DSCONV:
        macs *= float(problem[_K])
    return macs


@kernel
def note(
    level_count: int, machine: Ints, work: Ints, where: Ints, l2_sizes: Ints, count: Ints, skipped: bool,
    overflowed: bool,
) -> None:  # fmt: skip
    """Set the bits of the quirks that touched this row (docs/model-maestro.md §6)."""
    quirks = where[2]
    if count[_LEVELS] > 1:
        quirks |= 1 << Quirk.ENERGY_COLUMN.value
    if skipped:
        quirks |= 1 << Quirk.SKIPPED.value
    if count[_MACS] != count[_TRUE_MACS]:
        quirks |= 1 << Quirk.MACS.value
    if overflowed:
        quirks |= 1 << Quirk.OVERFLOW.value
    l2_size = l2_sizes[0] + l2_sizes[1] + l2_sizes[2]
    if max(l2_size, count[_L1_SIZE] + count[_L1_SIZE + 1] + count[_L1_SIZE + 2]) >= 1 << 31:
        quirks |= 1 << Quirk.SUM_OVERFLOW.value
    if l2_size > 2 * machine[_OFF_CHIP] * max(count[_COMPUTE], 1):
        quirks |= 1 << Quirk.OFF_CHIP_TIME.value
    top = work[0]
    mask = top[L_MASK + 2]
    for tensor in range(2):
        idle = False  # a moving map further out that this tensor is not coupled to
        for i in range(top[F_MOVING]):
            coupled = (top[L_MASK + tensor] >> top[M_DIM + top[V_MAP + i * MOVER] * MAP]) & 1
            if coupled and idle:
                quirks |= 1 << Quirk.MISSING_RELOAD.value
            if not coupled:
                idle = True
    for level in range(level_count):
        w = work[level]
        if w[L_SPATIAL_B] >= 0:
            quirks |= 1 << Quirk.TWO_SPATIAL.value
        if w[L_UNITS] > 1 and (w[L_RULER] < 0 or w[L_RULER + 1] < 0):
            quirks |= 1 << Quirk.MULTICAST.value
    lowest = work[level_count - 1]
    if (mask >> _Y) & 1 and (
        lowest[MAPPED + Y_OUTPUTS * TILE] != lowest[MAPPED + _Y * TILE]
        or lowest[MAPPED + X_OUTPUTS * TILE] != lowest[MAPPED + _X * TILE]
    ):
        quirks |= 1 << Quirk.OUTPUT_BUFFER.value
    where[2] = quirks
