"""Reading and writing designs for the commands: files, changes given on the command line, provenance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench.cli.ending import UsageError, say
from workbench.design.design import Design
from workbench.design.file import LoadedDesign, Provenance, load_design, preset_fingerprints
from workbench.design.variables import set_variable


def read_design(path: Path, changes: Sequence[str] = ()) -> LoadedDesign:
    """A design's file with changes `NAME=VALUE` made; notes of the file go to stderr. Raises DesignFileError,
    EditError and UsageError."""
    loaded = load_design(path)
    for note in loaded.notes:
        say(f"{path}: {note}")
    design = with_changes(loaded.design, changes)
    saved = loaded.saved_score if design == loaded.design else None
    return LoadedDesign(design, saved, loaded.provenance, loaded.notes)


def with_changes(design: Design, changes: Sequence[str]) -> Design:
    """The design with variables set as `NAME=VALUE`. Raises EditError, UsageError."""
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise UsageError(f"--set {change}: expected NAME=VALUE, such as A.cols=4 or board.static_w=30")
        design = set_variable(design, name.strip(), value.strip())
    return design


def provenance_now(design: Design, before: Provenance | None = None, **more: Any) -> Provenance:
    """Provenance of a design written now; what is told of it `before` (run, seed, edits) is kept."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    told = {"version": version("workbench"), "date": now, "presets": preset_fingerprints(design)}
    return replace(before or Provenance(), **{**told, **more})


def groups_words(design: Design) -> str:
    """`A 8×B4096 (2×4), B 11×B512 (1×11)`."""
    words = []
    for sub in design.subaccelerators:
        grid = f"{sub.rows}×{sub.cols}" + (f"×{sub.planes}" if sub.planes > 1 else "")
        words.append(f"{sub.id} {sub.cores}×{sub.core} ({grid})")
    return ", ".join(words)
