"""Vectors to designs and back; frozen stays frozen, whatever the optimiser."""

import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from search_landscape import frozen_value

from workbench.cost.options import Column
from workbench.dataflow.core_resolution import resolve_core
from workbench.dataflow.library import load_dataflow
from workbench.design.budget import fit_of
from workbench.design.configurations import ConfigurationStore
from workbench.design.design import Design, SubAccelerator, Wire
from workbench.hardware.board import Board
from workbench.hardware.presets import load_board, load_energy
from workbench.search.choices import DataflowChoice, useful_wires
from workbench.search.freezing import GROUPS, PARTS
from workbench.search.optimizers import NAMES, make_optimizer
from workbench.search.space import Space
from workbench.workload.jobs import jobs_of
from workbench.workload.presets import load_workload

ANY_FLOAT = st.one_of(st.floats(0, 1), st.floats(allow_nan=True, allow_infinity=True))
FREEZABLE = (
    *(f"{sub}.{part}" for sub in "AB" for part in (*PARTS, *GROUPS)),
    *("A", "B", "scheduler", "scheduler.alpha", "scheduler.theta", "subaccelerators"),
)
BOARDS = ("u280", "u200", "zcu102", "u280-h3m", "cloud")
SPACES: dict[str, Space] = {}
STORES: dict[str, ConfigurationStore] = {}


def space_on(name: str) -> Space:
    """A space over one sub-accelerator of whatever the board's library has first."""
    if name not in SPACES:
        board = load_board(name)
        core = "B512" if board.family == "fpga" else "nvdla-256"
        base = Design("mixed", name, (SubAccelerator("A", core, 1, 2, load_dataflow("auto-k").text),))
        if board.family == "asic":
            from workbench.hardware.presets import core_names

            base = replace(base, subaccelerators=(replace(base.subaccelerators[0], core=core_names("asic")[0]),))
        SPACES[name] = Space(base, board)
    return SPACES[name]


@given(name=st.sampled_from(BOARDS), data=st.data())
@settings(max_examples=150, deadline=None)
def test_every_vector_is_a_legal_design(name: str, data: st.DataObject) -> None:
    space = space_on(name)
    design = space.decode(data.draw(arrays(np.float64, space.dimension, elements=ANY_FLOAT)))
    assert 1 <= len(design.subaccelerators) <= 4
    ids = [sub.id for sub in design.subaccelerators]
    assert ids == sorted(set(ids))
    assert ids[0] == "A"
    for sub in design.subaccelerators:
        assert sub.core in space.choices.cores
        assert min(sub.rows, sub.cols, sub.planes) >= 1
        resolved, found = resolve_core(
            sub.dataflow, sub.rows, sub.cols, sub.planes, space.choices.board.psum_link_bytes_per_cycle > 0
        )
        assert resolved is not None, found
        assert sub.bandwidth_share is None or 0 < sub.bandwidth_share <= 1
    assert 0 <= design.scheduler.alpha <= 1.5
    assert 1 <= design.scheduler.theta <= 64


@given(name=st.sampled_from(BOARDS), data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_a_vector_gives_survives_encoding(name: str, data: st.DataObject) -> None:
    space = space_on(name)
    design = space.decode(data.draw(arrays(np.float64, space.dimension, elements=st.floats(0, 1))))
    vector = space.encode(design)
    assert ((vector >= 0) & (vector <= 1)).all()
    assert space.decode(vector) == design
    assert space.holds(design)


@given(
    board=st.sampled_from(("u280", "cloud")),
    size=st.sampled_from((256, 1024)),
    rows=st.integers(1, 4),
    cols=st.integers(1, 4),
    data=st.data(),
)
@settings(max_examples=40, deadline=None)
def test_the_plainest_words_for_a_group_give_the_same_ways_to_run(
    board: str, size: int, rows: int, cols: int, data: st.DataObject
) -> None:
    space = space_on(board)
    if board not in STORES:
        STORES[board] = ConfigurationStore(
            jobs_of(load_workload("vision")).shapes, space.choices.board, load_energy(space.choices.board.energy)
        )
    core = f"nvdla-{size}" if board == "cloud" else f"B{4 * size if size > 256 else 512}"
    choice = data.draw(st.sampled_from(space.choices.dataflows))
    plain, plain_rows, plain_cols = space.choices.plainest(choice, rows, cols)
    assert space.choices.plainest(plain, plain_rows, plain_cols) == (plain, plain_rows, plain_cols)
    assert len(plain.spatial) <= len(choice.spatial) or not choice.spatial

    def ways(choice: DataflowChoice, rows: int, cols: int) -> list[list[float]]:
        wires = useful_wires(choice, (rows, cols, 1)) or (choice.wires if not choice.spatial else ())
        sub = SubAccelerator("A", core, rows, cols, choice.on_grid(cols, 1), wires=wires)
        found = STORES[board].table(STORES[board].find(sub))
        shape = np.repeat(np.arange(len(found.start) - 1), np.diff(found.start))
        figures = [Column.CORES, Column.UNSTALLED_S, *range(Column.INPUT_BYTES, Column.NETWORK_J + 1)]
        own = found.rows[:, Column.CORES] <= sub.cores  # a line's table serves wider ones as well
        return sorted(np.column_stack([shape, found.rows[:, figures]])[own].tolist())

    assert ways(plain, plain_rows, plain_cols) == ways(choice, rows, cols)


def test_the_base_itself_is_in_the_space(base: Design, board: Board) -> None:
    for freeze in ((), ("A",), ("B.cores", "A.dataflow"), ("subaccelerators", "scheduler")):
        space = Space(base, board, freeze=freeze)
        assert space.decode(space.encode(base)) == replace(base, frozen=freeze)


def test_cores_that_do_not_fit_are_tried_with_another_dsp_use() -> None:
    """Nine B4096 and eleven B800 fit a U280 with high use in the large ones and low in the small ones alone."""
    text = load_dataflow("auto-k").text
    a = SubAccelerator("A", "B4096", 1, 9, text, wires=(Wire.INPUT_MULTICAST,), dsp="high")
    b = SubAccelerator("B", "B800", 1, 11, text, dsp="low")
    found = Design("nlp", "u280", (a, b))
    space = Space(found, load_board("u280"))
    wrong = replace(found, subaccelerators=(replace(a, dsp="low"), replace(b, dsp="high")))
    assert fit_of(found, load_board("u280")).overrun == 0 < fit_of(wrong, load_board("u280")).overrun
    assert space.decode(space.encode(wrong)).subaccelerators == found.subaccelerators
    frozen = Space(found, load_board("u280"), freeze=("A.dsp", "B.dsp"))
    assert [sub.dsp for sub in frozen.decode(frozen.encode(wrong)).subaccelerators] == ["high", "low"]
    one = Space(wrong, load_board("u280"), freeze=("A.dsp",))
    decoded = one.decode(one.encode(wrong)).subaccelerators
    assert decoded[0].dsp == "low"
    assert [sub.cores for sub in decoded] != [9, 11]


def test_a_text_of_the_users_own_is_a_choice_and_follows_the_grid(base: Design, board: Board) -> None:
    own = "SpatialMap(T_K, T_K) K;\nCluster(3);\nSpatialMap(T_P, T_P) P;\nauto;\n"
    sub = replace(base.subaccelerators[0], dataflow=own, wires=())
    space = Space(replace(base, subaccelerators=(sub,)), board)
    assert space.decode(space.encode(space.base)).subaccelerators[0].dataflow == own
    wider = replace(sub, rows=1, cols=8)
    vector = space.encode(space.base)
    vector[space.names.index("A.cores")] = space.encode(replace(space.base, subaccelerators=(wider,)))[
        space.names.index("A.cores")
    ]
    found = space.decode(vector).subaccelerators[0]
    assert found.cores == 8
    assert resolve_core(found.dataflow, found.rows, found.cols, 1)[0] is not None


@given(
    names=st.lists(st.sampled_from(FREEZABLE), min_size=1, max_size=5, unique=True),
    optimizer=st.sampled_from(NAMES),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_frozen_stays_frozen(base: Design, board: Board, names: list[str], optimizer: str, seed: int) -> None:
    space = Space(base, board, freeze=tuple(names))
    search = make_optimizer(optimizer, space.encode(base), seed, 8)
    search.inject(np.zeros(space.dimension))
    wanted = {name: frozen_value(base, name) for name in names}
    for _ in range(4):
        vectors = search.ask()
        designs = [space.decode(vector) for vector in vectors]
        for design in designs:
            assert {name: frozen_value(design, name) for name in names} == wanted
        # any fitness will do, as long as it moves the search about
        search.tell(vectors, np.array([zlib.crc32(repr(d).encode()) % 1000 / 10 for d in designs]))


def test_everything_frozen_leaves_one_design(base: Design, board: Board) -> None:
    space = Space(base, board, freeze=("A", "B", "scheduler", "subaccelerators"))
    assert space.dimension == 0
    assert space.decode(np.zeros(0)).subaccelerators == base.subaccelerators


@given(data=st.data(), low=st.integers(1, 9), more=st.integers(0, 9))
@settings(max_examples=50, deadline=None)
def test_bounds_hold(base: Design, board: Board, data: st.DataObject, low: int, more: int) -> None:
    bounds = (("A.cores", low, low + more), ("scheduler.alpha", 0.2, 0.4), ("scheduler.theta", 2, 3))
    space = Space(base, board, bounds=bounds, freeze=("A.core",))
    design = space.decode(data.draw(arrays(np.float64, space.dimension, elements=ANY_FLOAT)))
    assert design.subaccelerators[0].id == "A"
    assert low <= design.subaccelerators[0].cores <= low + more
    assert 0.2 <= design.scheduler.alpha <= 0.4
    assert 2 <= design.scheduler.theta <= 3


RANGE = st.tuples(st.integers(1, 9), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair)))


@given(data=st.data(), rows=RANGE, cols=RANGE)
@settings(max_examples=50, deadline=None)
def test_bounds_of_the_sides_hold_for_the_sub_accelerator_they_name(
    base: Design, board: Board, data: st.DataObject, rows: tuple[int, int], cols: tuple[int, int]
) -> None:
    own = replace(base, bounds=(("B.rows", *rows), ("B.cols", *cols)))
    space = Space(own, board)
    design = space.decode(data.draw(arrays(np.float64, space.dimension, elements=ANY_FLOAT)))
    for sub in design.subaccelerators:
        if sub.id == "B":
            assert rows[0] <= sub.rows <= rows[1]
            assert cols[0] <= sub.cols <= cols[1]
    assert design.bounds == own.bounds


def test_a_design_within_its_bounds_is_reached(base: Design, board: Board) -> None:
    sub = base.subaccelerators[0]
    inside = replace(base, bounds=(("A.rows", sub.rows, sub.rows + 2), ("A.cols", 1, sub.cols)))
    assert Space(inside, board).holds(inside)


def test_bounds_that_no_grid_keeps_are_an_error(base: Design, board: Board) -> None:
    wrong = replace(base, bounds=(("A.rows", 3, 5), ("A.cores", 1, 2)))
    with pytest.raises(ValueError, match=r"no grid has rows 3 to 5, .* cores 1 to 2; widen one"):
        Space(wrong, board)


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_bounds_hold_for_whoever_has_the_name(base: Design, board: Board, data: st.DataObject) -> None:
    space = Space(base, board, bounds=(("B.cores", 2, 5),))
    design = space.decode(data.draw(arrays(np.float64, space.dimension, elements=ANY_FLOAT)))
    assert all(2 <= sub.cores <= 5 for sub in design.subaccelerators if sub.id == "B")


@pytest.mark.parametrize("name", ["C.core", "A.colour", "scheduler.beta", ""])
def test_an_unknown_name_is_an_error_that_lists_the_known(base: Design, board: Board, name: str) -> None:
    with pytest.raises(ValueError, match=r"no such variable; allowed: A, B alone or with one of \.core"):
        Space(base, board, freeze=(name,))


def test_absurd_bounds_are_an_error(base: Design, board: Board) -> None:
    with pytest.raises(ValueError, match="is no range"):
        Space(base, board, bounds=(("A.cores", 5, 2),))
