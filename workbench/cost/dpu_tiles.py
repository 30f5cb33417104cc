"""Strips, tiles and refetches of one layer on one core: the kernels below cost/dpu_kernel.py.

P counts strips of PP output rows (of PP pixels where a layer is one line of pixels), images first; C and K count groups
of ICP and OCP channels. docs/model-fpga.md §1 and §3.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost import dpu_layout as d
from workbench.cost.kernel import kernel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Tile = tuple[int, int, int]
Order = tuple[int, int, int]  # loops P, C, K = 0, 1, 2, outermost first

PARTIAL_SUM_BYTES = 4.0


@kernel
def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


@kernel
def strip_count(shape: Ints, pixels: int) -> int:
    """Units of the loop P: strips of PP output rows (of PP pixels where the layer is one line), images first."""
    if shape[d.S_LINE]:
        return ceil_div(shape[d.S_LINE], pixels)
    return int(shape[d.S_BATCH] * ceil_div(shape[d.S_OUT_H], pixels))


@kernel
def walk(first: int, last: int, shape: Ints, pixels: int, group: int) -> tuple[float, float, float]:
    """Of strips first … last − 1: input pixels, output pixels, steps of `group` rows (or pixels).

    Rows that two strips of one range share are read once; padding is not read.
    """
    if shape[d.S_LINE]:
        count = min(last * pixels, shape[d.S_LINE]) - first * pixels
        return float(count), float(count), float(ceil_div(count, group))
    out_h, in_h = shape[d.S_OUT_H], shape[d.S_IN_H]
    extent = (shape[d.S_KERNEL_H] - 1) * shape[d.S_DILATION] + 1
    per_image = ceil_div(out_h, pixels)
    rows_in, rows_out, steps = 0, 0, 0
    strip = first
    while strip < last:
        image = strip // per_image
        end = min(last, (image + 1) * per_image)
        rows = min((end - image * per_image) * pixels, out_h) - (strip - image * per_image) * pixels
        rows_in += min(in_h, (rows - 1) * shape[d.S_STRIDE_H] + extent)
        rows_out += rows
        steps += ceil_div(rows, group)
        strip = end
    return float(rows_in) * shape[d.S_IN_W], float(rows_out) * shape[d.S_OUT_W], float(steps)


@kernel
def tile_bytes_i(strips: int, c: int, shape: Ints, pixels: int, icp: int) -> float:
    """Input bytes in the image bank of a tile of `strips` strips and c input-channel groups."""
    if shape[d.S_LINE]:
        return float(strips * pixels * c * icp)
    per_image = ceil_div(shape[d.S_OUT_H], pixels)
    images = max(1, strips // per_image)
    extent = (shape[d.S_KERNEL_H] - 1) * shape[d.S_DILATION] + 1
    rows = min(strips * pixels, shape[d.S_OUT_H])
    rows_in = min(shape[d.S_IN_H], (rows - 1) * shape[d.S_STRIDE_H] + extent)
    return float(images * rows_in * shape[d.S_IN_W] * c * icp)


@kernel
def tile_bytes_o(strips: int, k: int, shape: Ints, pixels: int, ocp: int) -> float:
    """Output bytes of a tile, one byte per finished element."""
    if shape[d.S_LINE]:
        return float(strips * pixels * k * ocp)
    per_image = ceil_div(shape[d.S_OUT_H], pixels)
    rows = min(strips * pixels, ceil_div(strips, per_image) * shape[d.S_OUT_H])
    return float(rows * shape[d.S_OUT_W] * k * ocp)


@kernel
def strips_of_rows(rows: int, shape: Ints, pixels: int) -> int:
    """Strips in `rows` whole output rows, images first."""
    return int(rows // shape[d.S_OUT_H] * ceil_div(shape[d.S_OUT_H], pixels) + rows % shape[d.S_OUT_H] // pixels)


@kernel
def strips_in_image_bank(bank: float, c: int, shape: Ints, pixels: int, icp: int) -> int:
    """The most strips whose input rows fit the image bank."""
    if shape[d.S_LINE]:
        return int(bank / (pixels * c * icp))
    rows = int(bank / (shape[d.S_IN_W] * c * icp))
    if rows >= shape[d.S_IN_H]:
        return strips_of_rows(rows // shape[d.S_IN_H] * shape[d.S_OUT_H], shape, pixels)
    extent = (shape[d.S_KERNEL_H] - 1) * shape[d.S_DILATION] + 1
    return int(max(0, (rows - extent) // shape[d.S_STRIDE_H] + 1) // pixels)


@kernel
def strips_in_output_bank(bank: float, element: float, k: int, shape: Ints, pixels: int, ocp: int) -> int:
    """The most strips whose outputs, `element` bytes each, fit the output bank."""
    if shape[d.S_LINE]:
        return int(bank / (element * pixels * k * ocp))
    return strips_of_rows(int(bank / (element * shape[d.S_OUT_W] * k * ocp)), shape, pixels)


@kernel
def grow(loop: int, limit: int, tile: Tile, share: Tile, shape: Ints, platform: Floats, taps: int) -> int:
    """The largest tile of one loop, at most `limit`, that fits the banks with the other loops' tiles as they are."""
    pixels, icp, ocp = int(platform[d.P_PIXELS]), int(platform[d.P_ICP]), int(platform[d.P_OCP])
    bank_i, bank_w, bank_o = platform[d.P_BANK_I], platform[d.P_BANK_W], platform[d.P_BANK_O]
    size = limit
    if loop == 0:
        element = 1.0 if tile[1] >= share[1] else PARTIAL_SUM_BYTES
        size = min(size, strips_in_output_bank(bank_o, element, tile[2], shape, pixels, ocp))
        size = min(size, strips_in_image_bank(bank_i, tile[1], shape, pixels, icp))
    elif loop == 1:
        size = min(size, int(bank_i / tile_bytes_i(tile[0], 1, shape, pixels, icp)))
        size = min(size, int(bank_w / (tile[2] * ocp * icp * taps)))
    else:
        element = 1.0 if tile[1] >= share[1] else PARTIAL_SUM_BYTES
        size = min(size, int(bank_w / (tile[1] * ocp * icp * taps)))
        size = min(size, int(bank_o / (element * tile_bytes_o(tile[0], 1, shape, pixels, ocp))))
    return max(1, size)


@kernel
def refetch(
    order: Order, tile: Tile, share: Tile, trips: Tile, shape: Ints, platform: Floats, taps: int
) -> tuple[float, float, float]:
    """m_I, m_W, m_O: how often a loop order makes a core fetch (or pass over) the same data."""
    pixels, icp, ocp = int(platform[d.P_PIXELS]), int(platform[d.P_ICP]), int(platform[d.P_OCP])
    k_before_c = order[0] == 2 or order[2] == 1
    p_before_c = order[0] == 0 or order[2] == 1
    p_before_k = order[0] == 0 or order[2] == 2
    m_i = m_w = m_o = 1.0
    if trips[2] > 1 and not (p_before_k and not k_before_c):
        touched = tile_bytes_i(
            tile[0] if p_before_k else share[0], share[1] if k_before_c else tile[1], shape, pixels, icp
        )
        if touched > platform[d.P_BANK_I]:
            m_i = float(trips[2])
    if trips[0] > 1 and (p_before_c or p_before_k):
        touched = float(
            (share[1] if p_before_c else tile[1]) * (share[2] if p_before_k else tile[2]) * icp * ocp * taps
        )
        if touched > platform[d.P_BANK_W]:
            m_w = float(trips[0])
    if trips[1] > 1 and not (p_before_c and k_before_c):
        touched = PARTIAL_SUM_BYTES * tile_bytes_o(
            tile[0] if p_before_c else share[0], tile[2] if k_before_c else share[2], shape, pixels, ocp
        )
        if touched > platform[d.P_BANK_O]:
            m_o = float(trips[1])
    return m_i, m_w, m_o


@kernel
def pixels_again(first: int, last: int, tile_p: int, order: Order, shape: Ints, pixels: int) -> float:
    """Input pixels that one more pass of the K loop reads of strips first … last − 1.

    A pass over all P tiles (K outside P) reads every row once, one inside a P tile also what it shares with the next.
    """
    if order[0] == 2 or order[2] == 0:
        return walk(first, last, shape, pixels, 1)[0]
    if shape[d.S_LINE] or shape[d.S_BATCH] == 1:  # all tiles but the last are alike
        before_last = (last - first - 1) // tile_p
        rest = walk(first + before_last * tile_p, last, shape, pixels, 1)[0]
        return before_last * walk(first, first + tile_p, shape, pixels, 1)[0] + rest if before_last else rest
    total = 0.0
    for start in range(first, last, tile_p):
        total += walk(start, min(last, start + tile_p), shape, pixels, 1)[0]
    return total
