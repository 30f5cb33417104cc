"""A design as a TOML text that a person can read and edit."""

import math
import os
import re
from collections.abc import Iterable
from pathlib import Path

import tomli_w

from workbench.design.design import Design, FixedJob, SubAccelerator
from workbench.design.provenance import Provenance
from workbench.design.report import Score

SCHEMA = 1
_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]+$")
_PLAIN_LINES = re.compile(r"^[\t\n\x20-\x7e\x80-\U0010ffff]*$")  # what a literal TOML string may hold, without CR

Pairs = Iterable[tuple[str, object]]


def design_text(
    design: Design, folder: Path | None = None, score: Score | None = None, provenance: Provenance | None = None
) -> str:
    """The file's text. Paths of networks and boards below `folder` are written relative to it."""
    folder = Path.cwd() if folder is None else Path(os.path.abspath(folder))
    parts = [f"schema = {SCHEMA}\n", _workload(design, folder), _board(design, folder)]
    parts += [_subaccelerator(sub) for sub in design.subaccelerators]
    parts.append(_table("scheduler", (("alpha", design.scheduler.alpha), ("theta", design.scheduler.theta))))
    parts.append(_table("search", (("objective", design.objective.value), ("frozen", design.frozen))))
    if design.bounds:
        pairs = [(name, [_plain_number(low), _plain_number(high)]) for name, low, high in design.bounds]
        parts.append(_table("search.bounds", pairs))
    if score is not None:
        parts.append(_score(score))
    if provenance is not None:
        parts.append(_provenance(provenance))
    parts += [_job(job) for job in design.schedule]
    return "\n".join(parts)


def is_path(name: str, suffix: str) -> bool:
    """Whether a name of a workload, network or board means a file, as the presets' loaders see it."""
    return name.endswith(suffix) or "/" in name or os.sep in name


def _relative(name: str, suffix: str, folder: Path) -> str:
    if not is_path(name, suffix):
        return name
    path = Path(os.path.abspath(Path(name).expanduser()))
    return f"./{path.relative_to(folder)}" if path.is_relative_to(folder) else str(path)


def _workload(design: Design, folder: Path) -> str:
    head = _table("workload", (("name", _relative(design.workload, ".toml", folder)),))
    if not design.tenants:
        return head
    rows = []
    for network, batch, instances, limit_s, isolation in design.tenants:
        row: list[tuple[str, object]] = [("network", _relative(network, ".csv", folder))]
        row += [("batch", batch), ("instances", instances)]
        if limit_s is not None:
            limit_ms = round(limit_s * 1e3, 9)
            exact = limit_ms / 1e3 == limit_s
            row.append(("latency_limit_ms", limit_ms) if exact else ("latency_limit_s", limit_s))
        if isolation:
            row.append(("isolation", isolation))
        rows.append("    { " + ", ".join(f"{key} = {_value(value)}" for key, value in row) + " },\n")
    return head + "tenants = [\n" + "".join(rows) + "]\n"


def _board(design: Design, folder: Path) -> str:
    overrides = [
        (key, _relative(value, ".csv", folder) if key == "measured" and isinstance(value, str) else value)
        for key, value in design.board_overrides
    ]
    return _table("board", (("base", _relative(design.board, ".toml", folder)), *overrides))


def _subaccelerator(sub: SubAccelerator) -> str:
    pairs: list[tuple[str, object]] = [("id", sub.id), ("core", sub.core), ("rows", sub.rows), ("cols", sub.cols)]
    if sub.planes != 1:
        pairs.append(("planes", sub.planes))
    pairs.append(("wires", [wire.value for wire in sub.wires]))
    if sub.bandwidth_share is not None:
        pairs.append(("bandwidth_share", sub.bandwidth_share))
    if sub.serves:
        pairs.append(("serves", sub.serves))
    pairs += [("dsp", sub.dsp), ("ram", sub.ram), ("uram", sub.uram), ("dataflow", sub.dataflow)]
    if sub.pinned_uram:
        pairs.append(("pinned_uram", sub.pinned_uram))
    if sub.pe_dataflow:
        pairs.append(("pe_dataflow", sub.pe_dataflow))
    return _table("[subaccelerator]", pairs)


def _plain_number(value: float) -> float:
    return int(value) if value == int(value) else value


def _job(job: FixedJob) -> str:
    pairs: list[tuple[str, object]] = [
        ("tenant", job.tenant), ("instance", job.instance), ("layer", job.layer),
        ("subaccelerator", job.subaccelerator), ("rows", job.rows), ("cols", job.cols),
        ("planes", job.planes), ("priority", job.priority),
    ]  # fmt: skip
    return _table("[job]", pairs)


def _score(score: Score) -> str:
    pairs: list[tuple[str, object]] = [("feasible", score.feasible)]
    for name in ("edp_j_s", "latency_s", "energy_j"):
        value = getattr(score, name)
        if value is not None and math.isfinite(value):
            pairs.append((name, value))
    return _table("score", pairs)


def _provenance(provenance: Provenance) -> str:
    pairs: list[tuple[str, object]] = []
    for name in ("version", "date", "optimizer", "seed", "evaluations", "run"):
        value = getattr(provenance, name)
        if value not in ("", None):
            pairs.append((name, value))
    if provenance.hand_edits:
        pairs.append(("hand_edits", list(provenance.hand_edits)))
    text = _table("provenance", pairs)
    if provenance.presets:
        text += "\n" + _table("provenance.presets", provenance.presets, dotted=False)
    return text


def _table(name: str, pairs: Pairs, dotted: bool = True) -> str:
    return f"[{name}]\n" + "".join(f"{_key(key, dotted)} = {_value(value)}\n" for key, value in pairs)


def _key(key: str, dotted: bool) -> str:
    return ".".join(part if _BARE_KEY.match(part) else _value(part) for part in (key.split(".") if dotted else [key]))


def _value(value: object) -> str:
    """A value on one line, but for texts of several lines."""
    if (
        isinstance(value, str)
        and "\n" in value
        and "'''" not in value
        and value[-1] != "'"
        and _PLAIN_LINES.match(value)
    ):
        return f"'''\n{value}'''"
    if isinstance(value, list | tuple) and not any(isinstance(item, dict | list | tuple) for item in value):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    written = tomli_w.dumps({"x": [value]} if isinstance(value, dict) else {"x": value})
    text = written.removeprefix("x = ").rstrip("\n")
    if isinstance(value, dict):
        return text.removeprefix("[").removesuffix("]").strip().removesuffix(",")
    return text
