"""The kernel behind cost/dpu.py: every shape × every split of its loops over equal DPU-like cores.

Formulas: docs/model-fpga.md §1 to §3. Units inside: cycles and bytes; seconds and joules on the way out. A shape is a
row of `SHAPE_FIELDS` whole numbers, a split a row (rows, cols, planes, n_P, n_C, n_K), the platform a vector indexed by
the P_… constants below.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.kernel import kernel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Tile = tuple[int, int, int]

# Kinds as the kernel sees them.
PRODUCT, CHANNELWISE, ELEMENTWISE, NOTHING = 0, 1, 2, 3

# Columns of a shape row.
(S_KIND, S_IN_H, S_IN_W, S_IN_C, S_OUT_H, S_OUT_W, S_OUT_C, S_KERNEL_H, S_KERNEL_W, S_STRIDE_H) = range(10)
(S_DILATION, S_GROUPS, S_REPEAT, S_READS, S_ACTIVATIONS, S_BATCH, S_STRIPS, S_TAPS, S_RESIDENT_IN) = range(10, 19)
(S_RESIDENT_OUT, S_MACS) = range(19, 21)
SHAPE_FIELDS = 21

# The platform vector.
(P_PIXELS, P_ICP, P_OCP, P_BANK_I, P_BANK_W, P_BANK_O, P_WEIGHT_STORE, P_PORT, P_DUPLEX, P_LINK, P_CLOCK) = range(11)
(P_CAST_W, P_CAST_I, P_RING, P_OVERLAP_W, P_OVERHEAD, P_REST, P_EXPOSED_W, P_PROLOGUE, P_AUGMENT) = range(11, 20)
(P_SLOT_J, P_MAC_J, P_BRAM_J, P_OFF_J, P_NET_J) = range(20, 25)
PLATFORM_FIELDS = 25

# Element-wise: 2.9 cycles per pixel of ICP channels for two reads and a write (fitted on the measured boards).
ELTWISE_CYCLES_PER_TRANSFER = 2.9 / 3.0
PARTIAL_SUM_BYTES = 4.0

# The six loop orders, outermost first; loops P, C, K = 0, 1, 2.
ORDERS = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]], dtype=np.int64)

OUT_COLUMNS = 20


@kernel
def _ceil_div(a: int, b: int) -> int:
    return -(-a // b)


@kernel
def _input_rows(first: int, last: int, shape: Ints) -> int:
    """Input rows that output rows first … last − 1 read, over images of out_h rows each; padding is not fetched."""
    out_h, in_h = shape[S_OUT_H], shape[S_IN_H]
    extent = (shape[S_KERNEL_H] - 1) * shape[S_DILATION] + 1
    total = 0
    row = first
    while row < last:
        end = min(last, (row // out_h + 1) * out_h)
        total += min(in_h, (end - row - 1) * shape[S_STRIDE_H] + extent)
        row = end
    return total


@kernel
def _input_pixels(first: int, last: int, shape: Ints, pixels: int) -> int:
    """Input pixels of output rows (or strips) first … last − 1 of one group."""
    if shape[S_STRIPS]:
        return min(last * pixels, shape[S_STRIPS]) - first * pixels
    return _input_rows(first, last, shape) * shape[S_IN_W]


@kernel
def _output_pixels(first: int, last: int, shape: Ints, pixels: int) -> int:
    if shape[S_STRIPS]:
        return min(last * pixels, shape[S_STRIPS]) - first * pixels
    return (last - first) * shape[S_OUT_W]


@kernel
def _tile_bytes_i(rows: int, c: int, shape: Ints, pixels: int, icp: int) -> float:
    """Input bytes of a tile of `rows` rows and c input-channel groups."""
    if shape[S_STRIPS]:
        return float(rows * pixels * c * icp)
    extent = (shape[S_KERNEL_H] - 1) * shape[S_DILATION] + 1
    per_image = min(shape[S_IN_H], (min(rows, shape[S_OUT_H]) - 1) * shape[S_STRIDE_H] + extent)
    images = max(1, rows // shape[S_OUT_H])
    return float(images * per_image * shape[S_IN_W] * c * icp)


@kernel
def _tile_bytes_o(rows: int, k: int, shape: Ints, pixels: int, ocp: int) -> float:
    width = pixels if shape[S_STRIPS] else shape[S_OUT_W]
    return float(rows * width * k * ocp)


@kernel
def _grow(loop: int, limit: int, tile: Tile, share: Tile, shape: Ints, platform: Floats, taps: int) -> int:
    """The largest tile of one loop, at most `limit`, that fits the banks with the other loops' tiles as they are."""
    pixels, icp, ocp = int(platform[P_PIXELS]), int(platform[P_ICP]), int(platform[P_OCP])
    bank_i, bank_w, bank_o = platform[P_BANK_I], platform[P_BANK_W], platform[P_BANK_O]
    size = limit
    if loop == 0:
        element = 1.0 if tile[1] >= share[1] else PARTIAL_SUM_BYTES
        size = min(size, int(bank_o / (element * _tile_bytes_o(1, tile[2], shape, pixels, ocp))))
        if shape[S_STRIPS]:
            size = min(size, int(bank_i / _tile_bytes_i(1, tile[1], shape, pixels, icp)))
        else:
            rows = int(bank_i / (shape[S_IN_W] * tile[1] * icp))
            if rows < shape[S_IN_H]:
                extent = (shape[S_KERNEL_H] - 1) * shape[S_DILATION] + 1
                size = min(size, (rows - extent) // shape[S_STRIDE_H] + 1)
            else:
                size = min(size, rows // shape[S_IN_H] * shape[S_OUT_H])
    elif loop == 1:
        size = min(size, int(bank_i / _tile_bytes_i(tile[0], 1, shape, pixels, icp)))
        size = min(size, int(bank_w / (tile[2] * ocp * icp * taps)))
    else:
        element = 1.0 if tile[1] >= share[1] else PARTIAL_SUM_BYTES
        size = min(size, int(bank_w / (tile[1] * ocp * icp * taps)))
        size = min(size, int(bank_o / (element * _tile_bytes_o(tile[0], 1, shape, pixels, ocp))))
    return max(1, size)


@kernel
def _refetch(
    order: Ints, tile: Tile, share: Tile, trips: Tile, shape: Ints, platform: Floats, taps: int, out: Floats
) -> None:
    """out[0..2] = m_I, m_W, m_O: how often a loop order makes a core fetch (or pass over) the same data."""
    pixels, icp, ocp = int(platform[P_PIXELS]), int(platform[P_ICP]), int(platform[P_OCP])
    at_p, at_c, at_k = 0, 0, 0
    for position in range(3):
        if order[position] == 0:
            at_p = position
        elif order[position] == 1:
            at_c = position
        else:
            at_k = position
    out[0] = out[1] = out[2] = 1.0
    if trips[2] > 1:
        touched = _tile_bytes_i(
            share[0] if at_p > at_k else tile[0], share[1] if at_c > at_k else tile[1], shape, pixels, icp
        )
        if touched > platform[P_BANK_I] and (at_p > at_k or at_c > at_k):
            out[0] = trips[2]
    if trips[0] > 1:
        touched = float(
            (share[1] if at_c > at_p else tile[1]) * (share[2] if at_k > at_p else tile[2]) * icp * ocp * taps
        )
        if touched > platform[P_BANK_W] and (at_c > at_p or at_k > at_p):
            out[1] = trips[0]
    if trips[1] > 1:
        touched = PARTIAL_SUM_BYTES * _tile_bytes_o(
            share[0] if at_p > at_c else tile[0], share[2] if at_k > at_c else tile[2], shape, pixels, ocp
        )
        if touched > platform[P_BANK_O] and (at_p > at_c or at_k > at_c):
            out[2] = trips[1]


@kernel
def _cost(
    shape: Ints,
    split: Ints,
    order: Ints,
    growth: Ints,
    limits: Ints,
    automatic: bool,
    platform: Floats,
    row: Floats,
    work: Floats,
) -> None:
    """Cost of one shape on one split into `row`. `work`: float scratch of 12."""
    pixels, icp, ocp = int(platform[P_PIXELS]), int(platform[P_ICP]), int(platform[P_OCP])
    kind = shape[S_KIND]
    n_p, n_c, n_k = split[3], split[4], split[5]
    repeat, groups, batch = shape[S_REPEAT], shape[S_GROUPS], shape[S_BATCH]
    strips = shape[S_STRIPS]
    kernel_h, kernel_w = shape[S_KERNEL_H], shape[S_KERNEL_W]

    # Core tiles of the three loops: P in rows (or strips of PP pixels), C and K in channel groups.
    total_p = _ceil_div(strips, pixels) if strips else batch * shape[S_OUT_H]
    if kind == PRODUCT:
        channels_in = shape[S_IN_C] // groups
        total_c = _ceil_div(channels_in, icp)
        total_k = _ceil_div(shape[S_OUT_C] // groups, ocp)
    else:
        channels_in = 1
        groups = 1
        total_c = 1
        total_k = _ceil_div(max(shape[S_OUT_C], shape[S_IN_C]), icp)
        ocp = icp
    taps = kernel_h * kernel_w

    share_p = _ceil_div(total_p, n_p)
    used_p = _ceil_div(total_p, share_p)
    share_c = _ceil_div(total_c, n_c)
    used_c = _ceil_div(total_c, share_c)
    groups_per_core = groups
    used_g = 1
    if groups > 1:
        if n_k <= groups:
            groups_per_core = _ceil_div(groups, n_k)
            used_g = _ceil_div(groups, groups_per_core)
            share_k = total_k
        else:
            groups_per_core = 1
            used_g = groups
            share_k = _ceil_div(total_k, n_k // groups)
    else:
        share_k = _ceil_div(total_k, n_k)
    used_k = _ceil_div(total_k, share_k)

    # Compute cycles of the busiest core, all repeats.
    if kind == PRODUCT:
        columns = kernel_w
        if platform[P_AUGMENT] > 0 and 2 * channels_in < icp:
            columns = _ceil_div(kernel_w, min(kernel_w, 2 * icp // channels_in))
        # Transposed: only the taps that meet an input pixel.
        cycles_per_tile = shape[S_TAPS] if shape[S_TAPS] != taps else kernel_h * columns
        per_row = 1 if strips else _ceil_div(shape[S_OUT_W], pixels)
        cycles = float(groups_per_core * share_p * per_row * share_c * share_k * cycles_per_tile)
        lanes = float(pixels * icp * ocp)
    elif kind == CHANNELWISE:
        half = max(1, pixels // 2)
        per_row = _ceil_div(pixels, half) if strips else _ceil_div(shape[S_OUT_W], half)
        cycles = float(share_p * per_row * share_k * kernel_h * kernel_w)
        lanes = float(half * icp)
    elif kind == ELEMENTWISE:
        per_row = pixels if strips else shape[S_OUT_W]
        cycles = ELTWISE_CYCLES_PER_TRANSFER * (shape[S_READS] + 1) * float(share_p * per_row * share_k)
        lanes = 0.0
    else:
        cycles = 0.0
        lanes = 0.0
    cycles *= repeat

    # Bytes of one pass over the data: of the busiest core, and of all cores together.
    input_channels = float(total_c * icp) if kind == PRODUCT else float(total_k * icp)
    input_share = float(share_c * icp) if kind == PRODUCT else float(share_k * icp)
    pixels_in = float(_input_pixels(0, share_p, shape, pixels))
    all_pixels_in = 0.0
    if strips or batch == 1:
        last = total_p - (used_p - 1) * share_p
        start = total_p - last
        all_pixels_in = (used_p - 1) * pixels_in + _input_pixels(start, total_p, shape, pixels)
    else:
        for core in range(used_p):
            here = float(_input_pixels(core * share_p, min(total_p, (core + 1) * share_p), shape, pixels))
            pixels_in = max(pixels_in, here)
            all_pixels_in += here
    pixels_out = float(_output_pixels(0, share_p, shape, pixels))
    all_pixels_out = float(_output_pixels(0, total_p, shape, pixels))
    keep_in = 0.0 if shape[S_RESIDENT_IN] else 1.0
    keep_out = 0.0 if shape[S_RESIDENT_OUT] else 1.0
    if kind == NOTHING:
        keep_in = keep_out = 0.0
    scale = keep_in * shape[S_READS] * repeat
    core_i = groups_per_core * pixels_in * input_share * scale
    all_i = groups * all_pixels_in * input_channels * scale
    copies_i = float(used_k) if kind == PRODUCT else 1.0
    if kind == PRODUCT:
        stored_w = float(groups_per_core * share_c * icp * share_k * ocp * taps)
        all_w = float(groups * total_c * icp * total_k * ocp * taps)
    elif kind == CHANNELWISE and shape[S_MACS]:
        stored_w = float(share_k * icp * taps)
        all_w = float(total_k * icp * taps)
    else:
        stored_w = 0.0
        all_w = 0.0
    loads = float(repeat)
    if not shape[S_ACTIVATIONS] and stored_w <= platform[P_WEIGHT_STORE]:
        loads = 1.0
    core_w = stored_w * loads
    all_w *= loads
    core_o = groups_per_core * pixels_out * share_k * ocp * repeat
    all_o = groups * all_pixels_out * total_k * ocp * repeat

    ring = 0.0
    if used_c > 1:
        ring = PARTIAL_SUM_BYTES * core_o * (used_c - 1) / used_c

    # Loop order and tiles.
    best_time, best_bytes = np.inf, np.inf
    port = platform[P_PORT]
    duplex = platform[P_DUPLEX] > 0
    share = (share_p, share_c, share_k)
    m = work[0:3]
    growths = 6 if automatic else 1
    if kind != PRODUCT:
        growths = 1
    for g in range(growths):
        if kind == PRODUCT:
            tile = (1, 1, 1)
            for step in range(3):
                loop = ORDERS[g, step] if automatic else growth[step]
                limit = share[loop]
                if not automatic and limits[loop] > 0:
                    limit = min(limit, limits[loop])
                size = _grow(loop, limit, tile, share, shape, platform, taps)
                if loop == 0:
                    tile = (size, tile[1], tile[2])
                elif loop == 1:
                    tile = (tile[0], size, tile[2])
                else:
                    tile = (tile[0], tile[1], size)
            trips = (_ceil_div(share_p, tile[0]), _ceil_div(share_c, tile[1]), _ceil_div(share_k, tile[2]))
        else:
            tile = (share_p, share_c, share_k)
            trips = (1, 1, 1)
        for o in range(6 if (automatic and kind == PRODUCT) else 1):
            _refetch(ORDERS[o] if automatic else order, tile, share, trips, shape, platform, taps, m)
            read = core_i * m[0]
            weights = core_w if loads < repeat else core_w * m[1]
            spill = core_o * PARTIAL_SUM_BYTES * (m[2] - 1.0)
            write = core_o / used_c * keep_out + spill
            read += spill
            if not duplex:
                read += write
                write = 0.0
            load = weights / port
            if platform[P_OVERLAP_W] > 0:
                read += weights
            c, r, w = cycles, read / port, write / port
            ring_cycles = ring / platform[P_LINK] if ring > 0 else 0.0
            longest = max(max(c, r), max(w, ring_cycles))
            time = longest + platform[P_REST] * (c + r + w - max(c, max(r, w)))
            time += platform[P_EXPOSED_W] * load + platform[P_OVERHEAD] * repeat
            off_i = all_i * m[0] * (1.0 if platform[P_CAST_I] > 0 else copies_i)
            off_w = (all_w if loads < repeat else all_w * m[1]) * (1.0 if platform[P_CAST_W] > 0 else used_p)
            off_o = all_o * (keep_out + 2.0 * PARTIAL_SUM_BYTES * (m[2] - 1.0) * used_c)
            total = off_i + off_w + off_o
            if time < best_time or (time == best_time and total < best_bytes):
                best_time, best_bytes = time, total
                port_cycles = max(r, w) + (0.0 if platform[P_OVERLAP_W] > 0 else load)
                work[3] = port_cycles
                work[4], work[5], work[6] = off_i, off_w, off_o
                work[7], work[8], work[9] = m[0], m[1], m[2]
            if m[0] * m[1] * m[2] == 1.0:
                break
        if work[7] * work[8] * work[9] == 1.0:
            break

    clock = platform[P_CLOCK]
    cores = float(used_p * used_c * used_k * used_g)
    row[0], row[1], row[2] = split[0], split[1], split[2]
    row[3] = split[0] * split[1] * split[2]
    row[4] = best_time / clock
    row[5] = cycles / clock
    row[6] = work[3] / clock
    row[7] = (ring / platform[P_LINK] if ring > 0 else 0.0) / clock
    row[8], row[9], row[10] = work[4], work[5], work[6]
    row[11] = cores * port * (2.0 if duplex else 1.0) * clock
    row[12] = 0.0 if platform[P_OVERLAP_W] > 0 else work[5]
    row[13] = platform[P_SLOT_J] * cycles * lanes * cores + platform[P_MAC_J] * shape[S_MACS]
    row[14] = platform[P_BRAM_J] * shape[S_MACS] * (1.0 / ocp + 1.0 / pixels)
    row[15] = platform[P_OFF_J] * best_bytes
    moved = work[4] * (copies_i - 1.0 if platform[P_CAST_I] > 0 else 0.0)
    moved += work[5] * (used_p - 1.0 if platform[P_CAST_W] > 0 else 0.0)
    moved += PARTIAL_SUM_BYTES * all_o * (used_c - 1.0)
    row[16] = platform[P_NET_J] * moved
    row[17], row[18], row[19] = work[7], work[8], work[9]


@kernel
def _dominated(rows: Floats, index: int, first: int, last: int) -> bool:
    """Whether another option needs no more cores, time, bytes and energy; of equals the first stays."""
    mine = rows[index]
    my_bytes = mine[8] + mine[9] + mine[10]
    my_j = mine[13] + mine[14] + mine[15] + mine[16]
    for other in range(first, last):
        if other == index:
            continue
        row = rows[other]
        if row[3] > mine[3] or row[4] > mine[4]:
            continue
        other_bytes = row[8] + row[9] + row[10]
        other_j = row[13] + row[14] + row[15] + row[16]
        if other_bytes > my_bytes or other_j > my_j * (1.0 + 1e-12):
            continue
        equal = row[3] == mine[3] and row[4] == mine[4] and other_bytes == my_bytes
        if not equal or other < index:
            return True
    return False


@kernel
def option_rows(
    shapes: Ints,
    splits: Ints,
    order: Ints,
    growth: Ints,
    limits: Ints,
    automatic: bool,
    platform: Floats,
    everything: bool,
) -> tuple[Floats, Ints]:
    """All options: rows [options, OUT_COLUMNS] and start [shapes + 1]; see cost/options.py.

    shapes: int64 [n, SHAPE_FIELDS]; splits: int64 [m, 6]; order, growth: int64 [3], outermost first and first to grow;
    limits: int64 [3], largest tile per loop (0: none); automatic: order and tiles chosen per layer; platform: float64
    [PLATFORM_FIELDS]; everything: keep dominated options.
    """
    n, m = shapes.shape[0], splits.shape[0]
    rows = np.zeros((n * m, OUT_COLUMNS))
    start = np.zeros(n + 1, dtype=np.int64)
    block = np.zeros((m, OUT_COLUMNS))
    work = np.zeros(12)
    filled = 0
    for s in range(n):
        for i in range(m):
            _cost(shapes[s], splits[i], order, growth, limits, automatic, platform, block[i], work)
        for i in range(m):
            if everything or not _dominated(block, i, 0, m):
                rows[filled] = block[i]
                filled += 1
        start[s + 1] = filled
    return rows[:filled].copy(), start
