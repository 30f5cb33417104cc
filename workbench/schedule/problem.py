"""What is scheduled, in arrays: jobs, the ways each may run, and the machines that offer them.

All kernels of this floor read these tuples. Every array is C-contiguous with a fixed type, because each new array type
would compile the kernels anew.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.cost.options import Column, OptionTable

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Words = NDArray[np.int64]  # sets of bits


class JobArrays(NamedTuple):
    """J jobs in canonical order (tenant, instance, layer); successors as CSR.

    `block_start` [B + 1] and `block_layers` [B] cut the jobs into blocks of equal copies: block b holds copies of its
    first `block_layers[b]` jobs, alike in class and edges, so that ranks are worked out once per block. A class is a
    shape together with an isolation group; jobs of one class choose among the same options.
    """

    klass: Ints  # [J]
    tenant: Ints  # [J]
    instance: Ints  # [J]
    layer: Ints  # [J]
    successor_start: Ints  # [J + 1]
    successor: Ints  # [edges]
    predecessors: Ints  # [J] number of predecessors
    block_start: Ints  # [B + 1]
    block_layers: Ints  # [B]
    class_shape: Ints  # [classes]
    class_group: Ints  # [classes] isolation group: a row of DesignArrays.allowed
    chain: Ints  # [J] the job's only consumer if the job is that consumer's only producer, else -1
    rounds: int = 1  # equal rounds, one after the other; the blocks cut the first round only


class OptionArrays(NamedTuple):
    """Options of several sub-accelerator configurations over the same shapes, one row per option.

    Options of shape i on configuration k are rows start[k, i]:start[k, i + 1].
    """

    start: Ints  # [configurations, shapes + 1]
    cores: Ints
    rectangle: Ints  # rows, columns and planes packed into one number, equal for equal sub-rectangles
    unstalled_s: Floats
    compute_s: Floats
    bytes: Floats  # all off-chip bytes
    load_bytes: Floats  # part of `bytes` that must arrive before anything else
    rate_limit: Floats  # bytes/s
    energy_j: Floats  # all dynamic terms
    port_s: Floats
    ring_s: Floats
    keeps: NDArray[np.uint8]  # 1: the output lies across the cores as the next layer reads it
    input_bytes: Floats
    output_bytes: Floats
    off_chip_j: Floats


class DesignArrays(NamedTuple):
    """D designs; the sub-accelerators of design d are entries sub_start[d]:sub_start[d + 1]."""

    sub_start: Ints  # [D + 1]
    configuration: Ints  # [subs] row of OptionArrays.start
    cores: Ints  # [subs]
    core_size: Floats  # [subs] LUT of one core (any positive measure of size where there are no LUTs)
    bandwidth_cap: Floats  # [subs] bytes/s; inf: no share
    memory_group: Ints  # [subs] index of group_bandwidth
    keep_bytes: Floats  # [subs] activations a core can hold beside its working banks; 0: none stay on chip
    allowed: NDArray[np.uint8]  # [subs, isolation groups]
    alpha: Floats  # [D]
    theta: Floats  # [D]
    group_bandwidth: Floats  # [groups] bytes/s, the same card for all designs


class Machine(NamedTuple):
    """One design's hardware as the scheduler sees it; units as in DesignArrays."""

    cores: Sequence[int]
    core_size: Sequence[float]
    group_bandwidth: Sequence[float]
    bandwidth_cap: Sequence[float] = ()  # empty: no caps
    memory_group: Sequence[int] = ()  # empty: all in group 0
    keep_bytes: Sequence[float] = ()  # empty: no activations stay on chip
    allowed: Sequence[Sequence[bool]] = ()  # [subs][isolation groups]; empty: everything allowed


class Problem(NamedTuple):
    """Everything the simulator needs for one design (or for many that share jobs and options)."""

    jobs: JobArrays
    options: OptionArrays
    designs: DesignArrays


def job_arrays(
    shape: Sequence[int],
    tenant: Sequence[int],
    instance: Sequence[int],
    layer: Sequence[int],
    predecessor_start: Sequence[int],
    predecessor: Sequence[int],
    isolation: Sequence[int] = (),
) -> JobArrays:
    """Jobs from plain sequences: four of length J, and each job's predecessors as CSR.

    `isolation` gives each tenant's isolation group (default: all 0); DesignArrays.allowed says which groups may use
    which sub-accelerator. Raises ValueError if jobs are not in canonical order or a predecessor does not exist.
    """
    shapes, tenants = np.asarray(shape, np.int32), np.asarray(tenant, np.int32)
    instances, layers = np.asarray(instance, np.int32), np.asarray(layer, np.int32)
    count = len(shapes)
    order = np.lexsort((layers, instances, tenants))
    if not np.array_equal(order, np.arange(count)):
        job = int(np.flatnonzero(order != np.arange(count))[0])
        raise ValueError(f"job {job} is out of place: jobs must be sorted by tenant, instance and layer")
    start, before = np.asarray(predecessor_start, np.int64), np.asarray(predecessor, np.int32)
    if len(start) != count + 1 or (len(before) and not (before.min() >= 0 and before.max() < count)):
        raise ValueError(f"predecessors must name jobs 0..{count - 1} and have {count + 1} starts")
    predecessors = np.diff(start).astype(np.int32)
    after = np.repeat(np.arange(count, dtype=np.int32), predecessors)
    by_producer = np.argsort(before, kind="stable")
    successor = after[by_producer]
    successor_start = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(before, minlength=count), out=successor_start[1:])

    group = np.zeros(count, np.int32)
    if len(isolation):
        group = np.asarray(isolation, np.int32)[tenants]
    groups = int(group.max(initial=0)) + 1
    if groups == 1:  # class = shape
        klass = shapes
        class_shape = np.arange(int(shapes.max(initial=-1)) + 1, dtype=np.int32)
        class_group = np.zeros_like(class_shape)
    else:
        distinct, inverse = np.unique(shapes.astype(np.int64) * groups + group, return_inverse=True)
        klass = inverse.astype(np.int32)
        class_shape, class_group = (distinct // groups).astype(np.int32), (distinct % groups).astype(np.int32)
    block_start, block_layers = _blocks(klass, tenants, instances, successor_start, successor)
    only_consumer = np.where(np.diff(successor_start) == 1, 0, -1).astype(np.int32)
    single = np.flatnonzero(only_consumer == 0)
    consumer = successor[successor_start[single]]
    only_consumer[single] = np.where(predecessors[consumer] == 1, consumer, -1)
    return JobArrays(
        klass,
        tenants,
        instances,
        layers,
        successor_start,
        successor,
        predecessors,
        block_start,
        block_layers,
        class_shape,
        class_group,
        only_consumer,
    )


def _blocks(klass: Ints, tenant: Ints, instance: Ints, successor_start: Ints, successor: Ints) -> tuple[Ints, Ints]:
    """Cut jobs into blocks of equal copies: one per tenant if all its instances are alike, else one for all jobs."""
    count = len(klass)
    whole = (np.array([0, count], np.int32), np.array([max(count, 1)], np.int32))
    starts, layers = [0], []
    out_degree = np.diff(successor_start)
    for t in np.unique(tenant):
        jobs = np.flatnonzero(tenant == t)
        first, last = int(jobs[0]), int(jobs[-1]) + 1
        copies = len(np.unique(instance[jobs]))
        size, odd = divmod(last - first, copies)
        if odd:
            return whole
        edges = successor[successor_start[first] : successor_start[last]]
        relative = edges - np.repeat(first + (np.arange(last - first) // size) * size, out_degree[first:last])
        if len(relative) and (relative.min() < 0 or relative.max() >= size):
            return whole  # an edge between instances
        for values in (klass[first:last], out_degree[first:last]):
            grid = values.reshape(copies, size)
            if (grid != grid[0]).any():
                return whole
        per_copy = len(relative) // copies
        if (relative.reshape(copies, per_copy) != relative[:per_copy]).any():
            return whole
        starts.append(last)
        layers.append(size)
    return np.array(starts, np.int32), np.array(layers or [1], np.int32)


def repeated(jobs: JobArrays, rounds: int) -> JobArrays:
    """`rounds` back-to-back rounds of a workload: all wait at time 0, an earlier round goes before a later one.

    Round r's jobs are r·J … (r + 1)·J − 1; instances keep their numbers.
    """
    count, edges = len(jobs.klass), len(jobs.successor)
    shift = np.repeat(np.arange(rounds, dtype=np.int32), count) * count
    starts = [jobs.successor_start[:-1] + r * edges for r in range(rounds)]
    chain = np.tile(jobs.chain, rounds)
    return jobs._replace(
        klass=np.tile(jobs.klass, rounds),
        tenant=np.tile(jobs.tenant, rounds),
        instance=np.tile(jobs.instance, rounds),
        layer=np.tile(jobs.layer, rounds),
        successor_start=np.concatenate([*starts, [rounds * edges]]).astype(np.int32),
        successor=(np.tile(jobs.successor, rounds) + np.repeat(np.arange(rounds) * count, edges)).astype(np.int32),
        predecessors=np.tile(jobs.predecessors, rounds),
        chain=np.where(chain < 0, chain, chain + shift).astype(np.int32),
        rounds=rounds,
    )


def option_arrays(tables: Sequence[OptionTable], keeps: Sequence[NDArray[np.bool_]] = ()) -> OptionArrays:
    """All options of `tables`, table k becoming configuration k. Tables must cover the same shapes.

    `keeps[k]` flags the options of table k whose output lies across the cores as the next layer, on the same
    sub-rectangle, reads its input (formulation: matching partition); by default those of one core.
    """
    shapes = {len(table.start) for table in tables}
    if len(shapes) != 1:
        raise ValueError(f"option tables must cover the same shapes, found {sorted(n - 1 for n in shapes)}")
    base = np.concatenate(([0], np.cumsum([len(table.rows) for table in tables])))
    start = np.stack([table.start + base[k] for k, table in enumerate(tables)]).astype(np.int32)
    rows = np.concatenate([table.rows for table in tables])

    def column(first: Column, *others: Column) -> Floats:
        total = rows[:, first].copy()
        for other in others:
            total += rows[:, other]
        return total

    rectangle = (rows[:, Column.ROWS] * 1024 + rows[:, Column.COLS]) * 1024 + rows[:, Column.PLANES]
    return OptionArrays(
        start,
        rows[:, Column.CORES].astype(np.int32),
        rectangle.astype(np.int32),
        column(Column.UNSTALLED_S),
        column(Column.COMPUTE_S),
        column(Column.INPUT_BYTES, Column.WEIGHT_BYTES, Column.OUTPUT_BYTES),
        column(Column.LOAD_BYTES),
        column(Column.RATE_LIMIT),
        column(Column.MAC_J, Column.ON_CHIP_J, Column.OFF_CHIP_J, Column.NETWORK_J),
        column(Column.PORT_S),
        column(Column.RING_S),
        (np.concatenate(keeps) if len(keeps) else _one_core_unsplit(rows)).astype(np.uint8),
        column(Column.INPUT_BYTES),
        column(Column.OUTPUT_BYTES),
        column(Column.OFF_CHIP_J),
    )


def _one_core_unsplit(rows: Floats) -> NDArray[np.bool_]:
    """Options of one core that write each output once: the tensor lies whole where the next layer reads it."""
    flags: NDArray[np.bool_] = (rows[:, Column.CORES] == 1) & (rows[:, Column.REFETCH_O] <= 1)
    return flags


def design_arrays(
    machines: Sequence[Machine],
    alpha: Sequence[float],
    theta: Sequence[float],
    configuration: Sequence[int] = (),
) -> DesignArrays:
    """Machines on one card, one after the other. `configuration` names each sub-accelerator's row of
    OptionArrays.start (default: 0, 1, 2 … over all machines).

    Raises ValueError on a machine without cores, a size or bandwidth that is not positive, or cards that differ.
    """
    counts = [len(m.cores) for m in machines]
    subs = sum(counts)
    cards = {tuple(m.group_bandwidth) for m in machines}
    if len(cards) != 1:
        raise ValueError("all machines of a batch must have the same memory groups")
    for m in machines:
        if not m.cores or min(m.cores) < 1:
            raise ValueError(f"every sub-accelerator needs at least one core, found {list(m.cores)}")
        if min(m.core_size) <= 0 or min(m.group_bandwidth) <= 0 or min(m.bandwidth_cap, default=1.0) <= 0:
            raise ValueError("core sizes, bandwidths and bandwidth caps must be positive")
    groups = max((len(m.allowed[0]) for m in machines if m.allowed), default=1)
    allowed = np.ones((subs, groups), np.uint8)
    for m, first in zip(machines, np.cumsum([0, *counts[:-1]]), strict=True):
        if m.allowed:
            allowed[first : first + len(m.cores)] = np.asarray(m.allowed, np.uint8)
            if not allowed[first : first + len(m.cores)].any(axis=0).all():
                raise ValueError("every isolation group needs a sub-accelerator that it may use")
    return DesignArrays(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        np.asarray(configuration if len(configuration) else range(subs), np.int32),
        np.array([c for m in machines for c in m.cores], np.int32),
        np.array([c for m in machines for c in m.core_size], np.float64),
        np.array([c for m in machines for c in (m.bandwidth_cap or [np.inf] * len(m.cores))], np.float64),
        np.array([g for m in machines for g in (m.memory_group or [0] * len(m.cores))], np.int32),
        np.array([b for m in machines for b in (m.keep_bytes or [0.0] * len(m.cores))], np.float64),
        allowed,
        np.asarray(alpha, np.float64),
        np.asarray(theta, np.float64),
        np.asarray(machines[0].group_bandwidth, np.float64),
    )


def problem(
    jobs: JobArrays, tables: Sequence[OptionTable], machine: Machine, alpha: float = 0.0, theta: float = 4.0
) -> Problem:
    """One design: tables[i] holds the options on its sub-accelerator i; a table given twice is one configuration."""
    distinct = list({id(table): table for table in tables}.values())
    configuration = [next(k for k, known in enumerate(distinct) if known is table) for table in tables]
    return Problem(jobs, option_arrays(distinct), design_arrays([machine], [alpha], [theta], configuration))


def best_alone_s(problem: Problem) -> Floats:
    """[subs, classes] least time on the empty machine on each sub-accelerator of the one design; inf where the class
    may not run: max(unstalled time, off-chip bytes / total bandwidth) over the options (formulation §3.4).
    """
    jobs, options, designs = problem
    alone = np.maximum(options.unstalled_s, options.bytes / designs.group_bandwidth.sum())
    least = np.full((len(designs.cores), len(jobs.class_shape)), np.inf)
    for s, configuration in enumerate(designs.configuration):
        start = options.start[configuration]
        fits = np.where(options.cores <= designs.cores[s], alone, np.inf)[start[0] : start[-1]]
        fastest = np.minimum.reduceat(fits, start[:-1] - start[0])[jobs.class_shape]
        least[s] = np.where(designs.allowed[s, jobs.class_group] > 0, fastest, np.inf)
    return least
