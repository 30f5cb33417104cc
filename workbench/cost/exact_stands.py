"""Where one dimension stands in a class of steps, and what it then contributes to every network on the first unit's
path: the records that step times are products of (docs/model-exact.md §6)."""

from workbench.cost.exact_halo import rows_kept_by_all
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
    IntArray,
    P,
)
from workbench.cost.kernel import kernel

# What a dimension contributes to one step of one network on the first unit's path.
ROWS, ROWS_KEPT, NEW, KEPT, LEAVING, CHILD, CHILD_PLACE = range(7)
FIELDS = 7
# Where a dimension stands in a class of steps.
STILL, STILL_LAST, MOVE, MOVE_LAST, WRAP = range(5)
STANDS = 5
RECORD_SHAPE = (LOOPS * STANDS * MAX_LEVELS, FIELDS)


@kernel
def row(d: int, one: int, level: int) -> int:
    """Row of dimension d's record at a level, standing at `one`."""
    return (d * STANDS + one) * MAX_LEVELS + level


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
        stride, taps = head[HEAD_STRIDE_Y + d - P], table[ROW_KERNEL_ROWS + d - P, level]
        upper_taps = table[ROW_UPPER_ROWS + d - P, level]
        rows = (new - 1) * min(stride, upper_taps) + upper_taps
        record[here, ROWS] = rows
        if shift != 0:
            rows = 0
            if taps > stride:
                rows = rows_kept_by_all(new, old, shift, table[ROW_TILE + d, level], stride, taps, upper_taps)
        record[here, ROWS_KEPT] = rows
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
