"""Does a design fit its card, and if not, what is the smallest change that would make it fit."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations

from workbench.design.design import Design, SubAccelerator, Wire
from workbench.design.placement import (
    SPANS,
    SPATIAL_RESOURCES,
    Need,
    Room,
    core_need,
    is_flexible,
    need_of,
    place,
    rooms,
)
from workbench.design.report import Fix, ResourceUse
from workbench.hardware.board import Board, Family
from workbench.hardware.core import Core, DpuCore, DspUse, RamUse
from workbench.hardware.presets import BRAM_PER_URAM, core_names, load_core

MOST_ROOM = 32  # cores counted when saying what there is still room for
MOST_FEWER = 64  # cores taken away when looking for a fix
SUMS_ERR = 1e-9  # relative, by rounding
MOST_FITS = 8192  # remembered: a search asks again and again for designs that differ in the scheduler alone
OTHER_USE: dict[str, str] = {DspUse.HIGH: DspUse.LOW, DspUse.LOW: DspUse.HIGH}
_Key = tuple[str, str, str, str, bool, int, tuple[Wire, ...], bool, int]

WORDS = {"lut": "LUT", "ff": "FF", "bram": "BRAM", "uram": "URAM", "dsp": "DSP", "ports": "ports", "pes": "PEs"}


@dataclass(frozen=True, slots=True)
class Budget:
    """`overrun`: relative excess summed over resources, 0 if the design fits. `placement`: region of every core by
    sub-accelerator id (SPANS where it lies in several); `spanning`: ids with such cores."""

    uses: tuple[ResourceUse, ...]
    overrun: float
    reason: str
    fix: Fix | None
    headroom: str
    placement: dict[str, tuple[int, ...]] = field(default_factory=dict)
    spanning: frozenset[str] = frozenset()

    @property
    def fits(self) -> bool:
        """Whether everything has its place."""
        return self.overrun == 0


@dataclass(frozen=True, slots=True)
class Fit:
    """The part of a budget a search needs. `fullest`: the largest share of any resource that the design takes."""

    overrun: float
    spanning: frozenset[str]
    fullest: float


def fit_of(design: Design, board: Board) -> Fit:
    """By how much a design misses its card. Raises ValueError for an unknown core."""
    return fit_of_groups(design.subaccelerators, board)


def fit_of_groups(subs: Iterable[SubAccelerator], board: Board) -> Fit:
    """`fit_of` for sub-accelerators without a design around them."""
    return _fit_of(tuple(map(_key_of, subs)), board)


def other_uses_that_fit(
    subs: Sequence[SubAccelerator], free: Sequence[int], board: Board
) -> tuple[SubAccelerator, ...] | None:
    """The sub-accelerators with the other DSP use, LUTs for DSPs or the reverse, in as few of those at the places
    `free` as make them fit; None: no uses do."""
    keys = [_key_of(sub) for sub in subs]
    other = {i: (*keys[i][:2], OTHER_USE[keys[i][2]], *keys[i][3:]) for i in free}
    if not _may_fit([(key, other[i]) if i in other else (key,) for i, key in enumerate(keys)], board):
        return None
    for count in range(1, len(free) + 1):
        for turned in combinations(free, count):
            taken = tuple(other[i] if i in turned else key for i, key in enumerate(keys))
            if _fit_of(taken, board).overrun <= 0:
                return tuple(replace(s, dsp=OTHER_USE[s.dsp]) if i in turned else s for i, s in enumerate(subs))
    return None


def _may_fit(alternatives: Iterable[Sequence[_Key]], board: Board) -> bool:
    """False: whichever of its alternatives each group takes, the total of some resource overruns the card."""
    room = _whole_room(board)
    have = [*room.spatial, room.bram + BRAM_PER_URAM * room.uram if room.bram > 0 else 0.0]
    left = have.copy()
    for group in alternatives:
        cores = group[0][5]
        needs = [_need_of_key(key, board) for key in group]
        spatial, memory = needs[0].spatial, needs[0].bram + BRAM_PER_URAM * needs[0].uram
        for need in needs[1:]:
            spatial = tuple(map(min, spatial, need.spatial))
            memory = min(memory, need.bram + BRAM_PER_URAM * need.uram)
        for k, each in enumerate((*spatial, memory)):
            left[k] -= cores * each
    return all(rest >= -SUMS_ERR * whole for rest, whole in zip(left, have, strict=True) if whole > 0)


@lru_cache(maxsize=MOST_FITS)
def _fit_of(keys: tuple[_Key, ...], board: Board) -> Fit:
    needs = [(key[0], key[5], _need_of_key(key, board)) for key in keys]
    shares = [used / available if available else math.inf for _, used, available in _totals(needs, board) if used > 0]
    fullest = max(shares, default=0.0)
    overrun = sum(share - 1.0 for share in shares if share > 1.0) if needs else 1.0
    if overrun > 0 and not board.span_slr:  # nobody asks where the cores of such a design lie
        return Fit(min(overrun, 1e9), frozenset(), fullest)
    placement, homeless = place(needs, board)
    if overrun == 0 and homeless:
        overrun = homeless / sum(cores for _, cores, _ in needs)
    spanning = frozenset(id for id, regions in placement.items() if SPANS in regions and board.span_slr)
    return Fit(min(overrun, 1e9), spanning, fullest)


def _need_of_key(key: _Key, board: Board) -> Need:
    _, core, dsp, ram, uram, cores, wires, flexible, pinned = key
    return core_need(core, dsp, ram, uram, cores, wires, flexible, board, pinned)


def _key_of(sub: SubAccelerator) -> _Key:
    """Who it is and all that its needs depend on."""
    flexible = is_flexible(sub.dataflow)
    return (sub.id, sub.core, sub.dsp, sub.ram, sub.uram, sub.cores, sub.wires, flexible, sub.pinned_uram)


def check_budget(design: Design, board: Board) -> Budget:
    """The whole answer: uses, reason, smallest fix or headroom, placement. Raises ValueError for an unknown core."""
    needs = _needs(design.subaccelerators, board)
    uses = _uses(needs, board)
    placement, _ = place(needs, board)
    fit = fit_of(design, board)
    if fit.overrun == 0:
        return Budget(uses, 0.0, "", None, _headroom(design, board, uses), placement, fit.spanning)
    return Budget(
        uses, fit.overrun, _reason(design, board, uses, placement), _smallest_fix(design, board), "", placement,
        fit.spanning,
    )  # fmt: skip


def _needs(subs: Iterable[SubAccelerator], board: Board) -> list[tuple[str, int, Need]]:
    return [(sub.id, sub.cores, need_of(sub, board)) for sub in subs]


def _uses(needs: Sequence[tuple[str, int, Need]], board: Board) -> tuple[ResourceUse, ...]:
    """Totals over all regions. What spills from BRAM is counted as URAM."""
    return tuple(ResourceUse(*use) for use in _totals(needs, board))


def _totals(needs: Sequence[tuple[str, int, Need]], board: Board) -> list[tuple[str, float, float]]:
    """(resource, used, available) of everything that a board limits. A search asks for these at every design."""
    room = _whole_room(board)
    spatial = [0.0] * len(SPATIAL_RESOURCES)
    bram = uram = movable = 0.0
    for _, cores, need in needs:
        for k, each in need.takes:
            spatial[k] += cores * each
        bram += cores * need.bram
        uram += cores * need.uram
        movable += cores * need.bram if need.may_spill else 0.0
    found = [(SPATIAL_RESOURCES[k], spatial[k], available) for k, available in _limited(board)]
    if room.bram > 0:
        spilled = min(max(0.0, bram - room.bram), movable, BRAM_PER_URAM * max(0.0, room.uram - uram))
        stays = room.bram if spilled == bram - room.bram else bram - spilled  # not a rounding error above the room
        found.insert(2, ("bram", stays, room.bram))
        if room.uram > 0 or uram > 0:
            found.insert(3, ("uram", uram + spilled / BRAM_PER_URAM, room.uram))
    if board.ports:
        found.append(("ports", float(sum(cores for _, cores, _ in needs)), float(board.ports)))
    return found


@lru_cache(maxsize=64)
def _whole_room(board: Board) -> Room:
    """What all regions leave, summed."""
    room = rooms(board)
    spatial = tuple(sum(r.spatial[k] for r in room) for k in range(len(SPATIAL_RESOURCES)))
    return Room(spatial, sum(r.bram for r in room), sum(r.uram for r in room))


@lru_cache(maxsize=64)
def _limited(board: Board) -> tuple[tuple[int, float], ...]:
    """The places in SPATIAL_RESOURCES of what the board has at all and limits, and how much of it."""
    return tuple((k, has) for k, has in enumerate(_whole_room(board).spatial) if 0 < has < math.inf)


def _reason(design: Design, board: Board, uses: Sequence[ResourceUse], placement: dict[str, tuple[int, ...]]) -> str:
    """Which resource, by how much; or which cores no region can take."""
    if not design.subaccelerators:
        return "no sub-accelerator: add one"
    over = sorted((use for use in uses if use.share > 1), key=lambda use: -use.share)
    if over:
        worst = over[0]
        excess = worst.used - worst.available
        share = f" ({100 * excess / worst.available:.1f} %)" if worst.available else ""
        more = f"; also {', '.join(WORDS[use.name] for use in over[1:])}" if len(over) > 1 else ""
        return f"{WORDS[worst.name]} needs {worst.used:,.0f} of {worst.available:,.0f}, {excess:,.0f} over{share}{more}"
    homeless = {
        sub.id: sub.cores - sum(region != SPANS for region in placement[sub.id])
        for sub in design.subaccelerators
        if SPANS in placement[sub.id]
    }
    names = [region.name for region in board.regions]
    cores = ", ".join(f"{count} of {id}" for id, count in homeless.items())
    return f"the totals fit, but no region ({', '.join(names)}) has room for {cores}: a core lies in one region"


def _headroom(design: Design, board: Board, uses: Sequence[ResourceUse]) -> str:
    """What there is still room for, of the largest core the design has, and which resource stops there."""
    if not design.subaccelerators:
        return ""
    largest = max(design.subaccelerators, key=lambda sub: load_core(sub.core).macs_per_cycle)
    count = 0
    while count < MOST_ROOM and fit_of(_grown(design, largest, count + 1), board).overrun == 0:
        count += 1
    beyond = _uses(_needs(_grown(design, largest, count + 1).subaccelerators, board), board)
    binding = max(beyond, key=lambda use: use.share)
    what = WORDS[binding.name] if binding.share > 1 else "the regions"
    verb = "leave" if what.endswith("s") else "leaves"
    said = f"{what} {verb} room for {count or 'no'} more {largest.core}"
    spilled = next((use for use in uses if use.name == "bram"), None)
    uram = next((use for use in uses if use.name == "uram"), None)
    if spilled and uram and spilled.share >= 1 and uram.used > 0:
        said += "; BRAM spills to URAM"
    return said


def _grown(design: Design, sub: SubAccelerator, more: int) -> Design:
    """The design with `more` cores like those of `sub`, as a line of their own."""
    extra = replace(sub, id="+", rows=1, cols=more, planes=1)
    return replace(design, subaccelerators=(*design.subaccelerators, extra))


def _smallest_fix(design: Design, board: Board) -> Fix | None:
    """The edit of one variable that fits and gives up the least peak performance; None if no single edit does."""
    best: tuple[float, int, Fix] | None = None
    for number, (lost, fix, changed) in enumerate(_single_edits(design, board)):
        if best is not None and (lost, number) >= best[:2]:
            continue
        if fit_of(_with(design, changed), board).overrun == 0:
            best = (lost, number, fix)
    return best[2] if best else None


def _single_edits(design: Design, board: Board) -> Iterable[tuple[float, Fix, SubAccelerator]]:
    """Edits that make a design smaller, with the MACs per cycle each gives up."""
    for sub in design.subaccelerators:
        core = load_core(sub.core)
        for blocks in range(sub.pinned_uram - 1, -1, -1):  # the most that fits is found first
            words = f"{sub.id} {blocks or 'no'} pinned URAM blocks a core"
            yield 0.0, Fix(words, f"{sub.id}.pinned_uram", blocks), replace(sub, pinned_uram=blocks)
        if isinstance(core, DpuCore):
            if sub.dsp == DspUse.HIGH:
                yield 0.0, Fix(f"{sub.id} low DSP use", f"{sub.id}.dsp", "low"), replace(sub, dsp="low")
            if sub.ram == RamUse.HIGH:
                yield 0.0, Fix(f"{sub.id} low RAM use", f"{sub.id}.ram", "low"), replace(sub, ram="low")
            if not sub.uram:
                yield 0.0, Fix(f"{sub.id} URAM in place of BRAM", f"{sub.id}.uram", True), replace(sub, uram=True)
            if sub.dsp == DspUse.LOW:
                yield 0.0, Fix(f"{sub.id} high DSP use", f"{sub.id}.dsp", "high"), replace(sub, dsp="high")
        for axis in ("cols", "rows", "planes"):
            size = getattr(sub, axis)
            for less in range(1, min(size, MOST_FEWER)):
                lost = core.macs_per_cycle * less * (sub.cores // size)
                word = axis if size - less != 1 else axis[:-1]
                cores = sub.cores - less * (sub.cores // size)
                fix = Fix(f"{sub.id} {size - less} {word}, {cores} cores", f"{sub.id}.{axis}", size - less)
                yield float(lost), fix, replace(sub, **{axis: size - less})
        for name, smaller in _smaller_cores(core, board):
            lost = float((core.macs_per_cycle - smaller.macs_per_cycle) * sub.cores)
            yield lost, Fix(f"{sub.id} {name} cores", f"{sub.id}.core", name), replace(sub, core=name)


def _smaller_cores(core: Core, board: Board) -> list[tuple[str, Core]]:
    """Cores of the same library and kind that do less per cycle, largest first."""
    family = core.name.split("-")[0] if board.family is Family.ASIC else ""
    cores = [(name, load_core(name)) for name in core_names(board.family) if name.startswith(family)]
    smaller = [(n, c) for n, c in cores if type(c) is type(core) and c.macs_per_cycle < core.macs_per_cycle]
    return sorted(smaller, key=lambda pair: -pair[1].macs_per_cycle)


def _with(design: Design, changed: SubAccelerator) -> Design:
    subs = tuple(changed if sub.id == changed.id else sub for sub in design.subaccelerators)
    return replace(design, subaccelerators=subs)
