"""Undo and redo of every change of a design: an immutable list of steps with a mark."""

from dataclasses import dataclass, replace

from workbench.design.design import Design
from workbench.design.report import Score

LONGEST = 500  # steps kept; a step shares all it did not change with its neighbour


@dataclass(frozen=True, slots=True)
class Step:
    """A design, the words for what led to it, and its score once it is known."""

    design: Design
    label: str
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Steps, oldest first; `position` is the present one, `saved` the design last written to a file."""

    steps: tuple[Step, ...]
    position: int = 0
    saved: Design | None = None

    @staticmethod
    def begin(design: Design, label: str = "opened", saved: bool = False) -> "History":
        """A history of one step."""
        return History((Step(design, label),), 0, design if saved else None)

    @property
    def present(self) -> Step:
        """The step at hand."""
        return self.steps[self.position]

    @property
    def design(self) -> Design:
        """The design at hand."""
        return self.present.design

    @property
    def modified(self) -> bool:
        """Whether the design at hand differs from the one last saved."""
        return self.saved != self.design

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier step."""
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step has been undone."""
        return self.position + 1 < len(self.steps)

    def push(self, design: Design, label: str, merge: bool = False) -> "History":
        """A new present; what had been undone is forgotten. An unchanged design adds no step.

        With `merge`, a step of the same label is replaced: typing one text is one step.
        """
        if design == self.design:
            return self
        step = Step(design, label)
        before = self.position if merge and self.present.label == label and self.modified else None
        kept = self.steps[: self.position + (before is None)]
        dropped = max(0, len(kept) + 1 - LONGEST)
        steps = (*kept[dropped:], step)
        return History(steps, len(steps) - 1, self.saved)

    def undo(self) -> "History":
        """One step back; unchanged at the beginning."""
        return replace(self, position=max(0, self.position - 1))

    def redo(self) -> "History":
        """One step forward; unchanged at the end."""
        return replace(self, position=min(len(self.steps) - 1, self.position + 1))

    def at(self, position: int) -> "History":
        """Any step made the present one; a number beyond the ends is the step at that end."""
        return replace(self, position=max(0, min(position, len(self.steps) - 1)))

    def with_score(self, design: Design, score: Score) -> "History":
        """The score of a design noted at every step that holds it."""
        steps = tuple(replace(step, score=score) if step.design == design else step for step in self.steps)
        return replace(self, steps=steps)

    def mark_saved(self) -> "History":
        """The present step has been written to a file."""
        return replace(self, saved=self.design)

    @property
    def hand_edits(self) -> tuple[str, ...]:
        """What was done, in words, up to the present."""
        return tuple(step.label for step in self.steps[1 : self.position + 1])
