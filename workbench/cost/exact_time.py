"""How long a nest runs: the time of every class of steps on the first unit's path (docs/model-exact.md §6).

A class is the loop that carries and, for every loop outside it, whether it stands at its last (smaller) tile; a loop
over C also tells its first position from the others, because only then outputs come back. A pass of a lower level
depends on its tile sizes alone but for its first step, so passes are computed once per tile (`rests`).
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.exact_halo import rows_kept_by_all, rows_of
from workbench.cost.exact_nest import (
    HEAD_LEVELS,
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
from workbench.cost.exact_traffic import sliding
from workbench.cost.kernel import kernel

# What a dimension contributes to one step of one network on the first unit's path.
ROWS, ROWS_KEPT, NEW, KEPT, LEAVING, CHILD, CHILD_PLACE = range(7)
FIELDS = 7
# Where a dimension stands in a class of steps.
STILL, STILL_LAST, MOVE, MOVE_LAST, WRAP = range(5)
STANDS = 5
# The hardware row of a batch.
HW_BANDWIDTH, HW_LATENCY, HW_OFF_CHIP, HW_LANES, HW_BUFFER = range(5)
HW_COLUMNS = 5
OPTIONS = 3  # ways an outer loop may stand: first or full, full, last


def _rest_places() -> list[int]:
    """Where each level's memo begins: level l has at most (l + 1) sizes per dimension, with and without partial sums."""
    starts = [0]
    for level in range(MAX_LEVELS):
        starts.append(starts[-1] + 2 * (level + 1) ** LOOPS)
    return starts


REST_START = tuple(_rest_places())
REST_TOTAL = REST_START[MAX_LEVELS]


def time_workspace() -> tuple[IntArray, IntArray, IntArray, NDArray[np.int64]]:
    """Scratch of `count_cycles`: records, first unit's sizes, their number, passes without their first step."""
    return (
        np.zeros((LOOPS, STANDS, MAX_LEVELS, FIELDS), np.int64),
        np.zeros((LOOPS, MAX_LEVELS + 1, MAX_LEVELS + 1), np.int64),
        np.zeros((LOOPS, MAX_LEVELS + 1), np.int64),
        np.zeros(REST_START[MAX_LEVELS], np.int64),
    )


@kernel
def delay(volume: int, hardware: IntArray) -> int:
    """Cycles a network needs for `volume` elements: latency + ⌈volume / bandwidth⌉ − 1, nothing for nothing."""
    if volume == 0:
        return 0
    return max(0, hardware[HW_LATENCY] + (volume + hardware[HW_BANDWIDTH] - 1) // hardware[HW_BANDWIDTH] - 1)


@kernel
def list_sizes(head: IntArray, table: IntArray, sizes: IntArray, size_count: IntArray) -> int:
    """Distinct sizes of the first unit's tile per dimension and level; sizes[d, 0, 0] is the layer's.

    Returns the number of steps on the first unit's path.
    """
    times = np.empty((2, MAX_LEVELS + 1), np.int64)
    steps = 1
    for d in range(LOOPS):
        sizes[d, 0, 0] = head[d]
        size_count[d, 0] = 1
        times[0, 0] = 1
        for level in range(head[HEAD_LEVELS]):
            tile = table[ROW_TILE + d, level]
            fold = tile * (table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1)
            found = 0
            for i in range(size_count[d, level]):
                length = sizes[d, level, i]
                folds = (length + fold - 1) // fold
                for part in range(2):
                    child = min(tile, length if part == 0 else length - (folds - 1) * fold)
                    place = 0
                    while place < found and sizes[d, level + 1, place] != child:
                        place += 1
                    if place == found:
                        sizes[d, level + 1, found] = child
                        times[1, found] = 0
                        found += 1
                    times[1, place] += times[0, i] * (folds - 1 if part == 0 else 1)
            size_count[d, level + 1] = found
            times[0] = times[1]
        steps *= times[0, : size_count[d, head[HEAD_LEVELS]]].sum()
    return steps


@kernel
def follow(
    head: IntArray, table: IntArray, d: int, start: int, new: int, old: int, shift: int, sizes: IntArray,
    record: IntArray,
) -> None:
    """record[start ..] for the first unit when dimension d's loops wrap from level `start` on.

    new, old: the parent's tile now and before, `shift` outputs apart.
    """
    for level in range(start, head[HEAD_LEVELS]):
        tile = table[ROW_TILE + d, level]
        fold = tile * (table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1)
        stride, taps, upper_taps = sliding(head, table, d, level)
        back = ((old + fold - 1) // fold - 1) * fold
        shift -= back
        new, old = min(new, fold), old - back
        row = record[level]
        row[ROWS] = rows_of(new, stride, upper_taps)
        row[ROWS_KEPT] = rows_kept_by_all(new, old, shift, tile, stride, taps, upper_taps)
        row[NEW] = new
        row[KEPT] = new if shift == 0 else 0
        row[LEAVING] = old
        new, old = min(new, tile), min(old, tile)
        row[CHILD] = new
        place = 0
        while sizes[d, level + 1, place] != new:
            place += 1
        row[CHILD_PLACE] = place


@kernel
def stand(
    head: IntArray, table: IntArray, d: int, level: int, length: int, sizes: IntArray, record: IntArray,
    choices: IntArray,
) -> int:
    """Fill record[stand][level ..] of dimension d in a pass over `length`; choices[stand] is how often it occurs.

    Returns the number of positions of its loop.
    """
    tile = table[ROW_TILE + d, level]
    fold = tile * (table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1)
    folds = (length + fold - 1) // fold
    follow(head, table, d, level, length, length, 0, sizes, record[WRAP])
    choices[:] = 0
    choices[WRAP] = 1
    if folds == 1:
        return 1
    last_fold = length - (folds - 1) * fold
    partial = 1 if last_fold < fold else 0
    choices[STILL], choices[STILL_LAST] = folds - partial, partial
    choices[MOVE], choices[MOVE_LAST] = folds - 1 - partial, partial
    stride, taps, upper_taps = sliding(head, table, d, level)
    for one in range(STILL, WRAP):
        if choices[one] == 0:
            continue
        covered = last_fold if one == STILL_LAST or one == MOVE_LAST else fold
        moves = one >= MOVE
        row = record[one, level]
        row[ROWS] = rows_of(covered, stride, upper_taps)
        row[ROWS_KEPT] = row[ROWS]
        if moves:
            row[ROWS_KEPT] = rows_kept_by_all(covered, fold, fold, tile, stride, taps, upper_taps)
        row[NEW] = covered
        row[KEPT] = 0 if moves else covered
        row[LEAVING] = fold if moves else covered
        child = min(tile, covered)
        row[CHILD] = child
        place = 0
        while sizes[d, level + 1, place] != child:
            place += 1
        row[CHILD_PLACE] = place
        if moves:
            follow(head, table, d, level + 1, child, tile, fold, sizes, record[one])
        else:
            follow(head, table, d, level + 1, child, child, 0, sizes, record[one])
    return folds


@kernel
def rest_place(level: int, places: IntArray, size_count: IntArray, fresh: int, starts: tuple[int, ...]) -> int:
    """Index of a pass in `rests`."""
    index = 0
    for d in range(LOOPS):
        index = index * size_count[d, level] + places[d]
    return starts[level] + 2 * index + fresh


@kernel
def step_time(
    head: IntArray, table: IntArray, top: int, record: IntArray, at: IntArray, fresh: int, size_count: IntArray,
    looped: IntArray, rests: IntArray, hardware: IntArray,
) -> int:
    """Time of one step of level `top` whose dimensions stand at `at`; fresh: no earlier step worked on its outputs."""
    bottom = head[HEAD_LEVELS] - 1
    work = table[ROW_KERNEL_ROWS, bottom] * table[ROW_KERNEL_COLUMNS, bottom]
    for d in range(LOOPS):
        work *= record[d, at[d], bottom, CHILD]
    time = (work + hardware[HW_LANES] - 1) // hardware[HW_LANES]
    for level in range(bottom, top - 1, -1):
        n, g, k = record[N, at[N], level], record[G, at[G], level], record[K, at[K], level]
        c, p, q = record[C, at[C], level], record[P, at[P], level], record[Q, at[Q], level]
        batch, batch_kept = n[NEW] * g[NEW], n[KEPT] * g[KEPT]
        taps = (
            head[R] * head[S]
            if level == 0
            else table[ROW_KERNEL_ROWS, level - 1] * table[ROW_KERNEL_COLUMNS, level - 1]
        )
        incoming = batch * c[NEW] * p[ROWS] * q[ROWS] - batch_kept * c[KEPT] * p[ROWS_KEPT] * q[ROWS_KEPT]
        incoming += taps * (g[NEW] * k[NEW] * c[NEW] - g[KEPT] * k[KEPT] * c[KEPT])
        outgoing = 0
        if batch_kept * k[KEPT] * p[KEPT] * q[KEPT] == 0:
            outgoing = n[LEAVING] * g[LEAVING] * k[LEAVING] * p[LEAVING] * q[LEAVING]
            if fresh == 0:
                incoming += batch * k[NEW] * p[NEW] * q[NEW]
        time = max(time, delay(incoming, hardware), delay(outgoing, hardware))
        if level > top and looped[level]:
            index = 0
            for d in range(LOOPS):
                index = index * size_count[d, level] + record[d, at[d], level - 1, CHILD_PLACE]
            time += rests[REST_START[level] + 2 * index + fresh]
    return time


@kernel
def pass_rest(
    head: IntArray, table: IntArray, level: int, lengths: IntArray, fresh: int, record: IntArray, sizes: IntArray,
    size_count: IntArray, looped: IntArray, rests: IntArray, hardware: IntArray,
) -> int:
    """Time of a pass of `level` over tiles of `lengths` [LOOPS] without its first step."""
    choices = np.empty((LOOPS, STANDS), np.int64)
    at = np.empty(LOOPS, np.int64)
    loops = np.empty(LOOPS, np.int64)
    options = np.empty((LOOPS, OPTIONS, 3), np.int64)  # stand, occurrences, first position of C
    option_count = np.empty(LOOPS, np.int64)
    depth = 0
    for d in range(LOOPS):
        stand(head, table, d, level, lengths[d], sizes, record[d], choices[d])
    at[:] = WRAP
    for place in range(LOOPS):
        d = table[ROW_ORDER + place, level]
        if d == NONE:
            break
        if choices[d, STILL] > 0:
            loops[depth] = d
            depth += 1
    total = 0
    for place in range(depth):
        moving = loops[place]
        combinations = 1
        for outer in range(place):
            combinations *= option_count[outer]
        for combination in range(combinations):
            rest = combination
            times, zero = 1, fresh
            for outer in range(place):
                choice = rest % option_count[outer]
                rest //= option_count[outer]
                at[loops[outer]] = options[outer, choice, 0]
                times *= options[outer, choice, 1]
                if loops[outer] == C and options[outer, choice, 2] == 0:
                    zero = 0
            if moving == C:
                zero = 0
            for one in (MOVE, MOVE_LAST):
                if choices[moving, one] > 0:
                    at[moving] = one
                    spent = step_time(
                        head, table, level, record, at, zero, size_count, looped, rests, hardware
                    )
                    total += times * choices[moving, one] * spent
        count = 0
        full = choices[moving, STILL]
        if moving == C and fresh == 1:
            options[place, 0, 0], options[place, 0, 1], options[place, 0, 2] = STILL, 1, 1
            full -= 1
            count = 1
        if full > 0:
            options[place, count, 0], options[place, count, 1], options[place, count, 2] = STILL, full, 0
            count += 1
        if choices[moving, STILL_LAST] > 0:
            options[place, count, 0], options[place, count, 1], options[place, count, 2] = STILL_LAST, 1, 0
            count += 1
        option_count[place] = count
        at[moving] = WRAP
        for outer in range(place):
            at[loops[outer]] = WRAP
    return total


@kernel
def count_cycles(
    head: IntArray, table: IntArray, record: IntArray, sizes: IntArray, size_count: IntArray, rests: IntArray,
    hardware: IntArray, times: IntArray,
) -> None:
    """times[:6] = on-chip cycles in all, first fill, last drain, first step's fetch and last step's drain at the top
    (elements), steps on the first unit's path."""
    levels = head[HEAD_LEVELS]
    times[5] = list_sizes(head, table, sizes, size_count)
    lengths = np.empty(LOOPS, np.int64)
    looped = np.zeros(MAX_LEVELS, np.int64)
    c_loops_above = 0
    for level in range(levels):
        for d in range(LOOPS):
            fold = table[ROW_TILE + d, level] * (table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1)
            for i in range(size_count[d, level]):
                if sizes[d, level, i] > fold:
                    looped[level] = 1
    for level in range(levels - 1, 0, -1):
        if looped[level] == 0:
            continue
        c_loops_above = 0
        for upper in range(level):
            fold = table[ROW_TILE + C, upper] * (table[ROW_UNITS, upper] if table[ROW_SPATIAL, upper] == C else 1)
            for i in range(size_count[C, upper]):
                if sizes[C, upper, i] > fold:
                    c_loops_above = 1
        combinations = 1
        for d in range(LOOPS):
            combinations *= size_count[d, level]
        for index in range(combinations):
            rest = index
            for d in range(LOOPS - 1, -1, -1):
                lengths[d] = sizes[d, level, rest % size_count[d, level]]
                rest //= size_count[d, level]
            for fresh in range(1 - c_loops_above, 2):
                rests[REST_START[level] + 2 * index + fresh] = pass_rest(
                    head, table, level, lengths, fresh, record, sizes, size_count, looped, rests, hardware
                )
    for d in range(LOOPS):
        lengths[d] = head[d]
    total = 0
    if looped[0]:
        total = pass_rest(head, table, 0, lengths, 1, record, sizes, size_count, looped, rests, hardware)
    else:
        for d in range(LOOPS):
            follow(head, table, d, 0, head[d], head[d], 0, sizes, record[d, WRAP])
    fill, drain, work = 0, 0, 1
    for level in range(levels):
        taps = (
            head[R] * head[S]
            if level == 0
            else table[ROW_KERNEL_ROWS, level - 1] * table[ROW_KERNEL_COLUMNS, level - 1]
        )
        n, g, k = record[N, WRAP, level], record[G, WRAP, level], record[K, WRAP, level]
        c, p, q = record[C, WRAP, level], record[P, WRAP, level], record[Q, WRAP, level]
        incoming = n[NEW] * g[NEW] * c[NEW] * p[ROWS] * q[ROWS] + taps * g[NEW] * k[NEW] * c[NEW]
        outgoing = n[LEAVING] * g[LEAVING] * k[LEAVING] * p[LEAVING] * q[LEAVING]
        fill += delay(incoming, hardware)
        drain += delay(outgoing, hardware)
        if level == 0:
            times[3], times[4] = incoming, outgoing
        elif looped[level]:
            index = 0
            for d in range(LOOPS):
                index = index * size_count[d, level] + record[d, WRAP, level - 1, CHILD_PLACE]
            total += rests[REST_START[level] + 2 * index + 1]
        if level == levels - 1:
            work = table[ROW_KERNEL_ROWS, level] * table[ROW_KERNEL_COLUMNS, level]
            for d in range(LOOPS):
                work *= record[d, WRAP, level, CHILD]
    total += (work + hardware[HW_LANES] - 1) // hardware[HW_LANES]
    times[0], times[1], times[2] = fill + total + drain, fill, drain
