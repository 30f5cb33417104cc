"""The card shared out among groups of cores that want more than it has, and isolation labels among groups."""

import math
from collections.abc import Sequence
from dataclasses import replace

from workbench.design.budget import Fit, fit_of_groups, other_uses_that_fit
from workbench.design.design import SubAccelerator
from workbench.hardware.board import Board
from workbench.search.slots import Slot, dsp_coordinate

LESS_WHERE_NO_REGION_FITS = 0.9  # of all cores, where the totals fit but some cores find no region
STEP_OF_THE_GREEDY = 0.9  # at most: what is taken too much is given back one by one

Named = tuple[Slot, str]  # with the id it has in the design


def shared_out(named: Sequence[Named], x: list[float], board: Board) -> tuple[SubAccelerator, ...]:
    """The sub-accelerators of a vector; where they overrun the card, with another DSP use if that makes them fit, else
    as many cores of each as fit together, in proportion to what was wanted, and without the last ones where not even
    one core of each fits. Those that want the whole card shrink before the others.

    What cannot be shrunk (frozen or bounded grids) overruns; the overrun is the evaluation's to measure.
    """
    subs = [slot.decode(x, id_, label) for (slot, id_), label in zip(named, _labels(named, x), strict=True)]
    wanted = [sub.cores for sub in subs]
    while True:
        fit = fit_of_groups(subs, board)
        if fit.overrun <= 0:
            break
        free = [i for i, (slot, _) in enumerate(named) if slot.places.dsp >= 0]
        traded = other_uses_that_fit(subs, free, board)
        if traded is not None:
            x, subs = _told(named, x, traded), list(traded)
            break
        before = sum(sub.cores for sub in subs)
        subs = _smaller(named, x, subs, fit)
        if sum(sub.cores for sub in subs) < before:
            continue
        last = max((i for i, (slot, _) in enumerate(named) if not slot.stays), default=-1)
        if last < 0 or len(named) <= max(1, len(named[0][0].labels)):
            return tuple(subs)
        named = [each for i, each in enumerate(named) if i != last]
        del subs[last], wanted[last]
        subs = [replace(sub, serves=label) for sub, label in zip(subs, _labels(named, x), strict=True)]
    return tuple(_filled(named, x, subs, wanted, board))


def _labels(named: Sequence[Named], x: list[float]) -> list[str]:
    """Which isolation label each sub-accelerator serves; one that is searched changes where a label would have none.
    Without an isolation rule, what the base says."""
    slots = [slot for slot, _ in named]
    found = [slot.label(x) for slot in slots]
    labels = slots[0].labels if slots else ()
    for number, label in enumerate(labels):
        if label not in found:
            free = [i for i, slot in enumerate(slots) if slot.chooses_label]
            spare = [i for i in free if found.count(found[i]) > 1] or [i for i in free if found[i] not in labels]
            if spare:
                found[min(spare, key=lambda i: abs(slots[i].label_at(x) - number - 0.5))] = label
    return found


def _told(named: Sequence[Named], x: list[float], subs: Sequence[SubAccelerator]) -> list[float]:
    """The coordinates with the DSP uses of `subs`."""
    told = x.copy()
    for (slot, _), sub in zip(named, subs, strict=True):
        if slot.places.dsp >= 0:
            told[slot.places.dsp] = dsp_coordinate(sub.dsp)
    return told


def _smaller(named: Sequence[Named], x: list[float], subs: list[SubAccelerator], fit: Fit) -> list[SubAccelerator]:
    """Fewer cores where a design overruns the card: of those that want all of it, else of everyone."""
    factor = 1.0 / fit.fullest if fit.fullest > 1.0 else LESS_WHERE_NO_REGION_FITS

    def fewer(slot: Slot, sub: SubAccelerator, factor: float) -> SubAccelerator:
        return slot.decode(x, sub.id, sub.serves, max(1, math.floor(sub.cores * factor)))

    slots = [slot for slot, _ in named]
    greedy = [
        fewer(slot, sub, min(factor, STEP_OF_THE_GREEDY)) if slot.wants_all(x) else sub
        for slot, sub in zip(slots, subs, strict=True)
    ]
    if any(less.cores < sub.cores for less, sub in zip(greedy, subs, strict=True)):
        return greedy
    return [fewer(slot, sub, factor) for slot, sub in zip(slots, subs, strict=True)]


def _filled(
    named: Sequence[Named], x: list[float], subs: list[SubAccelerator], wanted: list[int], board: Board
) -> list[SubAccelerator]:
    """What rounding has left of the card is given back, to the group that lacks most first."""
    lacking = [place for place, sub in enumerate(subs) if sub.cores < wanted[place]]
    while lacking:
        place = min(lacking, key=lambda i: subs[i].cores / wanted[i])
        slot, sub = named[place][0], subs[place]
        more = slot.decode(x, sub.id, sub.serves, sub.cores + 1)
        changed = [*subs[:place], more, *subs[place + 1 :]]
        if sub.cores < more.cores <= wanted[place] and fit_of_groups(changed, board).overrun <= 0:
            subs = changed
            if more.cores < wanted[place]:
                continue
        lacking.remove(place)
    return subs
