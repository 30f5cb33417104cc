"""The one door to everything a design may run on: cores, boards, energy tables, and what a core or a wire occupies."""

import math

from workbench.hardware.board import Board
from workbench.hardware.board_library import board_names, load_board, override_board, read_board
from workbench.hardware.core import Core, DpuCore, DspUse, PeArrayCore, RamUse
from workbench.hardware.core_library import core_names, load_core
from workbench.hardware.dpu_resources import ResourceCurve, pg338_resources, tpds_resources
from workbench.hardware.energy_library import energy_names, load_energy
from workbench.hardware.preset_file import PresetError
from workbench.hardware.resources import Resources

# Wires per core in LUT: figures of a probe, unconfirmed. FF taken as equal (one register per switched bit).
MULTICAST_LUT = 900.0
RING_LUT = 1200.0
FLEXIBLE_LUT = 3000.0
FLEXIBLE_LUT_PER_LOG2_CORES = 600.0
BRAM_PER_URAM = 4.0  # what a URAM replaces in practice (Kria KV260 smart camera design: 3.2 to 4.4), not 8
# MAESTRO's area model, µm² (28 nm): per PE 283·lanes + 0.104·L1 bytes.
PE_AREA_UM2_PER_LANE = 283.0
PE_AREA_UM2_PER_L1_BYTE = 0.104


def core_resources(
    core: Core, board: Board, dsp: DspUse | str = DspUse.LOW, ram: RamUse | str = RamUse.LOW, uram: bool = True
) -> Resources:
    """What one core occupies on this board's curve, its share of interconnect (board.core_cost) included.

    Memory is given as the curve gives it (PG338: BRAM; TPDS: mostly URAM). `uram` says whether URAM may stand in for
    BRAM: without it, URAM of a curve is turned into BRAM here; with it, the budget lets BRAM spill where it is placed.
    """
    if isinstance(core, PeArrayCore):
        area = core.pes * (PE_AREA_UM2_PER_LANE * core.simd_lanes + PE_AREA_UM2_PER_L1_BYTE * core.l1_bytes)
        return Resources(pes=float(core.pes), area_um2=area) + board.core_cost
    if board.resource_curve == ResourceCurve.TPDS:
        used = tpds_resources(core)
    else:
        used = pg338_resources(core, DspUse(dsp), RamUse(ram), augmentation=board.channel_augmentation)
    if not uram:
        used = used + Resources(bram=used.uram * BRAM_PER_URAM, uram=-used.uram)
    return used + board.core_cost


def wire_resources(
    cores: int, weight_multicast: bool = False, input_multicast: bool = False, psum_ring: bool = False,
    flexible: bool = False,
) -> Resources:  # fmt: skip
    """What the wires of a sub-accelerator of `cores` cores occupy; `flexible` pays for all of them (unconfirmed)."""
    if flexible:
        lut = cores * (FLEXIBLE_LUT + FLEXIBLE_LUT_PER_LOG2_CORES * math.log2(max(1, cores)))
    else:
        lut = cores * (MULTICAST_LUT * (weight_multicast + input_multicast) + RING_LUT * psum_ring)
    return Resources(lut=lut, ff=lut)


def core_idle_w(board: Board, resources: Resources) -> float:
    """Idle power of one configured core, by LUT on FPGA and by PE on ASIC boards."""
    return board.idle_w_per_klut * resources.lut / 1e3 + board.idle_w_per_pe * resources.pes


__all__ = [
    "BRAM_PER_URAM",
    "DpuCore",
    "PeArrayCore",
    "PresetError",
    "board_names",
    "core_idle_w",
    "core_names",
    "core_resources",
    "energy_names",
    "load_board",
    "load_core",
    "load_energy",
    "override_board",
    "read_board",
    "wire_resources",
]
