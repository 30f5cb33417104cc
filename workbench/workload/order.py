"""Puts rows that name their producers into an order in which every producer comes before its consumers."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush


class CycleError(ValueError):
    """Rows that wait for each other; `members` are their positions."""

    def __init__(self, members: Sequence[int]) -> None:
        self.members = tuple(members)
        super().__init__(f"rows {self.members} form a cycle")


def topological_order(producers: Sequence[Sequence[int]]) -> list[int]:
    """Positions in dependency order, the given order kept wherever it is possible.

    `producers[i]` are the positions that row i reads. Raises CycleError naming the rows of one cycle.
    """
    if all(p < i for i, row in enumerate(producers) for p in row):
        return list(range(len(producers)))
    waiting = [len(set(row)) for row in producers]
    consumers: list[list[int]] = [[] for _ in producers]
    for i, row in enumerate(producers):
        for p in set(row):
            consumers[p].append(i)
    ready = [i for i, count in enumerate(waiting) if not count]
    heapify(ready)
    order: list[int] = []
    while ready:
        i = heappop(ready)
        order.append(i)
        for consumer in consumers[i]:
            waiting[consumer] -= 1
            if not waiting[consumer]:
                heappush(ready, consumer)
    if len(order) < len(producers):
        raise CycleError(_one_cycle(producers, set(range(len(producers))) - set(order)))
    return order


def _one_cycle(producers: Sequence[Sequence[int]], stuck: set[int]) -> list[int]:
    # Every stuck row reads a stuck row, so walking backwards must come round.
    walk: dict[int, int] = {}
    row = min(stuck)
    while row not in walk:
        walk[row] = len(walk)
        row = next(p for p in producers[row] if p in stuck)
    return list(walk)[walk[row] :][::-1]
