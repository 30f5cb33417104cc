"""Help: every key of the pane one comes from, made from the table of actions."""

from typing import ClassVar

from workbench.tui.actions import ACTIONS, Action, Context, Heading, key_label, keys_of
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import AMBER, BOLD, DIM, RED, RULE, TEXT, Ink
from workbench.tui.panes.list_pane import ListPane
from workbench.tui.panes.pane import Pane, Parts
from workbench.tui.screens.full import FullScreen

Line = tuple[tuple[tuple[str, Ink], ...], str]  # keys, what they do
Block = tuple[str, list[Line]]

_NAMES = {
    Context.WORKLOAD: "workload pane", Context.DATAFLOW: "dataflow pane", Context.GRID: "core grid",
    Context.SEARCH: "search pane", Context.EDITOR: "dataflow's text", Context.LAYERS: "layers",
    Context.SCHEDULE: "schedule", Context.COMPARE: "comparison", Context.EXPLAIN: "explanation",
    Context.ASSUMPTIONS: "assumptions", Context.WAYS: "ways to run a layer",
    Context.SWEEP: "sweep", Context.TIMELINES: "timelines",
}  # fmt: skip
_HEADINGS = (Heading.DESIGN, Heading.GO_TO, Heading.LISTS, Heading.WORKBENCH)
_TEXTS = (
    ("The search runs in its own process and keeps its own journal. ", "Closing the terminal does not stop it; "
     "workbench attach finds it again, workbench runs lists runs, workbench info prints every path."),
    ("In the editor, plain letters type; ", "esc leaves it. Keys can be changed in config.toml."),
)  # fmt: skip


def _keys(action: Action) -> str:
    return " ".join(key_label(k) for k in keys_of(action) if k not in ("=", "home", "end", "delete"))


def _line(action: Action) -> Line:
    return ((_keys(action), BOLD),), action.help


def blocks(context: Context | None, ascii_only: bool) -> list[Block]:
    """The help's groups for a context."""
    pane = [_line(a) for a in ACTIONS if a.context is context and a.keys] if context else []
    search = [_line(a) for a in ACTIONS if a.heading is Heading.SEARCH]
    found: list[Block] = [("This pane", search + pane if context is Context.SEARCH else pane)]
    for heading in _HEADINGS:
        lines = [_line(a) for a in ACTIONS if a.heading is heading and a.keys]
        if heading is Heading.GO_TO:
            lines = [(((" ".join("1234"), BOLD),), "pane"), *(line for line in lines if line[0][0][0] not in "1234")]
        if heading is Heading.WORKBENCH and context is not Context.SEARCH:
            lines = search + lines
        if heading is Heading.LISTS:
            lines = _joined(lines)
        found.append((heading.value, lines))
    found.append(("Signs", _signs(ascii_only)))
    return [block for block in found if block[1]]


def _joined(lines: list[Line]) -> list[Line]:
    return [
        ((("j k", BOLD),), "down, up"), ((("g G", BOLD),), "first, last"), ((("pgdn pgup", BOLD),), "a page"),
        *(line for line in lines if line[0][0][0].startswith("/")), ((("esc", BOLD),), "clear, back"),
    ]  # fmt: skip


def _signs(ascii_only: bool) -> list[Line]:
    from workbench.tui.glyphs import glyphs_for

    g = glyphs_for(ascii_only)
    return [
        (((f"{g.less} {g.more}", TEXT),), "less, more than pinned"),
        (((g.unconfirmed, TEXT),), "rests on unconfirmed facts"),
        (((g.unsaved, AMBER),), "not saved"),
        ((("! ", AMBER), (g.misfit, RED)), "attention, does not fit"),
        ((("[x] ", TEXT), (g.plain("2≤x≤8"), TEXT)), "frozen, bounded"),
        (((f"{g.front} {g.yours} {g.pinned}", TEXT),), "front, yours, pinned"),
    ]


class HelpPane(ListPane):
    """The page; the cursor is its scroll position."""

    NAME = "Help"
    CONTEXT = Context.LIST
    about: Context | None = None

    def title(self) -> str:
        """For which pane."""
        return f"Help for the {_NAMES[self.about]}" if self.about in _NAMES else "Help"

    def title_right(self, width: int) -> Parts:
        """Where it comes from."""
        return (("made from the same table as keys, palette and footer", DIM),) if width >= 100 else ()

    def count(self) -> int:
        """Rows it can be scrolled by."""
        return max(1, len(self._page(self.size.width)) - self.size.height + 3)

    def _page(self, width: int) -> list[list[tuple[int, tuple[tuple[str, Ink], ...]]]]:
        """Rows of (column, parts)."""
        columns = 3 if width >= 110 else 2 if width >= 72 else 1
        pitch = (width - 2) // columns
        found = [b for b in blocks(self.about, self.look.glyphs.ascii) if self._kept(b)]
        rows: list[list[tuple[int, tuple[tuple[str, Ink], ...]]]] = []
        for first in range(0, len(found), columns):
            group = found[first : first + columns]
            tall = max(len(lines) for _, lines in group) + 2
            part: list[list[tuple[int, tuple[tuple[str, Ink], ...]]]] = [[] for _ in range(tall + 2)]
            for k, (heading, lines) in enumerate(group):
                x = 2 + k * pitch
                part[0].append((x, ((heading, BOLD),)))
                for n, (keys, words) in enumerate(lines):
                    if self.matches(words):
                        part[2 + n] += [(x, keys), (x + 10, ((words[: pitch - 11], TEXT),))]
            rows += part
        return rows

    def _kept(self, block: Block) -> bool:
        return any(self.matches(words) for _, words in block[1])

    def body(self, canvas: Canvas, top: int) -> None:
        """Columns of groups, then a few words."""
        y = top + 2
        if self.draw_filter(canvas, top + 1):
            y += 1
        rows = self._page(canvas.width)
        for row in rows[self.cursor :]:
            if y >= canvas.height:
                return
            for x, parts in row:
                canvas.runs(x, y, *parts)
            y += 1
        if y + 4 < canvas.height:
            self._words(canvas, y)

    def _words(self, canvas: Canvas, y: int) -> None:
        from textwrap import wrap

        canvas.fill(y, 2, canvas.width - 2, canvas.glyphs.rule, RULE)
        y += 2
        for bright, rest in _TEXTS:
            written = 0
            for line in wrap(bright + rest, canvas.width - 6):
                split = max(0, min(len(line), len(bright) - written))
                canvas.runs(2, y, (line[:split], TEXT), (line[split:], DIM))
                written += len(line) + 1
                y += 1
            y += 1


class HelpScreen(FullScreen):
    """? or F1."""

    CONTEXT: ClassVar[Context | None] = Context.HELP

    def __init__(self, context: Context | None) -> None:
        self._for = context
        super().__init__()

    def make_panes(self) -> tuple[Pane, ...]:
        """One page."""
        pane = HelpPane()
        pane.about = self._for
        return (pane,)
