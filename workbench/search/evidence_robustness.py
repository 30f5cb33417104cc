"""How much of a cell's answer survives the model's own uncertainty.

Each draw disturbs, for all designs of a cell alike: the time of every (layer, kind of group) pair, static and idle
power, energy per event, port width and memory efficiency. Designs are judged again, not searched again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.design.configurations import Configuration, ConfigurationStore
from workbench.design.design import Design
from workbench.design.score import Scorer
from workbench.hardware.board import Board, PortRule
from workbench.hardware.energy import EnergyTable
from workbench.schedule.problem import Floats, Problem
from workbench.search.campaign import METHOD, CellResult, Winner, cell_scorer
from workbench.search.campaign_tables import HDA_PUB, HDA_SCHED, HMCA_FAIR, HMCA_PUB, Rival
from workbench.search.insights import insight_holds

LAYER_ERROR = 0.12  # σ of the logarithm, per layer and kind of group; measured against a simulator (accuracy bench)
POWER_FACTOR = 2.0  # static and idle power: between half and twice, even in the logarithm
ENERGY_SIGMA = 0.25  # of the logarithm, per term of the table
PORT_FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0)
LEAST_EFFICIENCY = 0.7  # of the memory's peak; up to all of it
RIVALS: tuple[Rival, ...] = (HMCA_FAIR, HMCA_PUB, HDA_SCHED, HDA_PUB)
PERCENTILES = (10.0, 50.0, 90.0)


@dataclass(frozen=True, slots=True)
class Robustness:
    """`winner_share`: draws in which no rival beats the method's design; `insight_share`: draws in which the insight's
    verdict on the best of all designs, the method's runners-up included, is that of the undisturbed cell; `ratios`:
    P10, P50, P90 of EDP over the method's design, by rival."""

    cell: str
    draws: int
    winner_share: float
    insight_holds: bool
    insight_share: float
    ratios: tuple[tuple[str, tuple[float, ...]], ...]


def robustness(result: CellResult, draws: int, seed: int = 1) -> Robustness:
    """Disturb a complete cell `draws` times. Raises ValueError for a cell without a method's winner."""
    method = result.winner(METHOD)
    if method is None or method.design is None:
        raise ValueError(f"{result.cell.name}: no complete result; run workbench reproduce for this cell first")
    rivals = {rival.title: found for rival in RIVALS if (found := rival.of(result)) is not None}
    designs = [method.design, *result.runners_up, *(_design(winner) for winner in rivals.values())]
    own = 1 + len(result.runners_up)  # the rivals come behind
    scorer = cell_scorer(result.cell)
    random = np.random.Generator(np.random.PCG64(seed))
    told = insight_holds(result.cell.workload, method.design)
    wins = kept = 0
    ratios: dict[str, list[float]] = {title: [] for title in rivals}
    for _ in range(draws):
        edp = [found.edp_j_s for found in disturbed(scorer, random).evaluate_many(designs, threads=1)]
        for place, (title, winner) in enumerate(rivals.items()):
            ratios[title].append(edp[own + place] * winner.power_factor / edp[0])
        best = min(edp)
        wins += all(ratios[title][-1] >= 1.0 for title in rivals)
        kept += insight_holds(result.cell.workload, designs[edp.index(best)]) == told
    spread = tuple(
        (title, tuple(float(p) for p in np.percentile(values, PERCENTILES))) for title, values in ratios.items()
    )
    return Robustness(result.cell.name, draws, wins / draws, told, kept / draws, spread)


def best_shares(designs: Sequence[Design], scorer: Scorer, draws: int, seed: int = 1) -> tuple[float, ...]:
    """Of each design: in which share of `draws` no other has a lower EDP. Equals are all best; one that does not fit
    never is. Raises ValueError for fewer than two designs or one draw."""
    if len(designs) < 2 or draws < 1:
        raise ValueError(f"{len(designs)} designs, {draws} draws: give two or more designs and one or more draws")
    random = np.random.Generator(np.random.PCG64(seed))
    best = np.zeros(len(designs))
    for _ in range(draws):
        edp = np.array([found.edp_j_s for found in disturbed(scorer, random).evaluate_many(designs, threads=1)])
        best += (edp == edp.min()) & np.isfinite(edp)
    return tuple((best / draws).tolist())


def disturbed(scorer: Scorer, random: np.random.Generator) -> "DisturbedScorer":
    """A scorer like another, in one drawn world."""
    board = disturbed_board(scorer.board, random)
    energy = disturbed_energy(scorer.energy, random)
    return DisturbedScorer(scorer, board, energy, int(random.integers(2**63)))


def disturbed_board(board: Board, random: np.random.Generator) -> Board:
    """A board with other power, ports and memory efficiency; what is 0 stays 0."""
    static, idle = np.exp(random.uniform(-math.log(POWER_FACTOR), math.log(POWER_FACTOR), 2))
    efficiency = random.uniform(LEAST_EFFICIENCY, 1.0)
    port = PORT_FACTORS[int(random.integers(len(PORT_FACTORS)))]
    shared = board.port_rule is PortRule.SHARED
    return replace(
        board,
        static_w=board.static_w * float(static),
        idle_w_per_klut=board.idle_w_per_klut * float(idle),
        idle_w_per_pe=board.idle_w_per_pe * float(idle),
        memory_efficiency=board.memory_efficiency * float(efficiency),
        port_bytes_per_cycle=board.port_bytes_per_cycle * (1.0 if shared else port),
    )


def disturbed_energy(energy: EnergyTable, random: np.random.Generator) -> EnergyTable:
    """An energy table whose terms are each off by a factor of their own."""
    terms = ("slot_j", "bram_j", "off_chip_j_per_byte", "network_j_per_byte_hop", "mac_j", "l1_j", "l2_j", "noc_j")
    factors = np.exp(random.normal(0.0, ENERGY_SIGMA, len(terms)))
    changed = {term: getattr(energy, term) * float(f) for term, f in zip(terms, factors, strict=True)}
    return replace(energy, **changed)


class DisturbedScorer(Scorer):
    """A scorer whose layers take longer or shorter than the model says, by a factor that belongs to the layer and the
    kind of group (core, dataflow, grid), whatever design they are in."""

    def __init__(self, like: Scorer, board: Board, energy: EnergyTable, seed: int) -> None:
        vars(self).update(vars(like))  # jobs and layers are the same in every world
        self.board = board
        self.energy = energy
        self.store = ConfigurationStore(self.jobs.shapes, board, energy, like=like.store)
        self._seed = seed
        self._factor: Floats | None = None

    def _problem(self, designs: Sequence[Design], configurations: Sequence[Sequence[Configuration]]) -> Problem:
        problem = super()._problem(designs, configurations)
        options = problem.options
        tables, shapes = options.start.shape[0], options.start.shape[1] - 1
        if self._factor is None or self._factor.shape[0] < tables:
            random = np.random.Generator(np.random.PCG64(self._seed))  # the same numbers first, however many tables
            self._factor = np.exp(random.normal(0.0, LAYER_ERROR, (tables, shapes)))
        counts = np.diff(options.start, axis=1)
        factors = np.repeat(self._factor[:tables].ravel(), counts.ravel())
        return problem._replace(
            options=options._replace(unstalled_s=options.unstalled_s * factors, compute_s=options.compute_s * factors)
        )


def _design(winner: Winner) -> Design:
    assert winner.design is not None
    return winner.design
