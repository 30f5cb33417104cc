"""What a cell of the screen is drawn with, by meaning and never by colour: the theme turns an Ink into a style."""

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """The colour roles; each has one meaning on every screen."""

    PAGE = "page"
    BAND = "band"  # score, footer, unfocused selection
    SELECTED = "selected"  # focused row
    RULE = "rule"  # rules, axes, tracks
    DIM = "dim"  # labels
    TEXT = "text"  # values
    STRONG = "strong"  # headline
    ACCENT = "accent"  # focus, selection
    DATA = "data"  # curves, bars, dimensions
    AMBER = "amber"  # attention, stall, unsaved, paused
    RED = "red"  # does not fit, error
    GREEN = "green"  # better than pinned
    BUSY_0 = "busy0"  # below 40 %
    BUSY_1 = "busy1"  # below 65 %
    BUSY_2 = "busy2"  # below 85 %
    BUSY_3 = "busy3"
    BUSY_MID = "busymid"  # between the two lower busy tones, so that neighbours on the timeline part


class Ink(NamedTuple):
    """Foreground role, weight, and the background role where it is not the pane's own."""

    role: Role = Role.TEXT
    bold: bool = False
    italic: bool = False
    underline: bool = False
    back: Role | None = None
    reverse: bool = False

    def on(self, back: Role | None) -> "Ink":
        """The same ink on another background."""
        return self._replace(back=back)

    def as_bold(self) -> "Ink":
        """The same ink in bold."""
        return self._replace(bold=True)


TEXT = Ink()
DIM = Ink(Role.DIM)
STRONG = Ink(Role.STRONG)
BOLD = Ink(Role.STRONG, bold=True)
RULE = Ink(Role.RULE)
ACCENT = Ink(Role.ACCENT)
ACCENT_BOLD = Ink(Role.ACCENT, bold=True)
DATA = Ink(Role.DATA)
DATA_BOLD = Ink(Role.DATA, bold=True)
AMBER = Ink(Role.AMBER)
AMBER_BOLD = Ink(Role.AMBER, bold=True)
RED = Ink(Role.RED)
RED_BOLD = Ink(Role.RED, bold=True)
GREEN = Ink(Role.GREEN)
COMMENT = Ink(Role.DIM, italic=True)

BUSY_STEPS = (0.40, 0.65, 0.85)  # looks: the four heat tones part at these busy shares
_BUSY = (Role.BUSY_0, Role.BUSY_1, Role.BUSY_2, Role.BUSY_3)


def busy_role(share: float) -> Role:
    """Heat tone of a busy share 0..1."""
    return _BUSY[sum(share >= step for step in BUSY_STEPS)]
