"""Edits are pure, checked, and undone by their opposites; every variable can be read and written by its name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.design.designs import designs
from workbench.dataflow.core_resolution import resolve_core
from workbench.design import edit
from workbench.design.bounds import bounds_of, set_bounds
from workbench.design.design import Design, FixedJob, Objective, SubAccelerator, Wire
from workbench.design.edit import EditError
from workbench.design.file import design_text, parse_design
from workbench.design.variables import get_variable, set_variable, variables

LITERAL = "SpatialMap(T_P, T_P) P;\nCluster(4); // Cluster(4)\nSpatialMap(T_K, T_K) K;\nauto;\n"
CUBE = "SpatialMap(T_P, T_P) P; Cluster(4, P); SpatialMap(T_C, T_C) C; Cluster(2, P); SpatialMap(T_K, T_K) K; auto;"


def design(text: str = LITERAL, planes: int = 1) -> Design:
    a = SubAccelerator("A", "B512", 3, 4, text, planes=planes)
    return Design("mixed", "u280", (a, SubAccelerator("B", "B4096", 1, 2, "SpatialMap(T_K, T_K) K; auto;")))


def test_turning_the_grid_rewrites_literal_cluster_sizes() -> None:
    turned = edit.turn_grid(design(), "A").subaccelerators[0]
    assert (turned.rows, turned.cols) == (4, 3)
    assert turned.dataflow == LITERAL.replace("Cluster(4);", "Cluster(3);")
    assert resolve_core(turned.dataflow, 4, 3)[0] is not None


def test_a_cluster_that_is_wrong_already_is_left_to_the_diagnostics() -> None:
    wrong = LITERAL.replace("Cluster(4);", "Cluster(5);")
    assert edit.turn_grid(design(wrong), "A").subaccelerators[0].dataflow == wrong


def test_both_clusters_follow_their_own_axis() -> None:
    cube = edit.set_grid(design(CUBE, planes=2), "A", cols=5, planes=3).subaccelerators[0]
    assert "Cluster(5, P)" in cube.dataflow
    assert "Cluster(3, P)" in cube.dataflow
    assert resolve_core(cube.dataflow, 3, 5, 3, psum_link=True)[0] is not None


@settings(max_examples=50, deadline=None)
@given(designs(), st.data())
def test_turning_twice_changes_nothing(d: Design, data: st.DataObject) -> None:
    id = data.draw(st.sampled_from([sub.id for sub in d.subaccelerators]))
    twice = edit.turn_grid(edit.turn_grid(d, id), id)
    assert twice.subaccelerators == d.subaccelerators


@settings(max_examples=50, deadline=None)
@given(designs())
def test_every_variable_is_read_and_written_by_its_name(d: Design) -> None:
    for name, value in variables(d):
        assert get_variable(d, name) == value
        if name in ("workload", "board") or name.endswith(".network"):
            continue  # setting these drops what belonged to the old one
        again = set_variable(d, name, value)
        assert dict(variables(again)) == dict(variables(d))
        if isinstance(value, int | float | str | tuple) and not isinstance(value, bool):
            written = ", ".join(value) if isinstance(value, tuple) else str(value)
            assert get_variable(set_variable(d, name, written), name) == value


@settings(max_examples=40, deadline=None)
@given(designs(), st.data())
def test_an_edited_design_can_be_saved_and_loaded(d: Design, data: st.DataObject) -> None:
    id = data.draw(st.sampled_from([sub.id for sub in d.subaccelerators]))
    steps = [
        lambda d: edit.set_grid(d, id, rows=1, cols=1, planes=1),
        lambda d: edit.duplicate_subaccelerator(d, id)[0],
        lambda d: edit.add_subaccelerator(d)[0],
        lambda d: edit.toggle_wire(d, id, Wire.INPUT_MULTICAST),
        lambda d: edit.set_instances(d, 0, 2),
        lambda d: edit.add_tenant(d, "squeezenet1_0", 2, 3),
        lambda d: edit.set_scheduler(d, alpha=0.25),
        lambda d: edit.set_board(d, "u200"),
        lambda d: edit.set_workload(d, "vision"),
        lambda d: edit.remove_subaccelerator(d, id) if len(d.subaccelerators) > 1 else d,
    ]
    for step in data.draw(st.lists(st.sampled_from(steps), max_size=6)):
        if id in {sub.id for sub in d.subaccelerators}:
            d = step(d)
    assert parse_design(design_text(d), "d.toml").design == d


def test_a_removed_sub_accelerator_takes_its_frozen_and_bounded_names_along() -> None:
    frozen = edit.freeze(edit.freeze(design(), "B.core"), "scheduler")
    frozen = set_bounds(set_bounds(frozen, "B.cols", 1, 4), "scheduler.alpha", 0.5, None)
    left = edit.remove_subaccelerator(frozen, "B")
    assert left.frozen == ("scheduler",)
    assert [name for name, *_ in left.bounds] == ["scheduler.alpha"]


def test_bounds_are_set_and_taken_back_side_by_side() -> None:
    bounded = set_bounds(design(), "A.cols", 2, None)
    assert bounds_of(bounded, "A.cols") == (2, None)
    assert bounds_of(set_bounds(bounded, "A.cols", 2, 8), "A.cols") == (2, 8)
    assert set_bounds(bounded, "A.cols", None, None) == design()


def test_a_copy_stands_behind_its_model_under_a_free_name() -> None:
    copied, id = edit.duplicate_subaccelerator(design(), "A")
    assert [sub.id for sub in copied.subaccelerators] == ["A", "C", "B"]
    assert id == "C"


def test_tenants_of_a_preset_are_written_out_when_one_changes() -> None:
    changed = edit.set_instances(design(), 0, 5)
    assert changed.workload == "mixed-edited"
    assert changed.tenants[0] == ("resnet50", 1, 5, None, "")
    assert changed.tenants[4] == ("gnmt_s25", 4, 1, None, "")
    assert edit.set_batch(changed, 0, 2).workload == "mixed-edited"


def test_an_explicit_schedule_goes_when_its_cores_go() -> None:
    job = FixedJob(0, 0, 0, "A", 3, 4, 1, 0)
    scheduled = Design(**{f: getattr(design(), f) for f in Design.__dataclass_fields__} | {"schedule": (job,)})
    assert edit.set_core(scheduled, "A", "B800").schedule == (job,)
    assert edit.set_rows(scheduled, "A", 4).schedule == (job,)
    assert edit.set_rows(scheduled, "A", 2).schedule == ()
    assert edit.set_instances(scheduled, 0, 1).schedule == ()


def test_board_overrides_are_set_and_taken_back() -> None:
    changed = set_variable(design(), "board.static_w", "12.5")
    assert changed.board_overrides == (("static_w", 12.5),)
    assert get_variable(changed, "board.static_w") == 12.5
    assert set_variable(changed, "board.static_w", None) == design()


def test_cores_keep_the_rows_where_they_divide() -> None:
    assert (set_variable(design(), "A.cores", 9).subaccelerators[0].rows) == 3
    seven = set_variable(design(), "A.cores", 7).subaccelerators[0]
    assert (seven.rows, seven.cols) == (1, 7)


IMPOSSIBLE = {
    "rows": (lambda d: edit.set_rows(d, "A", 0), "found 0; allowed: a whole number from 1"),
    "cores": (lambda d: edit.set_grid(d, "A", 1000, 1000), "at most 1024"),
    "core": (lambda d: edit.set_core(d, "A", "B9000"), "B512, B800"),
    "family": (lambda d: edit.set_core(d, "A", "nvdla-64"), "u280 takes fpga cores"),
    "id": (lambda d: edit.set_rows(d, "Z", 1), "there are: A, B"),
    "last": (lambda d: edit.remove_subaccelerator(edit.remove_subaccelerator(d, "A"), "B"), "at least one"),
    "share": (lambda d: edit.set_bandwidth_share(d, "A", 1.5), "at most 1"),
    "weights": (lambda d: edit.set_scheduler(d, theta=0.5), "scheduler.theta"),
    "freeze": (lambda d: edit.freeze(d, "C.core"), "allowed: A, B"),
    "bounds of a core": (lambda d: set_bounds(d, "A.core", 1, 2), "one of A, B with .rows, .cols"),
    "bounds": (lambda d: set_bounds(d, "A.rows", 5, 4), "no range"),
    "bounds beyond": (lambda d: set_bounds(d, "A.rows", 0, 4), "found 0; allowed: 1 to 1024"),
    "unfreeze": (lambda d: edit.unfreeze(d, "A"), "not frozen"),
    "board": (lambda d: edit.set_board(d, "mobile"), "takes asic cores"),
    "override": (lambda d: edit.override_board_field(d, "clock_hz", 300), "Hz from 1e6"),
    "list": (lambda d: edit.override_board_field(d, "regions", [1]), "board file of your own"),
    "workload": (lambda d: edit.set_workload(d, "mixd"), "did you mean mixed"),
    "network": (lambda d: edit.add_tenant(d, "resnet51"), "resnet50"),
    "instances": (lambda d: edit.set_instances(d, 0, 0), "1 to 4096"),
    "tenant": (lambda d: edit.set_batch(d, 99, 1), "0 to 5"),
    "jobs": (lambda d: edit.set_instances(d, 0, 4096), "jobs"),
    "long text": (lambda d: edit.set_dataflow(d, "A", " " * 50_000), "at most 20000"),
    "variable": (lambda d: set_variable(d, "A.row", 3), "there is no variable 'A.row'"),
    "word": (lambda d: set_variable(d, "A.rows", "many"), "allowed: a whole number"),
    "objective": (lambda d: set_variable(d, "objective", "speed"), "latency"),
    "pinned": (lambda d: edit.set_pinned_uram(d, "A", 1025), "0 to 1024"),
    "pinned none": (lambda d: set_variable(d, "A.pinned_uram", -1), "found -1"),
    "fraction": (lambda d: set_variable(d, "A.rows", 2.5), "a whole number"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_be_done_is_said_in_words(name: str) -> None:
    change, words = IMPOSSIBLE[name]
    with pytest.raises(EditError) as caught:
        change(design())
    assert words in str(caught.value)


OWNERS = ("A", "Z", "board", "tenant", "tenant.0", "scheduler", "")
PARTS = (
    "core", "rows", "cols", "planes", "grid", "cores", "dataflow", "wires", "dsp", "uram", "bandwidth_share", "present",
    "pinned_uram",
    "alpha", "theta", "batch", "instances", "static_w", "name", "regions.SLR0.lut", "",
)  # fmt: skip
NAMES = [f"{owner}.{part}" for owner in OWNERS for part in PARTS]
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.text(max_size=3))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(NAMES) | st.text(max_size=12),
    VALUES | st.sampled_from(["0", "-1", "1e9", "3x", "x3", "nan", "inf"]),
)
def test_any_name_and_value_is_set_or_refused_in_words(name: str, value: object) -> None:
    words = "set"
    try:
        hash(set_variable(design(), name, value))
    except EditError as error:
        words = str(error)
    assert words


def test_a_ring_needs_a_link_between_cores() -> None:
    no_link = edit.override_board_field(design(), "psum_link_bytes_per_cycle", 0.0)
    with pytest.raises(EditError, match="psum_link_bytes_per_cycle"):
        edit.toggle_wire(no_link, "A", Wire.PSUM_RING)
    with pytest.raises(EditError, match="does not go with this grid and board"):
        edit.use_dataflow(no_link, "A", "auto-c")
    assert edit.use_dataflow(design(), "A", "auto-c").subaccelerators[0].wires == (Wire.PSUM_RING,)


def test_the_objective_is_a_switch() -> None:
    assert edit.set_objective(design(), Objective.LATENCY).objective is Objective.LATENCY


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_none_are_refused_in_words(value: float) -> None:
    with pytest.raises(EditError, match=r"A\.rows: found .*; allowed: a whole number"):
        set_variable(design(), "A.rows", value)
