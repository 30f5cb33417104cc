"""The best designs anyone has found of the cells that `bench search` compares on: presets/best_known/*.toml.

Saved designs, whose provenance says how each was found. They are scored anew wherever they are compared with, so that
they stay right when the model changes. No search begins with them or looks at them.
"""

from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from workbench.design.design import Design
from workbench.design.file import load_design, save_design
from workbench.design.provenance import Provenance, preset_fingerprints
from workbench.design.score import Scorer
from workbench.presets_finder import preset_path

KIND = "best_known"


def best_known_edp_j_s(cell: str, scorer: Scorer) -> float | None:
    """EDP of the best design known of a cell such as `mixed-u280`; None if none is kept, or it no longer fits."""
    path = preset_path(KIND, cell, ".toml")
    return edp_of_file_j_s(path, scorer)


def edp_of_file_j_s(path: Path, scorer: Scorer) -> float | None:
    """EDP of a saved design under the present model; None if there is no such file or the design does not fit."""
    if not path.is_file():
        return None
    found = scorer.evaluate(load_design(path).design)
    return found.edp_j_s if found.overrun == 0 else None


def keep_best(path: Path, design: Design, scorer: Scorer, optimizer: str, seed: int, evaluations: int) -> bool:
    """Save a design with how it was found, if it is better than what the file holds; whether it was."""
    before = edp_of_file_j_s(path, scorer)
    if before is not None and before <= scorer.evaluate(design).edp_j_s:
        return False
    provenance = Provenance(
        version=version("workbench"),
        date=datetime.now().astimezone().date().isoformat(),
        optimizer=optimizer,
        seed=seed,
        evaluations=evaluations,
        presets=preset_fingerprints(design),
    )
    save_design(design, path, scorer.score(design), provenance)
    return True
