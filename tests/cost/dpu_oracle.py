"""A walk over cores, loop trips and tensor elements that counts the bytes each core's port moves: as plain as possible.

Rules (docs/model-fpga.md §1, §3): cores of a sub-rectangle run in lockstep; a tile is the largest that fits its banks;
an element is read when first needed, and again in a later iteration of the loop its tensor does not depend on if what
one such iteration touches exceeds the bank; partial sums that do not fit leave and come back at 4 bytes.
"""

from dataclasses import dataclass
from itertools import product
from math import ceil

from workbench.hardware.core import DpuCore
from workbench.workload.layer import LayerShape, Operands

P, C, K = 0, 1, 2


@dataclass
class Moved:
    """Bytes off chip per tensor, of all cores, and of the busiest core's port."""

    inputs: int
    weights: int
    outputs: float
    port: float


def chunks(total: int, parts: int) -> list[range]:
    """`total` things shared out over at most `parts` in equal runs, the last one shorter."""
    size = ceil(total / parts)
    return [range(first, min(total, first + size)) for first in range(0, total, size)]


class Walk:
    """One layer on one split; `tile_limits` by loop (0: none), `order` outermost first, `growth` first to grow."""

    def __init__(self, shape: LayerShape, core: DpuCore, split, order, growth, limits, banks, multicast):
        self.shape, self.core, self.order, self.banks = shape, core, order, banks
        self.cast_w, self.cast_i = multicast
        groups, batch = shape.groups, shape.batch
        self.c_all, self.k_all = shape.in_c // groups, shape.out_c // groups
        if shape.operands is Operands.ACTIVATIONS:
            groups, batch = groups * batch, 1
        line = shape.in_h == shape.out_h == 1 and shape.kernel_h == shape.kernel_w == 1
        pp = core.pixels
        # A strip is a list of output pixels (image, row, column).
        self.strips = []
        if line:
            flat = [(image, 0, x) for image in range(batch) for x in range(shape.out_w)]
            self.strips = [flat[i : i + pp] for i in range(0, len(flat), pp)]
        else:
            for image in range(batch):
                for top in range(0, shape.out_h, pp):
                    rows = range(top, min(shape.out_h, top + pp))
                    self.strips.append([(image, y, x) for y in rows for x in range(shape.out_w)])
        c_groups = [
            range(i, min(self.c_all, i + core.input_channels)) for i in range(0, self.c_all, core.input_channels)
        ]
        k_groups = [
            range(i, min(self.k_all, i + core.output_channels)) for i in range(0, self.k_all, core.output_channels)
        ]
        n_p, n_c, n_k = split
        self.p_shares = chunks(len(self.strips), n_p)
        self.c_shares = [[c_groups[i] for i in part] for part in chunks(len(c_groups), n_c)]
        if groups > 1 and n_k <= groups:
            self.group_shares, self.k_shares = chunks(groups, n_k), [k_groups]
        else:
            per_group = max(1, n_k // groups)
            self.group_shares = [range(g, g + 1) for g in range(groups)]
            self.k_shares = [[k_groups[i] for i in part] for part in chunks(len(k_groups), per_group)]
        self.share = (len(self.p_shares[0]), len(self.c_shares[0]), len(self.k_shares[0]))
        self.tile = self._grown(growth, limits)
        self.trips = tuple(ceil(s / t) for s, t in zip(self.share, self.tile, strict=True))

    # --- what a range of tiles occupies in the banks of the busiest core (channels padded to the core's width)
    def input_rows(self, strips) -> set:
        s = self.shape
        found = set()
        for strip in strips:
            for image, y, x in self.strips[strip]:
                if s.in_h == s.out_h == 1 and s.kernel_h == 1:
                    found.add((image, 0, x))
                else:
                    found |= {(image, y * s.stride_h + r * s.dilation) for r in range(s.kernel_h)}
        return found

    def spanned_pixels(self, strips) -> int:
        """Input pixels read: whole rows from the first to the last needed (rows a stride skips are read), per image."""
        s = self.shape
        rows = self.input_rows(strips)
        if s.in_h == s.out_h == 1 and s.kernel_h == 1:
            return len(rows)
        total = 0
        for image in {row[0] for row in rows}:
            mine = [row[1] for row in rows if row[0] == image]
            total += min(s.in_h, max(mine) - min(mine) + 1)
        return total * s.in_w

    def fits(self, tile) -> bool:
        p, c, k = tile
        taps = self.shape.kernel_h * self.shape.kernel_w
        icp, ocp = self.core.input_channels, self.core.output_channels
        element = 1 if c >= self.share[C] else 4
        pixels = self.core.pixels if self._line() else None
        in_bytes = (p * pixels if pixels else self.spanned_pixels(range(p))) * c * icp
        out_pixels = p * pixels if pixels else sum(len(self.strips[i]) for i in range(p))
        return (
            in_bytes <= self.banks[0]
            and c * icp * k * ocp * taps <= self.banks[1]
            and element * out_pixels * k * ocp <= self.banks[2]
        )

    def _line(self) -> bool:
        s = self.shape
        return s.in_h == s.out_h == 1 and s.kernel_h == s.kernel_w == 1

    def _grown(self, growth, limits):
        tile = [1, 1, 1]
        for loop in growth:
            most = min(self.share[loop], limits[loop] or self.share[loop])
            for size in range(most, 0, -1):
                trial = list(tile)
                trial[loop] = size
                if size == 1 or self.fits(trial):
                    tile = trial
                    break
        return tuple(tile)

    def tile_range(self, loop: int, trip: int) -> range:
        return range(trip * self.tile[loop], min(self.share[loop], (trip + 1) * self.tile[loop]))

    def inner_extent(self, loop: int, at: int, trips) -> range:
        """What of `loop` one iteration of the loop at position `at` touches: all if it lies inside, else one tile."""
        if self.order.index(loop) > at:
            return range(self.share[loop])
        return range(self.tile[loop])

    def kept(self, tensor: str) -> bool:
        """Whether what one iteration of the tensor's irrelevant loop touches fits its bank."""
        icp, ocp = self.core.input_channels, self.core.output_channels
        taps = self.shape.kernel_h * self.shape.kernel_w
        loop = {"I": K, "W": P, "O": C}[tensor]
        at = self.order.index(loop)
        others = [other for other in (P, C, K) if other != loop]
        if all(self.order.index(other) < at for other in others):
            return True  # the irrelevant loop is innermost: its one tile stays where it is
        extent = {other: len(self.inner_extent(other, at, None)) for other in others}
        pixels = self.core.pixels
        if tensor == "W":
            return extent[C] * icp * extent[K] * ocp * taps <= self.banks[1]
        strips = range(extent[P])
        if tensor == "I":
            touched = extent[P] * pixels if self._line() else self.spanned_pixels(strips)
            return touched * extent[C] * icp <= self.banks[0]
        touched = extent[P] * pixels if self._line() else sum(len(self.strips[i]) for i in strips)
        return 4 * touched * extent[K] * ocp <= self.banks[2]

    def core_bytes(self, p_share: range, c_share, k_share, groups: range) -> tuple[int, int, int, int]:
        """(input, weight, finished output, spilled partial sums) bytes of one core."""
        s = self.shape
        keeps = {tensor: self.kept(tensor) for tensor in "IWO"}
        read_i = read_w = spill = 0
        for _ in groups:
            seen_i, seen_w = set(), set()
            previous = None
            for trip in product(*(range(self.trips[loop]) for loop in self.order)):
                at = dict(zip(self.order, trip, strict=True))
                if previous is not None:
                    # A new iteration of the loop a tensor does not depend on, and its data did not stay.
                    if not keeps["I"] and at[K] != previous[K] and at[K] > 0:
                        seen_i = self._forget(seen_i, at, p_share)
                    if not keeps["W"] and at[P] != previous[P] and at[P] > 0:
                        seen_w = set()
                previous = at
                strips = [p_share[i] for i in self.tile_range(P, at[P]) if i < len(p_share)]
                cs = [c for i in self.tile_range(C, at[C]) if i < len(c_share) for c in c_share[i]]
                ks = [k for i in self.tile_range(K, at[K]) if i < len(k_share) for k in k_share[i]]
                for row in self._rows_between(strips):
                    for c in cs:
                        if (row, c) not in seen_i:
                            seen_i.add((row, c))
                            read_i += s.reads * (1 if self._line() else s.in_w)
                for c in cs:
                    for k in ks:
                        if (c, k) not in seen_w:
                            seen_w.add((c, k))
                            read_w += s.kernel_h * s.kernel_w
                if not keeps["O"] and at[C] > 0:
                    spill += 4 * len(ks) * sum(len(self.strips[i]) for i in strips)
        out = len(groups) * sum(len(self.strips[i]) for i in p_share) * sum(len(k) for k in k_share)
        return read_i, read_w, out, spill

    def _rows_between(self, strips) -> list:
        """Input rows (pixels of a line) of strips, whole runs, at most the image's own rows from the first on."""
        rows = self.input_rows(strips)
        if self._line() or not rows:
            return sorted(rows)
        found = []
        for image in sorted({row[0] for row in rows}):
            mine = [row[1] for row in rows if row[0] == image]
            found += [(image, y) for y in range(min(mine), max(mine) + 1)]
        return found

    def _forget(self, seen: set, at, p_share: range) -> set:
        if self.order.index(P) < self.order.index(K):  # K inside P: only this tile's rows are read again
            strips = [p_share[i] for i in self.tile_range(P, at[P]) if i < len(p_share)]
            rows = set(self._rows_between(strips))
            return {item for item in seen if item[0] not in rows}
        return set()

    def total(self) -> Moved:
        """Bytes of all cores."""
        used_p = len(self.p_shares)
        used_c, used_k = len(self.c_shares), len(self.k_shares)
        inputs = weights = 0
        outputs, port = 0.0, 0.0
        for groups in self.group_shares:
            for i_p, i_c, i_k in product(range(used_p), range(used_c), range(used_k)):
                i, w, o, spill = self.core_bytes(self.p_shares[i_p], self.c_shares[i_c], self.k_shares[i_k], groups)
                inputs += i if not self.cast_i or i_k == 0 else 0
                weights += w if not self.cast_w or i_p == 0 else 0
                outputs += o / used_c + 2 * spill
                port = max(port, i + w + o / used_c + 2 * spill)
        return Moved(inputs, weights, outputs, port)
