"""A question for a file, its path completed with tab."""

import os
from pathlib import Path

from textual import events
from textual.widgets import Input

from workbench.tui.screens.ask import AskText

MOST_SHOWN = 6


def completions(text: str, endings: tuple[str, ...]) -> list[str]:
    """Folders, and files of the endings, that a typed path may go on to; folders end in `/`."""
    head, tail = os.path.split(text)
    folder = Path(head or ".").expanduser()
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    found = []
    for entry in entries:
        if not entry.name.startswith(tail) or (entry.name.startswith(".") and not tail.startswith(".")):
            continue
        if entry.is_dir():
            found.append(os.path.join(head, entry.name) + "/")
        elif entry.name.lower().endswith(endings):
            found.append(os.path.join(head, entry.name))
    return found


class AskPath(AskText):
    """One path; tab completes as far as it is clear and shows how it may go on."""

    def __init__(self, question: str, endings: tuple[str, ...], about: str) -> None:
        super().__init__(question, "", f"{about}; tab completes")
        self._endings = endings

    def on_key(self, event: events.Key) -> None:
        """Tab completes."""
        if event.key != "tab":
            return
        event.stop()
        event.prevent_default()
        field = self.query_one(Input)
        found = completions(field.value, self._endings)
        common = os.path.commonprefix(found)  # noqa: RUF071  letters, not whole names, are wanted
        if len(common) > len(field.value):
            field.value = common
            field.cursor_position = len(common)
        elif len(found) > 1:
            names = [Path(path).name + "/" * path.endswith("/") for path in found]
            more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
            self.notify("  ".join(names[:MOST_SHOWN]) + more, timeout=3, markup=False)
