"""What makes a board impossible: missing or contradictory figures, each named with the way out."""

from pathlib import Path

from workbench.hardware.board import Board, Family, PortRule
from workbench.hardware.dpu_resources import ResourceCurve
from workbench.hardware.energy_library import energy_names
from workbench.hardware.preset_file import PresetError, preset_error
from workbench.hardware.resources import RESOURCE_NAMES, Resources

SHARES = ("overlap_rest", "prologue_exposed")
AT_LEAST_ZERO = (
    "ports", "layer_overhead_cycles", "weight_load_exposed", "psum_link_bytes_per_cycle", "static_w",
    "idle_w_per_klut", "idle_w_per_pe", "power_limit_w", "global_buffer_bytes", "host_s", "host_s_per_input_pixel",
    "host_s_per_ssd_output", "port_bytes_per_cycle", "pool_rows", "eltwise_cycles", "split_columns",
)  # fmt: skip
ABOVE_ZERO_TO_ONE = ("usable_share", "depthwise_row_share", "memory_efficiency", "span_slr_clock_factor")
FASTEST_CLOCK_HZ = 5e9  # a clock written in MHz would be far below, one in mHz above
SLOWEST_CLOCK_HZ = 1e6


def check_board(board: Board, place: str) -> None:
    """Raises PresetError if the board cannot exist or contradicts itself."""
    if not SLOWEST_CLOCK_HZ <= board.clock_hz <= FASTEST_CLOCK_HZ:
        raise preset_error(place, "clock_hz", board.clock_hz, "Hz from 1e6 to 5e9 (300 MHz is 300e6)")
    for key in SHARES:
        if not 0 <= getattr(board, key) <= 1:
            raise preset_error(place, key, getattr(board, key), "a share from 0 to 1")
    for key in ABOVE_ZERO_TO_ONE:
        if not 0 < getattr(board, key) <= 1:
            raise preset_error(place, key, getattr(board, key), "a share above 0, at most 1")
    for key in AT_LEAST_ZERO:
        if getattr(board, key) < 0:
            raise preset_error(place, key, getattr(board, key), "a number of at least 0")
    if board.port_rule is not PortRule.SHARED and board.port_bytes_per_cycle == 0:
        raise preset_error(place, "port_bytes_per_cycle", 0, 'more than 0, or port_rule = "shared"')
    if board.split_columns and not board.row_pipeline:
        raise preset_error(place, "split_columns", board.split_columns, "0, or row_pipeline = true beside it")
    if board.resource_curve not in list(ResourceCurve):
        raise preset_error(place, "resource_curve", board.resource_curve, ", ".join(ResourceCurve))
    if not board.energy.endswith(".toml") and board.energy not in energy_names():
        raise preset_error(place, "energy", board.energy, ", ".join(energy_names()) + ", or a .toml file")
    if board.measured and not Path(board.measured).is_file():
        raise preset_error(place, "measured", board.measured, "a CSV file with network, layer, core, cores, ms")
    _check_memory(board, place)
    _check_regions(board, place)


def _check_memory(board: Board, place: str) -> None:
    if not board.memory:
        raise PresetError(f"{place}: memory: missing; add [[memory]] with name, channels, bytes_per_s_per_channel")
    names = [group.name for group in board.memory]
    if len(set(names)) < len(names):
        raise preset_error(place, "memory", names, "names that differ")
    for group in board.memory:
        if group.channels < 1:
            raise preset_error(place, f"memory.{group.name}.channels", group.channels, "at least 1")
        if group.bytes_per_s_per_channel <= 0:
            key = f"memory.{group.name}.bytes_per_s_per_channel"
            raise preset_error(place, key, group.bytes_per_s_per_channel, "more than 0: nothing runs without memory")


def _check_regions(board: Board, place: str) -> None:
    if not board.regions:
        raise PresetError(f"{place}: regions: missing; add [[regions]] with name and resources")
    names = [region.name for region in board.regions]
    if len(set(names)) < len(names):
        raise preset_error(place, "regions", names, "names that differ")
    total = Resources()
    for region in board.regions:
        total = total + region.resources
        for name in RESOURCE_NAMES:
            has, shell = getattr(region.resources, name), getattr(region.shell, name)
            if shell > has:
                raise preset_error(place, f"regions.{region.name}.shell.{name}", shell, f"at most the region's {has:g}")
    needed = ("lut", "ff", "dsp") if board.family is Family.FPGA else ("pes",)
    for name in needed:
        if getattr(total, name) <= 0:
            raise preset_error(place, f"regions.<name>.{name}", getattr(total, name), "more than 0 in some region")
    if board.family is Family.FPGA and total.bram + total.uram <= 0:
        raise preset_error(place, "regions.<name>.bram", 0, "BRAM or URAM in some region")
    if board.family is Family.ASIC and board.global_buffer_bytes <= 0:
        raise preset_error(place, "global_buffer_bytes", board.global_buffer_bytes, "more than 0 on an ASIC board")
