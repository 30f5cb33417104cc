"""Directive texts as MAESTRO accepts them: no tiles of ours, a letter in every Cluster, no K on depthwise layers."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from workbench.dataflow.diagnostic import Severity
from workbench.dataflow.parser import parse
from workbench.dataflow.statements import (
    ClusterStatement,
    ConstantStatement,
    MapStatement,
    Size,
    SizeKind,
    Statement,
)

MOST_CLUSTERS = 3  # a fourth one makes MAESTRO abort (std::out_of_range)
GEMM_DIMENSIONS = frozenset({"M", "N", "K"})
_CORE_LEVEL = "P"  # batch × output rows over cores; MAESTRO has no such dimension


class MappingError(ValueError):
    """A directive text that MAESTRO has no words for; the message says which."""


@lru_cache(maxsize=64)
def maestro_statements(text: str) -> tuple[Statement, ...]:
    """The statements of a directive text, constants resolved. Raises MappingError with line and column."""
    parsed = parse(text)
    for diagnostic in parsed.diagnostics:
        if diagnostic.severity is Severity.ERROR:
            raise MappingError(f"the dataflow text is wrong: {diagnostic}")
    statements: list[Statement] = []
    for statement in parsed.statements:
        match statement:
            case MapStatement():
                if statement.dim == _CORE_LEVEL:
                    raise MappingError(f"{statement.text} maps onto cores; MAESTRO knows processing elements only")
                size, offset = _size(statement.size), _size(statement.offset)
                statements.append(replace(statement, size=size, offset=offset))
            case ClusterStatement():
                statements.append(replace(statement, size=_size(statement.size), letter=statement.letter or "P"))
            case ConstantStatement():
                continue
            case _:
                raise MappingError(
                    f"{statement.text} lets the compiler choose; MAESTRO needs the directives themselves"
                )
    clusters = sum(isinstance(s, ClusterStatement) for s in statements)
    if clusters > MOST_CLUSTERS:
        raise MappingError(f"{clusters} Cluster lines; MAESTRO takes at most {MOST_CLUSTERS}")
    if not any(isinstance(s, MapStatement) for s in statements):
        raise MappingError("it holds no directive")
    return tuple(statements)


def dimensions(statements: Sequence[Statement]) -> set[str]:
    """Dimensions that the directives name."""
    return {s.dim for s in statements if isinstance(s, MapStatement)}


def without_output_channels(statements: Sequence[Statement]) -> list[Statement]:
    """The same mapping for a depthwise layer, which has no K: what ran over K runs over C, with C's tile if it has one.

    MAESTRO exits on a K directive of a depthwise layer as soon as there are two levels ("Dimension K not found").
    """
    levels: list[list[Statement]] = [[]]
    for statement in statements:
        levels[-1].append(statement)
        if isinstance(statement, ClusterStatement):
            levels.append([])
    kept: list[Statement] = []
    for level in levels:
        maps = [s for s in level if isinstance(s, MapStatement)]
        over_k = next((s for s in maps if s.dim == "K" and s.spatial), None)
        over_c = next((s for s in maps if s.dim == "C"), None)
        for statement in level:
            if isinstance(statement, MapStatement) and statement is over_c and over_k is not None:
                continue
            if isinstance(statement, MapStatement) and statement.dim == "K":
                if statement is over_k:
                    tile = over_c or over_k
                    kept.append(replace(statement, dim="C", size=tile.size, offset=tile.offset))
                continue
            kept.append(statement)
    return kept


def _size(size: Size) -> Size:
    if size.kind is SizeKind.CONSTANT:
        return Size(SizeKind.NUMBER, size.span, size.value)
    if size.kind not in (SizeKind.NUMBER, SizeKind.FULL):
        raise MappingError(f"{size.text} is not known to MAESTRO; write a number or Sz(D)")
    return size
