"""Cores that share a map out in tiles of columns, and the pipeline over strips, against a walk over both."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dpu_oracle import small_core

from workbench.cost.dpu import INPUT_MULTICAST, WEIGHT_MULTICAST, option_table
from workbench.cost.options import Column
from workbench.dataflow.core_dataflow import CoreDataflow, Loop
from workbench.hardware.core import DpuCore
from workbench.hardware.presets import load_board, load_energy
from workbench.workload.layer import LayerKind, LayerShape

PORT = 8.0
COLUMNS = 4
BOARD = replace(load_board("h3m-cores"), port_bytes_per_cycle=PORT, clock_hz=1e6, split_columns=COLUMNS)


@st.composite
def layers(draw: st.DrawFn) -> LayerShape:
    """A convolution or depthwise layer whose padding, if any, is never wider than its window reaches over the edge."""
    kernel, stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    extent = (kernel - 1) * dilation + 1
    padding = draw(st.integers(0, extent - 1)) if stride <= extent else 0
    least = 2 if kernel == 1 else 1  # one row of a 1 × 1 kernel is a line, cut elsewhere
    out_h, out_w = draw(st.integers(least, 9)), draw(st.integers(2, 14))
    in_h, in_w = ((out - 1) * stride + extent - padding for out in (out_h, out_w))
    channels = draw(st.integers(1, 9))
    if in_h < 1 or in_w < 1:
        in_h, in_w = in_h + padding, in_w + padding
    if draw(st.booleans()) and channels > 1:
        return LayerShape(
            LayerKind.DEPTHWISE, in_h, in_w, channels, out_h, out_w, channels, kernel, kernel, stride, stride,
            dilation, channels,
        )  # fmt: skip
    return LayerShape(
        LayerKind.CONV, in_h, in_w, channels, out_h, out_w, draw(st.integers(1, 12)), kernel, kernel, stride, stride,
        dilation,
    )  # fmt: skip


def runs_of(things: Sequence[Any], most: int) -> list[list[Any]]:
    return [list(things[first : first + most]) for first in range(0, len(things), most)]


class TileWalk:
    """One layer on n_P × n_K cores: the elements every tile reads, pass by pass, and the strips' three stages."""

    def __init__(self, shape: LayerShape, core: DpuCore, n_p: int, n_k: int, cast_w: bool, cast_i: bool):
        self.shape, self.core = shape, core
        self.dense = shape.kind is LayerKind.CONV
        self.extent = (shape.kernel_h - 1) * shape.dilation + 1
        tiles = runs_of(range(shape.out_w), COLUMNS)
        runs = runs_of(tiles, ceil(len(tiles) / n_p))
        out_groups = runs_of(range(shape.out_c), core.output_channels)
        if not self.dense:
            out_groups = runs_of(range(shape.out_c), core.input_channels)
        k_runs = runs_of(out_groups, ceil(len(out_groups) / n_k))
        self.most_columns = max(sum(len(tile) for tile in run) for run in runs)
        self.cores_p, self.cores_k = len(runs), len(k_runs)
        self.busiest_k = k_runs[0]
        self.in_step = self.dense and self.cores_k > 1 and cast_i
        self.cast_w, self.cast_i = cast_w, cast_i
        self.read_once = sum(self.tile_pixels(tile) for tile in tiles) if self.dense else shape.in_w * self.rows_read()
        self.passes = self.count_passes()

    def rows_met(self) -> set[int]:
        """Padded input rows that windows meet; a row between two windows of one that overlap is read along."""
        s = self.shape
        met = {y * s.stride_h + r * s.dilation for y in range(s.out_h) for r in range(s.kernel_h)}
        return met if self.dense and s.stride_h > self.extent else set(range(min(met), max(met) + 1))

    def rows_read(self) -> int:
        return min(self.shape.in_h, len(self.rows_met()))

    def tile_pixels(self, tile: list[int]) -> int:
        s = self.shape
        left = ceil(((s.out_w - 1) * s.stride_w + self.extent - s.in_w) / 2)
        first, last = tile[0] * s.stride_w - left, tile[-1] * s.stride_w + self.extent - 1 - left
        return self.rows_read() * len([x for x in range(first, last + 1) if 0 <= x < s.in_w])

    def count_passes(self) -> int:
        """Passes over the input: as many output groups as the weight bank holds, or one where cores go in step."""
        if not self.dense:
            return 1
        s, core = self.shape, self.core
        group_bytes = (
            ceil(s.in_c / core.input_channels) * core.input_channels * core.output_channels * s.kernel_h * s.kernel_w
        )
        held = 1 if self.in_step else max(1, core.weight_bank_bytes // group_bytes)
        return len(runs_of(self.busiest_k, held))

    def input_bytes(self) -> float:
        copies = 1 if self.cast_i or not self.dense else self.cores_k
        return self.read_once * self.shape.in_c * self.passes * copies

    def weight_bytes(self) -> int:
        s = self.shape
        each = s.kernel_h * s.kernel_w * s.out_c * (s.in_c if self.dense else 1)
        return each * (1 if self.cast_w else self.cores_p)

    def cycles(self) -> float:
        """Weights first; then every strip is loaded, computed and stored, each stage busy with one strip at a time."""
        s, core = self.shape, self.core
        k_channels = sum(len(group) for group in self.busiest_k)
        share = self.most_columns / s.out_w
        load = self.read_once * share * (s.in_c if self.dense else k_channels)
        if self.in_step:
            load /= self.cores_k
        weights = s.kernel_h * s.kernel_w * k_channels * (s.in_c if self.dense else 1)
        if self.cast_w:
            weights /= self.cores_p
        strips = runs_of(range(s.out_h), core.pixels)
        first = min(s.in_h, (len(strips[0]) - 1) * s.stride_h + self.extent)
        span = min(s.in_h, (s.out_h - 1) * s.stride_h + self.extent)
        if first < span:
            above = ceil(((s.out_h - 1) * s.stride_h + self.extent - s.in_h) / 2)
            first = max(1, first - above)
        loads = [load * first / span] + [load * (1 - first / span) / max(1, len(strips) - 1)] * (len(strips) - 1)
        in_groups = ceil(s.in_c / core.input_channels) if self.dense else 1
        step = self.most_columns * in_groups * s.kernel_h * s.kernel_w * len(self.busiest_k) / self.passes
        loaded = computed = stored = 0.0
        for strip, bytes_in in zip(strips, loads, strict=True):
            loaded += bytes_in / PORT
            computed = max(computed, loaded) + step
            stored = max(stored, computed) + len(strip) * self.most_columns * k_channels / self.passes / PORT
        return stored * self.passes + weights / PORT


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_bytes_and_time_of_tiles_of_columns_equal_the_walk(data: st.DataObject) -> None:
    shape = data.draw(layers())
    pixels, inputs, outputs = (data.draw(st.integers(1, 3)) for _ in range(3))
    core = small_core(pixels, inputs, outputs, 10**6, data.draw(st.sampled_from([1, 30, 100, 10**6])))
    split = data.draw(st.sampled_from([(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)]))
    cast_w, cast_i = data.draw(st.booleans()), data.draw(st.booleans())
    walk = TileWalk(shape, core, *split, cast_w, cast_i)
    wires = ({WEIGHT_MULTICAST} if cast_w else set()) | ({INPUT_MULTICAST} if cast_i else set())
    table = option_table(
        [shape], core, CoreDataflow((Loop.P, Loop.K), auto=True), *split, 1, wires, BOARD, load_energy("split"),
        all_rectangles=True,
    )  # fmt: skip
    row = next(r for r in table.rows if tuple(r[:2].astype(int)) == split)
    assert row[Column.INPUT_BYTES] == pytest.approx(walk.input_bytes(), rel=1e-12)
    assert row[Column.WEIGHT_BYTES] == walk.weight_bytes()
    assert row[Column.OUTPUT_BYTES] == shape.out_h * shape.out_w * shape.out_c
    assert row[Column.UNSTALLED_S] * BOARD.clock_hz == pytest.approx(walk.cycles(), rel=1e-12)
