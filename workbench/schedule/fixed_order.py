"""Explicit schedules: jobs bound to options and to an order on every core."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from workbench.schedule.problem import JobArrays, Problem
from workbench.schedule.schedule import Schedule
from workbench.schedule.timeline import Bar


def with_sequences(jobs: JobArrays, sequences: Sequence[Sequence[int]]) -> JobArrays:
    """The same jobs, each sequence's jobs one after the other: every job also waits for the one before it there.

    Raises ValueError for jobs of several rounds, whose blocks would no longer be equal.
    """
    if jobs.rounds != 1:
        raise ValueError("an explicit order is for one round: give the jobs of a single round")
    count = len(jobs.klass)
    producer = np.repeat(np.arange(count), np.diff(jobs.successor_start))
    extra = [pair for sequence in sequences for pair in pairwise(sequence)]
    before = np.array([a for a, _ in extra], np.int64)
    after = np.array([b for _, b in extra], np.int64)
    edges = np.unique(np.concatenate((producer * count + jobs.successor, before * count + after)))
    start = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(edges // count, minlength=count), out=start[1:])
    return jobs._replace(
        successor_start=start,
        successor=(edges % count).astype(np.int32),
        predecessors=np.bincount(edges % count, minlength=count).astype(np.int32),
        block_start=np.array([0, count], np.int32),
        block_layers=np.array([max(1, count)], np.int32),
        chain=np.full(count, -1, np.int32),
    )


def core_order(problem: Problem, bars: Sequence[Bar]) -> Problem:
    """The problem whose jobs follow each other on every core as in `bars` (in order of start time).

    Simulated with forced_sub and forced_option of the same schedule and priorities by start time, it repeats that
    schedule's decisions whatever the bandwidth.
    """
    lanes: dict[tuple[int, int], list[int]] = {}
    for bar in bars:
        for core in bar.cores:
            lanes.setdefault((bar.sub, core), []).append(bar.job)
    return problem._replace(jobs=with_sequences(problem.jobs, list(lanes.values())))


def start_order(schedule: Schedule) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """[J] priorities that repeat the order in which jobs started."""
    place = np.empty(len(schedule.order))
    place[schedule.order] = np.arange(len(place))
    priority = np.empty(len(place))
    priority[np.lexsort((place, schedule.start_s))] = np.arange(len(place), dtype=np.float64)
    return priority
