"""`workbench cost`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from workbench.cli.ending import DONE, FAILED, say
from workbench.cli.output import on_engine_event
from workbench.engine.client import call


def cost(
    table: Path,
    /,
    *,
    out: Annotated[Path, Parameter(help="Where to write the table with its costs.")],
    model: Annotated[
        Literal["maestro", "exact"],
        Parameter(help="maestro: MAESTRO's own numbers, quirks included; exact: what the hardware would move."),
    ] = "maestro",
) -> int:
    """Cost every row of a CSV of layers, mappings and hardware; exit status 1 if any row failed.

    Parameters
    ----------
    table
        A CSV with layer_type, dim_…, stride_…, mapping, hw_… (docs/commands.md); other columns pass through.
    """
    arguments = {"path_in": str(table.absolute()), "path_out": str(out.absolute()), "model": model}
    failed = call("cost", arguments, on_event=on_engine_event)["failed"]
    if failed:
        rows = "row" if failed == 1 else "rows"
        say(f"workbench: {out}: {failed} {rows} could not be costed; the column error says why")
    return FAILED if failed else DONE
