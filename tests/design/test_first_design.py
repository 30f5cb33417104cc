"""The first design fits every board of the library, and says why where none does."""

import pytest

from workbench.dataflow.core_resolution import resolve_core
from workbench.design.budget import check_budget
from workbench.design.edit import design_board, set_grid
from workbench.design.file import design_text, parse_design
from workbench.design.first import NothingFitsError, first_design
from workbench.hardware.presets import board_names


@pytest.mark.parametrize("board", board_names())
def test_it_fits_can_be_mapped_and_can_be_saved(board: str) -> None:
    design = first_design("mlperf", board)
    found = design_board(design)
    assert check_budget(design, found).fits
    for sub in design.subaccelerators:
        link = found.psum_link_bytes_per_cycle > 0
        assert resolve_core(sub.dataflow, sub.rows, sub.cols, sub.planes, link)[0] is not None
    assert parse_design(design_text(design), "d.toml").design == design


@pytest.mark.parametrize("board", ["u200", "u280", "zcu104"])
def test_it_leaves_no_room_for_one_more_of_its_last_group(board: str) -> None:
    design = first_design("mixed", board)
    last = design.subaccelerators[-1]
    grown = set_grid(design, last.id, rows=1, cols=last.cores + 1)
    assert not check_budget(grown, design_board(design)).fits


def test_a_board_without_room_is_refused_with_the_resource() -> None:
    with pytest.raises(NothingFitsError, match=r"not even one B512 fits.*DSP"):
        first_design("mixed", "u280", {f"regions.SLR{number}.dsp": 10 for number in range(3)})


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="did you mean mixed"):
        first_design("mixd", "u280")
    with pytest.raises(ValueError, match="u280"):
        first_design("mixed", "u281")
    with pytest.raises(ValueError, match="static_w"):
        first_design("mixed", "u280", {"static": 3})
