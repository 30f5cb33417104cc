"""Charts: values lie where the axes say, in both glyph tables, and the axes rest as long as they serve."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.design.report import Traffic
from workbench.tui.charts.axis import Axis, around, decimals, ticks
from workbench.tui.charts.canvas import Canvas
from workbench.tui.charts.convergence import Curve, curve_axis, draw_curve
from workbench.tui.charts.core_grid import CoreGrid, cells_for, draw_cores, lines_of
from workbench.tui.charts.front import Scatter, draw_front, scatter_axes
from workbench.tui.charts.gantt import Block, Window, draw_area, draw_gantt
from workbench.tui.charts.mini_bar import draw_bar, draw_diverging
from workbench.tui.charts.roofline import Roofline, draw_roofline
from workbench.tui.charts.traffic import draw_traffic
from workbench.tui.glyphs import ASCII, NORMAL, Glyphs
from workbench.tui.ink import GREEN, TEXT, Role
from workbench.tui.numbers import number
from workbench.tui.screens.schedule_blocks import core_rows
from workbench.tui.screens.timelines import thinned

CURVE = Curve(((0, 200.0), (10, 160.0), (20, 120.0), (40, 120.0)), 150.0)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_two_or_three_different_labels_on_the_axis(low: float, span: float) -> None:
    assume(span > abs(low) * 1e-6)
    axis = Axis(low, low + span)
    values = ticks(axis)
    assert 2 <= len(values) <= 3
    slack = span * 1e-6
    assert all(axis.low - slack <= v <= axis.high + slack for v in values)
    assert len({number(v, decimals(axis)) for v in values}) == len(values)


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=30))
def test_an_axis_holds_its_data(values: list[float]) -> None:
    axis = around(min(values), max(values))
    assert axis.low < min(values)
    assert axis.high > max(values)
    assert around(min(values), max(values), axis) in (axis, around(min(values), max(values)))


def test_an_axis_moves_only_when_data_leave_it_or_no_longer_fill_it() -> None:
    held = around(100.0, 200.0)
    assert around(110.0, 190.0, held) is held
    assert around(110.0, 260.0, held) is not held
    assert around(100.0, 101.0, held) is not held


@pytest.mark.parametrize("glyphs", [NORMAL, ASCII])
def test_the_curve_falls_from_left_to_right(glyphs: Glyphs) -> None:
    canvas = Canvas(40, 10, glyphs)
    axis = curve_axis(CURVE)
    draw_curve(canvas, 0, 0, 40, 10, CURVE, axis)
    lines = canvas.text().split("\n")
    marks = "'.:" if glyphs.ascii else "".join(chr(0x2800 + k) for k in range(1, 256))
    rows = [next(y for y in range(1, 8) if canvas.glyph_at(x, y) in marks) for x in (6, 15, 36)]
    assert rows == sorted(rows)
    assert rows[0] < rows[-1]
    assert lines[-1].split() == ["0", "generation", "40"]


def test_a_paused_curve_is_dim_and_a_running_one_is_not() -> None:
    def roles(live: bool) -> set[Role]:
        canvas = Canvas(40, 10)
        curve = Curve(CURVE.points, None, live)
        draw_curve(canvas, 0, 0, 40, 10, curve, curve_axis(curve))
        return {ink.role for row in canvas.rows() for text, ink in row if any(0x2800 < ord(c) < 0x2900 for c in text)}

    assert roles(True) == {Role.DATA}
    assert roles(False) == {Role.DIM}


def test_the_first_designs_of_a_search_do_not_flatten_the_rest() -> None:
    points = ((0, 1e6), *((g, 200.0 - g) for g in range(1, 100)))
    assert curve_axis(Curve(points)).high < 1e4


@pytest.mark.parametrize("glyphs", [NORMAL, ASCII])
def test_the_front_shows_each_kind_of_design(glyphs: Glyphs) -> None:
    scatter = Scatter(((30.0, 4.4), (34.0, 3.6)), ((33.0, 4.2),), (32.0, 4.0), (35.0, 4.1), (34.0, 3.6))
    canvas = Canvas(50, 12, glyphs)
    draw_front(canvas, 0, 0, 48, 12, scatter, scatter_axes(scatter))
    plot = "\n".join(canvas.text().split("\n")[1:])
    assert plot.count(glyphs.yours) == 1
    assert plot.count(glyphs.pinned) == 1
    assert plot.count(glyphs.front) == 2
    assert any(ink.role is Role.ACCENT and glyphs.front in text for row in canvas.rows()[1:] for text, ink in row)


def test_lower_energy_is_further_down_and_lower_latency_further_left() -> None:
    scatter = Scatter(((30.0, 4.4),), (), (35.0, 3.6))
    canvas = Canvas(40, 12)
    draw_front(canvas, 0, 0, 38, 12, scatter, scatter_axes(scatter))
    lines = canvas.text().split("\n")[1:]
    where = {g: next((x.index(g), y) for y, x in enumerate(lines) if g in x) for g in (NORMAL.front, NORMAL.yours)}
    assert where[NORMAL.front][0] < where[NORMAL.yours][0]
    assert where[NORMAL.front][1] < where[NORMAL.yours][1]


def test_an_empty_search_draws_axes_and_nothing_else() -> None:
    canvas = Canvas(80, 12)
    draw_curve(canvas, 0, 0, 40, 12, Curve(()), curve_axis(Curve(())))
    draw_front(canvas, 42, 0, 36, 12, Scatter(), scatter_axes(Scatter()))
    assert not any(0x2800 < ord(c) < 0x2900 for c in canvas.text())


def test_cores_show_their_busy_share_in_length_tone_and_digits() -> None:
    canvas = Canvas(64, 2)
    draw_cores(canvas, 0, 0, 62, CoreGrid(1, 4, 2048, busy=(0.2, 0.5, 0.75, 0.98)))
    line = canvas.text().split("\n")[0]
    assert [int(word) for word in line.replace("▄", " ").replace("▁", " ").split()] == [20, 50, 75, 98]
    tones = [ink.role for text, ink in canvas.rows()[0] if "▄" in text]
    assert tones == [Role.BUSY_0, Role.BUSY_1, Role.BUSY_2, Role.BUSY_3]
    lengths = [len(text) for text, _ in canvas.rows()[0] if "▄" in text]
    assert lengths == sorted(lengths)


def test_an_idle_core_says_so_and_an_unscored_one_says_nothing() -> None:
    canvas = Canvas(64, 2)
    draw_cores(canvas, 0, 0, 62, CoreGrid(1, 2, 2048, busy=(0.5, 0.0)))
    assert "idle" in canvas.text()
    blank = Canvas(64, 2)
    draw_cores(blank, 0, 0, 62, CoreGrid(1, 2, 2048))
    assert set(blank.text()) <= set("▁ \n")


def test_surplus_cores_are_the_last_ones_and_marked() -> None:
    canvas = Canvas(64, 4)
    draw_cores(canvas, 0, 0, 62, CoreGrid(3, 4, 2048, surplus=2))
    assert [line.count("✗") for line in canvas.text().split("\n")] == [0, 0, 2, 0]


@given(st.integers(1, 64), st.integers(1, 200), st.sampled_from([64, 256, 1024, 2048]), st.integers(20, 180))
def test_cores_never_leave_their_room(rows: int, cols: int, macs: int, width: int) -> None:
    grid = CoreGrid(rows, cols, macs, busy=(0.5,) * (rows * cols))
    cells = cells_for(grid, width)
    assert (cells.per_line - 1) * cells.pitch + cells.track + (3 if cells.digits else 0) <= width
    canvas = Canvas(width, lines_of(grid, width) + 1)
    assert draw_cores(canvas, 0, 0, width, grid) == lines_of(grid, width)
    assert canvas.text().split("\n")[-1] == ""


def test_a_larger_core_has_a_longer_track() -> None:
    tracks = [cells_for(CoreGrid(1, 2, macs), 62).track for macs in (256, 1024, 2048)]
    assert tracks == sorted(tracks)
    assert tracks[0] < tracks[-1]


@given(st.floats(0, 1), st.integers(4, 60))
def test_a_bar_shows_something_exactly_if_there_is_something(share: float, width: int) -> None:
    canvas = Canvas(width, 1)
    draw_bar(canvas, 0, 0, width, share)
    filled = canvas.text().count("━")
    assert (filled > 0) == (share > 0)
    assert abs(filled - share * width) <= 1.0


def test_bars_change_colour_near_and_beyond_the_limit() -> None:
    def role(share: float) -> Role:
        canvas = Canvas(10, 1)
        draw_bar(canvas, 0, 0, 10, share)
        return canvas.rows()[0][0][1].role

    assert [role(s) for s in (0.5, 0.92, 1.17)] == [Role.DATA, Role.AMBER, Role.RED]


def test_diverging_bars_grow_to_their_side_and_mark_what_goes_beyond() -> None:
    canvas = Canvas(21, 3)
    for y, value in enumerate((-0.05, 0.02, 0.5)):
        draw_diverging(canvas, 10, y, 8, value, 0.05, GREEN, TEXT)
    left, right, beyond = (line.ljust(21) for line in canvas.text().split("\n"))
    assert left[2:10] == "━" * 8
    assert not left[10:].strip()
    assert not right[:10].strip()
    assert right.count("━") == 3
    assert beyond.rstrip().endswith("›")


def test_gantt_marks_stalls_idle_time_and_the_selected_job() -> None:
    canvas = Canvas(20, 2)
    blocks = [Block(0, 1, 0.0, 0.5, 0.1, "conv_1"), Block(1, 1, 0.5, 1.0, 0.0, "fc", selected=True)]
    draw_gantt(canvas, 0, 0, 20, 2, blocks, Window(0.0, 1.0))
    first, second = canvas.text().split("\n")
    assert "conv_1" in first
    assert first.count("░") == 2
    assert first[10:] == "·" * 10
    assert second[:10] == "·" * 10
    assert any(ink.back is Role.ACCENT for _, ink in canvas.rows()[1])


def test_labels_keep_inside_what_is_seen_of_their_bar() -> None:
    whole, above = Block(0, 1, 0.0, 0.9, 0.0, "long_name"), Block(0, 1, 0.3, 0.5, 0.0, "")
    beyond = Block(0, 1, 0.95, 9.0, 5.0, "beyond")
    for blocks, seen in (([whole], "long_name"), ([whole, above], "lon."), ([whole, beyond], "long_name")):
        canvas = Canvas(40, 1)
        draw_gantt(canvas, 0, 0, 20, 1, blocks, Window(0.0, 1.0))
        assert canvas.text().replace("·", "").strip() == seen


def test_traffic_says_its_numbers_and_fills_its_columns() -> None:
    traffic = Traffic("DDR4", 20e9, (0.5, 1.0), (4e9, 12.5e9))
    canvas = Canvas(60, 5)
    draw_traffic(canvas, 9, 0, 20, 3, traffic, Window(0.0, 1.0))
    words, *area = canvas.text().split("\n")
    assert words.split() == ["GB/s", "from", "DDR4,", "mean", "8,", "peak", "12", "of", "20", "GB/s"]
    assert area[0].split() == ["12.5", "█" * 10]
    assert area[2].split() == ["0", "█" * 20]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=4), st.integers(4, 60))
def test_thinned_rows_keep_every_sub_accelerator(counts: list[int], room: int) -> None:
    rows = core_rows(counts)
    kept = thinned(rows, room)
    assert {row.subaccelerator for row in kept if row} == set(range(len(counts)))
    assert [row for row in rows if row in kept and row] == [row for row in kept if row]
    assert len(kept) <= max(room, 2 * len(counts) - 1)
    assert kept == rows or len(rows) > room


def test_neighbouring_jobs_have_different_tones() -> None:
    canvas = Canvas(30, 1)
    blocks = [Block(0, 1, k * 0.1, (k + 1) * 0.1, 0.0, "") for k in range(10)]
    draw_gantt(canvas, 0, 0, 30, 1, blocks, Window(0.0, 1.0))
    assert len(canvas.rows()[0]) == 10


def test_gantt_bars_have_a_fill_glyph_where_there_is_no_colour() -> None:
    canvas = Canvas(10, 1, ASCII)
    draw_gantt(canvas, 0, 0, 10, 1, [Block(0, 1, 0.0, 0.5, 0.0, "")], Window(0.0, 1.0))
    assert canvas.text() == "#####....."


def test_an_area_is_as_high_as_its_value() -> None:
    canvas = Canvas(3, 2)
    draw_area(canvas, 0, 0, 2, [0.0, 0.5, 1.0], 1.0)
    assert canvas.text() == "  █\n ██"


def test_the_roof_bends_where_compute_meets_bandwidth_and_layers_lie_below_it() -> None:
    roof = Roofline(((1.0, 50.0), (1000.0, 900.0)), 1000.0, 100.0, (1.0, 50.0))
    canvas = Canvas(60, 14)
    draw_roofline(canvas, 0, 0, 60, 14, roof)
    assert canvas.text().count("●") >= 1
    assert canvas.text().count("◆") == 1
