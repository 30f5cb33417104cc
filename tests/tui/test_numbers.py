"""The one formatter of numeric cells."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.tui import numbers


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(7552, 0, "7,552"), (-4.24, 1, "−4.2"), (-0.04, 1, "0.0"), (None, 1, "–"), (math.nan, 0, "–"), (math.inf, 0, "∞")],
)
def test_numbers(value: float | None, decimals: int, text: str) -> None:
    assert numbers.number(value, decimals) == text


def test_metrics_have_the_decimals_of_the_looks() -> None:
    assert numbers.edp_mj_s(0.1254) == "125.4"
    assert numbers.latency_ms(0.0324) == "32.4"
    assert numbers.energy_j(3.87) == "3.87"
    assert numbers.power_w(119.4) == "119"
    assert numbers.percent(0.62) == "62 %"


def test_small_values_keep_two_digits() -> None:
    assert numbers.edp_mj_s(4.2e-6) == "0.0042"
    assert numbers.latency_ms(8.7e-5) == "0.087"
    assert numbers.energy_j(0.0012) == "0.0012"


@given(st.floats(1e-12, 1e6))
def test_no_positive_metric_is_ever_shown_as_zero(value: float) -> None:
    for text in (numbers.edp_mj_s(value), numbers.latency_ms(value), numbers.energy_j(value)):
        assert value < 1e-9 or any(digit in "123456789" for digit in text)


def test_change_against_the_pinned_design() -> None:
    assert numbers.change(88.0, 100.0) == ("less", "12.0 %")
    assert numbers.change(102.7, 100.0) == ("more", "2.7 %")
    assert numbers.change(100.0, 100.0) == ("", "equal")
    assert numbers.change(None, 100.0) == ("", "")
    assert numbers.change(1.0, 0.0) == ("", "")


def test_signed_percent_has_a_sign_and_a_true_minus() -> None:
    assert numbers.signed_percent(0.958) == "−4.2"
    assert numbers.signed_percent(1.084) == "+8.4"


def test_amounts_of_one_resource_stand_in_one_unit() -> None:
    assert numbers.amount(584_000, 938_000) == ("584", " k")
    assert numbers.amount(90_000, 938_000) == ("90", " k")
    assert numbers.amount(1_542, 1_678) == ("1,542", "")


def test_durations_rates_and_work() -> None:
    assert numbers.duration(124) == "2:04"
    assert numbers.duration(3724) == "1:02:04"
    assert numbers.rate(21_300) == "21.3 k/s"
    assert numbers.rate(840) == "840 /s"
    assert numbers.macs(111e9) == "111 GMAC"
    assert numbers.macs(3.9e9) == "3.9 GMAC"
    assert numbers.plural(1, "row") == "1 row"
    assert numbers.plural(2, "row") == "2 rows"
