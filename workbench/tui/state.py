"""What the panes show: one immutable value. The session makes a new one at every change; panes only read it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from workbench.design.design import Design, SubAccelerator
from workbench.design.report import Fix, ResourceUse, Score
from workbench.engine.messages import Snapshot
from workbench.hardware.board import Board
from workbench.workload.workload import Workload


class EngineStatus(StrEnum):
    """Where the engine is."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Pinned:
    """The design every score is compared with."""

    name: str
    design: Design
    score: Score | None


@dataclass(frozen=True, slots=True)
class Judged:
    """In which share of the draws a design was better than all its rivals."""

    design: Design
    best_share: float
    draws: int
    rivals: int


@dataclass(frozen=True, slots=True)
class Fit:
    """The budget of the design at hand, known at once, before any score."""

    resources: tuple[ResourceUse, ...] = ()
    fits: bool = True
    reason: str = ""
    fix: Fix | None = None
    headroom: str = ""
    surplus: tuple[tuple[str, int], ...] = ()  # sub-accelerator id, cores beyond what fits
    used_by: tuple[tuple[str, float], ...] = ()  # of the scarcest resource, by sub-accelerator id
    scarce: str = ""  # name of the scarcest resource
    way_out: str = "No single change makes it fit; take cores or a sub-accelerator away."  # where there is no fix

    def surplus_of(self, sub_id: str) -> int:
        """Cores of a sub-accelerator beyond what fits."""
        return dict(self.surplus).get(sub_id, 0)


@dataclass(frozen=True, slots=True)
class State:
    """Everything on the main screen."""

    design: Design
    workload: Workload
    board: Board
    fit: Fit
    score: Score | None = None  # the last one that came; `scored` says whether it is the design at hand's
    scored: bool = False
    waiting: bool = False  # for a score that takes longer than a glance: the one shown is old
    pinned: Pinned | None = None
    judged: Judged | None = None  # of the design it names, which need not be at hand any more
    path: Path | None = None
    name: str = "first-design"
    unsaved: bool = False
    engine: EngineStatus = EngineStatus.STARTING
    engine_words: str = ""
    problem: str = ""  # why the design at hand could not be scored
    snapshot: Snapshot | None = None
    selected: str = ""  # id of the sub-accelerator at hand
    undo_words: str = ""
    redo_words: str = ""
    last_fit_edp_j_s: float | None = None
    edits_since_fit: int = 0

    @property
    def sub(self) -> SubAccelerator:
        """The sub-accelerator at hand."""
        subs = self.design.subaccelerators
        return next((s for s in subs if s.id == self.selected), subs[0])

    @property
    def shown_score(self) -> Score | None:
        """The score to show: none where the design does not fit or cannot run."""
        score = self.score
        return score if score is not None and score.feasible and self.fit.fits and not self.problem else None

    @property
    def best_share(self) -> Judged | None:
        """How often the design at hand is best, once that has been asked for."""
        return self.judged if self.judged is not None and self.judged.design == self.design else None

    @property
    def frozen(self) -> frozenset[str]:
        """Names of frozen variables."""
        return frozenset(self.design.frozen)


RESOURCE_LABELS = {
    "lut": "LUT", "ff": "FF", "bram": "BRAM", "uram": "URAM", "dsp": "DSP", "ports": "HBM ports", "pes": "PEs",
    "area_um2": "area µm²", "power_w": "power W",
}  # fmt: skip


def resource_label(name: str, board: Board, short: bool = False) -> str:
    """What the screen calls a resource."""
    if name == "ports":
        memory = board.memory[0].name.upper().rstrip("0123456789-") if board.memory else "memory"
        return memory[:5] if short else f"{memory} ports"
    return RESOURCE_LABELS.get(name, name)
