"""The bottom row: the keys that matter here, and what undo would take back."""

from typing import ClassVar

from workbench.tui.actions import Action, footer_actions, key_label, keys_of
from workbench.tui.charts.canvas import Canvas
from workbench.tui.ink import BOLD, DIM, Role
from workbench.tui.rows import Rows

GAP = 3


class Footer(Rows):
    """One row of hints."""

    PAGE: ClassVar[Role] = Role.BAND

    def draw(self, canvas: Canvas) -> None:
        """As many hints as fit; `all commands` and `help` always."""
        app = self.workbench
        context = app.footer_context()
        hints = [(a, app.hint_of(a)) for a in footer_actions(context) if app.can(a)]
        left = 1 if canvas.width >= 100 else 2
        undo = app.undo_hint() if canvas.width >= 160 else ""
        room = canvas.width - left - 1 - (len(undo) + GAP if undo else 0)
        while len(hints) > 2 and sum(_length(a, h) + GAP for a, h in hints) - GAP > room:
            hints.pop(-3)
        x = left
        for action, hint in hints:
            key, words = _split(action, hint)
            x = canvas.runs(x, 0, (key, BOLD), (f" {words}", DIM)) + GAP
        if undo:
            key, _, words = undo.partition(" ")
            canvas.runs_right(canvas.width - 1, 0, (key, BOLD), (f" {words}", DIM))


def _split(action: Action, hint: str) -> tuple[str, str]:
    """Key and words; a hint such as `+ - cores` brings its keys along."""
    for keys in ("+ - ", "← → "):
        if hint.startswith(keys):
            return keys.strip(), hint[len(keys) :]
    return key_label(keys_of(action)[0]), hint


def _length(action: Action, hint: str) -> int:
    key, words = _split(action, hint)
    return len(key) + 1 + len(words)
