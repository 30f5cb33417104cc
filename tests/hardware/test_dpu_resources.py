"""Resources of cores against every row of the published tables."""

import pytest

from workbench.hardware.core import DpuCore, DspUse, RamUse
from workbench.hardware.dpu_resources import (
    FIT_FF,
    FIT_LUT,
    PG338_LUT_FF,
    pg338_bram,
    pg338_dsp,
    pg338_lut_ff,
    pg338_resources,
    tpds_resources,
)
from workbench.hardware.presets import core_resources, load_board, load_core, wire_resources

# PG338 v1.2 table 9: name, LUT/FF/BRAM/DSP at high DSP use, then at low; no depthwise.
V12 = [
    ("B512", 20177, 31782, 69.5, 98, 20759, 33572, 69.5, 66),
    ("B800", 20617, 35065, 87, 142, 21050, 33752, 87, 102),
    ("B1024", 27377, 46241, 101.5, 194, 29155, 49823, 101.5, 130),
    ("B1152", 28698, 46906, 117.5, 194, 30043, 49588, 117.5, 146),
    ("B1600", 30877, 56267, 123, 282, 33130, 60739, 123, 202),
    ("B2304", 34379, 67481, 161.5, 386, 37055, 72850, 161.5, 290),
    ("B3136", 38555, 79867, 203.5, 506, 41714, 86132, 203.5, 394),
    ("B4096", 40865, 92630, 249.5, 642, 44583, 99791, 249.5, 514),
]
# PG338 4.0: BRAM with depthwise, RAM low and high; 3.4: extra LUT and DSP of depthwise, extra LUT of augmentation.
V40 = [
    ("B512", 72, 88, 1734, 12, 3121),
    ("B800", 90, 108, 2293, 15, 2624),
    ("B1024", 104, 136, 2744, 24, 3133),
    ("B1152", 121, 143, 2365, 18, 1744),
    ("B1600", 126, 162, 3392, 30, 2476),
    ("B2304", 165, 209, 3943, 36, 1710),
    ("B3136", 208, 260, 4269, 42, 1946),
    ("B4096", 255, 315, 4930, 48, 1701),
]


def dpu(name: str) -> DpuCore:
    core = load_core(name)
    assert isinstance(core, DpuCore)
    return core


@pytest.mark.parametrize("row", V12, ids=lambda row: row[0])
def test_plain_cores_equal_the_first_table(row: tuple) -> None:
    core = dpu(row[0])
    for use, (lut, ff, bram, dsp) in ((DspUse.HIGH, row[1:5]), (DspUse.LOW, row[5:9])):
        assert pg338_lut_ff(core, use, depthwise=False, augmentation=False) == (lut, ff)
        assert pg338_bram(core, RamUse.LOW, depthwise=False) == bram
        assert pg338_dsp(core, use, depthwise=False) == dsp


@pytest.mark.parametrize("row", V40, ids=lambda row: row[0])
def test_options_equal_the_later_tables(row: tuple) -> None:
    name, low, high, depthwise_lut, depthwise_dsp, augmentation_lut = row
    core = dpu(name)
    plain = pg338_resources(core, DspUse.LOW, RamUse.LOW, depthwise=False, augmentation=False)
    full = pg338_resources(core, DspUse.LOW, RamUse.LOW)
    assert pg338_bram(core, RamUse.LOW) == low
    assert pg338_bram(core, RamUse.HIGH) == high
    assert full.lut - plain.lut == depthwise_lut + augmentation_lut
    assert full.dsp - plain.dsp == depthwise_dsp


@pytest.mark.parametrize(("shape", "row"), list(PG338_LUT_FF.items()))
@pytest.mark.parametrize("use", list(DspUse))
def test_the_fit_for_other_shapes_is_within_17_percent_of_the_table(shape: tuple, row: tuple, use: DspUse) -> None:
    pixels, inputs, outputs = shape
    terms = (1.0, pixels * outputs, pixels * inputs * outputs)
    for fit, listed in zip((FIT_LUT, FIT_FF), row[0 if use is DspUse.HIGH else 1], strict=True):
        assert sum(c * t for c, t in zip(fit[use], terms, strict=True)) == pytest.approx(listed, rel=0.17)


@pytest.mark.parametrize(
    ("name", "lut", "ff", "bram", "uram", "dsp"),
    [
        ("2x4x4", 11339, 12664, 5, 13, 24),
        ("4x8x8", 20538, 25453, 5, 23, 160),
        ("8x8x8", 31956, 38980, 5, 35, 320),
    ],
)
def test_own_cores_equal_their_table(name: str, lut: int, ff: int, bram: int, uram: int, dsp: int) -> None:
    used = tpds_resources(dpu(name))
    assert (used.lut, used.ff, used.bram, used.uram, used.dsp) == (lut, ff, bram, uram, dsp)


def test_a_fusion_needs_more_than_its_base_core_and_less_than_its_base_cores() -> None:
    base, fused = tpds_resources(dpu("4x8x8")), tpds_resources(dpu("4x16x16"))
    assert base.lut < fused.lut < 4 * base.lut


def test_without_uram_its_memory_is_bram() -> None:
    board = load_board("u200-h3m")
    core = load_core("4x8x8")
    assert core_resources(core, board, uram=False).uram == 0
    assert core_resources(core, board, uram=False).bram == 5 + 23 * 4


def test_wires_cost_nothing_unless_there() -> None:
    assert wire_resources(8).lut == 0
    assert wire_resources(8, weight_multicast=True).lut == wire_resources(8, input_multicast=True).lut > 0
    all_three = wire_resources(8, True, True, True)
    assert wire_resources(8, flexible=True).lut > all_three.lut
