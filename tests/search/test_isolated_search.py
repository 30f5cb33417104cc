"""Searches of workloads that keep tenants apart: every optimiser, frozen variables, the polish of the schedule."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.design import edit
from workbench.design.design import Design, TenantRow
from workbench.design.first import first_design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload, tenant_rows
from workbench.hardware.presets import load_board
from workbench.search.objective import Goal
from workbench.search.optimizers import NAMES, make_optimizer
from workbench.search.polish import polish
from workbench.search.run import Limits, Search
from workbench.search.space import Space

BOARD = load_board("u280")
LABELS = ("a", "", "b")


def _small() -> Design:
    """Three labels over two networks; the base serves two of them."""
    tenants = tuple(
        TenantRow(name, 1, 1, None, label) for name, label in zip(("ncf", "dlrm", "ncf"), LABELS, strict=True)
    )
    return replace(first_design("mixed", "u280"), workload="small", tenants=tenants)


def _apart(design: Design, scorer: Scorer) -> bool:
    score = scorer.score(design, timeline=True)
    labels = [tenant.isolation for tenant in scorer.workload.tenants]
    assert score.feasible
    return all(design.subaccelerators[bar.subaccelerator].serves == labels[bar.tenant] for bar in score.timeline)


SPACE = Space(_small(), BOARD)


@settings(max_examples=60, deadline=None)
@given(vector=arrays(np.float64, SPACE.dimension, elements=st.floats(0, 1)))
def test_every_vector_is_a_design_that_serves_every_label(vector: np.ndarray) -> None:
    design = SPACE.decode(vector)
    assert {sub.serves for sub in design.subaccelerators} == set(LABELS)
    assert SPACE.decode(SPACE.encode(design)) == design


@pytest.mark.parametrize("name", NAMES)
def test_every_optimiser_keeps_tenants_apart(name: str) -> None:
    base = _small()
    scorer = Scorer(design_workload(base), BOARD)
    search = Search(
        SPACE, make_optimizer(name, SPACE.encode(base), 1), scorer.evaluate_many, Goal(), [base], Limits(150)
    )
    while not search.done:
        search.step()
    assert search.archive.best
    assert all(_apart(found.design, scorer) for found in search.archive.best)


def test_the_polish_keeps_tenants_apart() -> None:
    base = _small()
    scorer = Scorer(design_workload(base), BOARD)
    design = SPACE.decode(SPACE.encode(base))
    polished, evaluation = polish(design, scorer, Goal(), 120, seed=3)
    assert evaluation.edp_j_s <= scorer.evaluate(design).edp_j_s
    assert _apart(polished, scorer)


def test_what_is_frozen_keeps_whom_it_serves() -> None:
    base = edit.set_serves(_small(), "B", "b")
    space = Space(base, BOARD, freeze=("B.serves",))
    random = np.random.Generator(np.random.PCG64(5))
    for _ in range(50):
        design = space.decode(random.random(space.dimension))
        assert edit.find(design, "B").serves == "b"
        assert {sub.serves for sub in design.subaccelerators} == set(LABELS)


def test_too_few_sub_accelerators_for_the_labels_is_said_before_the_search() -> None:
    with pytest.raises(ValueError, match="3 isolation labels need as many sub-accelerators; the search has at most 2"):
        Space(_small(), BOARD, freeze=("subaccelerators",))


def test_a_search_of_the_mixed_workload_finds_designs_that_keep_the_rule() -> None:
    base = first_design("mixed", "u280")
    rows = [row._replace(isolation="vision" if i < 3 else "") for i, row in enumerate(tenant_rows(base))]
    base = replace(base, workload="apart", tenants=tuple(rows))
    scorer = Scorer(design_workload(base), BOARD)
    assert scorer.evaluate(base).overrun > 0
    space = Space(base, BOARD)
    search = Search(
        space, make_optimizer("cma", space.encode(base), 1), scorer.evaluate_many, Goal(), [base], Limits(120)
    )
    while not search.done:
        search.step()
    assert len(search.archive.best) > 1
    assert _apart(search.archive.best[0].design, scorer)
