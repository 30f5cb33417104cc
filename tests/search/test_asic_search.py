"""The search on ASIC boards: styles and sizes of arrays are variables, the user's own directives stay."""

from collections import Counter
from dataclasses import replace

import numpy as np

from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, SubAccelerator
from workbench.design.first import first_design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.presets import load_board
from workbench.search.space import Space

TINY = Design(
    "tiny",
    "edge",
    (SubAccelerator("A", "nvdla-64", 1, 2, load_dataflow("ws-k").text),),
    tenants=(("squeezenet1_0", 1, 1, None),),
)
OWN = "SpatialMap(1,1) K;\nTemporalMap(8,8) C;\nCluster(128);\nSpatialMap(1,1) C;\n"


def decoded(space: Space, count: int) -> list[Design]:
    generator = np.random.default_rng(7)
    return [space.decode(generator.random(space.dimension)) for _ in range(count)]


def test_every_style_and_size_of_the_board_is_reached() -> None:
    board = load_board("cloud")
    space = Space(first_design("vision", "cloud"), board)
    met = Counter(sub.core.rpartition("-")[0] for design in decoded(space, 200) for sub in design.subaccelerators)
    assert set(met) == {"nvdla", "shidiannao", "eyeriss"}
    assert min(met.values()) > 20
    assert {int(core.rpartition("-")[2]) for core in space.choices.cores} >= {64, 128, 256, 512, 1024, 2048, 4096}


def test_one_text_per_spread_is_searched_and_the_users_stands_for_its_like() -> None:
    board = load_board("edge")
    choices = Space(TINY, board).choices
    spreads = [choice.spatial for choice in choices.dataflows if choice.spatial]
    assert len(set(spreads)) == len(spreads)
    assert load_dataflow("ws-k").text in [choice.text for choice in choices.dataflows]
    scorer = Scorer(design_workload(TINY), board)
    found = []
    for name in ("ws-k", "os-k", "is-k", "auto-k"):
        sub = replace(TINY.subaccelerators[0], dataflow=load_dataflow(name).text)
        assert resolve_core(sub.dataflow, 1, 2, 1)[0] is not None
        found.append(scorer.evaluate(replace(TINY, subaccelerators=(sub,))))
    assert found == found[:1] * 4


def test_the_users_directives_go_with_their_sub_accelerator() -> None:
    base = replace(
        TINY,
        subaccelerators=(
            replace(TINY.subaccelerators[0], core="nvdla-128", pe_dataflow=OWN),
            replace(TINY.subaccelerators[0], id="B", core="eyeriss-64"),
        ),
    )
    space = Space(base, load_board("edge"))
    assert space.decode(space.encode(base)) == base
    for design in decoded(space, 60):
        for sub in design.subaccelerators:
            assert sub.pe_dataflow == (OWN if sub.id == "A" else "")
            if sub.id == "A":
                assert sub.core.startswith("nvdla-")
                assert int(sub.core.rpartition("-")[2]) >= 128


def test_what_the_search_draws_is_scored_without_an_exception() -> None:
    board = load_board("edge")
    scorer = Scorer(design_workload(TINY), board)
    designs = decoded(Space(TINY, board), 24)
    found = scorer.evaluate_many(designs, threads=1)
    good = [k for k, each in enumerate(found) if each.overrun == 0]
    assert len(good) > 3
    assert scorer.score(designs[good[0]]).edp_j_s == found[good[0]].edp_j_s
