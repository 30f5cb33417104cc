"""The kernel behind cost/dpu.py: every shape × every split of its loops over equal DPU-like cores.

Formulas: docs/model-fpga.md §1 to §3. Units inside: cycles and bytes; seconds and joules on the way out. A shape is a
row of `SHAPE_FIELDS` whole numbers, a split a row (rows, cols, planes, n_P, n_C, n_K), the platform a vector indexed by
the P_… constants below.
"""

import numpy as np

from workbench.cost import dpu_layout as d
from workbench.cost.dpu_tiles import (
    PARTIAL_SUM_BYTES,
    Floats,
    Ints,
    ceil_div,
    grow,
    pixels_again,
    refetch,
    strip_count,
    walk,
)
from workbench.cost.kernel import kernel

# The six loop orders, outermost first; loops P, C, K = 0, 1, 2.
ORDERS = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]], dtype=np.int64)

OUT_COLUMNS = 20


@kernel
def columns_again(shape: Ints, columns: int) -> float:
    """Input columns that tiles of so many output columns read, each with its own halo, over the columns there are."""
    extent = (shape[d.S_KERNEL_W] - 1) * shape[d.S_DILATION] + 1
    out_w, in_w, stride = shape[d.S_OUT_W], shape[d.S_IN_W], shape[d.S_STRIDE_H]
    left = ceil_div(max(0, (out_w - 1) * stride + extent - in_w), 2)
    read = 0
    for first in range(0, out_w, columns):
        end = (min(first + columns, out_w) - 1) * stride + extent - left
        read += max(0, min(in_w, end) - max(0, first * stride - left))
    return float(read / in_w)


@kernel
def _row_pipeline(
    shape: Ints, pixels: int, first: int, last: int, read: float, compute: float, store: float, work: Floats
) -> float:  # fmt: skip
    """Cycles of load, compute and store over strips of `pixels` rows, one pass per weight load; docs/model-fpga.md §2.

    A flow shop of three stages over strips first … last − 1. All strips but the first (it meets the padding) and the
    last (it may be short) are alike, so one of three paths is the longest. `read`, `compute`, `store`: cycles of one
    pass over all strips.
    """
    walk(first, last, shape, pixels, 1, work)
    all_in, all_out = work[0], work[1]
    walk(0, 1, shape, pixels, 1, work)
    first_in = work[0]
    if not shape[d.S_LINE]:
        extent = (shape[d.S_KERNEL_H] - 1) * shape[d.S_DILATION] + 1
        padding = max(0, (shape[d.S_OUT_H] - 1) * shape[d.S_STRIDE_H] + extent - shape[d.S_IN_H])
        above = ceil_div(padding, 2) * shape[d.S_IN_W]
        if first_in < all_in:
            first_in = max(float(shape[d.S_IN_W]), first_in - above)
    walk(last - 1, last, shape, pixels, 1, work)
    first_load, last_store = read * first_in / all_in, store * work[1] / all_out
    one = compute / (last - first)
    return float(max(first_load + one + store, max(first_load + compute + last_store, read + one + last_store)))


@kernel
def _cost(
    shape: Ints, split: Ints, order: Ints, growth: Ints, limits: Ints, automatic: bool, platform: Floats, row: Floats,
    work: Floats,
) -> None:  # fmt: skip
    """Cost of one shape on one split into `row`. `work`: scratch of 34."""
    pixels, icp, ocp = int(platform[d.P_PIXELS]), int(platform[d.P_ICP]), int(platform[d.P_OCP])
    kind = shape[d.S_KIND]
    n_p, n_c, n_k = split[3], split[4], split[5]
    repeat, groups = shape[d.S_REPEAT], shape[d.S_GROUPS]
    kernel_h, kernel_w = shape[d.S_KERNEL_H], shape[d.S_KERNEL_W]
    taps = kernel_h * kernel_w

    # Channels, and core tiles of the three loops: P in strips, C and K in channel groups.
    total_p = strip_count(shape, pixels)
    if kind == d.PRODUCT:
        channels_in, channels_out = shape[d.S_IN_C] // groups, shape[d.S_OUT_C] // groups
        total_c = ceil_div(channels_in, icp)
    else:
        channels_in = channels_out = max(shape[d.S_OUT_C], shape[d.S_IN_C])
        groups, total_c, ocp = 1, 1, icp
    total_k = ceil_div(channels_out, ocp)

    by_columns = platform[d.P_SPLIT_COLUMNS] > 0 and not shape[d.S_LINE]
    share_p, share_c = ceil_div(total_p, n_p), ceil_div(total_c, n_c)
    used_p, used_c = ceil_div(total_p, share_p), ceil_div(total_c, share_c)
    width = 1 if shape[d.S_LINE] else shape[d.S_OUT_W]
    if by_columns:
        if kind == d.ELEMENTWISE or (kind == d.CHANNELWISE and shape[d.S_MACS] == 0):
            n_k = 1
        tiles = ceil_div(width, int(platform[d.P_SPLIT_COLUMNS]))
        most_tiles = ceil_div(tiles, n_p)
        share_p, used_p = total_p, ceil_div(tiles, most_tiles)
        width = min(width, most_tiles * int(platform[d.P_SPLIT_COLUMNS]))
    groups_per_core, used_g = groups, 1
    if groups > 1 and n_k <= groups:
        groups_per_core = ceil_div(groups, n_k)
        used_g = ceil_div(groups, groups_per_core)
        share_k = total_k
    elif groups > 1:
        groups_per_core, used_g = 1, groups
        share_k = ceil_div(total_k, n_k // groups)
    else:
        share_k = ceil_div(total_k, n_k)
    used_k = ceil_div(total_k, share_k)

    # Compute cycles of the busiest core.
    steps_of = pixels
    if kind == d.CHANNELWISE:
        steps_of = max(1, int(platform[d.P_DEPTHWISE_ROWS] if shape[d.S_MACS] else platform[d.P_POOL_ROWS]))
    all_in = all_out = most_in = most_out = most_steps = 0.0
    if by_columns:
        walk(0, total_p, shape, pixels, steps_of, work)
        all_in, all_out, most_steps = work[0], work[1], work[2]
        if kind == d.PRODUCT and shape[d.S_TAPS] == taps:
            if shape[d.S_STRIDE_H] > (kernel_h - 1) * shape[d.S_DILATION] + 1:  # rows no window meets stay away
                all_in = float(shape[d.S_BATCH] * shape[d.S_OUT_H] * kernel_h * shape[d.S_IN_W])
            all_in *= columns_again(shape, int(platform[d.P_SPLIT_COLUMNS]))
        most_in, most_out = all_in * width / shape[d.S_OUT_W], all_out * width / shape[d.S_OUT_W]
    elif shape[d.S_LINE] or shape[d.S_BATCH] == 1:  # all cores but the last have equal shares
        walk(0, share_p, shape, pixels, steps_of, work)
        most_in, most_out, most_steps = work[0], work[1], work[2]
        walk((used_p - 1) * share_p, total_p, shape, pixels, steps_of, work)
        all_in, all_out = (used_p - 1) * most_in + work[0], (used_p - 1) * most_out + work[1]
    else:
        for core in range(used_p):
            walk(core * share_p, min(total_p, (core + 1) * share_p), shape, pixels, steps_of, work)
            all_in, all_out = all_in + work[0], all_out + work[1]
            most_in, most_out = max(most_in, work[0]), max(most_out, work[1])
            most_steps = max(most_steps, work[2])
    lanes = 0.0
    cycles = 0.0
    if kind == d.PRODUCT:
        columns = kernel_w
        if platform[d.P_AUGMENT] > 0 and 2 * channels_in < icp:
            columns = ceil_div(kernel_w, min(kernel_w, 2 * icp // channels_in))
        # Transposed: only the taps that meet an input pixel.
        cycles_per_tile = shape[d.S_TAPS] if shape[d.S_TAPS] != taps else kernel_h * columns
        cycles = float(groups_per_core * share_p * width * share_c * share_k * cycles_per_tile)
        lanes = float(pixels * icp * ocp)
    elif kind == d.CHANNELWISE:
        cycles = most_steps * width * share_k * taps
        lanes = float(steps_of * icp) if shape[d.S_MACS] else 0.0
    elif kind == d.ELEMENTWISE:
        cycles = platform[d.P_ELTWISE] / 3.0 * (shape[d.S_READS] + 1) * most_out * share_k
        if by_columns:
            cycles = float(total_p * width * share_k)
    cycles *= repeat

    # Bytes of one pass over the data: of the busiest core, and of all cores together.
    keep_in = 0.0 if shape[d.S_RESIDENT_IN] or kind == d.NOTHING else float(shape[d.S_READS] * repeat)
    keep_out = 0.0 if shape[d.S_RESIDENT_OUT] or kind == d.NOTHING else float(repeat)
    k_share = float(min(share_k * ocp, channels_out))
    c_share = float(min(share_c * icp, channels_in)) if kind == d.PRODUCT else k_share
    core_i = groups_per_core * most_in * c_share * keep_in
    all_i = groups * all_in * channels_in * keep_in
    copies_i = float(used_k) if kind == d.PRODUCT else 1.0
    core_o = groups_per_core * most_out * k_share
    all_o = groups * all_out * channels_out
    core_w = all_w = 0.0
    if kind == d.PRODUCT:
        core_w = groups_per_core * c_share * k_share * taps
        all_w = float(groups * channels_in * channels_out * taps)
    elif kind == d.CHANNELWISE and shape[d.S_MACS]:
        core_w = k_share * taps
        all_w = float(channels_out * taps)
    pinned = not shape[d.S_ACTIVATIONS] and core_w <= platform[d.P_WEIGHT_STORE] + platform[d.P_PINNED]
    if not pinned:
        core_w, all_w = core_w * repeat, all_w * repeat
    ring = PARTIAL_SUM_BYTES * core_o * repeat * (used_c - 1) / used_c
    ring_cycles = ring / platform[d.P_LINK] if ring > 0 else 0.0

    port, duplex = platform[d.P_PORT], platform[d.P_DUPLEX] > 0
    cast_i = 1.0 if platform[d.P_CAST_I] > 0 else copies_i
    cast_w = 1.0 if platform[d.P_CAST_W] > 0 else float(used_p)
    best_time, best_bytes = np.inf, np.inf
    m = work[8:11]
    if platform[d.P_ROW_PIPELINE] > 0:
        m[0] = m[1] = m[2] = 1.0
        if kind == d.PRODUCT:
            held = max(1, int(platform[d.P_WEIGHT_STORE] / float(icp * share_c * taps * ocp)))
            m[0] = float(ceil_div(share_k, held))
            if by_columns and used_k > 1 and platform[d.P_CAST_I] > 0:  # group after group, in step
                m[0] = float(share_k)
                core_i /= used_k
        if by_columns and platform[d.P_CAST_W] > 0:
            core_w /= used_p
        if platform[d.P_OPERANDS_AT_ONCE] > 0 and used_p * used_k > 1:
            core_i /= shape[d.S_READS]
        load, read, write = core_w / port, core_i * m[0] / port, core_o * keep_out / used_c / port
        passes = int(m[0]) * repeat * groups_per_core
        rows, strips = pixels, share_p
        if kind == d.CHANNELWISE and not shape[d.S_LINE]:
            rows = steps_of
            strips = strip_count(shape, rows) if by_columns else ceil_div(share_p * pixels, rows)
        first_to_last = _row_pipeline(shape, rows, 0, strips, read / passes, cycles / passes, write / passes, work)
        best_time = max(first_to_last * passes, ring_cycles) + load + platform[d.P_OVERHEAD] * repeat
        work[3] = max(read, write) + load
        work[4], work[5], work[6] = all_i * m[0] * cast_i, all_w * cast_w, all_o * keep_out
        best_bytes = work[4] + work[5] + work[6]
        work[11], work[12], work[13] = m[0], 1.0, 1.0
    else:
        # Loop order and tiles: the dataflow's, or the best of all (least time, then bytes).
        enumerate_all = automatic and kind == d.PRODUCT
        share = (share_p, share_c, share_k)
        for g in range(6 if enumerate_all else 1):
            tile = (1, 1, 1)
            if kind == d.PRODUCT:
                for step in range(3):
                    loop = ORDERS[g, step] if automatic else growth[step]
                    limit = share[loop]
                    if not automatic and limits[loop] > 0:
                        limit = min(limit, limits[loop])
                    size = grow(loop, limit, tile, share, shape, platform, taps)
                    if loop == 0:
                        tile = (size, tile[1], tile[2])
                    elif loop == 1:
                        tile = (tile[0], size, tile[2])
                    else:
                        tile = (tile[0], tile[1], size)
                seen = False  # another growth order that ends in the same tiles
                for earlier in range(g):
                    at = 16 + 3 * earlier
                    seen |= work[at] == tile[0] and work[at + 1] == tile[1] and work[at + 2] == tile[2]
                if seen:
                    work[16 + 3 * g] = 0.0
                    continue
                work[16 + 3 * g], work[17 + 3 * g], work[18 + 3 * g] = tile[0], tile[1], tile[2]
            else:
                tile = share
            trips = (ceil_div(share_p, tile[0]), ceil_div(share_c, tile[1]), ceil_div(share_k, tile[2]))
            for o in range(6 if enumerate_all else 1):
                order_of = ORDERS[o] if automatic else order
                refetch(order_of, tile, share, trips, shape, platform, taps, m)
                weights, off_w = core_w, all_w * cast_w
                if not (pinned and repeat > 1):
                    weights, off_w = core_w * m[1], off_w * m[1]
                spill = core_o * repeat * PARTIAL_SUM_BYTES * (m[2] - 1.0)
                passes_i = passes_all = 1.0
                if m[0] > 1.0:
                    again = pixels_again(0, share_p, tile[0], order_of, shape, pixels, work)
                    start = (used_p - 1) * share_p
                    again_all = (used_p - 1) * again
                    again_all += pixels_again(start, total_p, tile[0], order_of, shape, pixels, work)
                    passes_i += (m[0] - 1.0) * again / most_in
                    passes_all += (m[0] - 1.0) * again_all / all_in
                read = core_i * passes_i + spill
                write = core_o * keep_out / used_c + spill
                load = weights / port
                if platform[d.P_OVERLAP_W] > 0:
                    read += weights
                if not duplex:
                    read, write = read + write, 0.0
                r, w = read / port, write / port
                time = max(max(cycles, r), max(w, ring_cycles))
                time += platform[d.P_REST] * (cycles + r + w - max(cycles, max(r, w)))
                time += platform[d.P_EXPOSED_W] * load + platform[d.P_OVERHEAD] * repeat
                off_i = all_i * passes_all * cast_i
                off_o = all_o * (keep_out + 2.0 * PARTIAL_SUM_BYTES * repeat * (m[2] - 1.0) * used_c)
                total = off_i + off_w + off_o
                if time < best_time or (time == best_time and total < best_bytes):
                    best_time, best_bytes = time, total
                    work[3] = max(r, w) + (0.0 if platform[d.P_OVERLAP_W] > 0 else load)
                    work[4], work[5], work[6] = off_i, off_w, off_o
                    work[11], work[12], work[13] = m[0], m[1], m[2]
                if m[0] * m[1] * m[2] == 1.0:
                    break
            if work[11] * work[12] * work[13] == 1.0:
                break

    clock = platform[d.P_CLOCK]
    cores = float(used_p * used_c * used_k * used_g)
    row[0], row[1], row[2] = split[0], split[1], split[2]
    row[3] = split[0] * split[1] * split[2]
    row[4], row[5], row[6], row[7] = best_time / clock, cycles / clock, work[3] / clock, ring_cycles / clock
    row[8], row[9], row[10] = work[4], work[5], work[6]
    row[11] = cores * port * (2.0 if duplex else 1.0) * clock
    row[12] = 0.0 if platform[d.P_OVERLAP_W] > 0 else work[5]
    row[13] = platform[d.P_SLOT_J] * cycles * lanes * cores + platform[d.P_MAC_J] * shape[d.S_MACS]
    row[14] = platform[d.P_BRAM_J] * shape[d.S_MACS] * (1.0 / ocp + 1.0 / pixels)
    row[15] = platform[d.P_OFF_J] * best_bytes
    # Bytes between cores: what multicast hands on, and partial sums.
    moved = work[4] * (copies_i - 1.0 if platform[d.P_CAST_I] > 0 else 0.0)
    moved += work[5] * (used_p - 1.0 if platform[d.P_CAST_W] > 0 else 0.0)
    moved += PARTIAL_SUM_BYTES * all_o * repeat * (used_c - 1.0)
    row[16] = platform[d.P_NET_J] * moved
    row[17], row[18], row[19] = work[11], work[12], work[13]


@kernel
def _dominated(rows: Floats, sums: Floats, index: int, count: int) -> bool:
    """Whether another option needs no more cores, time, bytes and energy; of equals the first stays.

    `sums`: bytes and joules of every option.
    """
    cores, time, moved, joules = rows[index, 3], rows[index, 4], sums[index, 0], sums[index, 1] * (1.0 + 1e-12)
    for other in range(count):
        if rows[other, 4] > time or rows[other, 3] > cores or sums[other, 0] > moved or sums[other, 1] > joules:
            continue
        if other == index:
            continue
        equal = rows[other, 3] == cores and rows[other, 4] == time and sums[other, 0] == moved
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
    sums = np.zeros((m, 2))
    work = np.zeros(34)
    filled = 0
    for s in range(n):
        for i in range(m):
            _cost(shapes[s], splits[i], order, growth, limits, automatic, platform, block[i], work)
        if not everything:
            for i in range(m):
                sums[i, 0] = block[i, 8] + block[i, 9] + block[i, 10]
                sums[i, 1] = block[i, 13] + block[i, 14] + block[i, 15] + block[i, 16]
        for i in range(m):
            if everything or not _dominated(block, sums, i, m):
                rows[filled] = block[i]
                filled += 1
        start[s + 1] = filled
    return rows[:filled].copy(), start
