"""`workbench sweep`."""

import re
from pathlib import Path

import msgspec

from workbench.cli.designs import read_design
from workbench.cli.ending import DONE, UsageError
from workbench.cli.options import Changes, Json
from workbench.cli.output import on_engine_event, print_json, print_line, print_table
from workbench.design.report_json import plain
from workbench.design.sweep import MOST_POINTS, Sweep
from workbench.engine.client import call
from workbench.tui import numbers

RANGE = re.compile(r"^(-?\d+):(-?\d+)(?::(\d+))?$")


def sweep(design: Path, *variables: str, set_: Changes = (), json: Json = False) -> int:
    """Score a design over the values of one or two variables: a table, or a grid of EDP with – where it does not fit.

    Parameters
    ----------
    design
        The design's TOML file.
    variables
        One or two of NAME=FIRST:LAST[:STEP] or NAME=VALUE,VALUE…, e.g. A.cols=1:8 B.core=B512,B800.
    """
    if not 1 <= len(variables) <= 2:
        raise UsageError("sweep: give one or two variables, such as A.cols=1:8")
    asked = [_variable(words) for words in variables]
    loaded = msgspec.to_builtins(read_design(design, set_).design)
    answer = call("sweep", {"design": loaded, "variables": asked}, on_event=on_engine_event)
    found = msgspec.convert(answer, Sweep)
    if json:
        print_json(plain_sweep(found))
    elif len(found.variables) == 1:
        _print_table(found)
    else:
        _print_grid(found)
    return DONE


def plain_sweep(found: Sweep) -> dict[str, object]:
    """The object of `sweep --json`."""
    return {
        "variables": [
            {"name": each.name, "values": plain(each.values), "present": plain(now)}
            for each, now in zip(found.variables, found.present, strict=True)
        ],
        "points": [
            {
                "values": plain(point.values),
                "edp_j_s": point.edp_j_s,
                "latency_s": point.latency_s,
                "energy_j": point.energy_j,
                "reason": point.reason,
            }
            for point in found.points
        ],
    }


def _variable(words: str) -> dict[str, object]:
    name, equals, values = words.partition("=")
    if not equals or not name.strip() or not values.strip():
        raise UsageError(f"sweep {words}: expected NAME=FIRST:LAST[:STEP] or NAME=VALUE,VALUE…, such as A.cols=1:8")
    match = RANGE.match(values.strip())
    if match is None:
        return {"name": name.strip(), "values": [value.strip() for value in values.split(",") if value.strip()]}
    first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
    if step == 0 or last < first or (last - first) // step >= MOST_POINTS:
        raise UsageError(f"sweep {words}: expected FIRST:LAST[:STEP] from small to large, at most {MOST_POINTS} values")
    return {"name": name.strip(), "values": list(range(first, last + 1, step))}


def _print_table(found: Sweep) -> None:
    rows = []
    for point in found.points:
        if point.edp_j_s is None:
            rows.append((str(point.values[0]), numbers.NO_VALUE, numbers.NO_VALUE, numbers.NO_VALUE, point.reason))
            continue
        figures = (
            numbers.edp_mj_s(point.edp_j_s),
            numbers.latency_ms(point.latency_s),
            numbers.energy_j(point.energy_j),
        )
        rows.append((str(point.values[0]), *figures, ""))
    print_table((found.variables[0].name, "EDP mJ·s", "latency ms", "energy J", ""), rows, (0, 1, 2, 3))


def _print_grid(found: Sweep) -> None:
    down, across = found.variables
    width = len(across.values)
    print_line(f"EDP in mJ·s; {down.name} downwards, {across.name} across; {numbers.NO_VALUE} does not fit or run")
    rows = []
    for place, value in enumerate(down.values):
        points = found.points[place * width : (place + 1) * width]
        cells = (numbers.NO_VALUE if point.edp_j_s is None else numbers.edp_mj_s(point.edp_j_s) for point in points)
        rows.append((str(value), *cells))
    print_table((down.name, *map(str, across.values)), rows, range(1, width + 1))
    best = min((p for p in found.points if p.edp_j_s is not None), key=lambda p: p.edp_j_s or 0.0, default=None)
    if best is not None:
        where = ", ".join(f"{each.name}={value}" for each, value in zip(found.variables, best.values, strict=True))
        print_line(f"least: {numbers.edp_mj_s(best.edp_j_s)} mJ·s at {where}")
