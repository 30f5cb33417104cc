"""MAESTRO, second half: the iteration cases of every level, their data volumes, times and sums.

A level's cases are the cross product of its maps' states (Init, Steady, Edge). A sub-level's result depends only on which
dimensions are at their edge, so it is computed once per row and kept under that bit mask. Levels are walked with an
explicit stack: a case that lacks a sub-level's result opens that level and is met again afterwards.
Formulas and names as in docs/model-maestro.md §3 and §4.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel
from workbench.cost.maestro_levels import (
    EDGE_MAPPED,
    EDGE_UNIQUE,
    M_DIM,
    M_OFFSET,
    M_OWNER,
    M_SIZE,
    M_SPATIAL,
    MAPPED,
    UNIQUE,
    LevelColumn,
)
from workbench.dataflow.mapping import Dim

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


_INT32 = 1 << 32
_INT32_HALF = 1 << 31

# columns of a frame: the sums of a level that is being walked
F_MOVING, F_CASE, F_CASES, F_RUNTIME, F_OCCURRENCES, F_FIRSTS, F_PROCESSED, F_BASE, F_LAST, F_KEY = (
    0, 1, 2, 3, 4, 5, 6, 7, 9, 11,
)  # fmt: skip  # F_BASE and F_LAST hold input and filter
FRAME_COLUMNS = 12

# columns of the prefix products over the moving maps of a level, outermost first
P_OCCURRENCES, P_OUTPUT, P_MACS, P_EDGES, P_MOVING, P_OVERFLOW = range(6)
PREFIX_COLUMNS = 6

# columns of the states of a map
S_STEADY, S_STATES, S_INIT_EDGE, S_EDGE_PARTIAL, S_NOW, S_SECOND = range(6)
STATE_COLUMNS = 6
INIT, STEADY, EDGE = range(3)

_MAPS, _UNITS, _EDGE_UNITS = int(LevelColumn.MAPS), int(LevelColumn.UNITS), int(LevelColumn.EDGE_UNITS)
_SPATIAL_A, _SPATIAL_B = int(LevelColumn.SPATIAL_A), int(LevelColumn.SPATIAL_B)
_SPATIAL_INPUT, _SPATIAL_OUTPUT = int(LevelColumn.SPATIAL_INPUT), int(LevelColumn.SPATIAL_OUTPUT)
_Y, _X, _YO, _XO = int(Dim.Y), int(Dim.X), int(Dim.Y_OUT), int(Dim.X_OUT)


@kernel
def open_level(
    level: int, z: Ints, maps: Ints, tiles: Ints, levels: Ints, masks: Ints,
    state: Ints, moving: Ints, prefix: Ints, frame: Ints,
) -> None:  # fmt: skip
    """Lists of states of a level for case sizes z, the products of all that cannot move, and cleared sums (4)."""
    units = levels[level, _UNITS]
    count = levels[level, _MAPS]
    for i in range(count):
        size, offset, whole = maps[level, i, M_SIZE], maps[level, i, M_OFFSET], z[maps[level, i, M_DIM]]
        steady = 0
        states = 1
        second = INIT
        partial = 0
        if not maps[level, i, M_SPATIAL]:
            init_edge = 1 if whole < size else 0
            if whole > size:
                steady = (whole - size) // offset
                if steady > 0:
                    states = 2
                    second = STEADY
                if steady * offset + size < whole:
                    states += 1
                    second = second if second else EDGE
        else:
            covered = size + offset * (units - 1)
            init_edge = 1 if whole < covered else 0
            partial = init_edge
            if whole > covered:
                steady = ((whole - size) // offset + 1) // units - 1
                if steady > 0:
                    states = 2
                    second = STEADY
                stride = offset * units
                if (steady + 1) * stride + covered > whole and steady * stride + covered != whole:
                    states += 1
                    second = second if second else EDGE
                    rest = whole - (steady + 1) * stride
                    active = 1 if rest < size else (rest - size) // offset + 1
                    partial = 1 if (active - 1) * offset + size < rest else 0
        state[level, i, S_STEADY] = steady
        state[level, i, S_STATES] = states
        state[level, i, S_INIT_EDGE] = init_edge
        state[level, i, S_EDGE_PARTIAL] = partial
        state[level, i, S_SECOND] = second
        state[level, i, S_NOW] = INIT
    base_input = 1
    base_filter = 1
    output = 1
    macs = 1
    edges = 0
    last_input = -1
    last_filter = -1
    active = 0
    cases = 1
    for i in range(count):
        dim = maps[level, i, M_DIM]
        owner = maps[level, i, M_OWNER]
        bit = 1 << dim
        fixed = state[level, owner, S_STATES] == 1
        if not fixed or state[level, i, S_STATES] > 1:
            moving[level, active] = i
            active += 1
            cases *= state[level, i, S_STATES]
        if not fixed:
            if masks[0] & bit:
                last_input = i
            if masks[1] & bit:
                last_filter = i
        if not maps[level, i, M_SPATIAL]:
            at_edge = fixed and state[level, owner, S_INIT_EDGE] == 1
            tile = tiles[level, dim, EDGE_MAPPED] if at_edge else tiles[level, dim, MAPPED]
            if masks[0] & bit:
                base_input *= tile
            if masks[1] & bit:
                base_filter *= tile
            if fixed:
                factor = 1
                if masks[2] & bit:
                    if owner == i:
                        out = _YO if dim == _Y else (_XO if dim == _X else dim)
                        factor = tiles[level, out, EDGE_MAPPED] if at_edge else tiles[level, out, MAPPED]
                        output *= factor
                else:
                    factor = tile
                macs *= factor
                if at_edge and owner == i:
                    edges |= bit
    frame[level, F_MOVING] = active
    frame[level, F_CASE] = 0
    frame[level, F_CASES] = cases
    frame[level, F_RUNTIME] = 0
    frame[level, F_OCCURRENCES] = 0
    frame[level, F_FIRSTS] = 0
    frame[level, F_PROCESSED] = 0
    frame[level, F_BASE] = base_input
    frame[level, F_BASE + 1] = base_filter
    frame[level, F_LAST] = last_input
    frame[level, F_LAST + 1] = last_filter
    prefix[level, 0, P_OCCURRENCES] = 1
    prefix[level, 0, P_OVERFLOW] = 0
    prefix[level, 0, P_OUTPUT] = output
    prefix[level, 0, P_MACS] = macs
    prefix[level, 0, P_EDGES] = edges
    prefix[level, 0, P_MOVING] = -1
    extend(level, 0, maps, tiles, masks, state, moving, prefix, active)


@kernel
def extend(
    level: int, start: int, maps: Ints, tiles: Ints, masks: Ints, state: Ints, moving: Ints, prefix: Ints, active: int
) -> None:
    """Prefix products from moving map `start` inwards, for the states of now."""
    for a in range(start, active):
        i = moving[level, a]
        dim = maps[level, i, M_DIM]
        owner = maps[level, i, M_OWNER]
        bit = 1 << dim
        own = state[level, i, S_NOW]
        now = state[level, owner, S_NOW]
        occurrences = prefix[level, a, P_OCCURRENCES]
        overflow = prefix[level, a, P_OVERFLOW]
        if own == STEADY:
            occurrences *= state[level, i, S_STEADY]
            if occurrences >= _INT32_HALF:  # MAESTRO counts in 32 bits
                occurrences = ((occurrences + _INT32_HALF) & (_INT32 - 1)) - _INT32_HALF
                overflow = 1
        output = prefix[level, a, P_OUTPUT]
        macs = prefix[level, a, P_MACS]
        edges = prefix[level, a, P_EDGES]
        if not maps[level, i, M_SPATIAL] and state[level, owner, S_STATES] > 1:
            row = EDGE_MAPPED if now == EDGE else MAPPED
            if masks[2] & bit:
                if owner == i:
                    out = _YO if dim == _Y else (_XO if dim == _X else dim)
                    output *= tiles[level, out, row]
                    macs *= tiles[level, out, row]
            else:
                macs *= tiles[level, dim, row]
            if now == EDGE and owner == i:
                edges |= bit
        prefix[level, a + 1, P_OCCURRENCES] = occurrences
        prefix[level, a + 1, P_OVERFLOW] = overflow
        prefix[level, a + 1, P_OUTPUT] = output
        prefix[level, a + 1, P_MACS] = macs
        prefix[level, a + 1, P_EDGES] = edges
        prefix[level, a + 1, P_MOVING] = i if now != INIT else prefix[level, a, P_MOVING]


@kernel
def advance(level: int, state: Ints, moving: Ints, active: int) -> int:
    """Go to MAESTRO's next case: an odometer run backwards (4). The outermost moving map that changed."""
    a = active - 1
    while a >= 0:
        i = moving[level, a]
        now = state[level, i, S_NOW]
        states = state[level, i, S_STATES]
        if states > 1:
            if now == INIT:
                state[level, i, S_NOW] = state[level, i, S_SECOND]
            else:
                state[level, i, S_NOW] = EDGE if states == 3 and now == STEADY else INIT
        if now != INIT:
            return a
        a -= 1
    return 0


@kernel
def at_edge(level: int, i: int, maps: Ints, state: Ints) -> bool:
    """isEdge of a map's dimension."""
    owner = maps[level, i, M_OWNER]
    now = state[level, owner, S_NOW]
    return bool(now == EDGE or (now == INIT and state[level, owner, S_INIT_EDGE] == 1))


@kernel
def partial_unit(level: int, i: int, maps: Ints, state: Ints) -> bool:
    """spEdgeEdge: the last active unit holds a partial tile."""
    owner = maps[level, i, M_OWNER]
    return bool(state[level, owner, S_NOW] != STEADY and state[level, owner, S_EDGE_PARTIAL] == 1)


@kernel
def _fetched_by_unit(
    level: int, tensor: int, ch: int, inited: bool, first: bool, partial: bool, many: bool,
    maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints,
) -> int:  # fmt: skip
    """Spatial part of in(first, ee): the factors of the level's SpatialMaps (5.1). `many`: ne > 1."""
    factor = 1
    for which in range(2):
        i = levels[level, _SPATIAL_A + which]
        if i < 0 or not (masks[tensor] >> maps[level, i, M_DIM]) & 1:
            continue
        dim = maps[level, i, M_DIM]
        now = state[level, maps[level, i, M_OWNER], S_NOW]
        if ch < 0:
            if at_edge(level, i, maps, state):
                if many:
                    factor *= tiles[level, dim, EDGE_MAPPED] if partial else tiles[level, dim, MAPPED]
                elif first or partial:
                    factor *= tiles[level, dim, EDGE_MAPPED]
            else:
                factor *= tiles[level, dim, MAPPED]
            continue
        unique = not first and (i > ch if now == INIT else (i == ch and not inited))
        if unique:
            factor *= tiles[level, dim, EDGE_UNIQUE] if partial else tiles[level, dim, UNIQUE]
        else:
            factor *= tiles[level, dim, EDGE_MAPPED] if partial else tiles[level, dim, MAPPED]
    return factor


@kernel
def ingress(
    level: int, tensor: int, ch: int, maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints, frame: Ints
) -> tuple[int, bool]:
    """What the array fetches of input (0) or filter (1) in a case; False where MAESTRO gives up (U = 0)."""
    base = frame[level, F_BASE + tensor]
    inited = False
    if ch >= 0:
        dim = maps[level, ch, M_DIM]
        if not (masks[tensor] >> dim) & 1:
            return 0, True
        inited = frame[level, F_LAST + tensor] > ch
        if not inited and not maps[level, ch, M_SPATIAL]:
            unique = tiles[level, dim, UNIQUE]
            if unique == 0:
                return 0, False
            mapped = tiles[level, dim, MAPPED]
            if unique != mapped:
                base = base // mapped * unique
    ruler = levels[level, _SPATIAL_INPUT + tensor]
    active = levels[level, _EDGE_UNITS]
    many = active > 1
    if ruler < 0:
        part = _fetched_by_unit(level, tensor, ch, inited, True, False, many, maps, tiles, levels, masks, state)
        return base * part, True
    edge = False
    for which in range(2):
        i = levels[level, _SPATIAL_A + which]
        if i >= 0 and (masks[tensor] >> maps[level, i, M_DIM]) & 1 and at_edge(level, i, maps, state):
            edge = True
    if not edge:
        part = _fetched_by_unit(level, tensor, ch, inited, True, False, many, maps, tiles, levels, masks, state)
        others = levels[level, _UNITS] - 1
        if others:
            part += others * _fetched_by_unit(
                level, tensor, ch, inited, False, False, many, maps, tiles, levels, masks, state
            )
        return base * part, True
    partial = partial_unit(level, ruler, maps, state)
    part = _fetched_by_unit(
        level, tensor, ch, inited, True, partial and not many, many, maps, tiles, levels, masks, state
    )
    if many:
        last = 1 if partial else 0
        if active - last - 1 > 0:
            part += (active - last - 1) * _fetched_by_unit(
                level, tensor, ch, inited, False, False, many, maps, tiles, levels, masks, state
            )
        if last:
            part += _fetched_by_unit(level, tensor, ch, inited, False, True, many, maps, tiles, levels, masks, state)
    return base * part, True


@kernel
def _made_by_unit(
    level: int, counting: bool, first: bool, partial: bool, reuse: bool, many: bool,
    maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints,
) -> int:  # fmt: skip
    """Spatial part of out(psum, first, ee, reuse) (5.2). `counting`: the number of MACs is asked."""
    factor = 1
    for which in range(2):
        i = levels[level, _SPATIAL_A + which]
        if i < 0:
            continue
        dim = maps[level, i, M_DIM]
        owner = maps[level, i, M_OWNER]
        now = state[level, owner, S_NOW]
        init_edge = now == INIT and state[level, owner, S_INIT_EDGE] == 1
        if (masks[2] >> dim) & 1:
            if owner != i:
                continue
            out = _YO if dim == _Y else (_XO if dim == _X else dim)
            if init_edge and partial:
                factor *= tiles[level, out, EDGE_UNIQUE] if many and reuse else tiles[level, out, EDGE_MAPPED]
            elif now == EDGE and not many:
                if first or partial:
                    factor *= tiles[level, dim, EDGE_MAPPED]  # the input's size: MAESTRO's slip
            elif now == EDGE and partial:
                factor *= tiles[level, out, EDGE_UNIQUE]
            else:
                factor *= tiles[level, out, MAPPED] if first else max(tiles[level, out, UNIQUE], 1)
        elif counting:
            if (init_edge and partial) or now == EDGE:
                if not many:
                    if first or partial:
                        factor *= tiles[level, dim, EDGE_MAPPED]
                elif partial:
                    factor *= tiles[level, dim, EDGE_UNIQUE] if now == EDGE else tiles[level, dim, EDGE_MAPPED]
                else:
                    factor *= tiles[level, dim, MAPPED] if first else max(tiles[level, dim, UNIQUE], 1)
            else:
                factor *= tiles[level, dim, MAPPED] if first else max(tiles[level, dim, UNIQUE], 1)
    return factor


@kernel
def outputs(level: int, maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints) -> tuple[int, int]:
    """Spatial factors of the busiest unit's MACs (crit) and of the egress."""
    active = levels[level, _EDGE_UNITS]
    many = active > 1
    edge = False
    for which in range(2):
        i = levels[level, _SPATIAL_A + which]
        if i >= 0 and (masks[2] >> maps[level, i, M_DIM]) & 1 and at_edge(level, i, maps, state):
            edge = True
    ruler = levels[level, _SPATIAL_OUTPUT]
    partial = ruler >= 0 and edge and partial_unit(level, ruler, maps, state)
    alone = partial and not many
    critical = _made_by_unit(level, True, True, alone, True, many, maps, tiles, levels, masks, state)
    egress = _made_by_unit(level, False, True, alone, True, many, maps, tiles, levels, masks, state)
    if ruler < 0:
        return critical, egress
    if not edge:
        others = levels[level, _UNITS] - 1
        if others:
            egress += others * _made_by_unit(level, False, False, False, True, many, maps, tiles, levels, masks, state)
    elif many:
        last = 1 if partial else 0
        if active - last - 1 > 0:
            egress += (active - last - 1) * _made_by_unit(
                level, False, False, False, True, many, maps, tiles, levels, masks, state
            )
        if last:
            egress += _made_by_unit(level, False, False, True, True, many, maps, tiles, levels, masks, state)
    return critical, egress


@kernel
def array_macs(level: int, maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints) -> int:
    """Spatial factor of the array's MACs."""
    active = levels[level, _EDGE_UNITS]
    many = active > 1
    edge = False
    ruler = -1
    for which in range(2):
        i = levels[level, _SPATIAL_A + which]
        if i >= 0:
            ruler = i
            if at_edge(level, i, maps, state):
                edge = True
    if not edge:
        return int(
            levels[level, _UNITS]
            * _made_by_unit(level, True, True, False, True, many, maps, tiles, levels, masks, state)
        )
    partial = partial_unit(level, ruler, maps, state)
    made = _made_by_unit(level, True, True, partial and not many, True, many, maps, tiles, levels, masks, state)
    if many:
        last = 1 if partial else 0
        if active - last - 1 > 0:
            made += (active - last - 1) * _made_by_unit(
                level, True, True, False, True, many, maps, tiles, levels, masks, state
            )
        if last:
            made += _made_by_unit(level, True, False, True, False, many, maps, tiles, levels, masks, state)
    return made
