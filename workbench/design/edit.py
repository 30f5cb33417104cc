"""Every change a person can make to a design, as pure functions Design → Design.

A change that cannot be made raises EditError in words. Whether the result fits the card is not asked here: a design
that does not fit is scored as such, with the way out. An explicit schedule is dropped where a change makes it void.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.library import load_dataflow
from workbench.dataflow.parser import parse
from workbench.dataflow.statements import ClusterStatement, SizeKind
from workbench.design.board_overrides import flatten
from workbench.design.design import Design, Objective, SchedulerWeights, SubAccelerator, TenantRow, Wire
from workbench.design.isolation import unserved
from workbench.design.limits import (
    MAX_ALPHA,
    MAX_CORES,
    MAX_DATAFLOW_CHARACTERS,
    MAX_GRID_SIDE,
    MAX_PINNED_URAM,
    MAX_SUBACCELERATORS,
    MAX_THETA,
)
from workbench.design.tenants import (
    check_tenant,
    design_workload,
    serving_known,
    tenant_labels,
    tenant_rows,
    with_tenants,
)
from workbench.hardware.board import Board, Family
from workbench.hardware.core import DpuCore, DspUse, RamUse
from workbench.hardware.presets import load_board, load_core
from workbench.workload.presets import load_workload

T = TypeVar("T")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PARTS = (
    "core", "rows", "cols", "planes", "dataflow", "wires", "dsp", "ram", "uram", "bandwidth_share", "pe_dataflow",
    "serves", "pinned_uram",
)  # fmt: skip
GROUPS = ("cores", "grid")  # names that stand for rows, cols and planes together


class EditError(ValueError):
    """A change that cannot be made; the message says why and what is possible."""


def _checked(load: Callable[[], T]) -> T:
    try:
        return load()
    except ValueError as error:
        raise EditError(str(error)) from None


def find(design: Design, id: str) -> SubAccelerator:
    """The sub-accelerator of that id. Raises EditError naming those there are."""
    for sub in design.subaccelerators:
        if sub.id == id:
            return sub
    ids = ", ".join(sub.id for sub in design.subaccelerators)
    raise EditError(f"there is no sub-accelerator {id}; there are: {ids}")


def design_board(design: Design) -> Board:
    """The board with the design's overrides. Raises EditError."""
    return _checked(lambda: load_board(design.board, design.board_overrides))


def _with_sub(design: Design, changed: SubAccelerator) -> Design:
    subs = tuple(changed if sub.id == changed.id else sub for sub in design.subaccelerators)
    return _with_valid_schedule(replace(design, subaccelerators=subs))


def _with_valid_schedule(design: Design) -> Design:
    """The design without its explicit schedule if that asks for cores the design does not have."""
    grids = {sub.id: (sub.rows, sub.cols, sub.planes) for sub in design.subaccelerators}
    for job in design.schedule:
        rows, cols, planes = grids.get(job.subaccelerator, (0, 0, 0))
        if job.rows > rows or job.cols > cols or job.planes > planes:
            return replace(design, schedule=())
    return design


# ── sub-accelerators ──────────────────────────────────────────────────────────────────────────────────────────────


def next_id(design: Design) -> str:
    """The first letter no sub-accelerator has. Raises EditError if there are too many already."""
    taken = {sub.id for sub in design.subaccelerators}
    if len(taken) >= MAX_SUBACCELERATORS:
        raise EditError(f"a design has at most {MAX_SUBACCELERATORS} sub-accelerators; remove one first")
    return next(letter for letter in LETTERS if letter not in taken)


def add_subaccelerator(
    design: Design, core: str | None = None, rows: int = 1, cols: int = 1, dataflow: str | None = None
) -> tuple[Design, str]:
    """A new sub-accelerator at the end; its core and dataflow are those of the last one unless given. It serves the
    first isolation label that lacks one.

    Returns the design and the new id.
    """
    last = design.subaccelerators[-1]
    id = next_id(design)
    text = dataflow or load_dataflow("auto-p-k").text
    serves = _label_to_serve(design)
    new = SubAccelerator(id, core or last.core, 1, 1, text, wires=last.wires, serves=serves)
    grown = replace(design, subaccelerators=(*design.subaccelerators, new))
    return set_grid(set_core(grown, id, new.core), id, rows, cols), id


def _label_to_serve(design: Design) -> str:
    """What a new sub-accelerator serves: an isolation label that none serves yet, else that of the last one."""
    labels = _checked(lambda: design_workload(design).isolation_labels)
    return next(iter(unserved(design, labels)), design.subaccelerators[-1].serves)


def duplicate_subaccelerator(design: Design, id: str) -> tuple[Design, str]:
    """A copy of a sub-accelerator behind it. Returns the design and the copy's id."""
    copy = replace(find(design, id), id=next_id(design))
    subs = [part for sub in design.subaccelerators for part in ((sub, copy) if sub.id == id else (sub,))]
    return replace(design, subaccelerators=tuple(subs)), copy.id


def remove_subaccelerator(design: Design, id: str) -> Design:
    """The design without a sub-accelerator; what was frozen or bounded of it is forgotten."""
    find(design, id)
    if len(design.subaccelerators) == 1:
        raise EditError(f"{id} is the only sub-accelerator; a design needs at least one")
    subs = tuple(sub for sub in design.subaccelerators if sub.id != id)
    frozen = tuple(name for name in design.frozen if name.split(".")[0] != id)
    bounds = tuple(bound for bound in design.bounds if bound[0].split(".")[0] != id)
    return _with_valid_schedule(replace(design, subaccelerators=subs, frozen=frozen, bounds=bounds))


def set_core(design: Design, id: str, core: str) -> Design:
    """Another core type; it must be of the board's family."""
    sub = find(design, id)
    found = _checked(lambda: load_core(core))
    family = Family.FPGA if isinstance(found, DpuCore) else Family.ASIC
    board = design_board(design)
    if board.family is not family:
        raise EditError(
            f"{found.name} is a core for {family.value} boards; {board.name} takes {board.family.value} cores"
        )
    return _with_sub(design, replace(sub, core=found.name))


def set_grid(
    design: Design, id: str, rows: int | None = None, cols: int | None = None, planes: int | None = None
) -> Design:
    """Another grid; literals in Cluster(…) that equalled the grid's numbers follow them."""
    sub = find(design, id)
    grid = (sub.rows if rows is None else rows, sub.cols if cols is None else cols)
    depth = sub.planes if planes is None else planes
    for word, number in (("rows", grid[0]), ("cols", grid[1]), ("planes", depth)):
        if not 1 <= number <= MAX_GRID_SIDE:
            raise EditError(f"{id}.{word}: found {number}; allowed: a whole number from 1 to {MAX_GRID_SIDE}")
    cores = grid[0] * grid[1] * depth
    if cores > MAX_CORES:
        raise EditError(f"{id}: {grid[0]} × {grid[1]} × {depth} are {cores} cores; allowed: at most {MAX_CORES}")
    text = _regrid(sub.dataflow, (sub.cols, sub.planes), (grid[1], depth))
    return _with_sub(design, replace(sub, rows=grid[0], cols=grid[1], planes=depth, dataflow=text))


def set_rows(design: Design, id: str, rows: int) -> Design:
    """Another number of rows."""
    return set_grid(design, id, rows=rows)


def set_cols(design: Design, id: str, cols: int) -> Design:
    """Another number of columns."""
    return set_grid(design, id, cols=cols)


def set_planes(design: Design, id: str, planes: int) -> Design:
    """Another number of planes."""
    return set_grid(design, id, planes=planes)


def turn_grid(design: Design, id: str) -> Design:
    """Rows become columns and columns rows."""
    sub = find(design, id)
    return set_grid(design, id, rows=sub.cols, cols=sub.rows)


def _regrid(text: str, old: tuple[int, int], new: tuple[int, int]) -> str:
    """The text with literal cluster sizes that equal the old (cols, planes) replaced by the new ones."""
    if old == new or "luster" not in text.lower():
        return text
    clusters = [s for s in parse(text).statements if isinstance(s, ClusterStatement)]
    lines = text.split("\n")
    for cluster, before, after in reversed(list(zip(clusters, old, new, strict=False))):
        size = cluster.size
        if size.kind is SizeKind.NUMBER and size.value == before:
            line = lines[size.span.line - 1]
            lines[size.span.line - 1] = line[: size.span.column - 1] + str(after) + line[size.span.end_column - 1 :]
    return "\n".join(lines)


def set_dataflow(design: Design, id: str, text: str) -> Design:
    """Another directive text. Only its length is checked: a text may be wrong while it is being typed, and a design
    with a wrong text is scored as not feasible, with the diagnostics as the reason."""
    sub = find(design, id)
    if len(text) > MAX_DATAFLOW_CHARACTERS:
        raise EditError(f"{id}.dataflow: {len(text)} characters; allowed: at most {MAX_DATAFLOW_CHARACTERS}")
    return _with_sub(design, replace(sub, dataflow=text))


def use_dataflow(design: Design, id: str, name: str) -> Design:
    """A dataflow of the library, together with the wires it can use and the board has."""
    sub = find(design, id)
    known = _checked(lambda: load_dataflow(name))
    link = design_board(design).psum_link_bytes_per_cycle > 0
    _, found = resolve_core(known.text, sub.rows, sub.cols, sub.planes, link)
    errors = [str(d) for d in found if d.severity == 2]
    if errors:
        raise EditError(f"{id}.dataflow: {name} does not go with this grid and board: {errors[0]}")
    wires = tuple(Wire(wire) for wire in known.wires if wire != Wire.PSUM_RING or link)
    return _with_sub(design, replace(sub, dataflow=known.text, wires=wires))


def set_wires(design: Design, id: str, wires: tuple[Wire, ...]) -> Design:
    """Exactly these wires, kept in one order. A partial-sum ring needs the board's link."""
    sub = find(design, id)
    if Wire.PSUM_RING in wires and design_board(design).psum_link_bytes_per_cycle <= 0:
        raise EditError(
            f"{id}.wires: psum-ring needs a link between cores, and {design.board} has none; "
            f"set the board's psum_link_bytes_per_cycle"
        )
    return _with_sub(design, replace(sub, wires=tuple(wire for wire in Wire if wire in wires)))


def toggle_wire(design: Design, id: str, wire: Wire) -> Design:
    """Add a wire that is not there, remove one that is."""
    wires = find(design, id).wires
    return set_wires(design, id, tuple(w for w in wires if w is not wire) if wire in wires else (*wires, wire))


def set_dsp(design: Design, id: str, dsp: DspUse) -> Design:
    """Low or high DSP use."""
    return _with_sub(design, replace(find(design, id), dsp=dsp.value))


def set_ram(design: Design, id: str, ram: RamUse) -> Design:
    """Two (low) or three (high) image bank groups."""
    return _with_sub(design, replace(find(design, id), ram=ram.value))


def set_uram(design: Design, id: str, uram: bool) -> Design:
    """Whether URAM may stand in for BRAM."""
    return _with_sub(design, replace(find(design, id), uram=uram))


def set_bandwidth_share(design: Design, id: str, share: float | None) -> Design:
    """Cap a sub-accelerator at a share of the card's bandwidth; None: no cap."""
    if share is not None and not 0 < share <= 1:
        raise EditError(f"{id}.bandwidth_share: found {share}; allowed: above 0, at most 1, or none")
    return _with_sub(design, replace(find(design, id), bandwidth_share=share))


def set_serves(design: Design, id: str, label: str) -> Design:
    """Which tenants a sub-accelerator runs, by their isolation label; empty: those without one."""
    sub = find(design, id)
    labels = _checked(lambda: tenant_labels(design))
    if label and label not in labels:
        known = ", ".join(known for known in labels if known)
        raise EditError(
            f"{id}.serves: no tenant has the isolation label {label!r}; "
            + (f"allowed: {known}, or none" if known else "give one a label first: tenant.0.isolation")
        )
    changed = _with_sub(design, replace(sub, serves=label))
    return changed if changed == design else replace(changed, schedule=())


def set_pinned_uram(design: Design, id: str, blocks: int) -> Design:
    """URAM blocks of each core that hold a recurrent layer's weights over its steps."""
    sub = find(design, id)
    if not 0 <= blocks <= MAX_PINNED_URAM:
        raise EditError(f"{id}.pinned_uram: found {blocks}; allowed: 0 to {MAX_PINNED_URAM} blocks a core")
    if blocks and not isinstance(_checked(lambda: load_core(sub.core)), DpuCore):
        raise EditError(f"{id}.pinned_uram: {sub.core} is a PE array and has no URAM; allowed: 0")
    changed = _with_sub(design, replace(sub, pinned_uram=blocks))
    return changed if changed == design else replace(changed, schedule=())


# ── scheduler, objective, frozen variables ────────────────────────────────────────────────────────────────────────


def set_scheduler(design: Design, alpha: float | None = None, theta: float | None = None) -> Design:
    """Other weights of the list scheduler; an explicit schedule gives way to it."""
    weights = SchedulerWeights(
        design.scheduler.alpha if alpha is None else alpha, design.scheduler.theta if theta is None else theta
    )
    if not 0 <= weights.alpha <= MAX_ALPHA:
        raise EditError(f"scheduler.alpha: found {weights.alpha}; allowed: 0 to {MAX_ALPHA:g}")
    if not 1 <= weights.theta <= MAX_THETA:
        raise EditError(f"scheduler.theta: found {weights.theta}; allowed: 1 to {MAX_THETA:g}")
    return replace(design, scheduler=weights, schedule=())


def set_objective(design: Design, objective: Objective) -> Design:
    """What is minimised."""
    return replace(design, objective=objective)


def freezable(design: Design) -> tuple[str, ...]:
    """Every name `freeze` takes: groups first."""
    names = ["subaccelerators", "scheduler", "scheduler.alpha", "scheduler.theta"]
    for sub in design.subaccelerators:
        names += [sub.id, *(f"{sub.id}.{part}" for part in (*GROUPS, *PARTS))]
    return tuple(names)


def freeze(design: Design, name: str) -> Design:
    """Keep the search away from a variable."""
    if name not in freezable(design):
        ids = ", ".join(sub.id for sub in design.subaccelerators)
        raise EditError(
            f"freeze {name!r}: there is no such variable; allowed: {ids}, one of them with "
            f"{', '.join('.' + part for part in (*GROUPS, *PARTS))}, scheduler, scheduler.alpha, scheduler.theta, "
            f"subaccelerators"
        )
    return design if name in design.frozen else replace(design, frozen=(*design.frozen, name))


def unfreeze(design: Design, name: str) -> Design:
    """Let the search change a variable again."""
    if name not in design.frozen:
        raise EditError(f"{name} is not frozen; frozen: {', '.join(design.frozen) or 'nothing'}")
    return replace(design, frozen=tuple(other for other in design.frozen if other != name))


def toggle_frozen(design: Design, name: str) -> Design:
    """Freeze what is free, free what is frozen."""
    return unfreeze(design, name) if name in design.frozen else freeze(design, name)


# ── tenants, workload, board ──────────────────────────────────────────────────────────────────────────────────────


def set_workload(design: Design, workload: str) -> Design:
    """Another workload by name or path; own tenants give way to it."""
    _checked(lambda: load_workload(workload))
    return serving_known(replace(design, workload=workload, tenants=(), schedule=()))


def _rows(design: Design, tenant: int) -> list[TenantRow]:
    rows = list(_checked(lambda: tenant_rows(design)))
    if not 0 <= tenant < len(rows):
        raise EditError(f"there is no tenant {tenant}; there are 0 to {len(rows) - 1}")
    return rows


def _with_row(design: Design, rows: list[TenantRow], tenant: int, row: TenantRow) -> Design:
    wrong = check_tenant(*row)
    if wrong:
        raise EditError(wrong)
    rows[tenant] = row
    return _checked(lambda: with_tenants(design, tuple(rows)))


def set_instances(design: Design, tenant: int, instances: int) -> Design:
    """Another number of copies of a tenant's network."""
    rows = _rows(design, tenant)
    return _with_row(design, rows, tenant, rows[tenant]._replace(instances=instances))


def set_batch(design: Design, tenant: int, batch: int) -> Design:
    """Another number of images per instance."""
    rows = _rows(design, tenant)
    return _with_row(design, rows, tenant, rows[tenant]._replace(batch=batch))


def set_latency_limit(design: Design, tenant: int, limit_s: float | None) -> Design:
    """A tenant's latency limit in seconds; None: none."""
    rows = _rows(design, tenant)
    return _with_row(design, rows, tenant, rows[tenant]._replace(latency_limit_s=limit_s))


def set_isolation(design: Design, tenant: int, label: str) -> Design:
    """A tenant's isolation label: tenants of different labels share no cores. Empty: none."""
    rows = _rows(design, tenant)
    return _with_row(design, rows, tenant, rows[tenant]._replace(isolation=label))


def add_tenant(design: Design, network: str, batch: int = 1, instances: int = 1) -> Design:
    """One more tenant, by a network's name or path."""
    rows = list(_checked(lambda: tenant_rows(design)))
    return _with_row(design, [*rows, rows[0]], len(rows), TenantRow(network, batch, instances, None))


def remove_tenant(design: Design, tenant: int) -> Design:
    """One tenant less."""
    rows = _rows(design, tenant)
    if len(rows) == 1:
        raise EditError(f"{rows[0][0]} is the only tenant; a workload needs at least one")
    del rows[tenant]
    return _checked(lambda: with_tenants(design, tuple(rows)))


def set_board(design: Design, board: str) -> Design:
    """Another board of the same family; overrides belong to the old one and are dropped."""
    found = _checked(lambda: load_board(board))
    family = design_board(design).family
    if found.family is not family:
        raise EditError(
            f"{board} takes {found.family.value} cores, this design has {family.value} cores; "
            f"start a new design: workbench new WORKLOAD --board {board} --out FILE.toml"
        )
    moved = replace(design, board=board, board_overrides=())
    if found.psum_link_bytes_per_cycle <= 0:
        subs = tuple(
            replace(s, wires=tuple(w for w in s.wires if w is not Wire.PSUM_RING)) for s in moved.subaccelerators
        )
        moved = replace(moved, subaccelerators=subs)
    return moved


def set_board_overrides(design: Design, overrides: Mapping[str, object]) -> Design:
    """Exactly these fields of the board overridden."""
    try:
        flat = tuple(flatten(overrides))
    except ValueError as error:
        raise EditError(f"board.{error.args[1]}: {error.args[0]}") from None
    changed = replace(design, board_overrides=flat)
    design_board(changed)
    return changed


def override_board_field(design: Design, key: str, value: object) -> Design:
    """Override one field of the board; None takes an override back. A file is kept by its whole path."""
    overrides = dict(design.board_overrides)
    if key == "measured" and isinstance(value, str) and value:
        value = os.path.abspath(os.path.expanduser(value))
    if value is None:
        overrides.pop(key, None)
    else:
        overrides[key] = value
    return set_board_overrides(design, overrides)
