"""MAESTRO, first half: a mapping cut into cluster levels, completed, adjusted to the stride, and the static numbers of
each level. Formulas and names as in docs/model-maestro.md §1 and §2.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from workbench.cost.directive_arrays import DirectiveColumn, DirectiveKind, ProblemColumn, SizeRule
from workbench.cost.kernel import kernel
from workbench.dataflow.mapping import Dim, LayerType

Ints = NDArray[np.int64]

MAX_LEVELS = 4  # more than three Cluster lines end MAESTRO
MAX_MAPS = 32  # of one level, inherited ones included
DIMS = len(Dim)


class Failure(IntEnum):
    """Why a row has no result; words are in maestro_quirks."""

    NONE = 0
    TOO_FEW_PES = 1
    TOO_MANY_LEVELS = 2
    NO_SPATIAL = 3
    TOO_MANY_SPATIAL = 4
    DIM_MISSING = 5
    KERNEL_TILE = 6
    NO_KERNEL_MAP = 7
    TOO_MANY_MAPS = 8
    BAD_SIZE = 9
    UNIQUE_ZERO = 10
    OVERFLOW = 11
    NOTHING_INSIDE = 12
    NOTHING_AT_ALL = 13
    TOO_LARGE = 14
    NOT_FETCHED = 15
    NEGATIVE = 16


class Quirk(IntEnum):
    """Bits of a row's warnings; names and words are in maestro_quirks."""

    ENERGY_COLUMN = 0
    STRIDE_TILE = 1
    STRIDE_OVER_KERNEL = 2
    PARTIAL_UNIT = 3
    MISSING_RELOAD = 4
    OVERFLOW = 5
    SKIPPED = 6
    MULTICAST = 7
    OFF_CHIP_TIME = 8
    EDGE_TILE = 9
    MAP_OVER_DIM = 10
    OUTPUT_BUFFER = 11
    TWO_SPATIAL = 12
    SUM_OVERFLOW = 13
    IDLE_PES = 14
    MACS = 15


class LevelColumn(IntEnum):
    """Columns of the table of levels."""

    MAPS = 0
    UNITS = 1  # n
    EDGE_UNITS = 2  # ne
    SPATIAL_A = 3  # index of the first SpatialMap
    SPATIAL_B = 4  # of the second, -1 if there is none
    SPATIAL_INPUT = 5  # map whose state rules the input's spatial edge, -1 if the input is not spatial here
    SPATIAL_FILTER = 6
    SPATIAL_OUTPUT = 7
    EDGE_DIMS = 8  # bits of the dimensions whose edge tile differs from the full one
    TWICE = 9  # 1 if a dimension has two maps


LEVEL_COLUMNS = len(LevelColumn)

# columns of the table of maps
M_SPATIAL, M_DIM, M_SIZE, M_OFFSET, M_OWNER = range(5)
MAP_COLUMNS = 5

# columns of the table of dimensions: mapped and unique elements of a tile, inside and at the edge
MAPPED, UNIQUE, EDGE_MAPPED, EDGE_UNIQUE = range(4)
TILE_COLUMNS = 4

_KIND, _DIM = int(DirectiveColumn.KIND), int(DirectiveColumn.DIM)
_SIZE_RULE, _OFFSET_RULE = int(DirectiveColumn.SIZE_RULE), int(DirectiveColumn.OFFSET_RULE)
_SPATIAL, _CLUSTER = int(DirectiveKind.SPATIAL), int(DirectiveKind.CLUSTER)
_NUMBER, _FULL = int(SizeRule.NUMBER), int(SizeRule.FULL)
_TYPE = int(ProblemColumn.TYPE)
_STRIDE_Y, _STRIDE_X = int(ProblemColumn.STRIDE_Y), int(ProblemColumn.STRIDE_X)
_N, _G, _K, _C, _R, _S, _Y, _X, _YO, _XO, _M = (int(d) for d in Dim if d is not Dim.GEMM_N)
_DSCONV, _NGCONV, _GEMM = int(LayerType.DSCONV), int(LayerType.NGCONV), int(LayerType.GEMM)

_MAPS, _UNITS, _EDGE_UNITS = int(LevelColumn.MAPS), int(LevelColumn.UNITS), int(LevelColumn.EDGE_UNITS)
_SPATIAL_A, _SPATIAL_B = int(LevelColumn.SPATIAL_A), int(LevelColumn.SPATIAL_B)
_SPATIAL_INPUT = int(LevelColumn.SPATIAL_INPUT)
_EDGE_DIMS, _TWICE = int(LevelColumn.EDGE_DIMS), int(LevelColumn.TWICE)

# Dimensions a tensor is coupled to, in MAESTRO's order (N, if the layer has it, comes first where allowed).
_BATCHED = (True, False, True)  # input, filter, output


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
def coupled_masks(problem: Ints, masks: Ints) -> None:
    """Bit masks (int64 [3]) of the dimensions that input, filter and output are coupled to (1.2)."""
    kind = problem[_TYPE]
    for tensor in range(3):
        masks[tensor] = _COUPLED[kind, tensor]
        if kind != _GEMM and tensor != 1 and problem[_N] > 0:
            masks[tensor] |= 1 << _N


@kernel
def _value(rule: int, value: int, problem: Ints, sizes: Ints, units: int, spatial_dims: int) -> int:
    """A size or offset as a number; 0 where the layer lacks the dimension."""
    if rule == _NUMBER:
        return value
    if rule == _FULL:
        return int(problem[value])
    whole = sizes[value]
    if whole == 0 and value == _YO:
        whole = (sizes[_Y] - sizes[_R]) // problem[_STRIDE_Y] + 1
    if whole == 0 and value == _XO:
        whole = (sizes[_X] - sizes[_S]) // problem[_STRIDE_X] + 1
    return int(-(-whole // units) if (spatial_dims >> value) & 1 else whole)


@kernel
def prepare(
    problem: Ints, directives: Ints, first: int, last: int, pes: int,
    maps: Ints, sizes: Ints, tiles: Ints, levels: Ints, masks: Ints, where: Ints,
) -> int:  # fmt: skip
    """Fill the level tables of one row; the number of levels, or minus a Failure (`where`: its level and dimension).

    Written: maps [level, map, MAP_COLUMNS], sizes [level, dim] (Z), tiles [level, dim, TILE_COLUMNS], levels
    [level, LEVEL_COLUMNS], masks [3]; `where[2]` collects the bits of Quirk.
    """
    coupled_masks(problem, masks)
    moved = masks[0] | masks[1]
    where[0] = where[1] = where[2] = 0
    count = 1
    product = 1
    for row in range(first, last):
        if directives[row, _KIND] == _CLUSTER:
            size = _value(directives[row, _SIZE_RULE], directives[row, _SIZE_RULE + 1], problem, sizes[0], 1, 0)
            if count == MAX_LEVELS:
                return -Failure.TOO_MANY_LEVELS.value
            if size < 1:
                return -Failure.BAD_SIZE.value
            levels[count, _UNITS] = size
            product = min(product * size, 1 << 40)
            count += 1
    levels[0, _UNITS] = pes // product
    if levels[0, _UNITS] == 0:
        return -Failure.TOO_FEW_PES.value
    if levels[0, _UNITS] * product != pes:
        where[2] |= 1 << Quirk.IDLE_PES.value
    for dim in range(DIMS):
        sizes[0, dim] = problem[dim]
    row = first
    for level in range(count):
        where[0] = level
        end = row
        while end < last and directives[end, _KIND] != _CLUSTER:
            end += 1
        failure = _complete(problem, directives, row, end, level, maps, sizes, levels, moved, where)
        if failure:
            return -failure
        failure = _static(problem, level, maps, sizes, tiles, levels, masks, where)
        if failure:
            return -failure
        if level + 1 < count:
            for dim in range(DIMS):
                sizes[level + 1, dim] = 0
            for i in range(levels[level, _MAPS]):
                dim = maps[level, i, M_DIM]
                if (moved >> dim) & 1:
                    sizes[level + 1, dim] = min(maps[level, i, M_SIZE], sizes[level, dim])
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
    problem: Ints, directives: Ints, row: int, end: int, level: int,
    maps: Ints, sizes: Ints, levels: Ints, moved: int, where: Ints,
) -> int:  # fmt: skip
    """The maps of a level: written, output-centric ones turned, inherited, unrolled, adjusted to the stride (2.3)."""
    here = maps[level]
    above = maps[max(level - 1, 0)]
    units = levels[level, _UNITS]
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
        for i in range(levels[level - 1, _MAPS]):
            bit = 1 << above[i, M_DIM]
            if not seen & bit:
                seen |= bit
                inherited += 1
        position = inherited
        seen = present
        for i in range(levels[level - 1, _MAPS]):
            bit = 1 << above[i, M_DIM]
            if not seen & bit:
                seen |= bit
                position -= 1
                here[position, M_SPATIAL] = 0
                here[position, M_DIM] = above[i, M_DIM]
                here[position, M_SIZE] = above[i, M_SIZE]
                here[position, M_OFFSET] = above[i, M_OFFSET]
        present = seen
    if inherited + end - row + DIMS > MAX_MAPS:
        return Failure.TOO_MANY_MAPS.value
    count = inherited
    kernel_y = 0
    kernel_x = 0
    for r in range(row, end):
        dim = directives[r, _DIM]
        size = _value(directives[r, _SIZE_RULE], directives[r, _SIZE_RULE + 1], problem, sizes[level], units,
                      spatial_dims)  # fmt: skip
        offset = _value(directives[r, _OFFSET_RULE], directives[r, _OFFSET_RULE + 1], problem, sizes[level], units,
                        spatial_dims)  # fmt: skip
        where[1] = dim
        if size < 1 or offset < 1:
            return Failure.BAD_SIZE.value
        spatial = 1 if directives[r, _KIND] == _SPATIAL else 0
        if (dim == _R or dim == _S) and not spatial and (size != problem[dim] or offset != size) and problem[dim] > 0:
            return Failure.KERNEL_TILE.value
        if dim == _R and kernel_y == 0:
            kernel_y = size
        if dim == _S and kernel_x == 0:
            kernel_x = size
        here[count, M_SPATIAL] = spatial
        here[count, M_DIM] = dim
        here[count, M_SIZE] = size
        here[count, M_OFFSET] = offset
        count += 1
    for i in range(inherited, count):
        if here[i, M_DIM] == _XO and turn_x:
            here[i, M_DIM] = _X
            here[i, M_SIZE] += kernel_x - 1
            turn_x = False
        elif here[i, M_DIM] == _YO and turn_y:
            here[i, M_DIM] = _Y
            here[i, M_SIZE] += kernel_y - 1
            turn_y = False
    # 3c: dimensions of input or filter that are still absent
    if moved & ~present:
        for dim in _ALPHABETICAL:
            if (moved & ~present) >> dim & 1 and sizes[level, dim] > 0:
                here[count, M_SPATIAL] = 0
                here[count, M_DIM] = dim
                here[count, M_SIZE] = sizes[level, dim]
                here[count, M_OFFSET] = sizes[level, dim]
                count += 1
    levels[level, _MAPS] = count
    # 3d, 3e
    spatials = 0
    levels[level, _SPATIAL_B] = -1
    for i in range(count):
        dim = here[i, M_DIM]
        if sizes[level, dim] <= 0:
            where[1] = dim
            return Failure.DIM_MISSING.value
        if here[i, M_SPATIAL]:
            if spatials == 0:
                levels[level, _SPATIAL_A] = i
            elif spatials == 1:
                levels[level, _SPATIAL_B] = i
            spatials += 1
        if dim == _X or dim == _Y:  # noqa: PLR1714 (numba compiles this form to two comparisons)
            stride = problem[_STRIDE_X] if dim == _X else problem[_STRIDE_Y]
            if stride != 1:
                window = problem[_S] if dim == _X else problem[_R]
                size = here[i, M_SIZE]
                if size >= window:
                    outputs = (size + stride - window) // stride
                    here[i, M_SIZE] = outputs * min(stride, window) + max(window - stride, 0)
                    here[i, M_OFFSET] = outputs * (window if level and window < stride else stride)
                    if outputs > 1:
                        where[2] |= 1 << Quirk.STRIDE_TILE.value
                if stride > window:
                    where[2] |= 1 << Quirk.STRIDE_OVER_KERNEL.value
    if spatials == 0:
        return Failure.NO_SPATIAL.value
    if spatials > 2:
        return Failure.TOO_MANY_SPATIAL.value
    seen = 0
    levels[level, _TWICE] = 0
    for back in range(count):
        i = count - 1 - back
        dim = here[i, M_DIM]
        here[i, M_OWNER] = i
        if (seen >> dim) & 1:
            levels[level, _TWICE] = 1
            for j in range(i + 1, count):
                if here[j, M_DIM] == dim:
                    here[i, M_OWNER] = j
        seen |= 1 << dim
    return 0


@kernel
def _static(
    problem: Ints, level: int, maps: Ints, sizes: Ints, tiles: Ints, levels: Ints, masks: Ints, where: Ints
) -> int:
    """Mapped and unique elements per dimension, units at the spatial edge, and what is spatial for whom (3, 5.1)."""
    here = maps[level]
    size_of = sizes[level]
    tile = tiles[level]
    quirks = where[2]
    edges = 0
    missing = masks[0] | masks[1]
    for i in range(levels[level, _MAPS]):
        spatial, dim, size, offset = here[i, M_SPATIAL], here[i, M_DIM], here[i, M_SIZE], here[i, M_OFFSET]
        whole = size_of[dim]
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
        tile[dim, MAPPED] = size
        tile[dim, UNIQUE] = 0 if not spatial and whole <= size else min(size, offset)
        tile[dim, EDGE_MAPPED] = edge
        tile[dim, EDGE_UNIQUE] = max(offset - (size - rest), 0)
        if edge != size:
            edges |= 1 << dim
        else:
            edges &= ~(1 << dim)
        if dim == _X:
            tile[_XO, UNIQUE] = min(offset, size)
            tile[_XO, EDGE_UNIQUE] = offset
        elif dim == _Y:
            tile[_YO, UNIQUE] = min(offset, size)
            tile[_YO, EDGE_UNIQUE] = offset
    where[2] = quirks
    if missing:
        for dim in range(DIMS):
            if (missing >> dim) & 1:
                where[1] = dim
        return Failure.DIM_MISSING.value
    if problem[_TYPE] != _GEMM:
        for out, dim, window in ((_YO, _Y, _R), (_XO, _X, _S)):
            tile[out, MAPPED] = tile[dim, MAPPED] - tile[window, MAPPED] + 1
            tile[out, EDGE_MAPPED] = tile[dim, EDGE_MAPPED] - tile[window, EDGE_MAPPED] + 1
            tile[out, EDGE_UNIQUE] = min(tile[out, EDGE_UNIQUE], tile[out, EDGE_MAPPED])
    levels[level, _EDGE_DIMS] = edges & (masks[0] | masks[1])
    a = levels[level, _SPATIAL_A]
    edge_units, lost = _edge_units(here[a, M_SIZE], here[a, M_OFFSET], size_of[here[a, M_DIM]], levels[level, _UNITS])
    levels[level, _EDGE_UNITS] = edge_units
    if lost:
        where[2] |= 1 << Quirk.PARTIAL_UNIT.value
    for tensor in range(3):
        found = -1
        rank = -1
        for which in range(2):
            i = levels[level, _SPATIAL_A + which]
            if i < 0 or not (masks[tensor] >> here[i, M_DIM]) & 1:
                continue
            own = _RANK[here[i, M_DIM]]
            if here[i, M_DIM] == _N and problem[_TYPE] == _GEMM:
                own = DIMS  # a GEMM's N comes last
            if own > rank:
                first = i  # the first map of a dimension says whether it is spatial
                if levels[level, _TWICE]:
                    for j in range(i):
                        if here[j, M_DIM] == here[i, M_DIM]:
                            first = min(first, j)
                if here[first, M_SPATIAL]:
                    rank = own
                    found = here[i, M_OWNER]
        levels[level, _SPATIAL_INPUT + tensor] = found
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
