"""What a directive text means over a grid of cores, and everything that keeps it from meaning something.

Rules: at the core level only the loops P, C and K exist. The first spatial loop runs over rows, `Cluster(cols)` and a
second one over columns, `Cluster(planes)` and a third one over planes; a single one runs over rows × cols as one line.
The grid's numbers are the truth: a literal cluster size must equal them.
"""

from workbench.dataflow.core_dataflow import CoreDataflow, Loop, TemporalLoop, TileRule
from workbench.dataflow.diagnostic import Diagnostic, Severity, Span, at, behind, has_errors
from workbench.dataflow.parser import parse
from workbench.dataflow.statements import ClusterStatement, MapStatement, Parsed, Size, SizeKind, WordStatement
from workbench.dataflow.words import AUTO, FLEXIBLE

LOOPS = {"P": Loop.P, "C": Loop.C, "K": Loop.K}
AXES = ("rows", "cols", "planes")
_AXIS_WORDS = ("rows", "columns", "planes")
_INSIDE_A_CORE = {
    "N": ("batch is part of P, a GEMM's columns are K", None),
    "Y": ("rows are counted as output rows, P", "P"),
    "Y'": ("rows are counted as output rows, P", "P"),
    "M": ("the rows of a GEMM are P", "P"),
    "G": ("groups are part of K", "K"),
    "X": ("columns stay inside a core", None),
    "X'": ("columns stay inside a core", None),
    "R": ("the kernel stays inside a core", None),
    "S": ("the kernel stays inside a core", None),
}


def resolve_core(
    text: str | Parsed, rows: int, cols: int, planes: int = 1, psum_link: bool = False
) -> tuple[CoreDataflow | None, list[Diagnostic]]:
    """Resolve a text against a grid of `rows` × `cols` × `planes` cores (each at least 1).

    `psum_link`: whether cores can pass partial sums to a neighbour, which a spatial C needs. The dataflow is None
    exactly if a diagnostic is an ERROR. Diagnostics come in the order of the text. Raises nothing.
    """
    parsed = parse(text) if isinstance(text, str) else text
    resolution = _Resolution(parsed, (rows, cols, planes), psum_link)
    dataflow = resolution.run()
    found = sorted([*parsed.diagnostics, *resolution.found], key=lambda d: (d.line, d.column))
    return (None if has_errors(found) else dataflow), found


class _Resolution:
    """One pass over the statements; `found` gathers what is to be said."""

    def __init__(self, parsed: Parsed, grid: tuple[int, int, int], psum_link: bool) -> None:
        self.parsed = parsed
        self.grid = grid
        self.psum_link = psum_link
        self.found: list[Diagnostic] = []
        self.spatial: dict[Loop, MapStatement] = {}
        self.temporal: dict[Loop, MapStatement] = {}
        self.words: dict[str, WordStatement] = {}
        self.clusters: list[ClusterStatement] = []
        self.in_level = 0  # SpatialMaps seen since the last Cluster
        self.end = parsed.end

    def error(self, span: Span, message: str, fix: str | None = None) -> None:
        self.found.append(at(span, Severity.ERROR, message, fix))

    def warn(self, span: Span, message: str, fix: str | None = None) -> None:
        self.found.append(at(span, Severity.WARNING, message, fix))

    def run(self) -> CoreDataflow:
        for statement in self.parsed.statements:
            match statement:
                case MapStatement():
                    self._map(statement)
                case ClusterStatement():
                    self._cluster(statement)
                case WordStatement():
                    self.words[statement.word] = statement
                case _:
                    pass  # constants have done their part in the parser
        if FLEXIBLE in self.words:
            self._check_flexible()
        else:
            self._check_spatial()
        auto = self._check_temporal()
        spatial = () if FLEXIBLE in self.words else tuple(self.spatial)
        if not spatial and FLEXIBLE not in self.words:
            spatial = (Loop.P,)  # a single core: any loop over one core is the same
        return CoreDataflow(spatial, () if auto else self._temporal_loops(), auto, FLEXIBLE in self.words)

    def _map(self, statement: MapStatement) -> None:
        loop = LOOPS.get(statement.dim)
        if loop is None:
            reason, fix = _INSIDE_A_CORE[statement.dim]
            self.error(statement.dim_span, f"{statement.dim} is no loop over cores ({reason}); use P, C or K", fix)
            if statement.spatial:
                self.in_level += 1
            return
        self._check_sizes(statement)
        if statement.spatial:
            self._spatial(statement, loop)
        elif loop in self.temporal:
            first = self.temporal[loop].span.line
            self.error(
                statement.span,
                f"{loop.name} has a TemporalMap already (line {first}): keep one of them",
                _gone(statement),
            )
        else:
            self.temporal[loop] = statement

    def _check_sizes(self, statement: MapStatement) -> None:
        for size in (statement.size, statement.offset):
            if size.kind is SizeKind.GRID:
                word = f"T_{statement.dim}"
                self.error(size.span, f"'{size.name}' counts cores, not a tile; write {word} for a core's share", word)
                return
            named = size.kind in (SizeKind.FULL, SizeKind.BALANCED, SizeKind.LARGEST)
            if named and size.name != statement.dim:
                right = size.text.replace(size.name, statement.dim)
                self.error(
                    size.span, f"{size.text} is a tile of {size.name}, but this line maps {statement.dim}", right
                )
                return
        if not statement.size.means_same(statement.offset):
            self.error(
                statement.offset.span,
                f"the offset must equal the size, {statement.size.text}: tiles of cores neither overlap nor leave gaps "
                f"(halo rows are added by themselves)",
                statement.size.text,
            )

    def _spatial(self, statement: MapStatement, loop: Loop) -> None:
        self.in_level += 1
        if self.in_level > 1:
            first = next(reversed(self.spatial.values()), None)
            beside = f"beside that of line {first.span.line} " if first else ""
            axis = AXES[min(len(self.clusters) + 1, 2)]
            self.error(
                statement.span,
                f"a second SpatialMap {beside}in one level: put Cluster({axis}); between them",
                f"Cluster({axis}); {statement.text}" if statement.one_line else None,
            )
        if loop in self.spatial:
            self.error(
                statement.dim_span,
                f"{loop.name} is spatial already (line {self.spatial[loop].span.line}); leave out the Cluster to run "
                f"it over rows × cols as one line",
            )
            return
        if statement.size.kind is SizeKind.FULL:
            self.error(
                statement.size.span,
                f"one core would take all of {loop.name}; write T_{loop.name} to give each its share",
                f"T_{loop.name}",
            )
        self.spatial[loop] = statement

    def _cluster(self, statement: ClusterStatement) -> None:
        if self.in_level == 0:
            over = _AXIS_WORDS[min(len(self.clusters), 2)]
            self.error(statement.span, f"no SpatialMap before this Cluster: nothing would run over {over}")
        self.clusters.append(statement)
        self.in_level = 0
        count = len(self.clusters)
        if count > 2:
            message = "a grid has rows, columns and planes: at most two Cluster lines"
            self.error(statement.span, message, _gone(statement))
            return
        axis, now = AXES[count], self.grid[count]
        size = statement.size
        match size.kind:
            case SizeKind.GRID if size.name == axis:
                return
            case SizeKind.NUMBER | SizeKind.CONSTANT if size.value == now:
                self.warn(size.span, f"{size.text} equals {axis} now; write {axis} to follow the grid", axis)
            case SizeKind.BROKEN:
                return
            case _:
                here = f"the grid has {now} {_AXIS_WORDS[count] if now != 1 else _AXIS_WORDS[count][:-1]}"
                self.error(size.span, f"found {size.text}, but {here}; write {axis}", axis)

    def _check_flexible(self) -> None:
        lines: list[MapStatement | ClusterStatement] = [*self.clusters, *self.spatial.values()]
        for line in lines:
            message = "flexible lets every layer choose its own split: remove this line or flexible"
            self.error(line.span, message, _gone(line))

    def _check_spatial(self) -> None:
        rows, cols, planes = self.grid
        cores = rows * cols * planes
        broken = has_errors(self.found) or has_errors(self.parsed.diagnostics)
        if self.clusters and self.in_level == 0 and not broken:
            over = _AXIS_WORDS[min(len(self.clusters), 2)]
            self.error(self.clusters[-1].span, f"no SpatialMap behind this Cluster: nothing runs over {over}")
        elif not self.spatial and cores == 1 and not self.parsed.statements and not broken:
            self._append(Severity.ERROR, "nothing is mapped yet: write auto, or a TemporalMap of P, K and C", "auto;")
        elif not self.spatial and cores > 1 and not broken:
            self._append(
                Severity.ERROR,
                f"no SpatialMap: {cores} cores would all do the same work; map P, C or K over them",
                "SpatialMap(T_P, T_P) P;",
            )
        elif planes > 1 and self.spatial and len(self.spatial) < 3 and not broken:
            self._append(
                Severity.ERROR,
                f"the grid has {planes} planes but no third SpatialMap runs over them: add Cluster(planes); and a "
                f"SpatialMap, or set planes to 1",
            )
        units = spatial_units(tuple(self.spatial), rows, cols, planes)
        statement = self.spatial.get(Loop.C)
        if statement is not None and units[Loop.C] > 1 and not self.psum_link:
            self.error(
                statement.dim_span,
                "C over cores needs a link for partial sums between them, and this board has none (psum_link): keep C "
                "temporal",
            )

    def _check_temporal(self) -> bool:
        """Whether the compiler chooses order and tiles; says what is missing or in the way."""
        auto = self.words.get(AUTO)
        if auto is not None:
            for statement in self.temporal.values():
                message = "auto chooses order and tiles: remove this line or auto"
                self.error(statement.span, message, _gone(statement))
        elif not self.temporal:
            fixed = [s for s in self.spatial.values() if s.size.kind is not SizeKind.BALANCED]
            if fixed:
                self._name_missing()
            elif FLEXIBLE not in self.words and not has_errors([*self.found, *self.parsed.diagnostics]):
                self._append(
                    Severity.HINT,
                    "no TemporalMap: the compiler chooses order and tiles per layer; write auto to say so",
                    "auto;",
                )
        else:
            self._name_missing()
        chosen = auto is not None or not self.temporal
        for loop, statement in self.spatial.items():
            ruled = chosen or loop in self.temporal
            if ruled and statement.size.kind is not SizeKind.BALANCED and not has_errors(self.found):
                by = "auto" if chosen else f"the TemporalMap of {loop.name}"
                self.warn(
                    statement.size.span,
                    f"{by} chooses the tile, so {statement.size.text} has no effect; write T_{loop.name}",
                    f"T_{loop.name}",
                )
        return chosen

    def _name_missing(self) -> None:
        for loop in (Loop.P, Loop.K, Loop.C):
            if loop not in self.temporal and loop not in self.spatial and not has_errors(self.parsed.diagnostics):
                line = f"TemporalMap(B_{loop.name}, B_{loop.name}) {loop.name};"
                self._append(Severity.ERROR, f"loop {loop.name} is not mapped: add {line}", line)

    def _append(self, severity: Severity, message: str, line: str | None = None) -> None:
        """A finding about something that is not there; its fix adds a line at the end, closing the one before."""
        fix = None
        if line is not None:
            statements = self.parsed.statements
            closing = "" if self.parsed.closed else ";"
            fix = f"{closing}\n{line}" if statements else line
        self.found.append(behind(self.end, severity, message, fix))

    def _temporal_loops(self) -> tuple[TemporalLoop, ...]:
        """In the order of the text; a spatial loop without a TemporalMap takes the tile of its SpatialMap."""
        lines = [s for s in self.parsed.statements if isinstance(s, MapStatement) and s.dim in LOOPS]
        loops: dict[Loop, TemporalLoop] = {}
        for statement in lines:
            loop = LOOPS[statement.dim]
            if loop not in loops and (not statement.spatial or loop not in self.temporal):
                loops[loop] = _tile(loop, statement.size)
        return tuple(loops.values())


def _gone(statement: MapStatement | ClusterStatement) -> str | None:
    """The fix that takes a statement away; none where it stretches over several lines."""
    return "" if statement.one_line else None


def _tile(loop: Loop, size: Size) -> TemporalLoop:
    match size.kind:
        case SizeKind.BALANCED:
            return TemporalLoop(loop, TileRule.BALANCED)
        case SizeKind.LARGEST:
            return TemporalLoop(loop, TileRule.LARGEST)
        case SizeKind.FULL:
            return TemporalLoop(loop, TileRule.FULL)
        case _:
            return TemporalLoop(loop, TileRule.FIXED, size.value)


def spatial_units(spatial: tuple[Loop, ...], rows: int, cols: int, planes: int = 1) -> tuple[int, int, int]:
    """Units per loop (n_P, n_C, n_K) of a grid under these spatial loops; a single loop takes rows × cols."""
    units = [1, 1, 1]
    if len(spatial) == 1:
        units[spatial[0]] = rows * cols * planes
    else:
        for loop, count in zip(spatial, (rows, cols, planes), strict=False):
            units[loop] = count
    return units[0], units[1], units[2]
