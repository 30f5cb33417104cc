"""The edits of the design, newest first, each with its score; enter goes to one."""

from workbench.design.history import History, Step
from workbench.tui import numbers
from workbench.tui.screens.choose import Choice, Choose


class StepsOverlay(Choose):
    """Dismisses with the number of a step."""

    verb = "go to it"

    def __init__(self, history: History) -> None:
        super().__init__("Edits of the design", step_choices(history))
        self.cursor = len(history.steps) - 1 - history.position


def step_choices(history: History) -> list[Choice]:
    """One choice a step; the change of EDP is against the step before."""
    found = []
    for number, step in enumerate(history.steps):
        before = history.steps[number - 1] if number else None
        words = f"{number + 1:>3}  {step.label}"
        notes = _notes(number, history)
        found.append(Choice(str(number), words, _figures(step, before), str(number), about=f"{step.label}{notes}"))
    return found[::-1]


def _figures(step: Step, before: Step | None) -> str:
    score = step.score
    if score is None:
        return "not scored"
    if score.edp_j_s is None:
        return "does not fit"
    words = f"{numbers.edp_mj_s(score.edp_j_s)} mJ·s"
    old = before.score.edp_j_s if before is not None and before.score is not None else None
    return f"{words}  {numbers.signed_percent(score.edp_j_s / old)} %" if old else words


def _notes(number: int, history: History) -> str:
    notes = ["; the design at hand" * (number == history.position)]
    notes.append("; saved" * (history.steps[number].design == history.saved))
    notes.append("; undone" * (number > history.position))
    return "".join(notes)
