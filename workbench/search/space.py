"""The space of designs as a unit cube: vector ↔ Design, with frozen and bounded variables.

Every coordinate lies in [0, 1]. A frozen variable has no coordinate: it is read from the base design, so that no
optimiser can change it. The number of cores is a share of how many of that kind the card could hold: changing the core
type then keeps the share of the card; where all together overrun it they shrink in proportion, those that want all of
it (a share of one) first: they get what the others leave. A share near zero means that the sub-accelerator is not
there. The grid's shape is the logarithm of its rows over that of its cores, taken to the nearest divisor.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.dataflow.pe_diagnosis import cluster_product
from workbench.design.design import Design, SchedulerWeights, SubAccelerator
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board, Family
from workbench.hardware.presets import load_core
from workbench.search.choices import Choices, choices_for, uses_planes
from workbench.search.freezing import MOST_SUBACCELERATORS, SIDES, read_bounds, read_frozen, searched_ids
from workbench.search.grids import Grids
from workbench.search.sharing import shared_out
from workbench.search.slots import ABSENT, MULTICASTS, Places, Slot, fraction
from workbench.search.terrain import SCHEDULER, Axis, Settled

Vector = NDArray[np.float64]

ALPHA_RANGE = (0.0, 1.0)  # beyond it a job takes a single core whatever it costs
THETA_RANGE = (1.0, 64.0)  # searched by its logarithm; at 1 a job waits for its best option
SCHEDULER_DIGITS = 4  # weights are rounded so that a saved design reads well
LEAST_SHARE = 0.05
MOST_KNOWN = 8192  # vectors whose designs are remembered, and groups of cores kept for other weights


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
        self._known: dict[bytes, Design] = {}
        self._known_groups: dict[tuple[float, ...], tuple[SubAccelerator, ...]] = {}  # whatever the scheduler's weights
        self._order = {id_: i for i, id_ in enumerate(all_ids)}
        self._slots: list[Slot] = [
            self._make_slot(id_, base.subaccelerators[i] if i < len(ids) else None) for i, id_ in enumerate(all_ids)
        ]
        taken = {slot.id for slot in self._slots if slot.keeps_id}  # kept free for its owner where it is absent
        self._free_letters = [slot.id for slot in self._slots if slot.id not in taken]
        self._weights_from = len(self._axes)
        self._alpha = -1 if self.frozen.alpha else self._coordinate(SCHEDULER, "alpha")
        self._theta = -1 if self.frozen.theta else self._coordinate(SCHEDULER, "theta")
        self._alpha_range = self._limits.get(("scheduler", "alpha"), ALPHA_RANGE)
        low, high = self._limits.get(("scheduler", "theta"), THETA_RANGE)
        self._theta_range = (math.log(max(low, 1.0)), math.log(max(high, 1.0)))
        self._neutral = [1.0 if axis.part == "bandwidth_share" else 0.5 for axis in self._axes]

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
        """The design of a vector, and the vector of the design. Its structure leaves out the scheduler's weights, the
        shapes of grids, the wires and the order of groups; its kind is which cores it is made of."""
        design = self.decode(vector)
        plain = self.encode(design)
        key = plain.tobytes()
        if key not in self._known:
            self._remember(key, design)
        structure = tuple(sorted((sub.core, sub.dataflow, sub.cores, sub.dsp) for sub in design.subaccelerators))
        return Settled(plain, design, structure, tuple(core for core, *_ in structure))

    def decode(self, vector: Vector) -> Design:
        """The design of a vector of `dimension` numbers. Any numbers will do: NaN counts as 0.5, others are clipped."""
        key = vector.tobytes()
        known = self._known.get(key)
        if known is None:
            clipped = np.clip(vector, 0.0, 1.0)
            x: list[float] = np.where(np.isnan(clipped), 0.5, clipped).tolist()
            groups_key = tuple(x[: self._weights_from])
            groups = self._known_groups.get(groups_key)
            if groups is None:
                if len(self._known_groups) >= MOST_KNOWN:
                    self._known_groups.clear()
                groups = self._known_groups[groups_key] = self._decode_groups(x)
            known = replace(self.base, subaccelerators=groups, scheduler=self._decode_scheduler(x))
            self._remember(key, known)
        return known

    def _remember(self, vector: bytes, design: Design) -> None:
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[vector] = design

    def _decode_groups(self, x: list[float]) -> tuple[SubAccelerator, ...]:
        there = [slot for slot in self._slots if slot.is_present(x)]
        fewest = max(1, len(self._labels))
        if len(there) < fewest:
            absent = sorted((s for s in self._slots if s not in there), key=lambda slot: -x[slot.places.share])
            there = [s for s in self._slots if s in there or s in absent[: fewest - len(there)]]
        letters = iter(self._free_letters)
        named = [(slot, slot.id if slot.keeps_id else next(letters)) for slot in there]
        named.sort(key=lambda pair: self._order[pair[1]])
        return shared_out(named, x, self.choices.board)

    def encode(self, design: Design) -> Vector:
        """The vector whose decoding is the design, if the space holds it; else one whose decoding is near it."""
        x = self._neutral.copy()
        by_id = {sub.id: sub for sub in design.subaccelerators}
        for slot in self._slots:
            sub = by_id.get(slot.id)
            if sub is not None:
                for place, value in slot.encode(sub):
                    x[place] = value
            elif not slot.stays:
                x[slot.places.share] = ABSENT / 2
        if self._alpha >= 0:
            x[self._alpha] = fraction(design.scheduler.alpha, *self._alpha_range)
        if self._theta >= 0:
            x[self._theta] = fraction(math.log(max(design.scheduler.theta, 1.0)), *self._theta_range)
        return np.array(x)

    def neutral(self) -> Vector:
        """A vector that prefers nothing: middling cores, no caps."""
        return np.array(self._neutral)

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

    def _coordinate(self, owner: str, part: str, levels: int = 0, absent: float = 0.0) -> int:
        self._axes.append(Axis(owner, part, levels, absent))
        return len(self._axes) - 1

    def _make_slot(self, id_: str, base: SubAccelerator | None) -> Slot:
        frozen = self.frozen
        choices = self.choices

        def place(part: str, levels: int = 0, worth: bool = True) -> int:
            return self._coordinate(id_, part, levels) if worth and not frozen.has(id_, part) else -1

        own_text = next((c for c in choices.dataflows if base and c.text == base.dataflow), None)
        fixed = [getattr(base, part) if base and frozen.has(id_, part) else 0 for part in SIDES]
        if base is not None and own_text is not None and frozen.has(id_, "dataflow"):
            if own_text.on_grid(base.cols + 1, base.planes) != own_text.text:
                fixed[1] = base.cols  # a literal cluster size ties the grid to the text
            if own_text.on_grid(base.cols, base.planes + 1) != own_text.text:
                fixed[2] = base.planes
        if not any(uses_planes(c) for c in choices.dataflows) and fixed[2] == 0:
            fixed[2] = 1
        fixed_here = frozen.touches(id_) or frozen.presence
        directed = base is not None and bool(base.pe_dataflow)  # the user's directives go with the sub-accelerator
        odd = directed or (base is not None and _memory_of(base) != _memory_of(self._first))
        keeps_id = fixed_here or odd or any(owner == id_ for owner, _ in self._limits)  # bounds are of a name
        kinds = self._cores_for(base) if base is not None and directed else choices.cores
        low, high = self._limits.get((id_, "cores"), (1, 10**6))
        share = self._limits.get((id_, "bandwidth_share"), (LEAST_SHARE, 1.0))
        free_grid = fixed.count(0)
        first = len(self._axes)
        places = Places(
            core=place("core", len(kinds), len(kinds) > 1),
            share=self._coordinate(id_, "cores", absent=0.0 if fixed_here else ABSENT) if free_grid else -1,
            shape=self._coordinate(id_, "shape") if not fixed[0] and not fixed[1] else -1,
            planes=self._coordinate(id_, "planes") if not fixed[2] and (not fixed[0] or not fixed[1]) else -1,
            dataflow=place("dataflow", len(choices.dataflows), len(choices.dataflows) > 1),
            wires=place("wires", len(MULTICASTS)),
            dsp=place("dsp", 2, choices.board.family is Family.FPGA and choices.board.resource_curve == "pg338"),
            bandwidth=place("bandwidth_share", worth=self._search_bandwidth),
            serves=place("serves", len(self._labels), len(self._labels) > 1),
        )
        return Slot(
            id=id_,
            base=base,
            like=base if base and keeps_id else self._first,
            keeps_id=keeps_id,
            stays=fixed_here,
            places=places,
            here=slice(first, len(self._axes)),
            choices=choices,
            labels=self._labels,
            most=self._most,
            kinds=kinds,
            dataflow=own_text if places.dataflow < 0 else None,
            wires=base.wires if base and frozen.has(id_, "wires") else None,
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

    def _decode_scheduler(self, x: list[float]) -> SchedulerWeights:
        alpha, theta = self.base.scheduler.alpha, self.base.scheduler.theta
        if self._alpha >= 0:
            low, high = self._alpha_range
            alpha = round(low + x[self._alpha] * (high - low), SCHEDULER_DIGITS)
        if self._theta >= 0:
            low, high = self._theta_range
            theta = round(math.exp(low + x[self._theta] * (high - low)), SCHEDULER_DIGITS)
        return SchedulerWeights(alpha=alpha, theta=theta)

    def _cores_for(self, base: SubAccelerator) -> tuple[str, ...]:
        """Sizes of array for directives of the user's own: those of the base's kind that have the PEs they ask for.

        What the preset's own directives would be makes no difference, so that one kind stands for all.
        """
        kind = base.core.rpartition("-")[0]
        wanted = cluster_product(base.pe_dataflow)
        sizes = (core for core in self.choices.cores if core.rpartition("-")[0] == kind)
        fitting = tuple(core for core in sizes if wanted <= getattr(load_core(core), "pes", 0))
        return fitting if base.core in fitting else (base.core,)


def _memory_of(sub: SubAccelerator) -> tuple[str, bool, int]:
    """What a search leaves as it is in the base."""
    return sub.ram, sub.uram, sub.pinned_uram
