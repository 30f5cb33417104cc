"""The exact model by brute force: a walk over every step of every unit with sets of indices.

Nothing here is clever: it is what the closed sums of `workbench.cost.exact` must equal, integer for integer. The rules
are those of docs/model-exact.md; the paragraph numbers below refer to it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

DIMS = "NGKCRSPQ"  # P, Q: output rows and columns
COUPLED = {"input": "NGCRSPQ", "filter": "GKCRS", "output": "NGKPQ"}
Span = tuple[int, int]
Tile = tuple[Span, ...]  # one [start, stop) per dimension of DIMS
Key = tuple[int, str, tuple[int, ...]]  # level, tensor, path of a unit (−1 where the tensor is shared)


@dataclass(frozen=True)
class OracleLevel:
    """Units of a level and its maps, outermost first: (dimension, tile, spatial)."""

    units: int
    maps: tuple[tuple[str, int, bool], ...]


@dataclass(frozen=True)
class OracleCase:
    """A layer in output-centric dimensions and its mapping."""

    sizes: dict[str, int]
    stride_y: int
    stride_x: int
    levels: tuple[OracleLevel, ...]


@dataclass(frozen=True)
class OracleHardware:
    """As PeHardware: elements per cycle, cycles, elements; l2_size 0 is unlimited."""

    bandwidth: int
    latency: int
    off_chip_bandwidth: int
    lanes: int
    l2_size: int


@dataclass
class OracleResult:
    """Counts per level and the time."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    macs: int = 0
    pe_steps: int = 0
    fill: int = 0
    first_fetch: int = 0  # elements at the top
    last_drain: int = 0
    path_steps: int = 0  # innermost steps of the first unit's path
    drain: int = 0
    cycles: int = 0


@lru_cache(maxsize=20_000)
def elements(tensor: str, tile: Tile, stride_y: int, stride_x: int) -> frozenset[tuple[int, ...]]:
    """Indices of the tensor's elements that the tile's multiplications touch."""
    n, g, k, c, r, s, p, q = (range(*span) for span in tile)
    if tensor == "filter":
        return frozenset(product(g, k, c, r, s))
    if tensor == "output":
        return frozenset(product(n, g, k, p, q))
    rows = {out * stride_y + kernel for out in p for kernel in r}
    columns = {out * stride_x + kernel for out in q for kernel in s}
    return frozenset(product(n, g, c, rows, columns))


def steps(tile: Tile, level: OracleLevel) -> Iterator[list[Tile | None]]:
    """The level's steps in lexicographic order (§2); each gives every unit's tile, None for a unit without work."""

    def trips(dim: str, size: int, spatial: bool) -> int:
        start, stop = tile[DIMS.index(dim)]
        return -(-(stop - start) // (size * (level.units if spatial else 1)))

    for index in product(*(range(trips(*one)) for one in level.maps)):
        units: list[Tile | None] = []
        for unit in range(level.units):
            spans = list(tile)
            works = unit == 0 or any(spatial for _, _, spatial in level.maps)
            for (dim, size, spatial), i in zip(level.maps, index, strict=True):
                low, high = tile[DIMS.index(dim)]
                start = low + (i * level.units + unit if spatial else i) * size
                works = works and start < high
                spans[DIMS.index(dim)] = (start, min(start + size, high))
            units.append(tuple(spans) if works else None)
        yield units


class Walk:
    """One layer, walked."""

    def __init__(self, case: OracleCase, hardware: OracleHardware) -> None:
        self.case = case
        self.hardware = hardware
        self.result = OracleResult()
        self.entered: dict[tuple[int, tuple[int, ...]], set[tuple[int, ...]]] = {}
        self.first = [True] * len(case.levels)
        whole: Tile = tuple((0, case.sizes[d]) for d in DIMS)
        time, after = self.run(0, (), whole, {})
        for depth in range(len(case.levels)):  # §6: the last tiles of the first unit's path leave at the end
            left: set[tuple[int, ...]] = set()
            for (level, tensor, path), tile in after.items():
                if level == depth and tensor == "output" and all(u <= 0 for u in path[:-1]):
                    left |= self.elements("output", tile)
            self.result.drain += self.delay(len(left))
            if depth == 0:
                self.result.last_drain = len(left)
        on_chip = self.result.fill + time + self.result.drain
        self.off_chip = off_chip(case, hardware.l2_size)
        rate = hardware.off_chip_bandwidth
        exposed = -(-self.result.first_fetch // rate) - (-self.result.last_drain // rate)
        self.result.cycles = max(on_chip + exposed, -(-sum(self.off_chip.values()) // rate))

    def elements(self, tensor: str, tile: Tile) -> frozenset[tuple[int, ...]]:
        return elements(tensor, tile, self.case.stride_y, self.case.stride_x)

    def delay(self, volume: int) -> int:
        if volume == 0:
            return 0
        return max(0, self.hardware.latency + -(-volume // self.hardware.bandwidth) - 1)

    def shared_path(self, tensor: str, path: tuple[int, ...]) -> tuple[int, ...]:
        """−1 in place of a unit's index where the level's spatial dimension is not the tensor's (§3: multicast)."""
        shared = []
        for level, unit in zip(self.case.levels, path, strict=False):
            spatial = [dim for dim, _, is_spatial in level.maps if is_spatial]
            shared.append(unit if spatial and spatial[0] in COUPLED[tensor] else -1)
        return tuple(shared)

    def run(
        self, depth: int, path: tuple[int, ...], tile: Tile, before: dict[Key, Tile]
    ) -> tuple[int, dict[Key, Tile]]:
        """One pass of a level under the unit at `path`: its time and what all units below hold afterwards."""
        level = self.case.levels[depth]
        counts = self.result.counts
        on_first_path = all(u == 0 for u in path)
        time = 0
        for units in steps(tile, level):
            after: dict[Key, Tile] = {}
            volume = Counter[str]()
            for tensor in COUPLED:
                wanted: set[tuple[int, ...]] = set()
                fills = 0
                for unit, unit_tile in enumerate(units):
                    if unit_tile is None:
                        continue
                    key = (depth, tensor, self.shared_path(tensor, (*path, unit)))
                    held = self.elements(tensor, before[key]) if key in before else frozenset()
                    missing = self.elements(tensor, unit_tile) - held
                    wanted |= missing
                    fills += len(missing)
                    after[key] = unit_tile
                if tensor == "output":
                    seen = self.entered.setdefault((depth, path), set())
                    again = len(wanted & seen)
                    seen |= wanted
                    counts["output_write", depth] += len(wanted)  # what enters leaves once
                    counts["output_drain", depth] += fills
                    counts["output_reread", depth] += again
                    volume["in"] += again
                    left: set[tuple[int, ...]] = set()
                    shared = self.shared_path(tensor, path)
                    for key, held_tile in before.items():
                        if key[0] == depth and key[1] == tensor and key[2][:-1] == shared:
                            now = after.get(key)
                            kept = self.elements(tensor, now) if now else frozenset()
                            left |= self.elements(tensor, held_tile) - kept
                    volume["out"] = len(left)
                else:
                    counts[f"{tensor}_read", depth] += len(wanted)
                    counts[f"{tensor}_fill", depth] += fills
                    volume["in"] += len(wanted)
            inner = 0
            first_step = self.first[depth]
            self.first[depth] = False
            for unit, unit_tile in enumerate(units):
                if unit_tile is None:
                    continue
                if depth + 1 < len(self.case.levels):
                    spent, held_below = self.run(depth + 1, (*path, unit), unit_tile, before)
                    after |= held_below
                else:
                    macs = 1
                    for low, high in unit_tile:
                        macs *= high - low
                    self.result.macs += macs
                    self.result.pe_steps += 1
                    self.result.path_steps += on_first_path and unit == 0
                    spent = -(-macs // self.hardware.lanes)
                if unit == 0:  # §6: the first unit has the largest tile and sets the pace
                    inner = spent
            if on_first_path and first_step:
                self.result.fill += self.delay(volume["in"])
                if depth == 0:
                    self.result.first_fetch = volume["in"]
                time += inner
            else:
                time += max(inner, self.delay(volume["in"]), self.delay(volume["out"]))
            before = after
        return time, before


def off_chip(case: OracleCase, l2_size: int) -> Counter[str]:
    """§7: what the global buffer fetches and writes, a block of the outermost level's inner loops per tensor."""
    top = case.levels[0]
    # Maps that split a dimension over steps; kernel rows spread over units make no loop.
    splitting = (one for one in top.maps if one[1] < case.sizes[one[0]] and one[0] not in "RS")
    level = OracleLevel(top.units, tuple(splitting))
    loops = len(level.maps)
    whole: Tile = tuple((0, case.sizes[d]) for d in DIMS)
    trips = [-(-case.sizes[d] // (size * (level.units if spatial else 1))) for d, size, spatial in level.maps]
    indices = list(product(*(range(t) for t in trips)))
    lists = [[tile for tile in units if tile is not None] for units in steps(whole, level)]

    def blocks(tensor: str, depth: int) -> list[set[tuple[int, ...]]]:
        """What the loops from `depth` inwards touch, in the order of the loops outside."""
        found: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
        for index, units in zip(indices, lists, strict=True):
            block = found.setdefault(index[:depth], set())
            for tile in units:
                block |= elements(tensor, tile, case.stride_y, case.stride_x)
        return list(found.values())

    def pays(tensor: str, depth: int) -> bool:
        moves = level.maps[depth][0] in COUPLED[tensor]
        slides = tensor == "input" and depth > 0 and level.maps[depth - 1][0] in "PQ"
        return not moves or slides

    totals = {t: len(elements(t, whole, case.stride_y, case.stride_x)) for t in COUPLED}
    depths = dict.fromkeys(COUPLED, 0)
    if l2_size and sum(totals.values()) > l2_size:
        least = {t: len(blocks(t, loops)[0]) for t in COUPLED}
        left = l2_size
        waiting = sorted(COUPLED, key=lambda t: totals[t])
        while waiting:
            tensor = waiting.pop(0)
            room = left - sum(least[t] for t in waiting)
            fitting = [p for p in range(loops) if pays(tensor, p) and len(blocks(tensor, p)[0]) <= room]
            depths[tensor] = min(fitting, default=loops)
            left -= len(blocks(tensor, depths[tensor])[0])

    moved: Counter[str] = Counter()
    for tensor in COUPLED:
        held: set[tuple[int, ...]] = set()
        seen: set[tuple[int, ...]] = set()
        for block in blocks(tensor, depths[tensor]):
            wanted = block - held
            if tensor == "output":
                moved["output_reread"] += len(wanted & seen)
                seen |= wanted
                moved["output_write"] += len(wanted)
            else:
                moved[f"{tensor}_read"] += len(wanted)
            held = block
    return moved
