"""Ready jobs, kept so that the first one that can start is found without looking at those that cannot.

Jobs that need equally few free cores on every sub-accelerator form a group: at any moment all or none of a group can
start. Each group keeps its ready jobs as a set of bits over the places of the order in which jobs are considered.
"""

from typing import NamedTuple

import numpy as np

from workbench.cost.kernel import allocating_kernel, kernel
from workbench.schedule.problem import DesignArrays, Ints, Words

WORD = 32  # bits of a word in use; words are int64 so that no arithmetic on them can overflow
SHIFT, MASK = 5, WORD - 1
NOWHERE = 2**31 - 1
_MULTIPLIER = 0x077CB531  # a de Bruijn sequence: every 5 bits of it differ
_BIT_OF = np.zeros(WORD, np.int64)
for _bit in range(WORD):
    _BIT_OF[((_MULTIPLIER << _bit) & 0xFFFFFFFF) >> 27] = _bit


class Groups(NamedTuple):
    """Jobs by what they need; group g is bit g % 32 of word g // 32. Filled for each design anew."""

    of_class: Ints  # [classes]
    need: Ints  # [groups, subs] least free cores with which a job may start there, more than there are if it may not
    fits: Words  # [words, width] groups that can start with f free cores on s, at Choices' table_start[s] + f
    used: Ints  # [1] how many groups there are


class Ready(NamedTuple):
    """Which places of the order hold ready jobs, by group."""

    bits: Words  # [groups, words] place p is bit p % 32 of word p // 32
    first: Ints  # [groups] the first ready place, NOWHERE if there is none
    jobs: Ints  # [groups] how many
    some: Words  # [words] groups that have ready jobs


class Started(NamedTuple):
    """Jobs that start at one event, in order."""

    job: Ints
    option: Ints
    sub: Ints
    at: Ints  # entry of Choices, −1: not from there
    slot: Ints  # of the running jobs


@kernel
def lowest_bit(word: int) -> int:
    """Number of the lowest set bit of a word of 32 bits that is not zero."""
    return int(_BIT_OF[(((word & -word) * _MULTIPLIER) & 0xFFFFFFFF) >> 27])


@allocating_kernel
def empty_groups(classes: int, subs: int, width: int) -> Groups:
    """Room for the groups of any design: one per class, and one for each number of cores a job may be bound to."""
    most = classes + width
    return Groups(
        np.empty(classes, np.int32),
        np.empty((most, subs), np.int32),
        np.empty(((most + WORD - 1) // WORD, width), np.int64),
        np.zeros(1, np.int32),
    )


@allocating_kernel
def room_for_ready(places: int, groups: int) -> Ready:
    """Room for the ready jobs of any design."""
    return Ready(
        np.empty((groups, (places + WORD - 1) // WORD), np.int64),
        np.empty(groups, np.int32),
        np.empty(groups, np.int32),
        np.empty((groups + WORD - 1) // WORD, np.int64),
    )


@allocating_kernel
def room_to_start(most: int) -> Started:
    """Room for the jobs that start at one event."""
    columns = np.empty((5, most), np.int32)
    return Started(columns[0], columns[1], columns[2], columns[3], columns[4])


@kernel
def nobody_ready(used: int, ready: Ready) -> None:
    """No job of the groups in use is ready yet."""
    ready.bits[:used] = 0
    ready.first[:used] = NOWHERE
    ready.jobs[:used] = 0
    ready.some[:] = 0


@kernel
def group_of(wanted: Ints, subs: int, need: Ints, used: Ints) -> int:
    """The group of jobs that need this many cores on each sub-accelerator; a new one if there is none."""
    g = 0
    while g < used[0]:
        s = 0
        while s < subs and need[g, s] == wanted[s]:
            s += 1
        if s == subs:
            return g
        g += 1
    for s in range(subs):
        need[g, s] = wanted[s]
    used[0] += 1
    return g


@kernel
def fill_fits(design: int, designs: DesignArrays, table_start: Ints, groups: Groups) -> None:
    """Fill `fits` from what all groups need."""
    first = designs.sub_start[design]
    subs = designs.sub_start[design + 1] - first
    groups.fits[:, : table_start[subs]] = 0
    for g in range(groups.used[0]):
        for s in range(subs):
            for f in range(groups.need[g, s], designs.cores[first + s] + 1):
                groups.fits[g // WORD, table_start[s] + f] |= 1 << (g % WORD)


@kernel
def insert(place: int, g: int, bits: Words, first: Ints, count: Ints, some: Words) -> None:
    """A job of group g is ready."""
    bits[g, place >> SHIFT] |= 1 << (place & MASK)
    count[g] += 1
    first[g] = min(first[g], place)
    some[g >> SHIFT] |= 1 << (g & MASK)


@kernel
def remove_first(g: int, bits: Words, first: Ints, count: Ints, some: Words) -> None:
    """The first ready job of group g starts."""
    word = first[g] >> SHIFT
    left = count[g] - 1
    bits[g, word] &= ~(1 << (first[g] & MASK))
    count[g] = left
    while left > 0 and bits[g, word] == 0:
        word += 1
    place = (word << SHIFT) + lowest_bit(bits[g, word])
    first[g] = place if left > 0 else NOWHERE
    some[g >> SHIFT] &= ~(int(left == 0) << (g & MASK))


@kernel
def first_startable(at: Ints, subs: int, groups: Groups, first: Ints, some: Words) -> int:
    """The group whose first ready job is the first of all that can start; −1: none can.

    at: table_start[s] + the free cores of s.
    """
    found = -1
    earliest = NOWHERE
    for w in range((groups.used[0] + WORD - 1) >> SHIFT):
        can = 0
        for s in range(subs):
            can |= groups.fits[w, at[s]]
        can &= some[w]
        while can != 0:
            g = (w << SHIFT) + lowest_bit(can)
            can &= can - 1
            if first[g] < earliest:
                found, earliest = g, first[g]
    return found
