"""The canvas: what is put on it stands there, nothing leaves it, and only rows that look different count as changed."""

from hypothesis import example, given
from hypothesis import strategies as st

from workbench.tui.charts.canvas import Canvas, Dots, changed_stretches, strip_of
from workbench.tui.glyphs import ASCII, NORMAL
from workbench.tui.ink import ACCENT, BOLD, DIM, TEXT, Role
from workbench.tui.theme import Look, ThemeName

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)


@given(st.lists(st.tuples(st.integers(-5, 25), st.integers(-2, 6), TEXTS), max_size=8))
@example([(0, 0, "000\u1160⺀"), (0, 0, "0000")])  # one of no width and a wide one
def test_nothing_drawn_outside_ever_changes_the_size(puts: list[tuple[int, int, str]]) -> None:
    canvas = Canvas(20, 4)
    for x, y, text in puts:
        canvas.put(x, y, text, DIM)
    rows = canvas.rows()
    assert len(rows) == 4
    assert all(strip_of(row, Look()).cell_length == 20 for row in rows)


def test_a_wide_character_takes_two_cells_and_is_left_out_where_only_one_is_free() -> None:
    canvas = Canvas(4, 1)
    assert canvas.put(0, 0, "a漢b") == 4
    assert canvas.text() == "a漢b"
    half = Canvas(2, 1)
    half.put(1, 0, "漢")
    assert half.text() == ""


def test_text_ends_where_put_right_says() -> None:
    canvas = Canvas(10, 1)
    canvas.put_right(8, 0, "1,234")
    assert canvas.text() == "   1,234"


def test_runs_of_equal_ink_are_joined() -> None:
    canvas = Canvas(6, 1)
    canvas.runs(0, 0, ("ab", BOLD), ("cd", BOLD), ("e", TEXT))
    assert canvas.rows()[0] == (("abcd", BOLD), ("e ", TEXT))


def test_a_blank_joins_its_neighbour_but_keeps_its_background() -> None:
    canvas = Canvas(6, 1)
    canvas.runs(0, 0, ("a", BOLD), (" ", TEXT), ("b", BOLD), (" ", TEXT.on(Role.SELECTED)), ("c", BOLD))
    assert canvas.rows()[0] == (("a b", BOLD), (" ", TEXT.on(Role.SELECTED)), ("c ", BOLD))


def test_changes_far_apart_are_painted_apart() -> None:
    before, after = Canvas(40, 1), Canvas(40, 1)
    for x in (1, 4, 35):
        after.put(x, 0, "x", DIM)
    assert changed_stretches(before.rows(), after.rows()) == [(0, 1, 5), (0, 35, 36)]


@given(TEXTS, TEXTS)
def test_whatever_changed_lies_in_the_stretches(one: str, two: str) -> None:
    before, after = Canvas(20, 1), Canvas(20, 1)
    before.put(0, 0, one)
    after.put(0, 0, two)
    inside = {x for _, first, end in changed_stretches(before.rows(), after.rows()) for x in range(first, end)}
    assert all(before.glyph_at(x, 0) == after.glyph_at(x, 0) for x in range(20) if x not in inside)


def test_only_what_looks_different_is_painted_again() -> None:
    before = Canvas(5, 3)
    before.put(0, 1, "x")
    after = Canvas(5, 3)
    after.put(0, 1, "x")
    after.put(2, 2, "y", ACCENT)
    assert changed_stretches(before.rows(), after.rows()) == [(2, 2, 3)]


def test_background_and_weight_are_laid_over_what_stands_there() -> None:
    canvas = Canvas(3, 1)
    canvas.put(0, 0, "abc")
    canvas.back(0, 1, 9, Role.SELECTED)
    canvas.embolden(0, 0, 1)
    inks = [ink for _, ink in canvas.rows()[0]]
    assert inks[0].bold
    assert inks[0].role is Role.STRONG
    assert inks[1] == TEXT.on(Role.SELECTED)


def test_dots_follow_the_braille_numbering() -> None:
    dots = Dots(1, 1)
    canvas = Canvas(1, 1)
    for column, line in ((0, 0), (1, 3)):  # dots 1 and 8 of Unicode's numbering
        dots.set(column, line)
    dots.draw(canvas, 0, 0, TEXT)
    assert canvas.text() == chr(0x2800 + 0x01 + 0x80)


def test_dots_in_ascii_are_quote_full_stop_and_colon() -> None:
    dots = Dots(3, 1, ASCII)
    for column, line in ((0, 0), (1, 1), (2, 0), (2, 1)):
        dots.set(column, line)
    canvas = Canvas(3, 1, ASCII)
    dots.draw(canvas, 0, 0, TEXT)
    assert canvas.text() == "'.:"


def test_dots_outside_are_left_out() -> None:
    dots = Dots(2, 1)
    for column, line in ((-1, 0), (4, 0), (0, 4), (0, -1)):
        dots.set(column, line)
    assert not any(dots.covers(c, 0) for c in range(2))


def test_the_ascii_table_turns_marks_inside_words_too() -> None:
    canvas = Canvas(30, 1, ASCII)
    canvas.put(0, 0, "512→1024 3×3 ≈ mJ·s –")
    assert canvas.text() == "512>1024 3x3 ~ mJ.s -"


def test_every_glyph_is_one_cell_and_every_stand_in_is_ascii() -> None:
    from rich.cells import cell_len

    for name in NORMAL.__dataclass_fields__:
        if name in ("ascii", "steps"):
            continue
        assert cell_len(getattr(NORMAL, name)) == 1, name
        assert getattr(ASCII, name).isascii(), name
        assert len(getattr(ASCII, name)) == 1, name


def test_styles_of_the_terminals_own_colours_carry_no_background() -> None:
    look = Look(ThemeName.ANSI)
    style = look.style(DIM.on(Role.SELECTED))
    assert style.dim
    assert style.bgcolor is not None
    assert style.bgcolor.name == "default"
