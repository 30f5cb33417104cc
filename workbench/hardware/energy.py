"""Named energy tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EnergyTable:
    """Energy per event, in joules; terms a lumped table cannot separate are zero and `lumped` says so.

    FPGA terms (cost-fpga §3): e_slot per issued MAC slot, e_bram per MAC·(1/OCP + 1/PP), e_off per off-chip byte,
    e_net per byte and hop. ASIC terms: mac, l1, l2 per element access, noc per hop, off per byte.
    """

    name: str
    slot_j: float = 0.0
    bram_j: float = 0.0
    off_chip_j_per_byte: float = 0.0
    network_j_per_byte_hop: float = 0.0
    mac_j: float = 0.0
    l1_j: float = 0.0
    l2_j: float = 0.0
    noc_j: float = 0.0
    lumped: bool = False
    covers: str = ""
    source: str = ""
    unconfirmed: bool = False
