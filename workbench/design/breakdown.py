"""From a schedule to a Score whose every total has parts that add up.

What the parts share out: dynamic energy belongs to the job that spends it; energy that flows anyway (board, idle cores)
is shared out among tenants and layers by the core-seconds they occupy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.cost.options import Column
from workbench.dataflow.core_words import describe_core
from workbench.design.assumptions import assumptions, unconfirmed_facts
from workbench.design.budget import Budget
from workbench.design.configurations import Configuration
from workbench.design.design import Design, Objective
from workbench.design.isolation import idle_by_rule
from workbench.design.placement import is_flexible
from workbench.design.report import (
    Bar,
    Gap,
    LayerScore,
    Part,
    ResourceUse,
    Score,
    SubAcceleratorScore,
    TenantScore,
    Traffic,
)
from workbench.hardware.board import Family
from workbench.schedule import timeline
from workbench.schedule.problem import Ints, Problem
from workbench.schedule.schedule import Schedule
from workbench.schedule.timeline import CoreTime

if TYPE_CHECKING:
    from workbench.design.score import Scorer

BOUNDS = ("compute", "memory", "port", "ring")
DYNAMIC_PARTS = (
    ("operations", Column.MAC_J),
    ("on-chip bytes", Column.ON_CHIP_J),
    ("off-chip bytes", Column.OFF_CHIP_J),
    ("network between cores", Column.NETWORK_J),
)


def unfit_score(scorer: Scorer, design: Design, budget: Budget, reason: str) -> Score:
    """The score of a design that does not fit or cannot run: resources and the reason, no metrics."""
    return Score(
        workload=design.workload,
        board=design.board,
        feasible=False,
        edp_j_s=None,
        latency_s=None,
        energy_j=None,
        power_w=None,
        period_s=None,
        resources=budget.uses,
        tenants=(),
        subaccelerators=(),
        energy=(),
        layers=(),
        reason=reason,
        fix=budget.fix,
        unconfirmed=unconfirmed_facts(scorer.board, scorer.energy),
        assumptions=assumptions(scorer.board),
    )


def fitting_score(
    scorer: Scorer,
    design: Design,
    budget: Budget,
    configurations: Sequence[Configuration],
    problem: Problem,
    schedule: Schedule,
    forced_sub: Ints | None,
    with_bars: bool,
) -> Score:
    """The score of a design that runs; `forced_sub` as given to the simulator."""
    latency_s = schedule.makespan_s
    jobs = _JobFigures(scorer, configurations, problem, schedule)
    board_j = latency_s * scorer.board.static_w
    idle_j = latency_s * sum(c.idle_w for c in configurations)
    energy_j = scorer.energy_j(schedule.energy_j, latency_s, configurations)
    fixed_share = jobs.core_s / max(jobs.core_s.sum(), 1e-300)
    job_j = jobs.energy_j + (board_j + idle_j) * fixed_share
    layers = _layers(scorer, design, jobs, job_j, schedule)
    times = timeline.core_times(problem, schedule, forced_sub)
    numbers = timeline.numbering(problem, schedule)
    lanes = np.split(numbers.busy_s, numbers.lane_start[1:-1])
    subs = tuple(
        _subaccelerator(design, k, configurations[k], schedule, times[k], lanes[k], budget)
        for k in range(len(configurations))
    )
    period_s = scorer.steady_period_s(problem)
    round_s = period_s if design.objective is Objective.PERIOD_EDP else latency_s
    power = _power_use(scorer, schedule.energy_j, round_s, configurations)
    bars = timeline.bars(problem, schedule, numbers) if with_bars else []
    gaps = timeline.idle_intervals(problem, schedule, bars, forced_sub) if with_bars else []
    return Score(
        workload=design.workload,
        board=design.board,
        feasible=True,
        edp_j_s=energy_j * latency_s,
        latency_s=latency_s,
        energy_j=energy_j,
        power_w=energy_j / latency_s if latency_s > 0 else None,
        period_s=period_s,
        resources=(*budget.uses, *power),
        tenants=_tenants(scorer, schedule, jobs, job_j, energy_j),
        subaccelerators=subs,
        energy=(
            Part("board, static", board_j),
            Part("cores, idle", idle_j),
            *jobs.energy_parts(scorer.energy.lumped),
        ),
        layers=layers,
        bound=_bound_words(subs, latency_s),
        headroom=budget.headroom,
        unconfirmed=unconfirmed_facts(scorer.board, scorer.energy),
        assumptions=(*assumptions(scorer.board), *_measured(scorer, layers)),
        timeline=_bars(scorer, problem, schedule, bars) if with_bars else (),
        gaps=tuple(Gap(gap.sub, gap.core, gap.start_s, gap.end_s, str(gap.reason)) for gap in gaps),
        traffic=_traffic(scorer, schedule) if with_bars else (),
        warnings=(
            *_power_warning(power),
            *_idle_warning(scorer, design),
            *_wires_warning(scorer, design),
            *_warnings(scorer),
        ),
    )


class _JobFigures:
    """Per job [J]: what it took and what bound it."""

    def __init__(
        self, scorer: Scorer, configurations: Sequence[Configuration], problem: Problem, schedule: Schedule
    ) -> None:
        options = problem.options
        chosen = schedule.option
        count = len(chosen)
        self.row = np.empty((count, len(Column)), np.float64)
        self.measured = np.zeros(count, np.bool_)
        for k, configuration in enumerate(configurations):
            own = schedule.sub == k
            first = options.start[configuration.index, 0]
            table = scorer.store.table(configuration)
            self.row[own] = table.rows[chosen[own] - first]
            if table.measured:
                self.measured[own] = np.isin(chosen[own] - first, list(table.measured))
        self.lasts_s = schedule.end_s - schedule.start_s
        self.stall_s = schedule.stall_s
        self.core_s = self.lasts_s * self.row[:, Column.CORES]
        self.bytes = self.row[:, [Column.INPUT_BYTES, Column.WEIGHT_BYTES, Column.OUTPUT_BYTES]].sum(axis=1)
        self.saved_share = np.divide(schedule.saved_bytes, self.bytes, out=np.zeros(count), where=self.bytes > 0)
        self.bytes = self.bytes - schedule.saved_bytes
        self.energy_j = options.energy_j[chosen] - options.off_chip_j[chosen] * self.saved_share
        self.bound = self._bounds()

    def energy_parts(self, lumped: bool) -> tuple[Part, ...]:
        """Dynamic energy by cause, summing to the schedule's."""
        parts = []
        for name, column in DYNAMIC_PARTS:
            spent = self.row[:, column]
            if column is Column.OFF_CHIP_J:
                spent = spent * (1.0 - self.saved_share)
            parts.append(Part(name, float(spent.sum())))
        if lumped:
            return (Part("dynamic (not separable)", sum(part.value for part in parts)),)
        return tuple(part for part in parts if part.value > 0)

    def _bounds(self) -> NDArray[np.int64]:
        """Index into BOUNDS: shared bandwidth where the job was slowed by it, else its own longest term."""
        own = self.row[:, [Column.COMPUTE_S, Column.PORT_S, Column.RING_S]]
        bound = np.array([0, 2, 3])[np.argmax(own, axis=1)]
        return np.where(self.stall_s > 0.5 * (self.lasts_s - own[:, 0]) + 1e-15, 1, bound)


def _tenants(
    scorer: Scorer, schedule: Schedule, jobs: _JobFigures, job_j: NDArray[np.float64], energy_j: float
) -> tuple[TenantScore, ...]:
    tenant = scorer.job_arrays.tenant
    count = len(scorer.workload.tenants)
    energy = np.bincount(tenant, job_j, count)
    busy = np.bincount(tenant, jobs.core_s, count)
    shares = scorer.shares
    scores = []
    for t, each in enumerate(scorer.workload.tenants):
        own = tenant == t
        times = np.bincount(jobs.bound[own], jobs.core_s[own], len(BOUNDS))
        scores.append(
            TenantScore(
                network=each.network.name,
                batch=each.batch,
                instances=each.instances,
                latency_s=float(schedule.end_s[own].max()),
                energy_j=float(energy[t]),
                latency_limit_s=each.latency_limit_s,
                isolation=each.isolation,
                mac_share=shares[t].macs,
                byte_share=shares[t].bytes,
                energy_share=float(energy[t] / energy_j) if energy_j > 0 else 0.0,
                time_share=float(busy[t] / max(busy.sum(), 1e-300)),
                bound=BOUNDS[int(np.argmax(times))],
                critical_path_share=shares[t].critical_path,
            )
        )
    return tuple(scores)


def _layers(
    scorer: Scorer, design: Design, jobs: _JobFigures, job_j: NDArray[np.float64], schedule: Schedule
) -> tuple[LayerScore, ...]:
    index = scorer.layers
    count = len(index.layers)
    first = index.first_job
    sums = [
        np.bincount(index.of_job, figure, count).tolist() for figure in (jobs.lasts_s, jobs.stall_s, job_j, jobs.bytes)
    ]
    ids = [sub.id for sub in design.subaccelerators]
    on = schedule.sub[first].tolist()
    bounds = jobs.bound[first].tolist()
    rectangles = jobs.row[first, :3].astype(np.int64).tolist()
    return tuple(
        LayerScore(
            known.tenant, known.layer, known.name, known.kind, known.shape, known.macs,
            subaccelerator=ids[k],
            rectangle=f"{r}×{c}" if p == 1 else f"{r}×{c}×{p}",
            time_s=lasts,
            stall_s=stall,
            energy_j=energy,
            off_chip_bytes=moved,
            bound=BOUNDS[bound],
            measured=measured,
        )
        for known, k, (r, c, p), bound, measured, lasts, stall, energy, moved in zip(
            index.layers, on, rectangles, bounds, jobs.measured[first].tolist(), *sums, strict=True
        )
    )  # fmt: skip


def _subaccelerator(
    design: Design,
    k: int,
    configuration: Configuration,
    schedule: Schedule,
    time: CoreTime,
    busy_s: NDArray[np.float64],
    budget: Budget,
) -> SubAcceleratorScore:
    sub = design.subaccelerators[k]
    total = configuration.cores * schedule.makespan_s
    busy = float(schedule.busy_core_s[k]) / total if total > 0 else 0.0
    parts = (
        Part("compute", time.compute_s),
        Part("memory", time.port_s + time.stall_s),
        Part("idle: dependency", time.dependency_s),
        Part("idle: head of line", time.head_of_line_s),
        Part("idle: no work", time.no_work_s),
    )
    by_name = Counter({part.name: part.value for part in parts})
    compute, memory = by_name["compute"], by_name["memory"]
    bound = "idle" if busy < 0.5 else ("memory" if memory > compute else "compute")
    return SubAcceleratorScore(
        id=sub.id,
        core=sub.core,
        cores=configuration.cores,
        dataflow=describe_core(configuration.dataflow, sub.rows, sub.cols, sub.planes)[0],
        busy=busy,
        bound=bound,
        core_busy=tuple((busy_s / schedule.makespan_s).tolist()) if schedule.makespan_s > 0 else (0.0,) * sub.cores,
        core_time=parts,
        core_slr=budget.placement.get(sub.id, ()),
        serves=sub.serves,
    )


def _bound_words(subs: Sequence[SubAcceleratorScore], latency_s: float) -> str:
    """The one cause that holds the most core time of the sub-accelerator that has the most, in words."""
    worst = max(subs, key=lambda sub: sub.cores * sub.busy)
    part = max(worst.core_time, key=lambda p: p.value)
    share = part.value / (worst.cores * latency_s) if latency_s > 0 else 0.0
    return f"{part.name} on {worst.id}, {100 * share:.0f} % of its core time"


def _bars(scorer: Scorer, problem: Problem, schedule: Schedule, bars: Sequence[timeline.Bar]) -> tuple[Bar, ...]:
    arrays = scorer.job_arrays
    ready = timeline.ready_s(problem, schedule).tolist()
    before = timeline.last_predecessor(problem, schedule).tolist()
    return tuple(
        Bar(
            tenant=int(arrays.tenant[bar.job]),
            instance=int(arrays.instance[bar.job]),
            layer=int(arrays.layer[bar.job]),
            subaccelerator=bar.sub,
            cores=bar.cores,
            start_s=bar.start_s,
            end_s=bar.end_s,
            stall_s=bar.stall_s,
            ready_s=ready[bar.job],
            after=int(arrays.layer[before[bar.job]]) if before[bar.job] >= 0 else None,
        )
        for bar in bars
    )


def _traffic(scorer: Scorer, schedule: Schedule) -> tuple[Traffic, ...]:
    used = timeline.bandwidth_in_use(schedule)
    end_s = tuple(used.time_s[1:].tolist())
    return tuple(
        Traffic(
            group.name,
            group.bytes_per_s * scorer.board.memory_efficiency,
            end_s,
            tuple(used.bytes_per_s[:, g].tolist()),
        )
        for g, group in enumerate(scorer.board.memory)
    )


def _power_use(
    scorer: Scorer, dynamic_j: float, round_s: float, configurations: Sequence[Configuration]
) -> tuple[ResourceUse, ...]:
    """Average power at a round every `round_s`, beside what the card may draw where that is known."""
    limit_w = scorer.board.power_limit_w
    if limit_w <= 0 or round_s <= 0:
        return ()
    return (ResourceUse("power_w", scorer.energy_j(dynamic_j, round_s, configurations) / round_s, limit_w),)


def _power_warning(power: Sequence[ResourceUse]) -> tuple[str, ...]:
    """A design over the limit fits all the same: it would have to be clocked down or run less often."""
    return tuple(
        f"draws {use.used:,.0f} W, the card's limit is {use.available:,.0f} W" for use in power if use.share > 1
    )


def _idle_warning(scorer: Scorer, design: Design) -> tuple[str, ...]:
    """Sub-accelerators that the isolation rule leaves without work."""
    allowed = ", ".join(label or "none" for label in scorer.isolation)
    return tuple(
        f"{id} serves no tenant: set {id}.serves to an isolation label of the workload ({allowed})"
        for id in idle_by_rule(design, scorer.isolation)
    )


def _wires_warning(scorer: Scorer, design: Design) -> tuple[str, ...]:
    """What wires take is known in LUTs only, so that a board of PEs charges nothing for them."""
    if scorer.board.family is not Family.ASIC:
        return ()
    ids = [sub.id for sub in design.subaccelerators if sub.cores > 1 and (sub.wires or is_flexible(sub.dataflow))]
    if not ids:
        return ()
    return (f"the wires between the cores of {', '.join(ids)} take no room here: what they cost is known in LUTs only",)


def _measured(scorer: Scorer, layers: Sequence[LayerScore]) -> tuple[tuple[str, str], ...]:
    if not scorer.board.measured:
        return ()
    count = sum(layer.measured for layer in layers)
    return (("layers", f"{count} of {len(layers)} measured, not modelled"),)


def _warnings(scorer: Scorer) -> tuple[str, ...]:
    """What a reader should know: measurements of layers that are not there, one tenant that outweighs all others."""
    said = list(scorer.measured.unknown)
    for tenant, share in zip(scorer.workload.tenants, scorer.shares, strict=True):
        for words, value in (("MACs", share.macs), ("bytes", share.bytes), ("longest chain", share.critical_path)):
            if value > 0.5 and len(scorer.workload.tenants) > 1:
                said.append(f"{tenant.network.name} alone holds {100 * value:.0f} % of the {words}")
    return tuple(said)
