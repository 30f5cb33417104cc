"""Races of islands: many designs drawn anew, each improved for a while, the better third for longer, down to one.

The landscape has many valleys, told apart by which kinds of cores share the card and how, and within each of them the
scheduler's weights decide how good a design looks. One population settles in a valley long before it has seen the
others, so that many small ones are raced (successive halving: Jamieson and Talwalkar, AISTATS 2016). The winner of a
race is improved until it stands still; then another race begins, whose winner also learns from the best of all before.
The design that the search begins with comes first and alone.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from workbench.search.moves import Moves
from workbench.search.protocol import Vectors
from workbench.search.terrain import Cube, Settled, Terrain

POPULATION = 24
VISIT = 8  # candidates of one island before another has its turn
ISLANDS = 27  # of a race
FIRST_QUOTA = 8  # candidates of every island before the first are dropped
GROWTH = 5  # of the quota from stage to stage; a third of the islands stay
ELITE = 10  # designs of different structure that an island remembers
MOST_OF_A_KIND = 3  # of them; without it they are soon ten readings of one idea
RANK = 2.5  # mean rank of a parent among them
LEAP = 4  # changes of structure between the best and a third of the islands of later races
STAGNATION = 480  # candidates without gain that end a race
FIRST_STAGNATION = 120  # the same for the design that the search begins with, which is alone at first
GAIN = 1e-4  # of the logarithm of the objective
WEIGHTS_ALONE = 0.35  # share of children that differ in the scheduler's weights alone
MORE_CHANGES = 0.35  # chance of another change of structure after each
TWICE = 0.6  # share of restructured children that are tried under other weights as well
TRIES = 6  # at a child that has not been asked before
MOST_SEEN = 50_000  # what has been asked is forgotten beyond it


@dataclass(frozen=True, slots=True)
class _Elite:
    fitness: float
    settled: Settled

    @property
    def vector(self) -> Vectors:
        return self.settled.vector


@dataclass(slots=True)
class _Island:
    seed: Vectors
    elite: list[_Elite] = field(default_factory=list)
    trials: int = 0
    gained: int = 0  # trials at the last gain
    begun: bool = False


class _KeptElite(msgspec.Struct, frozen=True, array_like=True):
    fitness: float
    vector: tuple[float, ...]


class _KeptIsland(msgspec.Struct, frozen=True):
    seed: tuple[float, ...]
    elite: tuple[_KeptElite, ...]
    trials: int
    gained: int
    begun: bool


class _Kept(msgspec.Struct, frozen=True):
    """What `Islands.keep` writes. Structures are not in it: they follow from the vectors."""

    random: str  # state of the generator; its numbers are too large for most readers of JSON
    seen: tuple[int, ...]
    injected: tuple[tuple[float, ...], ...]
    best: tuple[_KeptElite, ...]
    races: int
    quota: int
    alive: tuple[_KeptIsland, ...]


class Islands:
    """Moves, crossover and races; on a terrain without structure a plain evolution strategy with restarts."""

    def __init__(self, start: Vectors, seed: int, population: int = POPULATION, terrain: Terrain | None = None) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._terrain = terrain or Cube(len(start))
        self._moves = Moves(self._terrain.axes, self._random)
        self._population = population if len(start) else 1  # nothing to search: the only design
        self._seen: set[int] = set()  # digests of plain vectors
        self._injected: list[Vectors] = []
        self._asked: list[tuple[_Island, Settled]] = []
        self._best: list[_Elite] = []  # of the races before
        self._races = 0
        self._quota = FIRST_QUOTA
        self._alive = [_Island(np.clip(start, 0.0, 1.0))]

    def ask(self) -> Vectors:
        """The next generation: a few candidates of each island whose turn it is."""
        self._asked = []
        while len(self._asked) < self._population:
            island = self._next_island()
            room = min(VISIT, self._population - len(self._asked))
            waiting, given = list[Vectors](), False
            for _ in range(room):
                if not waiting:
                    given = bool(self._injected) or not island.begun
                    waiting = self._candidates(island)
                self._asked.append((island, self._settled(island, waiting.pop(0), given)))
            island.trials += room
        if len(self._seen) > MOST_SEEN:
            self._seen.clear()
        return np.array([candidate.vector for _, candidate in self._asked])

    def tell(self, vectors: Vectors, fitness: Vectors) -> None:
        """Every island keeps its best designs, one of each structure and few of each kind."""
        for (island, asked), _, value in zip(self._asked, vectors, fitness.tolist(), strict=True):
            before = island.elite[0].fitness if island.elite else np.inf
            found = [*island.elite, _Elite(value, asked)]
            island.elite = _best_of_each(found)
            if island.elite[0].fitness < before - GAIN:
                island.gained = island.trials

    def inject(self, vector: Vectors) -> None:
        """Put a vector into the next generation."""
        self._injected.append(np.clip(vector, 0.0, 1.0))

    def keep(self) -> bytes:
        """All that later generations depend on, between `tell` and `ask`, as JSON."""
        random: Any = self._random.bit_generator.state
        islands = (
            _KeptIsland(tuple(i.seed.tolist()), _kept(i.elite), i.trials, i.gained, i.begun) for i in self._alive
        )
        return msgspec.json.encode(
            _Kept(
                random=" ".join(str(n) for n in (*random["state"].values(), random["has_uint32"], random["uinteger"])),
                seen=tuple(self._seen),
                injected=tuple(tuple(vector.tolist()) for vector in self._injected),
                best=_kept(self._best),
                races=self._races,
                quota=self._quota,
                alive=tuple(islands),
            )
        )

    def restore(self, kept: bytes) -> None:
        """Go on from there, in an optimiser made with the same arguments. ValueError: it cannot be read."""
        try:
            found = msgspec.json.decode(kept, type=_Kept)
        except msgspec.DecodeError as error:
            raise ValueError(f"the state of the islands: {error}") from error
        state, inc, has_uint32, uinteger = (int(number) for number in found.random.split())
        self._random.bit_generator.state = {
            "bit_generator": "PCG64", "state": {"state": state, "inc": inc}, "has_uint32": has_uint32,
            "uinteger": uinteger,
        }  # fmt: skip
        self._seen = set(found.seen)
        self._injected = [np.array(vector) for vector in found.injected]
        self._best = self._elite_of(found.best)
        self._races, self._quota, self._asked = found.races, found.quota, []
        self._alive = [
            _Island(np.array(i.seed), self._elite_of(i.elite), i.trials, i.gained, i.begun) for i in found.alive
        ]

    def _elite_of(self, kept: tuple[_KeptElite, ...]) -> list[_Elite]:
        return [_Elite(each.fitness, self._terrain.settle(np.array(each.vector))) for each in kept]

    @property
    def population(self) -> int:
        """How many candidates the next `ask` gives."""
        return self._population

    @property
    def sigma(self) -> float | None:
        """None: steps are of every size at any time."""
        return None

    def _drawn(self, count: int) -> list[_Island]:
        return [_Island(self._moves.fresh()) for _ in range(count)]

    def _leapt(self, count: int) -> list[_Island]:
        """Islands some changes away from the best of all races."""
        found = []
        for _ in range(count):
            seed = self._ranked(self._best).copy()
            if self._moves.has_structure:
                for _ in range(LEAP):
                    self._moves.restructure(seed, self._ranked(self._best))
            found.append(_Island(seed))
        return found

    def _next_island(self) -> _Island:
        """Whose turn it is; the race goes on to its next stage where nobody has any left."""
        while True:
            island = min(self._alive, key=lambda island: island.trials)
            if island.trials < self._quota or self._asked:  # what has been asked must be told before a stage ends
                return island
            if len(self._alive) > 1:
                self._alive.sort(key=lambda island: island.elite[0].fitness)
                del self._alive[-(-len(self._alive) // 3) :]
                self._quota *= GROWTH
                continue
            winner = self._alive[0]
            if winner.trials - winner.gained < (STAGNATION if self._races else FIRST_STAGNATION):
                self._quota = winner.trials + 1
                continue
            self._best = _best_of_each([*self._best, *winner.elite])
            self._races += 1
            self._alive = [*self._leapt(ISLANDS // 3), *self._drawn(ISLANDS - ISLANDS // 3)]
            self._quota = FIRST_QUOTA * (1 + (self._races - 1) // 2)

    def _candidates(self, island: _Island) -> list[Vectors]:
        """One or more vectors to ask next for an island."""
        if self._injected:
            return [self._injected.pop(0)]
        if not island.begun:
            island.begun = True
            return [island.seed, *self._moves.under_good_weights(island.seed)]
        return self._children(island)

    def _children(self, island: _Island) -> list[Vectors]:
        """A child of one of the island's designs; a new structure often under two pairs of weights."""
        moves, random = self._moves, self._random
        child = self._parent(island)
        if moves.has_weights and (not moves.has_structure or random.random() < WEIGHTS_ALONE):
            self._change_weights(child, island)
            return [child]
        if not moves.has_structure:
            return [child]
        while True:
            moves.restructure(child, self._mate(island))
            if random.random() > MORE_CHANGES:
                break
        if not moves.has_weights or random.random() > TWICE:
            return [child]
        twin = child.copy()
        if random.random() < 0.6:
            moves.draw_weights(twin)
        else:
            moves.take_weights(twin, self._parent(island))
        return [child, twin]

    def _change_weights(self, child: Vectors, island: _Island) -> None:
        drawn = self._random.random()
        if drawn < 0.2:
            self._moves.take_weights(child, self._parent(island))
        elif drawn < 0.45:
            self._moves.draw_weights(child)
        else:
            self._moves.nudge_weights(child)

    def _parent(self, island: _Island) -> Vectors:
        return self._ranked(island.elite).copy() if island.elite else island.seed.copy()

    def _mate(self, island: _Island) -> Vectors:
        """Who gives a group of cores: the island's own, or the best of all races once there is one island left."""
        elite = self._best if self._best and len(self._alive) == 1 else island.elite
        return self._ranked(elite) if elite else island.seed

    def _ranked(self, elite: list[_Elite]) -> Vectors:
        return elite[min(int(self._random.exponential(RANK)), len(elite) - 1)].vector

    def _settled(self, island: _Island, vector: Vectors, again: bool) -> Settled:
        """A candidate; if it has been asked before, rather another child, unless it may come again."""
        settled = self._terrain.settle(vector)
        for _ in range(0 if again else TRIES):
            if _digest(settled.vector) not in self._seen:
                break
            settled = self._terrain.settle(self._children(island)[0])
        self._seen.add(_digest(settled.vector))
        return settled


def _digest(vector: Vectors) -> int:
    """63 bits that tell vectors apart, the same in every process."""
    return int.from_bytes(hashlib.blake2b(vector.tobytes(), digest_size=8).digest()) >> 1


def _kept(elite: list[_Elite]) -> tuple[_KeptElite, ...]:
    return tuple(_KeptElite(each.fitness, tuple(each.vector.tolist())) for each in elite)


def _best_of_each(found: list[_Elite]) -> list[_Elite]:
    """The best design of each structure and the best few structures of each kind, best first; of equals the one found
    first."""
    best: dict[object, _Elite] = {}
    for each in found:
        known = best.get(each.settled.structure)
        if known is None or each.fitness < known.fitness:
            best[each.settled.structure] = each
    kept: list[_Elite] = []
    of_kind: dict[object, int] = {}
    for each in sorted(best.values(), key=lambda each: each.fitness):
        kind = each.settled.kind
        of_kind[kind] = of_kind.get(kind, 0) + 1
        if of_kind[kind] <= MOST_OF_A_KIND and len(kept) < ELITE:
            kept.append(each)
    return kept
