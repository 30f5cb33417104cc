"""A campaign's cell: the same budget for all, the method never worse, and a kill that loses one search at most."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.design.design import Design
from workbench.design.first import first_design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.presets import load_board
from workbench.search import campaign
from workbench.search.baselines import Baseline
from workbench.search.campaign import (
    METHOD,
    Budgeted,
    CellResult,
    NeverWorseError,
    Winner,
    read_cell,
    run_on,
    write_cell,
)
from workbench.search.campaign_tables import campaign_tables, ratio, ratio_at, verdict
from workbench.search.cells import ASSUMPTIONS, BOARDS, HDA_PUBLISHED, WORKLOADS, Cell, plan_cells
from workbench.search.front import Found

CELL = Cell("mixed", "u280")
BUDGETED = Budgeted(evaluations=24)
TENANTS = (("ncf", 1, 2, None), ("squeezenet1_0", 1, 2, None))


def small(board: str) -> tuple[Design, Scorer]:
    design = replace(first_design("mixed", board), workload="small", tenants=TENANTS)
    return design, Scorer(design_workload(design), load_board(board))


@pytest.fixture(scope="module", params=["u280", "edge"])
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[CellResult, Scorer, Path]:
    path = tmp_path_factory.mktemp("campaign") / "cell.json"
    design, scorer = small(request.param)
    cell = Cell("mixed", request.param)
    return run_on(design, scorer, CellResult(cell, BUDGETED), path), scorer, path


def test_the_method_is_never_worse_than_any_baseline(done: tuple[CellResult, Scorer, Path]) -> None:
    result, scorer, _ = done
    method = result.winner(METHOD)
    assert method is not None
    assert method.design is not None
    rivals = [w for w in result.winners if w.design is not None and w.name != METHOD]
    assert {"hmca-pub", "hmca-fair", "hda-pub-2", "hda-pub-3", "hda-sched-2"} <= {w.name for w in rivals}
    assert all(method.edp_j_s <= w.edp_j_s * (1 + 1e-9) for w in rivals)
    for winner in (method, *rivals):  # every figure is that of its design under the ordinary scorer
        assert winner.design is not None
        found = scorer.evaluate(winner.design)
        assert (found.edp_j_s, found.latency_s) == (winner.edp_j_s, winner.latency_s)
        assert winner.found_at <= max(BUDGETED.evaluations, len(rivals) + 1)
        assert 0 < winner.use <= 1


def test_heralds_winner_carries_its_schedule_and_one_core_each(done: tuple[CellResult, Scorer, Path]) -> None:
    result, scorer, _ = done
    winner = result.winner("hda-pub-2")
    assert winner is not None
    assert winner.design is not None
    assert len(winner.design.schedule) == len(scorer.jobs)
    assert all(job.rows * job.cols * job.planes == 1 for job in winner.design.schedule)
    assert sum(sub.bandwidth_share or 0 for sub in winner.design.subaccelerators) == 1


def test_a_file_gives_back_the_result_and_no_other(done: tuple[CellResult, Scorer, Path]) -> None:
    result, _, path = done
    assert read_cell(path, result.cell, BUDGETED) == result
    assert not read_cell(path, result.cell, Budgeted(25)).winners
    assert not read_cell(path, Cell("nlp", result.cell.board), BUDGETED).winners


def test_goes_on_after_a_kill_with_the_same_answer(
    done: tuple[CellResult, Scorer, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _, _ = done
    design, scorer = small(whole.cell.board)
    path = tmp_path / "cell.json"
    searched: list[str] = []
    real = campaign.search_baseline
    most = 3

    def counted(baseline: Baseline, *rest: Any) -> Found | None:
        if len(searched) == most:
            raise KeyboardInterrupt
        searched.append(baseline.name)
        return real(baseline, *rest)

    monkeypatch.setattr(campaign, "search_baseline", counted)
    with pytest.raises(KeyboardInterrupt):
        run_on(design, scorer, CellResult(whole.cell, BUDGETED), path)
    most = 100
    kept = read_cell(path, whole.cell, BUDGETED)
    assert kept.winners == whole.winners[: len(kept.winners)]
    assert len(kept.winners) >= 3
    assert run_on(design, scorer, kept, path) == whole
    assert len(searched) == len(set(searched))  # nothing was searched twice
    assert read_cell(path, whole.cell, BUDGETED) == whole


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "cell.json"
    path.write_text('{"cell": {"workload": "mixed"')
    assert read_cell(path, CELL, BUDGETED) == CellResult(CELL, BUDGETED)


def test_a_method_that_is_worse_is_a_fault(tmp_path: Path) -> None:
    design, scorer = small("u280")
    impossible = Winner("hmca-fair", "", design, edp_j_s=1e-30, latency_s=1e-15, energy_j=1e-15)
    names = [name for name in _names(design, scorer) if name != "hmca-fair"]
    others = tuple(Winner(name, "", None) for name in names)
    with pytest.raises(NeverWorseError, match="hmca-fair"):
        run_on(design, scorer, CellResult(CELL, BUDGETED, (impossible, *others)), tmp_path / "cell.json")


def _names(design: Design, scorer: Scorer) -> list[str]:
    return [baseline.name for baseline in campaign.baselines(design, scorer.board)]


def test_tables_show_every_cell_and_leave_out_half_done_ones(done: tuple[CellResult, Scorer, Path]) -> None:
    result, _, _ = done
    tables = campaign_tables([result, CellResult(Cell("nlp", "u280"), BUDGETED)])
    first = tables[0]
    assert [row[:2] for row in first.rows] == [(result.cell.board, "mixed"), ("all", "geo. mean")]
    for table in tables:
        assert all(len(row) == len(table.header) for row in table.rows)


def test_ratios() -> None:
    method = Winner(METHOD, "", None, edp_j_s=2.0, latency_s=1.0, energy_j=2.0)
    rival = Winner("hmca-pub-power", "", None, edp_j_s=8.0, latency_s=2.0, energy_j=4.0, power_factor=1.2)
    assert ratio(rival, method) == pytest.approx(4.8)
    assert ratio_at(rival, method, 0.0) == pytest.approx(4.8)
    # one watt more: (4.8 J + 1 W · 2 s) · 2 s over (2 J + 1 W · 1 s) · 1 s
    assert ratio_at(rival, method, 1.0) == pytest.approx(13.6 / 3)
    published = HDA_PUBLISHED["edge"]
    assert [verdict(v, published) for v in (1.74, 1.75, 3.64, 3.66)] == ["below", "in", "in", "above"]


def test_a_plan_has_every_cell_once() -> None:
    cells = plan_cells()
    assert len(cells) == len(set(cells)) == sum(len(a.boards) for a in ASSUMPTIONS) * len(WORKLOADS)
    assert plan_cells(quick=True)[: len(BOARDS) * len(WORKLOADS)] == plan_cells(assumptions=("default",))
    for cell in cells:
        load_board(cell.board, cell.overrides)
    with pytest.raises(ValueError, match="vision, nlp, mixed"):
        plan_cells(workloads=("visoin",))


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cell.json"
    write_cell(path, CellResult(CELL, BUDGETED))
    assert [p.name for p in path.parent.iterdir()] == ["cell.json"]
