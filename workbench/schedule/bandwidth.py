"""How running jobs share off-chip bandwidth."""

import numpy as np

from workbench.cost.kernel import kernel
from workbench.schedule.problem import Floats, Ints


@kernel
def _fill(n: int, demand: Floats, of: Ints, which: int, capacity: float, level: Floats) -> float:
    """The water level L with Σ min(demand, level, L) = capacity over the slots k with of[k] == which."""
    active = 0
    for k in range(n):
        if of[k] == which:
            active += 1
    line = capacity / active
    while True:
        below, above = 0.0, 0
        for k in range(n):
            if of[k] == which:
                want = min(demand[k], level[k])
                if want <= line:
                    below += want
                else:
                    above += 1
        if above == 0:
            return np.inf
        if above >= active:  # rounding may lift one back over the line: then both lines are right to the last bit
            return line
        active = above
        line = (capacity - below) / above


@kernel
def share_one(n: int, demand: Floats, capacity: float, proportional: bool, rate: Floats) -> None:
    """Progress rates of the n running jobs, which want more than the `capacity` of the one memory group and have no
    other limits: what `share_bandwidth` gives then, to the last bit.
    """
    if proportional:
        wanted = 0.0
        for k in range(n):
            wanted += demand[k]
        for k in range(n):
            rate[k] = capacity / wanted
        return
    line = capacity / n
    active = n
    while True:
        below, above = 0.0, 0
        for k in range(n):
            small = demand[k] <= line
            below += demand[k] if small else 0.0
            above += 0 if small else 1
        if above == 0 or above >= active:
            break
        active = above
        line = (capacity - below) / above
    for k in range(n):
        rate[k] = line / demand[k] if above > 0 and line < demand[k] else 1.0


@kernel
def share_bandwidth(
    n: int,
    demand: Floats,
    sub: Ints,
    group: Ints,
    first: int,
    subs: int,
    bandwidth_cap: Floats,
    group_bandwidth: Floats,
    proportional: bool,
    rate: Floats,
    level: Floats,
) -> bool:
    """Progress rates of the n running jobs; True if all run at full speed.

    Max–min fair: caps of sub-accelerators nest inside memory groups, so filling each capped sub-accelerator first and
    then each group with what they can take is exact. Proportional: all requests scaled alike (MAGMA).
    """
    full = True
    for k in range(n):
        level[k] = np.inf
        rate[k] = 1.0
    for s in range(subs):
        cap = bandwidth_cap[first + s]
        if cap == np.inf:
            continue
        wanted = 0.0
        for k in range(n):
            if sub[k] == s:
                wanted += demand[k]
        if wanted > cap:
            full = False
            if proportional:
                for k in range(n):
                    if sub[k] == s:
                        rate[k] = cap / wanted
            else:
                line = _fill(n, demand, sub, s, cap, level)
                for k in range(n):
                    if sub[k] == s:
                        level[k] = line
    for g in range(len(group_bandwidth)):
        capacity = group_bandwidth[g]
        wanted = 0.0
        for k in range(n):
            if group[k] == g:
                wanted += min(demand[k] * rate[k], level[k])
        if wanted > capacity:
            full = False
            if proportional:
                for k in range(n):
                    if group[k] == g:
                        rate[k] *= capacity / wanted
            else:
                line = _fill(n, demand, group, g, capacity, level)
                for k in range(n):
                    if group[k] == g:
                        level[k] = min(level[k], line)
    if not full and not proportional:
        for k in range(n):
            if level[k] < demand[k]:
                rate[k] = level[k] / demand[k]
    return full
