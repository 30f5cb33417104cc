"""Exact counts of the shares of layers that one PE array gets: counted when first asked for, then kept.

The many options of a layer come down to few different shares, whatever grid, wires and dataflow over cores they have:
a search that asks for one grid after another would count each of them a hundred times over.
"""

import threading

import numpy as np

from workbench.cost.directive_arrays import PROBLEM_COLUMNS
from workbench.cost.exact import LEVEL_COUNTS, LEVELS, OFF_CHIP, ON_CHIP_CYCLES, RESULT_COLUMNS, exact_rows
from workbench.cost.exact_energy import EVENTS, count_events
from workbench.cost.exact_nest import IntArray
from workbench.cost.exact_off_chip import OFF_COUNTS
from workbench.cost.kernel import allocating_kernel, kernel

MOST_SHARES = 1 << 19  # of all cores of a store, about 110 MB; beyond it they are forgotten
FIRST_SHARES = 1 << 10
SHARE_MACS = PROBLEM_COLUMNS  # column of a share's row behind its problem: MACs
SHARE_ROW = PROBLEM_COLUMNS + 1
CYCLES = 0  # columns of a share's counts
MOVED = 1  # .. + OFF_COUNTS
EVENT = MOVED + OFF_COUNTS  # .. + EVENTS
COUNTED = EVENT + EVENTS
AT_ONCE = 256  # shares counted in one piece: bounds what their results take
_MULTIPLIER, _BITS = 1_000_003, 0x7FFFFFFF  # a product of the two does not leave int64


@kernel
def place_of(problem: IntArray, shares: IntArray, slots: IntArray) -> int:
    """Where in `slots` (a power of two, −1: free) a problem stands or would stand."""
    mask = len(slots) - 1
    mixed = 0
    for column in range(PROBLEM_COLUMNS):
        mixed = (mixed * _MULTIPLIER + problem[column]) & _BITS
    at = (mixed ^ (mixed >> 15)) & mask
    while slots[at] >= 0:
        known = shares[slots[at]]
        same = True
        for column in range(PROBLEM_COLUMNS):
            if known[column] != problem[column]:
                same = False
                break
        if same:
            break
        at = (at + 1) & mask
    return int(at)


@kernel
def place_all(shares: IntArray, used: int, slots: IntArray) -> None:
    """Fill empty slots with the first `used` shares."""
    for i in range(used):
        slots[place_of(shares[i, :PROBLEM_COLUMNS], shares, slots)] = i


@allocating_kernel
def count_shares(shares: IntArray, directives: IntArray, hardware: IntArray, counts: IntArray) -> None:
    """counts [n, COUNTED] of shares [n, SHARE_ROW]."""
    n = shares.shape[0]
    bounds = np.array([0, directives.shape[0]])
    problems = shares[:, :PROBLEM_COLUMNS].copy()
    mapping = np.zeros(n, np.int64)
    platforms = np.zeros((n, hardware.shape[0]), np.int64)
    platforms[:] = hardware
    results = np.zeros((n, RESULT_COLUMNS), np.int64)
    exact_rows(directives, bounds, mapping, problems, platforms, True, results)
    for i in range(n):
        result = results[i]
        counts[i, CYCLES] = result[ON_CHIP_CYCLES]
        for moved in range(OFF_COUNTS):
            counts[i, MOVED + moved] = result[OFF_CHIP + moved]
        count_events(result, result[LEVELS], shares[i, SHARE_MACS], OFF_CHIP, LEVEL_COUNTS, counts[i, EVENT:])


class ShareCounts:
    """Counts of one core's shares; `directives` and `hardware` as `exact_rows` takes them. For several threads, each
    holding `lock` while it looks for shares."""

    def __init__(self, directives: IntArray, hardware: IntArray) -> None:
        self.lock = threading.Lock()
        self.used = 0
        self.shares = np.zeros((FIRST_SHARES, SHARE_ROW), np.int64)
        self.counts = np.zeros((FIRST_SHARES, COUNTED), np.int64)
        self.slots = np.full(4 * FIRST_SHARES, -1, np.int64)
        self._directives = directives
        self._hardware = hardware
        self._counted = 0

    def make_room(self, more: int) -> None:
        """Room for so many more shares; those there are keep their places."""
        size = len(self.shares)
        if self.used + more <= size:
            return
        while size < self.used + more:
            size *= 2
        for name in ("shares", "counts"):
            old = getattr(self, name)
            new = np.zeros((size, old.shape[1]), np.int64)
            new[: self.used] = old[: self.used]
            setattr(self, name, new)
        self.slots = np.full(4 * size, -1, np.int64)
        place_all(self.shares, self.used, self.slots)

    def count_new(self) -> None:
        """Count what has been added since the last call."""
        for first in range(self._counted, self.used, AT_ONCE):
            last = min(first + AT_ONCE, self.used)
            count_shares(self.shares[first:last], self._directives, self._hardware, self.counts[first:last])
        self._counted = self.used


class CountMemory:
    """The counts of every core met so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[bytes, bytes], ShareCounts] = {}

    def of(self, directives: IntArray, hardware: IntArray) -> ShareCounts:
        """The counts of a core of these directives and this hardware row."""
        key = (directives.tobytes(), hardware.tobytes())
        with self._lock:
            if key not in self._known:
                if sum(known.used for known in self._known.values()) > MOST_SHARES:
                    self._known.clear()
                self._known[key] = ShareCounts(directives, hardware)
            return self._known[key]
