"""Nulls: pairs of questions whose answers must be equal, asked of the very code that scores designs."""

from dataclasses import dataclass, replace

import numpy as np

from workbench.cost.estimate import estimate_network
from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, SchedulerWeights, SubAccelerator, TenantRow
from workbench.design.limits import MAX_THETA
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.presets import load_board, load_core
from workbench.schedule.fixed_order import core_order, start_order
from workbench.schedule.problem import Problem
from workbench.schedule.schedule import Schedule, simulate
from workbench.schedule.timeline import bars
from workbench.search.baselines import ONE_CORE_ALPHA
from workbench.workload.presets import load_network

WORKLOAD, BOARD, CORE = "mixed", "u280", "B2304"
SAME = 1e-9  # relative: sums in another order
ENDLESS_BYTES_PER_S = 1e18
SCARCE = 0.1  # of the card's bandwidth, so that sharing it matters
MORE_BANDWIDTH = (1.05, 1.25, 1.5, 2.0, 4.0)
ESTIMATED = ("resnet50", "mobilenetv2", "bert_base_s128")


@dataclass(frozen=True, slots=True)
class Null:
    """One null: what must be equal (or in order), the two figures, and whether they were."""

    words: str
    one: float
    other: float
    holds: bool
    law: bool = True  # False: an observation that theory does not promise


def nulls() -> list[Null]:
    """All nulls, on the mixed workload and a U280."""
    return [_two_groups_are_one(), *_order_does_not_matter(), *_alone_is_the_estimate(), *_more_bandwidth()]


def _group(id_: str, text: str, cores: int) -> SubAccelerator:
    return SubAccelerator(id_, CORE, 1, cores, load_dataflow(text).text)


def _scorer(design: Design) -> Scorer:
    return Scorer(design_workload(design), load_board(design.board, design.board_overrides))


def _two_groups_are_one() -> Null:
    weights = SchedulerWeights(ONE_CORE_ALPHA, MAX_THETA)
    one = Design(WORKLOAD, BOARD, (_group("A", "auto-k", 6),), weights)
    two = replace(one, subaccelerators=(_group("A", "auto-k", 3), _group("B", "auto-k", 3)))
    together, apart = (found.edp_j_s for found in _scorer(one).evaluate_many([one, two], threads=1))
    words = "EDP: two groups of 3 equal cores against one of 6, a layer on one core (J·s)"
    return Null(words, together, apart, _equal(together, apart))


def _order_does_not_matter() -> list[Null]:
    overrides = (("memory.HBM2.bytes_per_s_per_channel", ENDLESS_BYTES_PER_S), ("port_rule", "shared"))
    designs = [
        Design(WORKLOAD, BOARD, (_group("A", style, 6),), board_overrides=overrides)
        for style in ("ws-k", "os-k", "is-k")
    ]
    stationary = _scorer(designs[0]).evaluate_many(designs, threads=1)
    first = stationary[0].latency_s
    return [
        Null(f"time: weight against {name} stationary, endless bandwidth (s)", first, found.latency_s,
             _equal(first, found.latency_s))
        for name, found in zip(("output", "input"), stationary[1:], strict=True)
    ]  # fmt: skip


def _alone_is_the_estimate() -> list[Null]:
    found = []
    for network in ESTIMATED:
        design = Design("alone", BOARD, (_group("A", "auto-k", 1),), tenants=(TenantRow(network, 1, 1, None),))
        scored = _scorer(design).evaluate(design).latency_s
        estimated = estimate_network(load_network(network), load_core(CORE), 1, load_board(BOARD)).latency_s
        words = f"time: {network} alone on one core against estimate (s)"
        found.append(Null(words, estimated, scored, _equal(estimated, scored)))
    return found


def _more_bandwidth() -> list[Null]:
    """A fixed schedule (options, and the order on every core) with more bandwidth. Not a law: see the model's page."""
    design = Design(WORKLOAD, BOARD, (_group("A", "auto-k", 5), replace(_group("B", "auto-p", 6), core="B512")))
    scorer = _scorer(design)
    whole = scorer.problem_of(design)
    problem = whole._replace(
        designs=whole.designs._replace(group_bandwidth=np.asarray(SCARCE * whole.designs.group_bandwidth))
    )
    plain = simulate(problem)
    fixed = core_order(problem, bars(problem, plain))
    before = _repeated(fixed, plain, 1.0)
    found = []
    for factor in MORE_BANDWIDTH:
        after = _repeated(fixed, plain, factor)
        words = f"time: the same schedule with {factor:g} × the bandwidth (s)"
        found.append(Null(words, before, after, after <= before * (1 + SAME), law=False))
    return found


def _repeated(fixed: Problem, plain: Schedule, factor: float) -> float:
    designs = fixed.designs._replace(group_bandwidth=np.asarray(fixed.designs.group_bandwidth * factor))
    again = simulate(
        fixed._replace(designs=designs),
        forced_sub=plain.sub,
        forced_option=plain.option,
        priority=start_order(plain),
    )
    return again.makespan_s


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= SAME * max(abs(one), abs(other))
