"""Does it fit, where does every core lie, and is the advice sound."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.design.budget import check_budget, fit_of, fit_of_groups, other_uses_that_fit
from workbench.design.design import Design, SubAccelerator, Wire
from workbench.design.placement import SPANS, need_of, rooms
from workbench.hardware.board import Board
from workbench.hardware.presets import core_resources, load_board, load_core

U200, U280 = load_board("u200"), load_board("u280")
CORES = ["B512", "B800", "B1024", "B1600", "B2304", "B4096"]


def sub(id: str, core: str, rows: int, cols: int, **more: object) -> SubAccelerator:
    return SubAccelerator(id, core, rows, cols, str(more.pop("dataflow", "auto")), **more)  # type: ignore[arg-type]


def design(*subs: SubAccelerator, board: str = "u280") -> Design:
    return Design("vision", board, subs)


def edited(candidate: Design, variable: str, value: object) -> Design:
    id, key = variable.rsplit(".", 1)
    return replace(candidate, subaccelerators=tuple(
        replace(one, **{key: value}) if one.id == id else one for one in candidate.subaccelerators
    ))  # fmt: skip


@st.composite
def designs(draw: st.DrawFn) -> Design:
    subs = [
        sub(id, draw(st.sampled_from(CORES)), draw(st.integers(1, 4)), draw(st.integers(1, 4)),
            dsp=draw(st.sampled_from(["low", "high"])), uram=draw(st.booleans()),
            pinned_uram=draw(st.sampled_from([0, 0, 0, 3, 16, 90])),
            wires=tuple(w for w in Wire if draw(st.booleans())))
        for id in "ABC"[: draw(st.integers(1, 3))]
    ]  # fmt: skip
    return design(*subs)


@settings(max_examples=150, deadline=None)
@given(designs(), st.sampled_from([U200, U280, load_board("u280-h3m")]))
def test_other_dsp_uses_are_found_where_any_fit(candidate: Design, board: Board) -> None:
    subs = candidate.subaccelerators
    uses = product(("low", "high"), repeat=len(subs))
    taken = [tuple(replace(one, dsp=use) for one, use in zip(subs, each, strict=True)) for each in uses]
    changes = [
        sum(a.dsp != b.dsp for a, b in zip(subs, each, strict=True))
        for each in taken
        if each != subs and fit_of_groups(each, board).overrun == 0
    ]
    found = other_uses_that_fit(subs, range(len(subs)), board)
    assert (found is None) == (not changes)
    if found is not None:
        assert fit_of_groups(found, board).overrun == 0
        assert sum(a.dsp != b.dsp for a, b in zip(subs, found, strict=True)) == min(changes)


@settings(max_examples=150, deadline=None)
@given(designs(), st.sampled_from([U200, U280, load_board("u280-h3m")]))
def test_what_fits_lies_in_regions_that_hold_it(candidate: Design, board: Board) -> None:
    """Add up every region from the placement: nothing exceeds it, and every core has one."""
    budget = check_budget(candidate, board)
    assert budget.fits == (fit_of(candidate, board).overrun == 0) == (budget.reason == "")
    if not budget.fits:
        return
    for number, room in enumerate(rooms(board)):
        used = [0.0] * len(room.spatial)
        bram = fixed = uram = 0.0
        for one in candidate.subaccelerators:
            need = need_of(one, board)
            count = budget.placement[one.id].count(number)
            used = [a + count * b for a, b in zip(used, need.spatial, strict=True)]
            bram, uram = bram + count * need.bram, uram + count * need.uram
            fixed += 0.0 if one.uram else count * need.bram
        assert all(a <= r * (1 + 1e-9) for a, r in zip(used, room.spatial, strict=True))
        assert fixed <= room.bram + 1e-6
        assert bram <= room.bram + 4 * (room.uram - uram) + 1e-6
    for one in candidate.subaccelerators:
        assert len(budget.placement[one.id]) == one.cores
        assert SPANS not in budget.placement[one.id]


@settings(max_examples=80, deadline=None)
@given(designs(), st.sampled_from([U200, U280]))
def test_the_fix_fits_and_the_headroom_is_all_there_is(candidate: Design, board: Board) -> None:
    budget = check_budget(candidate, board)
    if budget.fix is not None:
        assert check_budget(edited(candidate, budget.fix.variable, budget.fix.value), board).fits
    if budget.fits:
        largest = max(candidate.subaccelerators, key=lambda one: load_core(one.core).macs_per_cycle)
        words = budget.headroom.split(" more ")[0].split()[-1]
        count = 0 if words == "no" else int(words)
        assert budget.headroom.split(" more ")[1].startswith(largest.core)
        extra = replace(largest, id="+", rows=1, planes=1)
        if count:
            grown = replace(candidate, subaccelerators=(*candidate.subaccelerators, replace(extra, cols=count)))
            assert fit_of(grown, board).overrun == 0
        beyond = replace(candidate, subaccelerators=(*candidate.subaccelerators, replace(extra, cols=count + 1)))
        assert fit_of(beyond, board).overrun > 0 or count == 32


@settings(max_examples=80, deadline=None)
@given(designs())
def test_totals_are_sums_over_cores(candidate: Design) -> None:
    budget = check_budget(candidate, U280)
    used = {use.name: use.used for use in budget.uses}
    assert used["dsp"] == pytest.approx(
        sum(one.cores * core_resources(load_core(one.core), U280, one.dsp).dsp for one in candidate.subaccelerators)
    )
    bram = sum(one.cores * core_resources(load_core(one.core), U280).bram for one in candidate.subaccelerators)
    pinned = sum(one.cores * one.pinned_uram for one in candidate.subaccelerators)
    assert used["bram"] + 4 * used["uram"] == pytest.approx(bram + 4 * pinned)


def test_high_dsp_use_caps_u280_at_nine_b4096_and_low_at_twelve() -> None:
    def most(dsp: str) -> int:
        count = 0
        while check_budget(design(sub("A", "B4096", 1, count + 1, dsp=dsp)), U280).fits:
            count += 1
        return count

    assert (most("high"), most("low")) == (9, 12)


def test_a_core_larger_than_a_region_needs_leave_to_span() -> None:
    big = design(sub("A", "16x16x32", 1, 1, dsp="low"), board="u200")
    small_regions = replace(U200, regions=tuple(
        replace(region, resources=replace(region.resources, dsp=1100), shell=replace(region.shell, dsp=0))
        for region in U200.regions
    ))  # fmt: skip
    refused = check_budget(big, small_regions)
    assert not refused.fits
    assert "no region" in refused.reason
    assert "SLR0" in refused.reason
    spanning = check_budget(big, replace(small_regions, span_slr=True))
    assert spanning.fits
    assert spanning.spanning == {"A"}
    assert spanning.placement["A"] == (SPANS,)


def test_ports_are_counted_where_the_board_says_how_many() -> None:
    board = replace(U280, ports=4)
    assert check_budget(design(sub("A", "B512", 1, 4)), board).fits
    refused = check_budget(design(sub("A", "B512", 1, 5)), board)
    assert refused.reason.startswith("ports needs 5 of 4")
    assert refused.fix is not None
    assert refused.fix.variable == "A.cols"


def test_bram_spills_to_uram_unless_forbidden() -> None:
    kv260 = load_board("kv260")
    fits = check_budget(design(sub("A", "B3136", 1, 1), board="kv260"), kv260)
    assert fits.fits
    assert {use.name for use in fits.uses if use.used > 0} >= {"bram", "uram"}
    refused = check_budget(design(sub("A", "B3136", 1, 1, uram=False), board="kv260"), kv260)
    assert not refused.fits
    assert refused.fix is not None
    assert (refused.fix.variable, refused.fix.value) == ("A.uram", True)


def test_pinned_weights_take_uram_and_the_fix_is_the_most_that_fits() -> None:
    candidate = design(sub("A", "B4096", 1, 8, pinned_uram=64))
    refused = check_budget(candidate, U280)
    assert not refused.fits
    assert refused.fix is not None
    assert refused.fix.variable == "A.pinned_uram"
    most = refused.fix.value
    assert isinstance(most, int)
    for blocks in range(64):
        fits = check_budget(edited(candidate, "A.pinned_uram", blocks), U280).fits
        assert fits == (blocks <= most)


def test_a_card_without_uram_pins_nothing() -> None:
    zcu102 = load_board("zcu102")
    refused = check_budget(design(sub("A", "B512", 1, 1, pinned_uram=1), board="zcu102"), zcu102)
    assert refused.reason.startswith("URAM needs 1 of 0")
    assert refused.fix is not None
    assert (refused.fix.variable, refused.fix.value) == ("A.pinned_uram", 0)


def test_arrays_are_counted_in_elements() -> None:
    edge = load_board("edge")
    assert check_budget(design(sub("A", "nvdla-256", 2, 2), board="edge"), edge).fits
    refused = check_budget(design(sub("A", "nvdla-256", 2, 3), board="edge"), edge)
    assert refused.reason.startswith("PEs needs 1,536 of 1,024")


def test_an_empty_design_does_not_fit() -> None:
    assert check_budget(design(), U280).reason == "no sub-accelerator: add one"


def test_wires_take_room() -> None:
    plain, wired = (design(sub("A", "B512", 2, 2, wires=wires)) for wires in ((), tuple(Wire)))
    used = [{use.name: use.used for use in check_budget(d, U280).uses}["lut"] for d in (plain, wired)]
    assert used[1] - used[0] == pytest.approx(4 * (900 + 900 + 1200))
