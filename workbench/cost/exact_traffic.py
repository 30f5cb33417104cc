"""What moves through every level of a nest, as closed sums over the loop that carries (model-exact §4).

Between two consecutive steps one loop advances, the loops inside it wrap from last to first, the loops outside stand
still. A tensor's tile is a product over dimensions, so what a carry fetches, summed over all its occurrences, is
Π(new) − Π(kept), each factor a sum over one dimension alone.
"""

from workbench.cost.exact_halo import parts, rows_kept, rows_kept_by_all, rows_of
from workbench.cost.exact_nest import (
    HEAD_LEVELS,
    HEAD_SPLIT,
    HEAD_STRIDE_Y,
    LOOPS,
    MAX_LEVELS,
    NONE,
    ROW_KERNEL_ROWS,
    ROW_ORDER,
    ROW_SPATIAL,
    ROW_TILE,
    ROW_UNITS,
    ROW_UPPER_ROWS,
    C,
    G,
    IntArray,
    K,
    N,
    P,
    Q,
    R,
    S,
)
from workbench.cost.kernel import kernel

# What a dimension contributes to a level, summed over its positions: rows are input rows (outputs where it does not
# slide); "read" counts what the units of a network want together, "fill" what each of them wants.
# Outputs (and all that does not slide) never overlap, so READ and KEPT serve the units as well.
READ_ROWS, KEPT_ROWS, FILL_ROWS, FILL_KEPT_ROWS, READ, KEPT, ACTIVE, PARENTS = range(8)
FIELDS = 8
# Where a dimension stands at a carry: still, moving, or wrapping from a level on (WRAP + level).
STILL, MOVE, WRAP = range(3)
STANDS = WRAP + MAX_LEVELS
# Columns of a level's counts.
INPUT_READ, FILTER_READ, INPUT_FILL, FILTER_FILL, OUTPUT_WRITE, OUTPUT_REREAD, OUTPUT_DRAIN = range(7)
COUNTS = 7
RECORD_SHAPE = (LOOPS * STANDS * MAX_LEVELS, FIELDS)
STATES = 1024  # kinds of units (tile now, tile before, distance) one dimension may have at a level
NEW, OLD, SHIFT, TIMES = range(4)


@kernel
def row(d: int, stand: int, level: int) -> int:
    """Row of dimension d's record at a level, standing at `stand`."""
    return (d * STANDS + stand) * MAX_LEVELS + level


@kernel
def add_state(states: IntArray, side: int, count: int, new: int, old: int, shift: int, times: int) -> int:
    """Add `times` units of one kind to list `side`, merging equal kinds; returns the list's length."""
    if old == 0:
        shift = 0
    for i in range(count):
        if states[side, i, NEW] == new and states[side, i, OLD] == old and states[side, i, SHIFT] == shift:
            states[side, i, TIMES] += times
            return count
    states[side, count, NEW], states[side, count, OLD] = new, old
    states[side, count, SHIFT], states[side, count, TIMES] = shift, times
    return count + 1


@kernel
def split_parents(table: IntArray, levels: int, d: int, size: int, kinds: IntArray, kinds_count: IntArray) -> None:
    """Distinct tile sizes of dimension d that enter each level, and how many positions and units have each."""
    kinds[d, 0, 0, 0], kinds[d, 0, 0, 1] = size, 1
    kinds_count[d, 0] = 1
    for level in range(levels):
        tile = table[ROW_TILE + d, level]
        found = 0
        for i in range(kinds_count[d, level]):
            length, times = kinds[d, level, i, 0], kinds[d, level, i, 1]
            tiles = parts(length, tile)
            last = length - (tiles - 1) * tile
            for part in range(2):
                new = tile if part == 0 else last
                more = (tiles - 1) * times if part == 0 else times
                if more == 0:
                    continue
                place = 0
                while place < found and kinds[d, level + 1, place, 0] != new:
                    place += 1
                if place == found:
                    kinds[d, level + 1, place, 0], kinds[d, level + 1, place, 1] = new, 0
                    found += 1
                kinds[d, level + 1, place, 1] += more
        kinds_count[d, level + 1] = found


@kernel
def descend(
    head: IntArray, table: IntArray, d: int, start: int, states: IntArray, count: int, record: IntArray, stand: int
) -> None:
    """Set record[d, stand, start ..] to what dimension d contributes from level `start` down, all its loops wrapping.

    states[0, :count] are the parents: tile now, tile before (0: holds nothing), distance, number of them.
    """
    side = 0
    for level in range(start, head[HEAD_LEVELS]):
        tile = table[ROW_TILE + d, level]
        fold = tile * table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else tile
        stride, taps, upper_taps = sliding(head, table, d, level)
        tile_rows = rows_of(tile, stride, taps)
        found = 0
        read, read_rows, fill_rows, kept, kept_rows, fill_kept_rows, working, parents = 0, 0, 0, 0, 0, 0, 0, 0
        for i in range(count):
            new, old = states[side, i, NEW], states[side, i, OLD]
            shift, times = states[side, i, SHIFT], states[side, i, TIMES]
            # Conditions that differ from unit to unit are worked into the sums: a branch would mostly be mispredicted.
            covered = min(new, fold)
            active = parts(covered, tile)
            last = covered - (active - 1) * tile
            rows, unit_rows = (
                rows_of(covered, stride, upper_taps),
                (active - 1) * tile_rows + rows_of(last, stride, taps),
            )
            read += times * covered
            read_rows += times * rows
            fill_rows += times * unit_rows
            working += times * active
            parents += times
            back = (parts(old, fold) - 1) * fold
            shift -= back
            same = times if old > 0 and shift == 0 else 0
            kept += same * covered
            kept_rows += same * rows
            fill_kept_rows += same * unit_rows
            if old == 0 or shift == 0 or taps <= stride:  # tiles that do not slide over each other share nothing
                if active > 1:
                    found = add_state(states, 1 - side, found, tile, tile if same else 0, 0, times * (active - 1))
                found = add_state(states, 1 - side, found, last, last if same else 0, 0, times)
                continue
            before = old - back
            old_active = parts(before, tile)
            old_last = before - (old_active - 1) * tile
            kept_rows += times * rows_kept_by_all(covered, before, shift, tile, stride, taps, upper_taps)
            # Runs of units alike: up to the last one before, that one, those idle before, and the last one now.
            unit = 0
            while unit < active:
                now = last if unit == active - 1 else tile
                then = tile if unit < old_active - 1 else (old_last if unit == old_active - 1 else 0)
                run = 1
                if unit < active - 1:
                    if then == 0:
                        run = active - 1 - unit
                    elif unit < old_active - 1:
                        run = min(active - 1, old_active - 1) - unit
                shared = rows_kept(now, then, shift, stride, taps) if then > 0 else 0
                fill_kept_rows += times * run * shared
                found = add_state(states, 1 - side, found, now, then if shared > 0 else 0, shift, times * run)
                unit += run
        here = row(d, stand, level)
        record[here, READ], record[here, READ_ROWS] = read, read_rows
        record[here, FILL_ROWS] = fill_rows
        record[here, KEPT], record[here, KEPT_ROWS] = kept, kept_rows
        record[here, FILL_KEPT_ROWS] = fill_kept_rows
        record[here, ACTIVE], record[here, PARENTS] = working, parents
        side = 1 - side
        count = found


@kernel
def record_unsplit(head: IntArray, table: IntArray, d: int, record: IntArray) -> None:
    """record[d, WRAP] of a dimension that no level splits: every tile is whole."""
    length = head[d]
    for level in range(head[HEAD_LEVELS]):
        stride, taps, upper_taps = sliding(head, table, d, level)
        rows, unit_rows = rows_of(length, stride, upper_taps), rows_of(length, stride, taps)
        here = row(d, WRAP, level)
        record[here, READ], record[here, READ_ROWS] = length, rows
        record[here, KEPT], record[here, KEPT_ROWS] = length, rows
        record[here, FILL_ROWS], record[here, FILL_KEPT_ROWS] = unit_rows, unit_rows
        record[here, ACTIVE], record[here, PARENTS] = 1, 1


@kernel
def sliding(head: IntArray, table: IntArray, d: int, level: int) -> tuple[int, int, int]:
    """Stride, kernel rows of a unit and of the level's parent along dimension d; 1, 1, 1 where it does not slide."""
    if d >= P:
        side = d - P
        return head[HEAD_STRIDE_Y + side], table[ROW_KERNEL_ROWS + side, level], table[ROW_UPPER_ROWS + side, level]
    return 1, 1, 1


@kernel
def record_still_and_move(
    head: IntArray,
    table: IntArray,
    d: int,
    level: int,
    kinds: IntArray,
    count: int,
    states: IntArray,
    record: IntArray,
) -> None:
    """Records STILL (its `level` only) and MOVE of dimension d for carries at `level`."""
    tile = table[ROW_TILE + d, level]
    units = table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1
    stride, taps, upper_taps = sliding(head, table, d, level)
    fold = units * tile
    row_tile, row_fold = rows_of(tile, stride, taps), rows_of(fold, stride, upper_taps)
    kept = max(0, (tile - 1 - fold) * stride + taps)
    kept_by_all = kept if upper_taps == taps else 0
    found = 0
    outputs, read_rows, fill_rows, working, parents = 0, 0, 0, 0, 0
    moved, moved_rows, moved_fill_rows, moved_working, moved_parents = 0, 0, 0, 0, 0
    for i in range(count):
        length, times = kinds[d, level, i, 0], kinds[d, level, i, 1]
        tiles = parts(length, tile)
        folds = parts(tiles, units)
        last = length - (tiles - 1) * tile
        row_last, row_last_fold = rows_of(last, stride, taps), rows_of(length - (folds - 1) * fold, stride, upper_taps)
        outputs += times * length
        read_rows += times * ((folds - 1) * row_fold + row_last_fold)
        fill_rows += times * ((tiles - 1) * row_tile + row_last)
        working += times * tiles
        parents += times * folds
        if folds == 1:
            continue
        moved += times * (length - fold)
        moved_rows += times * ((folds - 2) * row_fold + row_last_fold)
        moved_fill_rows += times * ((tiles - 1 - units) * row_tile + row_last)
        moved_working += times * (tiles - units)
        moved_parents += times * (folds - 1)
        if tiles - 1 - units > 0:
            found = add_state(states, 0, found, tile, tile if kept > 0 else 0, fold, times * (tiles - 1 - units))
        found = add_state(states, 0, found, last, tile if kept > 0 else 0, fold, times)
    here, there = row(d, STILL, level), row(d, MOVE, level)
    record[here, READ], record[here, KEPT] = outputs, outputs
    record[here, READ_ROWS], record[here, KEPT_ROWS] = read_rows, read_rows
    record[here, FILL_ROWS], record[here, FILL_KEPT_ROWS] = fill_rows, fill_rows
    record[here, ACTIVE], record[here, PARENTS] = working, parents
    record[there, READ], record[there, KEPT] = moved, 0
    record[there, READ_ROWS], record[there, KEPT_ROWS] = moved_rows, moved_parents * kept_by_all
    record[there, FILL_ROWS] = moved_fill_rows
    record[there, FILL_KEPT_ROWS] = moved_working * kept
    record[there, ACTIVE], record[there, PARENTS] = moved_working, moved_parents
    if moved_parents > 0:
        descend(head, table, d, level + 1, states, found, record, MOVE)


@kernel
def record_wraps(
    head: IntArray, table: IntArray, d: int, kinds: IntArray, kinds_count: IntArray, states: IntArray, record: IntArray
) -> None:
    """record[d, WRAP + start, start ..] of every start: what dimension d contributes when its loops wrap from there on.

    At a carry, that is a dimension inside the moving loop (from the carry's level) or outside it (from the next).
    """
    for start in range(head[HEAD_LEVELS]):
        count = kinds_count[d, start]
        for i in range(count):
            length = kinds[d, start, i, 0]
            states[0, i, NEW], states[0, i, OLD], states[0, i, SHIFT] = length, length, 0
            states[0, i, TIMES] = kinds[d, start, i, 1]
        descend(head, table, d, start, states, count, record, WRAP + start)


@kernel
def add_carry(
    head: IntArray,
    table: IntArray,
    level: int,
    record: IntArray,
    at: IntArray,
    side: int,
    fresh: int,
    keep: int,
    counts: IntArray,
) -> None:
    """Add one kind of carry to a level's counts.

    at[side, d] says where dimension d stands, `fresh` how many networks' outputs have never been worked on, `keep` is 0
    for the very first step, where nothing is held, else 1.
    """
    parents_spread, units_spread = 1, 1
    for upper in range(level + 1):
        spatial = table[ROW_SPATIAL, upper]
        if spatial in (R, S):
            units_spread *= head[spatial]
            if upper < level:
                parents_spread *= head[spatial]
    n, g, k = row(N, at[side, N], level), row(G, at[side, G], level), row(K, at[side, K], level)
    c, p, q = row(C, at[side, C], level), row(P, at[side, P], level), row(Q, at[side, Q], level)
    ng = record[n, READ] * record[g, READ]
    ng_kept = keep * record[n, KEPT] * record[g, KEPT]
    kk, kk_kept = record[k, READ], record[k, KEPT]
    cc, cc_kept = record[c, READ], record[c, KEPT]
    moved = ng * cc * record[p, READ_ROWS] * record[q, READ_ROWS]
    moved -= ng_kept * cc_kept * record[p, KEPT_ROWS] * record[q, KEPT_ROWS]
    counts[level, INPUT_READ] += parents_spread * record[k, PARENTS] * moved
    moved = ng * cc * record[p, FILL_ROWS] * record[q, FILL_ROWS]
    moved -= ng_kept * cc_kept * record[p, FILL_KEPT_ROWS] * record[q, FILL_KEPT_ROWS]
    counts[level, INPUT_FILL] += units_spread * record[k, ACTIVE] * moved
    moved = record[g, READ] * kk * cc - keep * record[g, KEPT] * kk_kept * cc_kept
    moved *= head[R] * head[S]
    served = record[n, PARENTS] * record[p, PARENTS] * record[q, PARENTS]
    counts[level, FILTER_READ] += served * moved
    served = record[n, ACTIVE] * record[p, ACTIVE] * record[q, ACTIVE]
    counts[level, FILTER_FILL] += served * moved
    moved = ng * kk * record[p, READ] * record[q, READ]
    moved -= ng_kept * kk_kept * record[p, KEPT] * record[q, KEPT]
    networks = record[c, PARENTS]
    counts[level, OUTPUT_WRITE] += parents_spread * networks * moved
    counts[level, OUTPUT_REREAD] += parents_spread * (networks - fresh) * moved
    counts[level, OUTPUT_DRAIN] += units_spread * record[c, ACTIVE] * moved


@kernel
def count_traffic(
    head: IntArray,
    table: IntArray,
    record: IntArray,
    kinds: IntArray,
    kinds_count: IntArray,
    states: IntArray,
    at: IntArray,
    initial_parents: IntArray,
    counts: IntArray,
) -> int:
    """Fill counts[level, COUNTS] for a whole layer; returns the number of PE-steps (steps × PEs with work).

    at[0], at[1]: where every dimension stands at the level that carries and at the levels below it.
    """
    levels, split = head[HEAD_LEVELS], head[HEAD_SPLIT]
    for level in range(levels):
        for column in range(COUNTS):
            counts[level, column] = 0
    pe_steps = 1
    for d in range(LOOPS):
        at[0, d], at[1, d] = WRAP, WRAP
        if (split >> d) & 1 == 0:
            record_unsplit(head, table, d, record)
            continue
        split_parents(table, levels, d, head[d], kinds, kinds_count)
        record_wraps(head, table, d, kinds, kinds_count, states, record)
        tiles = 0
        for i in range(kinds_count[d, levels]):
            tiles += kinds[d, levels, i, 1]
        pe_steps *= tiles
    for level in range(levels):
        if table[ROW_SPATIAL, level] >= LOOPS:
            pe_steps *= head[table[ROW_SPATIAL, level]]

    for carry in range(levels):
        if carry > 0 and table[ROW_ORDER, carry] == NONE:
            continue
        for d in range(LOOPS):
            if (split >> d) & 1:
                at[0, d], at[1, d] = WRAP + carry, WRAP + carry
        if carry == 0:
            for level in range(levels):
                initial_parents[level] = record[row(C, WRAP, level), PARENTS]
                add_carry(head, table, level, record, at, 0, initial_parents[level], 0, counts)
        for place in range(LOOPS):
            d = table[ROW_ORDER + place, carry]
            if d == NONE:
                break
            record_still_and_move(head, table, d, carry, kinds, kinds_count[d, carry], states, record)
            at[0, d], at[1, d] = MOVE, MOVE
            if record[row(d, MOVE, carry), PARENTS] > 0:
                for level in range(carry, levels):
                    fresh = 0 if d == C else initial_parents[level]
                    add_carry(head, table, level, record, at, 1 if level > carry else 0, fresh, 1, counts)
            at[0, d], at[1, d] = STILL, WRAP + carry + 1
    return pe_steps
