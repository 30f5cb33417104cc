"""Figures of a schedule by tenant, and what its length hangs on."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from workbench.schedule.order import rank_order
from workbench.schedule.problem import Floats, Problem, best_alone_s, repeated
from workbench.schedule.schedule import Schedule, simulate
from workbench.schedule.timeline import ready_s

ROUNDS = 4  # back-to-back rounds from which the steady period is taken (formulation §3.5)


class Cause(StrEnum):
    """Why a job on the critical path did not start earlier."""

    START = "start"  # it started at once
    DEPENDENCY = "dependency"  # the job before it on the path is a predecessor
    CORES = "cores"  # the job before it on the path ended and set cores free


@dataclass(frozen=True, slots=True)
class CriticalJob:
    """One job of the critical path, and why it did not start before."""

    job: int
    cause: Cause


def tenant_latency_s(problem: Problem, schedule: Schedule) -> Floats:
    """[tenants] end of each tenant's last job."""
    latency = np.zeros(int(problem.jobs.tenant.max(initial=-1)) + 1)
    np.maximum.at(latency, problem.jobs.tenant, schedule.end_s)
    return latency


def job_energy_j(problem: Problem, schedule: Schedule) -> Floats:
    """[J] dynamic energy, less what traffic kept on chip would have cost off chip."""
    options, option = problem.options, schedule.option
    moved = options.bytes[option]
    kept = np.divide(schedule.saved_bytes, moved, out=np.zeros_like(moved), where=moved > 0)
    energy: Floats = options.energy_j[option] - options.off_chip_j[option] * kept
    return energy


def tenant_energy_j(problem: Problem, schedule: Schedule) -> Floats:
    """[tenants] dynamic energy."""
    energy = np.zeros(int(problem.jobs.tenant.max(initial=-1)) + 1)
    np.add.at(energy, problem.jobs.tenant, job_energy_j(problem, schedule))
    return energy


def critical_path(problem: Problem, schedule: Schedule) -> list[CriticalJob]:
    """The chain of jobs that ends with the last one, in order of time; each job starts when the one before it ends."""
    jobs = problem.jobs
    end, start = schedule.end_s, schedule.start_s
    producer = np.repeat(np.arange(len(end)), np.diff(jobs.successor_start))
    by_consumer = np.argsort(jobs.successor, kind="stable")
    first_producer = np.searchsorted(jobs.successor[by_consumer], np.arange(len(end) + 1))
    ready = ready_s(problem, schedule)
    path: list[CriticalJob] = []
    seen = np.zeros(len(end), bool)
    job = int(np.argmax(end)) if len(end) else -1
    while job >= 0:
        seen[job] = True
        if start[job] == 0.0 and ready[job] == 0.0:
            path.append(CriticalJob(job, Cause.START))
            break
        producers = producer[by_consumer[first_producer[job] : first_producer[job + 1]]]
        last = producers[(end[producers] == start[job]) & ~seen[producers]]
        if len(last):
            path.append(CriticalJob(job, Cause.DEPENDENCY))
            job = int(last[0])
            continue
        ended = np.flatnonzero((end == start[job]) & ~seen)
        path.append(CriticalJob(job, Cause.CORES))
        same = ended[schedule.sub[ended] == schedule.sub[job]]
        job = int(same[0]) if len(same) else int(ended[0]) if len(ended) else -1
    return path[::-1]


def longest_chain_s(problem: Problem) -> float:
    """The longest path through any network at each job's best time on the empty machine: no schedule is shorter."""
    jobs, best = problem.jobs, best_alone_s(problem).min(axis=0)
    count = len(jobs.klass)
    rank, rows = np.zeros(count), np.zeros(count, np.int32)
    rank_order(jobs, best, rank, rows, rows.copy(), rows.copy())
    return float(rank.max(initial=0.0))


def steady_period_s(problem: Problem, rounds: int = ROUNDS, proportional: bool = False) -> float:
    """(end of the last round − end of the first) / (rounds − 1) for rounds that all wait from the start, earlier rounds
    first, so that a later one fills what an earlier one leaves idle.
    """
    many = problem._replace(jobs=repeated(problem.jobs, rounds))
    return simulate(many, proportional=proportional).period_s
