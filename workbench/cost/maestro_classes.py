"""MAESTRO: the classes of iteration cases of a level.

A level's cases are the cross product of its maps' states (Init, Steady, Edge). Their volumes depend only on the innermost
map that is not at Init, on its state, and on which maps outside it are at their edge: outside, Init and Steady count the
same. So cases are gathered into such classes; a class knows its number of occurrences. The few results that depend on
MAESTRO's order of cases are derived from the classes afterwards (maestro_order).
Formulas and names as in docs/model-maestro.md §3.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel
from workbench.cost.maestro_levels import (
    EDGE_MAPPED,
    M_DIM,
    M_OFFSET,
    M_OWNER,
    M_SIZE,
    M_SPATIAL,
    MAPPED,
    LevelColumn,
)
from workbench.dataflow.mapping import Dim

Ints = NDArray[np.int64]

INIT, STEADY, EDGE = range(3)
MAX_COMBINATIONS = 1 << 12  # of edges of the maps outside the moving one

# columns of the states of a map
S_STEADY, S_STATES, S_INIT_EDGE, S_EDGE_PARTIAL, S_HAS_EDGE = range(5)
STATE_COLUMNS = 5

# columns of a moving map: its index, occurrences of Steady, whether it has an Edge, bits of its edge (key and spatial),
# and its factors in outputs and in MACs inside and at the edge
V_MAP, V_STEADY, V_HAS_EDGE, V_KEY, V_SPATIAL, V_OUT_FULL, V_OUT_EDGE, V_MACS_FULL, V_MACS_EDGE = range(9)
V_OUT_INNER, V_MACS_INNER = 9, 10  # products of the full factors of all maps inside
MOVING_COLUMNS = 11

# columns of a combination of edges: occurrences, products, edge key, spatial edges (bit 0 and 1), positions at their edge
C_OCCURRENCES, C_OUT, C_MACS, C_KEY, C_SPATIAL, C_EDGES = range(6)
COMBINATION_COLUMNS = 6

# columns of a frame: the class that is being met, the sums of a level, and the products and edge key of its fixed maps.
# F_BASE and F_LAST hold input and filter; F_KNOWN are bits of the spatial factors (maestro_volumes) that are known.
(
    F_MOVING, F_POSITION, F_COMBINATION, F_STATE, F_COMBINATIONS, F_RUNTIME, F_OCCURRENCES, F_FIRSTS, F_PROCESSED,
    F_BASE, F_BASE_FILTER, F_LAST, F_LAST_FILTER, F_KEY, F_OVERFLOW, F_OUT, F_MACS, F_EDGES, F_KNOWN,
) = range(19)  # fmt: skip
FRAME_COLUMNS = 19

_MAPS, _UNITS, _EDGE_DIMS = int(LevelColumn.MAPS), int(LevelColumn.UNITS), int(LevelColumn.EDGE_DIMS)
_SPATIAL_A, _SPATIAL_B, _TWICE = int(LevelColumn.SPATIAL_A), int(LevelColumn.SPATIAL_B), int(LevelColumn.TWICE)
_EDGE_UNITS = int(LevelColumn.EDGE_UNITS)
_Y, _X, _YO, _XO = int(Dim.Y), int(Dim.X), int(Dim.Y_OUT), int(Dim.X_OUT)
_INT32_HALF = 2.0**31


@kernel
def open_level(
    z: Ints,
    maps: Ints,
    tiles: Ints,
    levels: Ints,
    masks: Ints,
    state: Ints,
    moving: Ints,
    combinations: Ints,
    frame: Ints,
) -> None:
    """Start a level for case sizes z [DIMS]: states of its maps, its moving maps, the all-Init class, cleared sums (4).

    All tables are those of the one level.
    """
    units = levels[_UNITS]
    count = levels[_MAPS]
    edge_dims = levels[_EDGE_DIMS]
    edge_units = levels[_EDGE_UNITS]
    base_input = 1
    base_filter = 1
    last_input = -1
    last_filter = -1
    output = 1
    macs = 1
    key = 0
    active = 0
    most = 1.0
    for back in range(count):
        i = count - 1 - back
        size, offset, whole = maps[i, M_SIZE], maps[i, M_OFFSET], z[maps[i, M_DIM]]
        spatial = maps[i, M_SPATIAL]
        steady = 0
        has_edge = 0
        partial = 0
        if not spatial:
            init_edge = 1 if whole < size else 0
            if whole > size:
                steady = whole - size if offset == 1 else (whole - size) // offset
                has_edge = 1 if steady * offset + size < whole else 0
        else:
            covered = size + offset * (units - 1)
            init_edge = 1 if whole < covered else 0
            partial = init_edge
            if whole > covered:
                steps = whole - size if offset == 1 else (whole - size) // offset
                steady = (steps + 1) // units - 1
                stride = offset * units
                if (steady + 1) * stride + covered > whole and steady * stride + covered != whole:
                    has_edge = 1
                    rest = whole - (steady + 1) * stride
                    running = 1 if rest < size else (rest - size) // offset + 1
                    partial = 1 if (running - 1) * offset + size < rest else 0
        states = 1 + has_edge + (1 if steady > 0 else 0)
        state[i, S_STEADY] = steady
        state[i, S_STATES] = states
        state[i, S_INIT_EDGE] = init_edge
        state[i, S_EDGE_PARTIAL] = partial
        state[i, S_HAS_EDGE] = has_edge
        most *= max(steady, 1)
    for i in range(count):
        dim = maps[i, M_DIM]
        owner = maps[i, M_OWNER]
        spatial = maps[i, M_SPATIAL]
        moves = state[owner, S_STATES] > 1
        at_edge = state[owner, S_INIT_EDGE] == 1
        in_input = (masks[0] >> dim) & 1
        in_filter = (masks[1] >> dim) & 1
        in_output = (masks[2] >> dim) & 1
        out = _YO if dim == _Y else (_XO if dim == _X else dim)
        if not spatial:
            tile = tiles[dim, EDGE_MAPPED] if at_edge else tiles[dim, MAPPED]
            if in_input:
                base_input *= tile
            if in_filter:
                base_filter *= tile
            if not moves:
                if in_output:
                    if owner == i:
                        factor = tiles[out, EDGE_MAPPED] if at_edge else tiles[out, MAPPED]
                        output *= factor
                        macs *= factor
                else:
                    macs *= tile
        if owner != i:
            continue
        bit = (1 << dim) & edge_dims
        if not moves:
            if at_edge and (not spatial or edge_units == 1):
                key |= bit
            continue
        if in_input:
            last_input = i
        if in_filter:
            last_filter = i
        out_full = out_edge = macs_full = macs_edge = 1
        if not spatial:
            if in_output:
                out_full, out_edge = tiles[out, MAPPED], tiles[out, EDGE_MAPPED]
                macs_full, macs_edge = out_full, out_edge
            else:
                macs_full, macs_edge = tiles[dim, MAPPED], tiles[dim, EDGE_MAPPED]
        moving[active, V_MAP] = i
        moving[active, V_STEADY] = state[i, S_STEADY]
        moving[active, V_HAS_EDGE] = state[i, S_HAS_EDGE]
        moving[active, V_KEY] = bit if not spatial or edge_units == 1 else 0
        moving[active, V_SPATIAL] = 1 if i == levels[_SPATIAL_A] else (2 if i == levels[_SPATIAL_B] else 0)
        moving[active, V_OUT_FULL] = out_full
        moving[active, V_OUT_EDGE] = out_edge
        moving[active, V_MACS_FULL] = macs_full
        moving[active, V_MACS_EDGE] = macs_edge
        active += 1
    occurrences = 1
    if levels[_TWICE]:
        occurrences = _fold_twice(maps, tiles, levels, masks, state, moving, active)
    inner_out = 1
    inner_macs = 1
    for back in range(active):
        a = active - 1 - back
        moving[a, V_OUT_INNER] = inner_out
        moving[a, V_MACS_INNER] = inner_macs
        inner_out *= moving[a, V_OUT_FULL]
        inner_macs *= moving[a, V_MACS_FULL]
    combinations[0, C_OCCURRENCES] = occurrences
    combinations[0, C_OUT] = output
    combinations[0, C_MACS] = macs
    combinations[0, C_KEY] = key
    combinations[0, C_SPATIAL] = 0
    combinations[0, C_EDGES] = 0
    frame[F_MOVING] = active
    frame[F_POSITION] = -1
    frame[F_COMBINATION] = 0
    frame[F_STATE] = INIT
    frame[F_COMBINATIONS] = 1
    frame[F_RUNTIME] = 0
    frame[F_OCCURRENCES] = 0
    frame[F_FIRSTS] = 0
    frame[F_PROCESSED] = 0
    frame[F_BASE] = base_input
    frame[F_BASE_FILTER] = base_filter
    frame[F_LAST] = last_input
    frame[F_LAST_FILTER] = last_filter
    frame[F_KNOWN] = 0
    frame[F_OUT] = output
    frame[F_MACS] = macs
    frame[F_EDGES] = key
    frame[F_OVERFLOW] = 1 if most >= _INT32_HALF else 0


@kernel
def _fold_twice(maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints, moving: Ints, active: int) -> int:
    """Dimensions with two maps: the earlier map follows the later one's state, but its own states occur as well.

    Folds the earlier maps' factors into the later ones; the product of their numbers of steps.
    """
    occurrences = 1
    for i in range(levels[_MAPS]):
        owner = maps[i, M_OWNER]
        if owner == i:
            continue
        occurrences *= 1 + state[i, S_STEADY] + state[i, S_HAS_EDGE]
        dim = maps[i, M_DIM]
        if maps[i, M_SPATIAL] or (masks[2] >> dim) & 1:
            continue
        for a in range(active):
            if moving[a, V_MAP] == owner:
                moving[a, V_MACS_FULL] *= tiles[dim, MAPPED]
                moving[a, V_MACS_EDGE] *= tiles[dim, EDGE_MAPPED]
    return occurrences


@kernel
def next_class(moving: Ints, combinations: Ints, frame: Ints) -> bool:
    """Go to the level's next class; False if there is none."""
    position = frame[F_POSITION]
    if position >= 0:
        if frame[F_STATE] == STEADY and moving[position, V_HAS_EDGE]:
            frame[F_STATE] = EDGE
            return True
        if frame[F_COMBINATION] + 1 < frame[F_COMBINATIONS]:
            frame[F_COMBINATION] += 1
            frame[F_STATE] = STEADY if moving[position, V_STEADY] > 0 else EDGE
            return True
        if position + 1 < frame[F_MOVING]:
            _extend(position, moving, combinations, frame)
    position += 1
    if position >= frame[F_MOVING]:
        return False
    frame[F_POSITION] = position
    frame[F_COMBINATION] = 0
    frame[F_STATE] = STEADY if moving[position, V_STEADY] > 0 else EDGE
    return True


@kernel
def _extend(position: int, moving: Ints, combinations: Ints, frame: Ints) -> None:
    """Put a moving map outside: every combination goes on with it at Init or Steady and, if it has one, at its Edge."""
    count = frame[F_COMBINATIONS]
    steps = 1 + moving[position, V_STEADY]
    new = count
    for j in range(count):
        if moving[position, V_HAS_EDGE]:
            combinations[new, C_OCCURRENCES] = combinations[j, C_OCCURRENCES]
            combinations[new, C_OUT] = combinations[j, C_OUT] * moving[position, V_OUT_EDGE]
            combinations[new, C_MACS] = combinations[j, C_MACS] * moving[position, V_MACS_EDGE]
            combinations[new, C_KEY] = combinations[j, C_KEY] | moving[position, V_KEY]
            combinations[new, C_SPATIAL] = combinations[j, C_SPATIAL] | moving[position, V_SPATIAL]
            combinations[new, C_EDGES] = combinations[j, C_EDGES] | (1 << position)
            new += 1
        combinations[j, C_OCCURRENCES] *= steps
        combinations[j, C_OUT] *= moving[position, V_OUT_FULL]
        combinations[j, C_MACS] *= moving[position, V_MACS_FULL]
    frame[F_COMBINATIONS] = new
