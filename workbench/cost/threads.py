"""Kernels run side by side: they hold no interpreter lock, and parts of a batch do not touch each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

LEAST_ROWS = 128  # layers under a mapping that are worth a thread
PARTS_PER_THREAD = 2  # parts differ in how long they take, but handing one over costs a tenth of a millisecond or more


@cache
def workers(threads: int) -> ThreadPoolExecutor:
    """Threads that stay, for kernels: starting them anew would cost as much as scheduling a design."""
    return ThreadPoolExecutor(threads, thread_name_prefix="kernel")


def in_parts(part: Callable[[int, int], None], count: int, threads: int, least: int = 1) -> None:
    """part(first, last) for ranges that cover 0 … count − 1, of at least `least` each where there are as many."""
    parts = min(count // least, threads * PARTS_PER_THREAD)
    if threads == 1 or parts < 2:
        part(0, count)
        return
    cuts = [count * i // parts for i in range(parts + 1)]
    list(workers(threads).map(part, cuts[:-1], cuts[1:]))
