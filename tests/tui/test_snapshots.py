"""Looks: recorded values drawn at the sizes the looks are made for, compared with pictures that have been looked at."""

from dataclasses import replace
from typing import Any

import pytest
from recorded_app import RecordedApp
from recording import recorded_design

from workbench.tui.theme import ThemeName

SIZES = [(80, 24), (100, 30), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_main_screen_with_a_running_search(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(RecordedApp(), press=["4"], terminal_size=size)


@pytest.mark.parametrize("key", ["1", "2", "3"])
def test_each_pane_on_the_narrow_screen(snap_compare: Any, key: str) -> None:
    assert snap_compare(RecordedApp(), press=[key], terminal_size=(80, 24))


def test_an_open_network_shows_its_dearest_layers(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(), press=["1", "down", "enter"], terminal_size=(120, 40))


def test_a_paused_search_is_amber_and_dim(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(search="paused"), press=["4"], terminal_size=(120, 40))


def test_before_any_search(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(search=None), press=["4"], terminal_size=(120, 40))


def test_a_newcomer_is_told_what_the_pane_at_hand_can_do(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(newcomer=True), press=["3"], terminal_size=(120, 40))


def test_the_light_theme(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(theme=ThemeName.LIGHT), press=["4"], terminal_size=(120, 40))


def test_ascii_without_colour(snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(RecordedApp(ascii_only=True), press=["4"], terminal_size=(120, 40))


def test_a_design_that_does_not_fit_says_what_would(snap_compare: Any) -> None:
    design = recorded_design()
    first = design.subaccelerators[0]
    large = replace(design, subaccelerators=(replace(first, rows=first.rows + 1), *design.subaccelerators[1:]))
    assert snap_compare(RecordedApp(design=large), press=["3"], terminal_size=(120, 40))


def test_a_mistake_in_the_text_is_underlined_and_explained(snap_compare: Any) -> None:
    keys = ["2", "enter", "S", "p", "a", "t", "l", "enter"]
    assert snap_compare(RecordedApp(), press=keys, terminal_size=(120, 40))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_help(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(RecordedApp(), press=["4", "f1"], terminal_size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_palette(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(RecordedApp(), press=["3", "ctrl+p", "f", "r", "e", "e"], terminal_size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_compare(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(RecordedApp(), press=["c"], terminal_size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_layers_with_the_roofline(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(RecordedApp(), press=["l"], terminal_size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_schedule_with_the_bandwidth_in_use(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(RecordedApp(), press=["S", "left", "up"], terminal_size=size)


def test_schedule_in_ascii_without_colour(snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(RecordedApp(ascii_only=True), press=["S", "+"], terminal_size=(120, 40))


def test_the_layer_of_a_job(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(), press=["S", "t", "enter"], terminal_size=(120, 40))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_timelines_above_each_other(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(RecordedApp(), press=["c", "t"], terminal_size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_explain(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(RecordedApp(), press=["e", "down"], terminal_size=size)


def test_explain_what_another_board_would_do(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(), press=["e", "b", "down"], terminal_size=(120, 40))


def test_jump_letters(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(), press=["ctrl+o"], terminal_size=(120, 40))


def test_a_terminal_that_is_too_small(snap_compare: Any) -> None:
    assert snap_compare(RecordedApp(), terminal_size=(50, 12))
