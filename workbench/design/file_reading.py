"""A TOML text read as a design: every mistake is one DesignFileError with line, key, value and what is allowed."""

import math
import os
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.diagnostic import Diagnostic, Severity
from workbench.dataflow.pe_diagnosis import Representative, representatives
from workbench.design.board_overrides import flatten
from workbench.design.bounds import set_bounds
from workbench.design.design import Design, FixedJob, Objective, SchedulerWeights, SubAccelerator, TenantRow, Wire
from workbench.design.edit import EditError, freezable, set_core
from workbench.design.file_error import DesignFileError, Document, Section, shown
from workbench.design.file_writing import SCHEMA, is_path
from workbench.design.isolation import label_words
from workbench.design.limits import (
    MAX_ALPHA,
    MAX_CORES,
    MAX_DATAFLOW_CHARACTERS,
    MAX_GRID_SIDE,
    MAX_ID_CHARACTERS,
    MAX_PINNED_URAM,
    MAX_SUBACCELERATORS,
    MAX_THETA,
)
from workbench.design.pe_text import pe_diagnosis
from workbench.design.placement import is_flexible
from workbench.design.provenance import Provenance
from workbench.design.tenants import check_tenant, design_workload, tenant_labels
from workbench.hardware.board import Board, Family
from workbench.hardware.core import DspUse, RamUse
from workbench.hardware.presets import PresetError, load_board, override_board
from workbench.workload.jobs import jobs_of
from workbench.workload.presets import MAX_BATCH, MAX_INSTANCES
from workbench.workload.workload import Workload

_ID = re.compile(r"^[A-Za-z][A-Za-z0-9_-]*$")
RESERVED_IDS = ("board", "objective", "scheduler", "subaccelerators", "tenant", "workload")  # names of other variables


@dataclass(frozen=True, slots=True)
class SavedScore:
    """The figures a design had when it was saved."""

    feasible: bool
    edp_j_s: float | None
    latency_s: float | None
    energy_j: float | None


@dataclass(frozen=True, slots=True)
class LoadedDesign:
    """A design with what its file says about it. `notes`: what the reader of the file should know, in words."""

    design: Design
    saved_score: SavedScore | None = None
    provenance: Provenance = field(default_factory=Provenance)
    notes: tuple[str, ...] = ()


def _from_schema_0(data: dict[str, Any]) -> dict[str, Any]:
    """Files written by hand before the format had a number: the same keys."""
    return {"schema": 1, **data}


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {0: _from_schema_0}
"""Schema → the function that lifts a file's data to the next one."""


def parse_design(text: str, path: Path | str, unfinished: bool = False) -> LoadedDesign:
    """A design from a file's text; `path` names it in messages, and its folder is where relative paths begin.

    `unfinished`: wrong dataflow texts become notes instead of errors, as in a recovery file written while one types.
    Raises DesignFileError.
    """
    if not text.strip():
        raise DesignFileError(path, "the file is empty; a design begins with: schema = 1")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(error, path, text) from None
    except RecursionError:
        raise DesignFileError(path, "is nested too deeply; a design's tables hold no tables of tables") from None
    document = Document(path, text, data)
    notes = _migrate(document)
    folder = Path(os.path.abspath(path)).parent
    return _Reader(document, folder, unfinished, notes).read()


def _not_toml(error: tomllib.TOMLDecodeError, path: Path | str, text: str) -> DesignFileError:
    words = str(error)
    match = re.search(r" \(at line (\d+), column (\d+)\)", words)
    if match is None:  # "(at end of document)"
        words = words.replace(" (at end of document)", "")
        return DesignFileError(
            path, f"the file ends in the middle of something (is it cut off?): {words}", _lines(text)
        )
    return DesignFileError(path, f"not TOML at column {match[2]}: {words.replace(match[0], '')}", int(match[1]))


def _lines(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n"))


def _migrate(document: Document) -> list[str]:
    schema = document.data.get("schema", 0)
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 0:
        document.fail(("schema",), f"found {shown(schema)}; allowed: a whole number up to {SCHEMA}")
    if schema > SCHEMA:
        document.fail(
            ("schema",),
            f"found {schema}; this version of the workbench reads up to schema {SCHEMA}: use the version that wrote "
            f"the file, or a newer one",
        )
    notes = [] if schema == SCHEMA else [f"the file was written for schema {schema}; it was read as schema {SCHEMA}"]
    for step in range(schema, SCHEMA):
        document.data = MIGRATIONS[step](document.data)
    return notes


class _Reader:
    def __init__(self, document: Document, folder: Path, unfinished: bool, notes: list[str]) -> None:
        self.document = document
        self.folder = folder
        self.unfinished = unfinished
        self.notes = notes

    def read(self) -> LoadedDesign:
        root = Section(self.document, self.document.data, ())
        root.get("schema", str(SCHEMA))
        workload, tenants = self.workload(root)
        board_name, overrides, board = self.board(root)
        rows = root.rows("subaccelerator")
        if not rows:
            root.fail("subaccelerator", "missing; a design needs at least one [[subaccelerator]]")
        if len(rows) > MAX_SUBACCELERATORS:
            rows[MAX_SUBACCELERATORS].fail(
                "id", f"{len(rows)} sub-accelerators; allowed: at most {MAX_SUBACCELERATORS}"
            )
        subs: list[SubAccelerator] = []
        for row in rows:
            subs.append(self.subaccelerator(row, board, [sub.id for sub in subs]))
        design = Design(workload, board_name, tuple(subs), tenants=tenants, board_overrides=overrides)
        for row, sub in zip(rows, subs, strict=True):
            try:
                design = set_core(design, sub.id, sub.core)  # also gives it the library's spelling
            except EditError as error:
                row.fail("core", str(error))  # it names what was found and what is allowed
            if sub.serves and sub.serves not in tenant_labels(design):
                row.wrong("serves", sub.serves, self.label_words(design))
        self.check_pe_dataflows(rows, design)
        parts = {"scheduler": self.scheduler(root), **self.search(root, design)}
        saved_score = self.score(root)
        provenance = self.provenance(root)
        jobs = root.rows("job")
        if jobs:
            parts["schedule"] = self.schedule(jobs, design)
        root.finish()
        fields = {name: getattr(design, name) for name in Design.__dataclass_fields__}
        return LoadedDesign(Design(**(fields | parts)), saved_score, provenance, tuple(self.notes))

    def anchored(self, name: str, suffix: str) -> str:
        """A path counts from the file's own folder; a preset's name stays as it is."""
        if not is_path(name, suffix) or name.startswith("~"):
            return name
        return os.path.normpath(self.folder / name)

    def workload(self, root: Section) -> tuple[str, tuple[TenantRow, ...]]:
        section = root.table("workload")
        if section is None:
            root.fail(
                "workload", 'missing; allowed: [workload] with name = "mixed", or tenants = [{ network = "…" }, …]'
            )
        own = section.has("tenants")
        name = self.anchored(section.text("name", "custom" if own else None, "a workload's name"), ".toml")
        tenants = tuple(self.tenant(row) for row in section.rows("tenants"))
        if own and not tenants:
            section.fail("tenants", "found an empty list; a workload needs at least one tenant")
        section.finish()
        self.loaded_workload(section, name, tenants)
        return name, tenants

    def loaded_workload(self, section: Section, name: str, tenants: tuple[TenantRow, ...]) -> Workload:
        try:
            return design_workload(Design(name, "", (), tenants=tenants))
        except ValueError as error:
            section.fail("tenants" if tenants else "name", str(error))

    def tenant(self, row: Section) -> TenantRow:
        network = self.anchored(row.text("network", allowed="a network's name, or the path of a table"), ".csv")
        batch = row.whole("batch", 1, MAX_BATCH, default=1)
        instances = row.whole("instances", 1, MAX_INSTANCES, default=1)
        limit_ms = row.number("latency_limit_ms", 0, math.inf, above=True)
        limit_s = row.number("latency_limit_s", 0, math.inf, above=True)
        if limit_ms is not None and limit_s is not None:
            row.fail("latency_limit_s", "found beside latency_limit_ms; keep one of them")
        isolation = row.text("isolation", "", "an isolation label, or no key")
        row.finish()
        limit = limit_s if limit_ms is None else limit_ms / 1e3
        wrong = check_tenant(network, batch, instances, limit, isolation)
        if wrong:
            row.fail("isolation" if wrong.startswith("isolation: ") else "network", wrong.removeprefix("isolation: "))
        return TenantRow(network, batch, instances, limit, isolation)

    def board(self, root: Section) -> tuple[str, tuple[tuple[str, object], ...], Board]:
        section = root.table("board")
        if section is None:
            root.fail("board", 'missing; allowed: [board] with base = "u280" and any field of the board')
        name = self.anchored(section.text("base", allowed="a board's name"), ".toml")
        try:
            base = load_board(name)
        except PresetError as error:
            section.fail("base", str(error))
        try:
            fields = {key: value for key, value in section.data.items() if key != "base"}
            if isinstance(fields.get("measured"), str):
                fields["measured"] = self.anchored(fields["measured"], ".csv")
            overrides = tuple(flatten(fields))
        except ValueError as error:
            self.document.fail((*section.path, *error.args[1].split(".")), error.args[0])
        try:
            return name, overrides, override_board(base, dict(overrides), "[board]")
        except PresetError as error:
            for key, value in overrides:  # name the line of the one at fault, if it is at fault alone
                path = (*section.path, *key.split("."))
                try:
                    override_board(base, {key: value}, "board")
                except PresetError as alone:
                    message = str(alone).removeprefix(f"board: {key}: ").removeprefix("board: ")
                    self.document.fail(path, message)
            self.document.fail(section.path, str(error))

    def subaccelerator(self, row: Section, board: Board, taken: list[str]) -> SubAccelerator:
        id = row.text("id", allowed='a short name such as "A"')
        if not _ID.match(id) or len(id) > MAX_ID_CHARACTERS or id in RESERVED_IDS:
            row.wrong("id", id, f"a letter, then letters, digits, - or _, at most {MAX_ID_CHARACTERS} characters")
        if id in taken:
            row.wrong("id", id, f"an id that no other sub-accelerator has (taken: {', '.join(taken)})")
        core = row.text("core", allowed="a core's name")
        rows = row.whole("rows", 1, MAX_GRID_SIDE)
        cols = row.whole("cols", 1, MAX_GRID_SIDE)
        planes = row.whole("planes", 1, MAX_GRID_SIDE, default=1)
        if rows * cols * planes > MAX_CORES:
            row.fail(
                "rows", f"{rows} × {cols} × {planes} are {rows * cols * planes} cores; allowed: at most {MAX_CORES}"
            )
        wires = self.wires(row, board)
        share = row.number("bandwidth_share", 0, 1, above=True)
        dsp, ram = row.member("dsp", DspUse, DspUse.LOW), row.member("ram", RamUse, RamUse.LOW)
        uram = row.flag("uram", True)
        text = row.text("dataflow", allowed="directive text between ''' and '''", lines_allowed=True)
        inner = row.text("pe_dataflow", "", "directive text between ''' and '''", lines_allowed=True)
        self.check_dataflow(row, text, (rows, cols, planes), board)
        serves = row.text("serves", "", "an isolation label of the tenants")
        pinned = row.whole("pinned_uram", 0, MAX_PINNED_URAM, default=0)
        if pinned and board.family is not Family.FPGA:
            row.wrong("pinned_uram", pinned, "0: PE arrays have no URAM")
        row.finish()
        return SubAccelerator(
            id,
            core,
            rows,
            cols,
            text,
            planes,
            wires,
            share,
            dsp.value,
            ram.value,
            uram,
            inner,
            serves,
            pinned,
        )

    def label_words(self, design: Design) -> str:
        labels = ", ".join(f'"{label}"' for label in tenant_labels(design) if label)
        return f"the isolation label of a tenant ({labels})" if labels else "no key: no tenant has an isolation label"

    def wires(self, row: Section, board: Board) -> tuple[Wire, ...]:
        wires = tuple(row.as_member("wires", word, Wire) for word in row.texts("wires"))
        if len(set(wires)) < len(wires):
            row.fail("wires", "a wire is named twice; name each once")
        if Wire.PSUM_RING in wires and board.psum_link_bytes_per_cycle <= 0:
            row.fail("wires", f"psum-ring needs a link between cores, and {board.name} has none")
        return wires

    def check_dataflow(self, row: Section, text: str, grid: tuple[int, int, int], board: Board) -> None:
        if len(text) > MAX_DATAFLOW_CHARACTERS:
            row.fail("dataflow", f"{len(text)} characters; allowed: at most {MAX_DATAFLOW_CHARACTERS}")
        _, found = resolve_core(text, *grid, board.psum_link_bytes_per_cycle > 0)
        self.report(row, "dataflow", found)

    def check_pe_dataflows(self, rows: Sequence[Section], design: Design) -> None:
        own = [(row, sub) for row, sub in zip(rows, design.subaccelerators, strict=True) if sub.pe_dataflow]
        layers = representatives(jobs_of(design_workload(design)).shapes) if own else ()
        for row, sub in own:
            self.check_pe_dataflow(row, sub, layers)

    def check_pe_dataflow(self, row: Section, sub: SubAccelerator, layers: tuple[Representative, ...]) -> None:
        if len(sub.pe_dataflow) > MAX_DATAFLOW_CHARACTERS:
            row.fail("pe_dataflow", f"{len(sub.pe_dataflow)} characters; allowed: at most {MAX_DATAFLOW_CHARACTERS}")
        diagnosis = pe_diagnosis(sub, layers)
        if diagnosis is None:
            row.fail("pe_dataflow", f"{sub.core} has no PEs to direct; remove the text, or choose a PE array as core")
        self.report(row, "pe_dataflow", diagnosis.found)

    def report(self, row: Section, key: str, found: Sequence[Diagnostic]) -> None:
        """Fail at the first mistake of a directive text; a note where unfinished texts are welcome."""
        errors = [d for d in found if d.severity is Severity.ERROR]
        if not errors:
            return
        more = f" (and {len(errors) - 1} more in this text)" if len(errors) > 1 else ""
        first = errors[0]
        line = self.line_in_text((*row.path, key), first.line)
        message = f"column {first.column}: {first.message}{more}"
        if not self.unfinished:
            raise DesignFileError(self.document.path, message, line, f"{row.data['id']}.{key}")
        self.notes.append(f"line {line}: {row.data['id']}.{key}: {message}")

    def line_in_text(self, path: tuple[str | int, ...], line: int) -> int | None:
        """Line of the file on which a line of a text between ''' and ''' stands."""
        key = self.document.line(path)
        if key is None:
            return None
        source = self.document.text.split("\n")[key - 1]
        opened = re.search(r"=\s*('''|\"\"\")(.*)$", source)
        if opened is None:
            return key
        return key + line - (1 if opened[2].strip() else 0)

    def scheduler(self, root: Section) -> SchedulerWeights:
        section = root.table("scheduler")
        default = SchedulerWeights()
        if section is None:
            return default
        alpha = section.number("alpha", 0, MAX_ALPHA, default.alpha)
        theta = section.number("theta", 1, MAX_THETA, default.theta)
        section.finish()
        return SchedulerWeights(default.alpha if alpha is None else alpha, default.theta if theta is None else theta)

    def search(self, root: Section, design: Design) -> dict[str, Any]:
        section = root.table("search")
        if section is None:
            return {}
        objective = section.member("objective", Objective, Objective.EDP)
        frozen = section.texts("frozen")
        known = freezable(design)
        for name in frozen:
            if name not in known:
                section.wrong("frozen", name, ", ".join(known))
        bounds = self.bounds(section.table("bounds"), design)
        section.finish()
        return {"objective": objective, "frozen": frozen, "bounds": bounds}

    def bounds(self, section: Section | None, design: Design) -> tuple[tuple[str, float, float], ...]:
        """`A.cols = [1, 8]`: a table of tables, as TOML reads it."""
        if section is None:
            return ()
        for owner in section.data:
            for part, value in Section(section.document, section.data[owner], (*section.path, owner)).data.items():
                name, path = f"{owner}.{part}", (*section.path, owner, part)
                pair = value if isinstance(value, list) and len(value) == 2 else ()
                numbers = [float(v) for v in pair if isinstance(v, int | float) and not isinstance(v, bool)]
                if len(numbers) != 2:
                    self.document.fail(path, f"found {shown(value)}; allowed: [lowest, highest]")
                try:
                    design = set_bounds(design, name, *numbers)
                except EditError as error:
                    self.document.fail(path, str(error))
            section.asked.append(owner)
        return design.bounds

    def schedule(self, rows: list[Section], design: Design) -> tuple[FixedJob, ...]:
        workload = design_workload(design)
        tenants, isolated = workload.tenants, bool(workload.isolation_labels)
        subs = {sub.id: sub for sub in design.subaccelerators}
        seen: dict[tuple[int, int, int], int] = {}
        jobs = []
        for number, row in enumerate(rows, 1):
            tenant = row.whole("tenant", 0, len(tenants) - 1)
            instance = row.whole("instance", 0, tenants[tenant].instances - 1)
            layer = row.whole("layer", 0, len(tenants[tenant].network.layers) - 1)
            first = seen.setdefault((tenant, instance, layer), number)
            if first != number:
                row.fail("layer", f"the same job as job[{first}]; every job is given once")
            id = row.text("subaccelerator", allowed=", ".join(subs))
            if id not in subs:
                row.wrong("subaccelerator", id, ", ".join(subs))
            sub = subs[id]
            if isolated and sub.serves != tenants[tenant].isolation:
                row.fail(
                    "subaccelerator",
                    f"{id} serves {label_words(sub.serves)}, and tenant {tenant} must not share its cores",
                )
            # A flexible group's jobs are split as they like, in any numbers that multiply to no more than its cores.
            most = (sub.cores,) * 3 if is_flexible(sub.dataflow) else (sub.rows, sub.cols, sub.planes)
            grid = row.whole("rows", 1, most[0]), row.whole("cols", 1, most[1]), row.whole("planes", 1, most[2], 1)
            if math.prod(grid) > sub.cores:
                row.fail("rows", f"{' × '.join(map(str, grid))} cores; {id} has {sub.cores}")
            priority = row.whole("priority", -(2**31), 2**31 - 1, default=0)
            row.finish()
            jobs.append(FixedJob(tenant, instance, layer, id, *grid, priority))
        return tuple(jobs)

    def score(self, root: Section) -> SavedScore | None:
        section = root.table("score")
        if section is None:
            return None
        figures = [section.number(name, 0, math.inf) for name in ("edp_j_s", "latency_s", "energy_j")]
        saved = SavedScore(section.flag("feasible", figures[0] is not None), *figures)
        section.finish()
        return saved

    def provenance(self, root: Section) -> Provenance:
        section = root.table("provenance")
        if section is None:
            return Provenance()
        words = {name: section.text(name, "") for name in ("version", "date", "optimizer", "run")}
        counts = {name: section.number(name, 0, 2**63) for name in ("seed", "evaluations")}
        edits = section.texts("hand_edits")
        presets = section.table("presets")
        pairs = tuple((name, presets.text(name)) for name in presets.data) if presets else ()
        section.finish()
        seed, evaluations = (None if counts[n] is None else int(section.data[n]) for n in ("seed", "evaluations"))
        return Provenance(**words, seed=seed, evaluations=evaluations, hand_edits=edits, presets=pairs)
