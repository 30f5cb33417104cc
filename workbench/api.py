"""The workbench in a notebook or a script: load, score and search designs in this process.

    from workbench import load, score, search
    design = load("saves/mixed-u280.toml")
    print(score(design).edp_j_s)
    best = search("mixed", board="u280", evaluations=2000, seed=1)
    print(best.score.edp_j_s, best.design.subaccelerators)

The objects are the screen's own: `workbench.design.design.Design`, `workbench.design.report.Score`. Whatever is wrong
with a file, a name or a value raises ValueError with the place and the way out.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.design.design import Design, Objective
from workbench.design.edit import set_board, set_objective
from workbench.design.file import load_design, save_design
from workbench.design.first import first_design
from workbench.design.report import Score
from workbench.hardware.presets import load_board

if TYPE_CHECKING:
    from workbench.engine.stations import Stations

__all__ = ["NoDesignError", "SearchResult", "first_design", "load", "save", "score", "search"]

DEFAULT_EVALUATIONS = 4096  # as `workbench search`
DEFAULT_BOARD = "u280"

_own = threading.local()  # scorers with their tables belong to one thread each


class NoDesignError(ValueError):
    """A search ended without a design that fits."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found. `front` are the designs that no other one beats in latency, energy and the share of the card
    they take, by latency."""

    design: Design
    score: Score
    evaluations: int
    seconds: float
    best: tuple[Design, ...]  # of different cores or grids where these are searched, the best first
    front: tuple[Design, ...]
    curve: tuple[tuple[int, float], ...]  # generation, best value of the objective so far


def load(path: Path | str) -> Design:
    """The design in a file that the workbench has saved. Raises DesignFileError (a ValueError)."""
    return load_design(path).design


def save(design: Design, path: Path | str) -> None:
    """Write a design with its score where the screen and the commands find it. Raises DesignFileError, ValueError."""
    save_design(design, path, score(design))


def score(design: Design | Path | str, *, timeline: bool = False) -> Score:
    """The score of a design or of a design's file, every breakdown included; `timeline` adds the bars of all jobs.

    A design that does not fit is scored as such: `feasible` is False, `reason` says why, the figures are None.
    The first call of a process loads the kernels (about a second); later ones take milliseconds.
    Raises ValueError for names that no preset has.
    """
    found = design if isinstance(design, Design) else load(design)
    return _stations().scorer(found).score(found, timeline=timeline)


def search(
    start: Design | Path | str,
    *,
    board: str | None = None,
    evaluations: int | None = None,
    seconds: float | None = None,
    seed: int = 1,
    optimizer: str = "islands",
    objective: Objective | str | None = None,
    freeze: tuple[str, ...] = (),
    bounds: tuple[tuple[str, float, float], ...] = (),
    population: int | None = None,
    max_subaccelerators: int = 4,
    power_limit_w: float | None = None,
    threads: int | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> SearchResult:
    """Search for the best design, as `workbench search` does: same start, same seed, same answer.

    start: a workload's name or file, a design, or a design's file. board: default u280, or the design's own.
    evaluations: default 4096 without `seconds`; with both, whichever is reached first. bounds: (name, low, high).
    progress: called after each generation with the evaluations so far and the best value of the objective.
    Raises NoDesignError if no design fits, ValueError for wrong names and values.
    """
    from workbench.search.objective import Goal
    from workbench.search.optimizers import make_optimizer
    from workbench.search.run import Limits, Search
    from workbench.search.space import Space

    for name, limit in (("evaluations", evaluations), ("seconds", seconds), ("population", population)):
        if limit is not None and not limit > 0:
            raise ValueError(f"{name}: found {limit}; allowed: more than 0")
    if evaluations is None and seconds is None:
        evaluations = DEFAULT_EVALUATIONS
    base = _base(start, board)
    if objective is not None:
        base = set_objective(base, _objective(objective))
    scorer = _stations().scorer(base)
    space = Space(
        base,
        load_board(base.board, base.board_overrides),
        freeze=tuple(freeze),
        bounds=tuple(bounds),
        most_subaccelerators=max_subaccelerators,
    )
    running = Search(
        space,
        make_optimizer(optimizer, space.encode(base), seed, population, space),
        lambda designs: scorer.evaluate_many(designs, threads=threads),
        Goal(base.objective, power_limit_w=power_limit_w),
        [base],
        Limits(evaluations),
    )
    began = time.monotonic()
    while not running.done and (seconds is None or time.monotonic() - began < seconds):
        running.step()
        if progress is not None:
            progress(running.evaluations, running.archive.best_value)
    taken_s = time.monotonic() - began
    if not running.archive.best:
        raise NoDesignError("no design that fits was found; free more variables, or take a larger board")
    best = running.archive.best[0].design
    return SearchResult(
        design=best,
        score=scorer.score(best),
        evaluations=running.evaluations,
        seconds=taken_s,
        best=tuple(found.design for found in running.archive.best),
        front=tuple(found.design for found in running.archive.front.thin()),
        curve=running.archive.thin_curve(),
    )


def _base(start: Design | Path | str, board: str | None) -> Design:
    """The design a search begins with."""
    if not isinstance(start, Design) and not _is_design_file(start):
        return first_design(str(start), board or DEFAULT_BOARD)
    design = start if isinstance(start, Design) else load(start)
    return design if board is None or board == design.board else set_board(design, board)


def _is_design_file(start: Path | str) -> bool:
    """Whether a name means a design's file; workloads are files of the same kind, without [board]."""
    import tomllib

    path = Path(start)
    if path.suffix != ".toml":
        return False
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # the design's reader says what is wrong with it
        return True
    return "tenants" not in content or "subaccelerator" in content


def _objective(objective: Objective | str) -> Objective:
    allowed = [member.value for member in Objective]
    if objective not in allowed:
        raise ValueError(f"objective: found {objective!r}; allowed: {', '.join(allowed)}")
    return Objective(objective)


def _stations() -> "Stations":
    """This thread's scorers by workload and board."""
    if not hasattr(_own, "stations"):
        from workbench.engine.stations import Stations

        _own.stations = Stations()
    found: Stations = _own.stations
    return found
