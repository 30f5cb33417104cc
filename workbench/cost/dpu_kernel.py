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
    Order,
    ceil_div,
    grow,
    pixels_again,
    refetch,
    strip_count,
    walk,
)
from workbench.cost.kernel import allocating_kernel, kernel

ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))

OUT_COLUMNS = 20
SPLIT_COLUMNS = 4  # the first of them: rows, columns, planes, cores

Totals = tuple[int, int, int, int]  # strips of P, channel groups of C and K, groups

# What a split comes down to: the busiest core's part of each loop, cores with any part, groups and columns a core has.
(SHARE_P, SHARE_C, SHARE_K, USED_P, USED_C, USED_K, GROUPS_PER_CORE, USED_G, WIDTH) = range(9)
SHARE_COLUMNS = 9


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
def _row_pipeline(shape: Ints, pixels: int, first: int, last: int, read: float, compute: float, store: float) -> float:
    """Cycles of load, compute and store over strips of `pixels` rows, one pass per weight load; docs/model-fpga.md §2.

    A flow shop of three stages over strips first … last − 1. All strips but the first (it meets the padding) and the
    last (it may be short) are alike, so one of three paths is the longest. `read`, `compute`, `store`: cycles of one
    pass over all strips.
    """
    all_in, all_out, _ = walk(first, last, shape, pixels, 1)
    first_in = walk(0, 1, shape, pixels, 1)[0]
    if not shape[d.S_LINE]:
        extent = (shape[d.S_KERNEL_H] - 1) * shape[d.S_DILATION] + 1
        padding = max(0, (shape[d.S_OUT_H] - 1) * shape[d.S_STRIDE_H] + extent - shape[d.S_IN_H])
        above = ceil_div(padding, 2) * shape[d.S_IN_W]
        if first_in < all_in:
            first_in = max(float(shape[d.S_IN_W]), first_in - above)
    last_out = walk(last - 1, last, shape, pixels, 1)[1]
    first_load, last_store = read * first_in / all_in, store * last_out / all_out
    one = compute / (last - first)
    return float(max(first_load + one + store, max(first_load + compute + last_store, read + one + last_store)))


@kernel
def _totals(shape: Ints, platform: Floats) -> Totals:
    """What there is to share out: strips of P, channel groups of C and K, and groups."""
    icp, ocp, groups = int(platform[d.P_ICP]), int(platform[d.P_OCP]), shape[d.S_GROUPS]
    total_p = strip_count(shape, int(platform[d.P_PIXELS]))
    if shape[d.S_KIND] == d.PRODUCT:
        return total_p, ceil_div(shape[d.S_IN_C] // groups, icp), ceil_div(shape[d.S_OUT_C] // groups, ocp), groups
    return total_p, 1, ceil_div(max(shape[d.S_OUT_C], shape[d.S_IN_C]), icp), 1


@kernel
def _share_out(shape: Ints, totals: Totals, split: Ints, platform: Floats, share: Ints) -> None:
    """The nine columns above of one shape under one split."""
    n_p, n_c, n_k = split[3], split[4], split[5]
    kind = shape[d.S_KIND]
    total_p, total_c, total_k, groups = totals
    share_p, share_c = ceil_div(total_p, n_p), ceil_div(total_c, n_c)
    used_p = ceil_div(total_p, share_p)
    width = 1 if shape[d.S_LINE] else shape[d.S_OUT_W]
    if platform[d.P_SPLIT_COLUMNS] > 0 and not shape[d.S_LINE]:
        if kind == d.ELEMENTWISE or (kind == d.CHANNELWISE and shape[d.S_MACS] == 0):
            n_k = 1
        columns = int(platform[d.P_SPLIT_COLUMNS])
        tiles = ceil_div(width, columns)
        most_tiles = ceil_div(tiles, n_p)
        share_p, used_p = total_p, ceil_div(tiles, most_tiles)
        width = min(width, most_tiles * columns)
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
    share[SHARE_P], share[SHARE_C], share[SHARE_K] = share_p, share_c, share_k
    share[USED_P], share[USED_C], share[USED_K] = used_p, ceil_div(total_c, share_c), ceil_div(total_k, share_k)
    share[GROUPS_PER_CORE], share[USED_G], share[WIDTH] = groups_per_core, used_g, width


@kernel
def _cost(
    shape: Ints, share: Ints, order: Order, growth: Ints, limits: Ints, automatic: bool, platform: Floats, row: Floats,
    tiles: Ints,
) -> None:  # fmt: skip
    """Cost of one shape shared out as `share` says into `row`, but for its split. `tiles`: scratch of 6 × 3."""
    pixels, icp, ocp = int(platform[d.P_PIXELS]), int(platform[d.P_ICP]), int(platform[d.P_OCP])
    kind = shape[d.S_KIND]
    repeat, groups = shape[d.S_REPEAT], shape[d.S_GROUPS]
    kernel_h, kernel_w = shape[d.S_KERNEL_H], shape[d.S_KERNEL_W]
    taps = kernel_h * kernel_w

    # Channels, and the core tiles of P; what each core gets of them.
    total_p = strip_count(shape, pixels)
    if kind == d.PRODUCT:
        channels_in, channels_out = shape[d.S_IN_C] // groups, shape[d.S_OUT_C] // groups
    else:
        channels_in = channels_out = max(shape[d.S_OUT_C], shape[d.S_IN_C])
        groups, ocp = 1, icp
    by_columns = platform[d.P_SPLIT_COLUMNS] > 0 and not shape[d.S_LINE]
    share_p, share_c, share_k = share[SHARE_P], share[SHARE_C], share[SHARE_K]
    used_p, used_c, used_k = share[USED_P], share[USED_C], share[USED_K]
    groups_per_core, used_g, width = share[GROUPS_PER_CORE], share[USED_G], share[WIDTH]

    # Compute cycles of the busiest core.
    steps_of = pixels
    if kind == d.CHANNELWISE:
        steps_of = max(1, int(platform[d.P_DEPTHWISE_ROWS] if shape[d.S_MACS] else platform[d.P_POOL_ROWS]))
    all_in = all_out = most_in = most_out = most_steps = 0.0
    if by_columns:
        all_in, all_out, most_steps = walk(0, total_p, shape, pixels, steps_of)
        if kind == d.PRODUCT and shape[d.S_TAPS] == taps:
            if shape[d.S_STRIDE_H] > (kernel_h - 1) * shape[d.S_DILATION] + 1:  # rows no window meets stay away
                all_in = float(shape[d.S_BATCH] * shape[d.S_OUT_H] * kernel_h * shape[d.S_IN_W])
            all_in *= columns_again(shape, int(platform[d.P_SPLIT_COLUMNS]))
        most_in, most_out = all_in * width / shape[d.S_OUT_W], all_out * width / shape[d.S_OUT_W]
    elif shape[d.S_LINE] or shape[d.S_BATCH] == 1:  # all cores but the last have equal shares
        most_in, most_out, most_steps = walk(0, share_p, shape, pixels, steps_of)
        last_in, last_out, _ = walk((used_p - 1) * share_p, total_p, shape, pixels, steps_of)
        all_in, all_out = (used_p - 1) * most_in + last_in, (used_p - 1) * most_out + last_out
    else:
        for core in range(used_p):
            core_in, core_out, steps = walk(core * share_p, min(total_p, (core + 1) * share_p), shape, pixels, steps_of)
            all_in, all_out = all_in + core_in, all_out + core_out
            most_in, most_out, most_steps = max(most_in, core_in), max(most_out, core_out), max(most_steps, steps)
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
    port_cycles = off_i = off_w = off_o = 0.0
    m_i = m_w = m_o = 1.0
    if platform[d.P_ROW_PIPELINE] > 0:
        if kind == d.PRODUCT:
            held = max(1, int(platform[d.P_WEIGHT_STORE] / float(icp * share_c * taps * ocp)))
            m_i = float(ceil_div(share_k, held))
            if by_columns and used_k > 1 and platform[d.P_CAST_I] > 0:  # group after group, in step
                m_i = float(share_k)
                core_i /= used_k
        if by_columns and platform[d.P_CAST_W] > 0:
            core_w /= used_p
        if platform[d.P_OPERANDS_AT_ONCE] > 0 and used_p * used_k > 1:
            core_i /= shape[d.S_READS]
        load, read, write = core_w / port, core_i * m_i / port, core_o * keep_out / used_c / port
        passes = int(m_i) * repeat * groups_per_core
        rows, strips = pixels, share_p
        if kind == d.CHANNELWISE and not shape[d.S_LINE]:
            rows = steps_of
            strips = strip_count(shape, rows) if by_columns else ceil_div(share_p * pixels, rows)
        first_to_last = _row_pipeline(shape, rows, 0, strips, read / passes, cycles / passes, write / passes)
        best_time = max(first_to_last * passes, ring_cycles) + load + platform[d.P_OVERHEAD] * repeat
        port_cycles = max(read, write) + load
        off_i, off_w, off_o = all_i * m_i * cast_i, all_w * cast_w, all_o * keep_out
        best_bytes = off_i + off_w + off_o
    else:
        # Loop order and tiles: the dataflow's, or the best of all (least time, then bytes).
        enumerate_all = automatic and kind == d.PRODUCT
        shares = (share_p, share_c, share_k)
        for g in range(6 if enumerate_all else 1):
            tile = (1, 1, 1)
            if kind == d.PRODUCT:
                for step in range(3):
                    loop = ORDERS[g][step] if automatic else growth[step]
                    limit = shares[loop]
                    if not automatic and limits[loop] > 0:
                        limit = min(limit, limits[loop])
                    size = grow(loop, limit, tile, shares, shape, platform, taps)
                    if loop == 0:
                        tile = (size, tile[1], tile[2])
                    elif loop == 1:
                        tile = (tile[0], size, tile[2])
                    else:
                        tile = (tile[0], tile[1], size)
                seen = False  # another growth order that ends in the same tiles
                for earlier in range(g):
                    seen |= (
                        tiles[earlier, 0] == tile[0] and tiles[earlier, 1] == tile[1] and tiles[earlier, 2] == tile[2]
                    )
                tiles[g, 0], tiles[g, 1], tiles[g, 2] = tile
                if seen:
                    continue
            else:
                tile = shares
            trips = (ceil_div(share_p, tile[0]), ceil_div(share_c, tile[1]), ceil_div(share_k, tile[2]))
            for o in range(6 if enumerate_all else 1):
                order_of = ORDERS[o] if automatic else order
                again_i, again_w, again_o = refetch(order_of, tile, shares, trips, shape, platform, taps)
                weights, all_weights = core_w, all_w * cast_w
                if not (pinned and repeat > 1):
                    weights, all_weights = core_w * again_w, all_weights * again_w
                spill = core_o * repeat * PARTIAL_SUM_BYTES * (again_o - 1.0)
                passes_i = passes_all = 1.0
                if again_i > 1.0:
                    again = pixels_again(int(np.int64(0)), share_p, tile[0], order_of, shape, pixels)
                    start = (used_p - 1) * share_p
                    again_all = (used_p - 1) * again
                    again_all += pixels_again(start, total_p, tile[0], order_of, shape, pixels)
                    passes_i += (again_i - 1.0) * again / most_in
                    passes_all += (again_i - 1.0) * again_all / all_in
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
                inputs = all_i * passes_all * cast_i
                outputs = all_o * (keep_out + 2.0 * PARTIAL_SUM_BYTES * repeat * (again_o - 1.0) * used_c)
                total = inputs + all_weights + outputs
                if time < best_time or (time == best_time and total < best_bytes):
                    best_time, best_bytes = time, total
                    port_cycles = max(r, w) + (0.0 if platform[d.P_OVERLAP_W] > 0 else load)
                    off_i, off_w, off_o = inputs, all_weights, outputs
                    m_i, m_w, m_o = again_i, again_w, again_o
                if again_i * again_w * again_o == 1.0:
                    break
            if m_i * m_w * m_o == 1.0:
                break

    clock = platform[d.P_CLOCK]
    cores = float(used_p * used_c * used_k * used_g)
    row[4], row[5], row[6], row[7] = best_time / clock, cycles / clock, port_cycles / clock, ring_cycles / clock
    row[8], row[9], row[10] = off_i, off_w, off_o
    row[11] = cores * port * (2.0 if duplex else 1.0) * clock
    row[12] = 0.0 if platform[d.P_OVERLAP_W] > 0 else off_w
    row[13] = platform[d.P_SLOT_J] * cycles * lanes * cores + platform[d.P_MAC_J] * shape[d.S_MACS]
    row[14] = platform[d.P_BRAM_J] * shape[d.S_MACS] * (1.0 / ocp + 1.0 / pixels)
    row[15] = platform[d.P_OFF_J] * best_bytes
    # Bytes between cores: what multicast hands on, and partial sums.
    moved = off_i * (copies_i - 1.0 if platform[d.P_CAST_I] > 0 else 0.0)
    moved += off_w * (used_p - 1.0 if platform[d.P_CAST_W] > 0 else 0.0)
    moved += PARTIAL_SUM_BYTES * all_o * repeat * (used_c - 1.0)
    row[16] = platform[d.P_NET_J] * moved
    row[17], row[18], row[19] = m_i, m_w, m_o


@kernel
def _first_alike(shares: Ints, index: int) -> int:
    """The first split that shares the shape out as split `index` does: both cost the same."""
    for other in range(index):
        alike = True
        for column in range(SHARE_COLUMNS):
            if shares[other, column] != shares[index, column]:
                alike = False
                break
        if alike:
            return other
    return index


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
        equal = equal and sums[index, 1] <= sums[other, 1] * (1.0 + 1e-12)
        if not equal or other < index:
            return True
    return False


@allocating_kernel
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
    shares = np.zeros((m, SHARE_COLUMNS), dtype=np.int64)
    sums = np.zeros((m, 2))
    tiles = np.zeros((len(ORDERS), 3), dtype=np.int64)
    filled = 0
    outermost_first = (order[0], order[1], order[2])
    for s in range(n):
        shape = shapes[s]
        totals = _totals(shape, platform)
        for i in range(m):
            _share_out(shape, totals, splits[i], platform, shares[i])
            same = _first_alike(shares, i)
            if same < i:
                block[i, SPLIT_COLUMNS:] = block[same, SPLIT_COLUMNS:]
            else:
                _cost(shape, shares[i], outermost_first, growth, limits, automatic, platform, block[i], tiles)
            block[i, 0], block[i, 1], block[i, 2] = splits[i, 0], splits[i, 1], splits[i, 2]
            block[i, 3] = splits[i, 0] * splits[i, 1] * splits[i, 2]
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
