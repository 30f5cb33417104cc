"""Options of layers on grids of PE arrays."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from workbench.cost.directive_arrays import encode_hardware, encode_mapping, encode_problem, stack_mappings
from workbench.cost.exact import CYCLES, ON_CHIP_CYCLES, exact_batch
from workbench.cost.options import Column, OptionTable
from workbench.cost.pe_array import line_width, option_table, pe_directives
from workbench.dataflow.core_dataflow import CoreDataflow, Loop
from workbench.dataflow.mapping import LayerType, PeHardware, Problem
from workbench.dataflow.parser import parse
from workbench.hardware.board import Board, Family, MemoryGroup
from workbench.hardware.core import PeArrayCore
from workbench.hardware.core_library import core_names, load_core
from workbench.hardware.energy import EnergyTable
from workbench.workload.layer import LayerKind, LayerShape, Operands

BOARD = Board(
    "asic", Family.ASIC, (), (MemoryGroup("dram", 1, 16e9),), clock_hz=1e9, port_bytes_per_cycle=16.0,
    psum_link_bytes_per_cycle=8.0, global_buffer_bytes=1 << 22,
)  # fmt: skip
ENERGY = EnergyTable("e", off_chip_j_per_byte=1e-10, network_j_per_byte_hop=1e-12, mac_j=1e-12, l1_j=1e-12, l2_j=1e-11)
WEIGHT_STATIONARY = PeArrayCore(
    "ws", 64,
    "SpatialMap(1,1) K; TemporalMap(8,8) C; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X; "
    "Cluster(8, P); SpatialMap(1,1) C;",
)  # fmt: skip
ANY = CoreDataflow(spatial=(), flexible=True)
CONV = LayerShape(LayerKind.CONV, 14, 14, 32, 14, 14, 48, 3, 3)
LAYERS = {
    "conv": CONV,
    "strided": LayerShape(LayerKind.CONV, 15, 15, 3, 7, 7, 20, 3, 3, 2, 2),
    "wide kernel": LayerShape(LayerKind.CONV, 30, 30, 4, 30, 30, 5, 11, 11),
    "stride over kernel": LayerShape(LayerKind.CONV, 28, 28, 16, 14, 14, 16, 1, 1, 2, 2),
    "dilated": LayerShape(LayerKind.CONV, 16, 16, 8, 16, 16, 8, 3, 3, dilation=2),
    "grouped": LayerShape(LayerKind.CONV, 14, 14, 32, 14, 14, 48, 3, 3, groups=4),
    "depthwise": LayerShape(LayerKind.DEPTHWISE, 14, 14, 32, 14, 14, 32, 3, 3, groups=32),
    "depthwise conv": LayerShape(LayerKind.CONV, 14, 14, 32, 14, 14, 32, 3, 3, groups=32),
    "transposed": LayerShape(LayerKind.TRANSPOSED, 7, 7, 16, 14, 14, 8, 2, 2, 2, 2),
    "gemm": LayerShape(LayerKind.GEMM, 1, 40, 64, 1, 40, 96),
    "repeated": LayerShape(LayerKind.GEMM, 1, 1, 64, 1, 1, 96, repeat=25),
    "attention": LayerShape(LayerKind.GEMM, 1, 16, 64, 1, 16, 64, groups=4, operands=Operands.ACTIVATIONS, batch=2),
    "batch": replace(CONV, batch=3),
    "pool": LayerShape(LayerKind.POOL, 14, 14, 32, 7, 7, 32, 2, 2, 2, 2),
    "add": LayerShape(LayerKind.ELTWISE, 14, 14, 32, 14, 14, 32, reads=2),
    "softmax": LayerShape(LayerKind.SOFTMAX, 1, 16, 64, 1, 16, 64),
    "norm": LayerShape(LayerKind.NORM, 1, 16, 64, 1, 16, 64),
    "resize": LayerShape(LayerKind.RESIZE, 7, 7, 32, 14, 14, 32),
    "concat": LayerShape(LayerKind.CONCAT, 14, 14, 32, 14, 14, 32),
    "one pixel": LayerShape(LayerKind.CONV, 1, 1, 512, 1, 1, 10),
}  # fmt: skip


def options(
    shapes: list[LayerShape], core: PeArrayCore = WEIGHT_STATIONARY, board: Board = BOARD, cores: int = 1,
    dataflow: CoreDataflow = ANY, everything: bool = True,
) -> OptionTable:  # fmt: skip
    return option_table(shapes, core, dataflow, cores, 1, 1, (), board, ENERGY, all_rectangles=everything)


@pytest.mark.parametrize("name", core_names(Family.ASIC))
def test_every_kind_of_layer_runs_on_every_preset_core(name: str) -> None:
    core = load_core(name)
    assert isinstance(core, PeArrayCore)
    for board in (BOARD, replace(BOARD, global_buffer_bytes=1000), replace(BOARD, weights_overlap=False)):
        table = options(list(LAYERS.values()), core, board, cores=4)
        finite = np.delete(table.rows, Column.RATE_LIMIT, axis=1)
        assert np.isfinite(finite).all()
        assert (finite >= 0).all()
        for shape, (first, last) in zip(LAYERS.values(), pairwise(table.start), strict=True):
            rows = table.rows[first:last]
            assert len(rows) >= 1
            assert rows[0, Column.CORES] == 1
            assert np.allclose(rows[:, Column.MAC_J], shape.macs * ENERGY.mac_j)
            cycles = rows[:, Column.COMPUTE_S] * board.clock_hz
            assert (cycles * rows[:, Column.CORES] * core.macs_per_cycle >= shape.macs * (1 - 1e-9)).all()


@pytest.mark.parametrize(
    "text",
    [
        "TemporalMap(8,1) K; SpatialMap(3,9) C; SpatialMap(1,1) Y; TemporalMap(1,1) X; TemporalMap(1,1) R;",
        "SpatialMap(1,1) R; TemporalMap(1,1) Y; Cluster(7); SpatialMap(1,1) S; SpatialMap(1,1) X; TemporalMap(2,2) K;",
        "SpatialMap(1,1) M; TemporalMap(4,4) K; TemporalMap(4,4) N; Cluster(16); SpatialMap(1,1) K;",
        "SpatialMap(1,1) K; Cluster(64); SpatialMap(1,1) C; Cluster(2); SpatialMap(1,1) X;",
        "SpatialMap(1,1) G; TemporalMap(1,1) N; TemporalMap(T_K,T_K) K;",
        "Cluster(4); Cluster(2);",
    ],
)
def test_directives_that_do_not_suit_a_layer_are_adapted(text: str) -> None:
    core = PeArrayCore("odd", 32, text)
    table = options(list(LAYERS.values()), core, cores=3)
    cycles = table.rows[:, Column.COMPUTE_S] * BOARD.clock_hz
    for shape, (first, last) in zip(LAYERS.values(), pairwise(table.start), strict=True):
        assert (cycles[first:last] * table.rows[first:last, Column.CORES] * core.pes >= shape.macs * (1 - 1e-9)).all()


def test_one_core_is_the_exact_model() -> None:
    table = options([CONV])
    problem = Problem(LayerType.CONV, (1, 0, 48, 32, 3, 3, 16, 16, 0, 0, 0, 0))
    hardware = PeHardware(64, 64, 1, 1 << 50, l2_size=BOARD.global_buffer_bytes)
    row = exact_batch(
        stack_mappings([encode_mapping(parse(WEIGHT_STATIONARY.directives))]),
        np.zeros(1, np.int64), encode_problem(problem)[None], encode_hardware(hardware)[None],
    )[0]  # fmt: skip
    assert table.rows[0, Column.COMPUTE_S] * BOARD.clock_hz == pytest.approx(row[ON_CHIP_CYCLES])
    assert row[CYCLES] == row[ON_CHIP_CYCLES] + 2  # an element in, an element out of unbounded memory
    assert table.rows[0, Column.INPUT_BYTES] == pytest.approx(CONV.input_elements)  # padding is not fetched
    assert table.rows[0, Column.WEIGHT_BYTES] == CONV.weight_elements
    assert table.rows[0, Column.OUTPUT_BYTES] == CONV.output_elements


def test_a_gemm_is_a_pointwise_convolution() -> None:
    gemm = LayerShape(LayerKind.GEMM, 1, 40, 64, 1, 40, 96)
    pointwise = replace(gemm, kind=LayerKind.CONV)
    table = options([gemm, pointwise], cores=4)
    assert (table.rows[: table.start[1]] == table.rows[table.start[1] :]).all()


def test_a_gemm_text_means_the_same_as_its_convolution_text() -> None:
    gemm = PeArrayCore(
        "g", 64, "TemporalMap(2,2) N; SpatialMap(1,1) M; TemporalMap(8,8) K; Cluster(8); SpatialMap(1,1) K;"
    )
    conv = PeArrayCore(
        "c", 64, "TemporalMap(2,2) K; SpatialMap(1,1) X'; TemporalMap(8,8) C; Cluster(8); SpatialMap(1,1) C;"
    )
    assert (options([LAYERS["gemm"]], gemm).rows == options([LAYERS["gemm"]], conv).rows).all()


def test_groups_and_repeats_multiply() -> None:
    one = options([replace(LAYERS["attention"], groups=1, in_c=16, out_c=16, batch=1)]).rows[0]
    eight = options([LAYERS["attention"]]).rows[0]
    for column in (Column.INPUT_BYTES, Column.OUTPUT_BYTES, Column.MAC_J):
        assert eight[column] == pytest.approx(8 * one[column])
    assert eight[Column.WEIGHT_BYTES] == 0
    assert 7 * one[Column.COMPUTE_S] < eight[Column.COMPUTE_S] <= 8 * one[Column.COMPUTE_S]
    single = options([replace(LAYERS["repeated"], repeat=1)]).rows[0]
    repeated = options([LAYERS["repeated"]]).rows[0]
    assert repeated[Column.COMPUTE_S] == pytest.approx(25 * single[Column.COMPUTE_S])
    assert repeated[Column.WEIGHT_BYTES] == single[Column.WEIGHT_BYTES]  # they fit the buffer and stay
    small = replace(BOARD, global_buffer_bytes=1000)
    fetched = options([LAYERS["repeated"]], board=small).rows[0, Column.WEIGHT_BYTES]
    assert fetched == 25 * single[Column.WEIGHT_BYTES]


@pytest.mark.parametrize("loop", list(Loop))
def test_splitting_a_loop(loop: Loop) -> None:
    """Two cores halve the work of a loop that divides, and what they fetch twice depends on the wires."""
    dataflow = CoreDataflow(spatial=(loop,))
    wires = {Loop.P: "weight-multicast", Loop.K: "input-multicast", Loop.C: "psum-ring"}
    shape = replace(CONV, in_c=32, out_c=48)
    bare = option_table([shape], WEIGHT_STATIONARY, dataflow, 2, 1, 1, (), BOARD, ENERGY, all_rectangles=True).rows
    wired = option_table(
        [shape], WEIGHT_STATIONARY, dataflow, 2, 1, 1, [wires[loop]], BOARD, ENERGY, all_rectangles=True
    ).rows
    assert len(wired) == 2
    one, two = wired
    assert two[Column.COMPUTE_S] == pytest.approx(one[Column.COMPUTE_S] / 2, rel=0.1)
    assert two[Column.MAC_J] == one[Column.MAC_J]
    if loop is Loop.C:
        assert len(bare) == 1  # partial sums have no way
        assert two[Column.RING_S] == pytest.approx(4 * CONV.output_elements / 2 / 8 / BOARD.clock_hz)
        assert two[Column.OUTPUT_BYTES] == pytest.approx(one[Column.OUTPUT_BYTES])
        assert two[Column.NETWORK_J] > one[Column.NETWORK_J]
    elif loop is Loop.P:
        assert two[Column.WEIGHT_BYTES] == one[Column.WEIGHT_BYTES]
        assert bare[1, Column.WEIGHT_BYTES] == 2 * one[Column.WEIGHT_BYTES]
        assert two[Column.INPUT_BYTES] == pytest.approx(one[Column.INPUT_BYTES] * 18 / 16)  # the halo, fetched twice
    else:
        assert two[Column.INPUT_BYTES] == pytest.approx(one[Column.INPUT_BYTES])
        assert bare[1, Column.INPUT_BYTES] == pytest.approx(2 * one[Column.INPUT_BYTES])
        assert two[Column.WEIGHT_BYTES] == pytest.approx(one[Column.WEIGHT_BYTES])


def test_memory_bound_layers_move_every_byte_once() -> None:
    row = options([LAYERS["add"]]).rows[0]
    elements = 14 * 14 * 32
    assert row[Column.COMPUTE_S] * BOARD.clock_hz == pytest.approx(math.ceil(2 * elements / 64))
    assert (row[Column.INPUT_BYTES], row[Column.OUTPUT_BYTES], row[Column.WEIGHT_BYTES]) == (2 * elements, elements, 0)
    assert options([LAYERS["concat"]]).rows[0, Column.UNSTALLED_S] == 0


def test_a_small_buffer_fetches_again() -> None:
    large, small = options([CONV]).rows[0], options([CONV], board=replace(BOARD, global_buffer_bytes=2000)).rows[0]
    assert small[Column.INPUT_BYTES] > 2 * large[Column.INPUT_BYTES]
    assert small[Column.REFETCH_I] > 2
    assert large[Column.REFETCH_I] == large[Column.REFETCH_W] == large[Column.REFETCH_O] == 1


def test_left_out_options_are_no_loss() -> None:
    every, kept = (options(list(LAYERS.values()), cores=6, everything=e) for e in (True, False))

    def measures(rows: np.ndarray) -> np.ndarray:
        moved = rows[:, Column.INPUT_BYTES] + rows[:, Column.WEIGHT_BYTES] + rows[:, Column.OUTPUT_BYTES]
        energy = rows[:, [Column.MAC_J, Column.ON_CHIP_J, Column.OFF_CHIP_J, Column.NETWORK_J]].sum(1)
        return np.stack([rows[:, Column.CORES], rows[:, Column.UNSTALLED_S], moved, energy], axis=1)

    assert len(kept.rows) < len(every.rows)
    for shape in range(len(LAYERS)):
        some = measures(kept.rows[kept.start[shape] : kept.start[shape + 1]])
        for one in measures(every.rows[every.start[shape] : every.start[shape + 1]]):
            assert (some <= one + 1e-18).all(axis=1).any()


def test_parts_of_a_time_and_an_energy() -> None:
    shared = options(list(LAYERS.values()), cores=4).rows
    worst = shared[:, [Column.COMPUTE_S, Column.PORT_S, Column.RING_S]].max(axis=1)
    assert (shared[:, Column.UNSTALLED_S] == worst).all()
    moved = shared[:, [Column.INPUT_BYTES, Column.WEIGHT_BYTES, Column.OUTPUT_BYTES]].sum(axis=1)
    assert np.allclose(shared[:, Column.OFF_CHIP_J], moved * ENERGY.off_chip_j_per_byte)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("SpatialMap(1,1) K; TemporalMap(1,1) X;", 0),
        ("SpatialMap(Sz(R),1) Y; Cluster(4); SpatialMap(Sz(S),1) X;", 4),
        ("SpatialMap(1,1) Y'; Cluster(Sz(R)); SpatialMap(1,1) Y; SpatialMap(1,1) R;", 1),
    ],
)
def test_a_line_lies_along_what_units_are_spread_over(text: str, width: int) -> None:
    assert line_width(pe_directives(text), 64) == width


def test_a_text_with_mistakes_is_named() -> None:
    with pytest.raises(ValueError, match="line 1, column"):
        pe_directives("SpatialMap(1,1) Q;")
    with pytest.raises(ValueError, match="Clusters"):
        pe_directives("Cluster(1);" * 6)
