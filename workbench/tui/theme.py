"""Themes: which colour a role has. `Look` turns inks into styles; Textual's own widgets follow the same palette."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.style import Style

from workbench.tui.glyphs import NORMAL, Glyphs
from workbench.tui.ink import Ink, Role

if TYPE_CHECKING:
    from textual.theme import Theme


class ThemeName(StrEnum):
    """The themes a user may choose."""

    DARK = "workbench-dark"
    LIGHT = "workbench-light"
    ANSI = "workbench-ansi"  # the terminal's own sixteen colours


_DARK = {
    Role.PAGE: "#14171d",
    Role.BAND: "#1c2029",
    Role.SELECTED: "#262c38",
    Role.RULE: "#3b4353",
    Role.DIM: "#8792a5",
    Role.TEXT: "#c3cad6",
    Role.STRONG: "#f3f5f9",
    Role.ACCENT: "#c8a8f8",
    Role.DATA: "#6ca8f2",
    Role.AMBER: "#e9b65c",
    Role.RED: "#f37e82",
    Role.GREEN: "#94d183",
    Role.BUSY_0: "#2b4266",
    Role.BUSY_1: "#36598b",
    Role.BUSY_2: "#4b7fc2",
    Role.BUSY_3: "#7db2f4",
    Role.BUSY_MID: "#304d78",
}
_LIGHT = {
    Role.PAGE: "#fcfbf8",
    Role.BAND: "#f1f0eb",
    Role.SELECTED: "#e5e3f0",
    Role.RULE: "#c6c8cd",
    Role.DIM: "#5c6471",
    Role.TEXT: "#363d49",
    Role.STRONG: "#0d1219",
    Role.ACCENT: "#7a3cc2",
    Role.DATA: "#1d63bd",
    Role.AMBER: "#875200",
    Role.RED: "#bf2a33",
    Role.GREEN: "#27742c",
    Role.BUSY_0: "#cfe0f5",
    Role.BUSY_1: "#a9c8ee",
    Role.BUSY_2: "#4686d2",
    Role.BUSY_3: "#1b559f",
    Role.BUSY_MID: "#bcd4f2",
}
# The terminal's own colours: backgrounds stay the terminal's, so that no combination can become unreadable.
_ANSI = {
    Role.PAGE: "default",
    Role.BAND: "default",
    Role.SELECTED: "default",
    Role.RULE: "default",
    Role.DIM: "default",
    Role.TEXT: "default",
    Role.STRONG: "default",
    Role.ACCENT: "magenta",
    Role.DATA: "blue",
    Role.AMBER: "yellow",
    Role.RED: "red",
    Role.GREEN: "green",
    Role.BUSY_0: "blue",
    Role.BUSY_1: "blue",
    Role.BUSY_2: "blue",
    Role.BUSY_3: "bright_blue",
    Role.BUSY_MID: "cyan",
}
# Where a role would miss a contrast of 4.5 on one background, a shade that reaches it there.
_LIFTED: dict[tuple[ThemeName, Role, Role], str] = {(ThemeName.DARK, Role.DIM, Role.SELECTED): "#8a95a8"}
_FAINT = frozenset({Role.RULE, Role.DIM})  # drawn with the dim attribute where the theme has no colour of its own

PALETTES: dict[ThemeName, dict[Role, str]] = {
    ThemeName.DARK: _DARK,
    ThemeName.LIGHT: _LIGHT,
    ThemeName.ANSI: _ANSI,
}


@dataclass(frozen=True)
class Look:
    """A theme and a glyph table. `style` is the only place where an ink becomes a Rich style."""

    theme: ThemeName = ThemeName.DARK
    glyphs: Glyphs = NORMAL
    page: Role = Role.PAGE
    _styles: dict[Ink, Style] = field(default_factory=dict, repr=False, compare=False)

    def on(self, page: Role) -> "Look":
        """The same look for a widget on another background."""
        return Look(self.theme, self.glyphs, page)

    def colour(self, role: Role, back: Role = Role.PAGE) -> str:
        """The colour of a role on a background."""
        return _LIFTED.get((self.theme, role, back)) or PALETTES[self.theme][role]

    def style(self, ink: Ink) -> Style:
        """The style of an ink."""
        style = self._styles.get(ink)
        if style is None:
            ansi = self.theme is ThemeName.ANSI
            style = Style(
                color=self.colour(ink.role, ink.back or self.page),
                bgcolor=self.colour(ink.back or self.page),
                bold=ink.bold or None,
                italic=ink.italic or None,
                underline=ink.underline or None,
                dim=(ansi and ink.role in _FAINT) or None,
                reverse=ink.reverse or None,
            )
            self._styles[ink] = style
        return style


# What Textual's own style sheets ask of a theme of the terminal's colours.
_ANSI_VARIABLES = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
    "input-selection-background": "ansi_default",
}


def textual_themes() -> list["Theme"]:
    """The same palettes for Textual's own widgets."""
    from textual.theme import Theme

    themes = []
    for name, palette in PALETTES.items():
        ansi = name is ThemeName.ANSI
        colour = {r: f"ansi_{c}" if ansi else c for r, c in palette.items()}
        themes.append(
            Theme(
                name=name.value,
                primary=colour[Role.ACCENT],
                secondary=colour[Role.DATA],
                warning=colour[Role.AMBER],
                error=colour[Role.RED],
                success=colour[Role.GREEN],
                accent=colour[Role.ACCENT],
                foreground=colour[Role.TEXT],
                background=colour[Role.PAGE],
                surface=colour[Role.PAGE],
                panel=colour[Role.BAND],
                dark=name is not ThemeName.LIGHT,
                ansi=ansi,
                variables={
                    "wb-page": colour[Role.PAGE],
                    "wb-band": colour[Role.BAND],
                    "wb-selected": colour[Role.SELECTED],
                    "wb-rule": colour[Role.RULE],
                    "wb-dim": colour[Role.DIM],
                    "wb-text": colour[Role.TEXT],
                    "wb-strong": colour[Role.STRONG],
                    "wb-accent": colour[Role.ACCENT],
                    "input-cursor-background": colour[Role.STRONG],
                    "input-selection-background": colour[Role.SELECTED],
                    **(_ANSI_VARIABLES if ansi else {}),
                    "scrollbar": colour[Role.RULE],
                    "scrollbar-background": colour[Role.PAGE],
                },
            )
        )
    return themes
