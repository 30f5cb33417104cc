"""What the discrete variables of a search choose among: cores, dataflows and wires that a board can take."""

import math
import re
from dataclasses import dataclass
from functools import cached_property

from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.library import DataflowLevel, load_dataflows
from workbench.design.design import Design, SubAccelerator, Wire
from workbench.hardware.board import Board, Family
from workbench.hardware.presets import BRAM_PER_URAM, core_names, core_resources, load_core
from workbench.hardware.resources import Resources

MOST_CORES = 64  # of one sub-accelerator: beyond it no board of the library has room
# Cores beyond the vendor's eight, so that designs with one large core per dataflow (Herald-like) have them too.
LARGE_SHAPES = ("16x16x16", "16x16x24", "16x16x32", "16x32x32")
MOST_SPATIAL = 2  # texts that spread three loops are not searched: `flexible` covers what they do; a base may have one
FLEXIBLE = "flexible"  # name of the preset that splits every layer as it likes
_WIRE_OF_LOOP = {Wire.WEIGHT_MULTICAST: "P", Wire.INPUT_MULTICAST: "K", Wire.PSUM_RING: "C"}
_LITERAL_CLUSTER = re.compile(r"Cluster\s*\(\s*(\d+)")


@dataclass(frozen=True, slots=True)
class DataflowChoice:
    """One directive text, which loops it spreads over cores, and which wires it can use."""

    name: str
    text: str
    spatial: tuple[str, ...]  # empty: flexible, or not known
    wires: tuple[Wire, ...]
    is_own: bool = False  # the user's, not the library's

    def on_grid(self, cols: int, planes: int) -> str:
        """The text for a grid: a literal cluster size that differs from the grid's number becomes its name."""
        grid = iter((("cols", cols), ("planes", planes)))

        def adapt(match: re.Match[str]) -> str:
            name, number = next(grid, ("planes", planes))
            return match[0] if int(match[1]) == number else f"Cluster({name}"

        return _LITERAL_CLUSTER.sub(adapt, self.text) if "Cluster" in self.text else self.text


@dataclass(frozen=True)
class Choices:
    """All choices of one search, in an order in which neighbours are alike."""

    board: Board
    cores: tuple[str, ...]  # smallest first
    dataflows: tuple[DataflowChoice, ...]
    wires: tuple[Wire, ...]

    @cached_property
    def usable(self) -> Resources:
        """What the card's regions leave beside the shell, summed."""
        total = Resources()
        for region in self.board.regions:
            total = total + (region.resources - region.shell) * self.board.usable_share
        return total

    def texts_on(self, cols: int, planes: int) -> list[str]:
        """The dataflows' texts for a grid, in order."""
        found = self._texts.get((cols, planes))
        if found is None:
            found = self._texts[cols, planes] = [choice.on_grid(cols, planes) for choice in self.dataflows]
        return found

    @cached_property
    def _texts(self) -> dict[tuple[int, int], list[str]]:
        return {}

    def plainest(self, choice: DataflowChoice, rows: int, cols: int) -> tuple[DataflowChoice, int, int]:
        """The text and the grid (of one plane) by which the library says the same as by these.

        One loop where the other meets a single core, and of two texts that spread the same loops the first. Designs
        that do the same would otherwise fill a search's memory and use up its evaluations.
        """
        cores = rows * cols
        if choice.is_own or (len(choice.spatial) < 2 and cores > 1):
            return choice, rows, cols
        met = [(loop, count) for loop, count in zip(choice.spatial, (rows, cols), strict=False) if count > 1]
        if len(met) == 2:
            twin = self._of_the_library.get((met[1][0], met[0][0]))
            if twin is None or self.dataflows.index(choice) < self.dataflows.index(twin):
                return choice, rows, cols
            return twin, cols, rows
        lines = [c for spatial, c in self._of_the_library.items() if len(spatial) == 1]
        line = next((c for c in lines if not met or c.spatial[0] == met[0][0]), None)
        return (line, 1, cores) if line else (choice, rows, cols)

    @cached_property
    def _of_the_library(self) -> dict[tuple[str, ...], DataflowChoice]:
        """Its texts by what they spread, in order: all leave order and tiles to the compiler, or to the array."""
        return {choice.spatial: choice for choice in self.dataflows if choice.spatial and not choice.is_own}

    def most_cores(self, core: str) -> int:
        """How many cores of a kind the card's regions hold, wires and interconnect left out; at least 1."""
        fits = sum(math.floor(_how_often(core, self.board, room)) for room in _rooms(self.board))
        return max(1, min(MOST_CORES, fits))


def choices_for(board: Board, design: Design) -> Choices:
    """The choices on a board, with what the design itself uses added to the library's."""
    own = design.subaccelerators
    cores = {core for core in _library_cores(board) if _fits(core, board)} | {sub.core for sub in own}
    dataflows = _library_dataflows(board)
    if board.family is Family.ASIC:
        dataflows = _one_per_spread(dataflows, {sub.dataflow for sub in own})
    for sub in own:
        if all(sub.dataflow != known.text for known in dataflows):
            dataflows.append(_own(sub, board))
    wires = [wire for wire in Wire if wire is not Wire.PSUM_RING or board.psum_link_bytes_per_cycle > 0]
    wires += [wire for sub in own for wire in sub.wires if wire not in wires]
    return Choices(
        board=board,
        cores=tuple(sorted(cores, key=lambda name: (load_core(name).macs_per_cycle, name))),
        dataflows=tuple(dataflows),
        wires=tuple(dict.fromkeys(wires)),
    )


def uses_planes(choice: DataflowChoice) -> bool:
    """Whether a text spreads three loops over cores."""
    return len(choice.spatial) == 3 or choice.text.count("Cluster") > 1


def shape_of_grid(choice: DataflowChoice, wanted: float) -> float:
    """log rows / log cores: as wanted, but one line or a square where the shape makes no difference to the text.

    Designs that differ in nothing would otherwise be costed one by one.
    """
    if choice.name == FLEXIBLE:
        return 0.5
    return 0.0 if len(choice.spatial) == 1 else wanted


def useful_wires(choice: DataflowChoice, grid: tuple[int, int, int]) -> tuple[Wire, ...]:
    """The wires of a text that join more than one core on this grid; `flexible` has all of them without naming any."""
    if choice.name == FLEXIBLE:
        return ()
    if not choice.spatial:
        return choice.wires
    units = (math.prod(grid),) if len(choice.spatial) == 1 else grid
    spread = {loop for loop, count in zip(choice.spatial, units, strict=False) if count > 1}
    return tuple(wire for wire in choice.wires if _WIRE_OF_LOOP[wire] in spread)


def _library_cores(board: Board) -> tuple[str, ...]:
    if board.family is Family.ASIC:
        return core_names(Family.ASIC)
    if board.resource_curve == "tpds":  # the group's own cores, and what its base core fuses to
        return ("2x4x4", "4x8x8", "8x8x8", "8x8x16", "8x16x16", *LARGE_SHAPES)
    return (*(name for name in core_names(Family.FPGA) if name.startswith("B")), *LARGE_SHAPES)


def _library_dataflows(board: Board) -> list[DataflowChoice]:
    """Texts over cores. On FPGA the compiler chooses order and tiles per layer (`auto`): no fixed order betters it."""
    found = []
    for known in load_dataflows():
        if known.level is not DataflowLevel.CORE:
            continue
        if board.family is Family.FPGA and not known.name.startswith(("auto", "flexible")):
            continue
        if "C" in known.spatial and board.psum_link_bytes_per_cycle <= 0:
            continue
        if len(known.spatial) > MOST_SPATIAL:
            continue
        found.append(DataflowChoice(known.name, known.text, known.spatial, tuple(Wire(w) for w in known.wires)))
    return sorted(found, key=lambda d: (_likeness(d), d.name))


def _one_per_spread(choices: list[DataflowChoice], wanted: set[str]) -> list[DataflowChoice]:
    """One text of those that spread the same loops over cores, a wanted one first: inside a PE array the order is that
    of its own directives, so that these texts cost the same (docs/model-exact.md §8)."""
    found: dict[object, DataflowChoice] = {}
    for choice in sorted(choices, key=lambda c: c.text not in wanted):
        found.setdefault(choice.spatial or choice.name, choice)
    return [choice for choice in choices if choice in found.values() or choice.text in wanted]


def _own(sub: SubAccelerator, board: Board) -> DataflowChoice:
    """A text of the user's own as a choice; one that does not resolve is offered as it is."""
    link = board.psum_link_bytes_per_cycle > 0
    resolved, _ = resolve_core(sub.dataflow, sub.rows, sub.cols, sub.planes, link)
    if resolved is None or resolved.flexible:
        return DataflowChoice(FLEXIBLE if resolved else f"{sub.id}'s own", sub.dataflow, (), tuple(Wire), is_own=True)
    spatial = tuple(loop.name for loop in resolved.spatial)
    wires = tuple(wire for wire in Wire if _WIRE_OF_LOOP[wire] in spatial)
    return DataflowChoice(f"{sub.id}'s own", sub.dataflow, spatial, wires, is_own=True)


def _likeness(choice: DataflowChoice) -> float:
    """A number by which texts that spread alike stand side by side: from all of P, over both, to all of K, then C."""
    place = {"P": -1.0, "K": 1.0, "C": 8.0}
    return sum(place[loop] / (rank + 1) for rank, loop in enumerate(choice.spatial))


def _how_often(core: str, board: Board, room: Resources) -> float:
    """How often one core's needs go into `room`; memory counted in BRAM, of which a URAM replaces several."""
    need = core_resources(load_core(core), board)
    memory_room = room.bram + BRAM_PER_URAM * room.uram
    pairs = [
        (need.lut, room.lut),
        (need.ff, room.ff),
        (need.dsp, room.dsp),
        (need.bram + BRAM_PER_URAM * need.uram, memory_room),
        (need.pes, room.pes),
        (need.area_um2, room.area_um2),
    ]
    return min((have / use for use, have in pairs if use > 0 and have > 0), default=float(MOST_CORES))


def _fits(core: str, board: Board) -> bool:
    """Whether one core fits a region of the card, or the whole card where cores may span regions."""
    return any(_how_often(core, board, room) >= 1 for room in _rooms(board))


def _rooms(board: Board) -> list[Resources]:
    """Usable room of the places a core may lie in."""
    rooms = [(region.resources - region.shell) * board.usable_share for region in board.regions]
    if not board.span_slr:
        return rooms
    total = Resources()
    for room in rooms:
        total = total + room
    return [total]
