"""The set of ready jobs against a sorted list looked through from the front, with more groups than a word holds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.schedule.problem import Machine, design_arrays
from workbench.schedule.ready import (
    empty_groups,
    fill_fits,
    first_startable,
    group_of,
    insert,
    lowest_bit,
    nobody_ready,
    remove_first,
    room_for_ready,
)

CORES = (9, 5, 7)


def test_lowest_bit() -> None:
    for bit in range(32):
        assert lowest_bit(1 << bit) == bit
        assert lowest_bit((1 << bit) | (1 << 31)) == bit


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 200))
def test_finds_the_first_job_that_can_start(seed: int, places: int, kinds: int) -> None:
    random = np.random.default_rng(seed)
    subs = len(CORES)
    designs = design_arrays([Machine(list(CORES), [1.0] * subs, [1.0])], [0.0], [1.0])
    table_start = np.concatenate(([0], np.cumsum(np.array(CORES) + 1))).astype(np.int32)
    needs = random.integers(0, np.array(CORES) + 2, (kinds, subs)).astype(np.int32)
    groups = empty_groups(kinds, subs, int(table_start[-1]))
    group = [group_of(need, subs, groups.need, groups.used) for need in needs]
    assert all((groups.need[g] == need).all() for g, need in zip(group, needs, strict=True))
    fill_fits(0, designs, table_start, groups)
    ready = room_for_ready(places, len(groups.need))
    nobody_ready(groups.used[0], ready)
    kind = random.integers(0, kinds, places)
    waiting: list[int] = []
    coming = list(random.permutation(places))
    while waiting or coming:
        for _ in range(int(random.integers(0, 8))):
            if coming:
                place = int(coming.pop())
                insert(place, group[kind[place]], *ready)
                waiting.append(place)
        free = random.integers(0, np.array(CORES) + 1)
        found = first_startable((table_start[:-1] + free).astype(np.int32), subs, groups, ready.first, ready.some)
        fitting = sorted(place for place in waiting if (needs[kind[place]] <= free).any())
        if not fitting:
            assert found == -1
            if not coming:  # the rest may be jobs that never start
                break
            continue
        assert ready.first[found] == fitting[0]
        remove_first(found, *ready)
        waiting.remove(fitting[0])
