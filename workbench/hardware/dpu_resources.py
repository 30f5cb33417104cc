"""What one DPU-like core occupies: two named curves, `pg338` (the vendor's tables) and `tpds` (the group's own cores).

DSP and BRAM are closed forms that reproduce every row of the vendor's tables; LUT and FF are the table for its eight
sizes and a fit (within 17 %, mostly 2 %) for any other shape.
"""

from enum import StrEnum

from workbench.hardware.core import DpuCore, DspUse, RamUse
from workbench.hardware.resources import Resources


class ResourceCurve(StrEnum):
    """Named resource tables of cores."""

    PG338 = "pg338"
    TPDS = "tpds"


# PG338 v1.2 (2019-03-26) table 9, ZCU102, without depthwise: (LUT, FF) at high and at low DSP use.
PG338_LUT_FF: dict[tuple[int, int, int], tuple[tuple[int, int], tuple[int, int]]] = {
    (4, 8, 8): ((20177, 31782), (20759, 33572)),
    (4, 10, 10): ((20617, 35065), (21050, 33752)),
    (8, 8, 8): ((27377, 46241), (29155, 49823)),
    (4, 12, 12): ((28698, 46906), (30043, 49588)),
    (8, 10, 10): ((30877, 56267), (33130, 60739)),
    (8, 12, 12): ((34379, 67481), (37055, 72850)),
    (8, 14, 14): ((38555, 79867), (41714, 86132)),
    (8, 16, 16): ((40865, 92630), (44583, 99791)),
}
# PG338 3.4: extra LUT of depthwise convolution and of channel augmentation.
PG338_DEPTHWISE_LUT: dict[tuple[int, int, int], int] = {
    (4, 8, 8): 1734, (4, 10, 10): 2293, (8, 8, 8): 2744, (4, 12, 12): 2365,
    (8, 10, 10): 3392, (8, 12, 12): 3943, (8, 14, 14): 4269, (8, 16, 16): 4930,
}  # fmt: skip
PG338_AUGMENTATION_LUT: dict[tuple[int, int, int], int] = {
    (4, 8, 8): 3121, (4, 10, 10): 2624, (8, 8, 8): 3133, (4, 12, 12): 1744,
    (8, 10, 10): 2476, (8, 12, 12): 1710, (8, 14, 14): 1946, (8, 16, 16): 1701,
}  # fmt: skip
# Relative least squares over the eight rows: constant, per PP·OCP, per PP·ICP·OCP.
FIT_LUT = {DspUse.HIGH: (13971.0, 192.26, 1.77), DspUse.LOW: (13143.5, 234.84, 1.34)}
FIT_FF = {DspUse.HIGH: (17993.1, 277.83, 19.87), DspUse.LOW: (15028.8, 400.26, 16.94)}
DEPTHWISE_LUT_PER_LANE = 39.0  # mean of the table over PP·ICP, for shapes outside it
AUGMENTATION_LUT = 2300.0  # mean of the table, which shows no trend

# github zzzDavid/TPDS_DSE find_core_num.py: MACs per cycle → LUT, FF, BRAM36, URAM, DSP of 2x4x4, 4x8x8, 8x8x8.
TPDS_ROWS: tuple[tuple[int, float, float, float, float, float], ...] = (
    (32, 11339.0, 12664.0, 5.0, 13.0, 24.0),
    (256, 20538.0, 25453.0, 5.0, 23.0, 160.0),
    (512, 31956.0, 38980.0, 5.0, 35.0, 320.0),
)


def bram_per_bank(input_channels: int) -> float:
    """BRAM36 of one bank of ICP bytes × 2048: ⌈8·ICP/9⌉/2 (reproduces all tables of PG338)."""
    return -(-8 * input_channels // 9) / 2


def pg338_dsp(core: DpuCore, dsp: DspUse, depthwise: bool = True) -> float:
    """DSP slices: PP·ICP·OCP/4 + 2 (two int8 MAC per slice, double pumped), + PP·OCP at high use, + 3·PP·ICP/8."""
    slices = core.macs_per_cycle / 4 + 2
    if dsp is DspUse.HIGH:
        slices += core.pixels * core.output_channels
    if depthwise:
        slices += 3 * core.pixels * core.input_channels / 8
    return slices


def pg338_bram(core: DpuCore, ram: RamUse, depthwise: bool = True) -> float:
    """BRAM36: (2·PP + OCP + bias [+ depthwise]) banks, + PP banks at high use.

    With depthwise the figures are PG338 4.0's; without, v1.2's, which have 1.5 (ICP ≤ 10) or 2 blocks on top.
    """
    banks = 2 * core.pixels + core.output_channels + 1
    if depthwise:
        banks += 1
    if ram is RamUse.HIGH:
        banks += core.pixels
    extra = 0.0 if depthwise else (1.5 if core.input_channels <= 10 else 2.0)
    return banks * bram_per_bank(core.input_channels) + extra


def pg338_lut_ff(core: DpuCore, dsp: DspUse, depthwise: bool = True, augmentation: bool = True) -> tuple[float, float]:
    """LUT and FF: the vendor's row if the shape has one, else the fit. Extra FF of the options is not published."""
    shape = (core.pixels, core.input_channels, core.output_channels)
    if shape in PG338_LUT_FF:
        row = PG338_LUT_FF[shape][0 if dsp is DspUse.HIGH else 1]
        lut, ff = float(row[0]), float(row[1])
    else:
        terms = (1.0, float(core.pixels * core.output_channels), float(core.macs_per_cycle))
        lut = sum(c * t for c, t in zip(FIT_LUT[dsp], terms, strict=True))
        ff = sum(c * t for c, t in zip(FIT_FF[dsp], terms, strict=True))
    if depthwise:
        lut += PG338_DEPTHWISE_LUT.get(shape, DEPTHWISE_LUT_PER_LANE * core.pixels * core.input_channels)
    if augmentation:
        lut += PG338_AUGMENTATION_LUT.get(shape, AUGMENTATION_LUT)
    return lut, ff


def pg338_resources(
    core: DpuCore, dsp: DspUse, ram: RamUse, depthwise: bool = True, augmentation: bool = True
) -> Resources:
    """One core on the vendor's curve; all memory as BRAM (what URAM replaces is decided where it is placed)."""
    lut, ff = pg338_lut_ff(core, dsp, depthwise, augmentation)
    return Resources(lut=lut, ff=ff, bram=pg338_bram(core, ram, depthwise), dsp=pg338_dsp(core, dsp, depthwise))


def tpds_resources(core: DpuCore) -> Resources:
    """One of the group's cores; between and beyond its three rows linear in MACs per cycle (a fusion of base cores)."""
    macs = core.macs_per_cycle
    low, high = (TPDS_ROWS[0], TPDS_ROWS[1]) if macs <= TPDS_ROWS[1][0] else (TPDS_ROWS[1], TPDS_ROWS[2])
    position = (macs - low[0]) / (high[0] - low[0])
    lut, ff, bram, uram, dsp = (a + position * (b - a) for a, b in zip(low[1:], high[1:], strict=True))
    return Resources(lut=lut, ff=ff, bram=bram, uram=uram, dsp=dsp)
