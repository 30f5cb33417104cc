"""Where everything lies: the sizes of the looks, and no overlap at any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.tui.layout import Box, Mode, arrange


def test_the_sizes_of_the_looks_at_120x40() -> None:
    layout = arrange(120, 40, 3, False)
    assert layout.mode is Mode.FOUR
    assert layout.band.height == 5
    assert layout.panes[1] == Box(0, 5, 48, 15)
    assert layout.panes[4] == Box(49, 20, 71, 19)
    assert layout.footer == Box(0, 39, 120, 1)


def test_the_sizes_of_the_looks_at_200x60() -> None:
    layout = arrange(200, 60, 3, False)
    assert (layout.panes[1].width, layout.panes[1].height, layout.panes[2].height) == (68, 22, 32)


def test_the_narrow_screen_shows_one_pane_under_tabs() -> None:
    layout = arrange(80, 24, 2, False)
    assert layout.mode is Mode.TABS
    assert layout.band.height == 2
    assert layout.panes == {2: Box(0, 3, 80, 20)}


@pytest.mark.parametrize("size", [(100, 30), (120, 40), (96, 28)])
def test_four_panes_from_a_hundred_by_thirty_on(size: tuple[int, int]) -> None:
    assert len(arrange(*size, 1, False).panes) == 4


def test_a_maximised_pane_has_everything_between_band_and_footer() -> None:
    assert arrange(120, 40, 4, True).panes == {4: Box(0, 5, 120, 34)}


def test_a_tiny_terminal_is_told_so() -> None:
    assert arrange(59, 40, 1, False).mode is Mode.TOO_SMALL
    assert arrange(120, 14, 1, False).mode is Mode.TOO_SMALL


@given(st.integers(60, 300), st.integers(15, 100), st.integers(1, 4), st.booleans())
def test_parts_fill_the_screen_without_overlap(width: int, height: int, focused: int, maximised: bool) -> None:
    layout = arrange(width, height, focused, maximised)
    cells = [[0] * width for _ in range(height)]
    for box in [layout.band, layout.footer, layout.tabs, layout.column, *layout.panes.values()]:
        if box is not None:
            for y in range(box.y, box.y + box.height):
                for x in range(box.x, box.x + box.width):
                    cells[y][x] += 1
    assert all(cell == 1 for row in cells for cell in row)
