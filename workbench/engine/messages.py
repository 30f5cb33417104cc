"""Messages between the screen or the commands and the processes that compute: one JSON object a line.

Two kinds of process:
* the *engine* (`python -m workbench.engine.server`): one per client, over its stdin and stdout; scores designs;
* a *run* (`python -m workbench.engine.run_process RUN_DIR`): one search, in its own session, writing its journal and
  listening on a Unix socket; any number of clients attach, look on, and steer.
"""

from typing import Literal

import msgspec

from workbench.design.design import Design
from workbench.design.report import Score


class ScoreRequest(msgspec.Struct, frozen=True, tag="score"):
    """Score a design. A newer ScoreRequest with the same `lane` makes waiting older ones void."""

    id: int
    design: Design
    timeline: bool = False
    lane: str = "main"


class CallRequest(msgspec.Struct, frozen=True, tag="call"):
    """Any other job of the engine by name (explain, compare, cost, estimate, layer options …); JSON in, JSON out."""

    id: int
    name: str
    arguments: dict[str, object]


EngineRequest = ScoreRequest | CallRequest


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The engine has its kernels; `seconds` since its start."""

    seconds: float
    version: str


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """What the engine is doing before it can answer, in words, e.g. `compiling kernels of the scheduler, 3 of 9`;
    `done` is 1 at the beginning of each piece of work."""

    words: str
    done: int
    total: int


class ScoreReply(msgspec.Struct, frozen=True, tag="scored"):
    """Answer to a ScoreRequest. `superseded` replies carry no score."""

    id: int
    score: Score | None
    seconds: float
    superseded: bool = False


class CallReply(msgspec.Struct, frozen=True, tag="called"):
    """Answer to a CallRequest."""

    id: int
    result: dict[str, object]


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """A request that could not be answered: place and way out in words."""

    id: int
    message: str


EngineReply = Ready | Progress | ScoreReply | CallReply | Failure


class Candidate(msgspec.Struct, frozen=True):
    """A design the search has found, small enough to list."""

    design: Design
    edp_j_s: float
    latency_s: float
    energy_j: float
    evaluation: int  # number of the evaluation that found it
    taken: float = 0.0  # share of the card's resource that it takes most of


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """State of a search; sent at most four times a second and on every change of state."""

    run: str
    workload: str
    board: str
    state: Literal["running", "paused", "finished", "stopped", "failed", "interrupted"]
    optimizer: str
    seed: int
    generation: int
    evaluations: int
    evaluations_limit: int | None
    seconds_limit: float | None
    elapsed_s: float
    rate_per_s: float
    sigma: float | None
    stagnation: int  # generations without gain
    seconds_left: float | None
    curve: tuple[tuple[int, float], ...]  # (generation, best EDP so far), thinned to at most 400 points
    best: tuple[Candidate, ...]  # best first, of different cores or grids where these are searched, at most 20
    front: tuple[Candidate, ...]  # Pareto front of latency, energy and share taken, by latency, at most 128
    cloud: tuple[tuple[float, float], ...]  # (latency s, energy J) of recent feasible designs, at most 100
    message: str = ""  # what went wrong, or why it ended


class RunCommand(msgspec.Struct, frozen=True, tag="command"):
    """Steer a run."""

    name: Literal["pause", "resume", "step", "stop", "inject"]
    design: Design | None = None


class RunInfo(msgspec.Struct, frozen=True):
    """One line of `workbench runs`."""

    id: str
    workload: str
    board: str
    out: str | None
    state: Literal["running", "finished", "interrupted"]
    evaluations: int
    best_edp_j_s: float | None
    started: str = ""  # ISO date and time


class RunOptions(msgspec.Struct, frozen=True):
    """What to search, how long and with what. Everything but `out`, `threads` and the limits decides the answer."""

    evaluations: int | None = 4096
    seconds: float | None = None
    seed: int = 1
    optimizer: str = "islands"  # a name of workbench.engine.messages.OPTIMIZERS
    population: int | None = None  # None: the optimiser's own default
    out: str | None = None  # where to write the best design as TOML at the end
    freeze: tuple[str, ...] = ()  # added to design.frozen
    bounds: tuple[tuple[str, float, float], ...] = ()  # variable, low, high, e.g. ("A.cores", 1, 8)
    max_subaccelerators: int = 4
    delay_exponent: float = 1.0  # n of energy × delay^n, where the objective is EDP
    power_limit_w: float | None = None
    warm_start: tuple[Design, ...] = ()  # further designs to begin with, beside the run's own
    polish_evaluations: int = 0  # local search on the best design's schedule after the search
    threads: int | None = None  # None: one per processor; never changes the answer


OPTIMIZERS: tuple[str, ...] = ("islands", "cma", "catcma", "genetic", "one-plus-one", "random")
"""Names `--optimizer` takes; `workbench.search.optimizers` builds them."""


class RunHeader(msgspec.Struct, frozen=True):
    """What a run was started with; header.json of its directory."""

    id: str
    version: str
    started: str  # ISO date and time
    design: Design
    options: RunOptions
