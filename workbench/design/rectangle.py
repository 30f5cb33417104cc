"""What a person sees of the ways one layer may run; free of numpy, sent over the process boundary as it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rectangle:
    """One way to run a layer: times with the ports to itself, off-chip bytes per tensor, how often each is fetched.

    `chosen`: the way its first instance takes in the design's schedule. `measured`: `unstalled_s` was measured.
    """

    subaccelerator: str
    rows: int
    cols: int
    planes: int
    cores: int
    unstalled_s: float
    compute_s: float
    port_s: float
    ring_s: float
    input_bytes: float
    weight_bytes: float
    output_bytes: float
    refetch_input: float
    refetch_weight: float
    refetch_output: float
    energy_j: float  # dynamic
    bound: str  # compute, port, ring, memory
    chosen: bool
    measured: bool = False


@dataclass(frozen=True, slots=True)
class LayerRectangles:
    """All rectangles of one layer on all sub-accelerators, fastest first per sub-accelerator."""

    network: str
    layer: str
    rectangles: tuple[Rectangle, ...]
