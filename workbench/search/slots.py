"""One sub-accelerator in the cube of a search: its coordinates ↔ SubAccelerator.

Both ways are remembered: a search changes one group of cores at a time, and asks for the others again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from workbench.design.design import SubAccelerator, Wire
from workbench.hardware.presets import load_core
from workbench.search.choices import Choices, DataflowChoice, shape_of_grid, useful_wires, uses_planes
from workbench.search.grids import Grids

SHARE_DIGITS = 3
NO_SHARE = 0.9  # from this coordinate on a sub-accelerator has no cap on its bandwidth
ABSENT = 0.15  # a coordinate of cores below it means that the sub-accelerator is not there
HIGH = 0.5
MOST_KNOWN = 2048  # of a slot's decodings, and of its encodings; four times as many save no more time
# The partial-sum ring is there wherever C is spread over cores, which needs it; the others are options.
MULTICASTS = ((), (Wire.INPUT_MULTICAST,), (Wire.INPUT_MULTICAST, Wire.WEIGHT_MULTICAST), (Wire.WEIGHT_MULTICAST,))

_K = TypeVar("_K")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Places:
    """Where one sub-accelerator's coordinates lie in the vector; -1: not searched. They lie side by side."""

    core: int
    share: int  # of the card, in cores of its kind; low values: not there
    shape: int
    planes: int
    dataflow: int
    wires: int
    dsp: int
    bandwidth: int
    serves: int


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A sub-accelerator to be: what is searched, what is fixed, and within which bounds.

    `base` is that of the design the search begins with, if it has one here; what is neither searched nor frozen is as
    in `like`.
    """

    id: str
    base: SubAccelerator | None
    like: SubAccelerator
    keeps_id: bool
    stays: bool  # cannot be absent
    places: Places
    here: slice  # all of them
    choices: Choices
    labels: tuple[str, ...]  # of isolation, to choose among
    most: dict[str, int]  # of each kind of core
    kinds: tuple[str, ...]  # of cores, to choose among
    dataflow: DataflowChoice | None  # the only one; None: free
    wires: tuple[Wire, ...] | None  # the only ones; None: free
    fixed_rows: int  # 0: free
    fixed_cols: int
    fixed_planes: int
    cores_low: int
    cores_high: int
    grids: Grids | None  # those within the bounds of its sides; None: any
    bandwidth_low: float
    bandwidth_high: float
    _decoded: dict[tuple[object, ...], SubAccelerator] = field(init=False, default_factory=dict)
    _made: dict[tuple[object, ...], SubAccelerator] = field(init=False, default_factory=dict)
    _encoded: dict[SubAccelerator, tuple[tuple[int, float], ...]] = field(init=False, default_factory=dict)

    def is_present(self, x: Sequence[float]) -> bool:
        """Whether a vector has this sub-accelerator."""
        return self.stays or x[self.places.share] >= ABSENT

    def wants_all(self, x: Sequence[float]) -> bool:
        """Whether it wants all of the card that the others leave."""
        return self.places.share >= 0 and x[self.places.share] == 1.0

    @property
    def chooses_label(self) -> bool:
        """Whether it is searched which isolation label this sub-accelerator serves."""
        return self.places.serves >= 0

    def label_at(self, x: Sequence[float]) -> float:
        """Where among the isolation labels the one it serves lies: n to n + 1 for label n."""
        return _at(x, self.places.serves) * len(self.labels)

    def label(self, x: Sequence[float]) -> str:
        """The isolation label it serves."""
        return _pick(self.labels, _at(x, self.places.serves)) if self.chooses_label else self.like.serves

    def decode(self, x: list[float], id_: str, serves: str, cores: int = 0) -> SubAccelerator:
        """The sub-accelerator of a vector; `cores`, if given, takes the place of the vector's number."""
        key = (id_, serves, cores, *x[self.here])
        found = self._decoded.get(key)
        if found is None:
            _make_room(self._decoded)
            found = self._decoded[key] = self._decode(x, id_, serves, cores)
        return found

    def encode(self, sub: SubAccelerator) -> tuple[tuple[int, float], ...]:
        """Coordinates whose decoding is the sub-accelerator, or near it: (place, number) of each that it tells."""
        found = self._encoded.get(sub)
        if found is None:
            _make_room(self._encoded)
            told = self._encode(sub).items()
            found = self._encoded[sub] = tuple((at, min(max(x, 0.0), 1.0)) for at, x in told if at >= 0)
        return found

    def _decode(self, x: Sequence[float], id_: str, serves: str, cores: int) -> SubAccelerator:
        choices, places, like = self.choices, self.places, self.like
        core = self.base.core if places.core < 0 and self.base else _pick(self.kinds, _at(x, places.core))
        dataflow = self.dataflow or _pick(choices.dataflows, _at(x, places.dataflow))
        rows, cols, planes = self._decode_grid(core, dataflow, x, cores)
        if self.grids is not None:
            rows, cols, planes = self.grids.nearest(rows, cols, planes)
        elif self.dataflow is None and planes == 1 and not (self.fixed_rows or self.fixed_cols):
            dataflow, rows, cols = choices.plainest(dataflow, rows, cols)
        share = like.bandwidth_share
        if places.bandwidth >= 0:
            share = _share(x[places.bandwidth], self.bandwidth_low, self.bandwidth_high)
        dsp = ("high" if x[places.dsp] >= HIGH else "low") if places.dsp >= 0 else like.dsp
        cast = _index(_at(x, places.wires), len(MULTICASTS))
        # Few of the numbers that a vector changes by change what it says.
        key = (id_, core, rows, cols, planes, dataflow.text, cast, share, dsp, serves)
        found = self._made.get(key)
        if found is None:
            _make_room(self._made)
            found = self._made[key] = SubAccelerator(
                id=id_,
                core=core,
                rows=rows,
                cols=cols,
                planes=planes,
                dataflow=dataflow.on_grid(cols, planes),
                wires=self._wires(dataflow, (rows, cols, planes), cast),
                bandwidth_share=share,
                dsp=dsp,
                ram=like.ram,
                uram=like.uram,
                pe_dataflow=self.base.pe_dataflow if self.base and self.keeps_id else "",
                serves=serves,
                pinned_uram=like.pinned_uram,
            )
        return found

    def _wires(self, dataflow: DataflowChoice, grid: tuple[int, int, int], cast: int) -> tuple[Wire, ...]:
        """The only ones, or of a choice of multicasts those that the text can use on a grid."""
        if self.wires is not None:
            return self.wires
        useful = useful_wires(dataflow, grid)
        chosen = (*MULTICASTS[cast], Wire.PSUM_RING)
        return tuple(wire for wire in self.choices.wires if wire in chosen and wire in useful)

    def _decode_grid(self, core: str, dataflow: DataflowChoice, x: Sequence[float], cores: int) -> tuple[int, int, int]:
        rows, cols, planes = self.fixed_rows, self.fixed_cols, self.fixed_planes
        if rows and cols and planes:
            return rows, cols, planes
        share = _at(x, self.places.share)
        if not self.stays:
            share = fraction(share, ABSENT, 1.0)
        wanted = cores or round(share * self.most[core])
        cores = min(max(wanted, 1, self.cores_low), self.cores_high)
        if not planes and not uses_planes(dataflow):
            planes = 1
        if rows and cols:
            return rows, cols, max(1, round(cores / (rows * cols)))
        if not planes:
            planes = _divisor(max(1, round(cores / (rows or cols or 1))), _at(x, self.places.planes))
        if rows:
            return rows, max(1, round(cores / (rows * planes))), planes
        if cols:
            return max(1, round(cores / (cols * planes))), cols, planes
        left = max(1, cores // planes)
        rows = _divisor(left, shape_of_grid(dataflow, _at(x, self.places.shape)))
        return rows, left // rows, planes

    def _encode(self, sub: SubAccelerator) -> dict[int, float]:
        choices, places = self.choices, self.places
        nearest = _nearest_core(sub.core, self.kinds)
        core = sub.core if sub.core in self.most else self.kinds[nearest]
        share = sub.cores / self.most[core]
        around = sub.cores // (self.fixed_rows or self.fixed_cols or 1)
        texts = choices.texts_on(sub.cols, sub.planes)
        casts = frozenset(sub.wires) - {Wire.PSUM_RING}
        capped = sub.bandwidth_share
        cap = 1.0
        if capped is not None:
            cap = NO_SHARE * 0.999 * fraction(capped, self.bandwidth_low, self.bandwidth_high)
        told = {
            places.core: (nearest + 0.5) / len(self.kinds),
            places.share: share if self.stays else ABSENT + (1.0 - ABSENT) * share,
            places.planes: _log_share(sub.planes, around),
            places.shape: _log_share(sub.rows, sub.rows * sub.cols),
            places.dataflow: ((texts.index(sub.dataflow) if sub.dataflow in texts else 0) + 0.5) / len(texts),
            places.wires: ([frozenset(cast) for cast in MULTICASTS].index(casts) + 0.5) / len(MULTICASTS),
            places.dsp: dsp_coordinate(sub.dsp),
            places.bandwidth: cap,
        }
        if sub.serves in self.labels:
            told[places.serves] = (self.labels.index(sub.serves) + 0.5) / len(self.labels)
        return told


def _make_room(known: dict[_K, _T]) -> None:
    if len(known) >= MOST_KNOWN:
        known.clear()


def fraction(value: float, low: float, high: float) -> float:
    """Where a value lies from `low` to `high`, from 0 to 1; 0.5 where they are one."""
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5


def dsp_coordinate(use: str) -> float:
    """The coordinate that says a DSP use."""
    return 0.75 if use == "high" else 0.25


def _index(share: float, count: int) -> int:
    """Which of `count` equal parts of the unit interval a number lies in."""
    return min(int(share * count), count - 1)


def _pick(choices: Sequence[_T], share: float) -> _T:
    return choices[_index(share, len(choices))]


def _nearest_core(core: str, cores: tuple[str, ...]) -> int:
    if core in cores:
        return cores.index(core)
    size = load_core(core).macs_per_cycle
    sizes = [load_core(known).macs_per_cycle for known in cores]
    return min(range(len(sizes)), key=lambda i: abs(math.log(sizes[i] / size)))


def _at(x: Sequence[float], place: int) -> float:
    return x[place] if place >= 0 else 0.5


def _share(share: float, low: float, high: float) -> float | None:
    if share >= NO_SHARE:
        return None
    return min(round(low + share / (NO_SHARE * 0.999) * (high - low), SHARE_DIGITS), high)


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
