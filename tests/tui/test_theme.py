"""Themes: text can be read everywhere it may stand, and roles that must be told apart can be."""

import pytest
from textual.color import Color

from workbench.tui.ink import Role, busy_role
from workbench.tui.theme import PALETTES, Look, ThemeName, textual_themes

COLOURED = [ThemeName.DARK, ThemeName.LIGHT]
LEAST_CONTRAST = 4.5  # WCAG AA for normal text
TEXT_ROLES = (Role.DIM, Role.TEXT, Role.STRONG, Role.ACCENT, Role.DATA, Role.AMBER, Role.RED, Role.GREEN)


def _luminance(colour: str) -> float:
    def channel(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    r, g, b = Color.parse(colour).rgb
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)


def contrast(a: str, b: str) -> float:
    """WCAG contrast ratio."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", COLOURED)
@pytest.mark.parametrize("back", [Role.PAGE, Role.BAND, Role.SELECTED])
@pytest.mark.parametrize("role", TEXT_ROLES)
def test_text_can_be_read(theme: ThemeName, back: Role, role: Role) -> None:
    look = Look(theme)
    assert contrast(look.colour(role, back), look.colour(back)) >= LEAST_CONTRAST


@pytest.mark.parametrize("theme", COLOURED)
def test_busy_tones_differ_step_by_step(theme: ThemeName) -> None:
    tones = [_luminance(PALETTES[theme][r]) for r in (Role.BUSY_0, Role.BUSY_1, Role.BUSY_2, Role.BUSY_3)]
    assert tones in (sorted(tones), sorted(tones, reverse=True))


def test_busy_steps_are_those_of_the_looks() -> None:
    shares = (0.39, 0.40, 0.64, 0.65, 0.84, 0.85)
    assert [busy_role(s).value[-1] for s in shares] == ["0", "1", "1", "2", "2", "3"]


@pytest.mark.parametrize("theme", list(ThemeName))
def test_every_role_has_a_colour_in_every_theme(theme: ThemeName) -> None:
    assert set(PALETTES[theme]) == set(Role)


def test_textual_knows_the_same_themes() -> None:
    assert {t.name for t in textual_themes()} == {t.value for t in ThemeName}
