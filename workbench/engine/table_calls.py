"""Calls about tables: a CSV of layers and mappings, costed row by row."""

from pathlib import Path

from workbench.cost.batch import Model, cost_table
from workbench.engine.calls import Arguments
from workbench.engine.stations import Stations


def cost_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """{"path_in", "path_out", "model"} → {"failed": number of rows with an error}."""
    failed = cost_table(
        Path(str(arguments["path_in"])), Path(str(arguments["path_out"])), Model(str(arguments.get("model", "maestro")))
    )
    return {"failed": failed}
