"""Random small layers and mappings, with the directives that say the same to `exact`."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from oracle import OracleCase, OracleHardware, OracleLevel

from workbench.cost.directive_arrays import encode_hardware, encode_problem, stack_mappings
from workbench.cost.exact import encode_levels, exact_batch
from workbench.dataflow.mapping import Dim, LayerType, Level, Map, PeHardware, Problem

WIDEST_WALK = 5_000  # unit-steps of one case
UNBOUNDED = 1 << 40


@dataclass(frozen=True)
class Case:
    """One layer and mapping, as the oracle and as `exact` read it."""

    oracle: OracleCase
    oracle_hardware: OracleHardware
    problem: Problem
    levels: tuple[Level, ...]
    hardware: PeHardware


def random_case(draw: random.Random) -> Case:
    """A layer of any type under 1 to 3 levels (4 now and then), small enough to walk."""
    while True:
        case = _attempt(draw)
        if walk_length(case.oracle) <= WIDEST_WALK:
            return case


def run_exact(cases: Sequence[Case]) -> NDArray[np.int64]:
    """Results of all cases in one batch."""
    directives, pes = zip(*(encode_levels(case.levels) for case in cases), strict=True)
    hardware = [encode_hardware(replace(case.hardware, pes=n)) for case, n in zip(cases, pes, strict=True)]
    problems = np.array([encode_problem(case.problem) for case in cases])
    return exact_batch(stack_mappings(directives), np.arange(len(cases)), problems, np.array(hardware))


def walk_length(case: OracleCase) -> int:
    """Upper bound of the unit-steps of a walk."""
    length = 1
    for dim, size in case.sizes.items():
        for level in case.levels:
            for name, tile, _ in level.maps:
                if name == dim:
                    length *= -(-size // tile)
                    size = tile
    return length


def _attempt(draw: random.Random) -> Case:
    kind = draw.choice(list(LayerType))
    small = lambda top: draw.randint(1, top)  # noqa: E731
    sizes = dict.fromkeys("NGKCRSPQ", 1)
    stride_y = stride_x = 1
    if kind is LayerType.GEMM:
        sizes.update(Q=small(9), C=small(9), K=small(9))
    else:
        if draw.random() < 0.3:
            sizes["N"] = small(3)
        sizes.update(R=small(4), S=small(4), P=small(7), Q=small(7))
        stride_y, stride_x = draw.choice([1, 1, 2, 3]), draw.choice([1, 1, 2, 3])
        if kind is LayerType.DSCONV:
            sizes["G"] = small(6)
        else:
            sizes.update(K=small(6), C=small(6))
            if kind is LayerType.NGCONV:
                sizes["G"] = small(3)
    tiles = dict(sizes)
    kernel = {"P": sizes["R"], "Q": sizes["S"]}  # kernel rows, columns of one unit
    oracle_levels, levels = [], []
    for _ in range(draw.choice([1, 1, 2, 2, 2, 3, 3, 4])):
        units = draw.choice([1, 2, 2, 3, 4, 5])
        dims = [d for d in "NGKCPQ" if tiles[d] > 1 and draw.random() < 0.75]
        draw.shuffle(dims)
        spread = draw.random()
        diagonal = None
        if spread < 0.2 and kind is not LayerType.GEMM:
            diagonal = draw.choice("PQ")
            if kernel[diagonal] == 1 or kernel[diagonal] > 4:
                diagonal = None
        spatial = draw.choice(dims) if dims and spread > 0.25 and diagonal is None else None
        if diagonal:
            units = max(units, kernel[diagonal])
        maps, oracle_maps = [], []
        if diagonal:
            tap = "R" if diagonal == "P" else "S"
            maps.append(Map(True, Dim[tap], 1, 1))
            oracle_maps.append((tap, 1, True))
        for dim in dims:
            tile = draw.randint(1, tiles[dim])
            oracle_maps.append((dim, tile, dim == spatial))
            maps.append(
                _directive(
                    draw, kind, dim, tile, tiles[dim], dim == spatial, dim == diagonal, kernel, stride_y, stride_x
                )
            )
            tiles[dim] = tile
        if diagonal:
            kernel[diagonal] = 1
        elif draw.random() < 0.5 and kind is not LayerType.GEMM:
            maps.append(Map(False, Dim.R, kernel["P"], kernel["P"]))
        oracle_levels.append(OracleLevel(units, tuple(oracle_maps)))
        levels.append(Level(units, tuple(maps)))
    hardware = PeHardware(
        pes=1,
        noc_bandwidth=draw.choice([1, 2, 4, 7, 64]),
        noc_latency=draw.choice([0, 1, 1, 3]),
        off_chip_bandwidth=draw.choice([1, 3, UNBOUNDED]),
        simd_lanes=draw.choice([1, 1, 2, 4]),
        l2_size=draw.choice([0, 3, 10, 40, 100, 300]),
    )
    return Case(
        OracleCase(sizes, stride_y, stride_x, tuple(oracle_levels)),
        OracleHardware(
            hardware.noc_bandwidth,
            hardware.noc_latency,
            hardware.off_chip_bandwidth,
            hardware.simd_lanes,
            hardware.l2_size,
        ),
        _problem(draw, kind, sizes, stride_y, stride_x),
        tuple(levels),
        hardware,
    )


def _directive(
    draw: random.Random,
    kind: LayerType,
    dim: str,
    tile: int,
    upper: int,
    spatial: bool,
    diagonal: bool,
    kernel: dict[str, int],
    stride_y: int,
    stride_x: int,
) -> Map:
    """The directive that yields a tile: output-centric or input-centric along an image, as drawn."""
    if kind is LayerType.GEMM:
        return Map(spatial, {"Q": Dim.M, "C": Dim.K, "K": Dim.GEMM_N}[dim], tile, tile)
    if kind is LayerType.DSCONV and dim == "G":
        return Map(spatial, Dim.C, tile, tile)
    if dim not in "PQ":
        return Map(spatial, Dim[dim], tile, tile)
    if draw.random() < 0.4 and not diagonal:
        return Map(spatial, Dim.Y_OUT if dim == "P" else Dim.X_OUT, tile, tile)
    stride = stride_y if dim == "P" else stride_x
    name = Dim.Y if dim == "P" else Dim.X
    if diagonal:
        if tile == upper:
            return Map(True, name, (tile - 1) * stride + kernel[dim], 1)
        return Map(True, name, (tile - 1) * stride + 1, 1)
    size = (tile - 1) * stride + kernel[dim]
    if tile < upper:
        size += draw.randrange(stride)
    offset = tile if stride == 1 else draw.choice([tile, tile * stride])
    return Map(spatial, name, size, offset)


def _problem(draw: random.Random, kind: LayerType, sizes: dict[str, int], stride_y: int, stride_x: int) -> Problem:
    numbers = [0] * len(Dim)
    if kind is LayerType.GEMM:
        numbers[Dim.M], numbers[Dim.K], numbers[Dim.GEMM_N] = sizes["Q"], sizes["C"], sizes["K"]
        return Problem(kind, tuple(numbers))
    numbers[Dim.N] = sizes["N"] if sizes["N"] > 1 else draw.choice([0, 1])
    numbers[Dim.R], numbers[Dim.S] = sizes["R"], sizes["S"]
    numbers[Dim.Y] = (sizes["P"] - 1) * stride_y + sizes["R"] + draw.randrange(stride_y)
    numbers[Dim.X] = (sizes["Q"] - 1) * stride_x + sizes["S"] + draw.randrange(stride_x)
    if kind is LayerType.DSCONV:
        numbers[Dim.C] = sizes["G"]
        numbers[Dim.K] = draw.choice([0, 1])
    else:
        numbers[Dim.K], numbers[Dim.C] = sizes["K"], sizes["C"]
        if kind is LayerType.NGCONV:
            numbers[Dim.G] = sizes["G"]
    return Problem(kind, tuple(numbers), stride_y, stride_x)
