"""Which options a table keeps: one that another equals or beats in everything is left out, whatever their order."""

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.cost.options import Column, OptionTable
from workbench.dataflow.library import load_dataflow
from workbench.design.configurations import resolve_dataflow, table_of
from workbench.design.design import SubAccelerator, Wire
from workbench.hardware.presets import load_board, load_energy
from workbench.workload.jobs import jobs_of
from workbench.workload.presets import load_workload

SHAPES = jobs_of(load_workload("mixed")).shapes[::3]
BYTES = [Column.INPUT_BYTES, Column.WEIGHT_BYTES, Column.OUTPUT_BYTES]
JOULES = [Column.MAC_J, Column.ON_CHIP_J, Column.OFF_CHIP_J, Column.NETWORK_J]
SAME = 1e-9  # of a sum: what rounding may do


def merits(table: OptionTable, shape: int) -> NDArray[np.float64]:
    """[options, 4] cores, seconds, bytes and joules: less is better."""
    rows = table.rows[table.start[shape] : table.start[shape + 1]]
    columns = rows[:, Column.CORES], rows[:, Column.UNSTALLED_S], rows[:, BYTES].sum(1), rows[:, JOULES].sum(1)
    return np.column_stack(columns)


@pytest.mark.parametrize("grid", [(2, 3), (4, 2), (1, 7)])
@pytest.mark.parametrize("text", ["auto-p-k", "auto-k-p", "flexible"])
@pytest.mark.parametrize(("board", "core"), [("u280", "B1024"), ("cloud", "eyeriss-256"), ("cloud", "nvdla-1024")])
def test_a_table_keeps_what_nothing_beats(board: str, core: str, text: str, grid: tuple[int, int]) -> None:
    card = load_board(board)
    dataflow = load_dataflow(text).text
    sub = SubAccelerator("A", core, *grid, dataflow, 1, (Wire.INPUT_MULTICAST, Wire.WEIGHT_MULTICAST))
    tables = [
        table_of(sub, resolve_dataflow(sub, card), SHAPES, card, load_energy(card.energy), all_rectangles=every)
        for every in (True, False)
    ]
    for shape in range(len(SHAPES)):
        every, kept = merits(tables[0], shape), merits(tables[1], shape)
        for option in every:
            assert (kept <= option * (1 + SAME)).all(1).any()
        for place, option in enumerate(kept):
            no_worse = (np.delete(kept, place, axis=0) <= option * (1 - SAME * np.array([0, 0, 0, 1]))).all(1)
            assert not no_worse.any(), (option, kept)
