"""Properties of the DPU cost tables, and cases with known answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cost.dpu import (
    ALL_WIRES,
    INPUT_MULTICAST,
    PSUM_RING,
    WEIGHT_MULTICAST,
    grid_splits,
    option_table,
    port_bytes_per_cycle,
)
from workbench.cost.options import COLUMNS, Column, OptionTable
from workbench.dataflow.core_dataflow import CoreDataflow, Loop, TemporalLoop, TileRule
from workbench.hardware.board import PortRule
from workbench.hardware.presets import DpuCore, load_board, load_core, load_energy
from workbench.workload.layer import LayerKind, LayerShape, Operands

BOARD = load_board("u280")
ENERGY = load_energy("split")
AUTO = CoreDataflow((Loop.P, Loop.K), auto=True)
AUTO3 = CoreDataflow((Loop.P, Loop.K, Loop.C), auto=True)
FLEXIBLE = CoreDataflow((), auto=True, flexible=True)


def core(name: str = "B1024") -> DpuCore:
    found = load_core(name)
    assert isinstance(found, DpuCore)
    return found


def conv(size: int, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, **more: object) -> LayerShape:
    out = -(-size // stride)
    return LayerShape(
        LayerKind.CONV,
        size,
        size,
        inputs,
        out,
        out,
        outputs,
        kernel,
        kernel,
        stride,
        stride,
        **more,  # type: ignore[arg-type]
    )


def gemm(m: int, n: int, k: int, **more: object) -> LayerShape:
    groups = int(more.get("groups", 1))  # type: ignore[call-overload]
    return LayerShape(LayerKind.GEMM, 1, m, k * groups, 1, m, n * groups, **more)  # type: ignore[arg-type]


def run(shape: LayerShape, dataflow: CoreDataflow = AUTO, grid: tuple[int, int, int] = (1, 1, 1), wires=ALL_WIRES,
        board=BOARD, name: str = "B1024", everything: bool = True) -> OptionTable:  # fmt: skip
    return option_table([shape], core(name), dataflow, *grid, wires, board, ENERGY, all_rectangles=everything)


def off_chip(row: np.ndarray) -> float:
    return float(row[Column.INPUT_BYTES] + row[Column.WEIGHT_BYTES] + row[Column.OUTPUT_BYTES])


def cycles(row: np.ndarray, board=BOARD) -> float:
    return float(row[Column.COMPUTE_S] * board.clock_hz)


@st.composite
def layers(draw: st.DrawFn) -> LayerShape:
    kind = draw(st.sampled_from(["conv", "gemm", "depthwise", "pool", "add"]))
    channels = st.sampled_from([3, 16, 24, 64, 100, 256, 512])
    size = draw(st.sampled_from([1, 7, 13, 28, 56]))
    if kind == "gemm":
        return gemm(draw(st.integers(1, 200)), draw(channels), draw(channels), groups=draw(st.sampled_from([1, 4])),
                    repeat=draw(st.sampled_from([1, 3])), batch=draw(st.sampled_from([1, 2])))  # fmt: skip
    if kind == "conv":
        return conv(size, draw(channels), draw(channels), draw(st.sampled_from([1, 3])), draw(st.sampled_from([1, 2])),
                    batch=draw(st.sampled_from([1, 3])))  # fmt: skip
    width = draw(channels)
    if kind == "depthwise":
        return LayerShape(LayerKind.DEPTHWISE, size, size, width, size, size, width, 3, 3, groups=width)
    if kind == "pool":
        return LayerShape(LayerKind.POOL, size, size, width, size, size, width, 3, 3)
    return LayerShape(LayerKind.ELTWISE, size, size, width, size, size, width, reads=2)


@settings(max_examples=150, deadline=None)
@given(layers(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 2))
def test_a_larger_rectangle_never_needs_more_compute_cycles(shape: LayerShape, r: int, c: int, p: int) -> None:
    rows = run(shape, AUTO3, (r, c, p)).rows
    by_rectangle = {tuple(row[:3].astype(int)): row[Column.COMPUTE_S] for row in rows}
    assert len(by_rectangle) == r * c * p
    for (a, b, d), time in by_rectangle.items():
        for smaller in ((a - 1, b, d), (a, b - 1, d), (a, b, d - 1)):
            if smaller in by_rectangle:
                assert time <= by_rectangle[smaller]


@settings(max_examples=150, deadline=None)
@given(layers(), st.sampled_from([(1, 1, 1), (2, 3, 1), (3, 2, 2)]))
def test_multicast_never_adds_bytes_and_nothing_goes_below_the_compulsory(shape: LayerShape, grid) -> None:
    with_wires, ring_only = (run(shape, AUTO3, grid, wires=w).rows for w in (ALL_WIRES, (PSUM_RING,)))
    images = shape.batch * shape.repeat
    least_w = shape.weight_elements if shape.operands is Operands.WEIGHTS else 0
    for a, b in zip(with_wires, ring_only, strict=True):
        assert off_chip(a) <= off_chip(b)
        assert a[Column.OUTPUT_BYTES] >= shape.output_elements * images
        assert a[Column.WEIGHT_BYTES] >= least_w
        rows = min(shape.in_h, shape.padded_h) if shape.stride_h <= shape.kernel_h else shape.out_h * shape.kernel_h
        read = rows * shape.in_w * shape.in_c * shape.reads
        assert a[Column.INPUT_BYTES] >= read * images * (1 - 1e-12)
        assert a[Column.UNSTALLED_S] >= max(a[Column.COMPUTE_S], a[Column.PORT_S], a[Column.RING_S])
        assert a[Column.NETWORK_J] >= b[Column.NETWORK_J]


@settings(max_examples=100, deadline=None)
@given(layers(), st.permutations([Loop.P, Loop.C, Loop.K]))
def test_automatic_order_is_never_worse_than_a_written_one(shape: LayerShape, order: list[Loop]) -> None:
    written = CoreDataflow((Loop.P, Loop.K), tuple(TemporalLoop(loop, TileRule.LARGEST) for loop in order))
    for best, fixed in zip(run(shape, AUTO, (2, 2, 1)).rows, run(shape, written, (2, 2, 1)).rows, strict=True):
        assert best[Column.UNSTALLED_S] <= fixed[Column.UNSTALLED_S]


@settings(max_examples=60, deadline=None)
@given(layers(), st.integers(1, 4), st.integers(1, 3))
def test_left_out_options_are_dominated_and_flexible_is_never_worse(shape: LayerShape, r: int, c: int) -> None:
    full, kept = run(shape, AUTO, (r, c, 1)).rows, run(shape, AUTO, (r, c, 1), everything=False).rows
    for row in full:
        assert any(
            k[Column.CORES] <= row[Column.CORES] and k[Column.UNSTALLED_S] <= row[Column.UNSTALLED_S]
            and off_chip(k) <= off_chip(row)
            for k in kept
        )  # fmt: skip
    flexible = run(shape, FLEXIBLE, (r, c, 1)).rows
    assert flexible[:, Column.UNSTALLED_S].min() <= full[:, Column.UNSTALLED_S].min()
    assert flexible[:, Column.CORES].max() <= r * c


@settings(max_examples=60, deadline=None)
@given(layers(), st.permutations([Loop.P, Loop.C, Loop.K]))
def test_without_port_and_link_limits_the_loop_order_does_not_matter(shape: LayerShape, order: list[Loop]) -> None:
    board = replace(BOARD, port_rule=PortRule.SHARED, psum_link_bytes_per_cycle=1e30)
    written = CoreDataflow((Loop.P, Loop.K), tuple(TemporalLoop(loop, TileRule.LARGEST) for loop in order))
    for a, b in zip(run(shape, AUTO, board=board).rows, run(shape, written, board=board).rows, strict=True):
        assert a[Column.UNSTALLED_S] == b[Column.UNSTALLED_S] == a[Column.COMPUTE_S]


def test_table_is_complete_and_in_order() -> None:
    shapes = [conv(28, 64, 64), gemm(64, 100, 50), conv(14, 8, 8)]
    table = option_table(shapes, core(), AUTO, 2, 3, 1, ALL_WIRES, BOARD, ENERGY, all_rectangles=True)
    assert table.rows.shape == (3 * 6, COLUMNS)
    assert list(table.start) == [0, 6, 12, 18]
    assert (table.rows[:, Column.CORES] == table.rows[:, :3].prod(axis=1)).all()


def test_pixels_of_a_core_are_rows() -> None:
    """Pixel parallelism runs over output rows: 9 rows take two strips of 8, 16 columns are walked one by one."""
    shape = LayerShape(LayerKind.CONV, 9, 16, 8, 9, 16, 8)
    assert cycles(run(shape).rows[0]) == pytest.approx(2 * 16)


def test_channel_augmentation_works_on_several_kernel_columns() -> None:
    shape = conv(64, 3, 8, 7)
    assert cycles(run(shape).rows[0]) == pytest.approx(8 * 64 * 7 * 2)  # ⌊2·8/3⌋ = 5 columns at once
    without = replace(BOARD, channel_augmentation=False)
    assert cycles(run(shape, board=without).rows[0], without) == pytest.approx(8 * 64 * 7 * 7)


def test_depthwise_pool_and_add_use_their_engines() -> None:
    depthwise = LayerShape(LayerKind.DEPTHWISE, 16, 16, 24, 16, 16, 24, 3, 3, groups=24)
    assert cycles(run(depthwise).rows[0]) == pytest.approx(4 * 16 * 3 * 9)  # 4 rows at once, 3 channel groups
    pool = LayerShape(LayerKind.POOL, 16, 16, 24, 8, 8, 24, 2, 2, 2, 2)
    assert cycles(run(pool).rows[0]) == pytest.approx(2 * 8 * 3 * 4)
    add = LayerShape(LayerKind.ELTWISE, 16, 16, 24, 16, 16, 24, reads=2)
    assert cycles(run(add).rows[0]) == pytest.approx(2.9 * 256 * 3)
    concat = LayerShape(LayerKind.CONCAT, 16, 16, 24, 16, 16, 24)
    assert off_chip(run(concat).rows[0]) == cycles(run(concat).rows[0]) == 0


def test_a_repeated_product_fetches_pinned_weights_once() -> None:
    small, large = gemm(1, 256, 256, repeat=10), gemm(1, 4096, 1024, repeat=10)
    assert run(small).rows[0][Column.WEIGHT_BYTES] == 256 * 256
    assert run(large).rows[0][Column.WEIGHT_BYTES] == 10 * 4096 * 1024
    spread = run(large, CoreDataflow((Loop.K,), auto=True), (32, 1, 1)).rows[-1]
    assert spread[Column.WEIGHT_BYTES] == 4096 * 1024  # 32 cores hold it together


def test_products_of_activations_share_nothing_between_images() -> None:
    one = gemm(64, 64, 64, groups=12, operands=Operands.ACTIVATIONS)
    two = replace(one, batch=2)
    a, b = run(one).rows[0], run(two).rows[0]
    assert b[Column.WEIGHT_BYTES] == 2 * a[Column.WEIGHT_BYTES] == 2 * 12 * 64 * 64
    weights = gemm(64, 64, 64, groups=12)
    assert run(replace(weights, batch=2)).rows[0][Column.WEIGHT_BYTES] == run(weights).rows[0][Column.WEIGHT_BYTES]


def test_heads_are_shared_out_whole_before_they_are_cut() -> None:
    heads = gemm(64, 64, 64, groups=4)
    line = CoreDataflow((Loop.K,), auto=True)
    rows = run(heads, line, (8, 1, 1), wires=()).rows
    assert [round(cycles(r) / cycles(rows[-1])) for r in rows] == [8, 4, 4, 2, 2, 2, 2, 1]
    assert rows[3][Column.INPUT_BYTES] == rows[0][Column.INPUT_BYTES]  # a head per core: nothing read twice
    assert rows[7][Column.INPUT_BYTES] == 2 * rows[0][Column.INPUT_BYTES]


def test_the_ring_carries_partial_sums_and_needs_its_wire() -> None:
    shape = conv(14, 512, 64)
    over_c = CoreDataflow((Loop.C,), auto=True)
    with_ring = run(shape, over_c, (4, 1, 1), wires=(PSUM_RING,)).rows
    assert list(with_ring[:, Column.CORES]) == [1, 2, 3, 4]
    assert with_ring[3][Column.RING_S] * BOARD.clock_hz * BOARD.psum_link_bytes_per_cycle == pytest.approx(
        4 * 14 * 14 * 64 * 3 / 4
    )
    assert list(run(shape, over_c, (4, 1, 1), wires=()).rows[:, Column.CORES]) == [1]


def test_ports_follow_the_rule() -> None:
    small, large = core("B512"), core("B4096")
    wide = {rule: replace(BOARD, port_rule=rule) for rule in PortRule}
    assert port_bytes_per_cycle(small, wide[PortRule.PER_CORE]) == 16
    assert port_bytes_per_cycle(large, wide[PortRule.PER_CORE]) == 32
    assert port_bytes_per_cycle(small, wide[PortRule.FIXED]) == 32
    assert port_bytes_per_cycle(small, wide[PortRule.PROPORTIONAL]) == 4
    assert port_bytes_per_cycle(small, wide[PortRule.SHARED]) == float("inf")


def test_energy_parts_follow_the_table() -> None:
    shape = conv(16, 8, 8, 1)
    row = run(shape).rows[0]
    assert row[Column.MAC_J] == pytest.approx(ENERGY.slot_j * 16 * 16 * 8 * 8)
    assert row[Column.ON_CHIP_J] == pytest.approx(ENERGY.bram_j * shape.macs * (1 / 8 + 1 / 8))
    assert row[Column.OFF_CHIP_J] == pytest.approx(ENERGY.off_chip_j_per_byte * off_chip(row))
    assert row[Column.NETWORK_J] == 0
    lumped = option_table([shape], core(), AUTO, 1, 1, 1, (), BOARD, load_energy("dpu-9pJ")).rows[0]
    assert lumped[Column.MAC_J] == pytest.approx(18e-12 * shape.macs)


def test_what_multicast_hands_on_costs_network_energy() -> None:
    shape = conv(32, 64, 64)
    row = run(shape, AUTO, (2, 1, 1), wires=(WEIGHT_MULTICAST, INPUT_MULTICAST)).rows[-1]
    assert row[Column.NETWORK_J] == pytest.approx(ENERGY.network_j_per_byte_hop * shape.weight_elements)


def test_splits_of_a_line_count_cores() -> None:
    line = grid_splits(CoreDataflow((Loop.K,), auto=True), 2, 3, 1, ring=False)
    assert sorted(line[:, 5]) == [1, 2, 3, 4, 6]
    assert (line[:, 3:5] == 1).all()
    assert len(grid_splits(FLEXIBLE, 4, 1, 1, ring=False)) == 8  # pairs with a product of at most 4
    assert len(grid_splits(FLEXIBLE, 4, 1, 1, ring=False, one=True)) == 7
