"""A list to choose from, filtered as one types; the command palette is one of these."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import ACCENT, BOLD, DIM, RULE, TEXT, Role
from workbench.tui.screens.overlay import BoxRows, Overlay

ROWS = 10
PAGE = 8
_ABOUT = 4  # rank of what is found by what is said about it


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. `detail` stands behind it, `key` at the right end, `about` below the list; `also` are other
    words for it, which are found but not shown."""

    id: str
    words: str
    detail: str = ""
    answer: str = ""
    place: str = ""
    key: str = ""
    about: str = ""
    also: str = ""


def ranked(choices: Sequence[Choice], query: str) -> list[tuple[Choice, frozenset[int]]]:
    """Choices that match a query, best first, each with the places of the matching letters.

    Best is the query itself, then at a word's beginning, then anywhere, in both cases the further ahead the better,
    then its words in any order, then what is said about it. Its letters in order count where there is nothing better.
    """
    wanted = query.lower().split()
    if not wanted:
        return [(c, frozenset()) for c in choices]
    found = []
    for order, choice in enumerate(choices):
        match = _match(choice.words.lower(), wanted)
        if match is None or match[0][0] > _ABOUT:
            about = f"{choice.detail} {choice.place} {choice.also} {choice.about}".lower()
            match = ((_ABOUT, 0), ()) if " ".join(wanted) in about else match
        if match is not None:
            found.append((match[0], order, choice, frozenset(match[1])))
    found.sort(key=lambda each: each[:2])
    good = [each for each in found if each[0] <= (_ABOUT, 0)]
    return [(choice, places) for _, _, choice, places in good or found]


def _match(words: str, wanted: list[str]) -> tuple[tuple[int, int], Iterable[int]] | None:
    """How well words match, the lower the better, and at which letters; None: not at all."""
    phrase = " ".join(wanted)
    if (at := _at_a_word(words, phrase)) >= 0:
        return (0 if words == phrase else 1, at), range(at, at + len(phrase))
    if (at := words.find(phrase)) >= 0:
        return (2, at), range(at, at + len(phrase))
    starts = [at if (at := _at_a_word(words, part)) >= 0 else words.find(part) for part in wanted]
    if min(starts) >= 0:
        return (3, 0), {place for at, part in zip(starts, wanted, strict=True) for place in range(at, at + len(part))}
    places: list[int] = []
    for letter in "".join(wanted):
        places.append(words.find(letter, places[-1] + 1 if places else 0))
        if places[-1] < 0:
            return None
    return (_ABOUT + 1, 0), places


def _at_a_word(words: str, part: str) -> int:
    """Where a part begins a word, the first time; -1: nowhere."""
    found = re.search(rf"(?<!\w){re.escape(part)}", words)
    return found.start() if found else -1


class _Head(BoxRows):
    def __init__(self, owner: "Choose") -> None:
        super().__init__(1)
        self._owner = owner

    def draw(self, canvas: Canvas) -> None:
        """Title, and how many match."""
        owner = self._owner
        canvas.put(1, 0, owner.heading, BOLD)
        canvas.put_right(canvas.width - 1, 0, f"{len(owner.found)} of {len(owner.choices)}", DIM)


class _Body(BoxRows):
    def __init__(self, owner: "Choose", rows: int) -> None:
        super().__init__(rows + 6)
        self._owner, self._rows_shown = owner, rows
        self.first = 0

    def draw(self, canvas: Canvas) -> None:
        """A rule, the list, a rule, words about the selected one, keys."""
        owner, width = self._owner, canvas.width
        canvas.fill(0, 0, width, canvas.glyphs.rule, RULE)
        self.first = min(self.first, owner.cursor)
        if owner.cursor >= self.first + self._rows_shown:
            self.first = owner.cursor - self._rows_shown + 1
        for k, (choice, places) in enumerate(owner.found[self.first : self.first + self._rows_shown]):
            self._draw_choice(canvas, 1 + k, choice, places, self.first + k == owner.cursor)
        if not owner.found:
            canvas.put(2, 1, "nothing of that name", DIM)
        y = self._rows_shown + 1
        canvas.fill(y, 0, width, canvas.glyphs.rule, RULE)
        chosen = owner.chosen
        if chosen is not None:
            about = wrap(chosen.about or chosen.detail, width - 3)[:3]
            for k, line in enumerate(about):
                canvas.put(2, y + 1 + k, line, TEXT if k == 0 and not chosen.about else DIM)
        canvas.runs_right(
            width - 1, canvas.height - 1, ("enter", BOLD), (f" {owner.verb}", DIM), ("   esc", BOLD), (" close", DIM)
        )

    def _draw_choice(self, canvas: Canvas, y: int, choice: Choice, places: frozenset[int], here: bool) -> None:
        width = canvas.width
        detail_at = 46 if choice.place or choice.key else self._owner.detail_at
        for k, char in enumerate(choice.words[: detail_at - 4 if choice.detail or choice.place else width - 4]):
            ink = TEXT._replace(role=Role.STRONG, bold=True, underline=True) if k in places else TEXT
            canvas.put(2 + k, y, char, ink)
        room = width - detail_at - len(choice.key) - 3
        if choice.place:
            canvas.put(detail_at, y, choice.place, DIM)
            canvas.put(detail_at + 11, y, choice.detail[: max(0, room - 11)], DIM)
        else:
            detail = choice.detail if len(choice.detail) <= room else choice.detail[: room - 1] + "…"
            canvas.put(detail_at, y, detail, DIM)
        canvas.put_right(width - 2, y, choice.key, BOLD)
        if here:
            canvas.back(y, 0, width, Role.SELECTED)
            canvas.put(0, y, canvas.glyphs.cursor, ACCENT.on(Role.SELECTED))

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        index = self.first + event.y - 1
        if 1 <= event.y <= self._rows_shown and index < len(self._owner.found):
            self._owner.cursor = index
            self._owner.choose()


class Choose(Overlay[str]):
    """Dismisses with the answer of the chosen one."""

    verb = "choose"

    def __init__(self, heading: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.heading = heading
        self.choices = list(choices)
        self.found = ranked(self.choices, "")
        self.detail_at = min(44, max([12, *(len(c.words) + 5 for c in choices)]))
        self.cursor = 0
        self._head = _Head(self)
        self._body = _Body(self, min(ROWS, max(4, len(self.choices))))

    @property
    def chosen(self) -> Choice | None:
        """The selected choice."""
        return self.found[self.cursor][0] if self.found else None

    def compose(self) -> ComposeResult:
        """Title, input, list."""
        with Vertical(classes="frame"):
            yield self._head
            yield Input(placeholder="type to filter", compact=True)
            yield self._body

    def on_mount(self) -> None:
        """Type at once."""
        field = self.query_one(Input)
        field.cursor_blink = False
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        self.found = ranked(self.choices, event.value)
        self.cursor = 0
        self._redraw()

    def _redraw(self) -> None:
        self._head.redraw()
        self._body.redraw()

    def on_input_submitted(self) -> None:
        """Enter chooses."""
        self.choose()

    def choose(self) -> None:
        """The selected one it is."""
        if self.chosen is not None:
            self.dismiss(self.chosen.answer or self.chosen.id)

    def on_key(self, event: events.Key) -> None:
        """Arrows move in the list while the input has the focus."""
        steps = {"down": 1, "up": -1, "pagedown": PAGE, "pageup": -PAGE, "tab": 1, "shift+tab": -1}
        if event.key in steps and self.found:
            event.stop()
            event.prevent_default()
            self.cursor = max(0, min(self.cursor + steps[event.key], len(self.found) - 1))
            self._redraw()

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves."""
        self.cursor = min(self.cursor + 1, max(0, len(self.found) - 1))
        self._redraw()

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves."""
        self.cursor = max(0, self.cursor - 1)
        self._redraw()
