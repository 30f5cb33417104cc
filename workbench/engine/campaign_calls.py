"""Calls about the campaign behind `reproduce`: its cells, one cell, its tables."""

from pathlib import Path

import msgspec

from workbench.engine.calls import Arguments
from workbench.engine.stations import Stations


class PlanArguments(msgspec.Struct, forbid_unknown_fields=True):
    """Which cells; empty means all."""

    workloads: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    quick: bool = False


class CellArguments(msgspec.Struct, forbid_unknown_fields=True):
    """One cell by its names, and where its file lies."""

    workload: str
    board: str
    assumption: str
    folder: str
    evaluations: int
    seed: int = 1


class FolderArguments(msgspec.Struct, forbid_unknown_fields=True):
    """The cells whose files are to be read: (workload, board, assumption) each."""

    folder: str
    cells: tuple[tuple[str, str, str], ...]
    evaluations: int
    seed: int = 1


def campaign_cells_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """PlanArguments → {"cells": [{"workload", "board", "assumption"}]} in the order in which they run."""
    from workbench.search.cells import plan_cells

    asked = msgspec.convert(arguments, PlanArguments)
    cells = plan_cells(asked.workloads, asked.boards, asked.assumptions, asked.quick)
    return {"cells": msgspec.to_builtins(cells)}


def campaign_cell_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """CellArguments → {"name", "edp_j_s"} of the method; the whole result lies in the cell's file."""
    from workbench.search.campaign import METHOD, Budgeted, cell_path, run_cell
    from workbench.search.cells import Cell

    asked = msgspec.convert(arguments, CellArguments)
    cell = Cell(asked.workload, asked.board, asked.assumption)
    result = run_cell(cell, Budgeted(asked.evaluations, asked.seed), cell_path(Path(asked.folder), cell))
    method = result.winner(METHOD)
    return {"name": cell.name, "edp_j_s": None if method is None else method.edp_j_s}


def campaign_tables_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """FolderArguments → {"tables": [Table as an object], "cells": [CellResult as an object, schedules left out]}."""
    from dataclasses import replace

    from workbench.search.campaign import Budgeted, cell_path, read_cell
    from workbench.search.campaign_tables import campaign_tables
    from workbench.search.cells import Cell

    asked = msgspec.convert(arguments, FolderArguments)
    budgeted = Budgeted(asked.evaluations, asked.seed)
    cells = [Cell(*names) for names in asked.cells]
    results = [read_cell(cell_path(Path(asked.folder), cell), cell, budgeted) for cell in cells]
    short = [
        replace(
            result,
            runners_up=(),
            winners=tuple(
                replace(w, design=None if w.design is None else replace(w.design, schedule=())) for w in result.winners
            ),
        )
        for result in results
    ]
    return {
        "tables": msgspec.to_builtins(campaign_tables(results)),
        "cells": msgspec.to_builtins([result for result in short if result.complete]),
    }
