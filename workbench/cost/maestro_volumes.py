"""MAESTRO: what the SpatialMaps of a level make of its volumes: shares of the first, another and the last, partly filled
unit, and their sum over the array. Formulas and names as in docs/model-maestro.md §3.

The state of the (at most two) SpatialMaps is a pair of bits: 1 if the map's state is Edge, 0 if it is Init or Steady,
which differ only in where the moving map stands.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel
from workbench.cost.maestro_classes import F_BASE, F_KNOWN, F_LAST, S_EDGE_PARTIAL, S_INIT_EDGE
from workbench.cost.maestro_levels import (
    EDGE_MAPPED,
    EDGE_UNIQUE,
    M_DIM,
    M_OWNER,
    M_SPATIAL,
    MAPPED,
    UNIQUE,
    LevelColumn,
)
from workbench.dataflow.mapping import Dim

Ints = NDArray[np.int64]

_UNITS, _EDGE_UNITS = int(LevelColumn.UNITS), int(LevelColumn.EDGE_UNITS)
_SPATIAL_A, _SPATIAL_B = int(LevelColumn.SPATIAL_A), int(LevelColumn.SPATIAL_B)
_EDGE_DIMS = int(LevelColumn.EDGE_DIMS)
_SPATIAL_INPUT, _SPATIAL_OUTPUT = int(LevelColumn.SPATIAL_INPUT), int(LevelColumn.SPATIAL_OUTPUT)
_Y, _X, _YO, _XO = int(Dim.Y), int(Dim.X), int(Dim.Y_OUT), int(Dim.X_OUT)

# Spatial factors of a level, kept while it is open: of ingress at 4 + (tensor · 4 + bits) · 5 + variant, then three of
# outputs per pair of Edge bits. The first four bits of F_KNOWN tell which pairs' outputs are known.
FETCH_FACTORS = 44
SPATIAL_FACTORS = FETCH_FACTORS + 12


@kernel
def edge_of(i: int, bit: int, maps: Ints, state: Ints) -> bool:
    """isEdge of a SpatialMap's dimension; `bit`: its state is Edge."""
    return bool(bit or state[maps[i, M_OWNER], S_INIT_EDGE])


@kernel
def partial_of(i: int, bit: int, maps: Ints, state: Ints) -> bool:
    """spEdgeEdge: the last active unit holds a partial tile."""
    owner = maps[i, M_OWNER]
    return bool(state[owner, S_EDGE_PARTIAL] and (bit or state[owner, S_INIT_EDGE]))


@kernel
def ingress(
    tensor: int, ch: int, bits: int, maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints, frame: Ints,
    factors: Ints,
) -> tuple[int, bool]:  # fmt: skip
    """What the array fetches of input (0) or filter (1) in a class; False where MAESTRO gives up (U = 0).

    `ch`: the moving map, -1 in the first step; `bits`: Edge bits of the SpatialMaps (5.1).
    """
    base = frame[F_BASE + tensor]
    inited = False
    if ch >= 0:
        dim = maps[ch, M_DIM]
        if not (masks[tensor] >> dim) & 1:
            return 0, True
        inited = frame[F_LAST + tensor] > ch
        if not inited and not maps[ch, M_SPATIAL]:
            unique = tiles[dim, UNIQUE]
            if unique == 0:
                return 0, False
            mapped = tiles[dim, MAPPED]
            if unique != mapped:
                base = base * unique if mapped == 1 else base // mapped * unique
    variant = 0
    if ch >= 0:
        a, b = levels[_SPATIAL_A], levels[_SPATIAL_B]
        variant = 1
        if a > ch or (a == ch and not inited):
            variant += 1
        if b > ch or (b == ch and not inited):
            variant += 2
    known = 4 + (tensor * 4 + bits) * 5 + variant
    if not (frame[F_KNOWN] >> known) & 1:
        frame[F_KNOWN] |= 1 << known
        factors[known] = _spatial_ingress(tensor, variant, bits, maps, tiles, levels, masks, state)
    return base * factors[known], True


@kernel
def _spatial_ingress(
    tensor: int, variant: int, bits: int, maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints
) -> int:
    """Sum over the units of the SpatialMaps' factors. `variant`: 0 in the first step, else 1 plus a bit per SpatialMap
    whose units beyond the first fetch only what is unique to them."""
    ruler = levels[_SPATIAL_INPUT + tensor]
    many = levels[_EDGE_UNITS] > 1
    edge = False
    partial = False
    first = other = last = alone = 1
    for which in range(2):
        i = levels[_SPATIAL_A + which]
        if i < 0 or not (masks[tensor] >> maps[i, M_DIM]) & 1:
            continue
        bit = (bits >> which) & 1
        dim = maps[i, M_DIM]
        at_edge = edge_of(i, bit, maps, state)
        edge = edge or at_edge
        if maps[i, M_OWNER] == ruler:
            partial = partial_of(i, bit, maps, state)
        mapped, edge_mapped = tiles[dim, MAPPED], tiles[dim, EDGE_MAPPED]
        if variant == 0:
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
        if ((variant - 1) >> which) & 1:
            other *= tiles[dim, UNIQUE]
            last *= tiles[dim, EDGE_UNIQUE]
        else:
            other *= mapped
            last *= edge_mapped
    if ruler < 0:
        return first
    if not edge:
        return int(first + (levels[_UNITS] - 1) * other)
    if not many:
        return alone if partial else first
    if partial:
        return int(first + max(levels[_EDGE_UNITS] - 2, 0) * other + last)
    return int(first + max(levels[_EDGE_UNITS] - 1, 0) * other)


@kernel
def _unit_outputs(
    counting: bool, first: bool, partial: bool, reuse: bool, bits: int,
    maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints,
) -> int:  # fmt: skip
    """Spatial part of out(psum, first, ee, reuse) of one unit (5.2). `counting`: the number of MACs is asked."""
    many = levels[_EDGE_UNITS] > 1
    factor = 1
    for which in range(2):
        i = levels[_SPATIAL_A + which]
        if i < 0:
            continue
        dim = maps[i, M_DIM]
        in_output = (masks[2] >> dim) & 1
        if in_output:
            if maps[i, M_OWNER] != i:
                continue
        elif not counting:
            continue
        at_edge = (bits >> which) & 1
        starts_at_edge = not at_edge and state[maps[i, M_OWNER], S_INIT_EDGE]
        out = dim
        if in_output:
            out = _YO if dim == _Y else (_XO if dim == _X else dim)
        if not many and ((starts_at_edge and partial) or at_edge):
            # at an Edge MAESTRO takes the input's size for the output's
            if first or partial:
                factor *= tiles[dim if at_edge else out, EDGE_MAPPED]
        elif starts_at_edge and partial:
            factor *= tiles[out, EDGE_UNIQUE] if in_output and reuse else tiles[out, EDGE_MAPPED]
        elif at_edge and partial:
            factor *= tiles[out, EDGE_UNIQUE]
        else:
            factor *= tiles[out, MAPPED] if first else max(tiles[out, UNIQUE], 1)
    return factor


@kernel
def array_outputs(
    bits: int, count_macs: bool, maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints, frame: Ints,
    factors: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Spatial factors of the busiest unit's MACs (crit), the egress and, if asked, the array's MACs.

    One level asks always or never.
    """
    place = FETCH_FACTORS + 3 * bits
    if not (frame[F_KNOWN] >> bits) & 1:
        frame[F_KNOWN] |= 1 << bits
        critical, egress, macs = _spatial_outputs(bits, count_macs, maps, tiles, levels, masks, state)
        factors[place] = critical
        factors[place + 1] = egress
        factors[place + 2] = macs
    return factors[place], factors[place + 1], factors[place + 2]


@kernel
def _spatial_outputs(
    bits: int, count_macs: bool, maps: Ints, tiles: Ints, levels: Ints, masks: Ints, state: Ints
) -> tuple[int, int, int]:
    """The factors of array_outputs, from the units'."""
    active = levels[_EDGE_UNITS]
    units = levels[_UNITS]
    many = active > 1
    ruler = levels[_SPATIAL_OUTPUT]
    edge = False
    edge_any = False
    partial = False
    partial_any = False
    for which in range(2):
        i = levels[_SPATIAL_A + which]
        if i < 0:
            continue
        bit = (bits >> which) & 1
        at_edge = edge_of(i, bit, maps, state)
        edge_any = edge_any or at_edge
        partial_any = partial_of(i, bit, maps, state)  # the last SpatialMap rules
        if (masks[2] >> maps[i, M_DIM]) & 1:
            edge = edge or at_edge
            if maps[i, M_OWNER] == ruler:
                partial = partial_any
    partial = partial and edge
    critical = _unit_outputs(True, True, partial and not many, True, bits, maps, tiles, levels, masks, state)
    egress = _unit_outputs(False, True, partial and not many, True, bits, maps, tiles, levels, masks, state)
    if ruler >= 0:
        others = units - 1
        if edge:
            others = (active - 2 if partial else active - 1) if many else 0
            if many and partial:
                egress += _unit_outputs(False, False, True, True, bits, maps, tiles, levels, masks, state)
        if others > 0:
            egress += others * _unit_outputs(False, False, False, True, bits, maps, tiles, levels, masks, state)
    macs = 0
    if count_macs:
        macs = (
            critical
            if edge == edge_any and partial == partial_any
            else _unit_outputs(
                True, True, edge_any and partial_any and not many, True, bits, maps, tiles, levels, masks, state
            )
        )
        if not edge_any:
            macs *= units
        elif many:
            others = active - 2 if partial_any else active - 1
            if others > 0:
                macs += others * _unit_outputs(True, True, False, True, bits, maps, tiles, levels, masks, state)
            if partial_any:
                macs += _unit_outputs(True, False, True, False, bits, maps, tiles, levels, masks, state)
    return critical, egress, macs


@kernel
def edge_keys(key: int, bits: int, maps: Ints, levels: Ints, state: Ints) -> tuple[int, int, bool, bool]:
    """Under which keys a sub-level's results of a class are kept: of the last, partly filled unit and of the others.

    Also whether the first SpatialMap is at its edge, and whether its last unit is partly filled (7, step 5).
    """
    a = levels[_SPATIAL_A]
    bit = bits & 1
    at_edge = edge_of(a, bit, maps, state)
    partial = partial_of(a, bit, maps, state)
    partial_key = key
    if partial and levels[_EDGE_UNITS] > 1:  # with one unit at the edge, both keys have the spatial bits already
        for which in range(2):
            i = levels[_SPATIAL_A + which]
            if i >= 0 and maps[i, M_OWNER] == i and edge_of(i, (bits >> which) & 1, maps, state):
                partial_key |= (1 << maps[i, M_DIM]) & levels[_EDGE_DIMS]
    return partial_key, key, at_edge, partial


@kernel
def case_time(key: int, bits: int, maps: Ints, levels: Ints, state: Ints, times: Ints) -> int:
    """Computation delay of a case from the times [key] that its sub-level took."""
    partial_key, full_key, _, partial = edge_keys(key, bits, maps, levels, state)
    if not partial:
        return int(times[full_key])
    if levels[_EDGE_UNITS] > 1:
        return int(max(times[partial_key], times[full_key]))
    return int(times[partial_key])
