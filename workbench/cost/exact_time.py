"""How long a nest runs: the time of every class of steps on the first unit's path (docs/model-exact.md §6).

A class is the loop that carries and, for every loop outside it, whether it stands at its last (smaller) tile; a loop
over C also tells its first position from the others, because only then outputs come back. A pass of a lower level
depends on its tile sizes alone but for its first step, so passes are computed once per tile (`rests`).
"""

from workbench.cost.directive_arrays import HardwareColumn
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
from workbench.cost.exact_stands import (
    CHILD,
    CHILD_PLACE,
    KEPT,
    LEAVING,
    MOVE,
    MOVE_LAST,
    NEW,
    ROWS,
    ROWS_KEPT,
    STILL,
    STILL_LAST,
    WRAP,
    follow,
    list_sizes,
    row,
    stand,
)
from workbench.cost.kernel import kernel

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
def delay(volume: int, hardware: IntArray) -> int:
    """Cycles a network needs for `volume` elements: latency + ⌈volume / bandwidth⌉ − 1, nothing for nothing."""
    if volume == 0:
        return 0
    latency: int = hardware[HW_LATENCY]
    bandwidth: int = hardware[HW_BANDWIDTH]
    if volume <= bandwidth:
        return latency
    return latency + (volume + bandwidth - 1) // bandwidth - 1


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
    time: int = (
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
