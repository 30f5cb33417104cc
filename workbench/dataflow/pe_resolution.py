"""What a directive text means over processing elements for one layer: levels of numbers, and what is wrong with it.

Rules of the language: the data-centric directives of MAESTRO (Kwon et al., MICRO 2019), docs/model-maestro.md §1.
"""

from workbench.dataflow.diagnostic import Diagnostic, Severity, Span, at, behind, has_errors
from workbench.dataflow.mapping import Dim, LayerType, Level, Map, Problem
from workbench.dataflow.parser import parse
from workbench.dataflow.statements import ClusterStatement, MapStatement, Parsed, Size, SizeKind, WordStatement

MAX_CLUSTERS = 3  # four levels
DIM_OF = {
    "N": Dim.N, "G": Dim.G, "K": Dim.K, "C": Dim.C, "R": Dim.R, "S": Dim.S, "Y": Dim.Y, "X": Dim.X,
    "Y'": Dim.Y_OUT, "X'": Dim.X_OUT, "M": Dim.M,
}  # fmt: skip
WINDOW = {Dim.Y: Dim.R, Dim.X: Dim.S, Dim.Y_OUT: Dim.R, Dim.X_OUT: Dim.S}
INPUT_OF = {Dim.Y_OUT: Dim.Y, Dim.X_OUT: Dim.X}
DIAGONALS = ({Dim.Y, Dim.R}, {Dim.X, Dim.S})

_CONV = (
    {Dim.N, Dim.G, Dim.C, Dim.Y, Dim.X},
    {Dim.G, Dim.K, Dim.C, Dim.R, Dim.S},
    {Dim.N, Dim.G, Dim.K, Dim.Y, Dim.X},
)
_DEPTHWISE = ({Dim.N, Dim.C, Dim.Y, Dim.X}, {Dim.C, Dim.R, Dim.S}, {Dim.N, Dim.C, Dim.Y, Dim.X})
_GEMM = ({Dim.M, Dim.K}, {Dim.K, Dim.GEMM_N}, {Dim.M, Dim.GEMM_N})


def coupled(kind: LayerType) -> tuple[set[Dim], set[Dim], set[Dim]]:
    """Dimensions that input, weights and outputs of a layer type are coupled to; Y and X stand for Y' and X' too."""
    if kind is LayerType.GEMM:
        return _GEMM
    return _DEPTHWISE if kind is LayerType.DSCONV else _CONV


def dim_name(dim: Dim) -> str:
    """How a dimension is written."""
    return {Dim.Y_OUT: "Y'", Dim.X_OUT: "X'", Dim.GEMM_N: "N"}.get(dim, dim.name)


def resolve_pe(text: str | Parsed, problem: Problem, pes: int) -> tuple[tuple[Level, ...] | None, list[Diagnostic]]:
    """Levels of written maps in numbers, top first, for a layer on `pes` processing elements.

    `Sz(D)` is the layer's size of D, `T_D` the level's size of D divided by the level's units if D is spatial there.
    The levels are None exactly if a diagnostic is an ERROR. Diagnostics come in the order of the text. Raises nothing.
    """
    parsed = parse(text) if isinstance(text, str) else text
    resolution = _Resolution(parsed, problem, pes)
    levels = resolution.run()
    found = sorted([*parsed.diagnostics, *resolution.found], key=lambda d: (d.line, d.column))
    return (None if has_errors(found) else levels), found


class _Resolution:
    """One pass over the levels; `sizes` are those of the level at hand, `found` what is to be said."""

    def __init__(self, parsed: Parsed, problem: Problem, pes: int) -> None:
        self.parsed = parsed
        self.problem = problem
        self.pes = pes
        self.found: list[Diagnostic] = []
        self.sizes = {dim: problem.sizes[dim] for dim in Dim}
        self._set_outputs()

    def _set_outputs(self) -> None:
        for out, size in INPUT_OF.items():
            stride = self.problem.stride_y if out is Dim.Y_OUT else self.problem.stride_x
            window = self.problem.sizes[WINDOW[out]]
            self.sizes[out] = max((self.sizes[size] - window) // stride + 1, 1) if self.sizes[size] and window else 0

    def say(self, span: Span, severity: Severity, message: str, fix: str | None = None) -> None:
        self.found.append(at(span, severity, message, fix))

    def run(self) -> tuple[Level, ...]:
        groups: list[list[MapStatement]] = [[]]
        clusters: list[ClusterStatement] = []
        for statement in self.parsed.statements:
            match statement:
                case MapStatement():
                    groups[-1].append(statement)
                case ClusterStatement():
                    clusters.append(statement)
                    groups.append([])
                case WordStatement():
                    message = f"{statement.word} is for the loops over cores; PEs need every loop written out"
                    self.say(statement.span, Severity.ERROR, message)
                case _:
                    pass
        units = self._units(clusters)
        levels: list[Level] = []
        for index, group in enumerate(groups):
            opening = clusters[index - 1].span if index else None
            levels.append(self._level(group, units[index], opening))
        self._uncovered(groups)
        return tuple(levels)

    def _units(self, clusters: list[ClusterStatement]) -> list[int]:
        """Units of every level: the top's from the PEs that are there, the others' from their Cluster."""
        product = 1
        units = []
        for index, cluster in enumerate(clusters):
            size = self._number(cluster.size, 1, spatial=False)
            product *= max(size, 1)
            units.append(max(size, 1))
            if index == MAX_CLUSTERS:
                self.say(
                    cluster.span, Severity.ERROR, f"at most {MAX_CLUSTERS} Cluster lines ({MAX_CLUSTERS + 1} levels)"
                )
            if product > self.pes >= product // max(size, 1):
                message = f"the Clusters multiply to {product}, but there are only {self.pes} PEs"
                self.say(cluster.size.span, Severity.ERROR, message)
        if clusters and product <= self.pes and self.pes % product:
            message = f"{self.pes % product} of {self.pes} PEs are left idle: {self.pes} is no multiple of {product}"
            self.say(clusters[-1].size.span, Severity.WARNING, message)
        return [max(self.pes // product, 1), *units]

    def _number(self, size: Size, units: int, spatial: bool) -> int:
        """A size as a number; 1 where it has none, which has been said then."""
        match size.kind:
            case SizeKind.NUMBER | SizeKind.CONSTANT:
                return size.value
            case SizeKind.BROKEN:
                return 1
            case SizeKind.FULL | SizeKind.BALANCED if size.name in DIM_OF:
                dim = self._dim(size.name)
                whole = (
                    self.problem.sizes[dim] if size.kind is SizeKind.FULL and dim not in INPUT_OF else self.sizes[dim]
                )
                if whole == 0:
                    self.say(size.span, Severity.ERROR, f"this layer has no dimension {size.name}")
                    return 1
                return -(-whole // units) if size.kind is SizeKind.BALANCED and spatial else whole
            case SizeKind.GRID:
                self.say(size.span, Severity.ERROR, f"'{size.name}' counts cores; write a number of PEs")
            case _:
                message = f"{size.text} has no meaning for PEs; write a number, Sz(D) or T_D"
                self.say(size.span, Severity.ERROR, message)
        return 1

    def _dim(self, name: str) -> Dim:
        dim = DIM_OF[name]
        return Dim.GEMM_N if dim is Dim.N and self.problem.type is LayerType.GEMM else dim

    def _level(self, group: list[MapStatement], units: int, opening: Span | None) -> Level:
        spatial_dims = {statement.dim for statement in group if statement.spatial}
        written = {statement.dim for statement in group}
        maps: list[Map] = []
        spatials: list[tuple[MapStatement, Map]] = []
        for statement in group:
            if statement.dim not in DIM_OF:
                self.say(statement.dim_span, Severity.ERROR, "P is a loop over cores; PEs have N, Y and X (or Y', X')")
                continue
            dim = self._dim(statement.dim)
            if self.sizes[dim] == 0:
                message = f"this {self.problem.type.name} layer has no dimension {statement.dim}: remove the line"
                self.say(statement.dim_span, Severity.ERROR, message, None)
                continue
            shared = statement.dim in spatial_dims
            size = self._number(statement.size, units, shared)
            offset = self._number(statement.offset, units, shared)
            found = Map(statement.spatial, dim, size, offset)
            maps.append(found)
            self._check_map(statement, found, written)
            if statement.spatial:
                spatials.append((statement, found))
        self._check_spatial(spatials, units, opening)
        self._descend(maps)
        return Level(units, tuple(maps))

    def _check_map(self, statement: MapStatement, found: Map, written: set[str]) -> None:
        whole = self.sizes[found.dim]
        name = statement.dim
        if found.dim in (Dim.R, Dim.S):
            if not found.spatial and (found.size, found.offset) != (whole, whole):
                message = f"a TemporalMap of {name} must hold the whole kernel: write Sz({name})"
                self.say(statement.size.span, Severity.ERROR, message, f"Sz({name})")
            return
        if found.dim in INPUT_OF and dim_name(WINDOW[found.dim]) not in written:
            window = dim_name(WINDOW[found.dim])
            line = f"TemporalMap(Sz({window}), Sz({window})) {window};"
            self.found.append(
                behind(
                    statement.span, Severity.ERROR, f"{name} needs {window} in the same level: add {line}", f" {line}"
                )
            )
        if found.dim in (Dim.Y, Dim.X):
            window_size = self.sizes[WINDOW[found.dim]]
            spread = any(dim_name(WINDOW[found.dim]) == other for other in written)
            if found.size < window_size and not (spread and self._spreads(WINDOW[found.dim])):
                window = dim_name(WINDOW[found.dim])
                message = (
                    f"a tile of {found.size} is smaller than the kernel ({window} = {window_size}): nothing is computed"
                )
                self.say(statement.size.span, Severity.ERROR, message, f"Sz({window})")
            return
        if found.size > whole:
            extra = "; with a smaller offset MAESTRO miscounts its edge" if found.offset < found.size else ""
            self.say(statement.size.span, Severity.HINT, f"{found.size} is more than {name} has here ({whole}){extra}")
        elif found.offset > found.size:
            message = f"the offset {found.offset} jumps over {found.offset - found.size} of every {found.offset} {name}"
            self.say(statement.offset.span, Severity.WARNING, message, statement.size.text)
        elif found.offset < found.size < whole:
            message = f"tiles of {name} overlap: the same work is done again"
            self.say(statement.offset.span, Severity.WARNING, message, statement.size.text)

    def _spreads(self, window: Dim) -> bool:
        """Whether any level spreads a kernel dimension over units, so that a tile may hold less than the kernel."""
        name = dim_name(window)
        maps = (s for s in self.parsed.statements if isinstance(s, MapStatement))
        return any(s.spatial and s.dim == name for s in maps)

    def _check_spatial(self, spatials: list[tuple[MapStatement, Map]], units: int, opening: Span | None) -> None:
        if not spatials and not has_errors(self.parsed.diagnostics):
            where = "below this Cluster" if opening else "at the top"
            message = f"no SpatialMap {where}: {units} units would all do the same work"
            self.found.append(behind(opening or self.parsed.end, Severity.ERROR, message))
        if len(spatials) > 1:
            dims = {found.dim for _, found in spatials}
            if len(spatials) > 2 or not any(dims <= diagonal for diagonal in DIAGONALS):
                statement = spatials[1][0]
                fix = f"Cluster({units}); {statement.text}" if statement.one_line else None
                message = (
                    "a second SpatialMap in one level moves together with the first, as a diagonal: put Cluster between"
                )
                self.say(statement.span, Severity.ERROR, message, fix)
        for statement, found in spatials[:1]:
            whole = self.sizes[found.dim]
            steps = max(-(-(whole - found.size) // max(found.offset, 1)), 0) + 1
            if steps < units:
                self.say(
                    statement.span, Severity.HINT, f"{steps} of {units} units have work: {statement.dim} has {whole}"
                )

    def _descend(self, maps: list[Map]) -> None:
        """Sizes of the next level: what one unit of this one holds."""
        for found in maps:
            if found.dim in INPUT_OF:
                size = INPUT_OF[found.dim]
                stride = self.problem.stride_y if found.dim is Dim.Y_OUT else self.problem.stride_x
                rows = (min(found.size, max(self.sizes[found.dim], 1)) - 1) * stride + self.problem.sizes[
                    WINDOW[found.dim]
                ]
                self.sizes[size] = min(rows, self.sizes[size])
            else:
                self.sizes[found.dim] = min(found.size, self.sizes[found.dim])
        self._set_outputs()

    def _uncovered(self, groups: list[list[MapStatement]]) -> None:
        written = {s.dim for group in groups for s in group}
        written |= {name[0] for name in written if name.endswith("'")}
        inputs, weights, _ = coupled(self.problem.type)
        missing = [
            dim_name(dim)
            for dim in sorted(inputs | weights)
            if self.problem.sizes[dim] > 1 and dim_name(dim) not in written and dim not in (Dim.R, Dim.S)
        ]
        if missing and self.parsed.statements and not has_errors(self.parsed.diagnostics):
            message = f"{', '.join(missing)} not mapped: every PE holds all of it"
            self.found.append(behind(self.parsed.end, Severity.HINT, message))
