"""Counts of shares kept for later: the same table as counted alone, whatever was asked before."""

import numpy as np
import pytest

from workbench.cost import share_counts
from workbench.cost.pe_array import option_table
from workbench.cost.share_counts import CountMemory
from workbench.dataflow.core_dataflow import CoreDataflow, Loop
from workbench.hardware.core import PeArrayCore
from workbench.hardware.core_library import load_core
from workbench.hardware.presets import load_board, load_energy
from workbench.workload.presets import load_network

BOARD = load_board("edge")
ENERGY = load_energy(BOARD.energy)
SHAPES = list(dict.fromkeys(layer.shape for layer in load_network("mobilenetv2").layers))
GRIDS = (
    (CoreDataflow(spatial=(Loop.P,)), (1, 9, 1), ()),
    (CoreDataflow(spatial=(Loop.P, Loop.K)), (3, 4, 1), ("weight-multicast",)),
    (CoreDataflow(spatial=(), flexible=True), (1, 12, 1), ()),
    (CoreDataflow(spatial=(Loop.K,)), (1, 7, 1), ("input-multicast",)),
)


def tables(memory: CountMemory | None, order: tuple[int, ...]) -> dict[tuple[int, str], bytes]:
    found = {}
    for at in order:
        dataflow, grid, wires = GRIDS[at]
        for name in ("nvdla-64", "shidiannao-64"):
            core = load_core(name)
            assert isinstance(core, PeArrayCore)
            table = option_table(SHAPES, core, dataflow, *grid, wires, BOARD, ENERGY, memory=memory)
            found[at, name] = table.rows.tobytes() + table.start.tobytes()
    return found


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 3, 1, 0)])
def test_what_was_asked_before_changes_no_table(order: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    alone = tables(None, order)
    assert tables(CountMemory(), order) == alone
    monkeypatch.setattr(share_counts, "MOST_SHARES", 100)  # forgotten now and then
    monkeypatch.setattr(share_counts, "FIRST_SHARES", 2)  # grows often
    assert tables(CountMemory(), order) == alone


def test_every_share_has_a_place_of_its_own() -> None:
    memory = CountMemory()
    tables(memory, (0, 1, 2, 3))
    for known in memory._known.values():
        problems = known.shares[: known.used, : share_counts.SHARE_MACS]
        assert len(np.unique(problems, axis=0)) == known.used
        places = known.slots[known.slots >= 0]
        assert sorted(places.tolist()) == list(range(known.used))
