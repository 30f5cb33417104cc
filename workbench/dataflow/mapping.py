"""A directive text resolved to numbers against one layer: the form the PE-level cost models read."""

from dataclasses import dataclass
from enum import IntEnum


class Dim(IntEnum):
    """Dimensions of a layer. Y_OUT and X_OUT are written Y' and X'. A GEMM is M × K times K × N (its N is GEMM_N)."""

    N = 0
    G = 1
    K = 2
    C = 3
    R = 4
    S = 5
    Y = 6
    X = 7
    Y_OUT = 8
    X_OUT = 9
    M = 10
    GEMM_N = 11


class LayerType(IntEnum):
    """MAESTRO's layer types (maestro-semantics §1.2)."""

    CONV = 0
    DSCONV = 1
    NGCONV = 2
    TRCONV = 3
    GEMM = 4


@dataclass(frozen=True, slots=True)
class Map:
    """`SpatialMap(size, offset) dim` or `TemporalMap(size, offset) dim`."""

    spatial: bool
    dim: Dim
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Level:
    """The maps of one cluster level, outermost first, over `units` sub-units (PEs at the innermost level)."""

    units: int
    maps: tuple[Map, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A layer as the PE-level models see it. `sizes[d]` is dimension d's size, 0 where the layer has none.

    Y and X are padded input sizes.
    """

    type: LayerType
    sizes: tuple[int, ...]
    stride_y: int = 1
    stride_x: int = 1


@dataclass(frozen=True, slots=True)
class PeHardware:
    """The array a mapping runs on: elements are one byte; bandwidths in elements per cycle, latency in cycles."""

    pes: int
    noc_bandwidth: int
    noc_latency: int
    off_chip_bandwidth: int
    simd_lanes: int = 1
    l1_size: int = 0
    l2_size: int = 0
