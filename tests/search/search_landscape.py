"""A closed-form landscape to search on, and what of a design each frozen name means."""

import math
from collections.abc import Sequence

from workbench.design.design import Design
from workbench.design.score import Evaluation
from workbench.hardware.presets import load_core


def closed_form(designs: Sequence[Design]) -> list[Evaluation]:
    """A landscape with the real one's features: a budget, diminishing returns of size, a liking for one dataflow."""
    found = []
    for design in designs:
        size, work = 0.0, 0.0
        for sub in design.subaccelerators:
            macs = load_core(sub.core).macs_per_cycle
            size += (300 + macs) * sub.cores
            work += macs**0.7 * sub.cores * (1.3 if sub.rows > 1 else 1.0) * (1.2 if "auto" in sub.dataflow else 1.0)
        overrun = max(0.0, size / 20_000 - 1.0)
        latency_s = 1e3 / work * (1.0 + abs(design.scheduler.alpha - 0.3))
        energy_j = 30.0 * latency_s + size / 2_000
        if overrun > 0:
            found.append(Evaluation(math.inf, math.inf, math.inf, overrun))
        else:
            found.append(Evaluation(energy_j * latency_s, latency_s, energy_j, 0.0))
    return found


def frozen_value(design: Design, name: str) -> object:
    """What a frozen name holds in a design; None if its sub-accelerator is gone."""
    owner, _, part = name.partition(".")
    if owner == "scheduler":
        weights = {"alpha": design.scheduler.alpha, "theta": design.scheduler.theta}
        return weights[part] if part else weights
    if owner == "subaccelerators":
        return len(design.subaccelerators)
    sub = next((sub for sub in design.subaccelerators if sub.id == owner), None)
    if sub is None:
        return None
    if part in ("cores", "grid"):
        return (sub.rows, sub.cols, sub.planes)
    return getattr(sub, part) if part else sub
