"""A design scored over all values of one or two of its variables."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.design.design import Design
from workbench.design.edit import EditError
from workbench.design.explain import Scoring
from workbench.design.variables import get_variable, set_variable

MOST_POINTS = 10_000  # a few seconds of scoring; more is a search's job


@dataclass(frozen=True, slots=True)
class Swept:
    """One variable and the values it takes, as `set_variable` reads them."""

    name: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """The figures at one value per variable; None where the design does not fit or run, and `reason` says why."""

    values: tuple[object, ...]
    edp_j_s: float | None
    latency_s: float | None
    energy_j: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """All points, the last variable fastest. `present`: the variables' values in the design itself."""

    variables: tuple[Swept, ...]
    present: tuple[object, ...]
    points: tuple[SweepPoint, ...]


def sweep(design: Design, variables: Sequence[Swept], scorer_of: Callable[[Design], Scoring]) -> Sweep:
    """Score the design at every combination of the variables' values; `scorer_of` gives each design's scorer.

    Raises ValueError for no or more than two variables, the same one twice, none or too many values, EditError for an
    unknown variable. A value the variable cannot take is a point with a reason.
    """
    _check(variables)
    present = tuple(get_variable(design, each.name) for each in variables)
    combinations = list(itertools.product(*(each.values for each in variables)))
    points: list[SweepPoint | None] = [None] * len(combinations)
    batches: dict[tuple[object, ...], list[tuple[int, Design]]] = {}
    for place, values in enumerate(combinations):
        changed = design
        try:
            for each, value in zip(variables, values, strict=True):
                changed = set_variable(changed, each.name, value)
        except EditError as error:
            points[place] = SweepPoint(values, None, None, None, str(error))
            continue
        station = (changed.workload, changed.tenants, changed.board, changed.board_overrides)
        batches.setdefault(station, []).append((place, changed))
    for batch in batches.values():
        scorer = scorer_of(batch[0][1])
        figures = scorer.evaluate_many([changed for _, changed in batch])
        for (place, changed), found in zip(batch, figures, strict=True):
            if math.isfinite(found.edp_j_s):
                points[place] = SweepPoint(combinations[place], found.edp_j_s, found.latency_s, found.energy_j)
            else:
                points[place] = SweepPoint(combinations[place], None, None, None, scorer.score(changed).reason)
    return Sweep(tuple(variables), present, tuple(point for point in points if point is not None))


def _check(variables: Sequence[Swept]) -> None:
    if not 1 <= len(variables) <= 2:
        raise ValueError(f"a sweep takes one or two variables; found {len(variables)}")
    if len({each.name for each in variables}) < len(variables):
        raise ValueError(f"{variables[0].name} is swept twice; name another variable")
    for each in variables:
        if not each.values:
            raise ValueError(f"{each.name}: no values; give some, such as 1:8")
    count = math.prod(len(each.values) for each in variables)
    if count > MOST_POINTS:
        raise ValueError(f"{count} combinations; a sweep takes at most {MOST_POINTS}")
