"""Where the cores of a design go: regions (SLRs) of the card filled core by core, largest first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from workbench.design.design import SubAccelerator, Wire
from workbench.hardware.board import Board, Family
from workbench.hardware.presets import BRAM_PER_URAM, core_resources, load_core, wire_resources
from workbench.hardware.resources import Resources

ROUNDING = 1e-9  # cores: errors of sums do not cost one
SPANS = -1  # region of a core that lies in several
SPATIAL_RESOURCES = ("lut", "ff", "dsp", "pes", "area_um2")  # memory is handled apart: BRAM spills to URAM


@dataclass(frozen=True, slots=True)
class Room:
    """What a region leaves to a design. Tuples in the order of SPATIAL_RESOURCES."""

    spatial: tuple[float, ...]
    bram: float
    uram: float


@dataclass(frozen=True, slots=True)
class Need:
    """What one core takes, its share of wires and of the sub-accelerator's interconnect included."""

    spatial: tuple[float, ...]
    bram: float
    uram: float
    may_spill: bool  # BRAM may be replaced by URAM, BRAM_PER_URAM blocks by one
    takes: tuple[tuple[int, float], ...]  # place in `spatial` and amount of what is not 0


@lru_cache(maxsize=64)
def rooms(board: Board) -> tuple[Room, ...]:
    """Usable room per region: usable_share of what the shell leaves."""
    found = []
    for region in board.regions:
        left = (region.resources - region.shell) * board.usable_share
        spatial = [getattr(left, name) for name in SPATIAL_RESOURCES]
        spatial[-1] = spatial[-1] or math.inf  # a die whose area nobody states does not limit
        found.append(Room(tuple(spatial), left.bram, left.uram))
    return tuple(found)


@lru_cache(maxsize=8192)
def core_need(
    core: str, dsp: str, ram: str, uram: bool, cores: int, wires: tuple[Wire, ...], flexible: bool, board: Board,
    pinned_uram: int = 0,
) -> Need:  # fmt: skip
    """One of `cores` equal cores of a sub-accelerator, its `pinned_uram` included. ValueError: unknown core."""
    used = core_resources(load_core(core), board, dsp, ram, uram)
    shared = wire_resources(
        cores,
        weight_multicast=Wire.WEIGHT_MULTICAST in wires,
        input_multicast=Wire.INPUT_MULTICAST in wires,
        psum_ring=Wire.PSUM_RING in wires,
        flexible=flexible,
    )
    if (cores == 1 and not flexible) or board.family is Family.ASIC:
        shared = Resources()  # nothing to connect; what wires cost is known in LUTs only
    used = used + (shared + board.sub_accelerator_cost) * (1.0 / cores)
    spatial = tuple(getattr(used, name) for name in SPATIAL_RESOURCES)
    takes = tuple((k, each) for k, each in enumerate(spatial) if each > 0)
    return Need(spatial, used.bram, used.uram + pinned_uram, uram, takes)


def need_of(sub: SubAccelerator, board: Board) -> Need:
    """What one core of a sub-accelerator takes; a dataflow with the word `flexible` pays for all wires."""
    wires = tuple(sorted(set(sub.wires)))
    flexible = is_flexible(sub.dataflow)
    return core_need(sub.core, sub.dsp, sub.ram, sub.uram, sub.cores, wires, flexible, board, sub.pinned_uram)


@lru_cache(maxsize=4096)
def is_flexible(text: str) -> bool:
    """Whether a directive text lets every layer split as it likes."""
    from workbench.dataflow.parser import parse
    from workbench.dataflow.statements import WordStatement
    from workbench.dataflow.words import FLEXIBLE

    return any(isinstance(s, WordStatement) and s.word == FLEXIBLE for s in parse(text).statements)


class _Filling:
    """One region while it is being filled."""

    __slots__ = ("bram", "bram_fixed", "room", "spatial", "uram")

    def __init__(self, room: Room) -> None:
        self.room = room
        self.spatial = [0.0] * len(SPATIAL_RESOURCES)
        self.bram = self.bram_fixed = self.uram = 0.0

    def take(self, need: Need, wanted: int) -> int:
        """Place up to `wanted` equal cores; returns how many found room."""
        count = float(wanted)
        room, spatial = self.room, self.spatial
        for k, each in need.takes:
            fits = (room.spatial[k] - spatial[k]) / each + ROUNDING
            if fits < count:
                count = fits
                if count < 1:
                    return 0
        if need.uram > 0:
            count = min(count, (room.uram - self.uram) / need.uram + ROUNDING)
        if not need.may_spill and need.bram > 0:
            count = min(count, (room.bram - self.bram_fixed) / need.bram + ROUNDING)
        memory = need.bram + BRAM_PER_URAM * need.uram
        if memory > 0:  # URAM that is left stands in for BRAM
            left = room.bram - self.bram + BRAM_PER_URAM * (room.uram - self.uram)
            count = min(count, left / memory + ROUNDING)
        placed = max(0, int(count))
        if placed == 0:
            return 0
        for k, each in need.takes:
            spatial[k] += placed * each
        self.bram += placed * need.bram
        self.uram += placed * need.uram
        self.bram_fixed += 0.0 if need.may_spill else placed * need.bram
        return placed


def place(needs: Sequence[tuple[str, int, Need]], board: Board) -> tuple[dict[str, tuple[int, ...]], int]:
    """Regions per core of every (id, cores, need), and how many cores found no region.

    Larger cores first, each into the first region with room. Where the board lets cores span, those without a region
    get SPANS and do not count as homeless.
    """
    fillings = [_Filling(room) for room in rooms(board)]
    placed: dict[str, tuple[int, ...]] = {}
    homeless = 0
    for id, cores, need in sorted(needs, key=lambda n: (-max(n[2].spatial[0], n[2].spatial[3]), n[0])):
        regions: list[int] = []
        for region, filling in enumerate(fillings):
            if len(regions) < cores:
                regions += [region] * filling.take(need, cores - len(regions))
        missing = cores - len(regions)
        if not board.span_slr:
            homeless += missing
        placed[id] = tuple(regions + [SPANS] * missing)
    return placed, homeless
