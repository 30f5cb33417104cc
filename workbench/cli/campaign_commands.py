"""`workbench reproduce`: the published comparison, every cell of it, by engines side by side."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from platformdirs import user_state_path

from workbench.cli.ending import DONE, CommandError, UsageError, say
from workbench.cli.options import Json, option, whole
from workbench.cli.output import on_engine_event, print_json, print_line, print_table
from workbench.engine.client import EngineClient, EngineError, call

QUICK_EVALUATIONS = 192
FULL_EVALUATIONS = 2048


def reproduce(
    *,
    quick: Annotated[bool, option("A small number of evaluations and three assumptions: ten minutes.")] = False,
    workload: Annotated[tuple[str, ...], option("Only these: vision, nlp, mixed. May be repeated.")] = (),
    board: Annotated[tuple[str, ...], option("Only these: edge, mobile, cloud, u200, u280.")] = (),
    assumption: Annotated[tuple[str, ...], option("Only these settings of the switches; see docs.")] = (),
    evaluations: Annotated[int | None, whole("Of every search alike; default 2048, 192 with --quick.")] = None,
    seed: Annotated[int, whole("Same seed, same answer.")] = 1,
    engines: Annotated[int, whole("Cells worked on at once; never changes the answer.")] = 2,
    out: Annotated[Path | None, Parameter(help="Folder of the results; a killed campaign goes on there.")] = None,
    json: Json = False,
) -> int:  # fmt: skip
    """EDP of the method over its rivals, in every cell, beside the published range.

    Each cell's file is written search by search: the same command goes on where a killed one was.
    """
    number = evaluations or (QUICK_EVALUATIONS if quick else FULL_EVALUATIONS)
    if number < 1 or engines < 1:
        raise UsageError("--evaluations and --engines: allowed: 1 or more")
    if seed < 0:
        raise UsageError(f"--seed {seed}: allowed: a whole number from 0")
    folder = (out or user_state_path("workbench") / "campaigns" / f"{number}-{seed}").absolute()
    asked: dict[str, object] = {"workloads": workload, "boards": board, "assumptions": assumption, "quick": quick}
    try:
        plan: Any = call("campaign-cells", asked, on_event=on_engine_event)
    except EngineError as error:  # a name that is not part of the campaign
        raise UsageError(f"reproduce: {error}") from None
    cells: list[dict[str, object]] = plan["cells"]
    say(f"{len(cells)} cells of {number} evaluations a search, in {folder}")
    more: dict[str, object] = {"folder": str(folder), "evaluations": number, "seed": seed}
    began = time.monotonic()
    failed = asyncio.run(_run_all(cells, more, engines))
    names = [[cell["workload"], cell["board"], cell["assumption"]] for cell in cells]
    answer: Any = call("campaign-tables", {**more, "cells": names}, on_event=on_engine_event)
    if json:
        print_json({**answer, "folder": str(folder), "seconds": time.monotonic() - began, "failed": failed})
    else:
        print_tables(answer["tables"])
        print_line(f"{len(cells) - len(failed)} cells in {time.monotonic() - began:.0f} s; results in {folder}")
    if failed:
        raise CommandError(f"{len(failed)} of {len(cells)} cells failed; the first: {failed[0]}")
    return DONE


def print_tables(tables: list[dict[str, Any]]) -> None:
    """Tables of words as the engine gives them, each with its title and notes."""
    for table in tables:
        print_line(table["title"])
        print_table(table["header"], table["rows"], table["numbers"])
        for note in table["notes"]:
            print_line(note)
        print_line()


async def _run_all(cells: list[dict[str, object]], more: dict[str, object], engines: int) -> list[str]:
    """Work off the cells with several engines; the words of those that failed."""
    waiting = list(reversed(cells))
    failed: list[str] = []
    done = 0
    began = time.monotonic()

    async def work() -> None:
        nonlocal done
        client = EngineClient(on_engine_event)
        await client.start()
        try:
            while waiting:
                cell = waiting.pop()
                name = "-".join(str(part) for part in cell.values())
                try:
                    await client.call("campaign-cell", {**cell, **more})
                except EngineError as error:
                    failed.append(f"{name}: {error}")
                    say(f"{name} failed: {error}")
                done += 1
                say(f"{done} of {len(cells)} cells, {time.monotonic() - began:.0f} s: {name}")
        finally:
            await client.close()

    await asyncio.gather(*(work() for _ in range(min(engines, len(cells)))))
    return failed
