"""`workbench check`: what is wrong with a file, and whether its design fits its board."""

from pathlib import Path
from typing import Any

from workbench.cli.ending import DONE, FAILED
from workbench.cli.options import Json
from workbench.cli.output import print_json, print_line
from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.diagnostic import Severity
from workbench.design.budget import check_budget
from workbench.design.design import Design
from workbench.design.edit import design_board
from workbench.design.file import DesignFileError, load_design
from workbench.design.isolation import isolation_fault
from workbench.design.tenants import design_workload
from workbench.hardware.presets import load_board
from workbench.workload.presets import load_network, load_workload


def check(file: Path, /, *, json: Json = False) -> int:
    """Check a design's file: its form, its names, its dataflows, and whether the design fits the board.

    Workloads and boards (.toml) and networks (.csv) of your own can be checked too. Exit status 1 if anything is wrong
    or the design does not fit.

    Parameters
    ----------
    file
        The file to check.
    """
    found = _check(file)
    if json:
        print_json(found)
    else:
        for mistake in found["mistakes"]:
            print_line(mistake["message"])
        for words in found["notes"]:
            print_line(f"{file}: {words}")
        print_line(f"{file}: {found['verdict']}")
    return DONE if found["ok"] else FAILED


def _check(file: Path) -> dict[str, Any]:
    kind = _kind(file)
    if kind == "design":
        return _check_design(file)
    try:
        if kind == "network":
            network = load_network(str(file.absolute()))
            verdict = f"a network of {len(network.layers)} layers, {network.macs:,} MAC"
        elif kind == "workload":
            workload = load_workload(str(file.absolute()))
            verdict = f"a workload of {len(workload.tenants)} tenants, {workload.jobs} jobs, {workload.macs:,} MAC"
        else:
            board = load_board(str(file.absolute()))
            verdict = f"a board with {len(board.regions)} regions, {board.bandwidth_bytes_per_s / 1e9:.1f} GB/s"
    except ValueError as error:
        return _result([{"line": getattr(error, "line", None), "key": None, "message": str(error)}])
    return _result([], verdict=verdict)


def _result(
    mistakes: list[dict[str, Any]], notes: list[str] | None = None, verdict: str = "ok", fits: bool | None = None
) -> dict[str, Any]:
    ok = not mistakes and fits is not False
    if mistakes:
        verdict = f"{len(mistakes)} mistake" + ("s" if len(mistakes) > 1 else "")
    return {"ok": ok, "fits": fits, "verdict": verdict, "mistakes": mistakes, "notes": notes or []}


def _kind(file: Path) -> str:
    if file.suffix.lower() == ".csv":
        return "network"
    try:
        with file.open("rb") as opened:
            lines = opened.read(1 << 20).decode("utf-8", "replace").splitlines()
    except OSError:
        return "design"  # whose reader says what is wrong
    heads = {line.strip().split("#")[0].strip() for line in lines if line.lstrip().startswith("[")}
    if "[[subaccelerator]]" in heads:
        return "design"
    if "[[tenants]]" in heads:
        return "workload"
    return "board" if heads & {"[[regions]]", "[[memory]]", "[board]"} and "[workload]" not in heads else "design"


def _check_design(file: Path) -> dict[str, Any]:
    try:
        loaded = load_design(file, unfinished=True)
    except DesignFileError as error:
        return _result([{"line": error.line, "key": error.key, "message": str(error)}])
    notes = [note for note in loaded.notes if ".dataflow: " not in note]
    mistakes = _dataflow_mistakes(file, loaded.design, notes)
    budget = check_budget(loaded.design, design_board(loaded.design))
    fix = "" if budget.fix is None else f"; {budget.fix.words}"
    fault = isolation_fault(loaded.design, design_workload(loaded.design))
    if not budget.fits:
        verdict = f"does not fit: {budget.reason}{fix}"
    elif fault is not None:
        verdict = f"cannot run: {fault.words}"
    else:
        verdict = "ok, the design fits"
    return _result(mistakes, notes, verdict, budget.fits and fault is None)


def _dataflow_mistakes(file: Path, design: Design, notes: list[str]) -> list[dict[str, Any]]:
    """Every diagnostic of every text; warnings and hints go into `notes`."""
    link = design_board(design).psum_link_bytes_per_cycle > 0
    mistakes = []
    for sub in design.subaccelerators:
        for found in resolve_core(sub.dataflow, sub.rows, sub.cols, sub.planes, link)[1]:
            words = f"{sub.id}.dataflow: line {found.line}, column {found.column}: {found.message}"
            if found.severity is Severity.ERROR:
                mistakes.append({"line": None, "key": f"{sub.id}.dataflow", "message": f"{file}: {words}"})
            else:
                notes.append(words)
    return mistakes
