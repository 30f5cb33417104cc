"""Where a saved design comes from: version, date, search, hand edits, and fingerprints of every preset it rests on."""

import hashlib
from dataclasses import dataclass

import msgspec

from workbench.design.design import Design
from workbench.design.tenants import tenant_rows
from workbench.hardware.presets import load_board, load_core, load_energy
from workbench.workload.presets import load_network

FINGERPRINT_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Provenance:
    """`date` is given by the caller as ISO text; `presets` pairs names such as `network/resnet50` with fingerprints."""

    version: str = ""
    date: str = ""
    optimizer: str = ""
    seed: int | None = None
    evaluations: int | None = None
    run: str = ""
    hand_edits: tuple[str, ...] = ()
    presets: tuple[tuple[str, str], ...] = ()


def preset_fingerprints(design: Design) -> tuple[tuple[str, str], ...]:
    """Fingerprint of every network, core, board and energy table the design rests on, as loaded.

    The board's is taken before the design's own overrides. Raises ValueError for what cannot be loaded.
    """
    board = load_board(design.board)
    found: dict[str, object] = {f"board/{design.board}": board, f"energy/{board.energy}": load_energy(board.energy)}
    for sub in design.subaccelerators:
        found[f"core/{sub.core}"] = load_core(sub.core)
    for network, *_ in tenant_rows(design):
        found[f"network/{network}"] = load_network(network)
    return tuple((name, _fingerprint(found[name])) for name in sorted(found))


def _fingerprint(content: object) -> str:
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:FINGERPRINT_DIGITS]


def changed_presets(design: Design, provenance: Provenance) -> tuple[str, ...]:
    """Names of presets that are no longer what they were when the design was saved."""
    now = dict(preset_fingerprints(design))
    return tuple(name for name, then in provenance.presets if name in now and now[name] != then)
