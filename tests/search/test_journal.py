"""A search cut off at any byte of its journal goes on to the same end, bit for bit."""

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_landscape import closed_form

from workbench.design.design import Design
from workbench.design.score import Evaluation
from workbench.hardware.board import Board
from workbench.search.journal import Journal, read_journal
from workbench.search.objective import Goal
from workbench.search.optimizers import NAMES, make_optimizer
from workbench.search.protocol import Keepable
from workbench.search.run import EvaluateMany, KeptSearch, Limits, ReplayError, Search
from workbench.search.space import Space

EVALUATIONS = 230  # not a whole number of generations
GUEST_GENERATION = 5


def without_figures(designs: Sequence[Design]) -> list[Evaluation]:
    """Every third kind of design has a cost that is none."""
    found = []
    for design, evaluation in zip(designs, closed_form(designs), strict=True):
        kind = design.subaccelerators[0].cores % 6
        wrong = (math.nan, math.inf, -math.inf)[kind % 3]
        changed = {0: {"edp_j_s": wrong}, 1: {"latency_s": wrong}, 2: {"lateness": abs(wrong)}, 3: {"overrun": wrong}}
        found.append(replace(evaluation, **changed.get(kind, {})))
    return found


def a_search(
    optimizer: str, base: Design, board: Board, evaluations: int = EVALUATIONS, evaluate: EvaluateMany = closed_form
) -> Search:
    space = Space(base, board, freeze=("A.core",))
    made = make_optimizer(optimizer, space.encode(base), 11, 12)
    return Search(space, made, evaluate, Goal(), [base], Limits(evaluations))


def go_on(search: Search, path: Path, guest: Design) -> bytes:
    journal = Journal(path)
    while not search.done:
        journal.append(search.step((guest,) if search.generation == GUEST_GENERATION else ()))
    journal.close()
    return path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, base: Design, board: Board) -> dict[str, tuple[bytes, bytes]]:
    found = {}
    for name in NAMES:
        search = a_search(name, base, board)
        written = go_on(search, tmp_path_factory.mktemp(name) / "journal.jsonl", base)
        found[name] = (written, outcome(search))
    return found


def outcome(search: Search) -> bytes:
    archive = search.archive
    rows = [(f.value, f.number, f.design) for f in (*archive.best, *archive.front.flat, *archive.front.lean)]
    return msgspec.json.encode([rows, list(archive.cloud), archive.curve, search.stagnation])


@pytest.mark.parametrize("name", NAMES)
def test_the_limit_is_kept_exactly(name: str, whole: dict[str, tuple[bytes, bytes]], tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(whole[name][0])
    assert sum(len(line.edp_j_s) for line, _ in read_journal(tmp_path / "j")) == EVALUATIONS


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cut_at_any_byte_it_ends_the_same(
    name: str, data: st.DataObject, whole: dict[str, tuple[bytes, bytes]], base: Design, board: Board, tmp_path: Path
) -> None:
    written, result = whole[name]
    path = tmp_path / "journal.jsonl"
    path.write_bytes(written[: data.draw(st.integers(0, len(written)))])
    search = a_search(name, base, board)
    os.truncate(path, search.replay(read_journal(path)))
    assert go_on(search, path, base) == written
    assert outcome(search) == result


@pytest.mark.parametrize("name", NAMES)
def test_a_raised_limit_goes_on_as_if_it_had_never_been_lower(
    name: str, whole: dict[str, tuple[bytes, bytes]], base: Design, board: Board, tmp_path: Path
) -> None:
    straight, extended = tmp_path / "straight", tmp_path / "extended"
    expected = go_on(a_search(name, base, board, 400), straight, base)
    extended.write_bytes(whole[name][0])
    search = a_search(name, base, board, 400)
    os.truncate(extended, search.replay(read_journal(extended)))
    assert go_on(search, extended, base) == expected


@pytest.mark.parametrize("name", NAMES)
def test_costs_that_are_no_numbers_neither_win_nor_break_a_journal(
    name: str, base: Design, board: Board, tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    search = a_search(name, base, board, evaluate=without_figures)
    written = go_on(search, path, base)
    assert search.archive.best
    for found in (*search.archive.best, *search.archive.front.flat, *search.archive.front.lean):
        assert math.isfinite(found.value)
        assert found.value == closed_form([found.design])[0].edp_j_s
    os.truncate(path, len(written) * 2 // 3)
    again = a_search(name, base, board, evaluate=without_figures)
    os.truncate(path, again.replay(read_journal(path)))
    assert go_on(again, path, base) == written
    assert outcome(again) == outcome(search)


@pytest.mark.parametrize("on_terrain", [True, False])
@pytest.mark.parametrize("generation", [1, 2, 7, 33, 60, 81])
def test_a_kept_search_goes_on_as_if_it_had_never_stopped(
    generation: int, on_terrain: bool, base: Design, board: Board, tmp_path: Path
) -> None:
    def again() -> Search:
        space = Space(base, board, freeze=("A.core",))
        terrain = space if on_terrain else None
        made = make_optimizer("islands", space.encode(base), 11, 12, terrain)
        return Search(space, made, closed_form, Goal(), [base], Limits(1000))

    straight = again()
    whole = go_on(straight, tmp_path / "whole.jsonl", base)
    before = again()
    for number in range(generation):
        before.step((base,) if number == GUEST_GENERATION else ())
    kept = before.keep()
    assert kept is not None
    after = again()
    after.restore(msgspec.json.decode(msgspec.json.encode(kept), type=KeptSearch))
    assert after.evaluations == before.evaluations
    assert whole.endswith(go_on(after, tmp_path / "rest.jsonl", base))
    assert outcome(after) == outcome(straight)
    assert after.keep() is None  # its last generation was cut short


@pytest.mark.parametrize("name", NAMES)
def test_an_optimizer_that_cannot_be_kept_says_so(name: str, base: Design, board: Board) -> None:
    search = a_search(name, base, board)
    search.step()
    assert (search.keep() is not None) == isinstance(search.optimizer, Keepable) == (name == "islands")


def test_a_kept_search_of_another_model_is_refused(base: Design, board: Board) -> None:
    search = a_search("islands", base, board)
    search.step()
    kept = search.keep()
    assert kept is not None
    with pytest.raises(ReplayError, match="other inputs"):
        a_search("islands", base, board, evaluate=other_costs).restore(kept)
    with pytest.raises(ValueError, match="cannot be restored"):
        a_search("cma", base, board).restore(kept)
    with pytest.raises(ValueError, match="state of the islands"):
        a_search("islands", base, board).restore(msgspec.structs.replace(kept, optimizer=msgspec.Raw(b'{"seen": 1}')))


def test_rubbish_in_the_middle_ends_the_journal_there(
    whole: dict[str, tuple[bytes, bytes]], base: Design, board: Board, tmp_path: Path
) -> None:
    written, _ = whole["cma"]
    lines = written.splitlines(keepends=True)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join([*lines[:4], b'{"generation": "four"}\n', *lines[5:]]))
    search = a_search("cma", base, board)
    kept = search.replay(read_journal(path))
    assert kept == sum(map(len, lines[:4]))
    assert search.generation == 4


def other_costs(designs: Sequence[Design]) -> list[Evaluation]:
    """What another version of the model might say."""
    return [replace(evaluation, edp_j_s=evaluation.edp_j_s * 1.001) for evaluation in closed_form(designs)]


@pytest.mark.parametrize("name", NAMES)
def test_a_journal_of_other_inputs_is_refused(
    name: str, whole: dict[str, tuple[bytes, bytes]], base: Design, board: Board, tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(whole[name][0])
    other_start = replace(base, subaccelerators=(replace(base.subaccelerators[0], rows=1), *base.subaccelerators[1:]))
    for other in (a_search(name, base, board, evaluate=other_costs), a_search(name, other_start, board)):
        with pytest.raises(ReplayError, match="other inputs"):
            other.replay(read_journal(path))
    space = Space(base, board, freeze=("A.core",))
    seed = Search(
        space, make_optimizer(name, space.encode(base), 12, 12), closed_form, Goal(), [base], Limits(EVALUATIONS)
    )
    with pytest.raises(ReplayError, match="other inputs"):
        seed.replay(read_journal(path))
    assert path.read_bytes() == whole[name][0]
