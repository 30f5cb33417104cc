"""What a list to choose from finds, and in which order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from workbench.tui.screens.choose import Choice, ranked

WORDS = ("score", "core", "another core type", "core", "save as", "pin to compare", "next tenant", "nlp [/] x.toml")
CHOICES = [Choice(str(i), words, also="leave quit" if i == 4 else "") for i, words in enumerate(WORDS)]
CHOICES[5] = replace(CHOICES[5], about="Every score is compared with everything of one card.")


def found(query: str) -> list[str]:
    return [choice.id for choice, _ in ranked(CHOICES, query)]


def test_the_nearest_match_comes_first_and_of_equals_the_first() -> None:
    assert found("core") == ["1", "3", "2", "0", "5"]  # the word, at a word's beginning, within one, said about it
    assert found("TYPE core") == ["2"]
    assert found("c") == ["1", "3", "5", "2", "0"]  # the further ahead the better
    assert found("one card") == ["5"]
    assert found("quit") == ["4"]
    assert found("nxtt") == ["6"]  # its letters,
    assert found("aot") == ["2"]
    assert found("nt") == ["6"]  # which nobody looks at where there is something better: not a*n*o*t*her
    assert found("ore") == ["1", "3", "0", "2", "5"]
    assert found("of it") == []
    assert found("  ") == [str(i) for i in range(len(WORDS))]


def test_the_places_are_those_of_the_letters() -> None:
    places = {choice.id: sorted(places) for choice, places in ranked(CHOICES, "core")}
    assert places["0"] == [1, 2, 3, 4]
    assert places["2"] == [8, 9, 10, 11]
    assert places["5"] == []
    assert [sorted(places) for _, places in ranked(CHOICES, "type core")] == [[8, 9, 10, 11, 13, 14, 15, 16]]
    assert [sorted(places) for _, places in ranked(CHOICES, "nxtt")] == [[0, 2, 3, 5]]


@given(st.text("[/]e \\b"), st.text("[/]e \\b", min_size=1), st.text("[/]e \\b"))
def test_any_text_is_text_and_is_found_where_it_stands(before: str, within: str, after: str) -> None:
    query = " ".join(within.split())
    ((_, places),) = ranked([Choice("1", before + query + after)], query)
    first = min(places, default=0)
    assert sorted(places) == list(range(first, first + len(query)))
    assert (before + query + after)[first:].startswith(query)


def test_a_key_held_down_does_not_count_the_ways_it_matches() -> None:
    words = "show every energy term beside the best design everywhere, else edit the here and there"
    assert ranked([Choice("1", words)], "e" * 18)
    assert not ranked([Choice("1", words)], "e" * 30)
