"""What the next search is bounded by: chosen in the palette, said in words."""

from workbench.engine.messages import RunOptions
from workbench.tui.searching import search_words, with_option


def test_a_limit_of_one_kind_takes_the_place_of_the_other() -> None:
    timed = with_option(RunOptions(), "seconds", "300")
    assert (timed.evaluations, timed.seconds) == (None, 300.0)
    counted = with_option(timed, "evaluations", "20000")
    assert (counted.evaluations, counted.seconds) == (20_000, None)


def test_the_words_name_limit_optimiser_and_seed() -> None:
    options = with_option(with_option(RunOptions(), "evaluations", "20000"), "optimizer", "genetic")
    assert search_words(options) == "20,000 designs with genetic, seed 1"
    assert search_words(with_option(RunOptions(), "seconds", "90")) == "1.5 min with islands, seed 1"
