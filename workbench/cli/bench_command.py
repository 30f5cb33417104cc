"""`workbench bench`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from workbench.cli.ending import DONE, UsageError
from workbench.cli.options import Json
from workbench.cli.output import on_engine_event, print_json, print_line, print_table
from workbench.engine.client import call

NAMES = ("score", "schedule", "directives", "search", "screen", "accuracy")
QUICK_CELLS, QUICK_EVALUATIONS = ("mixed-u280",), (2000,)  # of bench search among all others


def bench(
    *names: str,
    kills: int = 20,
    cells: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    evaluations: Annotated[tuple[int, ...], Parameter(consume_multiple=True)] = (),
    optimizers: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    seeds: int | None = None,
    out: Path | None = None,
    json: Json = False,
) -> int:
    """Measure this machine and print tables, each with a reference measured in the same run.

    Parameters
    ----------
    names
        score, schedule, directives, search, screen, accuracy; all if none is named.
    kills
        How often bench screen kills screen and search at random moments.
    cells
        Where bench search compares: vision-u280, nlp-u280, mixed-u280, vision-cloud, nlp-cloud, mixed-cloud; default:
        all of them, and mixed-u280 alone where no bench is named.
    evaluations
        Its budgets; default 2000 and 20000, and 2000 where no bench is named.
    optimizers
        What it compares; default: all.
    seeds
        How many seeds; default 5.
    out
        Folder where it keeps finished searches and the best designs; given again, it goes on from there.
    """
    if kills < 0:
        raise UsageError(f"--kills {kills}: allowed: 0 or more")
    for name in names:
        if name not in NAMES:
            raise UsageError(f"bench {name}: allowed: {', '.join(NAMES)}")
    given = {
        "cells": cells or (() if names else QUICK_CELLS),
        "evaluations": evaluations or (() if names else QUICK_EVALUATIONS),
        "optimizers": optimizers,
        "seeds": seeds,
        "out": None if out is None else str(out.absolute()),
    }
    options = {"screen": {"kills": kills}, "search": {name: value for name, value in given.items() if value}}
    tables: list[dict[str, Any]] = []
    for name in names or NAMES:
        answer: Any = call("bench", {"name": name, "options": options.get(name, {})}, on_event=on_engine_event)
        for table in answer["tables"]:
            tables.append(table)
            if not json:
                _print(table)
    if json:
        print_json({"tables": tables})
    return DONE


def _print(table: dict[str, Any]) -> None:
    print_table(table["header"], table["rows"], table["numbers"])
    for note in table["notes"]:
        print_line(note)
    print_line()
