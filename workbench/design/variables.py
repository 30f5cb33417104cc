"""A design as a list of named variables: one naming for fixes, what-ifs, comparisons, `--freeze` and `--set`."""

import math
import re
from collections.abc import Callable
from dataclasses import fields
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from workbench.dataflow.library import DataflowLevel, load_dataflows
from workbench.design import edit
from workbench.design.design import Design, Objective, Wire
from workbench.design.edit import EditError
from workbench.design.pe_text import pe_core, set_pe_dataflow, use_pe_dataflow
from workbench.design.tenants import tenant_rows
from workbench.hardware.board import Board
from workbench.hardware.core import DspUse, RamUse

E = TypeVar("E", bound=StrEnum)
_WORD = re.compile(r"^[\w.+-]+$")
BOARD_FIELDS = tuple(field.name for field in fields(Board))


def variables(design: Design) -> tuple[tuple[str, object], ...]:
    """Names and values of everything a person can change, in a fixed order.

    Values are what `set_variable` takes: numbers, texts, booleans, None, or a tuple of texts (wires).
    """
    found: list[tuple[str, object]] = [("workload", design.workload), ("board", design.board)]
    found += [(f"board.{key}", value) for key, value in design.board_overrides]
    found.append(("objective", design.objective.value))
    for index, (network, batch, instances, limit_s, isolation) in enumerate(design.tenants):
        name = f"tenant.{index}"
        found += [(f"{name}.network", network), (f"{name}.batch", batch), (f"{name}.instances", instances)]
        found.append((f"{name}.latency_limit_s", limit_s))
        if isolation:
            found.append((f"{name}.isolation", isolation))
    isolated = any(sub.serves for sub in design.subaccelerators)
    for sub in design.subaccelerators:
        for part in edit.PARTS:
            value = getattr(sub, part)
            if part == "pe_dataflow" and not value and pe_core(sub) is None:
                continue
            if (part == "serves" and not isolated) or (part == "pinned_uram" and not value):
                continue
            found.append((f"{sub.id}.{part}", tuple(w.value for w in value) if part == "wires" else value))
    found += [("scheduler.alpha", design.scheduler.alpha), ("scheduler.theta", design.scheduler.theta)]
    return tuple(found)


def get_variable(design: Design, name: str) -> object:
    """Value of one variable. Raises EditError for an unknown name."""
    owner, _, part = name.partition(".")
    if part == "pinned_uram" and owner not in ("board", "tenant", "scheduler"):
        return edit.find(design, owner).pinned_uram
    if part == "serves" and owner not in ("board", "tenant", "scheduler"):
        return edit.find(design, owner).serves
    if part == "cores" and owner not in ("board", "tenant", "scheduler"):
        return edit.find(design, owner).cores
    if part == "grid" and owner not in ("board", "tenant", "scheduler"):
        sub = edit.find(design, owner)
        return f"{sub.rows}x{sub.cols}" + (f"x{sub.planes}" if sub.planes > 1 else "")
    if owner == "board" and part:
        board = edit.design_board(design)
        overridden = dict(design.board_overrides)
        if part in overridden:
            return overridden[part]
        if part in BOARD_FIELDS:
            value = getattr(board, part)
            return value.value if isinstance(value, StrEnum) else value
        figure = _board_figure(board, part)
        if figure is not None:
            return figure
    if owner == "tenant":
        index, _, field = part.partition(".")
        rows = tenant_rows(design)
        if index.isdecimal() and int(index) < len(rows) and field in _TENANT_FIELDS:
            return rows[int(index)][_TENANT_FIELDS.index(field)]
    for known, value in variables(design):
        if known == name:
            return value
    raise _unknown(design, name)


def set_variable(design: Design, name: str, value: object) -> Design:
    """The design with one variable set; texts are read as what the variable holds (`"4"`, `"none"`, `"true"`).

    `A.dataflow` takes a directive text, or the name of one in the library together with the wires it can use;
    `A.pe_dataflow` too, of PE-level ones (empty: the core's own); `A.grid` takes "3x4". `A.cores` changes the number of
    columns, keeping the rows where they divide it. `A.present` with False
    removes a sub-accelerator. Raises EditError.
    """
    owner, _, part = name.partition(".")
    if owner == "tenant":
        return _set_tenant(design, name, part, value)
    if owner == "board" and part:
        return edit.override_board_field(design, part, _plain(value))
    match name:
        case "workload":
            return edit.set_workload(design, _text(name, value))
        case "board":
            return edit.set_board(design, _text(name, value))
        case "objective":
            return edit.set_objective(design, _member(name, value, Objective))
        case "scheduler.alpha":
            return edit.set_scheduler(design, alpha=_number(name, value))
        case "scheduler.theta":
            return edit.set_scheduler(design, theta=_number(name, value))
    if owner in {sub.id for sub in design.subaccelerators} and part in _SETTERS:
        return _SETTERS[part](design, owner, name, value)
    raise _unknown(design, name)


def _board_figure(board: Board, part: str) -> object:
    """One figure of a memory group or of a table of resources: `memory.DDR4.channels`, `core_cost.lut`."""
    head, *rest = part.split(".")
    owner: object = getattr(board, head, None) if rest else None
    if head == "memory" and len(rest) == 2:
        owner = next((group for group in board.memory if group.name == rest[0]), None)
    return getattr(owner, rest[-1], None) if rest and len(rest) <= 2 else None


def _unknown(design: Design, name: str) -> EditError:
    ids = ", ".join(sub.id for sub in design.subaccelerators)
    return EditError(
        f"there is no variable {name!r}; allowed: one of {ids} with {', '.join('.' + p for p in _SETTERS)}; "
        f"scheduler.alpha, scheduler.theta, objective, workload, board, board.<field>, tenant.<number>.<field>"
    )


def _wrong(name: str, value: object, allowed: str) -> EditError:
    return EditError(f"{name}: found {value!r}; allowed: {allowed}")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(name, value, "a text")
    return value


def _whole(name: str, value: object) -> int:
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise _wrong(name, value, "a whole number") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or int(value) != value:
        raise _wrong(name, value, "a whole number")
    return int(value)


def _number(name: str, value: object) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or number != number:
        raise _wrong(name, value, "a number")
    return number


def _number_or_none(name: str, value: object) -> float | None:
    return None if value is None or value in ("", "none", "None") else _number(name, value)


def _label(value: object) -> str:
    return "" if value is None or value in ("none", "None") else str(value)


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise _wrong(name, value, "true or false")


def _member(name: str, value: object, kind: type[E]) -> E:
    try:
        return kind(str(value))
    except ValueError:
        raise _wrong(name, value, ", ".join(member.value for member in kind)) from None


def _wires(name: str, value: object) -> tuple[Wire, ...]:
    if isinstance(value, str):
        value = [word for word in value.replace(",", " ").split() if word != "none"]
    if not isinstance(value, list | tuple):
        raise _wrong(name, value, ", ".join(Wire))
    return tuple(_member(name, wire, Wire) for wire in value)


def _plain(value: object) -> object:
    """A board override from the command line: numbers and booleans are written as such."""
    if not isinstance(value, str):
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return None if value.lower() == "none" else value


def _set_cores(design: Design, id: str, name: str, value: object) -> Design:
    sub = edit.find(design, id)
    cores = _whole(name, value)
    if cores < 1:
        raise _wrong(name, value, "at least 1")
    rows = next(r for r in range(min(sub.rows, cores), 0, -1) if cores % r == 0)
    return edit.set_grid(design, id, rows=rows, cols=cores // rows, planes=1)


def _set_grid(design: Design, id: str, name: str, value: object) -> Design:
    numbers = re.split(r"\s*[x×]\s*", _text(name, value).strip())
    if len(numbers) not in (2, 3) or not all(number.isdecimal() for number in numbers):
        raise _wrong(name, value, 'a grid such as "3x4" or "3x4x2": rows, columns, planes')
    rows, cols, planes = (*map(int, numbers), 1)[:3]
    return edit.set_grid(design, id, rows=rows, cols=cols, planes=planes)


def _set_dataflow(design: Design, id: str, name: str, value: object) -> Design:
    text = _text(name, value)
    names = _dataflow_names()
    if text in names:
        return edit.use_dataflow(design, id, text)
    _check_text(name, text, names)
    return edit.set_dataflow(design, id, text)


def _check_text(name: str, text: str, names: set[str]) -> None:
    """Raise EditError for a single word: no directive text is one without a semicolon, so it was meant as a name."""
    if _WORD.match(text):
        near = get_close_matches(text, names, n=3) or sorted(names)
        raise EditError(
            f"{name}: no dataflow of the library is called {text!r}; near: {', '.join(near)}; a directive text of your "
            f"own has statements that end with ;"
        )


def _dataflow_names() -> set[str]:
    return {known.name for known in load_dataflows() if known.level is DataflowLevel.CORE}


def _set_pe_dataflow(design: Design, id: str, name: str, value: object) -> Design:
    if not isinstance(value, str):
        raise _wrong(name, value, "a text; an empty one for the core's own directives")
    named = {known.name for known in load_dataflows() if known.level is DataflowLevel.PE}
    if value in named:
        return use_pe_dataflow(design, id, value)
    _check_text(name, value, named)
    return set_pe_dataflow(design, id, value)


def _set_serves(design: Design, id: str, name: str, value: object) -> Design:  # noqa: ARG001  as all setters
    return edit.set_serves(design, id, _label(value))


def _set_presence(design: Design, id: str, name: str, value: object) -> Design:
    return design if _flag(name, value) else edit.remove_subaccelerator(design, id)


_TENANT_FIELDS = ("network", "batch", "instances", "latency_limit_s", "isolation")


def _set_tenant(design: Design, name: str, part: str, value: object) -> Design:
    index, _, field = part.partition(".")
    tenant = _whole("tenant", index)
    match field:
        case "batch":
            return edit.set_batch(design, tenant, _whole(name, value))
        case "instances":
            return edit.set_instances(design, tenant, _whole(name, value))
        case "latency_limit_s":
            return edit.set_latency_limit(design, tenant, _number_or_none(name, value))
        case "isolation":
            return edit.set_isolation(design, tenant, _label(value))
    raise EditError(
        f"there is no variable {name!r}; allowed: tenant.{index} with .batch, .instances, .latency_limit_s, .isolation"
    )


_SETTERS: dict[str, Callable[[Design, str, str, object], Design]] = {
    "core": lambda d, i, n, v: edit.set_core(d, i, _text(n, v)),
    "rows": lambda d, i, n, v: edit.set_rows(d, i, _whole(n, v)),
    "cols": lambda d, i, n, v: edit.set_cols(d, i, _whole(n, v)),
    "planes": lambda d, i, n, v: edit.set_planes(d, i, _whole(n, v)),
    "cores": _set_cores,
    "dataflow": _set_dataflow,
    "grid": _set_grid,
    "wires": lambda d, i, n, v: edit.set_wires(d, i, _wires(n, v)),
    "dsp": lambda d, i, n, v: edit.set_dsp(d, i, _member(n, v, DspUse)),
    "ram": lambda d, i, n, v: edit.set_ram(d, i, _member(n, v, RamUse)),
    "uram": lambda d, i, n, v: edit.set_uram(d, i, _flag(n, v)),
    "bandwidth_share": lambda d, i, n, v: edit.set_bandwidth_share(d, i, _number_or_none(n, v)),
    "pe_dataflow": _set_pe_dataflow,
    "serves": _set_serves,
    "present": _set_presence,
    "pinned_uram": lambda d, i, n, v: edit.set_pinned_uram(d, i, _whole(n, v)),
}
