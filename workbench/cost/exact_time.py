"""How long a nest runs: the time of every class of steps on the first unit's path (docs/model-exact.md §6).

A class is the loop that carries and, for every loop outside it, whether it stands at its last (smaller) tile; a loop
over C also tells its first position from the others, because only then outputs come back. A pass of a lower level
depends on its tile sizes alone but for its first step, so passes are computed once per tile (`rests`).
"""

from workbench.cost.directive_arrays import HardwareColumn
from workbench.cost.exact_halo import rows_kept_by_all, rows_of
from workbench.cost.exact_nest import (
    HEAD_LEVELS,
    HEAD_SPLIT,
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
RECORD_SHAPE = (LOOPS * STANDS * MAX_LEVELS, FIELDS)
# Columns of a hardware row (directive_arrays.HardwareColumn); the global buffer is L2.
HW_PES, HW_BANDWIDTH, HW_LATENCY = (
    int(HardwareColumn.PES),
    int(HardwareColumn.NOC_BANDWIDTH),
    int(HardwareColumn.NOC_LATENCY),
)
HW_OFF_CHIP, HW_LANES = int(HardwareColumn.OFF_CHIP_BANDWIDTH), int(HardwareColumn.SIMD_LANES)
HW_BUFFER = int(HardwareColumn.L2_SIZE)
OPTIONS = 3  # ways an outer loop may stand: first or full, full, last
SCRATCH_ROWS = 4 * LOOPS + 3
SCRATCH_SHAPE = (SCRATCH_ROWS + 4, LOOPS)


def _rest_places() -> list[int]:
    """Where each level's memo begins: at most level + 1 sizes per dimension, with and without partial sums."""
    starts = [0]
    for level in range(MAX_LEVELS):
        starts.append(starts[-1] + 2 * (level + 1) ** LOOPS)
    return starts


REST_START = tuple(_rest_places())
REST_TOTAL = REST_START[MAX_LEVELS]


@kernel
def row(d: int, one: int, level: int) -> int:
    """Row of dimension d's record at a level, standing at `one`."""
    return (d * STANDS + one) * MAX_LEVELS + level


@kernel
def delay(volume: int, hardware: IntArray) -> int:
    """Cycles a network needs for `volume` elements: latency + ⌈volume / bandwidth⌉ − 1, nothing for nothing."""
    if volume == 0:
        return 0
    if volume <= hardware[HW_BANDWIDTH]:
        return hardware[HW_LATENCY]
    return max(0, hardware[HW_LATENCY] + (volume + hardware[HW_BANDWIDTH] - 1) // hardware[HW_BANDWIDTH] - 1)


@kernel
def list_sizes(head: IntArray, table: IntArray, sizes: IntArray, size_count: IntArray, times: IntArray) -> int:
    """Distinct sizes of the first unit's tile per dimension and level; sizes[d, 0, 0] is the layer's.

    Returns the number of steps on the first unit's path.
    """
    steps = 1
    for d in range(LOOPS):
        sizes[d, 0, 0] = head[d]
        size_count[d, 0] = 1
        if (head[HEAD_SPLIT] >> d) & 1 == 0:
            for level in range(head[HEAD_LEVELS]):
                sizes[d, level + 1, 0] = head[d]
                size_count[d, level + 1] = 1
            continue
        times[0, 0] = 1
        for level in range(head[HEAD_LEVELS]):
            tile = table[ROW_TILE + d, level]
            fold = tile * (table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1)
            found = 0
            for i in range(size_count[d, level]):
                length = sizes[d, level, i]
                folds = 1 if length <= fold else (length + fold - 1) // fold
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
            for i in range(found):
                times[0, i] = times[1, i]
        total = 0
        for i in range(size_count[d, head[HEAD_LEVELS]]):
            total += times[0, i]
        steps *= total
    return steps


@kernel
def follow(
    head: IntArray,
    table: IntArray,
    d: int,
    start: int,
    new: int,
    old: int,
    shift: int,
    sizes: IntArray,
    record: IntArray,
    one: int,
) -> None:
    """record[d, one, start ..] for the first unit when dimension d's loops wrap from level `start` on.

    new, old: the parent's tile now and before, `shift` outputs apart.
    """
    for level in range(start, head[HEAD_LEVELS]):
        tile = table[ROW_TILE + d, level]
        fold = tile * table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else tile
        if old > fold:
            back = ((old + fold - 1) // fold - 1) * fold
            shift -= back
            old -= back
        put(head, table, d, level, min(new, fold), old, shift, sizes, record, one)
        new, old = min(new, tile), min(old, tile)


@kernel
def put(
    head: IntArray,
    table: IntArray,
    d: int,
    level: int,
    new: int,
    old: int,
    shift: int,
    sizes: IntArray,
    record: IntArray,
    one: int,
) -> None:
    """record[d, one, level]: the level's units cover `new` outputs now and covered `old` before, `shift` apart."""
    here = row(d, one, level)
    if d >= P:
        stride, taps, upper_taps = sliding(head, table, d, level)
        rows = rows_of(new, stride, upper_taps)
        record[here, ROWS] = rows
        if shift == 0:
            record[here, ROWS_KEPT] = rows
        else:
            tile = table[ROW_TILE + d, level]
            record[here, ROWS_KEPT] = rows_kept_by_all(new, old, shift, tile, stride, taps, upper_taps)
    record[here, NEW] = new
    record[here, KEPT] = new if shift == 0 else 0
    record[here, LEAVING] = old
    child = min(new, table[ROW_TILE + d, level])
    record[here, CHILD] = child
    place = 0
    while sizes[d, level + 1, place] != child:
        place += 1
    record[here, CHILD_PLACE] = place


@kernel
def stand(
    head: IntArray,
    table: IntArray,
    d: int,
    level: int,
    length: int,
    sizes: IntArray,
    record: IntArray,
    choices: IntArray,
) -> None:
    """Fill record[d, stand, level ..] in a pass over `length`; choices[d, stand] is how often each stand occurs."""
    tile = table[ROW_TILE + d, level]
    fold = tile * table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else tile
    follow(head, table, d, level, length, length, 0, sizes, record, WRAP)
    choices[d, STILL] = 0
    if length <= fold:
        return
    folds = (length + fold - 1) // fold
    last_fold = length - (folds - 1) * fold
    partial = 1 if last_fold < fold else 0
    choices[d, STILL], choices[d, STILL_LAST] = folds - partial, partial
    choices[d, MOVE], choices[d, MOVE_LAST] = folds - 1 - partial, partial
    for one in range(STILL, WRAP):
        if choices[d, one] == 0:
            continue
        covered = last_fold if one in (STILL_LAST, MOVE_LAST) else fold
        child = min(tile, covered)
        if one >= MOVE:
            put(head, table, d, level, covered, fold, fold, sizes, record, one)
            follow(head, table, d, level + 1, child, tile, fold, sizes, record, one)
        else:
            put(head, table, d, level, covered, covered, 0, sizes, record, one)
            follow(head, table, d, level + 1, child, child, 0, sizes, record, one)


@kernel
def step_time(
    head: IntArray,
    table: IntArray,
    top: int,
    record: IntArray,
    at: IntArray,
    fresh: int,
    size_count: IntArray,
    looped: IntArray,
    rests: IntArray,
    hardware: IntArray,
) -> int:
    """Time of one step of level `top` whose dimensions stand at `at`; fresh: no earlier step worked on its outputs."""
    bottom = head[HEAD_LEVELS] - 1
    n, g, k, c, p, q = at[N], at[G], at[K], at[C], at[P], at[Q]
    time = (
        table[ROW_KERNEL_ROWS, bottom] * table[ROW_KERNEL_COLUMNS, bottom]
        * record[row(N, n, bottom), CHILD] * record[row(G, g, bottom), CHILD] * record[row(K, k, bottom), CHILD]
        * record[row(C, c, bottom), CHILD] * record[row(P, p, bottom), CHILD] * record[row(Q, q, bottom), CHILD]
    )  # fmt: skip
    if hardware[HW_LANES] > 1:
        time = (time + hardware[HW_LANES] - 1) // hardware[HW_LANES]
    for level in range(bottom, top - 1, -1):
        nr, gr, kr = row(N, n, level), row(G, g, level), row(K, k, level)
        cr, pr, qr = row(C, c, level), row(P, p, level), row(Q, q, level)
        taps = head[R] * head[S]
        if level > 0:
            taps = table[ROW_KERNEL_ROWS, level - 1] * table[ROW_KERNEL_COLUMNS, level - 1]
        gg, gg_kept = record[gr, NEW], record[gr, KEPT]
        ng, ng_kept = record[nr, NEW] * gg, record[nr, KEPT] * gg_kept
        kk, kk_kept = record[kr, NEW], record[kr, KEPT]
        cc, cc_kept = record[cr, NEW], record[cr, KEPT]
        incoming = ng * cc * record[pr, ROWS] * record[qr, ROWS]
        incoming -= ng_kept * cc_kept * record[pr, ROWS_KEPT] * record[qr, ROWS_KEPT]
        incoming += taps * (gg * kk * cc - gg_kept * kk_kept * cc_kept)
        if ng_kept * kk_kept * record[pr, KEPT] * record[qr, KEPT] == 0:
            outgoing = record[nr, LEAVING] * record[gr, LEAVING] * record[kr, LEAVING]
            outgoing *= record[pr, LEAVING] * record[qr, LEAVING]
            time = max(time, delay(outgoing, hardware))
            if fresh == 0:
                incoming += ng * kk * record[pr, NEW] * record[qr, NEW]
        time = max(time, delay(incoming, hardware))
        if level > top and looped[level]:
            index = 0
            for d in range(LOOPS):
                index = index * size_count[d, level] + record[row(d, at[d], level - 1), CHILD_PLACE]
            time += rests[REST_START[level] + 2 * index + fresh]
    return time


@kernel
def pass_rest(
    head: IntArray,
    table: IntArray,
    level: int,
    lengths: IntArray,
    fresh: int,
    record: IntArray,
    sizes: IntArray,
    size_count: IntArray,
    looped: IntArray,
    rests: IntArray,
    hardware: IntArray,
    scratch: IntArray,
) -> int:
    """Time of a pass of `level` over tiles of `lengths` [LOOPS] without its first step."""
    choices = scratch[:LOOPS]
    at, loops, option_count = scratch[LOOPS], scratch[LOOPS + 1], scratch[LOOPS + 2]
    # How an outer loop may stand, OPTIONS ways each: stand, occurrences, whether C stands at its first position.
    stands, occurs, starts = (
        scratch[LOOPS + 3 : 2 * LOOPS + 3],
        scratch[2 * LOOPS + 3 : 3 * LOOPS + 3],
        scratch[3 * LOOPS + 3 :],
    )
    depth = 0
    for d in range(LOOPS):
        stand(head, table, d, level, lengths[d], sizes, record, choices)
        at[d] = WRAP
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
                choice = 0
                if option_count[outer] > 1:
                    choice = rest % option_count[outer]
                    rest //= option_count[outer]
                at[loops[outer]] = stands[outer, choice]
                times *= occurs[outer, choice]
                if loops[outer] == C and starts[outer, choice] == 0:
                    zero = 0
            if moving == C:
                zero = 0
            for one in (MOVE, MOVE_LAST):
                if choices[moving, one] > 0:
                    at[moving] = one
                    spent = step_time(head, table, level, record, at, zero, size_count, looped, rests, hardware)
                    total += times * choices[moving, one] * spent
        count = 0
        full = choices[moving, STILL]
        if moving == C and fresh == 1:
            stands[place, 0], occurs[place, 0], starts[place, 0] = STILL, 1, 1
            full -= 1
            count = 1
        if full > 0:
            stands[place, count], occurs[place, count], starts[place, count] = STILL, full, 0
            count += 1
        if choices[moving, STILL_LAST] > 0:
            stands[place, count], occurs[place, count], starts[place, count] = STILL_LAST, 1, 0
            count += 1
        option_count[place] = count
        at[moving] = WRAP
        for outer in range(place):
            at[loops[outer]] = WRAP
    return total


@kernel
def count_cycles(
    head: IntArray,
    table: IntArray,
    record: IntArray,
    sizes: IntArray,
    size_count: IntArray,
    rests: IntArray,
    hardware: IntArray,
    scratch: IntArray,
    times: IntArray,
) -> None:
    """times[:6] = on-chip cycles in all, first fill, last drain, first step's fetch and last step's drain at the top
    (elements), steps on the first unit's path."""
    levels = head[HEAD_LEVELS]
    lengths, looped = scratch[SCRATCH_ROWS], scratch[SCRATCH_ROWS + 1]
    times[5] = list_sizes(head, table, sizes, size_count, scratch[SCRATCH_ROWS + 2 : SCRATCH_ROWS + 4])
    for level in range(levels):
        looped[level] = 0
        for place in range(LOOPS):
            d = table[ROW_ORDER + place, level]
            if d == NONE:
                break
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
            # Untouched outputs mean that C stands at its first position above, whose tile comes first in `sizes`.
            first_c = 1 if lengths[C] == sizes[C, level, 0] else 0
            for fresh in range(1 - c_loops_above, 1 + first_c):
                rests[REST_START[level] + 2 * index + fresh] = pass_rest(
                    head, table, level, lengths, fresh, record, sizes, size_count, looped, rests, hardware, scratch
                )
    for d in range(LOOPS):
        lengths[d] = head[d]
    total = 0
    if looped[0]:
        total = pass_rest(head, table, 0, lengths, 1, record, sizes, size_count, looped, rests, hardware, scratch)
    else:
        for d in range(LOOPS):
            follow(head, table, d, 0, head[d], head[d], 0, sizes, record, WRAP)
    fill, drain, work = 0, 0, 1
    for level in range(levels):
        taps = (
            head[R] * head[S]
            if level == 0
            else table[ROW_KERNEL_ROWS, level - 1] * table[ROW_KERNEL_COLUMNS, level - 1]
        )
        ng = record[row(N, WRAP, level), NEW] * record[row(G, WRAP, level), NEW]
        cc = record[row(C, WRAP, level), NEW]
        incoming = ng * cc * record[row(P, WRAP, level), ROWS] * record[row(Q, WRAP, level), ROWS]
        incoming += taps * record[row(G, WRAP, level), NEW] * record[row(K, WRAP, level), NEW] * cc
        outgoing = (
            record[row(N, WRAP, level), LEAVING]
            * record[row(G, WRAP, level), LEAVING]
            * record[row(K, WRAP, level), LEAVING]
        )
        outgoing *= record[row(P, WRAP, level), LEAVING] * record[row(Q, WRAP, level), LEAVING]
        fill += delay(incoming, hardware)
        drain += delay(outgoing, hardware)
        if level == 0:
            times[3], times[4] = incoming, outgoing
        elif looped[level]:
            index = 0
            for d in range(LOOPS):
                index = index * size_count[d, level] + record[row(d, WRAP, level - 1), CHILD_PLACE]
            total += rests[REST_START[level] + 2 * index + 1]
        if level == levels - 1:
            work = table[ROW_KERNEL_ROWS, level] * table[ROW_KERNEL_COLUMNS, level]
            for d in range(LOOPS):
                work *= record[row(d, WRAP, level), CHILD]
    total += (work + hardware[HW_LANES] - 1) // hardware[HW_LANES]
    times[0], times[1], times[2] = fill + total + drain, fill, drain
