"""A score's parts add up, it is a function of its arguments, and the nulls of the problem hold."""

from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cost.estimate import estimate_network
from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, FixedJob, SubAccelerator, Wire
from workbench.design.first import first_design
from workbench.design.report import Score, Traffic
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.presets import board_names, load_board, load_core
from workbench.workload.presets import load_network, load_workload, workload_names

EXACT = 1e-9  # relative; sums of thousands of doubles


def scored(design: Design, timeline: bool = False) -> Score:
    scorer = Scorer(design_workload(design), load_board(design.board, design.board_overrides))
    return scorer.score(design, timeline)


def close(a: float, b: float) -> bool:
    return a == pytest.approx(b, rel=EXACT, abs=1e-15)


@pytest.mark.parametrize("board", board_names())
@pytest.mark.parametrize("workload", workload_names())
def test_every_total_is_the_sum_of_its_parts(workload: str, board: str) -> None:
    score = scored(first_design(workload, board), timeline=True)
    assert score.feasible, score.reason
    assert score.edp_j_s is not None
    assert score.energy_j is not None
    assert score.latency_s is not None
    assert close(score.edp_j_s, score.energy_j * score.latency_s)
    assert close(sum(part.value for part in score.energy), score.energy_j)
    assert close(sum(tenant.energy_j for tenant in score.tenants), score.energy_j)
    assert close(max(tenant.latency_s for tenant in score.tenants), score.latency_s)
    for number, tenant in enumerate(score.tenants):
        own = [layer for layer in score.layers if layer.tenant == number]
        assert close(sum(layer.energy_j for layer in own), tenant.energy_j)
    assert sum(layer.macs for layer in score.layers) == load_workload(workload).macs
    for sub in score.subaccelerators:
        assert close(sum(part.value for part in sub.core_time), sub.cores * score.latency_s)
        assert all(part.value >= -1e-12 for part in sub.core_time)
        assert close(sum(sub.core_busy), sub.cores * sub.busy)
    carried = 0.0
    for group in score.traffic:
        lasts = [end - begin for begin, end in zip((0.0, *group.end_s), group.end_s, strict=False)]
        carried += sum(rate * seconds for rate, seconds in zip(group.bytes_per_s, lasts, strict=True))
        assert max(group.bytes_per_s) <= group.available_bytes_per_s * (1 + 1e-6)  # intervals of some ns
    assert close(carried, sum(layer.off_chip_bytes for layer in score.layers))
    ends = {(bar.tenant, bar.instance, bar.layer): bar.end_s for bar in score.timeline}
    for bar in score.timeline:
        assert bar.ready_s <= bar.start_s
        assert bar.ready_s == (0.0 if bar.after is None else ends[bar.tenant, bar.instance, bar.after])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.001, 1.0), st.floats(0.0, 1e12)), min_size=1, max_size=12),
    st.floats(0.0, 2.0), st.floats(0.01, 3.0), st.integers(1, 40),
)  # fmt: skip
def test_columns_of_the_traffic_carry_its_bytes(
    steps: list[tuple[float, float]], start_s: float, span_s: float, columns: int
) -> None:
    end_s = tuple(accumulate(lasts for lasts, _ in steps))
    traffic = Traffic("DDR4", 1e12, end_s, tuple(rate for _, rate in steps))
    means = traffic.mean_in(start_s, start_s + span_s, columns)
    inside = sum(
        rate * max(0.0, min(end, start_s + span_s) - max(begin, start_s))
        for begin, end, (_, rate) in zip((0.0, *end_s), end_s, steps, strict=False)
    )
    assert sum(means) * span_s / columns == pytest.approx(inside, rel=1e-9, abs=1e-3)
    assert max(means) <= max(rate for _, rate in steps) * (1 + 1e-9)


def test_the_fast_figures_are_the_scores_figures() -> None:
    design = first_design("vision", "u280")
    scorer = Scorer(load_workload("vision"), load_board("u280"))
    score = scorer.score(design)
    other = replace(design, scheduler=replace(design.scheduler, theta=1.5))
    together = scorer.evaluate_many([other, design, other], threads=2)
    assert (together[1].edp_j_s, together[1].latency_s) == (score.edp_j_s, score.latency_s)
    assert together[0] == together[2] == scorer.evaluate(other)


def test_a_design_that_does_not_fit_says_why_and_has_no_figures() -> None:
    design = first_design("vision", "u200")
    big = replace(design.subaccelerators[0], rows=4, cols=8)
    score = scored(replace(design, subaccelerators=(big, *design.subaccelerators[1:])))
    assert not score.feasible
    assert score.edp_j_s is None
    assert "over" in score.reason
    assert any(use.share > 1 for use in score.resources)


def test_a_dataflow_mistake_is_named_with_its_place() -> None:
    design = first_design("vision", "u280")
    broken = replace(design.subaccelerators[0], dataflow="SpatialMap(T_P, T_P) P;\nSpatialMap(T_K, T_K) K;\nauto;\n")
    score = scored(replace(design, subaccelerators=(broken,)))
    assert not score.feasible
    assert "A: dataflow, line 2" in score.reason
    assert "Cluster" in score.reason


def two_halves(board: str) -> tuple[Design, Design]:
    """Two equal sub-accelerators under a schedule that gives instance i to group i, and one group of their size."""
    line = load_dataflow("auto-p").text
    tenants = (("squeezenet1_0", 1, 2, None),)
    layers = len(design_workload(Design("twins", board, (), tenants=tenants)).tenants[0].network.layers)
    halves = tuple(SubAccelerator(id, "B1024", 1, 1, line) for id in "AB")
    whole = (SubAccelerator("A", "B1024", 1, 2, line),)
    fixed = tuple(
        FixedJob(0, instance, layer, "AB"[instance], 1, 1, 1, priority=layer)
        for instance in range(2)
        for layer in range(layers)
    )
    apart = Design("twins", board, halves, schedule=fixed, tenants=tenants)
    joined = tuple(replace(job, subaccelerator="A") for job in fixed)
    return apart, Design("twins", board, whole, schedule=joined, tenants=tenants)


def test_two_equal_groups_are_one_of_their_size_if_no_layer_spans_them() -> None:
    apart, together = two_halves("u280")
    a, b = scored(apart), scored(together)
    assert a.latency_s is not None
    assert b.latency_s is not None
    assert close(a.latency_s, b.latency_s)
    dynamic = [sum(p.value for p in s.energy if p.name not in ("board, static", "cores, idle")) for s in (a, b)]
    assert close(dynamic[0], dynamic[1])


def test_without_any_bandwidth_limit_loop_order_does_not_change_time() -> None:
    free = (("port_rule", "shared"), ("memory.HBM2.bytes_per_s_per_channel", 1e15))
    latencies = set()
    for name in ("os-p-k", "ws-p-k", "is-p-k"):
        known = load_dataflow(name)
        sub = SubAccelerator("A", "B1024", 2, 2, known.text, wires=tuple(Wire(w) for w in known.wires))
        design = Design("free", "u280", (sub,), tenants=(("resnet18", 1, 2, None),), board_overrides=free)
        score = scored(design)
        assert score.feasible, score.reason
        latencies.add(round(score.latency_s or 0, 12))
    assert len(latencies) == 1


def test_more_bandwidth_under_a_fixed_schedule_is_never_slower() -> None:
    apart, _ = two_halves("u200")
    slower = None
    for channels in (1, 2, 4, 8):
        score = scored(replace(apart, board_overrides=(("memory.DDR4.channels", channels),)))
        assert score.feasible, score.reason
        assert score.latency_s is not None
        if slower is not None:
            assert score.latency_s <= slower * (1 + EXACT)
        slower = score.latency_s


def test_the_same_design_scores_the_same_whatever_was_scored_before() -> None:
    design = first_design("mixed", "u280")
    scorer = Scorer(load_workload("mixed"), load_board("u280"))
    first = scorer.score(design)
    for rows in (1, 2):
        scorer.evaluate(replace(design, subaccelerators=(replace(design.subaccelerators[0], rows=rows),)))
    assert scorer.score(design) == first
    assert scored(design) == first


def test_an_empty_workload_is_refused() -> None:
    workload = load_workload("vision")
    with pytest.raises(ValueError, match="empty"):
        Scorer(replace(workload, tenants=()), load_board("u280"))


@pytest.mark.parametrize(
    ("workload", "board"), [("mixed", "u280"), ("vision", "u200"), ("nlp", "zcu102"), ("vision", "edge")]
)
def test_score_and_evaluation_agree_to_the_last_bit(workload: str, board: str) -> None:
    design = first_design(workload, board)
    scorer = Scorer(load_workload(workload), load_board(board))
    score, evaluation = scorer.score(design), scorer.evaluate(design)
    assert (score.edp_j_s, score.energy_j, score.latency_s) == (
        evaluation.edp_j_s,
        evaluation.energy_j,
        evaluation.latency_s,
    )


def test_activations_that_stay_on_chip_save_their_bytes_and_nothing_else() -> None:
    sub = SubAccelerator("A", "B4096", 1, 1, load_dataflow("auto-p").text)
    off, on = ((("keep_activations", keeps),) for keeps in (False, True))
    away = Design("one", "kv260", (sub,), tenants=(("resnet18", 1, 1, None),), board_overrides=off)
    kept = replace(away, board_overrides=on)
    a, b = scored(away), scored(kept)
    parts = [{part.name: part.value for part in score.energy} for score in (a, b)]
    assert parts[1]["off-chip bytes"] < parts[0]["off-chip bytes"]
    assert parts[1]["operations"] == parts[0]["operations"]
    assert (b.latency_s or 0) <= (a.latency_s or 0)
    assert close(sum(parts[1].values()), b.energy_j or 0)


@pytest.mark.parametrize("network", ["resnet18", "mobilenetv2", "bert_base_s128", "inceptionv3"])
def test_one_network_on_one_core_scores_as_it_estimates(network: str) -> None:
    sub = SubAccelerator("A", "B4096", 1, 1, load_dataflow("auto-p").text)
    design = Design("one", "u280", (sub,), tenants=((network, 1, 1, None),))
    score = scored(design)
    estimate = estimate_network(load_network(network), load_core("B4096"), 1, load_board("u280"))
    assert close(score.latency_s or 0, estimate.latency_s)
    # Where activations stay on chip the schedule keeps a chain's tensors only, the estimate all that fit a bank.
    small = scored(replace(design, board="kv260")).latency_s or 0
    alone = estimate_network(load_network(network), load_core("B4096"), 1, load_board("kv260")).latency_s
    assert alone <= small <= 1.06 * alone
