"""The space of designs as a unit cube: vector ↔ Design, with frozen and bounded variables.

Every coordinate lies in [0, 1]. A frozen variable has no coordinate: it is read from the base design, so that no
optimiser can change it. The number of cores is a share of how many of that kind the card could hold: changing the core
type then keeps the share of the card; where all together overrun it they shrink in proportion, those that want all of
it (a share of one) first: they get what the others leave. A share near zero means that the sub-accelerator is not
there. The grid's shape is the logarithm of its rows over that of its cores, taken to the nearest divisor.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.dataflow.pe_diagnosis import cluster_product
from workbench.design.budget import Fit, fit_of_groups
from workbench.design.design import Design, SchedulerWeights, SubAccelerator, Wire
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board, Family
from workbench.hardware.presets import load_core
from workbench.search.choices import (
    Choices,
    DataflowChoice,
    choices_for,
    shape_of_grid,
    useful_wires,
    uses_planes,
)
from workbench.search.freezing import MOST_SUBACCELERATORS, SIDES, read_bounds, read_frozen, searched_ids
from workbench.search.grids import Grids
from workbench.search.terrain import SCHEDULER, Axis, Settled

Vector = NDArray[np.float64]

ALPHA_RANGE = (0.0, 1.5)  # beyond it a job takes a single core whatever it costs
THETA_RANGE = (1.0, 64.0)  # searched by its logarithm; at 1 a job waits for its best option
SCHEDULER_DIGITS = 4  # weights are rounded so that a saved design reads well
SHARE_DIGITS = 3
LEAST_SHARE = 0.05
NO_SHARE = 0.9  # from this coordinate on a sub-accelerator has no cap on its bandwidth
MOST_KNOWN_GROUPS = 8192  # decoded sub-accelerators kept for other weights of the scheduler
ABSENT = 0.15  # a coordinate of cores below it means that the sub-accelerator is not there
HIGH = 0.5
# The partial-sum ring is there wherever C is spread over cores, which needs it; the others are options.
MULTICASTS = ((), (Wire.INPUT_MULTICAST,), (Wire.INPUT_MULTICAST, Wire.WEIGHT_MULTICAST), (Wire.WEIGHT_MULTICAST,))
LESS_WHERE_NO_REGION_FITS = 0.9  # of all cores, where the totals fit but some cores find no region
STEP_OF_THE_GREEDY = 0.9  # at most: what is taken too much is given back one by one


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where one sub-accelerator's coordinates lie in the vector; -1: not searched."""

    base: SubAccelerator | None
    id: str
    keeps_id: bool
    stays: bool  # cannot be absent
    cores: tuple[str, ...]  # to choose among
    core: int
    share: int  # of the card, in cores of its kind; low values: not there
    shape: int
    planes: int
    dataflow: int
    wires: int
    dsp: int
    bandwidth: int
    serves: int
    fixed_rows: int  # 0: free
    fixed_cols: int
    fixed_planes: int
    cores_low: int
    cores_high: int
    grids: Grids | None  # those within the bounds of its sides; None: any
    bandwidth_low: float
    bandwidth_high: float


class Space:
    """All designs a search may reach from a base design on a board.

    `freeze` adds to the base's own frozen names, `bounds` (name, low, high) to its own bounds and over them. Raises
    ValueError for names that the base design does not have, and for bounds that leave no grid.
    """

    def __init__(
        self,
        base: Design,
        board: Board,
        *,
        freeze: tuple[str, ...] = (),
        bounds: tuple[tuple[str, float, float], ...] = (),
        most_subaccelerators: int = MOST_SUBACCELERATORS,
        search_bandwidth: bool | None = None,
    ) -> None:
        ids = tuple(sub.id for sub in base.subaccelerators)
        self.frozen = read_frozen((*base.frozen, *freeze), ids)
        all_ids = searched_ids(ids, self.frozen, most_subaccelerators)
        self.base = replace(base, frozen=self.frozen.names, schedule=())
        self._first = base.subaccelerators[0]  # what is not searched and not frozen is as in the first one
        self.choices: Choices = choices_for(board, base)
        self._labels = design_workload(base).isolation_labels
        if len(self._labels) > len(all_ids):
            raise ValueError(
                f"{len(self._labels)} isolation labels need as many sub-accelerators; "
                f"the search has at most {len(all_ids)}"
                + ("; free `subaccelerators`, or add some to the design" if self.frozen.presence else "")
            )
        self._limits = read_bounds((*base.bounds, *bounds), all_ids)
        self._most = {
            core: max([self.choices.most_cores(core), *(sub.cores for sub in base.subaccelerators if sub.core == core)])
            for core in self.choices.cores
        }
        if search_bandwidth is None:  # an FPGA's memory is not partitioned unless the design says so
            shared = any(sub.bandwidth_share is not None for sub in base.subaccelerators)
            search_bandwidth = shared or board.family is Family.ASIC
        self._search_bandwidth = search_bandwidth
        self._axes: list[Axis] = []
        self._known_groups: dict[bytes, tuple[SubAccelerator, ...]] = {}
        self._order = {id_: i for i, id_ in enumerate(all_ids)}
        self._slots = [
            self._make_slot(id_, base.subaccelerators[i] if i < len(ids) else None) for i, id_ in enumerate(all_ids)
        ]
        self._alpha = -1 if self.frozen.alpha else self._coordinate(SCHEDULER, "alpha")
        self._theta = -1 if self.frozen.theta else self._coordinate(SCHEDULER, "theta")
        self._alpha_range = self._limits.get(("scheduler", "alpha"), ALPHA_RANGE)
        low, high = self._limits.get(("scheduler", "theta"), THETA_RANGE)
        self._theta_range = (math.log(max(low, 1.0)), math.log(max(high, 1.0)))

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self._axes)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """What each coordinate means."""
        return tuple(self._axes)

    @property
    def names(self) -> tuple[str, ...]:
        """What each coordinate moves, e.g. `A.core`."""
        return tuple(axis.name for axis in self._axes)

    def settle(self, vector: Vector) -> Settled:
        """The design of a vector, and the vector of the design. Without the weights of the scheduler, the grids' shapes
        and the wires it is the structure."""
        design = self.decode(vector)
        plain = self.encode(design)
        self._known_groups[self._cube_point(plain)[1]] = design.subaccelerators
        structure = tuple((sub.core, sub.dataflow, sub.cores, sub.dsp) for sub in design.subaccelerators)
        return Settled(plain, design, structure)

    def decode(self, vector: Vector) -> Design:
        """The design of a vector of `dimension` numbers. Any numbers will do: NaN counts as 0.5, others are clipped."""
        x, key = self._cube_point(vector)
        groups = self._known_groups.get(key)
        if groups is None:
            if len(self._known_groups) >= MOST_KNOWN_GROUPS:
                self._known_groups.clear()
            groups = self._known_groups[key] = self._decode_groups(x)
        return replace(self.base, subaccelerators=groups, scheduler=self._decode_scheduler(x))

    def _cube_point(self, vector: Vector) -> tuple[list[float], bytes]:
        """A vector inside the cube, and a key of all in it but the weights of the scheduler."""
        point = np.minimum(np.maximum(np.where(np.isnan(vector), 0.5, vector), 0.0), 1.0)
        x: list[float] = point.tolist()
        for weight in (self._alpha, self._theta):
            if weight >= 0:
                point[weight] = 0.0
        return x, point.tobytes()

    def _decode_groups(self, x: list[float]) -> tuple[SubAccelerator, ...]:
        there = [slot for slot in self._slots if self._is_present(slot, x)]
        fewest = max(1, len(self._labels))
        if len(there) < fewest:
            absent = sorted((s for s in self._slots if s not in there), key=lambda slot: -x[slot.share])
            there = [s for s in self._slots if s in there or s in absent[: fewest - len(there)]]
        taken = {slot.id for slot in self._slots if slot.keeps_id}  # kept free for its owner where it is absent
        letters = iter(slot.id for slot in self._slots if slot.id not in taken)
        named = [(slot, slot.id if slot.keeps_id else next(letters)) for slot in there]
        named.sort(key=lambda pair: self._order[pair[1]])
        return self._shrunk(named, x)

    def encode(self, design: Design) -> Vector:
        """The vector whose decoding is the design, if the space holds it; else one whose decoding is near it."""
        x = self.neutral()
        by_id = {sub.id: sub for sub in design.subaccelerators}
        for slot in self._slots:
            sub = by_id.get(slot.id)
            if sub is None:
                if not slot.stays:
                    x[slot.share] = ABSENT / 2
                continue
            self._encode_slot(slot, sub, x)
        if self._alpha >= 0:
            x[self._alpha] = _fraction(design.scheduler.alpha, *self._alpha_range)
        if self._theta >= 0:
            x[self._theta] = _fraction(math.log(max(design.scheduler.theta, 1.0)), *self._theta_range)
        return x

    def neutral(self) -> Vector:
        """A vector that prefers nothing: middling cores, no caps."""
        x = np.full(self.dimension, 0.5)
        for slot in self._slots:
            if slot.bandwidth >= 0:
                x[slot.bandwidth] = 1.0
        return x

    def keeps_bounds(self, design: Design) -> bool:
        """Whether a design, of this space or not, is within what the user has bounded."""
        by_id = {sub.id: sub for sub in design.subaccelerators}
        for (owner, part), (low, high) in self._limits.items():
            has = design.scheduler if owner == SCHEDULER else by_id.get(owner)
            value = getattr(has, part, None)
            if value is None and part == "bandwidth_share" and has is not None:
                value = 1.0  # no cap: all of it
            if value is not None and not low <= value <= high:
                return False
        return True

    def holds(self, design: Design) -> bool:
        """Whether the design can be reached: its own vector decodes to it."""
        mine = replace(design, frozen=self.base.frozen, bounds=self.base.bounds, schedule=())
        return self.decode(self.encode(design)) == mine

    def _decode_serves(self, slots: list[_Slot], x: list[float]) -> list[str]:
        """Which isolation label each sub-accelerator serves; one that is searched changes where a label would have
        none. Without an isolation rule, what the base says."""
        count = len(self._labels)
        kept = [(s.base if s.base and s.keeps_id else self._first).serves for s in slots]
        if not count:
            return kept
        at = [_at(x, slot.serves) * count for slot in slots]
        found = [
            self._labels[_index(at[i] / count, count)] if slot.serves >= 0 else kept[i] for i, slot in enumerate(slots)
        ]
        for number, label in enumerate(self._labels):
            if label not in found:
                spare = [i for i, s in enumerate(slots) if s.serves >= 0 and found.count(found[i]) > 1]
                spare = spare or [i for i, s in enumerate(slots) if s.serves >= 0 and found[i] not in self._labels]
                if spare:
                    found[min(spare, key=lambda i: abs(at[i] - number - 0.5))] = label
        return found

    def _shrunk(self, named: list[tuple[_Slot, str]], x: list[float]) -> tuple[SubAccelerator, ...]:
        """These sub-accelerators; where they overrun the card, as many cores of each as fit together, in
        proportion to what was wanted, and without the last ones where not even one core of each fits. Those that want
        the whole card shrink before the others.

        What cannot be shrunk (frozen or bounded grids) overruns; the overrun is the evaluation's to measure.
        """
        serves = self._decode_serves([slot for slot, _ in named], x)
        subs = [self._decode_slot(slot, id_, label, x) for (slot, id_), label in zip(named, serves, strict=True)]
        wanted = [sub.cores for sub in subs]
        while True:
            fit = fit_of_groups(subs, self.choices.board)
            if fit.overrun <= 0:
                break
            before = sum(sub.cores for sub in subs)
            subs = self._smaller(named, x, subs, fit)
            if sum(sub.cores for sub in subs) < before:
                continue
            last = max((i for i, (slot, _) in enumerate(named) if not slot.stays), default=-1)
            if last < 0 or len(named) <= max(1, len(self._labels)):
                return tuple(subs)
            named, subs = named[:last] + named[last + 1 :], subs[:last] + subs[last + 1 :]
            wanted.pop(last)
            serves = self._decode_serves([slot for slot, _ in named], x)
            subs = [replace(sub, serves=label) for sub, label in zip(subs, serves, strict=True)]
        return tuple(self._filled(named, x, subs, wanted))

    def _smaller(
        self, named: list[tuple[_Slot, str]], x: list[float], subs: list[SubAccelerator], fit: Fit
    ) -> list[SubAccelerator]:
        """Fewer cores where a design overruns the card: of those that want all of it, else of everyone."""
        factor = 1.0 / fit.fullest if fit.fullest > 1.0 else LESS_WHERE_NO_REGION_FITS

        def fewer(slot: _Slot, sub: SubAccelerator, factor: float) -> SubAccelerator:
            return self._decode_slot(slot, sub.id, sub.serves, x, max(1, math.floor(sub.cores * factor)))

        slots = [slot for slot, _ in named]
        greedy = [
            fewer(slot, sub, min(factor, STEP_OF_THE_GREEDY)) if slot.share >= 0 and x[slot.share] == 1.0 else sub
            for slot, sub in zip(slots, subs, strict=True)
        ]
        if any(less.cores < sub.cores for less, sub in zip(greedy, subs, strict=True)):
            return greedy
        return [fewer(slot, sub, factor) for slot, sub in zip(slots, subs, strict=True)]

    def _filled(
        self, named: list[tuple[_Slot, str]], x: list[float], subs: list[SubAccelerator], wanted: list[int]
    ) -> list[SubAccelerator]:
        """What rounding has left of the card is given back, to the group that lacks most first."""
        lacking = [place for place, sub in enumerate(subs) if sub.cores < wanted[place]]
        while lacking:
            place = min(lacking, key=lambda i: subs[i].cores / wanted[i])
            slot, id_ = named[place]
            more = self._decode_slot(slot, id_, subs[place].serves, x, subs[place].cores + 1)
            changed = [*subs[:place], more, *subs[place + 1 :]]
            if (
                subs[place].cores < more.cores <= wanted[place]
                and fit_of_groups(changed, self.choices.board).overrun <= 0
            ):
                subs = changed
                if more.cores < wanted[place]:
                    continue
            lacking.remove(place)
        return subs

    def _coordinate(self, owner: str, part: str, levels: int = 0, absent: float = 0.0) -> int:
        self._axes.append(Axis(owner, part, levels, absent))
        return len(self._axes) - 1

    def _make_slot(self, id_: str, base: SubAccelerator | None) -> _Slot:
        frozen = self.frozen
        choices = self.choices

        def place(part: str, levels: int = 0, worth: bool = True) -> int:
            return self._coordinate(id_, part, levels) if worth and not frozen.has(id_, part) else -1

        fixed = [getattr(base, part) if base and frozen.has(id_, part) else 0 for part in ("rows", "cols", "planes")]
        if base is not None and frozen.has(id_, "dataflow"):  # a literal cluster size ties the grid to the text
            own = next(c for c in choices.dataflows if c.text == base.dataflow)
            if own.on_grid(base.cols + 1, base.planes) != own.text:
                fixed[1] = base.cols
            if own.on_grid(base.cols, base.planes + 1) != own.text:
                fixed[2] = base.planes
        any_planes = any(uses_planes(c) for c in choices.dataflows)
        if not any_planes and fixed[2] == 0:
            fixed[2] = 1
        fixed_here = frozen.touches(id_) or frozen.presence
        directed = base is not None and bool(base.pe_dataflow)  # the user's directives go with the sub-accelerator
        odd = directed or (base is not None and _memory_of(base) != _memory_of(self._first))
        cores = self._cores_for(base) if base is not None and directed else choices.cores
        low, high = self._limits.get((id_, "cores"), (1, 10**6))
        share = self._limits.get((id_, "bandwidth_share"), (LEAST_SHARE, 1.0))
        free_grid = fixed.count(0)
        return _Slot(
            base=base,
            id=id_,
            keeps_id=fixed_here or odd or any(owner == id_ for owner, _ in self._limits),  # bounds are of a name
            stays=fixed_here,
            cores=cores,
            core=place("core", len(cores), len(cores) > 1),
            share=self._coordinate(id_, "cores", absent=0.0 if fixed_here else ABSENT) if free_grid else -1,
            shape=self._coordinate(id_, "shape") if not fixed[0] and not fixed[1] else -1,
            planes=self._coordinate(id_, "planes") if not fixed[2] and (not fixed[0] or not fixed[1]) else -1,
            dataflow=place("dataflow", len(choices.dataflows), len(choices.dataflows) > 1),
            wires=place("wires", len(MULTICASTS)),
            dsp=place("dsp", 2, choices.board.family is Family.FPGA and choices.board.resource_curve == "pg338"),
            bandwidth=place("bandwidth_share", worth=self._search_bandwidth),
            serves=place("serves", len(self._labels), len(self._labels) > 1),
            fixed_rows=fixed[0],
            fixed_cols=fixed[1],
            fixed_planes=fixed[2],
            cores_low=max(1, math.ceil(low)),
            cores_high=max(1, math.floor(high)),
            grids=self._grids_for(id_, fixed, (low, high)),
            bandwidth_low=max(share[0], 1e-6),
            bandwidth_high=min(share[1], 1.0),
        )

    def _grids_for(self, id_: str, fixed: list[int], cores: tuple[float, float]) -> Grids | None:
        """The grids within bounds, where a side has any."""
        if not any((id_, side) in self._limits for side in SIDES):
            return None
        most = min(max(self._most.values()), cores[1])
        ranges = [
            (size, size) if size else self._limits.get((id_, side), (1, most))
            for side, size in zip(SIDES, fixed, strict=True)
        ]
        return Grids(id_, ranges, cores)

    def _is_present(self, slot: _Slot, x: list[float]) -> bool:
        return slot.stays or x[slot.share] >= ABSENT

    def _decode_slot(self, slot: _Slot, id_: str, serves: str, x: list[float], cores: int = 0) -> SubAccelerator:
        """One sub-accelerator; `cores`, if given, takes the place of the vector's number."""
        choices, base = self.choices, slot.base
        like = base if base and slot.keeps_id else self._first
        core = base.core if slot.core < 0 and base else slot.cores[_index(_at(x, slot.core), len(slot.cores))]
        if slot.dataflow < 0 and base:
            dataflow = next(c for c in choices.dataflows if c.text == base.dataflow)
        else:
            dataflow = choices.dataflows[_index(_at(x, slot.dataflow), len(choices.dataflows))]
        rows, cols, planes = self._decode_grid(slot, core, dataflow, x, cores)
        if slot.grids is not None:
            rows, cols, planes = slot.grids.nearest(rows, cols, planes)
        if self.frozen.has(id_, "wires") and base:
            wires = base.wires
        else:
            useful = useful_wires(dataflow, (rows, cols, planes))
            chosen = (*MULTICASTS[_index(_at(x, slot.wires), len(MULTICASTS))], Wire.PSUM_RING)
            wires = tuple(wire for wire in choices.wires if wire in chosen and wire in useful)
        share = like.bandwidth_share
        if slot.bandwidth >= 0:
            share = _share(x[slot.bandwidth], slot.bandwidth_low, slot.bandwidth_high)
        return SubAccelerator(
            id=id_,
            core=core,
            rows=rows,
            cols=cols,
            planes=planes,
            dataflow=dataflow.on_grid(cols, planes),
            wires=wires,
            bandwidth_share=share,
            dsp=("high" if x[slot.dsp] >= HIGH else "low") if slot.dsp >= 0 else like.dsp,
            ram=like.ram,
            uram=like.uram,
            pe_dataflow=base.pe_dataflow if base and slot.keeps_id else "",
            serves=serves,
            pinned_uram=like.pinned_uram,
        )

    def _decode_grid(
        self, slot: _Slot, core: str, dataflow: DataflowChoice, x: list[float], cores: int
    ) -> tuple[int, int, int]:
        rows, cols, planes = slot.fixed_rows, slot.fixed_cols, slot.fixed_planes
        if rows and cols and planes:
            return rows, cols, planes
        share = _at(x, slot.share) if slot.stays else _fraction(_at(x, slot.share), ABSENT, 1.0)
        wanted = cores or round(share * self._most[core])
        cores = min(max(wanted, 1, slot.cores_low), slot.cores_high)
        if not planes and not uses_planes(dataflow):
            planes = 1
        if rows and cols:
            return rows, cols, max(1, round(cores / (rows * cols)))
        if not planes:
            planes = _divisor(max(1, round(cores / (rows or cols or 1))), _at(x, slot.planes))
        if rows:
            return rows, max(1, round(cores / (rows * planes))), planes
        if cols:
            return max(1, round(cores / (cols * planes))), cols, planes
        left = max(1, cores // planes)
        rows = _divisor(left, shape_of_grid(dataflow, _at(x, slot.shape)))
        return rows, left // rows, planes

    def _decode_scheduler(self, x: list[float]) -> SchedulerWeights:
        alpha, theta = self.base.scheduler.alpha, self.base.scheduler.theta
        if self._alpha >= 0:
            low, high = self._alpha_range
            alpha = round(low + x[self._alpha] * (high - low), SCHEDULER_DIGITS)
        if self._theta >= 0:
            low, high = self._theta_range
            theta = round(math.exp(low + x[self._theta] * (high - low)), SCHEDULER_DIGITS)
        return SchedulerWeights(alpha=alpha, theta=theta)

    def _encode_slot(self, slot: _Slot, sub: SubAccelerator, x: Vector) -> None:
        choices = self.choices

        def put(at: int, value: float) -> None:
            if at >= 0:
                x[at] = min(max(value, 0.0), 1.0)

        nearest = _nearest_core(sub.core, slot.cores)
        put(slot.core, (nearest + 0.5) / len(slot.cores))
        core = sub.core if sub.core in self._most else slot.cores[nearest]
        share = sub.cores / self._most[core]
        put(slot.share, share if slot.stays else ABSENT + (1.0 - ABSENT) * share)
        around = sub.cores // (slot.fixed_rows or slot.fixed_cols or 1)
        put(slot.planes, _log_share(sub.planes, around))
        put(slot.shape, _log_share(sub.rows, sub.rows * sub.cols))
        texts = choices.texts_on(sub.cols, sub.planes)
        chosen = texts.index(sub.dataflow) if sub.dataflow in texts else 0
        put(slot.dataflow, (chosen + 0.5) / len(texts))
        casts = frozenset(sub.wires) - {Wire.PSUM_RING}
        put(slot.wires, ([frozenset(cast) for cast in MULTICASTS].index(casts) + 0.5) / len(MULTICASTS))
        put(slot.dsp, 0.75 if sub.dsp == "high" else 0.25)
        if sub.serves in self._labels:
            put(slot.serves, (self._labels.index(sub.serves) + 0.5) / len(self._labels))
        if slot.bandwidth >= 0:
            low, high = slot.bandwidth_low, slot.bandwidth_high
            none = sub.bandwidth_share is None
            put(slot.bandwidth, 1.0 if none else NO_SHARE * 0.999 * _fraction(sub.bandwidth_share or 0.0, low, high))

    def _cores_for(self, base: SubAccelerator) -> tuple[str, ...]:
        """Sizes of array for directives of the user's own: those of the base's kind that have the PEs they ask for.

        What the preset's own directives would be makes no difference, so that one kind stands for all.
        """
        kind = base.core.rpartition("-")[0]
        wanted = cluster_product(base.pe_dataflow)
        sizes = (core for core in self.choices.cores if core.rpartition("-")[0] == kind)
        fitting = tuple(core for core in sizes if wanted <= getattr(load_core(core), "pes", 0))
        return fitting if base.core in fitting else (base.core,)


def _nearest_core(core: str, cores: tuple[str, ...]) -> int:
    if core in cores:
        return cores.index(core)
    size = load_core(core).macs_per_cycle
    sizes = [load_core(known).macs_per_cycle for known in cores]
    return min(range(len(sizes)), key=lambda i: abs(math.log(sizes[i] / size)))


def _at(x: list[float], place: int) -> float:
    return x[place] if place >= 0 else 0.5


def _index(fraction: float, count: int) -> int:
    return min(int(fraction * count), count - 1)


def _fraction(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5


def _share(fraction: float, low: float, high: float) -> float | None:
    if fraction >= NO_SHARE:
        return None
    return min(round(low + fraction / (NO_SHARE * 0.999) * (high - low), SHARE_DIGITS), high)


def _log_share(part: int, whole: int) -> float:
    return math.log(part) / math.log(whole) if whole > 1 and part > 0 else 0.5


def _divisor(number: int, log_share: float) -> int:
    """The divisor d of `number` whose log d / log number is nearest."""
    if number == 1:
        return 1
    aim = log_share * math.log(number)
    return min(_divisors(number), key=lambda pair: (abs(pair[1] - aim), pair[0]))[0]


@lru_cache(maxsize=1024)
def _divisors(number: int) -> tuple[tuple[int, float], ...]:
    """Every divisor and its logarithm."""
    return tuple((d, math.log(d)) for d in range(1, number + 1) if number % d == 0)


def _memory_of(sub: SubAccelerator) -> tuple[str, bool, int]:
    """What a search leaves as it is in the base."""
    return sub.ram, sub.uram, sub.pinned_uram
