"""Max–min shares against progressive filling in fractions, ties and odd thirds included."""

from fractions import Fraction
from math import inf

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_simulator import fair_shares

from workbench.schedule.bandwidth import share_bandwidth, share_one
from workbench.schedule.problem import Machine, design_arrays

DEMANDS = st.one_of(st.integers(0, 9).map(lambda n: n / 3), st.floats(0, 4, allow_subnormal=False))


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_shares_are_max_min_fair(data: st.DataObject) -> None:
    subs = data.draw(st.integers(1, 3))
    capacity = data.draw(st.sampled_from([1.0, 1 / 3, 0.7, 2.0, 5.0]))
    caps = [data.draw(st.sampled_from([inf, 1.0, 1 / 3, 0.9])) for _ in range(subs)]
    demand = np.array(data.draw(st.lists(DEMANDS, min_size=1, max_size=9)))
    sub = np.array([data.draw(st.integers(0, subs - 1)) for _ in demand], np.int32)
    designs = design_arrays([Machine([1] * subs, [1.0] * subs, [capacity], caps)], [0.0], [1.0])
    n = len(demand)
    rate, level = np.empty(n), np.empty(n)
    memory = np.zeros(n, np.int32)
    cap, bandwidth = designs.bandwidth_cap, designs.group_bandwidth
    full = share_bandwidth(n, demand, sub, memory, 0, subs, cap, bandwidth, False, rate, level)
    pools = [({k for k in range(n) if sub[k] == s}, Fraction(cap)) for s, cap in enumerate(caps) if cap < inf]
    expected = fair_shares([Fraction(d) for d in demand], [*pools, (set(range(n)), Fraction(capacity))])
    np.testing.assert_allclose(rate * demand, [float(share) for share in expected], rtol=1e-12, atol=1e-12)
    assert not full or (rate == 1.0).all()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_one_group_without_caps_is_shared_alike_by_both_ways(data: st.DataObject) -> None:
    demand = np.array(data.draw(st.lists(DEMANDS, min_size=1, max_size=20)))
    capacity = data.draw(st.sampled_from([1 / 3, 0.7, 1.0, 2.0, 5.0]))
    proportional = data.draw(st.booleans())
    n = len(demand)
    zeros, general, short, level = np.zeros(n, np.int32), np.empty(n), np.empty(n), np.empty(n)
    pool = np.array([capacity])
    if not share_bandwidth(n, demand, zeros, zeros, 0, 1, np.array([inf]), pool, proportional, general, level):
        share_one(n, demand, capacity, proportional, short)
        assert short.tolist() == general.tolist()
