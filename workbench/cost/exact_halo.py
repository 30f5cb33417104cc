"""How many input rows a tile of outputs touches and how many of them a previous tile left behind (model-exact §4).

Lengths are outputs, `stride` and `taps` (kernel rows) turn them into input rows; with stride = taps = 1 a row is an
output, which serves the dimensions that do not slide. Columns are the same with S and X.
"""

import numpy as np

from workbench.cost.kernel import kernel


@kernel
def parts(length: int, tile: int) -> int:
    """⌈length / tile⌉ of positive numbers. Without signs it takes half the time of Python's division."""
    return int(np.int64(np.uint64(length + tile - 1) // np.uint64(tile)))


@kernel
def rows_of(outputs: int, stride: int, taps: int) -> int:
    """Distinct input rows that `outputs` > 0 consecutive outputs touch; rows a large stride skips do not count."""
    return (outputs - 1) * min(stride, taps) + taps


@kernel
def rows_kept(new: int, old: int, shift: int, stride: int, taps: int) -> int:
    """Rows that a tile of `new` outputs shares with one of `old` outputs that began `shift` outputs earlier.

    Tiles of one level do not overlap: shift is 0 (the same tile), at least `old`, or at most −`new`.
    """
    if shift == 0:
        return rows_of(new, stride, taps)
    if shift > 0:
        return max(0, (old - 1 - shift) * stride + taps)
    return max(0, rows_of(new, stride, taps) + shift * stride)


@kernel
def rows_kept_by_all(new: int, old: int, shift: int, tile: int, stride: int, taps: int, upper_taps: int) -> int:
    """Rows of the units' tiles together that no unit has to fetch.

    new, old: outputs that all working units cover now and before, in tiles of `tile`, the last of which may be smaller;
    upper_taps > taps: kernel rows are spread over the units.
    """
    if shift == 0:
        return rows_of(new, stride, upper_taps)
    if upper_taps != taps or taps <= stride:
        return 0
    new_units = parts(new, tile)
    old_units = parts(old, tile)
    if shift > 0:
        kept = max(0, (min(old, tile) - 1 - shift) * stride + taps)
        if old_units < new_units:
            kept = min(kept, old_units * tile * stride)
        return kept
    if old_units < new_units:
        return 0
    return max(0, rows_of(new - (new_units - 1) * tile, stride, taps) + shift * stride)
