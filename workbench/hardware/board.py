"""A card or chip: resources, regions, memory, clock, power, and the assumptions a user may switch."""

from dataclasses import dataclass, field
from enum import StrEnum

from workbench.hardware.resources import Resources


class Family(StrEnum):
    """Which core library and cost model a board takes."""

    FPGA = "fpga"
    ASIC = "asic"


class PortRule(StrEnum):
    """How wide a core's memory port is."""

    PER_CORE = "per-core"  # min(port_bytes_per_cycle, 2·ICP)
    FIXED = "fixed"  # port_bytes_per_cycle for every size
    PROPORTIONAL = "proportional"  # in proportion to the core's peak, B4096 = port_bytes_per_cycle
    SHARED = "shared"  # no port limit: only the card's bandwidth


class BandwidthRule(StrEnum):
    """How jobs share off-chip bandwidth."""

    MAX_MIN = "max-min"
    PROPORTIONAL = "proportional"  # MAGMA's rule, for cross-checks


@dataclass(frozen=True, slots=True)
class Region:
    """A super logic region (SLR): what of the card's resources lies in it, and what the shell takes of it."""

    name: str
    resources: Resources
    shell: Resources = field(default_factory=Resources)


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """A group of equal memory channels shared max–min fair."""

    name: str
    channels: int
    bytes_per_s_per_channel: float

    @property
    def bytes_per_s(self) -> float:
        """Bandwidth of the whole group."""
        return self.channels * self.bytes_per_s_per_channel


@dataclass(frozen=True, slots=True)
class Board:
    """Everything of the platform that a score depends on. `unconfirmed` and `sources` are keyed by field name."""

    name: str
    family: Family
    regions: tuple[Region, ...]
    memory: tuple[MemoryGroup, ...]
    clock_hz: float
    usable_share: float = 0.85  # of what the shell leaves of a region
    port_rule: PortRule = PortRule.PER_CORE
    port_bytes_per_cycle: float = 32.0
    port_duplex: bool = False  # True: port_bytes_per_cycle in each direction; False: both directions together
    bandwidth_rule: BandwidthRule = BandwidthRule.MAX_MIN
    ports: int = 0  # memory ports that cores may attach to; 0: not counted
    weights_overlap: bool = True  # False: a job loads its weights first, then computes
    layer_overhead_cycles: float = 0.0
    overlap_rest: float = 0.0  # share of the smaller of compute, read and write that is not hidden
    weight_load_exposed: float = 0.0  # share of the weight load that is not hidden
    prologue_exposed: float = 0.0
    double_buffer: bool = True
    psum_link_bytes_per_cycle: float = 0.0  # 0: no link between cores, C cannot be spatial
    span_slr: bool = False
    span_slr_clock_factor: float = 0.8
    keep_activations: bool = False
    static_w: float = 0.0  # P_board
    idle_w_per_klut: float = 0.0
    idle_w_per_pe: float = 0.0
    power_limit_w: float = 0.0  # 0: unknown
    energy: str = "split"  # name of an energy table
    resource_curve: str = "pg338"  # which core table gives resources: pg338 or tpds
    sub_accelerator_cost: Resources = field(default_factory=Resources)  # interconnect charged per sub-accelerator
    core_cost: Resources = field(default_factory=Resources)  # interconnect charged per core
    global_buffer_bytes: int = 0  # ASIC
    memory_efficiency: float = 1.0  # share of the memory's peak that cores can draw
    row_pipeline: bool = False  # load, compute, store overlap strip by strip; weights first (docs/model-fpga.md §2)
    split_one_loop: bool = False  # several cores on one layer share out one loop only
    split_columns: int = 0  # cores share out a map in tiles of so many columns, common data in shares; 0: rows
    depthwise_row_share: float = 0.5  # rows per cycle of depthwise layers and pools, as a share of PP
    pool_rows: int = 0  # rows per cycle of pools; 0: as depthwise
    eltwise_cycles: float = 2.9  # per pixel of ICP channels: two reads and a write
    eltwise_operands_at_once: bool = False  # several cores: operands of an element-wise layer arrive side by side
    channel_augmentation: bool = True  # few input channels: several kernel columns at once (PG338)
    concat_copies: bool = False  # concatenations and stand-alone activations move data
    host_s: float = 0.0  # end to end: fixed host work per image
    host_s_per_input_pixel: float = 0.0
    host_s_per_ssd_output: float = 0.0
    measured: str = ""  # CSV of measured layers, whose times stand in for the model's; empty: none
    sources: tuple[tuple[str, str], ...] = field(default=())
    unconfirmed: tuple[str, ...] = field(default=())

    def __hash__(self) -> int:
        """Cheap, since caches are keyed by boards: a few fields tell most boards apart, equality does the rest."""
        return hash((self.name, self.clock_hz, self.static_w, self.port_rule, self.port_bytes_per_cycle))

    @property
    def bandwidth_bytes_per_s(self) -> float:
        """Off-chip bandwidth that cores can draw from all memory groups together."""
        return self.memory_efficiency * sum(group.bytes_per_s for group in self.memory)
