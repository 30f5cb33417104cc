"""Tables of PE arrays in one line, cut from wider ones: to the last bit what building each alone gives."""

import numpy as np
import pytest

from workbench.dataflow.library import load_dataflow
from workbench.design.configurations import ConfigurationStore, resolve_dataflow, table_of
from workbench.design.design import SubAccelerator
from workbench.hardware.presets import load_board, load_energy
from workbench.workload.jobs import jobs_of
from workbench.workload.presets import load_workload


@pytest.mark.parametrize("name", ["edge", "mobile", "cloud"])
@pytest.mark.parametrize("style", ["nvdla", "eyeriss", "shidiannao"])
@pytest.mark.parametrize("dataflow", ["flexible", "auto-k", "auto-c"])
def test_a_table_does_not_depend_on_what_was_asked_before(name: str, style: str, dataflow: str) -> None:
    board = load_board(name)
    energy = load_energy(board.energy)
    shapes = tuple(dict.fromkeys(jobs_of(load_workload("mixed")).shapes))[::9]
    pes = int(board.regions[0].resources.pes)
    core = f"{style}-{max(64, pes // 16)}"
    most = pes // max(64, pes // 16)
    store = ConfigurationStore(shapes, board, energy)
    text = load_dataflow(dataflow).text
    for cores in [n for n in (5, 3, 1, 11, 16, 4, 13) if n <= most]:
        sub = SubAccelerator("A", core, 1, cores, text)
        alone = table_of(sub, resolve_dataflow(sub, board), shapes, board, energy)
        found = store.table(store.find(sub))
        assert np.array_equal(found.start, alone.start)
        assert np.array_equal(found.rows, alone.rows)
