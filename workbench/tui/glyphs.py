"""The one table of glyphs: every mark the screen uses, with its ASCII stand-in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Marks by meaning; each is one cell wide."""

    ascii: bool = False
    rule: str = "─"
    rule_heavy: str = "━"
    column: str = "│"
    tee_down: str = "┬"
    tee_up: str = "┴"
    tee_left: str = "┤"
    tee_right: str = "├"
    cross: str = "┼"
    corner: str = "└"
    dash: str = "╌"
    dash_column: str = "┊"
    bar: str = "━"
    track: str = "─"
    core: str = "▄"
    core_track: str = "▁"
    front: str = "●"
    yours: str = "◆"
    pinned: str = "○"
    less: str = "▼"
    more: str = "▲"
    running: str = "▶"
    paused: str = "‖"
    stopped: str = "■"
    open: str = "▾"
    closed: str = "▸"
    unconfirmed: str = "≈"
    fits: str = "✓"
    misfit: str = "✗"
    stall: str = "░"
    idle: str = "·"
    cursor: str = "▌"
    cursor_away: str = "▏"
    unsaved: str = "●"
    none: str = "–"
    minus: str = "−"
    times: str = "×"
    arrow: str = "→"
    beyond: str = "›"
    dot: str = "·"
    sigma: str = "σ"
    ellipsis: str = "…"
    fill: str = " "  # of a bar that is drawn by its background colour
    steps: str = " ▁▂▃▄▅▆▇█"

    def plain(self, text: str) -> str:
        """`text` with this table's marks; only the ASCII table changes anything."""
        return text.translate(_TO_ASCII) if self.ascii else text


NORMAL = Glyphs()
ASCII = Glyphs(
    ascii=True,
    rule="-",
    rule_heavy="=",
    column="|",
    tee_down="+",
    tee_up="+",
    tee_left="+",
    tee_right="+",
    cross="+",
    corner="+",
    dash=".",
    dash_column=":",
    bar="=",
    track="-",
    core="#",
    core_track="_",
    front="*",
    yours="@",
    pinned="o",
    less="v",
    more="^",
    running=">",
    paused="=",
    stopped="#",
    open="-",
    closed="+",
    unconfirmed="~",
    fits=" ",
    misfit="X",
    stall=":",
    idle=".",
    cursor=">",
    cursor_away=":",
    unsaved="*",
    none="-",
    minus="-",
    times="x",
    arrow=">",
    beyond=">",
    dot=".",
    sigma="s",
    ellipsis="~",
    fill="#",
    steps=" .:-=+*#",
)

# Marks inside words that come from the lower floors (shapes, sentences, units).
_TO_ASCII = str.maketrans(
    {
        "×": "x", "→": ">", "≈": "~", "·": ".", "–": "-", "−": "-", "…": "~", "σ": "s", "≤": "<", "≥": ">",
        "▼": "v", "▲": "^", "▶": ">", "▸": "+", "▾": "-", "‖": "=", "●": "*", "✓": " ", "✗": "X", "′": "'", "’": "'",
        "⌈": "[", "⌉": "]", "⌊": "[", "⌋": "]", "Σ": "S", "α": "a", "θ": "t", "←": "<", "↑": "^", "↓": "v", "›": ">",
    }
)  # fmt: skip


def glyphs_for(ascii_only: bool) -> Glyphs:
    """The table of a mode."""
    return ASCII if ascii_only else NORMAL
