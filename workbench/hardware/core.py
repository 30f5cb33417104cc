"""What computes a tile: a DPU-like FPGA core, or an array of processing elements."""

from dataclasses import dataclass
from enum import StrEnum

from workbench.hardware.resources import Resources


class DspUse(StrEnum):
    """PG338's choice between DSP blocks and LUTs for accumulation."""

    LOW = "low"
    HIGH = "high"


class RamUse(StrEnum):
    """PG338's number of image bank groups: two (low) or three (high)."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class DpuCore:
    """A core of `pixels` × `input_channels` × `output_channels` multipliers (PP, ICP, OCP)."""

    name: str
    pixels: int
    input_channels: int
    output_channels: int
    source: str = ""

    @property
    def macs_per_cycle(self) -> int:
        """Peak multiply-accumulates per cycle."""
        return self.pixels * self.input_channels * self.output_channels

    @property
    def image_bank_bytes(self) -> int:
        """One image bank group (input or output): PP banks of ICP bytes × 2048 (PG338; ISA0 target files)."""
        return self.pixels * self.input_channels * 2048

    @property
    def weight_bank_bytes(self) -> int:
        """Weight banks: OCP banks of ICP bytes × 2048 (PG338; ISA0 target files)."""
        return self.input_channels * self.output_channels * 2048


@dataclass(frozen=True, slots=True)
class PeArrayCore:
    """An ASIC core: `pes` elements of `simd_lanes` MACs per cycle under the PE-level directives of `directives`."""

    name: str
    pes: int
    directives: str
    simd_lanes: int = 1
    l1_bytes: int = 512
    noc_elements_per_cycle: int = 64
    noc_latency_cycles: int = 1
    source: str = ""

    @property
    def macs_per_cycle(self) -> int:
        """Peak multiply-accumulates per cycle."""
        return self.pes * self.simd_lanes


Core = DpuCore | PeArrayCore


@dataclass(frozen=True, slots=True)
class CoreCost:
    """What one core of a design occupies and draws, options resolved."""

    resources: Resources
    idle_w: float
