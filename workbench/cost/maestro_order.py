"""MAESTRO: the few results that depend on the order in which it meets its cases (docs/model-maestro.md §4).

Case c of T gives map i, with F_i the product of the numbers of states of the maps inside it, state ceil(c / F_i) modulo
its number of states: case 0 is all-Init, the rest an odometer run backwards.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel
from workbench.cost.maestro_layout import (
    F_EDGES,
    F_FIRSTS,
    F_MACS,
    F_MOVING,
    F_OUT,
    L_MAPS,
    M_OWNER,
    MAP,
    MOVER,
    S_HAS_EDGE,
    S_STATES,
    S_STEADY,
    V_KEY,
    V_MACS,
    V_MAP,
    V_OUT,
    V_SPATIAL,
    V_TIMES,
)
from workbench.cost.maestro_volumes import array_outputs, case_time, edge_keys, ingress

Ints = NDArray[np.int64]

_INT32 = 1 << 32
_INT32_HALF = 1 << 31
MAX_PICKS = 1 << 14


@kernel
def occurrence_sums(
    position: int, at_edge: int, edges: int, w: Ints, picks: Ints,
    busiest: int, compute: int,
) -> tuple[int, int, bool]:  # fmt: skip
    """Sums over the cases of a class: occurrences as MAESTRO's 32-bit counter has them, and trunc(occurrences · busiest
    / compute); False if the counter is not positive for one of them, or if there are more than MAX_PICKS.
    """
    picks[0] = w[V_TIMES + at_edge + position * MOVER]
    count = 1
    for a in range(position):
        steady = w[V_TIMES + a * MOVER]
        if steady > 0 and not (edges >> a) & 1:
            for j in range(count):
                picks[count + j] = _wrap(picks[j] * steady)
            count *= 2
    for i in range(w[L_MAPS]):
        if w[M_OWNER + i * MAP] != i:
            steady, has_edge = w[S_STEADY + i * MAP], w[S_HAS_EDGE + i * MAP]
            if count * 3 > MAX_PICKS:
                return 0, 0, False
            inner = count
            if steady > 0:
                for j in range(count):
                    picks[inner + j] = _wrap(picks[j] * steady)
                inner += count
            if has_edge:
                for j in range(count):
                    picks[inner + j] = picks[j]
                inner += count
            count = inner
    total = 0
    band = 0
    fine = True
    for j in range(count):
        pick = _wrap(picks[j])
        fine = fine and pick > 0
        total += pick
        band += pick * busiest // compute
    return total, band, fine


@kernel
def _wrap(value: int) -> int:
    """A value in a signed 32-bit counter."""
    if value < _INT32_HALF:
        return value
    return ((value + _INT32_HALF) & (_INT32 - 1)) - _INT32_HALF


@kernel
def _next_case(w: Ints, case: Ints) -> bool:
    """Go to the next case; False after the last one."""
    for back in range(w[L_MAPS]):
        i = w[L_MAPS] - 1 - back
        states = w[S_STATES + i * MAP]
        if states > 1:
            before = case[i]
            case[i] = before + 1 if before + 1 < states else 0
            if before != 0:
                break
    at_start = True  # after the last case the round starts again with all-Init
    for i in range(w[L_MAPS]):
        at_start = at_start and case[i] == 0
    return not at_start


@kernel
def _previous_case(w: Ints, case: Ints) -> bool:
    """Go from all-Init to the last case, then to the previous one; False when all-Init is met again."""
    for back in range(w[L_MAPS]):
        i = w[L_MAPS] - 1 - back
        states = w[S_STATES + i * MAP]
        if states > 1:
            case[i] = case[i] - 1 if case[i] > 0 else states - 1
            if case[i] != 0:
                return True
    return False


@kernel
def _read_case(w: Ints, case: Ints) -> tuple[int, int, int, int, int]:
    """Products for outputs and MACs, edge key, Edge bits of the SpatialMaps and moving map's position of a case."""
    out, macs, key, bits, position = w[F_OUT], w[F_MACS], w[F_EDGES], 0, -1
    for a in range(w[F_MOVING]):
        mover = a * MOVER
        state = case[w[V_MAP + mover]]
        if state > 0:
            position = a
        place = mover + (1 if state == 2 or (state == 1 and w[V_TIMES + mover] == 0) else 0)
        out *= w[V_OUT + place]
        macs *= w[V_MACS + place]
        key |= w[V_KEY + place]
        bits |= w[V_SPATIAL + place]
    return out, macs, key, bits, position


@kernel
def skip_first(
    w: Ints, case: Ints, sizes: Ints, count_macs: bool,
) -> tuple[int, bool]:  # fmt: skip
    """The first case computes nothing: add buffer sizes up until one does (7, step 1). False where U = 0.

    Also the key of the sub-level that the first computing case asks for first, -1 if no case computes.
    sizes[3]: twice the ingress of input and filter, summed; twice the egress of the last case met.
    """
    case[:] = 0
    while True:
        out, macs, key, bits, position = _read_case(w, case)
        critical, egress, _ = array_outputs(bits, count_macs, w)
        for tensor in range(2):
            fetched, fine = ingress(tensor, position, bits, w)
            if not fine:
                return -1, False
            sizes[tensor] += 2 * fetched
        sizes[2] = 2 * out * egress
        w[F_FIRSTS] += 1
        if macs * critical > 0:
            partial_key, full_key, _, partial = edge_keys(key, bits, w)
            return partial_key if partial else full_key, True
        if not _next_case(w, case):
            return -1, True


@kernel
def last_cases(
    w: Ints, case: Ints,
    sizes: Ints, innermost: bool, lanes: int, times: Ints, most: int,
) -> tuple[int, float]:  # fmt: skip
    """Off-chip bandwidth requirement and arithmetic intensity (7, steps 4 and 8).

    The requirement is halved at every case and keeps the larger of itself and the case's, so only the last cases are
    read: those from which `most`, the largest requirement of any case, could still show.
    """
    case[:] = 0
    intensity = -1.0
    needed = 0
    shift = 1
    more = True
    while more:
        more = _previous_case(w, case)
        _, macs, key, bits, position = _read_case(w, case)
        critical, _, array = array_outputs(bits, True, w)
        critical *= macs
        if critical <= 0:
            continue
        if intensity < 0.0:
            fetched_input, _ = ingress(0, position, bits, w)
            fetched_filter, _ = ingress(1, position, bits, w)
            fetched = fetched_input + fetched_filter
            intensity = macs * array / fetched if fetched else np.inf
        compute = (critical + lanes - 1) // lanes if innermost else case_time(key, bits, w, times)
        needed = max(needed, max(sizes[2] // compute, (sizes[0] + sizes[1]) // compute) >> shift)
        shift += 1
        if shift > 62 or most >> shift <= needed:
            break
    return needed, intensity
