"""MAESTRO: what the SpatialMaps of a level make of its volumes: shares of the first, another and the last, partly
filled unit, and their sum over the array. Formulas and names as in docs/model-maestro.md §3.

A level where a dimension has two maps (L_TWICE) counts every map of a dimension whose first map is a SpatialMap.

The state of the (at most two) SpatialMaps is a pair of bits: 1 if the map's state is Edge, 0 if it is Init or Steady,
which differ only in where the moving map stands.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel
from workbench.cost.maestro_layout import (
    EDGE_MAPPED,
    EDGE_UNIQUE,
    F_INIT_EDGE,
    F_KNOWN,
    F_PARTIAL,
    FACTORS,
    FETCH_FACTORS,
    L_EDGE_DIMS,
    L_EDGE_UNITS,
    L_MAPS,
    L_MASK,
    L_RULER,
    L_SPATIAL_A,
    L_TWICE,
    L_UNITS,
    M_ACROSS,
    M_DIM,
    M_OWNER,
    MADE,
    MADE_FACTORS,
    MADE_KNOWN,
    MAP,
    MAPPED,
    MOVER,
    NO_UNIQUE,
    S_EDGE_PARTIAL,
    S_INIT_EDGE,
    TILE,
    UNIQUE,
    V_FACTOR,
    V_FETCH,
    V_MAP,
    V_WRAPPED,
    X_OUTPUTS,
    Y_OUTPUTS,
)
from workbench.dataflow.mapping import Dim

Ints = NDArray[np.int64]

_Y, _X = int(Dim.Y), int(Dim.X)


@kernel
def _spatial_map(step: int, w: Ints) -> int:
    """The level's SpatialMap number `step`, -1 if there is none; with two maps of a dimension, of all maps."""
    if not w[L_TWICE]:
        return int(w[L_SPATIAL_A + step])
    return step if w[M_ACROSS + step * MAP] else -1


@kernel
def _spatial_maps(w: Ints) -> int:
    """How many numbers `_spatial_map` knows."""
    return int(w[L_MAPS]) if w[L_TWICE] else 2


@kernel
def _edge_bit(i: int, bits: int, w: Ints) -> int:
    """Whether the state of a map's dimension is Edge."""
    if w[M_DIM + i * MAP] == w[M_DIM + w[L_SPATIAL_A] * MAP]:
        return bits & 1
    return bits >> 1


@kernel
def edge_of(i: int, bit: int, w: Ints) -> bool:
    """isEdge of a SpatialMap's dimension; `bit`: its state is Edge."""
    return bool(bit or w[S_INIT_EDGE + w[M_OWNER + i * MAP] * MAP])


@kernel
def partial_of(i: int, bit: int, w: Ints) -> bool:
    """spEdgeEdge: the last active unit holds a partial tile."""
    owner = w[M_OWNER + i * MAP]
    return bool(w[S_EDGE_PARTIAL + owner * MAP] and (bit or w[S_INIT_EDGE + owner * MAP]))


@kernel
def ingress(tensor: int, position: int, bits: int, w: Ints) -> tuple[int, bool]:
    """What the array fetches of input (0) or filter (1) in a class; False where MAESTRO gives up (U = 0).

    `position`: of the moving map, -1 in the first step; `bits`: Edge bits of the SpatialMaps (5.1).
    """
    mover = position * MOVER
    base = w[V_FETCH + tensor + mover]
    if base == NO_UNIQUE:
        return 0, False
    if w[L_TWICE]:
        return base * _spatial_ingress(tensor, mover, bits, w) if base else 0, True
    known = (tensor * 4 + bits) * FACTORS + w[V_FACTOR + tensor + mover]
    if not (w[F_KNOWN] >> known) & 1:
        w[F_KNOWN] |= 1 << known
        w[FETCH_FACTORS + known] = _spatial_ingress(tensor, mover, bits, w)
    return base * w[FETCH_FACTORS + known], True


@kernel
def _spatial_ingress(tensor: int, mover: int, bits: int, w: Ints) -> int:
    """Sum over the units of the SpatialMaps' factors. `mover`: place of the moving map in its table."""
    ch = w[V_MAP + mover]
    wrapped = w[V_WRAPPED + tensor + mover]
    ruler = w[L_RULER + tensor]
    many = w[L_EDGE_UNITS] > 1
    edge = False
    partial = False
    first = other = last = alone = 1
    for step in range(_spatial_maps(w)):
        i = _spatial_map(step, w)
        if i < 0 or not (w[L_MASK + tensor] >> w[M_DIM + i * MAP]) & 1:
            continue
        bit = _edge_bit(i, bits, w)
        dim = w[M_DIM + i * MAP]
        at_edge = edge_of(i, bit, w)
        edge = edge or at_edge
        if w[M_OWNER + i * MAP] == ruler:
            partial = partial_of(i, bit, w)
        mapped, edge_mapped = w[MAPPED + dim * TILE], w[EDGE_MAPPED + dim * TILE]
        if ch < 0:
            if at_edge:
                first *= mapped if many else edge_mapped
                other *= mapped if many else 1
                last *= edge_mapped
                alone *= edge_mapped
            else:
                first *= mapped
                other *= mapped
                last *= mapped
                alone *= mapped
            continue
        first *= mapped
        alone *= edge_mapped
        if i > ch or (i == ch and not wrapped):  # units beyond the first fetch what is unique to them
            other *= w[UNIQUE + dim * TILE]
            last *= w[EDGE_UNIQUE + dim * TILE]
        else:
            other *= mapped
            last *= edge_mapped
    if ruler < 0:
        return first
    if not edge:
        return int(first + (w[L_UNITS] - 1) * other)
    if not many:
        return alone if partial else first
    if partial:
        return int(first + max(w[L_EDGE_UNITS] - 2, 0) * other + last)
    return int(first + max(w[L_EDGE_UNITS] - 1, 0) * other)


@kernel
def _unit_outputs(
    counting: bool, first: bool, partial: bool, reuse: bool, bits: int,
    w: Ints,
) -> int:  # fmt: skip
    """Spatial part of out(psum, first, ee, reuse) of one unit (5.2). `counting`: the number of MACs is asked."""
    many = w[L_EDGE_UNITS] > 1
    factor = 1
    for step in range(_spatial_maps(w)):
        i = _spatial_map(step, w)
        if i < 0:
            continue
        dim = w[M_DIM + i * MAP]
        in_output = (w[L_MASK + 2] >> dim) & 1
        if in_output:
            if w[M_OWNER + i * MAP] != i:
                continue
        elif not counting:
            continue
        at_edge = _edge_bit(i, bits, w)
        starts_at_edge = not at_edge and w[S_INIT_EDGE + w[M_OWNER + i * MAP] * MAP]
        out = dim
        if in_output:
            out = Y_OUTPUTS if dim == _Y else (X_OUTPUTS if dim == _X else dim)
        if not many and ((starts_at_edge and partial) or at_edge):
            # at an Edge MAESTRO takes the input's size for the output's
            if first or partial:
                factor *= w[EDGE_MAPPED + (dim if at_edge else out) * TILE]
        elif starts_at_edge and partial:
            factor *= w[EDGE_UNIQUE + out * TILE] if in_output and reuse else w[EDGE_MAPPED + out * TILE]
        elif at_edge and partial:
            factor *= w[EDGE_UNIQUE + out * TILE]
        else:
            factor *= w[MAPPED + out * TILE] if first else max(w[UNIQUE + out * TILE], 1)
    return factor


@kernel
def array_outputs(bits: int, count_macs: bool, w: Ints) -> tuple[int, int, int]:
    """Spatial factors of the busiest unit's MACs (crit), the egress and, if asked, the array's MACs.

    One level asks always or never.
    """
    place = MADE_FACTORS + MADE * bits
    if not (w[F_KNOWN] >> (MADE_KNOWN + bits)) & 1:
        w[F_KNOWN] |= 1 << (MADE_KNOWN + bits)
        critical, egress, macs = _spatial_outputs(bits, count_macs, w)
        w[place] = critical
        w[place + 1] = egress
        w[place + 2] = macs
    return w[place], w[place + 1], w[place + 2]


@kernel
def _spatial_outputs(bits: int, count_macs: bool, w: Ints) -> tuple[int, int, int]:
    """The factors of array_outputs, from the units'."""
    active = w[L_EDGE_UNITS]
    units = w[L_UNITS]
    many = active > 1
    ruler = w[L_RULER + 2]
    edge = False
    edge_any = False
    partial = False
    partial_any = False
    for step in range(_spatial_maps(w)):
        i = _spatial_map(step, w)
        if i < 0:
            continue
        bit = _edge_bit(i, bits, w)
        at_edge = edge_of(i, bit, w)
        edge_any = edge_any or at_edge
        partial_any = partial_of(i, bit, w)  # the last SpatialMap rules
        if (w[L_MASK + 2] >> w[M_DIM + i * MAP]) & 1:
            edge = edge or at_edge
            if w[M_OWNER + i * MAP] == ruler:
                partial = partial_any
    partial = partial and edge
    critical = _unit_outputs(True, True, partial and not many, True, bits, w)
    egress = _unit_outputs(False, True, partial and not many, True, bits, w)
    if ruler >= 0:
        others = units - 1
        if edge:
            others = (active - 2 if partial else active - 1) if many else 0
            if many and partial:
                egress += _unit_outputs(False, False, True, True, bits, w)
        if others > 0:
            egress += others * _unit_outputs(False, False, False, True, bits, w)
    macs = 0
    if count_macs:
        macs = (
            critical
            if edge == edge_any and partial == partial_any
            else _unit_outputs(True, True, edge_any and partial_any and not many, True, bits, w)
        )
        if not edge_any:
            macs *= units
        elif many:
            others = active - 2 if partial_any else active - 1
            if others > 0:
                macs += others * _unit_outputs(True, True, False, True, bits, w)
            if partial_any:
                macs += _unit_outputs(True, False, True, False, bits, w)
    return critical, egress, macs


@kernel
def edge_keys(key: int, bits: int, w: Ints) -> tuple[int, int, int, int]:
    """Under which keys a sub-level's results of a class are kept: of the last, partly filled unit and of the others.

    Also whether the first SpatialMap is at its edge, and whether its last unit is partly filled (7, step 5).
    """
    at_edge = (bits & 1) | w[F_INIT_EDGE]
    partial = at_edge & w[F_PARTIAL]
    partial_key = key
    if partial and w[L_EDGE_UNITS] > 1:  # with one unit at the edge, both keys have the spatial bits already
        for which in range(2):
            i = w[L_SPATIAL_A + which]
            if i >= 0 and w[M_ACROSS + i * MAP] and edge_of(i, (bits >> which) & 1, w):
                partial_key |= (1 << w[M_DIM + i * MAP]) & w[L_EDGE_DIMS]
    return partial_key, key, at_edge, partial


@kernel
def case_time(key: int, bits: int, w: Ints, times: Ints) -> int:
    """Computation delay of a case from the times [key] that its sub-level took."""
    partial_key, full_key, _, partial = edge_keys(key, bits, w)
    if not partial:
        return int(times[full_key])
    if w[L_EDGE_UNITS] > 1:
        return int(max(times[partial_key], times[full_key]))
    return int(times[partial_key])
