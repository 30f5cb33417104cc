"""What the global buffer exchanges with memory: blocks of the outermost loops that fit (docs/model-exact.md §7)."""

from workbench.cost.exact_halo import rows_kept, rows_of
from workbench.cost.exact_nest import (
    HEAD_STRIDE_X,
    HEAD_STRIDE_Y,
    LOOPS,
    NONE,
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

INPUT, FILTER, OUTPUT = range(3)
# Columns of the result: elements fetched, elements written, partial sums fetched back (they are among the written).
OFF_INPUT, OFF_FILTER, OFF_OUTPUT_WRITE, OFF_OUTPUT_REREAD = range(4)
OFF_COUNTS = 4
SCRATCH_SHAPE = (8, LOOPS)


@kernel
def volume(tensor: int, n: int, g: int, k: int, c: int, p: int, q: int, rows: int, columns: int, taps: int) -> int:
    """Elements of a tensor's block; rows and columns are of the input, taps the kernel's R·S."""
    if tensor == INPUT:
        return n * g * c * rows * columns
    if tensor == FILTER:
        return g * k * c * taps
    return n * g * k * p * q


@kernel
def couples(tensor: int, d: int) -> bool:
    """Whether a loop over dimension d moves the tensor."""
    if tensor == INPUT:
        return d != K
    if tensor == FILTER:
        return d in (G, K, C)
    return d != C


@kernel
def pays(table: IntArray, tensor: int, depth: int, loops: int) -> bool:
    """Whether keeping the loops from `depth` inwards saves anything: the loop there would evict what it does not move,
    or the loop outside slides over a halo."""
    if depth == loops or not couples(tensor, table[ROW_ORDER + depth, 0]):
        return True
    return tensor == INPUT and depth > 0 and table[ROW_ORDER + depth - 1, 0] in (P, Q)


@kernel
def block_size(head: IntArray, table: IntArray, tensor: int, depth: int, cut: IntArray) -> int:
    """Elements of the tensor that the loops from `depth` inwards touch; cut[d]: the block's length along d."""
    for d in range(LOOPS):
        cut[d] = head[d]
    for place in range(depth):
        d = table[ROW_ORDER + place, 0]
        units = table[ROW_UNITS, 0] if table[ROW_SPATIAL, 0] == d else 1
        cut[d] = min(head[d], table[ROW_TILE + d, 0] * units)
    rows = rows_of(cut[P], head[HEAD_STRIDE_Y], head[R])
    columns = rows_of(cut[Q], head[HEAD_STRIDE_X], head[S])
    return volume(tensor, cut[N], cut[G], cut[K], cut[C], cut[P], cut[Q], rows, columns, head[R] * head[S])


@kernel
def choose_depths(
    head: IntArray, table: IntArray, loops: int, buffer: int, totals: IntArray, depths: IntArray, cut: IntArray
) -> None:
    """The loops inside depths[tensor] are kept: the smallest tensor chooses first, the largest block that pays and fits
    beside what every other tensor needs at least."""
    left, done = buffer, 0
    for tensor in range(3):
        left -= block_size(head, table, tensor, loops, cut)
    for _ in range(3):
        best = -1
        for tensor in range(3):
            if (done >> tensor) & 1 == 0 and (best < 0 or totals[tensor] < totals[best]):
                best = tensor
        done |= 1 << best
        left += block_size(head, table, best, loops, cut)
        depths[best] = loops
        for depth in range(loops):
            if pays(table, best, depth, loops) and block_size(head, table, best, depth, cut) <= left:
                depths[best] = depth
                break
        left -= block_size(head, table, best, depths[best], cut)


@kernel
def count_off_chip(head: IntArray, table: IntArray, buffer: int, scratch: IntArray, moved: IntArray) -> None:
    """Fill moved[OFF_COUNTS] for a global buffer of `buffer` elements (0: unlimited); scratch: [SCRATCH_SHAPE]."""
    taps = head[R] * head[S]
    rows = rows_of(head[P], head[HEAD_STRIDE_Y], head[R])
    columns = rows_of(head[Q], head[HEAD_STRIDE_X], head[S])
    totals, depths = scratch[6], scratch[7]
    for tensor in range(3):
        totals[tensor] = volume(tensor, head[N], head[G], head[K], head[C], head[P], head[Q], rows, columns, taps)
    moved[OFF_INPUT], moved[OFF_FILTER], moved[OFF_OUTPUT_WRITE] = totals[INPUT], totals[FILTER], totals[OUTPUT]
    moved[OFF_OUTPUT_REREAD] = 0
    if buffer == 0 or totals[INPUT] + totals[FILTER] + totals[OUTPUT] <= buffer:
        return
    loops = 0
    while loops < LOOPS and table[ROW_ORDER + loops, 0] != NONE:
        loops += 1
    cut = scratch[0]
    choose_depths(head, table, loops, buffer, totals, depths, cut)
    # Per dimension: elements wanted now and kept, in outputs and in input rows, and the number of positions.
    now = scratch[1]
    kept = scratch[2]
    rows_now = scratch[3]
    rows_held = scratch[4]
    positions = scratch[5]
    for tensor in range(3):
        outer = depths[tensor]
        fetched = block_size(head, table, tensor, outer, cut)
        again = 0
        for carry in range(outer):
            moves = table[ROW_ORDER + carry, 0] != NONE
            for d in range(LOOPS):
                place = 0
                while place < outer and table[ROW_ORDER + place, 0] != d:
                    place += 1
                stride = head[HEAD_STRIDE_Y] if d == P else (head[HEAD_STRIDE_X] if d == Q else 1)
                reach = head[R] if d == P else (head[S] if d == Q else 1)
                folds = (head[d] + cut[d] - 1) // cut[d]
                last = head[d] - (folds - 1) * cut[d]
                full_rows, last_rows = rows_of(cut[d], stride, reach), rows_of(last, stride, reach)
                if place < carry:
                    now[d], kept[d], positions[d] = head[d], head[d], folds
                    rows_now[d] = (folds - 1) * full_rows + last_rows
                    rows_held[d] = rows_now[d]
                elif place == carry:
                    now[d], kept[d], positions[d] = head[d] - cut[d], 0, folds - 1
                    moves &= folds > 1
                    rows_now[d] = (folds - 2) * full_rows + last_rows
                    rows_held[d] = (folds - 1) * rows_kept(cut[d], cut[d], cut[d], stride, reach)
                else:
                    shift = -(folds - 1) * cut[d]
                    now[d], positions[d], rows_now[d] = cut[d], 1, full_rows
                    kept[d] = cut[d] if shift == 0 else 0
                    rows_held[d] = rows_kept(cut[d], last, shift, stride, reach)
            if not moves:
                continue
            wanted = volume(tensor, now[N], now[G], now[K], now[C], now[P], now[Q], rows_now[P], rows_now[Q], taps)
            wanted -= volume(
                tensor, kept[N], kept[G], kept[K], kept[C], kept[P], kept[Q], rows_held[P], rows_held[Q], taps
            )
            if tensor == INPUT:
                fetched += wanted * positions[K]
            elif tensor == FILTER:
                fetched += wanted * positions[N] * positions[P] * positions[Q]
            else:
                fetched += wanted * positions[C]
                first = 0 if table[ROW_ORDER + carry, 0] == C else 1
                again += wanted * (positions[C] - first)
        if tensor == INPUT:
            moved[OFF_INPUT] = fetched
        elif tensor == FILTER:
            moved[OFF_FILTER] = fetched
        else:
            moved[OFF_OUTPUT_WRITE] = fetched
            moved[OFF_OUTPUT_REREAD] = again
