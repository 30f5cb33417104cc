"""What the workbench opens: a file, a preset, the last session, or the mixed workload with a sensible first design."""

import contextlib
import os
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from workbench.design.design import Design
from workbench.presets_finder import preset_names, preset_path
from workbench.tui.recovery import Leftover, Recovery

if TYPE_CHECKING:
    from workbench.design.file import SavedScore

SAVES = "saves"
FIRST_WORKLOAD, FIRST_BOARD = "mixed", "u280"
RECENT = 12


@dataclass(frozen=True, slots=True)
class Opened:
    """A design to begin with. `path` is where ^s writes; None: it asks."""

    design: Design
    name: str
    path: Path | None = None
    unsaved: bool = False
    saved_score: "SavedScore | None" = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the library."""

    group: str  # saves, presets, recent, recovery
    name: str
    path: Path
    leftover: Leftover | None = None


def saves_root() -> Path:
    """Folder that named designs are saved in unless the user says otherwise."""
    return Path.cwd() / SAVES


def free_name(design: Design) -> str:
    """A name for a design that has no file yet: its workload and board, numbered where the saves have that already."""
    from workbench.design.file_writing import is_path

    parts = (design.workload, design.board)
    stem = "-".join(Path(part).stem if is_path(part, ".toml") else part for part in parts)
    names = (f"{stem}.toml" if number == 1 else f"{stem}-{number}.toml" for number in count(1))
    return next(name for name in names if not (saves_root() / name).exists())


def open_path(path: Path) -> Opened:
    """A design's file. Raises DesignFileError."""
    from workbench.design.file import load_design

    loaded = load_design(path)
    own = path.resolve().is_relative_to(preset_path("designs", "", "").resolve().parent)
    return Opened(loaded.design, path.stem, None if own else path, False, loaded.saved_score, loaded.notes)


def open_leftover(recovery: Recovery, leftover: Leftover) -> Opened:
    """A recovery file; renamed first. Raises DesignFileError, OSError."""
    from workbench.design.file import load_design

    taken = recovery.take(leftover)
    loaded = load_design(taken, unfinished=True)
    origin = Path(leftover.origin) if leftover.origin else None
    path = origin if origin is not None and origin.suffix == ".toml" and origin.parent.is_dir() else None
    name = origin.stem if origin is not None else "recovered"
    return Opened(loaded.design, name, path, True, None, loaded.notes)


def open_first() -> Opened:
    """The last session's file if it can be read, else the mixed workload on a U280."""
    for path in recent_paths()[:1]:
        with contextlib.suppress(ValueError):
            return open_path(path)
    ready = preset_path("designs", f"{FIRST_WORKLOAD}-{FIRST_BOARD}", ".toml")
    if ready.is_file():
        with contextlib.suppress(ValueError):
            return open_path(ready)
    from workbench.design.first import first_design

    return Opened(first_design(FIRST_WORKLOAD, FIRST_BOARD), "first-design")


def entries(recovery: Recovery) -> list[Entry]:
    """Everything the library can open."""
    found = [Entry("recovery", f"{o.origin or 'unnamed'}, {o.written}", o.path, o) for o in recovery.leftovers()]
    found += [Entry("saves", p.name, p) for p in sorted(saves_root().glob("*.toml"))]
    known = {entry.path.resolve() for entry in found}
    found += [Entry("recent", str(_short(p)), p) for p in recent_paths() if p.resolve() not in known]
    found += [Entry("presets", n, preset_path("designs", n, ".toml")) for n in preset_names("designs", ".toml")]
    return found


def _short(path: Path) -> Path:
    with contextlib.suppress(ValueError):
        return path.relative_to(Path.cwd())
    return path


def _recent_file() -> Path:
    return user_state_path("workbench") / "recent.txt"


def recent_paths() -> list[Path]:
    """Files opened or saved lately that still exist, latest first."""
    try:
        lines = _recent_file().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [Path(line) for line in lines if line and Path(line).is_file()]


def remember(path: Path) -> None:
    """Note a file as the latest one."""
    from workbench.design.file import write_text_atomically

    here = Path(os.path.abspath(path))
    paths = [here, *(p for p in recent_paths() if p != here)][:RECENT]
    with contextlib.suppress(OSError):
        _recent_file().parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(_recent_file(), "".join(f"{p}\n" for p in paths))
