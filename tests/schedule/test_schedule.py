"""Batches, threads, rounds, residency, and the nulls that hold whatever the numbers are."""

import json
import os
import subprocess
import sys
from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Instance, greedy_schedule, instances, network_jobs, table

from workbench.schedule.fixed_order import core_order, start_order
from workbench.schedule.problem import Machine, Problem, design_arrays, job_arrays, option_arrays, problem, repeated
from workbench.schedule.schedule import Schedule, bindings, simulate, simulate_many
from workbench.schedule.summary import steady_period_s
from workbench.schedule.timeline import bars


def random_batch(seed: int, designs: int = 12) -> Problem:
    """Four tenants, two configurations, many designs that differ in cores, weights and caps."""
    random = np.random.default_rng(seed)
    tables = []
    for _ in range(2):
        shapes = []
        for _ in range(6):
            ways = []
            for n in (1, 2, 3):
                compute = random.uniform(1, 5) / n
                moved = random.uniform(0, 4, 3)
                ways.append(
                    {
                        "cores": n,
                        "unstalled_s": compute,
                        "compute_s": compute,
                        "input_bytes": moved[0],
                        "weight_bytes": moved[1],
                        "output_bytes": moved[2],
                        "load_bytes": moved[1] * (n == 2),
                        "rate_limit": n * 3.0,
                        "mac_j": random.uniform(0, 1),
                    }
                )
            shapes.append(ways)
        tables.append(table(shapes))
    networks = []
    for _ in range(4):
        layers = [(int(random.integers(0, 6)), [i - 1] if i else []) for i in range(int(random.integers(3, 9)))]
        networks.append((int(random.integers(1, 4)), layers))
    machines = [
        Machine(list(random.integers(1, 6, 2)), [2.0, 3.0], [5.0], [inf, random.uniform(1, 9)])
        for _ in range(designs)
    ]  # fmt: skip
    alpha, theta = random.uniform(0, 1, designs), random.uniform(1, 4, designs)
    arrays = design_arrays(machines, list(alpha), list(theta), [0, 1] * designs)
    return Problem(job_arrays(**network_jobs(networks)), option_arrays(tables), arrays)


def single(batch: Problem, d: int) -> Problem:
    """Design d alone."""
    a = batch.designs
    rows = slice(2 * d, 2 * d + 2)
    one = a._replace(
        sub_start=np.array([0, 2], np.int32),
        configuration=a.configuration[rows],
        cores=a.cores[rows],
        core_size=a.core_size[rows],
        bandwidth_cap=a.bandwidth_cap[rows],
        memory_group=a.memory_group[rows],
        keep_bytes=a.keep_bytes[rows],
        allowed=a.allowed[rows],
        alpha=a.alpha[d : d + 1],
        theta=a.theta[d : d + 1],
    )
    return batch._replace(designs=one)


@pytest.mark.parametrize("seed", range(3))
def test_a_batch_equals_its_designs_one_by_one_on_any_number_of_threads(seed: int) -> None:
    batch = random_batch(seed)
    found = simulate_many(batch)
    for threads in (2, 5):
        other = simulate_many(batch, threads=threads)
        assert all(np.array_equal(a, b) for a, b in zip(found, other, strict=True))
    for d in range(len(batch.designs.alpha)):
        alone = simulate(single(batch, d))
        assert alone.makespan_s == found.makespan_s[d]
        assert alone.energy_j == found.energy_j[d]
        assert alone.busy_core_s.tolist() == found.busy_core_s[2 * d : 2 * d + 2].tolist()


def test_compiled_and_plain_python_agree_to_the_last_bit() -> None:
    script = (
        "import json, sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_schedule import random_batch, simulate_many\n"
        "print(json.dumps([[v.hex() for v in simulate_many(random_batch(s)).makespan_s] for s in range(3)]))"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    compiled = [[float(v).hex() for v in simulate_many(random_batch(s)).makespan_s] for s in range(3)]
    assert json.loads(answer.stdout) == compiled


@settings(max_examples=100, deadline=None)
@given(instances())
def test_instances_alike_or_not_make_no_difference(instance: Instance) -> None:
    """Ranks worked out once per block of equal instances equal ranks worked out for every job."""
    jobs = instance.problem.jobs
    count = len(jobs.klass)
    whole = jobs._replace(block_start=np.array([0, count], np.int32), block_layers=np.array([count], np.int32))
    a, b = simulate(instance.problem), simulate(instance.problem._replace(jobs=whole))
    assert a.order.tolist() == b.order.tolist()
    assert a.end_s.tolist() == b.end_s.tolist()


@settings(max_examples=100, deadline=None)
@given(instances(), st.integers(2, 4))
def test_rounds_keep_their_order(instance: Instance, rounds: int) -> None:
    jobs = repeated(instance.problem.jobs, rounds)
    count = len(instance.jobs)
    one = simulate(instance.problem)
    many = simulate(instance.problem._replace(jobs=jobs))
    assert many.order.tolist() == [j + r * count for r in range(rounds) for j in one.order]
    ends = many.end_s.reshape(rounds, count).max(axis=1)
    assert many.period_s == pytest.approx((ends[-1] - ends[0]) / (rounds - 1), abs=1e-12)


def test_steady_period_of_a_chain_is_its_busiest_stage() -> None:
    """Two stages on two sub-accelerators, 2 s and 3 s: a round takes 5 s, the period is 3 s."""
    first = table([[{"cores": 1, "unstalled_s": 2}], [{"cores": 1, "unstalled_s": 90}]])
    second = table([[{"cores": 1, "unstalled_s": 90}], [{"cores": 1, "unstalled_s": 3}]])
    chain = job_arrays(**network_jobs([(1, [(0, []), (1, [0])])]))
    one = problem(chain, [first, second], Machine([1, 1], [1.0, 1.0], [1.0]), theta=1.0)
    assert simulate(one).makespan_s == 5
    assert steady_period_s(one) == 3


@settings(max_examples=100, deadline=None)
@given(instances(loads=False), st.data())
def test_infinite_bandwidth_makes_time_independent_of_bytes(instance: Instance, data: st.DataObject) -> None:
    """Ports included: with no limit anywhere the bytes of every option may be anything."""
    options, designs = instance.problem.options, instance.problem.designs
    free = instance.problem._replace(
        options=options._replace(rate_limit=np.full_like(options.rate_limit, inf)),
        designs=designs._replace(
            group_bandwidth=np.full_like(designs.group_bandwidth, inf),
            bandwidth_cap=np.full_like(designs.bandwidth_cap, inf),
        ),
    )
    other = np.array([data.draw(st.floats(0, 1e9)) for _ in options.bytes])
    a, b = simulate(free), simulate(free._replace(options=free.options._replace(bytes=other)))
    assert a.end_s.tolist() == b.end_s.tolist()


def with_bandwidth(one: Problem, factor: float) -> Problem:
    """The same problem with `factor` times the off-chip bandwidth."""
    bandwidth = one.designs.group_bandwidth * factor
    return one._replace(designs=one.designs._replace(group_bandwidth=bandwidth))


def fixed(instance: Instance, schedule: Schedule) -> tuple[Problem, dict[str, object]]:
    """A schedule of the instance made explicit: options bound, order fixed on every core."""
    bound = core_order(instance.problem, bars(instance.problem, schedule))
    binding = {"forced_sub": schedule.sub, "forced_option": schedule.option, "priority": start_order(schedule)}
    return bound, binding


@settings(max_examples=150, deadline=None)
@given(instances(infinite=False))
def test_an_explicit_schedule_is_never_slower_with_infinite_bandwidth(instance: Instance) -> None:
    greedy = greedy_schedule(instance)
    for schedule in (greedy, simulate(instance.problem)):
        bound, binding = fixed(instance, schedule)
        own = simulate(bound, **binding)
        if schedule is greedy:  # closing the gaps that waiting leaves takes bandwidth from others
            assert own.makespan_s <= schedule.makespan_s * (1 + 1e-9)  # repeats it, or closes gaps that theta left
        endless = simulate(with_bandwidth(bound, inf), **binding)
        assert endless.makespan_s <= min(own.makespan_s, schedule.makespan_s) * (1 + 1e-9)


@settings(max_examples=150, deadline=None)
@given(instances(infinite=False), st.floats(1, 10))
def test_jobs_that_all_start_at_once_never_end_later_with_more_bandwidth(instance: Instance, factor: float) -> None:
    """Fair shares only grow with bandwidth and with jobs that leave, so by induction nobody falls behind."""
    schedule = simulate(instance.problem)
    first = np.flatnonzero(schedule.start_s == 0)
    first = np.array([j for j in first if not instance.jobs[j].before and schedule.end_s[j] > 0], int)
    if not len(first):
        return
    jobs = job_arrays(
        *(list(np.asarray(a)[first]) for a in (instance.problem.jobs.class_shape[instance.problem.jobs.klass],)),
        list(range(len(first))), [0] * len(first), [0] * len(first), [0] * (len(first) + 1), [],
    )  # fmt: skip
    alone = instance.problem._replace(
        jobs=jobs, designs=instance.problem.designs._replace(allowed=np.ones((len(instance.card.cores), 1), np.uint8))
    )
    binding = {"forced_sub": schedule.sub[first], "forced_option": schedule.option[first]}
    before = simulate(alone, **binding)
    after = simulate(with_bandwidth(alone, factor), **binding)
    assert (after.end_s <= before.end_s * (1 + 1e-9) + 1e-12).all()


def test_more_bandwidth_can_lengthen_an_explicit_schedule() -> None:
    """Not a null: two jobs on one core, the second greedy; with more bandwidth it starts earlier and slows the job on
    the other core, whose long successor then ends later (docs/model-schedule.md §4).
    """
    ways = [
        [{"cores": 1, "unstalled_s": 10, "input_bytes": 20}],  # wants 2 B/s
        [{"cores": 1, "unstalled_s": 100}],
        [{"cores": 1, "unstalled_s": 1, "input_bytes": 18}],  # takes what is left: 2 B/s
        [{"cores": 1, "unstalled_s": 1, "input_bytes": 60, "rate_limit": inf}],
        [{"cores": 1, "unstalled_s": 1, "input_bytes": 60, "rate_limit": inf}],
        [{"cores": 1, "unstalled_s": 0}],
    ]
    layers = [(1, [(0, []), (1, [0])]), (1, [(2, []), (5, [0]), (3, [1]), (4, [1]), (4, [1])])]
    jobs = job_arrays(**network_jobs(layers))
    one = problem(jobs, [table(ways)], Machine([5], [1.0], [4.0]), theta=1e9)
    slow, fast = simulate(one), simulate(with_bandwidth(one, 1.1))
    assert slow.option.tolist() == fast.option.tolist()
    assert fast.end_s[2] < slow.end_s[2]
    assert fast.makespan_s > slow.makespan_s


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0, 5.0]), st.integers(1, 3)), min_size=1, max_size=4), st.data())
def test_two_identical_halves_equal_the_whole_where_no_job_spans_them(
    shapes: list[tuple[float, int]], data: st.DataObject
) -> None:
    """Jobs of one core each: two sub-accelerators of n cores and one of 2n cores give the same times."""
    ways = [[{"cores": 1, "unstalled_s": t, "compute_s": t, "input_bytes": float(b)}] for t, b in shapes]
    networks = []
    for _ in range(data.draw(st.integers(1, 4))):
        layers = [
            (data.draw(st.integers(0, len(shapes) - 1)), [i - 1] if i else [])
            for i in range(data.draw(st.integers(1, 4)))
        ]  # fmt: skip
        networks.append((data.draw(st.integers(1, 3)), layers))
    jobs = job_arrays(**network_jobs(networks))
    cores = data.draw(st.integers(1, 3))
    halves = simulate(problem(jobs, [table(ways)] * 2, Machine([cores, cores], [1.0, 1.0], [2.0])))
    whole = simulate(problem(jobs, [table(ways)], Machine([2 * cores], [1.0], [2.0])))
    assert halves.end_s.tolist() == whole.end_s.tolist()


def test_the_second_schedule_relieves_the_sub_accelerator_that_all_prefer() -> None:
    """A chain that is a little faster where four jobs must run: beside them it makes no one wait."""
    fast = table([[{"cores": 1, "unstalled_s": 2}], [{"cores": 1, "unstalled_s": 2}]])
    other = table([[{"cores": 1, "unstalled_s": 3}], [{"cores": 1, "unstalled_s": 100}]])
    jobs = job_arrays(**network_jobs([(1, [(0, []), (0, [0]), (0, [1])]), (4, [(1, [])])]))
    one = problem(jobs, [fast, other], Machine([1, 1], [1.0, 1.0], [1.0]))
    assert simulate(one).makespan_s == 9
    assert simulate(one).sub.tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert simulate_many(one).makespan_s.tolist() == [9]
    free = [-1] * 6
    assert simulate(one, forced_sub=[*free, 0]).makespan_s == 14  # bound: what is fixed is not thought over


def test_a_job_waits_for_cores_where_that_is_sooner_than_what_is_free() -> None:
    """Two jobs, five times slower on the other sub-accelerator: in turn on the fast one."""
    fast, slow = table([[{"cores": 1, "unstalled_s": 2}]]), table([[{"cores": 1, "unstalled_s": 10}]])
    jobs = job_arrays(**network_jobs([(2, [(0, [])])]))
    one = problem(jobs, [fast, slow], Machine([1, 1], [1.0, 1.0], [1.0]), theta=64)
    found = simulate(one)
    assert found.sub.tolist() == [0, 0]
    assert found.start_s.tolist() == [0, 2]
    assert simulate_many(one).makespan_s.tolist() == [4]


def test_nothing_delays_the_cores_that_a_job_waits_for() -> None:
    """From 1 s on a job waits for both cores, of which one is free until 6 s: too short for a job of 5.5 s."""
    ways = table([[{"cores": 1, "unstalled_s": s}] for s in (1, 8, 6, 5.5)] + [[{"cores": 2, "unstalled_s": 3}]])
    jobs = job_arrays(**network_jobs([(1, [(0, []), (4, [0]), (1, [1])]), (1, [(2, [])]), (1, [(3, [])])]))
    found = simulate(problem(jobs, [ways], Machine([2], [1.0], [1.0])))
    assert found.start_s.tolist() == [0, 6, 9, 0, 9]
    assert found.makespan_s == 17


def residency(keep: float, successors: int = 1) -> Problem:
    """A chain of two jobs on one core whose tensor of 4 bytes goes off-chip at 1 byte/s unless it stays."""
    ways = table(
        [
            [{"cores": 1, "unstalled_s": 1, "compute_s": 1, "port_s": 0, "output_bytes": 4, "off_chip_j": 4}],
            [{"cores": 1, "unstalled_s": 1, "compute_s": 1, "port_s": 0, "input_bytes": 4, "off_chip_j": 4}],
        ]
    )
    layers = [(0, []), *[(1, [0])] * successors]
    jobs = job_arrays(**network_jobs([(1, layers)]))
    return problem(jobs, [ways], Machine([1], [1.0], [1.0], keep_bytes=[keep]))


def test_a_tensor_stays_on_chip_where_it_fits_and_has_one_reader() -> None:
    kept = simulate(residency(4))
    assert kept.makespan_s == 2
    assert kept.saved_bytes.tolist() == [4, 4]
    assert kept.energy_j == 0
    for other in (residency(0), residency(3.9)):
        assert simulate(other).makespan_s == 8
        assert simulate(other).energy_j == 8
    assert simulate(residency(4, successors=2)).makespan_s == 12


@settings(max_examples=150, deadline=None)
@given(instances(loads=False), st.sampled_from([0.0, 2.0, 100.0]))
def test_residency_spares_bytes_and_nothing_else(instance: Instance, keep: float) -> None:
    cores = len(instance.card.cores)
    designs = instance.problem.designs._replace(keep_bytes=np.full(cores, keep))
    one = instance.problem._replace(designs=designs)
    schedule = simulate(one)
    drawn = {bar.job: bar for bar in bars(one, schedule)}
    for job, follower in enumerate(one.jobs.chain):
        if follower >= 0 and schedule.saved_bytes[job] > 0 and schedule.saved_bytes[follower] > 0 and keep > 0:
            assert schedule.end_s[job] <= schedule.start_s[follower]
    assert (schedule.saved_bytes <= one.options.bytes[schedule.option] + 1e-12).all()
    assert len(drawn) == len(instance.jobs)
    if keep == 0.0:
        assert not schedule.saved_bytes.any()


def test_says_what_cannot_run() -> None:
    one = problem(
        job_arrays(**network_jobs([(1, [(0, [])])])),
        [table([[{"cores": 2, "unstalled_s": 1}]])],
        Machine([2], [1.0], [1.0]),
    )
    with pytest.raises(ValueError, match="bound to option 5 on sub-accelerator 0"):
        simulate(one, forced_sub=[0], forced_option=[5])
    with pytest.raises(ValueError, match="needs the sub-accelerator"):
        simulate(one, forced_option=[0])
    with pytest.raises(ValueError, match="one entry for each design and job"):
        bindings(one, np.zeros((2, 1), np.int32))
    with pytest.raises(ValueError, match="needs more cores than there are"):
        simulate(one._replace(designs=one.designs._replace(cores=np.array([1], np.int32))))
    with pytest.raises(ValueError, match="sorted by tenant"):
        job_arrays([0, 0], [1, 0], [0, 0], [0, 0], [0, 0, 0], [])
    with pytest.raises(ValueError, match="at least one core"):
        design_arrays([Machine([0], [1.0], [1.0])], [0.0], [1.0])
