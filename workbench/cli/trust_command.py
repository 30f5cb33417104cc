"""`workbench trust`: the evidence that scores and comparisons rest on."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from platformdirs import user_state_path

from workbench.cli.campaign_commands import FULL_EVALUATIONS, QUICK_EVALUATIONS, print_tables
from workbench.cli.ending import DONE, FAILED, CommandError, UsageError, say
from workbench.cli.options import Json, option, whole
from workbench.cli.output import on_engine_event, print_json
from workbench.engine.client import EngineError, call

NAMES = ("nulls", "scheduler", "search", "bound", "hardware", "attribution", "robustness")


def trust(
    *names: str,
    quick: Annotated[bool, option("Fewer problems, draws and evaluations.")] = False,
    seed: Annotated[int, whole("Same seed, same answer.")] = 1,
    evaluations: Annotated[int | None, whole("Of the campaign whose winners are disturbed.")] = None,
    campaign: Annotated[Path | None, Parameter(help="Folder of that campaign (workbench reproduce --out).")] = None,
    json: Json = False,
) -> int:
    """Evidence for what the workbench says. Exit status 1 if anything that must hold does not.

    Parameters
    ----------
    names
        nulls, scheduler, search, bound, hardware, attribution, robustness (after reproduce); all if none is named.
    """
    for name in names:
        if name not in NAMES:
            raise UsageError(f"trust {name}: allowed: {', '.join(NAMES)}")
    number = evaluations or (QUICK_EVALUATIONS if quick else FULL_EVALUATIONS)
    folder = (campaign or user_state_path("workbench") / "campaigns" / f"{number}-{seed}").absolute()
    found: dict[str, Any] = {}
    for name in names or NAMES:
        asked: dict[str, object] = {"name": name, "quick": quick, "seed": seed}
        if name == "robustness":
            plan: Any = call("campaign-cells", {"assumptions": ("default",)}, on_event=on_engine_event)
            cells = [[cell["workload"], cell["board"], cell["assumption"]] for cell in plan["cells"]]
            asked |= {"folder": str(folder), "cells": cells, "evaluations": number}
        try:
            answer: Any = call("evidence", asked, on_event=on_engine_event)
        except EngineError as error:
            if names:
                raise CommandError(f"trust {name}: {error}") from None
            say(f"trust {name}: left out: {error}")
            continue
        found[name] = answer
        if not json:
            print_tables(answer["tables"])
    failed = [name for name, answer in found.items() if not answer["holds"]]
    if json:
        print_json({"evidence": found, "failed": failed})
    for name in failed:
        say(f"workbench: trust {name}: what must hold does not")
    return FAILED if failed else DONE
