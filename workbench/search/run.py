"""The search loop: ask, decode, evaluate, tell, remember. Pure: no clock, no disk, no screen.

Generation 0 evaluates the designs the search begins with, as they are, so that its result is never worse than they
were. All later generations come from the optimiser.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from workbench.design.budget import fit_of
from workbench.design.design import Design
from workbench.design.score import Evaluation
from workbench.search.archive import Archive, KeptArchive, arrangement_of, groups_of
from workbench.search.journal import JournalLine, journal_line
from workbench.search.objective import Goal
from workbench.search.protocol import Keepable, Optimizer
from workbench.search.space import Space

MOST_KNOWN = 50_000  # evaluated designs kept for when they come up again; half a kilobyte each

ARRANGEMENT = ("core", "cores", "shape")  # what must be searched for the best designs to be told apart by it

EvaluateMany = Callable[[Sequence[Design]], list[Evaluation]]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a search ends by itself; None: never."""

    evaluations: int | None = 4096


class KeptSearch(msgspec.Struct, frozen=True):
    """All that the rest of a search depends on, between two generations."""

    generation: int  # the next one
    stagnation: int
    optimizer: msgspec.Raw
    archive: KeptArchive


class ReplayError(ValueError):
    """A journal does not fit the search it is replayed on."""


class Search:
    """One search. `step` does one generation and returns its journal line; `done` says when to stop.

    `evaluate` must give one Evaluation per design, in order, and depend on nothing else. `start` are the designs to
    begin with; their vectors go into the optimiser's first population. One that breaks the space's bounds gives way to
    what is nearest to it within them.
    """

    def __init__(
        self,
        space: Space,
        optimizer: Optimizer,
        evaluate: EvaluateMany,
        goal: Goal,
        start: Sequence[Design],
        limits: Limits | None = None,
    ) -> None:
        self.space = space
        self.optimizer = optimizer
        arranged = any(axis.part in ARRANGEMENT for axis in space.axes)
        kind = arrangement_of if arranged else groups_of
        self.archive = Archive(goal, lambda design: fit_of(design, space.choices.board).fullest, kind)
        self.generation = 0  # the next one to do
        self.stagnation = 0  # generations without gain
        self._evaluate = evaluate
        self._goal = goal
        self._start = tuple(d if space.keeps_bounds(d) else space.decode(space.encode(d)) for d in start)
        self._limits = limits or Limits()
        self._known: dict[Design, Evaluation] = {}
        self._told: list[tuple[Design, Evaluation]] = []  # of the last generation

    @property
    def evaluations(self) -> int:
        """How many designs have been evaluated; a design that comes up again counts again."""
        return self.archive.evaluations

    @property
    def done(self) -> bool:
        """Whether the limit of evaluations is reached, or everything is frozen and has been evaluated."""
        limit = self._limits.evaluations
        nothing_to_search = self.space.dimension == 0 and self.generation > 1
        return nothing_to_search or (limit is not None and self.evaluations >= limit)

    def step(self, injected: tuple[Design, ...] = (), recorded: Sequence[Evaluation] | None = None) -> JournalLine:
        """One generation. `injected` designs are evaluated first, as they are, and given to the optimiser.

        `recorded` evaluations replay a journal's line instead of evaluating. Raises ReplayError if they are too few.
        """
        room = self._room()
        if self.generation == 0:
            designs: list[Design] = [*self._start, *injected][:room]
            evaluations = self._get(designs, recorded)
            for design in designs:
                self.optimizer.inject(self.space.encode(design))
        else:
            guests = [*injected][:room]
            for design in guests:
                self.optimizer.inject(self.space.encode(design))
            vectors = self.optimizer.ask()
            designs = [*guests, *(self.space.decode(vector) for vector in vectors)]
            whole = len(designs) <= room
            designs = designs[:room]
            evaluations = self._get(designs, recorded)
            if whole:
                fitness = [self._goal.fitness(e) for e in evaluations[len(guests) :]]
                self.optimizer.tell(vectors, np.array(fitness))
        self._told = list(zip(designs, evaluations, strict=True))
        before = self.archive.best_value
        for design, evaluation in self._told:
            self.archive.add(design, evaluation)
        self.archive.end_generation(self.generation)
        self.stagnation = 0 if self.archive.best_value < before else self.stagnation + 1
        line = journal_line(self.generation, evaluations, self.archive.best_value, injected)
        self.generation += 1
        return line

    def replay(self, lines: Iterable[tuple[JournalLine, int]]) -> int:
        """Do again what a journal says was done; returns the offset in bytes up to which it still holds.

        A last generation that the limit of evaluations had cut short is left out if the limit has been raised. Raises
        ReplayError if the figures are not those that this search gives for what it asked first, last and found best.
        """
        kept = 0
        first: list[tuple[Design, Evaluation]] = []
        for line, offset in lines:
            if self.done:
                break
            recorded = line.evaluations()
            if len(recorded) < min(self._expected(len(line.injected)), self._room()):
                break
            self.step(line.injected, recorded)
            first = first or self._told
            kept = offset
        self._vouch_for([*first, *self._told, *((f.design, f.evaluation) for f in self.archive.best[:1])])
        return kept

    def keep(self) -> KeptSearch | None:
        """What `restore` takes; None where the optimiser cannot be kept, or the last generation was cut short."""
        if self.done or not isinstance(self.optimizer, Keepable):
            return None
        return KeptSearch(self.generation, self.stagnation, msgspec.Raw(self.optimizer.keep()), self.archive.keep())

    def restore(self, kept: KeptSearch) -> None:
        """Go on from there, in a search made with the same arguments that has not begun.

        Raises ValueError if it cannot be read, ReplayError if its best design now has other figures.
        """
        if not isinstance(self.optimizer, Keepable):
            raise ValueError("this optimiser's state cannot be restored")
        self.optimizer.restore(bytes(kept.optimizer))
        self.archive.restore(kept.archive)
        self.generation, self.stagnation = kept.generation, kept.stagnation
        self._vouch_for([(found.design, found.evaluation) for found in self.archive.best[:1]])

    def _vouch_for(self, told: Sequence[tuple[Design, Evaluation]]) -> None:
        now = self._evaluate([design for design, _ in told])
        for (_, then), found in zip(told, now, strict=True):
            if not all(_same(a, b) for a, b in zip(_figures(then), _figures(found), strict=True)):
                raise ReplayError(
                    "the journal's figures are not those of this search's designs: it belongs to other inputs, or to "
                    "another version of the model; begin a new search, from its best design if you like"
                )

    def _expected(self, injected: int) -> int:
        """How many evaluations the next generation would have without a limit."""
        if self.generation == 0:
            return len(self._start) + injected
        return self.optimizer.population + injected

    def _room(self) -> int:
        limit = self._limits.evaluations
        return 2**62 if limit is None else max(0, limit - self.evaluations)

    def _get(self, designs: list[Design], recorded: Sequence[Evaluation] | None) -> list[Evaluation]:
        if recorded is not None:
            if len(recorded) != len(designs):
                raise ReplayError(
                    f"generation {self.generation} of the journal holds {len(recorded)} evaluations where the search "
                    f"asks for {len(designs)}; the journal belongs to another search or another version"
                )
            self._known.update(zip(designs, recorded, strict=True))
            return list(recorded)
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        new = [design for design in dict.fromkeys(designs) if design not in self._known]
        self._known.update(zip(new, self._evaluate(new), strict=True))
        return [self._known[design] for design in designs]


def _figures(evaluation: Evaluation) -> tuple[float, ...]:
    return evaluation.edp_j_s, evaluation.latency_s, evaluation.energy_j, evaluation.overrun, evaluation.lateness


def _same(then: float, now: float) -> bool:
    """Whether a figure is what a journal has kept of it, which of figures that are no numbers is nothing."""
    return math.isclose(then, now, rel_tol=1e-9) or not (math.isfinite(then) or math.isfinite(now))
