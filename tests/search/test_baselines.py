"""Baselines are corners of the one space, and no design of any corner goes below the bound."""

import numpy as np
import pytest

from workbench.cost.options import Column
from workbench.dataflow.library import load_dataflow
from workbench.design.configurations import resolve_dataflow, table_of
from workbench.design.design import Design, SubAccelerator, Wire
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board
from workbench.search.baselines import Baseline, baselines, search_baseline
from workbench.search.choices import choices_for
from workbench.search.lower_bound import lower_bound
from workbench.search.space import Space

TENANTS = (("ncf", 1, 2, None), ("squeezenet1_0", 1, 2, None))
EVALUATIONS = 60


@pytest.fixture(scope="module")
def workload() -> Design:
    return Design("small", "u280", (), tenants=TENANTS)


@pytest.fixture(scope="module")
def scorer(workload: Design, board: Board) -> Scorer:
    return Scorer(design_workload(workload), board)


@pytest.fixture(scope="module")
def corners(workload: Design, board: Board) -> dict[str, Baseline]:
    return {baseline.name: baseline for baseline in baselines(workload, board)}


def test_every_published_kind_is_there(corners: dict[str, Baseline]) -> None:
    assert {"hmca-pub", "hmca-pub-power", "hmca-fair", "hda-pub-2", "hda-pub-3", "hda-sched-2"} <= set(corners)
    assert sum(name.startswith("hda-gran-") for name in corners) >= 8


def test_corners_hold_what_they_are_named_for(corners: dict[str, Baseline], board: Board) -> None:
    random = np.random.default_rng(1)
    for baseline in corners.values():
        space = baseline.space(board)
        for _ in range(20):
            design = space.decode(random.random(space.dimension))
            subs = design.subaccelerators
            if baseline.name.startswith("hmca"):
                assert len(subs) == 1
            if baseline.name.startswith("hmca-pub"):
                assert subs[0].cores == 16
            if baseline.name.startswith(("hda-pub", "hda-sched")):
                assert [sub.cores for sub in subs] == [1] * len(subs)
                assert len({sub.dataflow for sub in subs}) == len(subs) == int(baseline.name[-1])
            if baseline.name.startswith("hda-gran"):
                assert {sub.core for sub in subs} == {baseline.name.removeprefix("hda-gran-")}


def test_one_core_per_layer_means_one_core(corners: dict[str, Baseline], scorer: Scorer) -> None:
    score = scorer.score(corners["hda-gran-B1152"].base)
    assert score.feasible, score.reason
    assert {layer.rectangle for layer in score.layers} == {"1×1"}


def test_winners_belong_to_the_full_space_and_keep_above_the_bound(
    corners: dict[str, Baseline], scorer: Scorer, board: Board, workload: Design
) -> None:
    bound = lower_bound(scorer, choices_for(board, workload))
    assert 0 < bound.latency_s == max(bound.area_time_s, bound.bandwidth_s, bound.chain_s)
    for name in ("hmca-fair", "hda-gran-B1152", "hda-pub-2"):
        found = search_baseline(corners[name], scorer, EVALUATIONS, seed=1)
        assert found is not None
        assert found.evaluation.edp_j_s >= bound.edp_j_s
        assert found.evaluation.latency_s >= bound.latency_s
        assert found.evaluation.energy_j >= bound.energy_j
        full = Space(found.design, board)
        assert full.decode(full.encode(found.design)).subaccelerators


@pytest.mark.parametrize("text", ["auto-p", "auto-k", "auto-p-k", "flexible", "ws-k-p", "auto-p-c"])
@pytest.mark.parametrize("core", ["B512", "B3136"])
def test_splitting_never_saves_core_time_or_slots(text: str, core: str, scorer: Scorer, board: Board) -> None:
    """What the bound rests on: cores × compute time of any option is at least that of one core alone."""
    wires = tuple(Wire) if text != "auto-k" else ()
    alone = SubAccelerator("A", core, 1, 1, load_dataflow(text).text, wires=wires)
    grid = SubAccelerator("A", core, 3, 4, load_dataflow(text).text, wires=wires)
    shapes, energy = scorer.jobs.shapes, scorer.energy
    one = table_of(alone, resolve_dataflow(alone, board), shapes, board, energy, all_rectangles=True)
    many = table_of(grid, resolve_dataflow(grid, board), shapes, board, energy, all_rectangles=True)
    for i in range(len(shapes)):
        single = one.rows[one.start[i]]
        options = many.rows[many.start[i] : many.start[i + 1]]
        core_s = options[:, Column.CORES] * options[:, Column.COMPUTE_S]
        assert (core_s >= single[Column.COMPUTE_S] * (1 - 1e-12)).all()
        assert (options[:, Column.MAC_J] >= single[Column.MAC_J] * (1 - 1e-12)).all()
