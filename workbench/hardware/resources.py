"""Amounts of what a card has and a design uses."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resources:
    """FPGA resources; BRAM in blocks of 36 Kib, URAM in blocks of 288 Kib. PE boards use `pes` and `area_um2`."""

    lut: float = 0.0
    ff: float = 0.0
    bram: float = 0.0
    uram: float = 0.0
    dsp: float = 0.0
    pes: float = 0.0
    area_um2: float = 0.0

    def __add__(self, other: "Resources") -> "Resources":
        return Resources(*(getattr(self, f) + getattr(other, f) for f in RESOURCE_NAMES))

    def __sub__(self, other: "Resources") -> "Resources":
        return self + other * -1.0

    def __mul__(self, factor: float) -> "Resources":
        return Resources(*(getattr(self, f) * factor for f in RESOURCE_NAMES))


RESOURCE_NAMES: tuple[str, ...] = tuple(Resources.__dataclass_fields__)
