"""MAESTRO, first half: a mapping cut into cluster levels, completed, adjusted to the stride, and the static numbers of
each level. Formulas and names as in docs/model-maestro.md §1 and §2.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.directive_arrays import DirectiveColumn, DirectiveKind, ProblemColumn, SizeRule
from workbench.cost.kernel import kernel
from workbench.cost.maestro_findings import Failure, Quirk
from workbench.cost.maestro_layout import (
    DIMS,
    EDGE_MAPPED,
    EDGE_UNIQUE,
    L_EDGE_DIMS,
    L_EDGE_UNITS,
    L_MAPS,
    L_MASK,
    L_RULER,
    L_SPATIAL_A,
    L_SPATIAL_B,
    L_TWICE,
    L_UNITS,
    M_ACROSS,
    M_DIM,
    M_OFFSET,
    M_OWNER,
    M_SIZE,
    M_SPATIAL,
    MAP,
    MAPPED,
    MAX_LEVELS,
    MAX_MAPS,
    SIZES,
    TILE,
    UNIQUE,
    X_OUTPUTS,
    Y_OUTPUTS,
)
from workbench.dataflow.mapping import Dim, LayerType

Ints = NDArray[np.int64]


_KIND, _DIM = int(DirectiveColumn.KIND), int(DirectiveColumn.DIM)
_SIZE_RULE, _OFFSET_RULE = int(DirectiveColumn.SIZE_RULE), int(DirectiveColumn.OFFSET_RULE)
_SPATIAL, _CLUSTER = int(DirectiveKind.SPATIAL), int(DirectiveKind.CLUSTER)
_NUMBER, _FULL = int(SizeRule.NUMBER), int(SizeRule.FULL)
_TYPE = int(ProblemColumn.TYPE)
_STRIDE_Y, _STRIDE_X = int(ProblemColumn.STRIDE_Y), int(ProblemColumn.STRIDE_X)
_N, _G, _K, _C, _R, _S, _Y, _X, _YO, _XO, _M = (int(d) for d in Dim if d is not Dim.GEMM_N)
_DSCONV, _NGCONV, _GEMM = int(LayerType.DSCONV), int(LayerType.NGCONV), int(LayerType.GEMM)


def _mask(*dims: int) -> int:
    return sum(1 << d for d in dims)


_CONV_MASKS = (_mask(_C, _Y, _X), _mask(_K, _C, _R, _S), _mask(_K, _Y, _X))
_DSCONV_MASKS = (_mask(_C, _Y, _X), _mask(_C, _R, _S), _mask(_C, _Y, _X))
_NGCONV_MASKS = (_mask(_G, _C, _Y, _X), _mask(_G, _K, _C, _R, _S), _mask(_G, _K, _C, _Y, _X))
_GEMM_MASKS = (_mask(_M, _K), _mask(_K, _N), _mask(_M, _N))
_COUPLED = np.array([_CONV_MASKS, _DSCONV_MASKS, _NGCONV_MASKS, _CONV_MASKS, _GEMM_MASKS], np.int64)

# The order in which a tensor's coupled dimensions are visited; only its last spatial one matters.
_RANK = np.zeros(DIMS, np.int64)
for _rank, _dim in enumerate((_N, _G, _M, _K, _C, _R, _S, _Y, _X)):
    _RANK[_dim] = _rank
_ALPHABETICAL = np.array([_C, _G, _K, _M, _N, _R, _S, _X, _Y], np.int64)


@kernel
def couple(problem: Ints, w: Ints) -> None:
    """Bits of the dimensions that input, filter and output are coupled to (1.2)."""
    kind = problem[_TYPE]
    for tensor in range(3):
        w[L_MASK + tensor] = _COUPLED[kind, tensor]
        if kind != _GEMM and tensor != 1 and problem[_N] > 0:
            w[L_MASK + tensor] |= 1 << _N


@kernel
def _value(rule: int, value: int, problem: Ints, w: Ints, spatial_dims: int) -> int:
    """A size or offset as a number; 0 where the layer lacks the dimension."""
    if rule == _NUMBER:
        return value
    if rule == _FULL:
        return int(problem[value])
    whole = w[SIZES + value]
    if whole == 0 and value == _YO:
        whole = (w[SIZES + _Y] - w[SIZES + _R]) // problem[_STRIDE_Y] + 1
    if whole == 0 and value == _XO:
        whole = (w[SIZES + _X] - w[SIZES + _S]) // problem[_STRIDE_X] + 1
    return int(-(-whole // w[L_UNITS]) if (spatial_dims >> value) & 1 else whole)


@kernel
def prepare(problem: Ints, directives: Ints, first: int, last: int, pes: int, work: Ints, where: Ints) -> int:
    """Fill the work rows [level, WORK] of one row; the number of levels, or minus a Failure.

    where[0:2] are then its level and dimension; where[2] collects the bits of Quirk.
    """
    top = work[0]
    couple(problem, top)
    moved = top[L_MASK] | top[L_MASK + 1]
    where[0] = where[1] = where[2] = 0
    count = 1
    product = 1
    for row in range(first, last):
        if directives[row, _KIND] == _CLUSTER:
            rule, size = directives[row, _SIZE_RULE], directives[row, _SIZE_RULE + 1]
            if rule != _NUMBER:
                size = problem[size]
            if count == MAX_LEVELS:
                return -Failure.TOO_MANY_LEVELS.value
            if size < 1:
                return -Failure.BAD_SIZE.value
            work[count, L_UNITS] = size
            product = min(product * size, 1 << 40)
            count += 1
    top[L_UNITS] = pes // product
    if top[L_UNITS] == 0:
        return -Failure.TOO_FEW_PES.value
    if top[L_UNITS] * product != pes:
        where[2] |= 1 << Quirk.IDLE_PES.value
    for dim in range(DIMS):
        top[SIZES + dim] = problem[dim]
    row = first
    for level in range(count):
        where[0] = level
        end = row
        while end < last and directives[end, _KIND] != _CLUSTER:
            end += 1
        w = work[level]
        if level:
            for tensor in range(3):
                w[L_MASK + tensor] = top[L_MASK + tensor]
        failure = _complete(problem, directives, row, end, level, w, work[max(level - 1, 0)], moved, where)
        if failure == 0:
            failure = _static(problem, w, moved, where)
        if failure:
            return -failure
        if level + 1 < count:
            below = work[level + 1]
            for dim in range(DIMS):
                below[SIZES + dim] = 0
            for i in range(w[L_MAPS]):
                dim = w[M_DIM + i * MAP]
                if (moved >> dim) & 1:
                    below[SIZES + dim] = min(w[M_SIZE + i * MAP], w[SIZES + dim])
        row = end + 1
    return count


@kernel
def _twice(directives: Ints, row: int, end: int, dim: int) -> bool:
    """Whether a level writes two maps of a dimension."""
    found = 0
    for r in range(row, end):
        if directives[r, _DIM] == dim:
            found += 1
    return found > 1


@kernel
def _complete(
    problem: Ints, directives: Ints, row: int, end: int, level: int, w: Ints, upper: Ints, moved: int, where: Ints
) -> int:
    """The maps of a level: written, output-centric ones turned, inherited, unrolled, adjusted to the stride (2.3)."""
    present = 0
    spatial_dims = 0
    for r in range(row, end):
        present |= 1 << directives[r, _DIM]
        if directives[r, _KIND] == _SPATIAL:
            spatial_dims |= 1 << directives[r, _DIM]
    # 3a: the first X' (Y') becomes X (Y), unless the level has an X (Y) of its own
    turn_x = (present >> _XO) & 1 == 1 and (present >> _X) & 1 == 0
    turn_y = (present >> _YO) & 1 == 1 and (present >> _Y) & 1 == 0
    if turn_x:
        present = (present | (1 << _X)) & ~(0 if _twice(directives, row, end, _XO) else 1 << _XO)
    if turn_y:
        present = (present | (1 << _Y)) & ~(0 if _twice(directives, row, end, _YO) else 1 << _YO)
    if (turn_x and not (present >> _S) & 1) or (turn_y and not (present >> _R) & 1):
        where[1] = _XO if turn_x and not (present >> _S) & 1 else _YO
        return Failure.NO_KERNEL_MAP.value
    # 3b: maps of the upper level whose dimension is not written here come first, in reverse order
    inherited = 0
    if level:
        seen = present
        for i in range(upper[L_MAPS]):
            bit = 1 << upper[M_DIM + i * MAP]
            if not seen & bit:
                seen |= bit
                inherited += 1
        position = inherited
        seen = present
        for i in range(upper[L_MAPS]):
            bit = 1 << upper[M_DIM + i * MAP]
            if not seen & bit:
                seen |= bit
                position -= 1
                w[M_SPATIAL + position * MAP] = 0
                w[M_DIM + position * MAP] = upper[M_DIM + i * MAP]
                w[M_SIZE + position * MAP] = upper[M_SIZE + i * MAP]
                w[M_OFFSET + position * MAP] = upper[M_OFFSET + i * MAP]
        present = seen
    if inherited + end - row + DIMS > MAX_MAPS:
        return Failure.TOO_MANY_MAPS.value
    count = inherited
    kernel_y = 0
    kernel_x = 0
    for r in range(row, end):
        dim = directives[r, _DIM]
        size = _value(directives[r, _SIZE_RULE], directives[r, _SIZE_RULE + 1], problem, w, spatial_dims)
        offset = _value(directives[r, _OFFSET_RULE], directives[r, _OFFSET_RULE + 1], problem, w, spatial_dims)
        where[1] = dim
        if size < 1 or offset < 1:
            return Failure.BAD_SIZE.value
        spatial = 1 if directives[r, _KIND] == _SPATIAL else 0
        if dim in (_R, _S) and not spatial and (size != problem[dim] or offset != size) and problem[dim] > 0:
            return Failure.KERNEL_TILE.value
        if dim == _R and kernel_y == 0:
            kernel_y = size
        if dim == _S and kernel_x == 0:
            kernel_x = size
        w[M_SPATIAL + count * MAP] = spatial
        w[M_DIM + count * MAP] = dim
        w[M_SIZE + count * MAP] = size
        w[M_OFFSET + count * MAP] = offset
        count += 1
    for i in range(inherited, count):
        if w[M_DIM + i * MAP] == _XO and turn_x:
            w[M_DIM + i * MAP] = _X
            w[M_SIZE + i * MAP] += kernel_x - 1
            turn_x = False
        elif w[M_DIM + i * MAP] == _YO and turn_y:
            w[M_DIM + i * MAP] = _Y
            w[M_SIZE + i * MAP] += kernel_y - 1
            turn_y = False
    # 3c: dimensions of input or filter that are still absent
    if moved & ~present:
        for dim in _ALPHABETICAL:
            if (moved & ~present) >> dim & 1 and w[SIZES + dim] > 0:
                w[M_SPATIAL + count * MAP] = 0
                w[M_DIM + count * MAP] = dim
                w[M_SIZE + count * MAP] = w[SIZES + dim]
                w[M_OFFSET + count * MAP] = w[SIZES + dim]
                count += 1
    w[L_MAPS] = count
    # 3d, 3e
    spatials = 0
    w[L_SPATIAL_B] = -1
    for i in range(count):
        dim = w[M_DIM + i * MAP]
        if w[SIZES + dim] <= 0:
            where[1] = dim
            return Failure.DIM_MISSING.value
        if w[M_SPATIAL + i * MAP]:
            if spatials == 0:
                w[L_SPATIAL_A] = i
            elif spatials == 1:
                w[L_SPATIAL_B] = i
            spatials += 1
        if dim in (_X, _Y):
            stride = problem[_STRIDE_X] if dim == _X else problem[_STRIDE_Y]
            if stride != 1:
                window = problem[_S] if dim == _X else problem[_R]
                size = w[M_SIZE + i * MAP]
                if size >= window:
                    outputs = (size + stride - window) // stride
                    w[M_SIZE + i * MAP] = outputs * min(stride, window) + max(window - stride, 0)
                    w[M_OFFSET + i * MAP] = outputs * (window if level and window < stride else stride)
                    if outputs > 1:
                        where[2] |= 1 << Quirk.STRIDE_TILE.value
                if stride > window:
                    where[2] |= 1 << Quirk.STRIDE_OVER_KERNEL.value
    if spatials == 0:
        return Failure.NO_SPATIAL.value
    if spatials > 2:
        return Failure.TOO_MANY_SPATIAL.value
    seen = 0
    w[L_TWICE] = 0
    for back in range(count):
        i = count - 1 - back
        dim = w[M_DIM + i * MAP]
        w[M_OWNER + i * MAP] = i
        w[M_ACROSS + i * MAP] = w[M_SPATIAL + i * MAP]
        if (seen >> dim) & 1:
            w[L_TWICE] = 1
            for j in range(i + 1, count):
                if w[M_DIM + j * MAP] == dim:
                    w[M_OWNER + i * MAP] = j
                    w[M_ACROSS + j * MAP] = w[M_SPATIAL + i * MAP]
        seen |= 1 << dim
    return 0


@kernel
def _static(problem: Ints, w: Ints, moved: int, where: Ints) -> int:
    """Mapped and unique elements per dimension, units at the spatial edge, and what is spatial for whom (3, 5.1)."""
    quirks = where[2]
    edges = 0
    missing = moved
    for i in range(w[L_MAPS]):
        spatial, dim, size, offset = (
            w[M_SPATIAL + i * MAP],
            w[M_DIM + i * MAP],
            w[M_SIZE + i * MAP],
            w[M_OFFSET + i * MAP],
        )
        whole = w[SIZES + dim]
        missing &= ~(1 << dim)
        steps = 0
        if whole > size:
            steps = whole - size if offset == 1 else (whole - size) // offset
        rest = whole - (steps + 1) * offset
        if rest < 0:
            rest = whole
        edge = size
        if steps * offset + size < whole or size > whole:
            edge = rest
            if not spatial and edge > 0:
                quirks |= 1 << Quirk.EDGE_TILE.value
            if size > whole and offset < size and offset <= whole:
                quirks |= 1 << Quirk.MAP_OVER_DIM.value
        w[MAPPED + dim * TILE] = size
        w[UNIQUE + dim * TILE] = 0 if not spatial and whole <= size else min(size, offset)
        w[EDGE_MAPPED + dim * TILE] = edge
        w[EDGE_UNIQUE + dim * TILE] = max(offset - (size - rest), 0)
        if edge != size:
            edges |= 1 << dim
        else:
            edges &= ~(1 << dim)
        if dim == _X:
            w[UNIQUE + X_OUTPUTS * TILE] = min(offset, size)
            w[EDGE_UNIQUE + X_OUTPUTS * TILE] = offset
        elif dim == _Y:
            w[UNIQUE + Y_OUTPUTS * TILE] = min(offset, size)
            w[EDGE_UNIQUE + Y_OUTPUTS * TILE] = offset
    where[2] = quirks
    if missing:
        for dim in range(DIMS):
            if (missing >> dim) & 1:
                where[1] = dim
        return Failure.DIM_MISSING.value
    if problem[_TYPE] != _GEMM:
        for out, dim, window in ((Y_OUTPUTS, _Y, _R), (X_OUTPUTS, _X, _S)):
            w[MAPPED + out * TILE] = w[MAPPED + dim * TILE] - w[MAPPED + window * TILE] + 1
            w[EDGE_MAPPED + out * TILE] = w[EDGE_MAPPED + dim * TILE] - w[EDGE_MAPPED + window * TILE] + 1
            w[EDGE_UNIQUE + out * TILE] = min(w[EDGE_UNIQUE + out * TILE], w[EDGE_MAPPED + out * TILE])
    w[L_EDGE_DIMS] = edges & moved
    a = w[L_SPATIAL_A]
    edge_units, lost = _edge_units(
        w[M_SIZE + a * MAP], w[M_OFFSET + a * MAP], w[SIZES + w[M_DIM + a * MAP]], w[L_UNITS]
    )
    w[L_EDGE_UNITS] = edge_units
    if lost:
        where[2] |= 1 << Quirk.PARTIAL_UNIT.value
    for tensor in range(3):
        found = -1
        rank = -1
        for which in range(2):
            i = w[L_SPATIAL_A + which]
            if i < 0 or not (w[L_MASK + tensor] >> w[M_DIM + i * MAP]) & 1:
                continue
            own = _RANK[w[M_DIM + i * MAP]]
            if w[M_DIM + i * MAP] == _N and problem[_TYPE] == _GEMM:
                own = DIMS  # a GEMM's N comes last
            if own > rank and w[M_ACROSS + i * MAP]:
                rank = own
                found = w[M_OWNER + i * MAP]
        w[L_RULER + tensor] = found
    return 0


@kernel
def _edge_units(size: int, offset: int, whole: int, units: int) -> tuple[int, bool]:
    """ne: sub-units at work at the spatial edge, and whether a last, partly filled one is left out."""
    covered = offset * (units - 1) + size
    if whole > covered:
        full = ((whole - size) // offset + 1) // units - 1
        rest = whole - (full + 1) * offset * units
        if rest < size:
            return 1, False
        active = (rest - size) // offset + 1
        return active, (active - 1) * offset + size < rest
    if whole > size:
        active = (whole - size) // offset + 1
        return (active + 1 if offset * (active - 1) + size < whole else active), False
    return 1, False
