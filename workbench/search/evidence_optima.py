"""How far schedules and searches are from proven optima, where the problem is small enough to prove one."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from workbench.dataflow.library import load_dataflow
from workbench.design.budget import fit_of
from workbench.design.design import Design, SchedulerWeights, SubAccelerator
from workbench.design.first import first_design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board
from workbench.hardware.presets import load_board
from workbench.schedule.exact_optimum import exact_optimum
from workbench.schedule.problem import Problem, job_arrays
from workbench.schedule.schedule import simulate
from workbench.search.objective import Goal
from workbench.search.optimizers import DEFAULT, make_optimizer
from workbench.search.run import Limits, Search
from workbench.search.space import ALPHA_RANGE, THETA_RANGE, Space

GRID = 16  # values of each weight, over the ranges that a search covers: they stand for searching the weights
ALPHAS = tuple(np.linspace(*ALPHA_RANGE, GRID).tolist())
THETAS = tuple(np.geomspace(*THETA_RANGE, GRID).tolist())
TENANTS, SHORTEST, LONGEST = 3, 2, 4  # chains of consecutive layers
MOST_NODES = 300_000

SMALL_BOARD, SMALL_WORKLOAD = "zcu102", "mlperf"
TEXTS = ("auto-p", "auto-k")
EVALUATIONS = 160
SEEDS = (1, 2, 3, 4, 5)
FINER = 2  # points of the lattice per number of cores


@dataclass(frozen=True, slots=True)
class Gaps:
    """Relative excess over the optimum, one per proven problem; `unproven` problems are not in them."""

    plain: tuple[float, ...]  # the scheduler's default weights
    weights: tuple[float, ...]  # the best of a grid of weights
    unproven: int


@dataclass(frozen=True, slots=True)
class SmallSpace:
    """The search against every design of a small space."""

    designs: int
    fitting: int
    optimum_edp_j_s: float
    optimum: Design
    found_edp_j_s: tuple[float, ...]  # one per seed
    evaluations: int
    seconds: float


def scheduler_gaps(problems: int) -> Gaps:
    """The list scheduler on random chains of real layers against branch and bound."""
    design = Design(
        "mixed",
        "u280",
        (
            SubAccelerator("A", "B2304", 1, 2, load_dataflow("auto-k").text),
            SubAccelerator("B", "B512", 1, 2, load_dataflow("auto-p").text),
        ),
    )
    scorer = Scorer(design_workload(design), load_board(design.board))
    whole = scorer.problem_of(design)
    plain, weights = [], []
    for seed in range(problems):
        one = _chains(scorer, whole, seed)
        exact = exact_optimum(one, MOST_NODES)
        if not exact.proven:
            continue
        plain.append(simulate(one).makespan_s / exact.makespan_s - 1.0)
        tried = [
            simulate(one._replace(designs=one.designs._replace(alpha=np.array([a]), theta=np.array([t])))).makespan_s
            for a, t in product(ALPHAS, THETAS)
        ]
        weights.append(min(tried) / exact.makespan_s - 1.0)
    return Gaps(tuple(plain), tuple(weights), problems - len(plain))


def _chains(scorer: Scorer, whole: Problem, seed: int) -> Problem:
    """Three tenants, each three or four consecutive layers of a network of the workload."""
    random = np.random.default_rng(seed)
    networks = [tenant.network for tenant in scorer.workload.tenants]
    first_job = {t: scorer.jobs.tenant.index(t) for t in range(len(networks))}
    shape, tenant, layer, start, before = [], [], [], [0], []
    for t in range(TENANTS):
        which = int(random.integers(len(networks)))
        length = int(random.integers(SHORTEST, LONGEST + 1))
        begin = int(random.integers(len(networks[which].layers) - length + 1))
        for i in range(length):
            shape.append(scorer.jobs.shape[first_job[which] + begin + i])
            tenant.append(t)
            layer.append(i)
            if i:
                before.append(len(shape) - 2)
            start.append(len(before))
    jobs = job_arrays(shape, tenant, [0] * len(shape), layer, start, before)
    classes = np.arange(whole.options.start.shape[1] - 1, dtype=np.int32)
    jobs = jobs._replace(class_shape=classes, class_group=np.zeros_like(classes))
    return whole._replace(jobs=jobs)


def small_space_search() -> SmallSpace:
    """CMA-ES against exhaustive enumeration: up to two groups of DPU cores on a small board, plain scheduler."""
    began = time.perf_counter()
    board = load_board(SMALL_BOARD)
    first = replace(first_design(SMALL_WORKLOAD, SMALL_BOARD), scheduler=SchedulerWeights())
    scorer = Scorer(design_workload(first), board)
    space = _small_space(first, board)
    designs = tuple(dict.fromkeys(_all_of(space)))
    evaluations = scorer.evaluate_many(designs, threads=1)
    goal = Goal()
    values = [goal.value(found) for found in evaluations]
    best = min(range(len(designs)), key=lambda i: values[i])
    found = tuple(_search(space, scorer, seed) for seed in SEEDS)
    fitting = sum(fit_of(design, board).overrun == 0 for design in designs)
    seconds = time.perf_counter() - began
    return SmallSpace(len(designs), fitting, values[best], designs[best], found, EVALUATIONS, seconds)


def _small_space(first: Design, board: Board) -> Space:
    """Two groups, one spread over P and one over K; what kinds of cores and how many is all there is to choose."""
    subs = tuple(
        SubAccelerator(id_, "B512", 1, 1, load_dataflow(text).text) for id_, text in zip("AB", TEXTS, strict=True)
    )
    parts = ("rows", "planes", "wires", "dsp", "dataflow")
    frozen = ("scheduler", "subaccelerators", *(f"{id_}.{part}" for id_ in "AB" for part in parts))
    return Space(replace(first, subaccelerators=subs), board, freeze=frozen, most_subaccelerators=2)


def _all_of(space: Space) -> Iterator[Design]:
    """Every design of a space, by a lattice fine enough that each value of each coordinate is met."""
    kinds = len(space.choices.cores)
    most = max(space.choices.most_cores(core) for core in space.choices.cores)
    sizes = [kinds if name.endswith(".core") else FINER * most for name in space.names]
    for point in product(*((np.arange(size) + 0.5) / size for size in sizes)):
        yield space.decode(np.array(point))


def _search(space: Space, scorer: Scorer, seed: int) -> float:
    search = Search(
        space,
        make_optimizer(DEFAULT, space.neutral(), seed, terrain=space),
        lambda designs: scorer.evaluate_many(designs, threads=1),
        Goal(),
        [],
        Limits(EVALUATIONS),
    )
    while not search.done:
        search.step()
    return search.archive.best_value
