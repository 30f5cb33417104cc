"""What moves through every level of a nest, as closed sums over the loop that carries (model-exact §4).

Between two consecutive steps one loop advances, the loops inside it wrap from last to first, the loops outside stand
still. A tensor's tile is a product over dimensions, so what a carry fetches, summed over all its occurrences, is
Π(new) − Π(kept), each factor a sum over one dimension alone.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.exact_halo import rows_kept, rows_kept_by_all, rows_of
from workbench.cost.exact_nest import (
    HEAD_LEVELS,
    HEAD_STRIDE_X,
    HEAD_STRIDE_Y,
    LOOPS,
    MAX_LEVELS,
    NONE,
    ROW_KERNEL_COLUMNS,
    ROW_KERNEL_ROWS,
    ROW_ORDER,
    ROW_SPATIAL,
    ROW_TILE,
    ROW_UNITS,
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
READ_ROWS, KEPT_ROWS, FILL_ROWS, FILL_KEPT_ROWS, READ, KEPT, FILL, FILL_KEPT, ACTIVE, PARENTS = range(10)
FIELDS = 10
# Where a dimension stands at a carry: still, moving, or wrapping.
STILL, MOVE, WRAP = range(3)
# Columns of a level's counts.
INPUT_READ, FILTER_READ, INPUT_FILL, FILTER_FILL, OUTPUT_WRITE, OUTPUT_REREAD, OUTPUT_DRAIN = range(7)
COUNTS = 7
STATES = 1024  # kinds of units (tile now, tile before, distance) one dimension may have at a level
NEW, OLD, SHIFT, TIMES = range(4)


def traffic_workspace() -> tuple[IntArray, IntArray, IntArray, IntArray, NDArray[np.int64]]:
    """Scratch of `count_traffic`: records, kinds of parents, their number, unit states (two lists), initial parents."""
    return (
        np.zeros((LOOPS, 3, MAX_LEVELS, FIELDS), np.int64),
        np.zeros((LOOPS, MAX_LEVELS + 1, MAX_LEVELS + 1, 2), np.int64),
        np.zeros((LOOPS, MAX_LEVELS + 1), np.int64),
        np.zeros((2, STATES, 4), np.int64),
        np.zeros(MAX_LEVELS, np.int64),
    )


@kernel
def add_state(states: IntArray, count: int, new: int, old: int, shift: int, times: int) -> int:
    """Add `times` units of one kind to a list, merging equal kinds; returns the list's length."""
    if old == 0:
        shift = 0
    for i in range(count):
        if states[i, NEW] == new and states[i, OLD] == old and states[i, SHIFT] == shift:
            states[i, TIMES] += times
            return count
    states[count, NEW], states[count, OLD], states[count, SHIFT], states[count, TIMES] = new, old, shift, times
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
            tiles = (length + tile - 1) // tile
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
    head: IntArray, table: IntArray, d: int, start: int, states: IntArray, side: int, count: int, record: IntArray
) -> None:
    """Add to record[level] what dimension d contributes from level `start` down, all its loops there wrapping.

    states[side][:count] are the parents: tile now, tile before (0: holds nothing), distance, number of them.
    """
    for level in range(start, head[HEAD_LEVELS]):
        tile = table[ROW_TILE + d, level]
        units = table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1
        stride, taps, upper_taps = sliding(head, table, d, level)
        fold = units * tile
        found = 0
        for i in range(count):
            new, old = states[side, i, NEW], states[side, i, OLD]
            shift, times = states[side, i, SHIFT], states[side, i, TIMES]
            covered = min(new, fold)
            active = (covered + tile - 1) // tile
            last = covered - (active - 1) * tile
            read, rows = covered, rows_of(covered, stride, upper_taps)
            row_tile, row_last = rows_of(tile, stride, taps), rows_of(last, stride, taps)
            record[level, READ] += times * read
            record[level, READ_ROWS] += times * rows
            record[level, FILL] += times * covered
            record[level, FILL_ROWS] += times * ((active - 1) * row_tile + row_last)
            record[level, ACTIVE] += times * active
            record[level, PARENTS] += times
            if old == 0:
                if active > 1:
                    found = add_state(states[1 - side], found, tile, 0, 0, times * (active - 1))
                found = add_state(states[1 - side], found, last, 0, 0, times)
                continue
            back = ((old + fold - 1) // fold - 1) * fold
            shift -= back
            if shift == 0:
                record[level, KEPT] += times * read
                record[level, KEPT_ROWS] += times * rows
                record[level, FILL_KEPT] += times * covered
                record[level, FILL_KEPT_ROWS] += times * ((active - 1) * row_tile + row_last)
                if active > 1:
                    found = add_state(states[1 - side], found, tile, tile, 0, times * (active - 1))
                found = add_state(states[1 - side], found, last, last, 0, times)
                continue
            before = old - back
            old_active = (before + tile - 1) // tile
            old_last = before - (old_active - 1) * tile
            record[level, KEPT_ROWS] += times * rows_kept_by_all(
                covered, before, shift, tile, stride, taps, upper_taps
            )
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
                kept = rows_kept(now, then, shift, stride, taps) if then > 0 else 0
                record[level, FILL_KEPT_ROWS] += times * run * kept
                found = add_state(states[1 - side], found, now, then if kept > 0 else 0, shift, times * run)
                unit += run
        side = 1 - side
        count = found


@kernel
def sliding(head: IntArray, table: IntArray, d: int, level: int) -> tuple[int, int, int]:
    """Stride, kernel rows of a unit and of the level's parent along dimension d; 1, 1, 1 where it does not slide."""
    if d == P:
        return (
            head[HEAD_STRIDE_Y],
            table[ROW_KERNEL_ROWS, level],
            head[R] if level == 0 else table[ROW_KERNEL_ROWS, level - 1],
        )
    if d == Q:
        return (
            head[HEAD_STRIDE_X],
            table[ROW_KERNEL_COLUMNS, level],
            head[S] if level == 0 else table[ROW_KERNEL_COLUMNS, level - 1],
        )
    return 1, 1, 1


@kernel
def record_still_and_move(
    head: IntArray, table: IntArray, d: int, level: int, kinds: IntArray, count: int, states: IntArray, record: IntArray
) -> None:
    """Records STILL and MOVE of dimension d for carries at `level`: record[STILL | MOVE][level ..]."""
    tile = table[ROW_TILE + d, level]
    units = table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1
    stride, taps, upper_taps = sliding(head, table, d, level)
    fold = units * tile
    row_tile, row_fold = rows_of(tile, stride, taps), rows_of(fold, stride, upper_taps)
    still, move = record[STILL, level], record[MOVE, level]
    kept = max(0, (tile - 1 - fold) * stride + taps)
    kept_by_all = kept if upper_taps == taps else 0
    found = 0
    for i in range(count):
        length, times = kinds[i, 0], kinds[i, 1]
        tiles = (length + tile - 1) // tile
        folds = (tiles + units - 1) // units
        last = length - (tiles - 1) * tile
        last_fold = length - (folds - 1) * fold
        row_last, row_last_fold = rows_of(last, stride, taps), rows_of(last_fold, stride, upper_taps)
        still[READ] += times * length
        still[FILL] += times * length
        still[READ_ROWS] += times * ((folds - 1) * row_fold + row_last_fold)
        still[FILL_ROWS] += times * ((tiles - 1) * row_tile + row_last)
        still[ACTIVE] += times * tiles
        still[PARENTS] += times * folds
        if folds == 1:
            continue
        move[READ] += times * (length - fold)
        move[FILL] += times * (length - fold)
        move[READ_ROWS] += times * ((folds - 2) * row_fold + row_last_fold)
        move[FILL_ROWS] += times * ((tiles - 1 - units) * row_tile + row_last)
        move[KEPT_ROWS] += times * (folds - 1) * kept_by_all
        move[FILL_KEPT_ROWS] += times * (tiles - units) * kept
        move[ACTIVE] += times * (tiles - units)
        move[PARENTS] += times * (folds - 1)
        if tiles - 1 - units > 0:
            found = add_state(states[0], found, tile, tile if kept > 0 else 0, fold, times * (tiles - 1 - units))
        found = add_state(states[0], found, last, tile if kept > 0 else 0, fold, times)
    still[KEPT], still[FILL_KEPT] = still[READ], still[FILL]
    still[KEPT_ROWS], still[FILL_KEPT_ROWS] = still[READ_ROWS], still[FILL_ROWS]
    descend(head, table, d, level + 1, states, 0, found, record[MOVE])


@kernel
def record_wrap(
    head: IntArray, table: IntArray, d: int, level: int, kinds: IntArray, count: int, states: IntArray, record: IntArray
) -> None:
    """What dimension d contributes from `level` down when its loops there wrap: record[level ..]."""
    for i in range(count):
        states[0, i, NEW], states[0, i, OLD], states[0, i, SHIFT] = kinds[i, 0], kinds[i, 0], 0
        states[0, i, TIMES] = kinds[i, 1]
    descend(head, table, d, level, states, 0, count, record)


@kernel
def add_carry(
    head: IntArray, table: IntArray, level: int, record: IntArray, at: IntArray, fresh: int, first: bool,
    counts: IntArray,
) -> None:
    """Add one kind of carry to a level's counts; `at[d]` says where dimension d stands, `fresh` how many networks'
    outputs have never been worked on, `first` that nothing is held."""
    parents_spread, units_spread = 1, 1
    for upper in range(level + 1):
        spatial = table[ROW_SPATIAL, upper]
        if spatial == R or spatial == S:
            units_spread *= head[spatial]
            if upper < level:
                parents_spread *= head[spatial]
    n, g, k = record[N, at[N], level], record[G, at[G], level], record[K, at[K], level]
    c, p, q = record[C, at[C], level], record[P, at[P], level], record[Q, at[Q], level]
    keep = 0 if first else 1
    new = n[READ] * g[READ] * c[READ] * p[READ_ROWS] * q[READ_ROWS]
    kept = keep * n[KEPT] * g[KEPT] * c[KEPT] * p[KEPT_ROWS] * q[KEPT_ROWS]
    counts[level, INPUT_READ] += parents_spread * k[PARENTS] * (new - kept)
    new = n[FILL] * g[FILL] * c[FILL] * p[FILL_ROWS] * q[FILL_ROWS]
    kept = keep * n[FILL_KEPT] * g[FILL_KEPT] * c[FILL_KEPT] * p[FILL_KEPT_ROWS] * q[FILL_KEPT_ROWS]
    counts[level, INPUT_FILL] += units_spread * k[ACTIVE] * (new - kept)
    taps = head[R] * head[S]
    moved = g[READ] * k[READ] * c[READ] - keep * g[KEPT] * k[KEPT] * c[KEPT]
    counts[level, FILTER_READ] += taps * n[PARENTS] * p[PARENTS] * q[PARENTS] * moved
    moved = g[FILL] * k[FILL] * c[FILL] - keep * g[FILL_KEPT] * k[FILL_KEPT] * c[FILL_KEPT]
    counts[level, FILTER_FILL] += taps * n[ACTIVE] * p[ACTIVE] * q[ACTIVE] * moved
    moved = n[READ] * g[READ] * k[READ] * p[READ] * q[READ]
    moved -= keep * n[KEPT] * g[KEPT] * k[KEPT] * p[KEPT] * q[KEPT]
    counts[level, OUTPUT_WRITE] += parents_spread * c[PARENTS] * moved
    counts[level, OUTPUT_REREAD] += parents_spread * (c[PARENTS] - fresh) * moved
    moved = n[FILL] * g[FILL] * k[FILL] * p[FILL] * q[FILL]
    moved -= keep * n[FILL_KEPT] * g[FILL_KEPT] * k[FILL_KEPT] * p[FILL_KEPT] * q[FILL_KEPT]
    counts[level, OUTPUT_DRAIN] += units_spread * c[ACTIVE] * moved


@kernel
def count_traffic(
    head: IntArray,
    table: IntArray,
    record: IntArray,
    kinds: IntArray,
    kinds_count: IntArray,
    states: IntArray,
    initial_parents: IntArray,
    counts: IntArray,
) -> int:
    """Fill counts[level, COUNTS] for a whole layer; returns the number of PE-steps (steps × PEs with work)."""
    levels = head[HEAD_LEVELS]
    counts[:levels] = 0
    pe_steps = 1
    for d in range(LOOPS):
        split_parents(table, levels, d, head[d], kinds, kinds_count)
        tiles = 0
        for i in range(kinds_count[d, levels]):
            tiles += kinds[d, levels, i, 1]
        pe_steps *= tiles
    for level in range(levels):
        if table[ROW_SPATIAL, level] >= LOOPS:
            pe_steps *= head[table[ROW_SPATIAL, level]]

    at = np.empty(LOOPS, np.int64)
    for carry in range(levels):
        if carry > 0 and table[ROW_ORDER, carry] == NONE:
            continue
        record[:, :, carry:levels] = 0
        for d in range(LOOPS):
            record_wrap(head, table, d, carry, kinds[d, carry], kinds_count[d, carry], states, record[d, WRAP])
        if carry == 0:
            at[:] = WRAP
            for level in range(levels):
                initial_parents[level] = record[C, WRAP, level, PARENTS]
                add_carry(head, table, level, record, at, initial_parents[level], True, counts)
        for place in range(LOOPS):
            d = table[ROW_ORDER + place, carry]
            if d == NONE:
                break
            record_still_and_move(head, table, d, carry, kinds[d, carry], kinds_count[d, carry], states, record[d])
            record_wrap(
                head, table, d, carry + 1, kinds[d, carry + 1], kinds_count[d, carry + 1], states, record[d, STILL]
            )
        at[:] = WRAP
        for place in range(LOOPS):
            d = table[ROW_ORDER + place, carry]
            if d == NONE:
                break
            at[d] = MOVE
            if record[d, MOVE, carry, PARENTS] > 0:
                for level in range(carry, levels):
                    fresh = 0 if d == C else initial_parents[level]
                    add_carry(head, table, level, record, at, fresh, False, counts)
            at[d] = STILL
    return pe_steps
