"""Where everything lies on the main screen, as a pure function of its size."""

from dataclasses import dataclass
from enum import Enum

LEAST_WIDTH, LEAST_HEIGHT = 60, 15
WIDE_WIDTH, WIDE_HEIGHT = 96, 28  # from here on all four panes are shown
ROOMY_PANE = 14  # rows of a pane from which blank rows stand between groups


class Mode(Enum):
    """How the panes share the screen."""

    TOO_SMALL = "too small"
    TABS = "tabs"  # one pane at a time under a tab row
    FOUR = "four"
    ONE = "one"  # a pane maximised


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Layout:
    """`panes` by number 1 to 4; a pane that is not there is not shown."""

    mode: Mode
    band: Box
    tabs: Box | None
    panes: dict[int, Box]
    column: Box | None  # the rule between the columns
    junction: int = 0  # row of the lower panes' titles, counted from the top of the column
    footer: Box = Box(0, 0, 0, 0)


def arrange(width: int, height: int, focused: int, maximised: bool) -> Layout:
    """Lay the screen out."""
    footer = Box(0, height - 1, width, 1)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Layout(Mode.TOO_SMALL, Box(0, 0, width, 0), None, {}, None, 0, footer)
    if width < WIDE_WIDTH or height < WIDE_HEIGHT:
        pane = Box(0, 3, width, height - 4)
        return Layout(Mode.TABS, Box(0, 0, width, 2), Box(0, 2, width, 1), {focused: pane}, None, 0, footer)
    band = Box(0, 0, width, 5)
    rest = height - 6
    if maximised:
        return Layout(Mode.ONE, band, None, {focused: Box(0, 5, width, rest)}, None, 0, footer)
    left = 48 if width <= 120 else round(width * 0.25 + 18)
    left = round(left * width / 120) if width < 120 else left
    upper = round(rest * 0.35 + 3)
    x, right = left + 1, width - left - 1
    panes = {
        1: Box(0, 5, left, upper),
        2: Box(0, 5 + upper, left, rest - upper),
        3: Box(x, 5, right, upper),
        4: Box(x, 5 + upper, right, rest - upper),
    }
    return Layout(Mode.FOUR, band, None, panes, Box(left, 5, 1, rest), upper, footer)
