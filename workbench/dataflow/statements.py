"""The statements of a directive text, with their places."""

from dataclasses import dataclass
from enum import IntEnum

from workbench.dataflow.diagnostic import Diagnostic, Span


class SizeKind(IntEnum):
    """How a size is written."""

    NUMBER = 0
    FULL = 1  # Sz(D)
    CONSTANT = 2
    BALANCED = 3  # T_D: ⌈Sz(D) / units of the level⌉
    LARGEST = 4  # B_D: the largest tile that fits the banks
    GRID = 5  # rows, cols, planes
    BROKEN = 6  # not readable; a diagnostic says why


@dataclass(frozen=True, slots=True)
class Size:
    """A size, an offset or a cluster's size. `value` counts for NUMBER and CONSTANT, `name` is the dimension, constant
    or grid word."""

    kind: SizeKind
    span: Span
    value: int = 0
    name: str = ""

    @property
    def text(self) -> str:
        """Canonical spelling."""
        match self.kind:
            case SizeKind.NUMBER:
                return str(self.value)
            case SizeKind.FULL:
                return f"Sz({self.name})"
            case SizeKind.BALANCED:
                return f"T_{self.name}"
            case SizeKind.LARGEST:
                return f"B_{self.name}"
            case _:
                return self.name

    def means_same(self, other: "Size") -> bool:
        """Whether both are the same size, wherever they are written."""
        if self.kind in (SizeKind.NUMBER, SizeKind.CONSTANT) and other.kind in (SizeKind.NUMBER, SizeKind.CONSTANT):
            return self.value == other.value
        return self.kind is other.kind and self.name == other.name


@dataclass(frozen=True, slots=True)
class MapStatement:
    """`SpatialMap(size, offset) dim;` or `TemporalMap(size, offset) dim;`"""

    spatial: bool
    size: Size
    offset: Size
    dim: str
    dim_span: Span
    span: Span  # of the whole statement, or of its first line's start where it stretches over several
    one_line: bool = True

    @property
    def text(self) -> str:
        """Canonical spelling."""
        word = "SpatialMap" if self.spatial else "TemporalMap"
        return f"{word}({self.size.text}, {self.offset.text}) {self.dim};"


@dataclass(frozen=True, slots=True)
class ClusterStatement:
    """`Cluster(size);` or with a letter, `Cluster(size, P);`"""

    size: Size
    letter: str
    span: Span
    one_line: bool = True

    @property
    def text(self) -> str:
        """Canonical spelling."""
        return f"Cluster({self.size.text}, {self.letter});" if self.letter else f"Cluster({self.size.text});"


@dataclass(frozen=True, slots=True)
class WordStatement:
    """`auto;` or `flexible;`"""

    word: str
    span: Span

    @property
    def text(self) -> str:
        """Canonical spelling."""
        return f"{self.word};"


@dataclass(frozen=True, slots=True)
class ConstantStatement:
    """`Constant NAME 64;`"""

    name: str
    value: int
    span: Span

    @property
    def text(self) -> str:
        """Canonical spelling."""
        return f"Constant {self.name} {self.value};"


Statement = MapStatement | ClusterStatement | WordStatement | ConstantStatement


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text says as far as it could be read, and every mistake found on the way, in the order of the text."""

    statements: tuple[Statement, ...]
    diagnostics: tuple[Diagnostic, ...]
    end: Span  # the empty stretch behind the last token
    closed: bool  # whether the last statement has its semicolon

    @property
    def canonical(self) -> str:
        """The statements that could be read, one per line, in one spelling; comments are not kept."""
        return "".join(statement.text + "\n" for statement in self.statements)
