"""Cores and energy tables by name."""

from pathlib import Path

import pytest

from workbench.hardware.core import DpuCore, PeArrayCore
from workbench.hardware.energy_library import read_energy
from workbench.hardware.presets import PresetError, core_names, energy_names, load_core, load_energy


def test_the_eight_architectures_have_the_peak_of_their_name() -> None:
    for name in ("B512", "B800", "B1024", "B1152", "B1600", "B2304", "B3136", "B4096"):
        core = load_core(name)
        assert isinstance(core, DpuCore)
        assert core.input_channels == core.output_channels
        assert 2 * core.macs_per_cycle == int(name[1:])
        assert name in core_names("fpga")


# dpu_targets: image bank group and weight banks in KiB.
@pytest.mark.parametrize(("name", "image", "weights"), [
    ("B512", 64, 128), ("B800", 80, 200), ("B1024", 128, 128), ("B1152", 96, 288), ("B1600", 160, 200),
    ("B2304", 192, 288), ("B3136", 224, 392), ("B4096", 256, 512),
])  # fmt: skip
def test_banks_equal_the_target_files(name: str, image: int, weights: int) -> None:
    core = load_core(name)
    assert isinstance(core, DpuCore)
    assert (core.image_bank_bytes >> 10, core.weight_bank_bytes >> 10) == (image, weights)


@pytest.mark.parametrize("text", ["8x16x16", "8×16×16", "8_16_16", " 8X16X16 "])
def test_any_shape_is_a_core(text: str) -> None:
    core = load_core(text)
    assert isinstance(core, DpuCore)
    assert (core.name, core.macs_per_cycle) == ("8x16x16", 2048)


@pytest.mark.parametrize("text", ["", "B4095", "8x16", "0x8x8", "8x16x9999", "nvdla-7"])
def test_an_unknown_core_says_what_is_known(text: str) -> None:
    with pytest.raises(PresetError, match=r"allowed: .*B4096.*PPxICPxOCP"):
        load_core(text)


def test_arrays_of_elements_come_in_sizes_with_directives() -> None:
    for kind in ("nvdla", "shidiannao", "eyeriss"):
        for pes in (64, 128, 256, 512, 1024, 2048, 4096):
            core = load_core(f"{kind}-{pes}")
            assert isinstance(core, PeArrayCore)
            assert core.pes == pes
            assert "SpatialMap" in core.directives
            assert "{" not in core.directives
            assert core.name in core_names("asic")


@pytest.mark.parametrize("name", energy_names())
def test_energy_tables_say_what_they_cover_and_where_from(name: str) -> None:
    table = load_energy(name)
    assert table.covers
    assert table.source
    assert table.lumped == (table.mac_j > 0 and table.off_chip_j_per_byte == table.l1_j == 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", ["energy", "[energy]"]),
        ("[energy]\nmac_pj = 1", ["energy.mac_pj", "mac_j"]),
        ("[energy]\nmac_j = -1", ["energy.mac_j", "-1", "at least 0"]),
        ('[energy]\nmac_j = "low"', ["energy.mac_j", "'low'"]),
    ],
)
def test_a_wrong_energy_file_says_where(tmp_path: Path, text: str, said: list[str]) -> None:
    path = tmp_path / "e.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PresetError) as caught:
        read_energy(path, "e")
    assert all(part in str(caught.value) for part in [str(path), *said])
