"""The kernel against a plain simulator in exact fractions, and what every schedule must satisfy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Instance, instances
from plain_simulator import run

from workbench.schedule.schedule import simulate


def agree(instance: Instance, **bound: list[int] | list[float]) -> None:
    expected = run(instance.jobs, instance.card, instance.alpha, instance.theta)
    found = simulate(instance.problem, **bound)
    assert found.option.tolist() == [way.row for way in expected.way]
    assert found.sub.tolist() == [way.sub for way in expected.way]
    np.testing.assert_allclose(found.start_s, [float(t) for t in expected.start], rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(found.end_s, [float(t) for t in expected.end], rtol=1e-11, atol=1e-11)
    assert found.makespan_s == pytest.approx(float(max(expected.end)), rel=1e-11)


@settings(max_examples=400, deadline=None)
@given(instances())
def test_matches_the_plain_simulator(instance: Instance) -> None:
    agree(instance)


@settings(max_examples=200, deadline=None)
@given(instances(), st.data())
def test_matches_with_priorities_and_bindings(instance: Instance, data: st.DataObject) -> None:
    """Some jobs are bound to an option, some to a sub-accelerator, all have an explicit priority."""
    sub, option, priority = [], [], []
    for job in instance.jobs:
        job.priority = float(data.draw(st.integers(0, 3)))
        priority.append(job.priority)
        kind = data.draw(st.sampled_from(["free", "option", "sub"]))
        way = data.draw(st.sampled_from(job.ways))
        if kind == "option":
            job.bound = [way]
            sub.append(way.sub)
            option.append(way.row)
        elif kind == "sub":
            job.bound = [w for w in job.ways if w.sub == way.sub]
            sub.append(way.sub)
            option.append(-1)
        else:
            sub.append(-1)
            option.append(-1)
    agree(instance, forced_sub=sub, forced_option=option, priority=priority)
