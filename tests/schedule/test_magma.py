"""Proportional sharing against MAGMA's own rules (Kao and Krishna, HPCA 2022), job by job."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import network_jobs, table

from workbench.schedule.problem import Machine, job_arrays, problem
from workbench.schedule.schedule import simulate


def magma(
    latency: list[list[float]], wanted: list[list[float]], core: list[int], priority: list[float], bandwidth: float
) -> list[float]:
    """End of each job. Jobs wait in their core's queue, the lowest priority number first; the work of a job is
    latency × wanted bandwidth; if all requests together exceed the bandwidth, all are scaled alike; the core that is
    done first takes its next job.
    """
    cores = len(latency[0])
    queues = [
        sorted((j for j in range(len(core)) if core[j] == c), key=lambda j: (priority[j], j)) for c in range(cores)
    ]
    current = [queue.pop(0) if queue else -1 for queue in queues]
    left = [latency[j][c] * wanted[j][c] if j >= 0 else np.inf for c, j in enumerate(current)]
    now, end = 0.0, [0.0] * len(core)
    while any(j >= 0 for j in current):
        requests = [wanted[j][c] if j >= 0 else 0.0 for c, j in enumerate(current)]
        scale = min(1.0, bandwidth / sum(requests))
        times = [left[c] / (requests[c] * scale) if current[c] >= 0 else np.inf for c in range(cores)]
        step = min(times)
        now += step
        for c in range(cores):
            if current[c] < 0:
                continue
            left[c] -= step * requests[c] * scale
            if times[c] <= step * (1 + 1e-12):
                end[current[c]] = now
                current[c] = queues[c].pop(0) if queues[c] else -1
                j = current[c]
                left[c] = latency[j][c] * wanted[j][c] if j >= 0 else np.inf
    return end


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 4), st.integers(1, 12), st.sampled_from([0.5, 2.0, 8.0, 1e6]), st.randoms(use_true_random=False))
def test_proportional_sharing_follows_magma(cores: int, count: int, bandwidth: float, random: Random) -> None:
    latency = [[random.uniform(1, 5) for _ in range(cores)] for _ in range(count)]
    wanted = [[random.uniform(0.1, 3) for _ in range(cores)] for _ in range(count)]
    core = [random.randrange(cores) for _ in range(count)]
    priority = [random.random() for _ in range(count)]
    tables = [
        table(
            [
                [{"cores": 1, "unstalled_s": latency[j][c], "input_bytes": latency[j][c] * wanted[j][c]}]
                for j in range(count)
            ]
        )
        for c in range(cores)
    ]
    jobs = job_arrays(**network_jobs([(1, [(j, [])]) for j in range(count)]))
    one = problem(jobs, tables, Machine([1] * cores, [1.0] * cores, [bandwidth]))
    found = simulate(one, forced_sub=core, priority=priority, forced_option=None, proportional=True)
    expected = magma(latency, wanted, core, priority, bandwidth)
    np.testing.assert_allclose(found.end_s, expected, rtol=1e-9)


def test_fair_and_proportional_sharing_differ_where_requests_do() -> None:
    """Requests of 1 and 3 B/s on 2 B/s: fair gives 1 and 1, proportional 0.5 and 1.5."""
    ways = table(
        [[{"cores": 1, "unstalled_s": 1, "input_bytes": 1}], [{"cores": 1, "unstalled_s": 1, "input_bytes": 3}]]
    )
    jobs = job_arrays(**network_jobs([(1, [(0, [])]), (1, [(1, [])])]))
    one = problem(jobs, [ways], Machine([2], [1.0], [2.0]))
    assert simulate(one).end_s.tolist() == pytest.approx([1, 2])
    assert simulate(one, proportional=True).end_s.tolist() == pytest.approx([2, 2])
