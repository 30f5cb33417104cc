"""MAESTRO: the classes of iteration cases of a level.

A level's cases are the cross product of its maps' states (Init, Steady, Edge). Their volumes depend only on the
innermost map that is not at Init, on its state, and on which maps outside it are at their edge: outside, Init and
Steady count the same. So cases are gathered into such classes; a class knows its number of occurrences. The few
results that depend on MAESTRO's order of cases are derived from the classes afterwards (maestro_order).
Formulas and names as in docs/model-maestro.md §3.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel
from workbench.cost.maestro_layout import (
    ALIKE,
    ALIKE_KNOWN,
    C_EDGES,
    C_KEY,
    C_MACS,
    C_OCCURRENCES,
    C_OUT,
    C_SPATIAL,
    CASE_SIZES,
    EDGE_MAPPED,
    F_AT_EDGE,
    F_COMBINATION,
    F_COMBINATIONS,
    F_EDGES,
    F_FIRSTS,
    F_INIT_EDGE,
    F_KNOWN,
    F_MACS,
    F_MOVING,
    F_OCCURRENCES,
    F_OUT,
    F_OVERFLOW,
    F_PARTIAL,
    F_POSITION,
    F_RUNTIME,
    FACTORS,
    FETCH_FACTORS,
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
    MOVER,
    NO_UNIQUE,
    S_EDGE_PARTIAL,
    S_HAS_EDGE,
    S_INIT_EDGE,
    S_STATES,
    S_STEADY,
    TILE,
    UNIQUE,
    V_FACTOR,
    V_FETCH,
    V_HAS_EDGE,
    V_KEY,
    V_MACS,
    V_MACS_ALL,
    V_MAP,
    V_OUT,
    V_OUT_ALL,
    V_SPATIAL,
    V_TIMES,
    V_WRAPPED,
    X_OUTPUTS,
    Y_OUTPUTS,
)
from workbench.dataflow.mapping import Dim

Ints = NDArray[np.int64]

_Y, _X = int(Dim.Y), int(Dim.X)
_INT32_HALF = 2.0**31


@kernel
def open_level(w: Ints, combinations: Ints) -> None:
    """Start a level for its CASE_SIZES z: states of its maps, its moving maps, the all-Init class, cleared sums (4).

    combinations [MAX_COMBINATIONS, COMBINATION] are those of the level.
    """
    count = w[L_MAPS]
    edge_dims = w[L_EDGE_DIMS]
    edge_units = w[L_EDGE_UNITS]
    base_input = 1
    base_filter = 1
    output = 1
    macs = 1
    key = 0
    active = 0
    most = 1.0
    for back in range(count):
        i = count - 1 - back
        _enter_states(i, w)
        most *= max(w[S_STEADY + i * MAP], 1)
    for i in range(count):
        dim = w[M_DIM + i * MAP]
        owner = w[M_OWNER + i * MAP]
        spatial = w[M_ACROSS + i * MAP]
        moves = w[S_STATES + owner * MAP] > 1
        at_edge = w[S_INIT_EDGE + owner * MAP] == 1
        in_input = (w[L_MASK] >> dim) & 1
        in_filter = (w[L_MASK + 1] >> dim) & 1
        in_output = (w[L_MASK + 2] >> dim) & 1
        out = Y_OUTPUTS if dim == _Y else (X_OUTPUTS if dim == _X else dim)
        if not spatial:
            tile = w[EDGE_MAPPED + dim * TILE] if at_edge else w[MAPPED + dim * TILE]
            if in_input:
                base_input *= tile
            if in_filter:
                base_filter *= tile
            if not moves:
                if in_output:
                    if owner == i:
                        factor = w[EDGE_MAPPED + out * TILE] if at_edge else w[MAPPED + out * TILE]
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
        out_full = out_edge = macs_full = macs_edge = 1
        if not spatial:
            if in_output:
                out_full, out_edge = w[MAPPED + out * TILE], w[EDGE_MAPPED + out * TILE]
                macs_full, macs_edge = out_full, out_edge
            else:
                macs_full, macs_edge = w[MAPPED + dim * TILE], w[EDGE_MAPPED + dim * TILE]
        mover = active * MOVER
        w[V_MAP + mover] = i
        w[V_HAS_EDGE + mover] = w[S_HAS_EDGE + i * MAP]
        w[V_TIMES + mover] = w[S_STEADY + i * MAP]
        w[V_TIMES + 1 + mover] = 1
        w[V_KEY + mover] = 0
        w[V_KEY + 1 + mover] = bit if not spatial or edge_units == 1 else 0
        which = 1 if w[M_DIM + w[L_SPATIAL_A] * MAP] == dim else 0
        if w[L_SPATIAL_B] >= 0 and w[M_DIM + w[L_SPATIAL_B] * MAP] == dim:
            which |= 2
        w[V_SPATIAL + mover] = 0
        w[V_SPATIAL + 1 + mover] = which
        w[V_OUT + mover] = out_full
        w[V_OUT + 1 + mover] = out_edge
        w[V_MACS + mover] = macs_full
        w[V_MACS + 1 + mover] = macs_edge
        active += 1
    occurrences = 1
    if w[L_TWICE]:
        occurrences = _fold_twice(w, active)
    _multiply_up(active, base_input, base_filter, w)
    combinations[0, C_OCCURRENCES] = occurrences
    combinations[0, C_OUT] = output
    combinations[0, C_MACS] = macs
    combinations[0, C_KEY] = key
    combinations[0, C_SPATIAL] = 0
    combinations[0, C_EDGES] = 0
    w[F_MOVING] = active
    w[F_POSITION] = -1
    w[F_COMBINATION] = 0
    w[F_AT_EDGE] = 0
    w[F_COMBINATIONS] = 1
    w[F_RUNTIME] = 0
    w[F_OCCURRENCES] = 0
    w[F_FIRSTS] = 0
    w[F_KNOWN] = ALIKE_KNOWN
    across = w[M_OWNER + w[L_SPATIAL_A] * MAP] * MAP
    w[F_INIT_EDGE] = w[S_INIT_EDGE + across]
    w[F_PARTIAL] = w[S_EDGE_PARTIAL + across]
    w[F_OUT] = output
    w[F_MACS] = macs
    w[F_EDGES] = key
    w[F_OVERFLOW] = 1 if most >= _INT32_HALF else 0


@kernel
def _enter_states(i: int, w: Ints) -> None:
    """The states of a map for its size in CASE_SIZES."""
    size, offset, whole = w[M_SIZE + i * MAP], w[M_OFFSET + i * MAP], w[CASE_SIZES + w[M_DIM + i * MAP]]
    spatial = w[M_SPATIAL + i * MAP]
    steady = 0
    has_edge = 0
    partial = 0
    if not spatial:
        init_edge = 1 if whole < size else 0
        if whole > size:
            steady = whole - size if offset == 1 else (whole - size) // offset
            has_edge = 1 if steady * offset + size < whole else 0
    else:
        units = w[L_UNITS]
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
    w[S_STEADY + i * MAP] = steady
    w[S_STATES + i * MAP] = states
    w[S_INIT_EDGE + i * MAP] = init_edge
    w[S_EDGE_PARTIAL + i * MAP] = partial
    w[S_HAS_EDGE + i * MAP] = has_edge


@kernel
def _multiply_up(active: int, base_input: int, base_filter: int, w: Ints) -> None:
    """What classes multiply: products of every moving map, and of the first step, with all maps within, and what is
    fetched. base_input, base_filter: a unit's whole tiles."""
    inner_out = 1
    inner_macs = 1
    wrapped_input = 0  # whether a map within moves the tensor
    wrapped_filter = 0
    for back in range(active):
        mover = (active - 1 - back) * MOVER
        w[V_OUT_ALL + mover] = w[V_OUT + mover] * inner_out
        w[V_OUT_ALL + 1 + mover] = w[V_OUT + 1 + mover] * inner_out
        w[V_MACS_ALL + mover] = w[V_MACS + mover] * inner_macs
        w[V_MACS_ALL + 1 + mover] = w[V_MACS + 1 + mover] * inner_macs
        inner_out = w[V_OUT_ALL + mover]
        inner_macs = w[V_MACS_ALL + mover]
        wrapped_input = _fetch(0, mover, base_input, wrapped_input, w)
        wrapped_filter = _fetch(1, mover, base_filter, wrapped_filter, w)
    w[V_OUT_ALL - MOVER] = inner_out
    w[V_MACS_ALL - MOVER] = inner_macs
    w[V_FETCH - MOVER] = base_input
    w[V_FETCH + 1 - MOVER] = base_filter
    for tensor in range(2):
        w[V_FACTOR + tensor - MOVER] = 0 if w[L_RULER + tensor] >= 0 else ALIKE


@kernel
def first_step(w: Ints) -> None:
    """What entry -1 of the moving maps and the factors ALIKE are in every row (w: a level's work row, all zero)."""
    w[V_MAP - MOVER] = -1
    w[V_TIMES - MOVER] = 1
    for i in range(8):
        w[FETCH_FACTORS + i * FACTORS + ALIKE] = 1


@kernel
def _fetch(tensor: int, mover: int, base: int, wrapped: int, w: Ints) -> int:
    """What a unit fetches of input (0) or filter (1) when a map moves, and the spatial factor it is multiplied with.

    `base`: the whole tile; `wrapped`: whether a map within moves the tensor, as returned for the next map out.
    """
    ch = w[V_MAP + mover]
    dim = w[M_DIM + ch * MAP]
    if not (w[L_MASK + tensor] >> dim) & 1:
        w[V_FETCH + tensor + mover] = 0
        w[V_FACTOR + tensor + mover] = ALIKE
        return wrapped
    if not wrapped and not w[M_ACROSS + ch * MAP]:
        unique = w[UNIQUE + dim * TILE]
        mapped = w[MAPPED + dim * TILE]
        if unique == 0:
            base = NO_UNIQUE
        elif unique != mapped:
            base = base * unique if mapped == 1 else base // mapped * unique
    w[V_FETCH + tensor + mover] = base
    w[V_WRAPPED + tensor + mover] = wrapped
    factor = ALIKE
    if w[L_RULER + tensor] >= 0:
        a, b = w[L_SPATIAL_A], w[L_SPATIAL_B]
        factor = 1
        if a > ch or (a == ch and not wrapped):
            factor += 1
        if b > ch or (b == ch and not wrapped):
            factor += 2
    w[V_FACTOR + tensor + mover] = factor
    return 1


@kernel
def _fold_twice(w: Ints, active: int) -> int:
    """Dimensions with two maps: the earlier map follows the later one's state, but its own states occur as well.

    Folds the earlier maps' factors into the later ones; the product of their numbers of steps.
    """
    occurrences = 1
    for i in range(w[L_MAPS]):
        owner = w[M_OWNER + i * MAP]
        if owner == i:
            continue
        occurrences *= 1 + w[S_STEADY + i * MAP] + w[S_HAS_EDGE + i * MAP]
        dim = w[M_DIM + i * MAP]
        if w[M_ACROSS + i * MAP] or (w[L_MASK + 2] >> dim) & 1:
            continue
        for a in range(active):
            if w[V_MAP + a * MOVER] == owner:
                w[V_MACS + a * MOVER] *= w[MAPPED + dim * TILE]
                w[V_MACS + 1 + a * MOVER] *= w[EDGE_MAPPED + dim * TILE]
    return occurrences


@kernel
def next_class(w: Ints, combinations: Ints) -> bool:
    """Go to the level's next class; False if there is none."""
    position = w[F_POSITION]
    if position >= 0:
        if not w[F_AT_EDGE] and w[V_HAS_EDGE + position * MOVER]:
            w[F_AT_EDGE] = 1
            return True
        if w[F_COMBINATION] + 1 < w[F_COMBINATIONS]:
            w[F_COMBINATION] += 1
            w[F_AT_EDGE] = 0 if w[V_TIMES + position * MOVER] > 0 else 1
            return True
        if position + 1 < w[F_MOVING]:
            _extend(position, w, combinations)
    position += 1
    if position >= w[F_MOVING]:
        return False
    w[F_POSITION] = position
    w[F_COMBINATION] = 0
    w[F_AT_EDGE] = 0 if w[V_TIMES + position * MOVER] > 0 else 1
    return True


@kernel
def _extend(position: int, w: Ints, combinations: Ints) -> None:
    """Put a moving map outside: every combination goes on with it at Init or Steady and, if it has one, at its Edge."""
    count = w[F_COMBINATIONS]
    mover = position * MOVER
    steps = 1 + w[V_TIMES + mover]
    new = count
    for j in range(count):
        if w[V_HAS_EDGE + mover]:
            combinations[new, C_OCCURRENCES] = combinations[j, C_OCCURRENCES]
            combinations[new, C_OUT] = combinations[j, C_OUT] * w[V_OUT + 1 + mover]
            combinations[new, C_MACS] = combinations[j, C_MACS] * w[V_MACS + 1 + mover]
            combinations[new, C_KEY] = combinations[j, C_KEY] | w[V_KEY + 1 + mover]
            combinations[new, C_SPATIAL] = combinations[j, C_SPATIAL] | w[V_SPATIAL + 1 + mover]
            combinations[new, C_EDGES] = combinations[j, C_EDGES] | (1 << position)
            new += 1
        combinations[j, C_OCCURRENCES] *= steps
        combinations[j, C_OUT] *= w[V_OUT + mover]
        combinations[j, C_MACS] *= w[V_MACS + mover]
    w[F_COMBINATIONS] = new
