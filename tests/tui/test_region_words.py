"""Regions of cores in words: counts by name, only on boards of several regions, only where there is room."""

from workbench.design.placement import SPANS
from workbench.hardware.presets import load_board
from workbench.tui.charts.canvas import Canvas
from workbench.tui.panes.region_words import draw_regions, region_words


def test_cores_are_counted_by_region() -> None:
    assert region_words(load_board("u280"), (0, 0, 2)) == "SLR0 2 · SLR2 1"
    assert region_words(load_board("u280"), (1, SPANS)) == "SLR1 1 · across 1"
    assert region_words(load_board("u280"), ()) == ""
    assert region_words(load_board("zcu104"), (0, 0)) == ""


def test_words_stand_in_the_first_row_with_room() -> None:
    canvas = Canvas(30, 3)
    canvas.put(0, 0, "x" * 20)
    draw_regions(canvas, 0, 3, "SLR0 2")
    assert canvas.text().splitlines()[0].strip() == "x" * 20
    assert canvas.text().splitlines()[1].rstrip().endswith("SLR0 2")
    full = Canvas(8, 2)
    draw_regions(full, 0, 2, "SLR0 2")
    assert not full.text().strip()
