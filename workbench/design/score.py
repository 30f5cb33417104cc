"""The only door to the kernels: designs of one workload on one board in, scores out.

A score is a function of design, workload and board alone; what a Scorer keeps between calls are option tables that only
depend on them, so that a design whose tables exist costs look-ups and one schedule.
"""

import math
import os
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from workbench.design.breakdown import fitting_score, unfit_score
from workbench.design.budget import check_budget, fit_of
from workbench.design.configurations import Configuration, ConfigurationStore, DataflowError
from workbench.design.design import Design, Objective
from workbench.design.explicit_schedule import ForcedJobs, forced_jobs
from workbench.design.isolation import allowed_groups, isolation_fault, unserved
from workbench.design.layer_index import layer_index
from workbench.design.measured_jobs import measured_jobs
from workbench.design.report import Score
from workbench.hardware.board import BandwidthRule, Board
from workbench.hardware.presets import load_energy
from workbench.schedule.problem import Machine, Problem, design_arrays, job_arrays
from workbench.schedule.schedule import Schedule, simulate, simulate_many
from workbench.schedule.summary import steady_period_s
from workbench.schedule.totals import PerDesign
from workbench.workload.jobs import jobs_of
from workbench.workload.shares import tenant_shares
from workbench.workload.workload import Workload

NOT_IN_TABLES = (
    "memory", "bandwidth_rule", "usable_share", "ports", "static_w", "power_limit_w", "sources", "unconfirmed",
)  # fmt: skip
"""Fields of a board that no option table and no configuration depends on."""

LABEL_OVERRUN = 1.0  # how far from legal a design counts for each isolation label that it does not serve
DATAFLOW_OVERRUN = 1.0  # how far from legal a design with an unusable dataflow counts, in units of a whole resource


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The fast answer. `overrun` is 0 for a design that fits and runs; otherwise the relative excess over the budget,
    summed over resources, and the figures are infinite."""

    edp_j_s: float
    latency_s: float
    energy_j: float
    overrun: float
    lateness: float = 0.0  # relative excess over the tenants' latency limits, summed


class Scorer:
    """Scores designs of `workload` on `board` (overrides applied). Not for several threads at once.

    Raises ValueError for an empty workload, PresetError for a file of measured layers that cannot be used.
    """

    def __init__(self, workload: Workload, board: Board) -> None:
        if not workload.tenants or not workload.jobs:
            raise ValueError(f"workload {workload.name} is empty: give it at least one tenant with one instance")
        self.workload = workload
        self.board = board
        self.energy = load_energy(board.energy)
        self.measured = measured_jobs(workload, jobs_of(workload), board.measured)
        self.jobs = self.measured.jobs
        self._limits_s = {
            t: tenant.latency_limit_s for t, tenant in enumerate(workload.tenants) if tenant.latency_limit_s is not None
        }
        self.isolation = workload.isolation_labels
        self.job_arrays = job_arrays(
            self.jobs.shape,
            self.jobs.tenant,
            self.jobs.instance,
            self.jobs.layer,
            self.jobs.predecessor_start,
            self.jobs.predecessors,
            [self.isolation.index(tenant.isolation) for tenant in workload.tenants] if self.isolation else (),
        )
        self.layers = layer_index(workload, self.job_arrays)
        self.shares = tenant_shares(workload)
        self.store = ConfigurationStore(self.jobs.shapes, board, self.energy, self.measured.shapes)

    def on_board(self, board: Board) -> "Scorer":
        """A scorer of the same workload on another board; what does not depend on the board's difference is shared."""
        if board.measured != self.board.measured:
            return Scorer(self.workload, board)
        other = copy(self)
        other.board = board
        other.energy = load_energy(board.energy)
        if replace(board, **{name: getattr(self.board, name) for name in NOT_IN_TABLES}) != self.board:
            other.store = ConfigurationStore(self.jobs.shapes, board, other.energy, self.measured.shapes)
        return other

    def score(self, design: Design, timeline: bool = False) -> Score:
        """The design's score with every breakdown; `timeline` adds the bars of all jobs."""
        budget = check_budget(design, self.board)
        if not budget.fits:
            return unfit_score(self, design, budget, budget.reason)
        fault = isolation_fault(design, self.workload)
        if fault is not None:
            return unfit_score(self, design, replace(budget, fix=fault.fix), fault.words)
        try:
            configurations = self._configurations(design)
            problem = self._problem([design], [configurations])
            forced = self._forced(problem, design)
            schedule = self._simulate(problem, forced)
        except ValueError as error:
            return unfit_score(self, design, budget, str(error))
        forced_sub = None if forced is None else forced.sub
        return fitting_score(self, design, budget, configurations, problem, schedule, forced_sub, timeline)

    def evaluate(self, design: Design) -> Evaluation:
        """The figures alone."""
        return self.evaluate_many([design], threads=1)[0]

    def evaluate_many(self, designs: Sequence[Design], threads: int | None = None) -> list[Evaluation]:
        """Figures of many designs, in order; the answer does not depend on `threads` (default: all cores)."""
        self.store.make_room()
        found: list[Evaluation | None] = [None] * len(designs)
        ready: list[int] = []
        configurations: list[list[Configuration]] = []
        threads = threads or os.cpu_count() or 1
        overruns = [self._overrun(design) for design in designs]
        self.store.prepare(
            (
                sub
                for design, over in zip(designs, overruns, strict=True)
                if over == 0
                for sub in design.subaccelerators
            ),
            threads,
        )
        for i, (design, overrun) in enumerate(zip(designs, overruns, strict=True)):
            try:
                own = self._configurations(design) if overrun == 0 else []
            except DataflowError:
                overrun = DATAFLOW_OVERRUN
            if overrun > 0:
                found[i] = Evaluation(math.inf, math.inf, math.inf, overrun)
            elif design.schedule or design.objective is Objective.PERIOD_EDP or self._limits_s:
                found[i] = self._evaluate_alone(design)
            else:
                ready.append(i)
                configurations.append(own)
        if ready:
            problem = self._problem([designs[i] for i in ready], configurations)
            totals = self.totals_of(problem, min(threads, len(ready)))
            for place, i in enumerate(ready):
                found[i] = self._evaluation(
                    float(totals.makespan_s[place]), float(totals.energy_j[place]), configurations[place]
                )
        return [e for e in found if e is not None]

    def _overrun(self, design: Design) -> float:
        """How far from legal a design is: the card's budget, and labels of tenants that nothing serves."""
        return fit_of(design, self.board).overrun + LABEL_OVERRUN * len(unserved(design, self.isolation))

    def problem_of(self, *designs: Design) -> Problem:
        """The scheduling problem of designs. Raises DataflowError for directives that do not resolve."""
        return self._problem(designs, [self._configurations(design) for design in designs])

    def totals_of(self, problem: Problem, threads: int) -> PerDesign:
        """Every design of a problem scheduled; the answer does not depend on `threads`."""
        return simulate_many(problem, proportional=self._proportional, threads=threads)

    def evaluation_of(self, design: Design, schedule: Schedule) -> Evaluation:
        """The figures of a design under a schedule of its problem that was simulated elsewhere."""
        return self._evaluation(schedule.makespan_s, schedule.energy_j, self._configurations(design))

    def fixed_power_w(self, configurations: Sequence[Configuration]) -> float:
        """Power that flows whatever the cores do: the board's and every configured core's idle power."""
        return self.board.static_w + sum(c.idle_w for c in configurations)

    def energy_j(self, dynamic_j: float, latency_s: float, configurations: Sequence[Configuration]) -> float:
        """All energy of a round; the one place that adds it up, so that every caller gets the same last bit."""
        return dynamic_j + latency_s * self.fixed_power_w(configurations)

    def _evaluation(self, latency_s: float, dynamic_j: float, configurations: Sequence[Configuration]) -> Evaluation:
        if not math.isfinite(latency_s):
            return Evaluation(math.inf, math.inf, math.inf, DATAFLOW_OVERRUN)
        energy_j = self.energy_j(dynamic_j, latency_s, configurations)
        return Evaluation(energy_j * latency_s, latency_s, energy_j, 0.0)

    def _evaluate_alone(self, design: Design) -> Evaluation:
        """A design with a schedule of its own, or one judged by its steady period, or by when its tenants are done."""
        configurations = self._configurations(design)
        try:
            problem = self._problem([design], [configurations])
            schedule = self._simulate(problem, self._forced(problem, design))
        except ValueError:
            return Evaluation(math.inf, math.inf, math.inf, DATAFLOW_OVERRUN)
        latency_s = schedule.makespan_s
        if design.objective is Objective.PERIOD_EDP:
            latency_s = self.steady_period_s(problem)
        found = self._evaluation(latency_s, schedule.energy_j, configurations)
        return replace(found, lateness=self._lateness(schedule)) if self._limits_s else found

    def _lateness(self, schedule: Schedule) -> float:
        tenant = np.asarray(self.jobs.tenant)
        done_s = {t: float(schedule.end_s[tenant == t].max()) for t in self._limits_s}
        return sum(max(0.0, done_s[t] / limit_s - 1.0) for t, limit_s in self._limits_s.items())

    def steady_period_s(self, problem: Problem) -> float:
        """Seconds per round of back-to-back rounds of a one-design problem."""
        return steady_period_s(problem, proportional=self._proportional)

    @property
    def _proportional(self) -> bool:
        return self.board.bandwidth_rule is BandwidthRule.PROPORTIONAL

    def _forced(self, problem: Problem, design: Design) -> ForcedJobs | None:
        return forced_jobs(design, self.jobs, problem) if design.schedule else None

    def _configurations(self, design: Design) -> list[Configuration]:
        return [self.store.find(sub) for sub in design.subaccelerators]

    def _simulate(self, problem: Problem, forced: ForcedJobs | None) -> Schedule:
        if forced is None:
            return simulate(problem, proportional=self._proportional)
        return simulate(
            problem,
            forced_sub=forced.sub,
            forced_option=forced.option,
            priority=forced.priority,
            proportional=self._proportional,
        )

    def _problem(self, designs: Sequence[Design], configurations: Sequence[Sequence[Configuration]]) -> Problem:
        bandwidth = [group.bytes_per_s * self.board.memory_efficiency for group in self.board.memory]
        machines = [
            Machine(
                cores=[c.cores for c in own],
                core_size=[c.core_size for c in own],
                group_bandwidth=bandwidth,
                keep_bytes=[c.keep_bytes for c in own],
                bandwidth_cap=[
                    np.inf if sub.bandwidth_share is None else sub.bandwidth_share * bandwidth[0]
                    for sub in design.subaccelerators
                ],
                allowed=allowed_groups(design, self.isolation) if self.isolation else (),
            )
            for design, own in zip(designs, configurations, strict=True)
        ]
        return Problem(
            self.job_arrays,
            self.store.arrays,
            design_arrays(
                machines,
                [design.scheduler.alpha for design in designs],
                [design.scheduler.theta for design in designs],
                [c.index for own in configurations for c in own],
            ),
        )
