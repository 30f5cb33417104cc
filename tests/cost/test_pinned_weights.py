"""Weights that stay over the steps of a recurrent layer: who has room for them, and what that saves."""

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from workbench.cost.dpu import ALL_WIRES, WEIGHT_MULTICAST, option_table
from workbench.cost.options import Column
from workbench.dataflow.core_dataflow import CoreDataflow, Loop
from workbench.hardware.core import DpuCore
from workbench.hardware.presets import load_board, load_core, load_energy
from workbench.workload.layer import LayerKind, LayerShape, Operands

BOARDS = [load_board(name) for name in ("u280", "u280-h3m")]


@st.composite
def products(draw: st.DrawFn) -> LayerShape:
    rows, inputs, outputs = draw(st.integers(1, 40)), draw(st.integers(1, 2500)), draw(st.integers(1, 2500))
    repeat, batch = draw(st.sampled_from([1, 2, 25])), draw(st.sampled_from([1, 3]))
    operands = draw(st.sampled_from([Operands.WEIGHTS, Operands.WEIGHTS, Operands.ACTIVATIONS]))
    return LayerShape(
        LayerKind.GEMM, 1, rows, inputs, 1, rows, outputs, repeat=repeat, batch=batch, operands=operands
    )  # fmt: skip


def largest_share(total: int, lanes: int, parts: int) -> int:
    """Channels of the core that has most: groups of `lanes` dealt out in equal runs, the last one shorter."""
    groups = [range(i, min(total, i + lanes)) for i in range(0, total, lanes)]
    run = -(-len(groups) // parts)
    return max(sum(map(len, groups[i : i + run])) for i in range(0, len(groups), run))


@settings(max_examples=300, deadline=None)
@given(
    shape=products(),
    name=st.sampled_from(["B512", "B4096"]),
    board=st.sampled_from(BOARDS),
    spread=st.permutations([Loop.P, Loop.C, Loop.K]),
    grid=st.tuples(*[st.sampled_from([1, 2, 3])] * 3),
    multicast=st.booleans(),
    pinned=st.integers(1, 3_000_000),
)
def test_weights_that_find_room_are_fetched_once(
    shape: LayerShape, name: str, board, spread: list[Loop], grid: tuple[int, ...], multicast: bool, pinned: int
) -> None:
    core = load_core(name)
    assert isinstance(core, DpuCore)
    wires = set(ALL_WIRES) if multicast else set(ALL_WIRES) - {WEIGHT_MULTICAST}

    def table(bytes_: float) -> np.ndarray:
        return option_table(
            [shape], core, CoreDataflow(tuple(spread), auto=True), *grid, wires, board, load_energy(board.energy),
            all_rectangles=True, pinned_bytes=bytes_,
        ).rows  # fmt: skip

    for before, after in zip(table(0.0), table(float(pinned)), strict=True):
        split = dict(zip(spread, before[:3].astype(int), strict=True))
        held = largest_share(shape.in_c, core.input_channels, split[Loop.C])
        held *= largest_share(shape.out_c, core.output_channels, split[Loop.K])
        bank = core.weight_bank_bytes
        gains = shape.operands is Operands.WEIGHTS and shape.repeat > 1 and bank < held <= bank + pinned
        event(f"gains: {gains}")
        if not gains:
            assert (before == after).all()
            continue
        assert before[Column.WEIGHT_BYTES] % (after[Column.WEIGHT_BYTES] * shape.repeat) == 0
        assert after[Column.WEIGHT_BYTES] % (shape.in_c * shape.out_c) == 0
        if multicast or split[Loop.P] == 1:
            assert after[Column.WEIGHT_BYTES] == shape.in_c * shape.out_c
        assert after[Column.UNSTALLED_S] <= before[Column.UNSTALLED_S]
        assert after[Column.COMPUTE_S] == before[Column.COMPUTE_S]
        assert after[Column.LOAD_BYTES] <= before[Column.LOAD_BYTES]
