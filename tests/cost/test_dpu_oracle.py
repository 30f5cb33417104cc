"""The closed sums of the DPU kernel against a walk that counts bytes element by element."""

from dataclasses import replace

import pytest
from dpu_oracle import Walk
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from workbench.cost.dpu import INPUT_MULTICAST, PSUM_RING, WEIGHT_MULTICAST, option_table
from workbench.cost.options import Column
from workbench.dataflow.core_dataflow import CoreDataflow, Loop, TemporalLoop, TileRule
from workbench.hardware.board import PortRule
from workbench.hardware.core import DpuCore
from workbench.hardware.presets import load_board, load_energy
from workbench.workload.layer import LayerKind, LayerShape, Operands

ENERGY = load_energy("split")
PORT = 16.0
BOARD = replace(
    load_board("u200"), port_rule=PortRule.FIXED, port_bytes_per_cycle=PORT, double_buffer=True, clock_hz=1e6,
    psum_link_bytes_per_cycle=16.0, overlap_rest=0.0,
)  # fmt: skip


def small_core(pixels: int, inputs: int, outputs: int, image: int, weights: int) -> DpuCore:
    """A core with banks (bytes; halved by double buffering) so small that tiny layers do not fit."""
    members = {"image_bank_bytes": image, "weight_bank_bytes": weights, "__slots__": ()}
    return type("SmallCore", (DpuCore,), members)("small", pixels, inputs, outputs)


def tight_core(draw: st.DrawFn, shape: LayerShape) -> DpuCore:
    """A core whose banks hold one to a few of the smallest tiles of this layer."""
    pixels, inputs, outputs = (draw(st.integers(1, 3)) for _ in range(3))
    rows = (pixels - 1) * shape.stride_h + (shape.kernel_h - 1) * shape.dilation + 1
    image = max(rows * shape.in_w * inputs, 4 * pixels * shape.out_w * outputs)
    weights = shape.kernel_h * shape.kernel_w * inputs * outputs
    more = st.sampled_from([1.0, 1.0, 1.4, 2.0, 3.0, 8.0])
    return small_core(pixels, inputs, outputs, 2 * int(image * draw(more)), 2 * int(weights * draw(more)))


@st.composite
def conv(draw: st.DrawFn) -> LayerShape:
    kernel = draw(st.integers(1, 3))
    stride = draw(st.integers(1, kernel))
    dilation = draw(st.integers(1, 2)) if kernel > 1 and stride == 1 else 1
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    out_h, out_w = draw(st.integers(1, 9)), draw(st.integers(2, 4))
    channels = 2 if groups > 1 else 1  # two channels a group: one would be a depthwise layer
    in_c, out_c = channels * draw(st.integers(1, 5)), draw(st.integers(1, 9))
    shape = LayerShape(
        LayerKind.CONV, 0, 0, in_c * groups, out_h, out_w, out_c * groups, kernel, kernel, stride, stride, dilation,
        groups,
    )  # fmt: skip
    return replace(shape, in_h=shape.padded_h, in_w=shape.padded_w)


@st.composite
def gemm(draw: st.DrawFn) -> LayerShape:
    m, groups = draw(st.integers(1, 11)), draw(st.sampled_from([1, 1, 2, 3]))
    c, k = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    operands = draw(st.sampled_from(list(Operands)))
    batch = draw(st.integers(1, 3))
    return LayerShape(LayerKind.GEMM, 1, m, c * groups, 1, m, k * groups, groups=groups, operands=operands, batch=batch)


def loops(draw: st.DrawFn, order: list[Loop]) -> tuple[tuple[TemporalLoop, ...], list[int]]:
    limits = [0, 0, 0]
    found = []
    for loop in order:
        fixed = draw(st.booleans())
        size = draw(st.integers(1, 2)) if fixed else 0
        limits[loop] = size
        found.append(TemporalLoop(loop, TileRule.FIXED if fixed else TileRule.LARGEST, size))
    return tuple(found), limits


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_closed_sums_equal_the_walk(data: st.DataObject) -> None:
    """Off-chip bytes per tensor and the busiest port: grid, order, tiles, halos, multicast, ring, groups."""
    shape = data.draw(st.one_of(conv(), gemm()))
    core = tight_core(data.draw, shape)
    spatial = data.draw(st.permutations([Loop.P, Loop.C, Loop.K]))
    grid = [data.draw(st.sampled_from([1, 1, 2, 3])) for _ in range(3)]
    order = data.draw(st.permutations([Loop.P, Loop.C, Loop.K]))
    temporal, limits = loops(data.draw, order)
    cast_w, cast_i = data.draw(st.booleans()), data.draw(st.booleans())
    split = [1, 1, 1]
    for loop, count in zip(spatial, grid, strict=True):
        split[loop] = count
    inner_first = list(reversed(temporal))
    growth = [t.loop for t in inner_first if t.rule is TileRule.FIXED]
    growth += [t.loop for t in inner_first if t.rule is not TileRule.FIXED]
    banks = (core.image_bank_bytes / 2, core.weight_bank_bytes / 2, core.image_bank_bytes / 2)
    walk = Walk(shape, core, split, order, growth, limits, banks, (cast_w, cast_i))
    assume(walk.fits((1, 1, 1)))
    wires = {PSUM_RING} | ({WEIGHT_MULTICAST} if cast_w else set()) | ({INPUT_MULTICAST} if cast_i else set())
    table = option_table(
        [shape], core, CoreDataflow(tuple(spatial), temporal), *grid, wires, BOARD, ENERGY, all_rectangles=True
    )
    row = next(r for r in table.rows if list(r[:3].astype(int)) == grid)
    for tensor, column in zip("IWO", (Column.REFETCH_I, Column.REFETCH_W, Column.REFETCH_O), strict=True):
        event(f"{tensor} read again: {row[column] > 1}")
    moved = walk.total()
    assert row[Column.INPUT_BYTES] == pytest.approx(moved.inputs, rel=1e-12)
    assert row[Column.WEIGHT_BYTES] == moved.weights
    assert row[Column.OUTPUT_BYTES] == pytest.approx(moved.outputs, rel=1e-12)
    assert row[Column.PORT_S] * BOARD.clock_hz * PORT == pytest.approx(moved.port, rel=1e-12)
