"""What a person edits: sub-accelerators on a board, scheduler weights, what the search must leave alone."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Wire(StrEnum):
    """Optional wires between the cores of a sub-accelerator, each charged in LUT and FF."""

    WEIGHT_MULTICAST = "weight-multicast"  # over P
    INPUT_MULTICAST = "input-multicast"  # over K
    PSUM_RING = "psum-ring"  # over C


class Objective(StrEnum):
    """What is minimised."""

    EDP = "edp"  # one-shot: energy × makespan
    LATENCY = "latency"
    ENERGY = "energy"
    PERIOD_EDP = "period-edp"  # energy per round × steady period of back-to-back rounds


@dataclass(frozen=True, slots=True)
class SubAccelerator:
    """`rows` × `cols` × `planes` equal cores and one dataflow text.

    `pe_dataflow`: directives inside each core of a PE array; empty for the core's own. `serves`: the isolation label of
    the tenants it runs, where the workload keeps tenants apart; empty for those without a label. `pinned_uram`: URAM
    blocks of each core that hold a recurrent layer's weights over its steps, beside the weight bank (FPGA only).
    """

    id: str
    core: str
    rows: int
    cols: int
    dataflow: str
    planes: int = 1
    wires: tuple[Wire, ...] = ()
    bandwidth_share: float | None = None
    dsp: str = "low"
    ram: str = "low"
    uram: bool = True
    pe_dataflow: str = ""
    serves: str = ""
    pinned_uram: int = 0

    @property
    def cores(self) -> int:
        """Number of cores."""
        return self.rows * self.cols * self.planes


@dataclass(frozen=True, slots=True)
class SchedulerWeights:
    """Weights of the list scheduler (formulation §3): option cost t·(cores·LUT)^alpha; options slower than
    theta × the job's best on the empty machine wait."""

    alpha: float = 0.0
    theta: float = 4.0


@dataclass(frozen=True, slots=True)
class FixedJob:
    """One row of an explicit schedule: the sub-accelerator and sub-rectangle a job takes, and its order."""

    tenant: int
    instance: int
    layer: int
    subaccelerator: str
    rows: int
    cols: int
    planes: int
    priority: int


class TenantRow(NamedTuple):
    """A tenant of a design's own; `network` is a preset's name or the path of a table."""

    network: str
    batch: int
    instances: int
    latency_limit_s: float | None
    isolation: str = ""


@dataclass(frozen=True, slots=True)
class Design:
    """A whole design; workload and board are named here and resolved by the caller."""

    workload: str
    board: str
    subaccelerators: tuple[SubAccelerator, ...]
    scheduler: SchedulerWeights = field(default_factory=SchedulerWeights)
    schedule: tuple[FixedJob, ...] = ()
    frozen: tuple[str, ...] = ()
    objective: Objective = Objective.EDP
    board_overrides: tuple[tuple[str, object], ...] = field(default=())
    tenants: tuple[TenantRow, ...] = field(default=())
    bounds: tuple[tuple[str, float, float], ...] = ()  # of the search: variable, lowest, highest; sorted

    def __post_init__(self) -> None:
        """Rows given as plain tuples become rows with names, so that equal designs are equal."""
        if any(not isinstance(row, TenantRow) for row in self.tenants):
            object.__setattr__(self, "tenants", tuple(TenantRow(*row) for row in self.tenants))
