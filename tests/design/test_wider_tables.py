"""PE arrays in one line share the tables of wider groups: of as many cores as each has they are, to the last bit, what
building each alone gives."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.cost.options import Column
from workbench.dataflow.library import load_dataflow
from workbench.design.configurations import ConfigurationStore, resolve_dataflow, table_of
from workbench.design.design import Design, FixedJob, SubAccelerator
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
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
        own = found.rows[:, Column.CORES] <= cores
        assert np.array_equal(np.concatenate([[0], np.cumsum(own)])[found.start], alone.start)
        assert np.array_equal(found.rows[own], alone.rows)


def test_groups_of_nearly_as_many_cores_share_a_table() -> None:
    board = load_board("cloud")
    shapes = tuple(dict.fromkeys(jobs_of(load_workload("mixed")).shapes))[::9]
    store = ConfigurationStore(shapes, board, load_energy(board.energy))
    text = load_dataflow("auto-k").text
    tables = [store.find(SubAccelerator("A", "nvdla-1024", 1, cores, text)).index for cores in (5, 8, 6, 9)]
    assert tables[0] == tables[1] == tables[2] != tables[3]
    square = SubAccelerator("A", "nvdla-1024", 2, 3, load_dataflow("auto-k-p").text)
    assert store.find(square).index not in tables


def test_a_written_schedule_takes_no_more_cores_than_the_group_has() -> None:
    board = load_board("cloud")
    line = load_dataflow("auto-k").text
    wide, narrow = (
        Design(
            "line",
            "cloud",
            (SubAccelerator("A", "nvdla-1024", 1, cores, line),),
            tenants=(("squeezenet1_0", 1, 1, None),),
        )
        for cores in (8, 5)
    )
    bars = Scorer(design_workload(wide), board).score(wide, timeline=True).timeline
    assert max(len(bar.cores) for bar in bars) > 5
    written = tuple(
        FixedJob(bar.tenant, bar.instance, bar.layer, "A", 1, len(bar.cores), 1, priority=number)
        for number, bar in enumerate(sorted(bars, key=lambda bar: bar.start_s))
    )
    assert Scorer(design_workload(wide), board).score(replace(wide, schedule=written)).feasible
    refused = Scorer(design_workload(narrow), board).score(replace(narrow, schedule=written))
    assert not refused.feasible
    assert "A offers no 1×" in refused.reason
