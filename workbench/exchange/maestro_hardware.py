"""MAESTRO's hardware files (`--HW_file`): six whole numbers by name."""

from pathlib import Path

from workbench.dataflow.mapping import PeHardware
from workbench.exchange.imported import ExchangeError
from workbench.exchange.maestro_blocks import Block
from workbench.workload.table_error import close_matches, quoted

UNLIMITED = 2**31 - 1  # MAESTRO's INT_MAX: what it takes for a limit that is not given
_FIELDS = {
    "num_pes": "pes",
    "l1_size_cstr": "l1_size",
    "l2_size_cstr": "l2_size",
    "noc_bw_cstr": "noc_bandwidth",
    "offchip_bw_cstr": "off_chip_bandwidth",
    "noc_numhops": "noc_latency",
}
_OLDER = {"numpes": "pes", "l1size": "l1_size", "l2size": "l2_size", "noc_bw": "noc_bandwidth"}  # before 2020


def is_hardware(root: Block) -> bool:
    """Whether a file is one of hardware: it begins with one of the names, and has no blocks."""
    return not root.blocks and bool(root.words) and root.words[0].text.lower() in (_FIELDS | _OLDER)


def read_hardware(path: Path, root: Block) -> PeHardware:
    """The numbers of a hardware file; absent ones are what MAESTRO takes: one PE, no limits. Raises ExchangeError."""
    found: dict[str, int] = {}
    words = iter(root.words)
    for name in words:
        field = (_FIELDS | _OLDER).get(name.text.lower())
        if field is None:
            hint = close_matches(name.text, [*_FIELDS])
            raise ExchangeError(path, f"{quoted(name.text)} is unknown{hint}", name.line)
        value = next(words, None)
        if value is None or not value.text.isdecimal() or not 1 <= int(value.text[:12]) <= UNLIMITED:
            shown = quoted(value.text) if value else "nothing"
            raise ExchangeError(
                path, f"{name.text}: found {shown}, expected a whole number from 1 to {UNLIMITED}", name.line
            )
        found[field] = int(value.text)
    return PeHardware(
        pes=found.get("pes", 1),
        noc_bandwidth=found.get("noc_bandwidth", UNLIMITED),
        noc_latency=found.get("noc_latency", 1),
        off_chip_bandwidth=found.get("off_chip_bandwidth", UNLIMITED),
        l1_size=found.get("l1_size", UNLIMITED),
        l2_size=found.get("l2_size", UNLIMITED),
    )


def write_hardware(hardware: PeHardware) -> str:
    """The file that MAESTRO reads the same numbers from; SIMD lanes go on its command line (`--num_simd_lanes`).

    Limits of 0 (unknown) and of INT_MAX are left out, as MAESTRO takes INT_MAX for them.
    """
    values = {
        "num_pes": hardware.pes,
        "l1_size_cstr": hardware.l1_size,
        "l2_size_cstr": hardware.l2_size,
        "noc_bw_cstr": hardware.noc_bandwidth,
        "offchip_bw_cstr": hardware.off_chip_bandwidth,
        "NoC_NumHops": hardware.noc_latency,
    }
    return "".join(f"{name}: {value}\n" for name, value in values.items() if 0 < value < UNLIMITED)
