"""Timelines of random schedules: cores, precedence, bytes and core time."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from instances import Instance, greedy_schedule, instances, network_jobs, table

from workbench.schedule.problem import Machine, job_arrays, problem
from workbench.schedule.schedule import simulate
from workbench.schedule.summary import (
    Cause,
    critical_path,
    job_energy_j,
    longest_chain_s,
    tenant_energy_j,
    tenant_latency_s,
)
from workbench.schedule.timeline import Idle, bandwidth_in_use, bars, core_times, idle_intervals


@settings(max_examples=200, deadline=None)
@given(instances())
def test_no_core_runs_two_jobs_and_none_is_missing(instance: Instance) -> None:
    schedule = simulate(instance.problem)
    by_core: dict[tuple[int, int], list[tuple[float, float]]] = {}
    drawn = bars(instance.problem, schedule)
    assert sorted(bar.job for bar in drawn) == list(range(len(instance.jobs)))
    for bar in drawn:
        assert len(set(bar.cores)) == instance.problem.options.cores[schedule.option[bar.job]]
        assert max(bar.cores) < instance.card.cores[bar.sub]
        if bar.end_s > bar.start_s:
            for core in bar.cores:
                by_core.setdefault((bar.sub, core), []).append((bar.start_s, bar.end_s))
    for lane in by_core.values():
        assert all(a[1] <= b[0] for a, b in pairwise(sorted(lane)))


@settings(max_examples=200, deadline=None)
@given(instances())
def test_jobs_wait_for_their_predecessors_and_never_beat_their_unstalled_time(instance: Instance) -> None:
    schedule = simulate(instance.problem)
    for j, job in enumerate(instance.jobs):
        assert all(schedule.end_s[b] <= schedule.start_s[j] for b in job.before)
        lasts = schedule.end_s[j] - schedule.start_s[j]
        assert lasts == pytest.approx(schedule.unstalled_s[j] + schedule.stall_s[j], abs=1e-11)
    assert schedule.makespan_s >= longest_chain_s(instance.problem) * (1 - 1e-12)


@settings(max_examples=200, deadline=None)
@given(instances(infinite=False))
def test_all_bytes_are_carried_within_the_bandwidth(instance: Instance) -> None:
    schedule = simulate(instance.problem)
    demanded = np.zeros(len(instance.card.bandwidth))
    group = np.array(instance.card.group)[schedule.sub]
    np.add.at(demanded, group, instance.problem.options.bytes[schedule.option])
    use = bandwidth_in_use(schedule)
    carried = np.diff(use.time_s) @ use.bytes_per_s if len(use.bytes_per_s) else np.zeros_like(demanded)
    np.testing.assert_allclose(carried, demanded, rtol=1e-9, atol=1e-9)
    assert (use.bytes_per_s <= np.array(instance.card.bandwidth) * (1 + 1e-9)).all()


@settings(max_examples=200, deadline=None)
@given(instances())
def test_core_time_adds_up_and_every_idle_interval_has_a_reason(instance: Instance) -> None:
    schedule = simulate(instance.problem)
    parts = core_times(instance.problem, schedule)
    idle = idle_intervals(instance.problem, schedule, bars(instance.problem, schedule))
    for s, part in enumerate(parts):
        assert part.total_s == pytest.approx(instance.card.cores[s] * schedule.makespan_s, rel=1e-11, abs=1e-11)
        for reason, value in (
            (Idle.DEPENDENCY, part.dependency_s),
            (Idle.HEAD_OF_LINE, part.head_of_line_s),
            (Idle.NO_WORK, part.no_work_s),
        ):
            seen = sum(i.end_s - i.start_s for i in idle if i.sub == s and i.reason is reason)
            assert seen == pytest.approx(value, rel=1e-9, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(instances())
def test_no_ready_job_waits_beside_cores_it_could_take(instance: Instance) -> None:
    """Work conservation, where none waits for better cores, as under bindings: at every instant each waiting job's
    allowed options all need more cores than are free."""
    schedule = greedy_schedule(instance)
    instance.jobs[0].ways = [way for way in instance.jobs[0].ways if way.sub == schedule.sub[0]]
    total = sum(instance.card.bandwidth)
    cores = instance.problem.options.cores[schedule.option]
    times = np.unique(np.concatenate((schedule.start_s, schedule.end_s)))
    for a, b in pairwise(times):
        running = (schedule.start_s <= a) & (schedule.end_s >= b)
        free = np.array(instance.card.cores) - np.bincount(
            schedule.sub[running], cores[running], len(instance.card.cores)
        )
        for j, job in enumerate(instance.jobs):
            if schedule.start_s[j] >= b and all(schedule.end_s[k] <= a for k in job.before):
                alone = [max(w.unstalled, w.bytes / total) for w in job.ways]
                allowed = [
                    w for w, t in zip(job.ways, alone, strict=True) if t <= instance.theta * min(alone)
                ]  # fmt: skip
                assert all(w.cores > free[w.sub] for w in allowed)


@settings(max_examples=100, deadline=None)
@given(instances())
def test_tenants_and_the_critical_path(instance: Instance) -> None:
    schedule = simulate(instance.problem)
    tenant = np.array([job.key[0] for job in instance.jobs])
    latency = tenant_latency_s(instance.problem, schedule)
    assert latency.tolist() == [schedule.end_s[tenant == t].max() for t in range(tenant.max() + 1)]
    assert tenant_energy_j(instance.problem, schedule).sum() == pytest.approx(schedule.energy_j)
    path = critical_path(instance.problem, schedule)
    assert path[0].cause is Cause.START
    assert schedule.start_s[path[0].job] == 0.0
    assert schedule.end_s[path[-1].job] == schedule.makespan_s
    for a, b in pairwise(path):
        assert schedule.end_s[a.job] == schedule.start_s[b.job]
        assert (b.cause is Cause.DEPENDENCY) == (a.job in instance.jobs[b.job].before)


def test_reasons_on_a_schedule_drawn_by_hand() -> None:
    """Two cores. Job 0 (one core, 2 s) before job 1 (two cores, 1 s); job 2 (one core, 1 s) before job 3 (one, 3 s).

    0–1 s both cores busy; 1–2 s: 3 takes the second core; 2–4 s: job 1 needs both cores: head of line; 4–5 s job 1.
    """
    ways = [
        [{"cores": 1, "unstalled_s": 2, "compute_s": 2}],
        [{"cores": 2, "unstalled_s": 1, "compute_s": 1}],
        [{"cores": 1, "unstalled_s": 1, "compute_s": 1}],
        [{"cores": 1, "unstalled_s": 3, "compute_s": 3}],
    ]
    jobs = job_arrays(**network_jobs([(1, [(0, []), (1, [0])]), (1, [(2, []), (3, [0])])]))
    schedule = simulate(problem(jobs, [table(ways)], Machine([2], [1.0], [1.0])))
    assert schedule.start_s.tolist() == [0, 4, 0, 1]
    drawn = bars(problem(jobs, [table(ways)], Machine([2], [1.0], [1.0])), schedule)
    cores = {bar.job: bar.cores for bar in drawn}
    assert cores[1] == (0, 1)
    assert cores[2] == cores[3]
    (part,) = core_times(problem(jobs, [table(ways)], Machine([2], [1.0], [1.0])), schedule)
    assert (part.compute_s, part.head_of_line_s, part.dependency_s, part.no_work_s) == (8, 2, 0, 0)


def test_idle_for_want_of_predecessors_and_of_work() -> None:
    """A chain of two one-second jobs on two cores: the second core waits for the chain, then there is no work."""
    ways = [[{"cores": 1, "unstalled_s": 1, "compute_s": 1, "mac_j": 2.0}]]
    one = problem(
        job_arrays(**network_jobs([(1, [(0, []), (0, [0])])])), [table(ways)], Machine([2], [1.0], [1.0])
    )  # fmt: skip
    schedule = simulate(one)
    (part,) = core_times(one, schedule)
    assert (part.compute_s, part.dependency_s, part.no_work_s) == (2, 1, 1)
    assert job_energy_j(one, schedule).tolist() == [2.0, 2.0]
