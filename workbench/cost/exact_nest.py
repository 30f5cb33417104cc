"""From a directive mapping to the nest the exact model counts: output-centric tiles per level (docs/model-exact.md §1).

Every layer type becomes one form, out[n, g, k, p, q] += in[n, g, c, p·stride + r, q·stride + s] · w[g, k, c, r, s]:
a depthwise layer is G = C with one channel each, a GEMM M×N×K is a 1×1 convolution of M columns.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel

IntArray = NDArray[np.int64]

# Dimensions of the nest. The first six have temporal and spatial loops, R and S are whole or spread over units.
N, G, K, C, P, Q, R, S = range(8)
LOOPS = 6
MAX_LEVELS = 5
MAX_MAPS = 12  # directives per level
NONE = -1

# Columns of an encoded directive and of an encoded problem.
MAP_LEVEL, MAP_SPATIAL, MAP_DIM, MAP_SIZE, MAP_OFFSET = range(5)
MAP_COLUMNS = 5
# A problem row is type, stride_y, stride_x, then the twelve sizes in the order of workbench.dataflow.mapping.Dim.
PROBLEM_COLUMNS = 15

# Rows of the nest's level table int64 [NEST_ROWS, MAX_LEVELS].
ROW_UNITS = 0
ROW_SPATIAL = 1  # dimension spread over the level's units, or NONE
ROW_TILE = 2  # .. + LOOPS: a unit's tile
ROW_ORDER = 8  # .. + LOOPS: loop dimensions, outermost first
ROW_KERNEL_ROWS = 14  # kernel rows of one unit
ROW_KERNEL_COLUMNS = 15
NEST_ROWS = 16
# Head of the nest int64 [HEAD]: sizes of the eight dimensions, strides, number of levels.
HEAD_STRIDE_Y = 8
HEAD_STRIDE_X = 9
HEAD_LEVELS = 10
HEAD = 11


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
    Fault.SIZES: "the layer lacks a size: a convolution needs K, C, R, S, Y and X with Y ≥ R and X ≥ S; a GEMM M, N and K",
    Fault.UNITS: "a level has no units: the product of the Cluster sizes exceeds the number of PEs",
    Fault.OVERLAP: "offset smaller than the tile: neighbouring tiles would compute the same outputs twice; write an equal offset",
    Fault.GAP: "offset larger than the tile: outputs between two tiles would never be computed; write an equal offset",
    Fault.SMALL_TILE: "an input tile smaller than the kernel yields no output; write Sz(R) for Y or Sz(S) for X, or more",
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


@kernel
def resolve_nest(
    problem: IntArray, maps: IntArray, map_count: int, units: IntArray, levels: int, head: IntArray, table: IntArray
) -> int:
    """Fill `head` [HEAD] and `table` [NEST_ROWS, MAX_LEVELS] from one encoded layer and mapping.

    problem: [PROBLEM_COLUMNS]; maps: [≥ map_count, MAP_COLUMNS] ordered by level; units: [≥ levels].
    Returns a Fault (0: none). Rules: docs/model-exact.md §1.
    """
    if levels < 1 or levels > MAX_LEVELS:
        return 1
    kind = problem[0]
    stride_y, stride_x = problem[1], problem[2]
    for d in range(8):
        head[d] = 1
    if kind == 4:  # GEMM: M → Q, K → C, N → K
        stride_y = 1
        stride_x = 1
        head[Q], head[C], head[K] = problem[3 + 10], problem[3 + 2], problem[3 + 11]
    else:
        if stride_y < 1 or stride_x < 1:
            return 13
        head[N] = max(1, problem[3 + 0])
        head[R], head[S] = problem[3 + 4], problem[3 + 5]
        if kind == 1:  # DSCONV: a group per channel
            head[G] = problem[3 + 3]
        else:
            head[K], head[C] = problem[3 + 2], problem[3 + 3]
            if kind == 2:
                head[G] = max(1, problem[3 + 1])
        rows, columns = problem[3 + 6], problem[3 + 7]
        if rows == 0 and problem[3 + 8] > 0:
            rows = (problem[3 + 8] - 1) * stride_y + head[R]
        if columns == 0 and problem[3 + 9] > 0:
            columns = (problem[3 + 9] - 1) * stride_x + head[S]
        if rows < head[R] or columns < head[S]:
            return 2
        head[P] = (rows - head[R]) // stride_y + 1
        head[Q] = (columns - head[S]) // stride_x + 1
    for d in range(8):
        if head[d] < 1:
            return 2
    head[HEAD_STRIDE_Y], head[HEAD_STRIDE_X], head[HEAD_LEVELS] = stride_y, stride_x, levels

    at = 0
    for level in range(levels):
        if units[level] < 1:
            return 3
        table[ROW_UNITS, level] = units[level]
        spatial = NONE
        upper_rows, upper_columns = head[R], head[S]
        for d in range(LOOPS):
            table[ROW_TILE + d, level] = head[d] if level == 0 else table[ROW_TILE + d, level - 1]
        if level > 0:
            upper_rows, upper_columns = table[ROW_KERNEL_ROWS, level - 1], table[ROW_KERNEL_COLUMNS, level - 1]
        begin = at
        while at < map_count and maps[at, MAP_LEVEL] == level:
            at += 1
        kernel_rows, kernel_columns = upper_rows, upper_columns
        for i in range(begin, at):
            dim, size, offset = maps[i, MAP_DIM], maps[i, MAP_SIZE], maps[i, MAP_OFFSET]
            if size < 1 or offset < 1:
                return 13
            if (dim == 4 or dim == 5) and kind != 4:
                whole = upper_rows if dim == 4 else upper_columns
                if size >= whole:
                    continue
                if maps[i, MAP_SPATIAL] == 0:
                    return 7
                if size != 1 or offset != 1:
                    return 8
                if units[level] < whole:
                    return 9
                if spatial != NONE:
                    return 10
                if dim == 4:
                    spatial = R
                    kernel_rows = 1
                else:
                    spatial = S
                    kernel_columns = 1
        table[ROW_KERNEL_ROWS, level], table[ROW_KERNEL_COLUMNS, level] = kernel_rows, kernel_columns

        loops = 0
        mapped = 0  # bit set of the dimensions that a map of this level splits
        for i in range(begin, at):
            dim, size, offset = maps[i, MAP_DIM], maps[i, MAP_SIZE], maps[i, MAP_OFFSET]
            is_spatial = maps[i, MAP_SPATIAL] != 0
            d = NONE
            if kind == 4:
                d = Q if dim == 10 else (C if dim == 2 else (K if dim == 11 else NONE))
            elif kind == 1:
                d = N if dim == 0 else (G if dim == 3 else NONE)
            elif dim <= 3:
                d = dim
            if kind != 4:
                if dim == 6 or dim == 8:
                    d = P
                elif dim == 7 or dim == 9:
                    d = Q
            if d == NONE:
                continue
            upper = head[d] if level == 0 else table[ROW_TILE + d, level - 1]
            tile = size
            if (dim == 6 or dim == 7) and kind != 4:
                stride = stride_y if d == P else stride_x
                taps = kernel_rows if d == P else kernel_columns
                upper_taps = upper_rows if d == P else upper_columns
                if size < taps:
                    return 6
                if size >= (upper - 1) * stride + upper_taps:
                    tile = upper
                else:
                    tile = (size - taps) // stride + 1
                    spread = taps < upper_taps
                    if spread and (not is_spatial or offset != 1):
                        return 12
                    if spread:
                        is_spatial = False
                        offset = tile
                    elif stride > 1:
                        offset = tile  # a strided map advances by the outputs it yields, as in MAESTRO
            if tile >= upper:
                continue
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
            if is_spatial:
                if spatial != NONE:
                    return 10
                spatial = d
        for i in range(loops, LOOPS):
            table[ROW_ORDER + i, level] = NONE
        table[ROW_SPATIAL, level] = spatial
    return 0
