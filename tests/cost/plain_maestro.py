"""MAESTRO once more, as plainly as its behaviour can be written down: dictionaries, loops, one case after the other.

Written from the description of MAESTRO's behaviour alone, without looking at `workbench.cost.maestro*`, so that an
agreement of the two means something. Nothing here is quick: a level with 3 states in 6 dimensions is walked 729 times.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

COUPLED = {  # tensors of a layer type: input, filter, output; the order of the dimensions matters
    "CONV": ("CYX", "KCRS", "KYX"),
    "TRCONV": ("CYX", "KCRS", "KYX"),
    "DSCONV": ("CYX", "CRS", "CYX"),
    "NGCONV": ("GCYX", "GKCRS", "GKCYX"),
    "GEMM": ("MK", "KN", "MN"),
}
WINDOW = {"X": "S", "Y": "R"}  # the kernel dimension that slides over an image dimension
INIT, STEADY, EDGE = "init", "steady", "edge"
INPUT, FILTER, OUTPUT = "input", "filter", "output"


class RefusedError(Exception):
    """MAESTRO exits, crashes or reads what was never written; the word says why."""


def quotient(a: int, b: int) -> int:
    """Division of C integers: towards zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def product(factors: Iterator[int] | Sequence[int]) -> int:
    return math.prod(factors)


def wrapped(value: int) -> int:
    """The value a signed 32-bit integer holds."""
    return (value + 2**31) % 2**32 - 2**31


@dataclass
class Map:
    spatial: bool
    size: int
    offset: int
    dim: str


@dataclass(frozen=True)
class State:
    position: str
    occurrences: int
    unrolled: bool = False
    init_edge: bool = False
    partial_unit: bool = False  # the last unit in use at the edge holds a partial tile

    @property
    def at_edge(self) -> bool:
        return self.position == EDGE or self.init_edge


@dataclass(frozen=True)
class Sizes:
    """Tile sizes of one dimension: mapped M, new per step U, both again at the edge, and the same of the outputs."""

    M: int
    U: int
    ME: int
    UE: int


@dataclass
class Totals:
    """What one evaluation of a level adds up to."""

    runtime: int = 0
    macs: int = 0
    peak_bw: int = 0
    avg_bw: float = 0.0
    offchip_req: int = 0
    units: float = 0.0
    intensity: float = 0.0
    occurrences: int = 0
    count: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    delays: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


def dimension_sizes(row: Mapping[str, str]) -> dict[str, int]:
    return {d: int(row[f"dim_{d}"]) for d in "NGMKCRSYX" if row.get(f"dim_{d}")}


def cut_into_levels(text: str, sizes: Mapping[str, int]) -> tuple[list[list[Map]], list[int]]:
    """Directives of each level, and the cluster sizes between them."""
    levels: list[list[Map]] = [[]]
    clusters: list[int] = []

    def number(word: str) -> int:
        named = re.fullmatch(r"Sz\((\w'?)\)", word.strip())
        value = sizes[named[1]] if named else int(word)
        if value < 1:
            raise RefusedError("a size below 1")
        return value

    for part in filter(None, (p.strip() for p in text.split(";"))):
        if cluster := re.fullmatch(r"Cluster\(([^,]+)(?:,\s*[PL])?\)", part):
            clusters.append(number(cluster[1]))
            levels.append([])
            continue
        found = re.fullmatch(r"(Spatial|Temporal)Map\((.+),(.+)\)\s*(\w'?)", part)
        assert found is not None, part
        a_map = Map(found[1] == "Spatial", number(found[2]), number(found[3]), found[4])
        if not a_map.spatial and a_map.dim in "RS" and {a_map.size, a_map.offset} != {sizes.get(a_map.dim)}:
            raise RefusedError("temporal map of a part of R or S")
        levels[-1].append(a_map)
    return levels, clusters


class Level:
    """One cluster level with its completed directives and the tables made of its full tiles."""

    def __init__(self, layer: "Layer", number: int, maps: list[Map], units: int, upper: "Level | None"):
        self.layer, self.number, self.n = layer, number, units
        self.Z = dict(upper.next_sizes) if upper else layer.with_output_sizes()
        self.maps = [Map(m.spatial, m.size, m.offset, m.dim) for m in maps]
        self._to_input_centric()
        self._inherit(upper)
        for dim in sorted(layer.operand_dims):
            if dim in self.Z and all(m.dim != dim for m in self.maps):
                self.maps.append(Map(False, self.Z[dim], self.Z[dim], dim))
        self._stride()
        for m in self.maps:
            if m.dim not in self.Z:
                raise RefusedError(f"dimension {m.dim} not found")
        if not 1 <= sum(m.spatial for m in self.maps) <= 2:
            raise RefusedError("not one or two spatial maps")
        self.spatial_dim = next(m.dim for m in self.maps if m.spatial)
        self.is_spatial = {m.dim: m.spatial for m in reversed(self.maps)}  # the first directive on a dimension tells
        self.inputs = {m.dim: self._sizes(m) for m in self.maps}  # the last directive on a dimension tells
        self.outputs = dict(self.inputs)
        for dim, window in WINDOW.items():
            if dim in self.inputs and window in self.inputs:
                self.outputs[dim] = self._output_sizes(dim, window)
        self.ne = self._units_at_edge()
        last = {m.dim: m.size for m in self.maps}
        self.next_sizes = {d: min(last[d], self.Z[d]) for d in layer.operand_dims if d in self.Z}

    def _to_input_centric(self) -> None:
        for image, window in WINDOW.items():
            primed = next((m for m in self.maps if m.dim == image + "'"), None)
            if primed is None or any(m.dim == image for m in self.maps):
                continue
            kernel = next((m for m in self.maps if m.dim == window), None)
            if kernel is None:
                raise RefusedError(f"{image}' without {window}: undefined behaviour")
            primed.dim, primed.size = image, primed.size + kernel.size - 1

    def _inherit(self, upper: "Level | None") -> None:
        for m in upper.maps if upper else []:
            if all(own.dim != m.dim for own in self.maps):
                self.maps.insert(0, Map(False, m.size, m.offset, m.dim))

    def _stride(self) -> None:
        for m in self.maps:
            if m.dim not in WINDOW or self.layer.kind == "GEMM":
                continue
            s, w = self.layer.stride[m.dim], self.layer.sizes[WINDOW[m.dim]]
            if s != 1 and m.size >= w:
                t = quotient(m.size + s - w, s)
                m.size = t * min(s, w) + max(w - s, 0)
                m.offset = t * (w if self.number > 0 and w < s else s)

    def _sizes(self, m: Map) -> Sizes:
        Z, size, offset = self.Z[m.dim], m.size, m.offset
        steps = max(quotient(Z - size, offset), 0)
        has_edge = steps * offset + size < Z or size > Z
        unique = 0 if not m.spatial and size >= Z else min(size, offset)
        e = Z - (steps + 1) * offset
        if e < 0:
            e = Z
        return Sizes(size, unique, e if has_edge else size, max(offset - (size - e), 0))

    def _output_sizes(self, dim: str, window: str) -> Sizes:
        last = [m for m in self.maps if m.dim == dim][-1]
        image, kernel = self.inputs[dim], self.inputs[window]
        edge = image.ME - kernel.ME + 1
        return Sizes(image.M - kernel.M + 1, min(last.offset, last.size), edge, min(last.offset, edge))

    def _units_at_edge(self) -> int:
        m = next(m for m in self.maps if m.spatial)
        Z, size, offset, n = self.Z[m.dim], m.size, m.offset, self.n
        if offset * (n - 1) + size < Z:
            k = quotient(quotient(Z - size, offset) + 1, n) - 1
            rest = Z - (k + 1) * offset * n
            return 1 if rest < size else quotient(rest - size, offset) + 1
        if size < Z:
            ne = quotient(Z - size, offset) + 1
            return ne + 1 if offset * (ne - 1) + size < Z else ne
        return 1

    def states(self, m: Map, z: int) -> list[State]:
        size, offset, n = m.size, m.offset, self.n
        if not m.spatial:
            k = quotient(z - size, offset)
            found = [State(INIT, 1, unrolled=z <= size, init_edge=z < size)]
            if size < z and k > 0:
                found.append(State(STEADY, k))
            if not z < size and k * offset + size < z:
                found.append(State(EDGE, 1))
            return found
        covered = size + offset * (n - 1)
        k = quotient(quotient(z - size, offset) + 1, n) - 1
        found = [State(INIT, 1, unrolled=z <= covered, init_edge=z < covered, partial_unit=z < covered)]
        if covered < z and k > 0:
            found.append(State(STEADY, k))
        if z > covered and (k + 1) * offset * n + covered > z and k * offset * n + covered != z:
            rest = z - (k + 1) * offset * n
            a = 1 if rest < size else quotient(rest - size, offset) + 1
            found.append(State(EDGE, 1, partial_unit=(a - 1) * offset + size < rest))
        return found

    def cases(self, z: Mapping[str, int]) -> Iterator["Case"]:
        lists = [self.states(m, z[m.dim]) for m in self.maps]
        total = product([len(found) for found in lists])
        for c in range(total):
            chosen, frequency = [], total
            for found in lists:
                frequency //= len(found)
                chosen.append(found[-(-c // frequency) % len(found)])
            yield Case(self, chosen)


class Case:
    """One combination of states: the volumes that move in each of its steps."""

    def __init__(self, level: Level, chosen: Sequence[State]):
        self.level = level
        self.occurrences = wrapped(product([state.occurrences for state in chosen]))
        self.state = {m.dim: state for m, state in zip(level.maps, chosen, strict=True)}  # the last one on a dimension
        moving = [i for i, m in enumerate(level.maps) if self.state[m.dim].position != INIT]
        self.moving = moving[-1] if moving else None

    def _spatial_states(self, dims: Sequence[str]) -> list[State]:
        return [self.state[d] for d in dims if self.level.is_spatial.get(d)]

    def ingress_of_unit(self, tensor: str, first: bool, ee: bool) -> int:
        level, dims = self.level, self.level.layer.coupled[tensor]
        coupled = [(i, m.dim) for i, m in enumerate(level.maps) if m.dim in dims]
        if self.moving is None:
            return product([self._at_first(dim, first, ee) for _, dim in coupled])
        if level.maps[self.moving].dim not in dims:
            return 0
        inited = any(
            i > self.moving and self.state[d].position == INIT and not self.state[d].unrolled for i, d in coupled
        )
        return product([self._moved(i, dim, first, ee, inited) for i, dim in coupled])

    def _at_first(self, dim: str, first: bool, ee: bool) -> int:
        sizes, edge = self.level.inputs[dim], self.state[dim].at_edge
        if not edge:
            return sizes.M
        if not self.level.is_spatial[dim]:
            return sizes.ME
        if self.level.ne == 1:
            return sizes.ME if first or ee else 1
        return sizes.ME if ee else sizes.M

    def _moved(self, i: int, dim: str, first: bool, ee: bool, inited: bool) -> int:
        sizes, state = self.level.inputs[dim], self.state[dim]
        advances = i == self.moving and not inited
        if not self.level.is_spatial[dim]:
            if state.position == INIT:
                return sizes.ME if state.at_edge else sizes.M
            if advances and sizes.U == 0:
                raise RefusedError("nothing new in a moving map: silent exit")
            return sizes.U if advances else sizes.M
        mapped, unique = (sizes.ME, sizes.UE) if ee else (sizes.M, sizes.U)
        if first:
            return mapped
        if state.position == INIT:
            assert self.moving is not None
            return unique if i > self.moving else mapped
        return unique if advances else mapped

    def ingress(self, tensor: str) -> int:
        level = self.level
        states = self._spatial_states(level.layer.coupled[tensor])
        if not states:
            return self.ingress_of_unit(tensor, True, False)
        if not any(state.at_edge for state in states):
            return self.ingress_of_unit(tensor, True, False) + (level.n - 1) * self.ingress_of_unit(
                tensor, False, False
            )
        partial = states[-1].partial_unit
        volume = self.ingress_of_unit(tensor, True, level.ne == 1 and partial)
        if level.ne > 1:
            k = 1 if partial else 0
            volume += max(level.ne - k - 1, 0) * self.ingress_of_unit(tensor, False, False)
            volume += k * self.ingress_of_unit(tensor, False, True) if k else 0
        return volume

    def output(self, psum: bool, first: bool, ee: bool, reuse: bool = True) -> int:
        """Outputs of a unit, or its MACs with `psum`."""
        level = self.level
        kept = level.layer.coupled[OUTPUT]
        volume = 1
        if psum:
            volume = product([self._reduced(m.dim, first, ee) for m in level.maps if m.dim not in kept])
        return volume * product([self._produced(dim, first, ee, reuse) for dim in kept])

    def _reduced(self, dim: str, first: bool, ee: bool) -> int:
        level, sizes, state = self.level, self.level.inputs[dim], self.state[dim]
        if not level.is_spatial[dim]:
            return sizes.ME if state.at_edge else sizes.M
        at_end = (state.position == INIT and state.at_edge and ee) or state.position == EDGE
        if at_end and level.ne == 1:
            return sizes.ME if first or ee else 1
        if at_end and ee:
            return sizes.ME if state.position == INIT else sizes.UE
        return sizes.M if first else sizes.U or 1

    def _produced(self, dim: str, first: bool, ee: bool, reuse: bool) -> int:
        level, sizes, state = self.level, self.level.outputs[dim], self.state[dim]
        if not level.is_spatial[dim]:
            return sizes.ME if state.at_edge else sizes.M
        if state.position == INIT and state.at_edge and ee:
            return sizes.UE if level.ne > 1 and reuse else sizes.ME
        if state.position == EDGE and level.ne == 1 and (first or ee):
            return level.inputs[dim].ME  # sic: the size of the input
        if state.position == EDGE and level.ne > 1 and ee:
            return sizes.UE
        return sizes.M if first else sizes.U or 1

    def egress(self) -> int:
        level = self.level
        states = self._spatial_states(level.layer.coupled[OUTPUT])
        if not states:
            return self.output(False, True, False)
        if not any(state.at_edge for state in states):
            return self.output(False, True, False) + (level.n - 1) * self.output(False, False, False)
        partial = states[-1].partial_unit
        volume = self.output(False, True, level.ne == 1 and partial)
        if level.ne > 1:
            k = 1 if partial else 0
            volume += max(level.ne - k - 1, 0) * self.output(False, False, False) + k * self.output(False, False, True)
        return volume

    def macs_of_busiest(self) -> int:
        states = self._spatial_states(self.level.layer.coupled[OUTPUT])
        edge = any(state.at_edge for state in states)
        return self.output(True, True, edge and self.level.ne == 1 and states[-1].partial_unit)

    def macs(self) -> int:
        level = self.level
        states = [self.state[m.dim] for m in level.maps if level.is_spatial[m.dim]]
        if not any(state.at_edge for state in states):
            return level.n * self.output(True, True, False)
        partial = states[-1].partial_unit
        volume = self.output(True, True, level.ne == 1 and partial)
        if level.ne > 1:
            k = 1 if partial else 0
            volume += max(level.ne - k - 1, 0) * self.output(True, True, False)
            volume += k * self.output(True, False, True, reuse=False)
        return volume

    def sub_evaluations(self) -> list[tuple[bool, int]]:
        """Which tiles the level below works on: (the partial one?, how many units)."""
        level, state = self.level, self.state[self.level.spatial_dim]
        if not state.at_edge:
            return [(False, level.n)]
        if not state.partial_unit:
            return [(False, level.ne)]
        return [(True, 1)] + ([(False, level.ne - 1)] if level.ne > 1 else [])

    def sizes_below(self, ee: bool) -> dict[str, int]:
        level, below = self.level, {}
        for dim, sizes in level.inputs.items():
            at_end = self.state[dim].at_edge and (not level.is_spatial[dim] or level.ne == 1 or ee)
            below[dim] = sizes.ME if at_end else sizes.M
        return below


class Layer:
    """A layer, its mapping and the machine of one row."""

    def __init__(self, row: Mapping[str, str]):
        self.kind = row["layer_type"]
        self.sizes = dimension_sizes(row)
        batch = "N" if self.kind != "GEMM" and "N" in self.sizes else ""
        tensors = COUPLED[self.kind]
        self.coupled = {INPUT: batch + tensors[0], FILTER: tensors[1], OUTPUT: batch + tensors[2]}
        self.operand_dims = set(self.coupled[INPUT] + self.coupled[FILTER])
        self.stride = {"X": int(row.get("stride_x") or 1), "Y": int(row.get("stride_y") or 1)}
        self.noc_bw, self.latency = int(row["hw_noc_bw"]), int(row["hw_noc_latency"])
        self.offchip_bw, self.simd = int(row["hw_offchip_bw"]), int(row.get("hw_simd_lanes") or 1)
        self.pes = int(row["hw_num_pes"])
        parts, clusters = cut_into_levels(row["mapping"], self.sizes)
        if len(clusters) > 3:
            raise RefusedError("more than three Cluster directives")
        if self.pes < product(clusters):
            raise RefusedError("fewer PEs than the product of the cluster sizes")
        self.levels: list[Level] = []
        for number, maps in enumerate(parts):
            units = clusters[number - 1] if number else self.pes // product(clusters)
            self.levels.append(Level(self, number, maps, units, self.levels[-1] if number else None))
        self.known: dict[tuple[int, tuple[int, ...]], Totals] = {}
        self.innermost: Totals | None = None  # the innermost level as it is first evaluated

    def with_output_sizes(self) -> dict[str, int]:
        found = dict(self.sizes)
        if self.kind != "GEMM":
            for image, window in WINDOW.items():
                s = self.stride[image]
                found[image + "'"] = quotient(self.sizes[image] - self.sizes[window] + s, s)
        return found

    def delay(self, volume: int) -> int:
        return self.latency + math.ceil(volume / self.noc_bw) - 1

    def evaluate(self, number: int, z: Mapping[str, int]) -> Totals:
        level = self.levels[number]
        key = (number, tuple(z[m.dim] for m in level.maps))
        if key not in self.known:
            self.known[key] = self._evaluate(level, z)
        return self.known[key]

    def _evaluate(self, level: Level, z: Mapping[str, int]) -> Totals:
        total = Totals()
        if level is self.levels[-1] and self.innermost is None:
            self.innermost = total
        processed = False
        for case in level.cases(z):
            if case.occurrences <= 0:
                raise RefusedError("32-bit number of occurrences wrapped to nothing: abort")
            if not processed:
                self._buffer(total, case, z)
            processed = self._add_case(total, case) or processed
        if total.occurrences:
            total.avg_bw /= total.occurrences
            total.units /= total.occurrences
        return total

    def _buffer(self, total: Totals, case: Case, z: Mapping[str, int]) -> None:
        count, level = total.count, case.level
        for tensor in (INPUT, FILTER):
            dims = self.coupled[tensor]
            count["l2_size_req", tensor] += 2 * case.ingress(tensor)
            count["l2_write", tensor] = product([z[d] for d in dims])
            count["l1_size_req", tensor] += 2 * product([level.inputs[d].M for d in dims])
        dims = self.coupled[OUTPUT]
        count["l2_size_req", OUTPUT] = 2 * case.egress()
        count["l2_read", OUTPUT] = product([z[d] - z[WINDOW[d]] + 1 if d in WINDOW else z[d] for d in dims])
        count["l1_size_req", OUTPUT] = 2 * product([level.inputs[d].M for d in dims])

    def _add_case(self, total: Totals, case: Case) -> bool:
        """Add a case to the totals of its level; no if MAESTRO skips it."""
        level, count, occurrences = case.level, total.count, case.occurrences
        egress, macs, busiest = case.egress(), case.macs(), case.macs_of_busiest()
        count["l2_write", OUTPUT] += occurrences * egress
        count["l1_write", OUTPUT] += occurrences * macs
        count["l1_read", OUTPUT] += occurrences * macs
        if busiest <= 0:
            return False
        ingress = 0
        for tensor in (INPUT, FILTER):
            volume = case.ingress(tensor)
            ingress += volume
            count["l2_read", tensor] += occurrences * volume
            count["l1_write", tensor] = count["l2_read", tensor]
            count["l1_read", tensor] += occurrences * macs
        total.intensity = macs / ingress if ingress else math.inf
        comp, units = self._compute(case, busiest)
        in_delay, out_delay = self.delay(ingress), self.delay(egress)
        step = comp + in_delay if case.moving is None else max(comp, in_delay, out_delay)
        if level.number == 0:
            step = max(step, self._off_chip(total, comp))
        total.occurrences += occurrences
        total.runtime += occurrences * step
        total.macs += occurrences * macs
        if units == 0:
            units = level.ne if case.state[level.spatial_dim].at_edge else level.n
        total.units += occurrences * units
        comp = comp or 1
        total.peak_bw = max(total.peak_bw, quotient(max(ingress, egress), comp))
        total.avg_bw += quotient(occurrences * max(ingress, egress), comp)
        for name, value in (("ingress", in_delay), ("egress", out_delay), ("compute", comp)):
            total.delays[name].append((occurrences, value))
        return True

    def _compute(self, case: Case, busiest: int) -> tuple[int, float]:
        """Cycles of the units of a level, and how many PEs work below it."""
        below = case.level.number + 1
        if below == len(self.levels):
            return -(-busiest // self.simd), 0
        comp, units = 0, 0.0
        for ee, times in case.sub_evaluations():
            sub = self.evaluate(below, case.sizes_below(ee))
            comp, units = max(comp, sub.runtime), units + sub.units * times
        return comp, units

    def _off_chip(self, total: Totals, comp: int) -> int:
        if comp == 0:
            raise RefusedError("the level below takes no time: division by zero")
        count = total.count
        operands = count["l2_size_req", INPUT] + count["l2_size_req", FILTER]
        outputs = count["l2_size_req", OUTPUT]
        needed = max(total.offchip_req, quotient(outputs, comp), quotient(operands, comp))
        total.offchip_req = quotient(needed, 2)
        return max(quotient(quotient(volume, self.offchip_bw), 2) for volume in (operands, outputs))
