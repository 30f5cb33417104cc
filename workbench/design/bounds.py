"""Bounds of variables: how low and how high the search may go with each. By hand everything stays possible."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from workbench.design.design import Design
from workbench.design.edit import EditError
from workbench.design.limits import MAX_ALPHA, MAX_CORES, MAX_GRID_SIDE, MAX_THETA

Range = tuple[float, float]  # lowest, highest

# Of a sub-accelerator's variables and of the scheduler's weights: as far as a design may go at all.
RANGES: Mapping[str, Range] = MappingProxyType(
    {
        "rows": (1, MAX_GRID_SIDE), "cols": (1, MAX_GRID_SIDE), "planes": (1, MAX_GRID_SIDE), "cores": (1, MAX_CORES),
        "bandwidth_share": (0.0, 1.0),
    }
)  # fmt: skip
SCHEDULER_RANGES: Mapping[str, Range] = MappingProxyType({"alpha": (0.0, MAX_ALPHA), "theta": (1.0, MAX_THETA)})


def boundable(design: Design) -> dict[str, Range]:
    """Every variable that can be bounded, and how far it goes without bounds."""
    found = {f"{sub.id}.{part}": limits for sub in design.subaccelerators for part, limits in RANGES.items()}
    return found | {f"scheduler.{part}": limits for part, limits in SCHEDULER_RANGES.items()}


def widest(design: Design, name: str) -> Range:
    """How far a variable goes without bounds. Raises EditError for one that has none."""
    limits = boundable(design).get(name)
    if limits is None:
        ids = ", ".join(sub.id for sub in design.subaccelerators)
        raise EditError(
            f"bounds of {name!r}: there is no such variable; allowed: one of {ids} with "
            f"{', '.join('.' + part for part in RANGES)}, {', '.join('scheduler.' + p for p in SCHEDULER_RANGES)}"
        )
    return limits


def bounds_of(design: Design, name: str) -> tuple[float | None, float | None]:
    """Lower and upper bound; None where there is none."""
    widest_low, widest_high = boundable(design).get(name, (0.0, 0.0))
    for bounded, low, high in design.bounds:
        if bounded == name:
            return (low if low > widest_low else None), (high if high < widest_high else None)
    return None, None


def set_bounds(design: Design, name: str, low: float | None, high: float | None) -> Design:
    """Keep the search between two values; None: no bound on that side. Raises EditError."""
    widest_low, widest_high = widest(design, name)
    chosen = (widest_low if low is None else low, widest_high if high is None else high)
    for value in chosen:
        if not widest_low <= value <= widest_high:
            raise EditError(f"bounds of {name}: found {value:g}; allowed: {widest_low:g} to {widest_high:g}")
    if chosen[0] > chosen[1]:
        raise EditError(f"bounds of {name}: {chosen[0]:g} to {chosen[1]:g} is no range; the lower one comes first")
    others = tuple(bound for bound in design.bounds if bound[0] != name)
    if chosen == (widest_low, widest_high):
        return replace(design, bounds=others)
    return replace(design, bounds=tuple(sorted((*others, (name, *chosen)))))
