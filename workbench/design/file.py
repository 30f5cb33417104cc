"""The one door to saved designs: read a file, write a file, and say whether its score still holds."""

import contextlib
import os
from pathlib import Path

from workbench.design.design import Design
from workbench.design.file_error import DesignFileError
from workbench.design.file_reading import LoadedDesign, SavedScore, parse_design
from workbench.design.file_writing import design_text
from workbench.design.provenance import Provenance, changed_presets, preset_fingerprints
from workbench.design.report import Score

__all__ = [
    "DesignFileError",
    "LoadedDesign",
    "Provenance",
    "SavedScore",
    "design_text",
    "load_design",
    "parse_design",
    "preset_fingerprints",
    "save_design",
    "score_difference",
    "write_text_atomically",
]

MAX_FILE_BYTES = 16 << 20  # an explicit schedule of the largest workload takes a tenth of it
SAME_SCORE = 1e-9  # relative; a saved figure is written with all its digits


def load_design(path: Path | str, unfinished: bool = False) -> LoadedDesign:
    """The design in a file, with its saved score, provenance and notes.

    `unfinished`: wrong dataflow texts become notes instead of errors (recovery files). Raises DesignFileError.
    """
    path = Path(path)
    loaded = parse_design(_read(path), path, unfinished)
    changed = changed_presets(loaded.design, loaded.provenance)
    if not changed:
        return loaded
    note = f"changed since the design was saved: {', '.join(changed)}"
    return LoadedDesign(loaded.design, loaded.saved_score, loaded.provenance, (*loaded.notes, note))


def save_design(
    design: Design, path: Path | str, score: Score | None = None, provenance: Provenance | None = None
) -> None:
    """Write a design, atomically: whoever reads the file sees the old or the new one. Folders are made as needed.

    Raises DesignFileError if the file cannot be written.
    """
    path = Path(path)
    text = design_text(design, path.parent, score, provenance)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(path, text)
    except OSError as error:
        raise DesignFileError(path, f"cannot be written: {error.strerror or error}") from None


def write_text_atomically(path: Path, text: str) -> None:
    """Replace a file by way of a temporary one in its folder, flushed to the disk first. Raises OSError."""
    target = Path(os.path.realpath(path))  # a link stays a link
    if target.is_dir():
        raise IsADirectoryError(21, "is a folder", str(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):
            os.chmod(temporary, target.stat().st_mode & 0o777)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def score_difference(saved: SavedScore | None, score: Score) -> str:
    """Words for a score that is no longer what the file says; empty if it is."""
    if saved is None or (saved.edp_j_s is None and saved.feasible == score.feasible):
        return ""
    if saved.feasible != score.feasible:
        then, now = ("fitted" if flag else "did not fit" for flag in (saved.feasible, score.feasible))
        return f"the design {then} when it was saved and now it {'fits' if now == 'fitted' else 'does not fit'}"
    if saved.edp_j_s is None or score.edp_j_s is None:
        return ""
    if abs(score.edp_j_s - saved.edp_j_s) <= SAME_SCORE * abs(saved.edp_j_s):
        return ""
    return f"EDP is {score.edp_j_s:.4g} J·s; the file says {saved.edp_j_s:.4g} J·s"


def _read(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except IsADirectoryError:
        raise DesignFileError(path, "is a folder, not a design's file") from None
    except FileNotFoundError:
        raise DesignFileError(path, "there is no such file") from None
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DesignFileError(path, f"cannot be read: {words}") from None
    if len(content) > MAX_FILE_BYTES:
        raise DesignFileError(path, f"is larger than {MAX_FILE_BYTES >> 20} MiB; no design is")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DesignFileError(path, "is not UTF-8 text; save it as UTF-8", line) from None
