"""Jobs of the engine by name: `CallRequest.name` → a function of (arguments, stations) giving a JSON object.

Modules are loaded at their first call, so that a start of the engine does not pay for what it may never do. A function
raises ValueError (or LookupError, OSError) with a message in words for what its caller can mend.
"""

from collections.abc import Callable
from importlib import import_module

from workbench.engine.stations import Stations

Arguments = dict[str, object]
Call = Callable[[Arguments, Stations], dict[str, object]]

CALLS: dict[str, str] = {
    "explain": "workbench.engine.design_calls:explain_call",
    "best-shares": "workbench.engine.evidence_calls:best_shares_call",
    "compare": "workbench.engine.design_calls:compare_call",
    "rectangles": "workbench.engine.design_calls:rectangles_call",
    "sweep": "workbench.engine.design_calls:sweep_call",
    "calibrate": "workbench.engine.table_calls:calibrate_call",
    "cost": "workbench.engine.table_calls:cost_call",
    "estimate": "workbench.engine.table_calls:estimate_call",
    "estimate-table": "workbench.engine.table_calls:estimate_table_call",
    "import": "workbench.engine.exchange_calls:import_call",
    "bench": "workbench.engine.bench:bench_call",
    "campaign-cells": "workbench.engine.campaign_calls:campaign_cells_call",
    "campaign-cell": "workbench.engine.campaign_calls:campaign_cell_call",
    "campaign-tables": "workbench.engine.campaign_calls:campaign_tables_call",
    "evidence": "workbench.engine.evidence_calls:evidence_call",
    "lower-bound": "workbench.engine.search_calls:lower_bound_call",
    "models": "workbench.engine.pe_calls:models_call",
    "variables": "workbench.engine.search_calls:variables_call",
}
"""Name → "module:function"."""


def find_call(name: str) -> Call:
    """The function behind a name. Raises LookupError naming the known ones."""
    if name not in CALLS:
        raise LookupError(f"the engine has no job named {name!r}; it has: {', '.join(sorted(CALLS))}")
    module, function = CALLS[name].split(":")
    found: Call = getattr(import_module(module), function)
    return found
