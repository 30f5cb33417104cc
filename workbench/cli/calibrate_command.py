"""`workbench calibrate`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from workbench.cli.ending import DONE
from workbench.cli.options import Json
from workbench.cli.output import on_engine_event, print_json, print_line
from workbench.cli.targets import Force, check_target
from workbench.engine.client import call


def calibrate(
    measured: Path,
    /,
    *,
    board: Annotated[str, Parameter(help="The board to start from: a name or a file.")],
    out: Annotated[Path | None, Parameter(help="Write the fitted board here; --board takes it everywhere.")] = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Fit a board's own figures to latencies you measured, never a figure per network.

    Parameters
    ----------
    measured
        A CSV with network, core, ms and, where they differ, num_cores, clock_mhz, end_to_end.
    """
    check_target(out, force)
    arguments = {
        "measured": str(measured.absolute()),
        "board": board,
        "out": None if out is None else str(out.absolute()),
    }
    found: dict[str, Any] = call("calibrate", arguments, on_event=on_engine_event)
    if json:
        figures = dict(found["overrides"])
        print_json({
            "board": found["board"], "out": None if out is None else str(out), "fitted": figures,
            "before": found["before"], "after": found["after"], "points": found["points"],
        })  # fmt: skip
        return DONE
    print_line(found["report"])
    if out is not None:
        print_line(f"written to {out}")
    return DONE
