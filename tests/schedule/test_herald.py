"""Herald's rules one by one, and that its plan is a legal schedule."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Instance, instances, network_jobs, table

from workbench.schedule.herald import Preference, Visit, plan, simulate_plan
from workbench.schedule.problem import Machine, Problem, job_arrays, problem


def two_subs(times: list[tuple[float, float]], networks: list[tuple[int, list[tuple[int, list[int]]]]]) -> Problem:
    """Shapes with one time on each of two single-core sub-accelerators; energy 1 J on the first, 4 J on the second."""
    tables = [
        table([[{"cores": 1, "unstalled_s": pair[s], "mac_j": (1.0, 4.0)[s]}] for pair in times]) for s in range(2)
    ]
    return problem(job_arrays(**network_jobs(networks)), tables, Machine([1, 1], [1.0, 1.0], [1.0]))


def test_a_layer_goes_to_its_preferred_sub_accelerator() -> None:
    one = two_subs([(2, 1)], [(1, [(0, [])])])
    assert plan(one, Preference.LATENCY, threshold=10).sub.tolist() == [1]
    assert plan(one, Preference.EDP, threshold=10).sub.tolist() == [0]  # 2 s × 1 J beats 1 s × 4 J


def test_the_threshold_sends_layers_elsewhere_when_one_runs_ahead() -> None:
    """Three jobs of 1 s preferred and 1.5 s elsewhere: a threshold of 1 balances, a large one never leaves."""
    one = two_subs([(1, 1.5)], [(3, [(0, [])])])
    assert plan(one, Preference.LATENCY, threshold=100).sub.tolist() == [0, 0, 0]
    assert plan(one, Preference.LATENCY, threshold=1).sub.tolist() == [0, 1, 0]


def test_look_ahead_fills_a_gap() -> None:
    """B waits 3 s for A on the other sub-accelerator; C (2 s) was planned after B and fits before it."""
    one = two_subs([(3, 90), (90, 1), (90, 2)], [(1, [(0, []), (1, [0])]), (1, [(2, [])])])
    lazy = plan(one, Preference.LATENCY, threshold=100, look_ahead=0, visit=Visit.DEPTH_FIRST)
    keen = plan(one, Preference.LATENCY, threshold=100, look_ahead=4, visit=Visit.DEPTH_FIRST)
    assert lazy.sequences == ((0,), (1, 2))
    assert keen.sequences == ((0,), (2, 1))
    assert simulate_plan(one, lazy).makespan_s == 6
    assert simulate_plan(one, keen).makespan_s == 4


@settings(max_examples=100, deadline=None)
@given(instances(), st.sampled_from(Preference), st.sampled_from(Visit), st.sampled_from([1.0, 1.5, 4.0]))
def test_plans_are_legal(instance: Instance, preference: Preference, visit: Visit, threshold: float) -> None:
    found = plan(instance.problem, preference, threshold, 4, visit)
    assert sorted(j for sequence in found.sequences for j in sequence) == list(range(len(instance.jobs)))
    schedule = simulate_plan(instance.problem, found)
    for sequence in found.sequences:
        for a, b in pairwise(sequence):
            assert schedule.end_s[a] <= schedule.start_s[b]
    for j, job in enumerate(instance.jobs):
        assert any(way.row == schedule.option[j] for way in job.ways)
        assert all(schedule.end_s[b] <= schedule.start_s[j] for b in job.before)
    assert np.isfinite(schedule.makespan_s)
