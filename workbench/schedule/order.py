"""The order in which ready jobs are considered: by falling upward rank, or by a given priority."""

from workbench.cost.kernel import kernel
from workbench.schedule.problem import Floats, Ints, JobArrays


@kernel
def sort_stable(key: Floats, index: Ints, spare: Ints, count: int) -> None:
    """Sort index[:count] by descending key[index], stable: a merge sort of the runs it finds."""
    runs = 2
    while runs > 1:
        runs = 0
        a = 0
        while a < count:
            b = a + 1
            while b < count and key[index[b - 1]] >= key[index[b]]:
                b += 1
            c = b + 1 if b < count else b
            while c < count and key[index[c - 1]] >= key[index[c]]:
                c += 1
            runs += 1
            if b < c:
                for i in range(a, b):
                    spare[i] = index[i]
                i, j, k = a, b, a
                while i < b:
                    if j < c and key[index[j]] > key[spare[i]]:
                        index[k] = index[j]
                        j += 1
                    else:
                        index[k] = spare[i]
                        i += 1
                    k += 1
            a = c


@kernel
def rank_order(jobs: JobArrays, best: Floats, rank: Floats, rows: Ints, spare: Ints, order: Ints) -> None:
    """`order`: jobs by (−upward rank, tenant, instance, layer); the rank is the longest path of best times to the end.

    Ranks are worked out for the first copy of each block only. Later rounds come after earlier ones, in the same order.
    """
    count = 0
    for b in range(len(jobs.block_layers)):
        first = jobs.block_start[b]
        layers = min(jobs.block_layers[b], jobs.block_start[b + 1] - first)
        for j in range(first + layers - 1, first - 1, -1):
            longest = 0.0
            for e in range(jobs.successor_start[j], jobs.successor_start[j + 1]):
                longest = max(longest, rank[jobs.successor[e]])
            rank[j] = best[jobs.klass[j]] + longest
        for j in range(first, first + layers):
            rows[count] = j
            count += 1
    sort_stable(rank, rows, spare, count)
    placed = 0
    a = 0
    while a < count:
        block_of = 0
        while jobs.block_start[block_of + 1] <= rows[a]:
            block_of += 1
        last = jobs.block_start[block_of + 1]
        b = a + 1
        while b < count and rank[rows[b]] == rank[rows[a]] and rows[b] < last:
            b += 1
        for copy in range(0, last - jobs.block_start[block_of], jobs.block_layers[block_of]):
            for i in range(a, b):
                order[placed] = rows[i] + copy
                placed += 1
        a = b
    for i in range(placed, len(order)):
        order[i] = order[i - placed] + placed
