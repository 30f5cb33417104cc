"""How long a nest runs: the time of every class of steps on the first unit's path (docs/model-exact.md §6).

A class is the loop that carries and, for every loop outside it, whether it stands at its last (smaller) tile; a loop
over C also tells its first position from the others, because only then outputs come back. A pass of a lower level
depends on its tile sizes alone but for its first step, so passes are computed once per tile (`rests`).
"""

from workbench.cost.exact_nest import (
    HEAD_LEVELS,
    HEAD_SPLIT,
    LOOPS,
    MAX_LEVELS,
    NONE,
    ROW_KERNEL_COLUMNS,
    ROW_KERNEL_ROWS,
    ROW_ORDER,
    C,
    IntArray,
    R,
    S,
)
from workbench.cost.exact_rests import (
    HW_BANDWIDTH,
    HW_LANES,
    HW_LATENCY,
    REST_START,
    delay,
    fill_computing_rests,
    next_sizes,
)
from workbench.cost.exact_stands import (
    CHILD,
    FIELDS,
    FILTER,
    FILTER_MARKS,
    IN_KEPT,
    IN_NOW,
    LEAVING,
    LOOPED,
    MARKS,
    MOVE,
    MOVE_LAST,
    OUTPUT,
    OUTPUT_MARKS,
    PLACE_SHIFT,
    SIZES_SCRATCH,
    STILL,
    STILL_LAST,
    WHOLE,
    WRAP,
    list_sizes,
    multiply,
    multiply_whole,
    row,
    stand,
)
from workbench.cost.kernel import kernel

OPTIONS = 3  # ways an outer loop may stand: first or full, full, last
# Rows of products behind the records, each .. + level: of the dimensions with one size and no loop at a level; of all
# dimensions wrapping from a place on; of a place's loop moving (MOVE, MOVE_LAST) and all inside it wrapping; of the
# loops outside a place as they stand.
FIXED = WHOLE + MAX_LEVELS
INNER = FIXED + MAX_LEVELS
MOVED = INNER + MAX_LEVELS
OUTER = MOVED + 2 * LOOPS * MAX_LEVELS
ROWS_SHAPE = (OUTER + LOOPS * MAX_LEVELS, FIELDS)
CHOICES_SHAPE = (LOOPS * MAX_LEVELS, 4)
RADIX_SHAPE = (LOOPS, MAX_LEVELS + 1)
# Rows of scratch [SCRATCH_ROWS, LOOPS].
LOOP, PICKED, OPTION_COUNT, FRESH, TIMES, SIZE, VARYING = range(SIZES_SCRATCH, SIZES_SCRATCH + 7)
SCRATCH_SHAPE = (VARYING + 1, LOOPS)
OPTIONS_SHAPE = (LOOPS * OPTIONS, 3)
STANDING, OFTEN, FIRST = range(3)  # its columns: stand, occurrences, whether C stands at its first position


@kernel
def step_time(
    table: IntArray,
    top: int,
    bottom: int,
    rows: IntArray,
    outer: int,
    moved: int,
    fresh: int,
    layer_taps: int,
    scratch: IntArray,
    rests: IntArray,
    hardware: IntArray,
    inverse: float,
) -> int:
    """Time of one step of level `top` whose dimensions stand as rows `outer` × `moved` (+ level) say.

    fresh: no earlier step worked on its outputs.
    """
    latency, bandwidth, lanes = hardware[HW_LATENCY], hardware[HW_BANDWIDTH], hardware[HW_LANES]
    one, other = outer + bottom, moved + bottom
    kernel_taps = table[ROW_KERNEL_ROWS, bottom] * table[ROW_KERNEL_COLUMNS, bottom]
    time: int = kernel_taps * rows[one, CHILD] * rows[other, CHILD]
    if lanes > 1:
        time = (time + lanes - 1) // lanes
    marks = rows[one, MARKS] + rows[other, MARKS]
    for level in range(bottom, top - 1, -1):
        one, other = outer + level, moved + level
        volume = rows[one, IN_NOW] * rows[other, IN_NOW] - rows[one, IN_KEPT] * rows[other, IN_KEPT]
        if marks & FILTER_MARKS:
            taps = layer_taps
            if level > 0:
                taps = table[ROW_KERNEL_ROWS, level - 1] * table[ROW_KERNEL_COLUMNS, level - 1]
            volume += taps * rows[one, FILTER] * rows[other, FILTER]
        if marks & OUTPUT_MARKS:
            if fresh == 0:
                volume += rows[one, OUTPUT] * rows[other, OUTPUT]
            volume = max(volume, rows[one, LEAVING] * rows[other, LEAVING])
        time = max(time, delay(volume, latency, bandwidth, inverse))
        if level > top:
            marks = rows[one - 1, MARKS] + rows[other - 1, MARKS]
            if scratch[LOOPED, level]:
                time += rests[REST_START[level] + 2 * (marks >> PLACE_SHIFT) + fresh]
    return time


@kernel
def list_loops(
    table: IntArray,
    top: int,
    bottom: int,
    fresh: int,
    varying: int,
    rows: IntArray,
    choices: IntArray,
    options: IntArray,
    scratch: IntArray,
) -> int:
    """List the loops of a pass of level `top` over tiles of sizes scratch[SIZE], outermost first, how each may stand
    while an inner one moves; fill rows MOVED and INNER (in the end: all dimensions wrap). Returns the loops' number."""
    looping, depth = 0, 0
    for place in range(LOOPS):
        d = table[ROW_ORDER + place, top]
        if d == NONE:
            break
        here = d * MAX_LEVELS + scratch[SIZE, d]
        full = choices[here, STILL]
        if full == 0:
            continue
        looping |= 1 << d
        scratch[LOOP, depth] = d
        count, option = 0, depth * OPTIONS
        if d == C and fresh == 1:
            options[option, STANDING], options[option, OFTEN], options[option, FIRST] = STILL, 1, 1
            full -= 1
            count = 1
        if full > 0:
            options[option + count, STANDING], options[option + count, OFTEN] = STILL, full
            options[option + count, FIRST] = 0 if d == C else 1
            count += 1
        if choices[here, STILL_LAST] > 0:
            options[option + count, STANDING], options[option + count, OFTEN] = STILL_LAST, 1
            options[option + count, FIRST] = 0 if d == C else 1
            count += 1
        scratch[OPTION_COUNT, depth] = count
        depth += 1
    if depth == 0 and top > 0:
        return 0
    for level in range(top, bottom + 1):
        source = FIXED + level
        for i in range(varying):
            d = scratch[VARYING, i]
            if (looping >> d) & 1 == 0:
                multiply(rows, INNER + level, source, row(d, scratch[SIZE, d], WRAP, level))
                source = INNER + level
        for place in range(depth - 1, -1, -1):
            d = scratch[LOOP, place]
            size = scratch[SIZE, d]
            here = d * MAX_LEVELS + size
            target = MOVED + 2 * place * MAX_LEVELS + level
            if choices[here, MOVE] > 0:
                multiply(rows, target, source, row(d, size, MOVE, level))
            if choices[here, MOVE_LAST] > 0:
                multiply(rows, target + MAX_LEVELS, source, row(d, size, MOVE_LAST, level))
            multiply(rows, INNER + level, source, row(d, size, WRAP, level))
            source = INNER + level
        if source != INNER + level:
            for field in range(FIELDS):
                rows[INNER + level, field] = rows[source, field]
    return depth


@kernel
def pass_rest(
    table: IntArray,
    top: int,
    bottom: int,
    fresh: int,
    layer_taps: int,
    varying: int,
    rows: IntArray,
    choices: IntArray,
    options: IntArray,
    rests: IntArray,
    hardware: IntArray,
    inverse: float,
    scratch: IntArray,
) -> int:
    """Time of a pass of level `top` over tiles of the sizes scratch[SIZE] without its first step."""
    depth = list_loops(table, top, bottom, fresh, varying, rows, choices, options, scratch)
    if depth == 0:
        return 0
    for level in range(top, bottom + 1):  # nothing stands outside the outermost loop
        for field in range(FIELDS):
            rows[OUTER + level, field] = 0 if field == MARKS else 1
    scratch[TIMES, 0], scratch[FRESH, 0] = 1, fresh
    total, place = 0, 0
    while True:
        d = scratch[LOOP, place]
        here = d * MAX_LEVELS + scratch[SIZE, d]
        outer, moved = OUTER + place * MAX_LEVELS, MOVED + 2 * place * MAX_LEVELS
        times, now = scratch[TIMES, place], 0 if d == C else scratch[FRESH, place]
        for last in range(2):
            often = choices[here, MOVE + last]
            if often > 0:
                spent = step_time(
                    table, top, bottom, rows, outer, moved + last * MAX_LEVELS, now, layer_taps, scratch, rests,
                    hardware, inverse,
                )  # fmt: skip
                total += times * often * spent
        # The next way in which the loops outside may stand: one loop further in, else the innermost that can change.
        if place + 1 < depth:
            scratch[PICKED, place] = 0
        else:
            place -= 1
            while place >= 0 and scratch[PICKED, place] + 1 == scratch[OPTION_COUNT, place]:
                place -= 1
            if place < 0:
                return total
            scratch[PICKED, place] += 1
        option = place * OPTIONS + scratch[PICKED, place]
        d = scratch[LOOP, place]
        standing = row(d, scratch[SIZE, d], options[option, STANDING], 0)
        outer = OUTER + place * MAX_LEVELS
        for level in range(top, bottom + 1):
            multiply(rows, outer + MAX_LEVELS + level, outer + level, standing + level)
        scratch[TIMES, place + 1] = scratch[TIMES, place] * options[option, OFTEN]
        scratch[FRESH, place + 1] = scratch[FRESH, place] * options[option, FIRST]
        place += 1


@kernel
def prepare_passes(
    head: IntArray,
    table: IntArray,
    top: int,
    bottom: int,
    sizes: IntArray,
    size_count: IntArray,
    radix: IntArray,
    rows: IntArray,
    choices: IntArray,
    scratch: IntArray,
) -> int:
    """Records of every size that enters level `top`, rows FIXED, and scratch[VARYING]: the dimensions not in FIXED.

    Returns their number.
    """
    varying = 0
    for level in range(top, bottom + 1):
        for field in range(FIELDS):
            rows[FIXED + level, field] = rows[WHOLE + level, field]
    for d in range(LOOPS):
        scratch[SIZE, d] = 0
        if (head[HEAD_SPLIT] >> d) & 1 == 0:
            continue
        loops = False
        for size in range(size_count[d, top]):
            if stand(head, table, d, top, size, sizes, radix, rows, choices):
                loops = True
        if loops or size_count[d, top] > 1:
            scratch[VARYING, varying] = d
            varying += 1
            continue
        for level in range(top, bottom + 1):
            multiply(rows, FIXED + level, FIXED + level, row(d, 0, WRAP, level))
    return varying


@kernel
def count_cycles(
    head: IntArray,
    table: IntArray,
    rows: IntArray,
    choices: IntArray,
    options: IntArray,
    radix: IntArray,
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
    bottom = levels - 1
    inverse = 1.0 / hardware[HW_BANDWIDTH]
    layer_taps = head[R] * head[S]
    times[5] = list_sizes(head, table, sizes, size_count, scratch)
    for level in range(levels + 1):
        combinations = 1
        for d in range(LOOPS - 1, -1, -1):
            radix[d, level] = combinations if level < levels and size_count[d, level] > 1 else 0
            combinations *= size_count[d, level]
    multiply_whole(head, table, rows)
    c_loops_above = 0  # bit set of the levels right below a level with a loop over C
    for level in range(1, levels):
        c_loops_above |= ((scratch[LOOPED, level - 1] >> C) & 1) << level
    total = 0
    for level in range(bottom, -1, -1):
        if level > 0 and scratch[LOOPED, level] == 0:
            continue
        if level == bottom > 0 and fill_computing_rests(
            head, table, sizes, size_count, choices, rests, hardware, inverse, scratch[SIZE]
        ):
            continue
        varying = prepare_passes(head, table, level, bottom, sizes, size_count, radix, rows, choices, scratch)
        if level == 0:
            total = pass_rest(
                table, 0, bottom, 1, layer_taps, varying, rows, choices, options, rests, hardware, inverse, scratch
            )
            break
        least = 0 if c_loops_above & ((2 << level) - 1) else 1
        index, more = 0, True
        while more:
            # Untouched outputs mean that C stands at its first position above, whose tile comes first in `sizes`.
            most = 1 if scratch[SIZE, C] == 0 else 0
            for fresh in range(least, 1 + most):
                rests[REST_START[level] + 2 * index + fresh] = pass_rest(
                    table, level, bottom, fresh, layer_taps, varying, rows, choices, options, rests, hardware, inverse,
                    scratch,
                )  # fmt: skip
            more = next_sizes(scratch[SIZE], size_count, level)
            index += 1
    fill, drain = 0, 0
    latency, bandwidth = hardware[HW_LATENCY], hardware[HW_BANDWIDTH]
    for level in range(levels):
        above = max(0, level - 1)
        taps = layer_taps if level == 0 else table[ROW_KERNEL_ROWS, above] * table[ROW_KERNEL_COLUMNS, above]
        here = INNER + level
        incoming, outgoing = rows[here, IN_NOW] + taps * rows[here, FILTER], rows[here, LEAVING]
        fill += delay(incoming, latency, bandwidth, inverse)
        drain += delay(outgoing, latency, bandwidth, inverse)
        if level == 0:
            times[3], times[4] = incoming, outgoing
        elif scratch[LOOPED, level]:
            total += rests[REST_START[level] + 2 * (rows[here - 1, MARKS] >> PLACE_SHIFT) + 1]
    work = table[ROW_KERNEL_ROWS, bottom] * table[ROW_KERNEL_COLUMNS, bottom] * rows[INNER + bottom, CHILD]
    total += (work + hardware[HW_LANES] - 1) // hardware[HW_LANES]
    times[0], times[1], times[2] = fill + total + drain, fill, drain
