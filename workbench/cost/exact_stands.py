"""Where one dimension stands in a class of steps, and what it then contributes to every network on the first unit's
path: the records that step times are products of (docs/model-exact.md §6)."""

from workbench.cost.exact_halo import parts, rows_kept_by_all, rows_of
from workbench.cost.exact_nest import (
    HEAD_LEVELS,
    HEAD_SPLIT,
    HEAD_STRIDE_Y,
    LOOPS,
    MAX_LEVELS,
    ROW_KERNEL_ROWS,
    ROW_SPATIAL,
    ROW_TILE,
    ROW_UNITS,
    ROW_UPPER_ROWS,
    C,
    IntArray,
    K,
    N,
    P,
)
from workbench.cost.kernel import kernel

# What a dimension contributes to one step of one network on the first unit's path: factors of the elements that come in
# (input now and held before, filter, outputs), that leave, and of the bottom level's MACs; 1 where a tensor lacks the
# dimension. MARKS add up instead: the place among the rests of the level below, and whether outputs and filter move.
IN_NOW, IN_KEPT, FILTER, OUTPUT, LEAVING, CHILD, MARKS = range(7)
FIELDS = 8  # a row is a cache line
OUTPUT_MOVES, FILTER_MOVES, PLACE_SHIFT = 8, 1, 6  # up to six dimensions may move
OUTPUT_MARKS, FILTER_MARKS = 7 * OUTPUT_MOVES, 7 * FILTER_MOVES
# Where a dimension stands in a class of steps.
STILL, STILL_LAST, MOVE, MOVE_LAST, WRAP = range(5)
STANDS = 5
# Rows of scratch [., LOOPS] that list_sizes fills.
LOOPED, LISTED = 0, 1
SIZES_SCRATCH = 3
RECORDS = LOOPS * MAX_LEVELS * STANDS * MAX_LEVELS
WHOLE = RECORDS  # .. + level: the product of all dimensions that no level splits


@kernel
def row(d: int, size: int, one: int, level: int) -> int:
    """Row of dimension d's record at a level, standing at `one` in a pass over its tile size number `size`."""
    return ((d * MAX_LEVELS + size) * STANDS + one) * MAX_LEVELS + level


@kernel
def multiply(rows: IntArray, target: int, one: int, other: int) -> None:
    """rows[target] = rows[one] × rows[other]; marks add up."""
    now, kept = rows[one, IN_NOW] * rows[other, IN_NOW], rows[one, IN_KEPT] * rows[other, IN_KEPT]
    weights, output = rows[one, FILTER] * rows[other, FILTER], rows[one, OUTPUT] * rows[other, OUTPUT]
    leaving, child = rows[one, LEAVING] * rows[other, LEAVING], rows[one, CHILD] * rows[other, CHILD]
    marks = rows[one, MARKS] + rows[other, MARKS]
    rows[target, IN_NOW], rows[target, IN_KEPT] = now, kept
    rows[target, FILTER], rows[target, OUTPUT] = weights, output
    rows[target, LEAVING], rows[target, CHILD] = leaving, child
    rows[target, MARKS] = marks


@kernel
def multiply_whole(head: IntArray, table: IntArray, rows: IntArray) -> None:
    """rows[WHOLE + level] of all levels: the dimensions that no level splits stand still everywhere."""
    split = head[HEAD_SPLIT]
    weights, output, child, plain = 1, 1, 1, 1
    for d in range(LOOPS):
        if (split >> d) & 1:
            continue
        length = head[d]
        child *= length
        if d != C:
            output *= length
        if N < d < P:
            weights *= length
        if d != K and d < P:
            plain *= length
    for level in range(head[HEAD_LEVELS]):
        inputs = plain
        for d in range(P, LOOPS):
            if (split >> d) & 1 == 0:
                inputs *= rows_of(head[d], head[HEAD_STRIDE_Y + d - P], table[ROW_UPPER_ROWS + d - P, level])
        here = WHOLE + level
        rows[here, IN_NOW], rows[here, IN_KEPT] = inputs, inputs
        rows[here, FILTER], rows[here, OUTPUT], rows[here, LEAVING] = weights, output, output
        rows[here, CHILD], rows[here, MARKS] = child, 0


@kernel
def list_sizes(head: IntArray, table: IntArray, sizes: IntArray, size_count: IntArray, scratch: IntArray) -> int:
    """Distinct sizes of the first unit's tile per dimension and level; sizes[d, 0, 0] is the layer's.

    scratch[LOOPED, level]: bits of the dimensions that have more than one position there for some size that enters.
    Returns the number of steps on the first unit's path.
    """
    steps = 1
    for level in range(head[HEAD_LEVELS]):
        scratch[LOOPED, level] = 0
    for d in range(LOOPS):
        sizes[d, 0, 0] = head[d]
        size_count[d, 0] = 1
        if (head[HEAD_SPLIT] >> d) & 1 == 0:
            for level in range(head[HEAD_LEVELS]):
                sizes[d, level + 1, 0] = head[d]
                size_count[d, level + 1] = 1
            continue
        scratch[LISTED, 0] = 1
        for level in range(head[HEAD_LEVELS]):
            tile = table[ROW_TILE + d, level]
            fold = tile * (table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else 1)
            found = 0
            for i in range(size_count[d, level]):
                length = sizes[d, level, i]
                folds = parts(length, fold)
                scratch[LOOPED, level] |= int(folds > 1) << d
                for part in range(2):
                    child = min(tile, length if part == 0 else length - (folds - 1) * fold)
                    place = 0
                    while place < found and sizes[d, level + 1, place] != child:
                        place += 1
                    if place == found:
                        sizes[d, level + 1, found] = child
                        scratch[LISTED + 1, found] = 0
                        found += 1
                    scratch[LISTED + 1, place] += scratch[LISTED, i] * (folds - 1 if part == 0 else 1)
            size_count[d, level + 1] = found
            for i in range(found):
                scratch[LISTED, i] = scratch[LISTED + 1, i]
        total = 0
        for i in range(size_count[d, head[HEAD_LEVELS]]):
            total += scratch[LISTED, i]
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
    radix: IntArray,
    rows: IntArray,
    first: int,
) -> None:
    """rows[first + level] of levels `start` .. for the first unit when dimension d's loops wrap from there on.

    new, old: the parent's tile now and before, `shift` outputs apart.
    """
    for level in range(start, head[HEAD_LEVELS]):
        tile = table[ROW_TILE + d, level]
        fold = tile * table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else tile
        back = (parts(old, fold) - 1) * fold
        shift -= back
        old -= back
        put(head, table, d, level, min(new, fold), old, shift, sizes, radix, rows, first + level)
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
    radix: IntArray,
    rows: IntArray,
    here: int,
) -> None:
    """rows[here]: the level's units cover `new` outputs of dimension d now and covered `old` before, `shift` apart."""
    now, kept = new, new if shift == 0 else 0
    if d >= P:
        stride, taps = head[HEAD_STRIDE_Y + d - P], table[ROW_KERNEL_ROWS + d - P, level]
        upper_taps = table[ROW_UPPER_ROWS + d - P, level]
        now = rows_of(new, stride, upper_taps)
        if shift == 0:
            kept = now
        elif taps > stride:
            kept = rows_kept_by_all(new, old, shift, table[ROW_TILE + d, level], stride, taps, upper_taps)
    elif d == K:
        now, kept = 1, 1
    child = min(new, table[ROW_TILE + d, level])
    place, count = 0, radix[d, level + 1]
    if count > 0:  # more than one size below
        while sizes[d, level + 1, place] != child:
            place += 1
    marks = place * count << PLACE_SHIFT
    rows[here, IN_NOW], rows[here, IN_KEPT] = now, kept
    rows[here, FILTER], rows[here, OUTPUT], rows[here, LEAVING], rows[here, CHILD] = 1, 1, 1, child
    if N < d < P:
        rows[here, FILTER] = new
        if shift != 0:
            marks += FILTER_MOVES
    if d != C:
        rows[here, OUTPUT], rows[here, LEAVING] = new, old
        if shift != 0:
            marks += OUTPUT_MOVES
    rows[here, MARKS] = marks


@kernel
def stand(
    head: IntArray,
    table: IntArray,
    d: int,
    level: int,
    size: int,
    sizes: IntArray,
    radix: IntArray,
    rows: IntArray,
    choices: IntArray,
) -> bool:
    """Fill the records of dimension d in passes of `level` over its tile size number `size`, levels `level` and below;
    choices[d · MAX_LEVELS + size, stand] is how often each stand occurs. False: there is but one position."""
    length = sizes[d, level, size]
    tile = table[ROW_TILE + d, level]
    fold = tile * table[ROW_UNITS, level] if table[ROW_SPATIAL, level] == d else tile
    follow(head, table, d, level, length, length, 0, sizes, radix, rows, row(d, size, WRAP, 0))
    here = d * MAX_LEVELS + size
    choices[here, STILL] = 0
    if length <= fold:
        return False
    folds = parts(length, fold)
    last_fold = length - (folds - 1) * fold
    partial = 1 if last_fold < fold else 0
    choices[here, STILL], choices[here, STILL_LAST] = folds - partial, partial
    choices[here, MOVE], choices[here, MOVE_LAST] = folds - 1 - partial, partial
    for one in range(STILL, WRAP):
        if choices[here, one] == 0:
            continue
        first = row(d, size, one, 0)
        covered = last_fold if one in (STILL_LAST, MOVE_LAST) else fold
        child = min(tile, covered)
        if one >= MOVE:
            put(head, table, d, level, covered, fold, fold, sizes, radix, rows, first + level)
            follow(head, table, d, level + 1, child, tile, fold, sizes, radix, rows, first)
        else:
            put(head, table, d, level, covered, covered, 0, sizes, radix, rows, first + level)
            follow(head, table, d, level + 1, child, child, 0, sizes, radix, rows, first)
    return True
