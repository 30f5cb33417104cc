"""The budget of a design as the screen shows it: what is used, whether it fits, and the smallest way out."""

import math

from workbench.design.budget import Budget, check_budget
from workbench.design.design import Design, SubAccelerator
from workbench.design.isolation import isolation_fault
from workbench.design.placement import SPANS, SPATIAL_RESOURCES, Need, need_of
from workbench.hardware.board import Board
from workbench.tui.state import Fit
from workbench.workload.workload import Workload

SERVE_ALL = "Add a sub-accelerator for each isolation label, or give tenants the same label."


def fit_of(design: Design, board: Board, workload: Workload) -> Fit:
    """The budget of a design, and whether it serves every isolation label of its workload. A design with an unknown
    core does not fit, in words. Takes at most some ms."""
    try:
        budget = check_budget(design, board)
        if budget.overrun == 0 and not budget.reason:
            fault = isolation_fault(design, workload)
            if fault is not None:
                return Fit(budget.uses, False, fault.words, fault.fix, way_out=SERVE_ALL)
            return Fit(budget.uses, True, "", None, budget.headroom)
        return _misfit(design, board, budget)
    except ValueError as error:
        return Fit((), False, str(error))


def _misfit(design: Design, board: Board, budget: Budget) -> Fit:
    over = sorted((use for use in budget.uses if use.share > 1), key=lambda use: -use.share)
    if not over:  # every total fits, but some cores find no region
        homeless = {s: sum(r == SPANS for r in regions) for s, regions in budget.placement.items()}
        surplus = tuple((s, count) for s, count in homeless.items() if count)
        return Fit(budget.uses, False, budget.reason, budget.fix, "", surplus)
    scarce = over[0].name
    used = tuple((s.id, s.cores * _amount(need_of(s, board), scarce)) for s in design.subaccelerators)
    blamed = _blamed(design, budget, dict(used))
    need = need_of(blamed, board)
    excess = [math.ceil((use.used - use.available) / amount) for use in over if (amount := _amount(need, use.name)) > 0]
    count = min(blamed.cores, max(excess, default=0))
    return Fit(budget.uses, False, budget.reason, budget.fix, "", ((blamed.id, count),) if count else (), used, scarce)


def _blamed(design: Design, budget: Budget, used: dict[str, float]) -> SubAccelerator:
    """The sub-accelerator that should shrink: the fix's own, else the one that takes most of what is scarce."""
    owner = budget.fix.variable.split(".")[0] if budget.fix is not None else ""
    for sub in design.subaccelerators:
        if sub.id == owner:
            return sub
    return max(design.subaccelerators, key=lambda sub: used[sub.id])


def _amount(need: Need, resource: str) -> float:
    if resource == "ports":
        return 1.0
    if resource in ("bram", "uram"):
        return need.bram if resource == "bram" else need.uram
    return need.spatial[SPATIAL_RESOURCES.index(resource)] if resource in SPATIAL_RESOURCES else 0.0
