"""Hints for whoever is here for the first time: a line per pane, gone for good once the pane has been used."""

import contextlib
from enum import StrEnum
from pathlib import Path

from platformdirs import user_state_path

Words = tuple[tuple[str, str], ...]  # (keys, what they do)


class Step(StrEnum):
    """What a newcomer does once."""

    WORKLOAD = "workload"
    DATAFLOW = "dataflow"
    GRID = "grid"
    SEARCH = "search"
    SAVE = "save"


HINTS: dict[Step, Words] = {
    Step.WORKLOAD: (("+ -", "instances"), ("enter", "layers"), ("a", "adds a network")),
    Step.DATAFLOW: (("enter", "edits the text"), ("d", "named dataflows")),
    Step.GRID: (("← →", "choose a number"), ("+ -", "change it"), ("1 2 3 4", "panes")),
    Step.SEARCH: (("j k", "choose a design"), ("a", "adopts it"), ("u", "undoes that")),
    Step.SAVE: (("^s", "saves the design"),),
}


class FirstSteps:
    """Which steps have been taken, on disk under the XDG state path."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or user_state_path("workbench") / "first-steps.txt"
        self._taken: set[str] | None = None

    @property
    def taken(self) -> set[str]:
        """Names of the steps taken. What cannot be read counts as nothing taken."""
        if self._taken is None:
            self._taken = set()
            with contextlib.suppress(OSError, UnicodeDecodeError):
                self._taken.update(self._path.read_text(encoding="utf-8").split())
        return self._taken

    def take(self, step: Step) -> bool:
        """Remember a step; whether it was the first time. In a state folder that cannot be written nothing is
        remembered: the hint comes back next time."""
        if step in self.taken:
            return False
        self.taken.add(step.value)
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{step.value}\n")
        return True

    def hint(self, pane: Step, unsaved: bool) -> Words:
        """What to show in a pane: its own hint; how to save, once there is something to save; then nothing."""
        if pane not in self.taken:
            return HINTS[pane]
        return HINTS[Step.SAVE] if unsaved and Step.SAVE not in self.taken else ()
