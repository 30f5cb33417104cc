"""A small deterministic pattern search: a platform's few figures fitted to measurements."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

SMALLEST_STEP = 1 / 64  # of the first step: finer than the measurements are
GAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Reach:
    """How a figure may move: its first step, its least and greatest value, in its own unit."""

    step: float
    least: float
    greatest: float


def pattern_search(
    start: Mapping[str, float], reach: Mapping[str, Reach], loss: Callable[[dict[str, float]], float], rounds: int
) -> dict[str, float]:
    """Values with the least `loss` found from `start` in at most `rounds` rounds.

    A round takes every step that is a gain; after one without any, all steps are halved.
    """
    values = dict(start)
    least, share = loss(values), 1.0
    directions = _directions(list(values))
    for _ in range(rounds):
        moved = False
        for direction in directions:
            trial = dict(values)
            for key, sign in direction.items():
                to = values[key] + sign * share * reach[key].step
                trial[key] = min(max(to, reach[key].least), reach[key].greatest)
            if (found := loss(trial)) < least - GAIN:
                least, values, moved = found, trial, True
        if not moved:
            share /= 2
            if share < SMALLEST_STEP:
                break
    return values


def _directions(keys: list[str]) -> list[dict[str, float]]:
    """One figure up or down, then two at once: figures trade off, and single steps stop on the ridge between them."""
    signs = (1.0, -1.0)
    single = [{key: sign} for key in keys for sign in signs]
    return single + [{a: x, b: y} for i, a in enumerate(keys) for b in keys[i + 1 :] for x in signs for y in signs]
