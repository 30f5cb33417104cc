"""What scoring a design yields: immutable, free of numpy, sent over the process boundary as it is.

Every total has parts that add up: Score.energy to energy_j; a sub-accelerator's core_time to cores × latency_s;
tenants' layers sum to their tenant.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """One resource of the card: what the design uses and what the shell leaves usable. Units as in Resources."""

    name: str  # lut, ff, bram, uram, dsp, ports, pes, area_um2, power_w
    used: float
    available: float

    @property
    def share(self) -> float:
        """used / available; 0 where nothing is used, infinite where nothing is available."""
        if self.used == 0:
            return 0.0
        return self.used / self.available if self.available else float("inf")


@dataclass(frozen=True, slots=True)
class Fix:
    """The smallest change that makes a design fit: in words, and as an edit of one variable."""

    words: str
    variable: str  # e.g. "A.cols"
    value: object


@dataclass(frozen=True, slots=True)
class Part:
    """A named part of a total."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class LayerScore:
    """One layer of one tenant; figures sum over its instances. `shape` in short words, e.g. `512→1024 3×3`."""

    tenant: int
    layer: int
    name: str
    kind: str
    shape: str
    macs: int
    subaccelerator: str
    rectangle: str  # e.g. "2×4"; of the first instance
    time_s: float  # core-independent: sum of durations over instances
    stall_s: float
    energy_j: float
    off_chip_bytes: float
    bound: str  # compute, memory, port, ring
    measured: bool = False  # the time of its first instance is a measured one, not the model's


@dataclass(frozen=True, slots=True)
class TenantScore:
    """One tenant. Shares are of the workload's total."""

    network: str
    batch: int
    instances: int
    latency_s: float
    energy_j: float
    latency_limit_s: float | None
    mac_share: float
    byte_share: float
    energy_share: float
    time_share: float  # of all core-seconds of work
    bound: str
    critical_path_share: float = 0.0
    isolation: str = ""  # label; tenants of different labels share no cores


@dataclass(frozen=True, slots=True)
class SubAcceleratorScore:
    """One sub-accelerator. `core_busy` per core in the grid's order (rows × cols × planes), 0..1."""

    id: str
    core: str
    cores: int
    dataflow: str  # one line of words
    busy: float
    bound: str  # compute, memory, idle
    core_busy: tuple[float, ...]
    core_time: tuple[Part, ...]  # compute, memory, idle: dependency, idle: head of line, idle: no work
    core_slr: tuple[int, ...] = ()
    serves: str = ""  # isolation label of the tenants it runs


@dataclass(frozen=True, slots=True)
class Bar:
    """One job on the timeline. `cores` are core numbers within the sub-accelerator.

    `ready_s`: when its last input was there; `after`: the layer of the same instance that made it, None: no other job.
    """

    tenant: int
    instance: int
    layer: int
    subaccelerator: int
    cores: tuple[int, ...]
    start_s: float
    end_s: float
    stall_s: float
    ready_s: float = 0.0
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """One core with nothing to do, and why: dependency, head of line or no work (docs/model-schedule.md §5)."""

    subaccelerator: int
    core: int
    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """Off-chip bandwidth in use of one memory group over time, as the simulator shared it out.

    `bytes_per_s[i]` flows from `end_s[i - 1]` (0 before the first) to `end_s[i]`; `available_bytes_per_s` is what cores
    can draw at most.
    """

    group: str
    available_bytes_per_s: float
    end_s: tuple[float, ...]
    bytes_per_s: tuple[float, ...]

    def peak_in(self, start_s: float, end_s: float) -> float:
        """The most bytes/s at any moment of that time."""
        begins = (0.0, *self.end_s)
        inside = zip(begins, self.end_s, self.bytes_per_s, strict=False)
        return max((rate for begin, end, rate in inside if end > start_s and begin < end_s), default=0.0)

    def mean_in(self, start_s: float, end_s: float, columns: int) -> list[float]:
        """Mean bytes/s of each of `columns` equal stretches of the time from start_s to end_s."""
        width_s = (end_s - start_s) / max(1, columns)
        found = [0.0] * columns
        if width_s <= 0:
            return found
        begin = 0.0
        for end, rate in zip(self.end_s, self.bytes_per_s, strict=True):
            first, last = int((begin - start_s) // width_s), int((end - start_s) // width_s)
            for column in range(max(0, first), min(columns - 1, last) + 1):
                left = start_s + column * width_s
                found[column] += rate * max(0.0, min(end, left + width_s) - max(begin, left)) / width_s
            begin = end
        return found


@dataclass(frozen=True, slots=True)
class Score:
    """A scored design. Metrics are None where the design does not fit or cannot run; `reason` then says why."""

    workload: str
    board: str
    feasible: bool
    edp_j_s: float | None
    latency_s: float | None
    energy_j: float | None
    power_w: float | None
    period_s: float | None
    resources: tuple[ResourceUse, ...]
    tenants: tuple[TenantScore, ...]
    subaccelerators: tuple[SubAcceleratorScore, ...]
    energy: tuple[Part, ...]
    layers: tuple[LayerScore, ...]
    bound: str = ""  # in words: "memory on B, 43 % of its core time"
    reason: str = ""  # why it is not feasible
    fix: Fix | None = None
    headroom: str = ""  # "DSP leaves room for 2 more B4096; BRAM spills to URAM"
    unconfirmed: tuple[str, ...] = ()  # facts the score rests on that no document confirms
    assumptions: tuple[tuple[str, str], ...] = ()  # switch, value
    timeline: tuple[Bar, ...] = ()  # only where asked for
    gaps: tuple[Gap, ...] = ()  # with the timeline only; by sub-accelerator, core and time
    traffic: tuple[Traffic, ...] = ()  # per memory group; with the timeline only
    warnings: tuple[str, ...] = field(default=())
