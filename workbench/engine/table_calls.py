"""Calls about costs apart from a design: tables of layers and mappings, networks on equal cores."""

import os
from pathlib import Path

import msgspec

from workbench.cost.batch import Model, cost_table
from workbench.cost.calibrate import calibrate, write_board
from workbench.cost.estimate import estimate_network
from workbench.cost.estimate_table import estimate_table
from workbench.dataflow.library import load_dataflow
from workbench.design.budget import check_budget
from workbench.design.design import Design, SubAccelerator
from workbench.engine.calls import Arguments
from workbench.engine.stations import Stations
from workbench.hardware.presets import load_board, load_core
from workbench.workload.presets import load_network


class EstimateArguments(msgspec.Struct, forbid_unknown_fields=True):
    """One question: `network`, `core` and `board` by name, `clock_mhz` None for the board's own."""

    network: str
    core: str
    board: str
    cores: int = 1
    clock_mhz: float | None = None
    end_to_end: bool = False


def cost_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """{"path_in", "path_out", "model"} → {"failed": number of rows with an error}."""
    failed = cost_table(
        Path(str(arguments["path_in"])), Path(str(arguments["path_out"])), Model(str(arguments.get("model", "maestro")))
    )
    return {"failed": failed}


def estimate_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """EstimateArguments → cost.estimate.Estimate as an object; "fits" and "reason" say whether the board has room."""
    try:
        asked = msgspec.convert(arguments, EstimateArguments)
    except msgspec.ValidationError as error:
        raise ValueError(f"estimate: {error}") from None
    board = load_board(asked.board)
    found = estimate_network(
        load_network(asked.network),
        load_core(asked.core),
        asked.cores,
        board,
        asked.clock_mhz,
        asked.end_to_end,
    )
    text = load_dataflow("auto-p-k").text
    budget = check_budget(Design("", "", (SubAccelerator("A", asked.core, 1, asked.cores, text),)), board)
    plain: dict[str, object] = msgspec.to_builtins(found)
    return {**plain, "fits": budget.fits, "reason": budget.reason}


def estimate_table_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """{"path_in", "path_out"} → {"failed": number of rows with an error}."""
    return {"failed": estimate_table(Path(str(arguments["path_in"])), Path(str(arguments["path_out"])))}


def calibrate_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """{"measured": CSV, "board", "out": board file or None} → cost.calibrate.Calibration as an object, and "report"."""
    measured, board, out = Path(str(arguments.get("measured"))), str(arguments.get("board")), arguments.get("out")
    found = calibrate(measured, load_board(board))
    if out is not None:
        base = os.path.abspath(board) if board.endswith(".toml") else board  # the new file may lie in another folder
        write_board(Path(str(out)), base, found, f"fitted to {measured.name}")
    plain: dict[str, object] = msgspec.to_builtins(found)
    return {**plain, "report": found.report()}
