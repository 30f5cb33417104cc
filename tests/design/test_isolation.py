"""The isolation rule: no schedule runs tenants of different labels on one sub-accelerator, and whoever asks is told."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.dataflow.library import load_dataflow
from workbench.design import edit
from workbench.design.design import Design, FixedJob, SubAccelerator, TenantRow
from workbench.design.edit import EditError
from workbench.design.explain import explain
from workbench.design.file import DesignFileError, design_text, load_design, parse_design, save_design
from workbench.design.first import NothingFitsError, first_design
from workbench.design.isolation import isolation_fault
from workbench.design.report import Score
from workbench.design.report_json import score_json
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.design.variables import get_variable, set_variable, variables
from workbench.hardware.presets import load_board

LABELS = ("", "a", "b", "c")
BOARD = load_board("u280")
NETWORKS = ("ncf", "dlrm")


def _sub(id: str, serves: str, core: str = "B512") -> SubAccelerator:
    return SubAccelerator(id, core, 1, 2, load_dataflow("auto-p-k").text, serves=serves)


def _design(labels: tuple[str, ...], serves: tuple[str, ...]) -> Design:
    tenants = tuple(TenantRow(NETWORKS[i % 2], 1, 2, None, label) for i, label in enumerate(labels))
    return Design("mine", "u280", tuple(_sub("ABCD"[i], s) for i, s in enumerate(serves)), tenants=tenants)


def _scorer(design: Design) -> Scorer:
    return Scorer(design_workload(design), BOARD)


def _assert_apart(design: Design, score: Score) -> None:
    """Every job runs where its tenant's label is served."""
    assert score.feasible
    assert score.timeline
    labels = [tenant.isolation for tenant in score.tenants]
    for bar in score.timeline:
        assert design.subaccelerators[bar.subaccelerator].serves == labels[bar.tenant]


@settings(max_examples=40, deadline=None)
@given(
    labels=st.lists(st.sampled_from(LABELS), min_size=1, max_size=4).map(tuple),
    serves=st.lists(st.sampled_from(LABELS), min_size=1, max_size=4).map(tuple),
)
def test_no_schedule_mixes_labels_and_unserved_ones_are_named(labels: tuple[str, ...], serves: tuple[str, ...]) -> None:
    design = _design(labels, serves)
    scorer = _scorer(design)
    score = scorer.score(design, timeline=True)
    evaluation = scorer.evaluate(design)
    if len(set(labels)) == 1:  # all alike: no rule, whatever anything serves
        assert score.feasible
    elif set(labels) <= set(serves):
        _assert_apart(design, score)
        assert evaluation.edp_j_s == score.edp_j_s
    else:
        assert not score.feasible
        assert score.reason.startswith("no sub-accelerator serves ")
        assert evaluation.overrun == len(set(labels) - set(serves))
        if score.fix is not None:
            mended = set_variable(design, score.fix.variable, score.fix.value)
            _assert_apart(mended, scorer.score(mended, timeline=True))
        else:
            assert len(serves) < len(set(labels)) or len(set(labels) - set(serves)) > 1


@settings(max_examples=15, deadline=None)
@given(
    labels=st.lists(st.sampled_from(LABELS), min_size=2, max_size=3).map(tuple),
    data=st.data(),
)
def test_explicit_schedules_cannot_mix_labels(labels: tuple[str, ...], data: st.DataObject) -> None:
    """One job bound somewhere, the others where the scheduler puts them."""
    design = _design(labels, tuple(dict.fromkeys(labels)))
    workload = design_workload(design)
    tenant = data.draw(st.integers(0, len(labels) - 1))
    layer = data.draw(st.integers(0, len(workload.tenants[tenant].network.layers) - 1))
    sub = data.draw(st.sampled_from(design.subaccelerators))
    bound = replace(design, schedule=(FixedJob(tenant, 0, layer, sub.id, 1, 1, 1, 0),))
    score = _scorer(bound).score(bound, timeline=True)
    allowed = len(set(labels)) == 1 or sub.serves == labels[tenant]
    if score.feasible:
        assert allowed
        if len(set(labels)) > 1:
            _assert_apart(bound, score)
    text = design_text(bound)
    if allowed:
        assert parse_design(text, "x.toml").design == bound
    else:
        assert f"tenant {tenant} must not share its cores" in score.reason
        assert _scorer(bound).evaluate(bound).overrun > 0
        with pytest.raises(DesignFileError, match="must not share its cores"):
            parse_design(text, "x.toml")


def test_a_label_common_to_all_changes_no_bit() -> None:
    free = _design(("", ""), ("", ""))
    alike = _design(("a", "a"), ("a", ""))
    scores = [_scorer(design).score(design, timeline=True) for design in (free, alike)]
    assert scores[0].timeline == scores[1].timeline
    assert (scores[0].edp_j_s, scores[0].energy_j) == (scores[1].edp_j_s, scores[1].energy_j)


def test_isolation_is_as_if_each_label_had_its_own_card_where_bandwidth_is_plenty() -> None:
    """With bandwidth beyond any need, tenants kept apart take exactly as long as each alone on its own cores."""
    both = edit.set_board_overrides(_design(("a", "b"), ("a", "b")), {"memory.HBM2.bytes_per_s_per_channel": 1e15})
    board = edit.design_board(both)
    score = Scorer(design_workload(both), board).score(both)
    for k, tenant in enumerate(both.tenants):
        alone = replace(both, subaccelerators=(both.subaccelerators[k],), tenants=(tenant,))
        found = Scorer(design_workload(alone), board).score(alone)
        assert found.latency_s == pytest.approx(score.tenants[k].latency_s, rel=1e-9)


def test_a_saved_design_scores_the_same(tmp_path: Path) -> None:
    design = _design(("a", "", "a"), ("", "a"))
    score = _scorer(design).score(design)
    save_design(design, tmp_path / "x.toml", score)
    loaded = load_design(tmp_path / "x.toml")
    assert loaded.design == design
    assert loaded.saved_score is not None
    again = _scorer(loaded.design).score(loaded.design)
    assert again.edp_j_s == score.edp_j_s == loaded.saved_score.edp_j_s


def test_a_workload_s_file_may_hold_labels(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    path.write_text('[[tenants]]\nnetwork = "ncf"\nisolation = "a"\n[[tenants]]\nnetwork = "dlrm"\n', encoding="utf-8")
    design = first_design(str(path), "u280")
    assert {sub.serves for sub in design.subaccelerators} == {"a", ""}
    _assert_apart(design, _scorer(design).score(design, timeline=True))
    path.write_text('[[tenants]]\nnetwork = "ncf"\nisolation = "no such"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"two\.toml.*isolation"):
        first_design(str(path), "u280")


@pytest.mark.parametrize("board", ["u280", "zcu102", "edge"])
def test_first_designs_serve_all_labels(board: str, tmp_path: Path) -> None:
    path = tmp_path / "many.toml"
    rows = "".join(f'[[tenants]]\nnetwork = "ncf"\nisolation = "t{i}"\n' for i in range(3))
    path.write_text(rows, encoding="utf-8")
    design = first_design(str(path), board)
    score = Scorer(design_workload(design), load_board(board)).score(design, timeline=True)
    _assert_apart(design, score)


def test_a_board_with_fewer_cores_than_labels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.toml"
    rows = "".join(f'[[tenants]]\nnetwork = "ncf"\nisolation = "t{i}"\n' for i in range(40))
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(NothingFitsError, match="40 isolation labels"):
        first_design(str(path), "zcu102")


def test_editing_a_label_says_what_is_missing_and_mends_it() -> None:
    design = edit.set_isolation(_design(("", ""), ("", "")), 1, "a")
    fault = isolation_fault(design, design_workload(design))
    assert fault is not None
    assert "label a (dlrm)" in fault.words
    assert fault.fix is not None
    assert (fault.fix.variable, fault.fix.value) == ("B.serves", "a")
    mended = set_variable(design, fault.fix.variable, fault.fix.value)
    assert isolation_fault(mended, design_workload(mended)) is None
    assert ("B.serves", "a") in variables(mended)
    assert get_variable(mended, "A.serves") == ""
    assert get_variable(mended, "tenant.1.isolation") == "a"
    assert edit.set_isolation(mended, 1, "").subaccelerators[1].serves == ""
    assert all(sub.serves == "" for sub in edit.set_workload(mended, "mixed").subaccelerators)
    third = edit.set_isolation(mended, 0, "b")
    assert {sub.serves for sub in third.subaccelerators} == {"", "a"}
    grown, new = edit.add_subaccelerator(third)
    assert edit.find(grown, new).serves == "b"


def test_fewer_sub_accelerators_than_labels_is_said_with_the_way_out() -> None:
    design = _design(("a", "b", ""), ("a", "b"))
    score = _scorer(design).score(design)
    assert "3 isolation labels and the design 2 sub-accelerators: add one for each" in score.reason
    assert score.fix is None


def test_a_sub_accelerator_that_serves_nobody_is_a_warning() -> None:
    design = _design(("a", "b"), ("a", "b", ""))
    assert any(words.startswith("C serves no tenant") for words in _scorer(design).score(design).warnings)


@pytest.mark.parametrize("label", ["1a", "two words", "none", "x" * 17, "a\n"])
def test_labels_that_cannot_be(label: str) -> None:
    with pytest.raises(EditError, match="isolation: found"):
        edit.set_isolation(_design(("", ""), ("", "")), 0, label)


def test_serving_an_unknown_label_is_refused() -> None:
    with pytest.raises(EditError, match="allowed: a, or none"):
        edit.set_serves(_design(("a", ""), ("a", "")), "A", "b")
    with pytest.raises(EditError, match="give one a label first"):
        edit.set_serves(_design(("", ""), ("", "")), "A", "b")
    text = design_text(_design(("a", ""), ("a", ""))).replace('serves = "a"', 'serves = "b"')
    with pytest.raises(DesignFileError, match=r'x\.toml:\d+: .*serves: found "b"; allowed: .*\("a"\)'):
        parse_design(text, "x.toml")


def test_what_ifs_and_json_know_whom_a_sub_accelerator_serves() -> None:
    design = _design(("a", "b"), ("a", "b", "b"))
    found = explain(design, _scorer(design))
    assert {s.after for s in found.suggestions if s.variable == "C.serves"} == {"a"}
    assert "A.serves" in {s.variable for s in found.impossible}
    as_json = score_json(found.score)
    assert [sub["serves"] for sub in as_json["subaccelerators"]] == ["a", "b", "b"]
    assert [tenant["isolation"] for tenant in as_json["tenants"]] == ["a", "b"]
