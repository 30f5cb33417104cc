"""From a directive mapping to the nest the exact model counts: output-centric tiles per level (docs/model-exact.md §1).

Every layer type becomes one form, out[n, g, k, p, q] += in[n, g, c, p·stride + r, q·stride + s] · w[g, k, c, r, s]:
a depthwise layer is G = C with one channel each, a GEMM M×N×K is a 1×1 convolution of M columns.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from workbench.cost.directive_arrays import DirectiveColumn, DirectiveKind, ProblemColumn, SizeRule
from workbench.cost.kernel import kernel
from workbench.dataflow.mapping import Dim, LayerType

IntArray = NDArray[np.int64]

# Dimensions of the nest. The first six have temporal and spatial loops, R and S are whole or spread over units.
N, G, K, C, P, Q, R, S = range(8)
LOOPS = 6
MAX_LEVELS = 5
NONE = -1

# Rows of the nest's level table int64 [NEST_ROWS, MAX_LEVELS].
ROW_UNITS = 0
ROW_SPATIAL = 1  # dimension spread over the level's units, or NONE
ROW_TILE = 2  # .. + LOOPS: a unit's tile
ROW_ORDER = 8  # .. + LOOPS: loop dimensions, outermost first
ROW_KERNEL_ROWS = 14  # kernel rows of one unit
ROW_KERNEL_COLUMNS = 15
ROW_UPPER_ROWS = 16  # kernel rows of the level's parent
ROW_UPPER_COLUMNS = 17
NEST_ROWS = 18
# Head of the nest int64 [HEAD]: sizes of the eight dimensions, strides, number of levels, split dimensions.
HEAD_STRIDE_Y = 8
HEAD_STRIDE_X = 9
HEAD_LEVELS = 10
HEAD_SPLIT = 11  # bit set of the loop dimensions that some level splits
HEAD = 12


class Fault(IntEnum):
    """Why a mapping has no exact count."""

    NONE = 0
    LEVELS = 1
    SIZES = 2
    UNITS = 3
    OVERLAP = 4
    GAP = 5
    SMALL_TILE = 6
    KERNEL_TILE = 7
    KERNEL_SPREAD = 8
    KERNEL_UNITS = 9
    TWO_SPATIAL = 10
    TWICE = 11
    DIAGONAL = 12
    NUMBERS = 13


FAULT_TEXT = {
    Fault.LEVELS: f"a mapping has 1 to {MAX_LEVELS} levels (up to {MAX_LEVELS - 1} Cluster directives)",
    Fault.SIZES: "the layer lacks a size: a convolution needs K, C, R, S, Y ≥ R and X ≥ S; a GEMM M, N and K",
    Fault.UNITS: "a level has no units: the product of the Cluster sizes exceeds the number of PEs",
    Fault.OVERLAP: "offset smaller than the tile: neighbouring tiles would compute the same; write an equal offset",
    Fault.GAP: "offset larger than the tile: outputs between two tiles would never be computed; write an equal offset",
    Fault.SMALL_TILE: "an input tile smaller than the kernel yields no output; write at least Sz(R) for Y, Sz(S) for X",
    Fault.KERNEL_TILE: "a TemporalMap on R or S must cover the kernel: write Sz(R) or Sz(S)",
    Fault.KERNEL_SPREAD: "a SpatialMap on R or S takes one kernel row or column per unit: write SpatialMap(1, 1)",
    Fault.KERNEL_UNITS: "kernel rows or columns need a unit each: write Cluster(Sz(R)) or Cluster(Sz(S))",
    Fault.TWO_SPATIAL: "two independent SpatialMaps in one level; put a Cluster between them",
    Fault.TWICE: "a dimension is mapped twice in one level; remove one of the two",
    Fault.DIAGONAL: (
        "with kernel rows over units an input map must be the diagonal's SpatialMap(1, 1) or cover its tile; "
        "write SpatialMap(1, 1) Y beside SpatialMap(1, 1) R, or map Y'"
    ),
    Fault.NUMBERS: "sizes, offsets, units and strides must be 1 or more",
}


_KIND, _DIM = int(DirectiveColumn.KIND), int(DirectiveColumn.DIM)
_SIZE, _OFFSET = int(DirectiveColumn.SIZE_RULE), int(DirectiveColumn.OFFSET_RULE)
_SPATIAL, _CLUSTER = int(DirectiveKind.SPATIAL), int(DirectiveKind.CLUSTER)
_NUMBER, _FULL, _BALANCED = int(SizeRule.NUMBER), int(SizeRule.FULL), int(SizeRule.BALANCED)
_TYPE, _STRIDE_Y, _STRIDE_X = int(ProblemColumn.TYPE), int(ProblemColumn.STRIDE_Y), int(ProblemColumn.STRIDE_X)
_DSCONV, _NGCONV, _GEMM = int(LayerType.DSCONV), int(LayerType.NGCONV), int(LayerType.GEMM)
_DN, _DG, _DK, _DC, _DR, _DS = int(Dim.N), int(Dim.G), int(Dim.K), int(Dim.C), int(Dim.R), int(Dim.S)
_DY, _DX, _DYO, _DXO, _DM = int(Dim.Y), int(Dim.X), int(Dim.Y_OUT), int(Dim.X_OUT), int(Dim.M)
_DGN = int(Dim.GEMM_N)
_MOST_UNITS = 1 << 40


@kernel
def dimension_of(kind: int, dim: int) -> int:
    """Loop dimension of the nest that a directive's dimension splits in a layer of type `kind`, or NONE."""
    if kind == _GEMM:
        if dim == _DM:
            return Q
        if dim == _DK:
            return C
        return K if dim in (_DN, _DGN) else NONE
    if dim in (_DY, _DYO):
        return P
    if dim in (_DX, _DXO):
        return Q
    if kind == _DSCONV:
        if dim == _DN:
            return N
        return G if dim == _DC else NONE
    return dim if dim <= _DC else NONE


@kernel
def resolve_layer(problem: IntArray, head: IntArray) -> int:
    """Fill the sizes and strides of `head` from an encoded layer [PROBLEM_COLUMNS]; returns a Fault."""
    kind = problem[_TYPE]
    stride_y, stride_x = problem[_STRIDE_Y], problem[_STRIDE_X]
    head[:8] = 1
    if kind == _GEMM:  # M → Q, K → C, N → K
        stride_y, stride_x = 1, 1
        head[Q], head[C], head[K] = problem[_DM], problem[_DK], problem[_DN]
    else:
        if stride_y < 1 or stride_x < 1:
            return 13
        head[N] = max(1, problem[_DN])
        head[R], head[S] = problem[_DR], problem[_DS]
        if kind == _DSCONV:  # a group per channel
            head[G] = problem[_DC]
        else:
            head[K], head[C] = problem[_DK], problem[_DC]
            if kind == _NGCONV:
                head[G] = max(1, problem[_DG])
        rows, columns = problem[_DY], problem[_DX]
        if rows == 0 and problem[_DYO] > 0:
            rows = (problem[_DYO] - 1) * stride_y + head[R]
        if columns == 0 and problem[_DXO] > 0:
            columns = (problem[_DXO] - 1) * stride_x + head[S]
        if rows < head[R] or columns < head[S]:
            return 2
        head[P] = (rows - head[R]) // stride_y + 1
        head[Q] = (columns - head[S]) // stride_x + 1
    for d in range(8):
        if head[d] < 1:
            return 2
    head[HEAD_STRIDE_Y], head[HEAD_STRIDE_X] = stride_y, stride_x
    return 0


@kernel
def resolve_levels(
    problem: IntArray,
    directives: IntArray,
    first: int,
    last: int,
    pes: int,
    lenient: bool,
    head: IntArray,
    table: IntArray,
) -> int:
    """Units of every level (ROW_UNITS) and HEAD_LEVELS; returns a Fault. Lenient: clusters shrink to the PEs."""
    levels, product = 1, 1
    for i in range(first, last):
        if directives[i, _KIND] == _CLUSTER:
            if levels == MAX_LEVELS:
                return 1
            size = directives[i, _SIZE + 1]
            if directives[i, _SIZE] != _NUMBER:
                size = problem[size]
            if size < 1:
                return 13
            if lenient:
                size = min(size, pes // product)
            table[ROW_UNITS, levels] = size
            product = min(product * size, _MOST_UNITS)
            levels += 1
    table[ROW_UNITS, 0] = pes // product
    head[HEAD_LEVELS] = levels
    return 3 if pes < product else 0


@kernel
def resolve_kernel_maps(
    problem: IntArray,
    directives: IntArray,
    first: int,
    last: int,
    level: int,
    lenient: bool,
    table: IntArray,
) -> int:
    """The level's maps of R and S: ROW_KERNEL_ROWS, ROW_KERNEL_COLUMNS and, where spread, ROW_SPATIAL; a Fault.

    Lenient: a map that cannot spread the kernel leaves it whole.
    """
    table[ROW_SPATIAL, level] = NONE
    for side in range(2):
        upper = table[ROW_UPPER_ROWS + side, level]
        for i in range(first, last):
            if directives[i, _DIM] != _DR + side:
                continue
            spatial = directives[i, _KIND] == _SPATIAL
            size, offset = directives[i, _SIZE + 1], directives[i, _OFFSET + 1]
            if directives[i, _SIZE] == _FULL:
                size = problem[size]
            elif directives[i, _SIZE] == _BALANCED:
                share = table[ROW_UNITS, level] if spatial else 1
                size = (upper + share - 1) // share
            if directives[i, _OFFSET] == _FULL:
                offset = problem[offset]
            elif directives[i, _OFFSET] == _BALANCED:
                offset = size
            if size < 1 or offset < 1:
                return 13
            if size >= upper:
                continue
            crowded = table[ROW_UNITS, level] < upper or table[ROW_SPATIAL, level] != NONE
            if lenient and (crowded or not spatial):
                continue
            if lenient:
                size, offset = 1, 1
            if not spatial:
                return 7
            if size != 1 or offset != 1:
                return 8
            if table[ROW_UNITS, level] < upper:
                return 9
            if table[ROW_SPATIAL, level] != NONE:
                return 10
            table[ROW_SPATIAL, level] = R + side
            table[ROW_KERNEL_ROWS + side, level] = 1
    return 0


@kernel
def resolve_nest(
    problem: IntArray,
    directives: IntArray,
    first: int,
    last: int,
    pes: int,
    lenient: bool,
    head: IntArray,
    table: IntArray,
) -> int:
    """Fill `head` [HEAD] and `table` [NEST_ROWS, MAX_LEVELS] from one encoded layer and mapping.

    problem: [PROBLEM_COLUMNS]; the mapping is directives[first:last] (workbench.cost.directive_arrays).
    Returns a Fault (0: none). Rules: docs/model-exact.md §1. Lenient (§8) reads every text of up to MAX_LEVELS levels:
    an offset that is not its tile's becomes so, too small a tile becomes one output, a second map of a dimension counts
    for nothing, a second SpatialMap becomes temporal, and images and groups that no map names run one by one.
    """
    fault = resolve_layer(problem, head)
    if fault == 0:
        fault = resolve_levels(problem, directives, first, last, pes, lenient, head, table)
    if fault != 0:
        return fault
    kind = problem[_TYPE]
    head[HEAD_SPLIT] = 0
    end = first
    for level in range(head[HEAD_LEVELS]):
        begin = end
        while end < last and directives[end, _KIND] != _CLUSTER:
            end += 1
        for d in range(LOOPS):
            table[ROW_TILE + d, level] = head[d] if level == 0 else table[ROW_TILE + d, level - 1]
            table[ROW_ORDER + d, level] = NONE
        table[ROW_SPATIAL, level] = NONE
        for side in range(2):
            upper = head[R + side] if level == 0 else table[ROW_KERNEL_ROWS + side, level - 1]
            table[ROW_UPPER_ROWS + side, level] = upper
            table[ROW_KERNEL_ROWS + side, level] = upper
        if kind != _GEMM:
            fault = resolve_kernel_maps(problem, directives, begin, end, level, lenient, table)
            if fault != 0:
                return fault
        loops, mapped = 0, 0  # `mapped`: bit set of the dimensions that a map of this level splits
        if lenient and level == 0:
            for d in (N, G):
                named = head[d] == 1
                for i in range(first, last):
                    named = named or (directives[i, _KIND] != _CLUSTER and dimension_of(kind, directives[i, _DIM]) == d)
                if not named:
                    mapped |= 1 << d
                    table[ROW_TILE + d, 0] = 1
                    table[ROW_ORDER + loops, 0] = d
                    loops += 1
        for i in range(begin, end):
            dim = directives[i, _DIM]
            d = dimension_of(kind, dim)
            if d == NONE:
                continue
            spatial = directives[i, _KIND] == _SPATIAL
            upper = head[d] if level == 0 else table[ROW_TILE + d, level - 1]
            size, offset = directives[i, _SIZE + 1], directives[i, _OFFSET + 1]
            share = table[ROW_UNITS, level] if spatial else 1
            balanced = (upper + share - 1) // share
            if directives[i, _SIZE] == _FULL:
                size = problem[size]
            if directives[i, _OFFSET] == _FULL:
                offset = problem[offset]
            if (size < 1 and directives[i, _SIZE] != _BALANCED) or (offset < 1 and directives[i, _OFFSET] != _BALANCED):
                return 13
            tile = size
            if directives[i, _SIZE] == _BALANCED:
                tile = balanced
            elif kind != _GEMM and dim in (_DY, _DX):
                side = 0 if dim == _DY else 1
                stride = head[HEAD_STRIDE_Y + side]
                taps = table[ROW_KERNEL_ROWS + side, level]
                upper_taps = table[ROW_UPPER_ROWS + side, level]
                if size < taps and lenient:
                    size = taps
                if size < taps:
                    return 6
                if size >= (upper - 1) * stride + upper_taps:
                    tile = upper
                else:
                    tile = (size - taps) // stride + 1
                    if taps < upper_taps:  # the diagonal: its partner on R or S is spread, this dimension stands still
                        if not lenient and (not spatial or offset != 1):
                            return 12
                        spatial = False
                        offset = tile
                    elif stride > 1:  # a strided map advances by the outputs it yields, as in MAESTRO
                        offset = tile
            if directives[i, _OFFSET] == _BALANCED:
                offset = tile
            if tile >= upper:
                continue
            if lenient:
                if (mapped >> d) & 1:
                    continue
                offset = tile
                spatial = spatial and table[ROW_SPATIAL, level] == NONE
            if offset < tile:
                return 4
            if offset > tile:
                return 5
            if (mapped >> d) & 1:
                return 11
            mapped |= 1 << d
            table[ROW_TILE + d, level] = tile
            table[ROW_ORDER + loops, level] = d
            loops += 1
            if spatial:
                if table[ROW_SPATIAL, level] != NONE:
                    return 10
                table[ROW_SPATIAL, level] = d
        head[HEAD_SPLIT] |= mapped
        end += 1
    return 0
