"""Designs to open: saved ones, worked examples, recent ones, and what an unexpected end has left behind."""

import contextlib
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from workbench.design.file import write_text_atomically
from workbench.design.places import places, saves_folder
from workbench.presets_finder import presets_root

MOST_RECENT = 20
SUFFIX = ".toml"
REPLAYED = ".replayed"  # a recovery file is renamed before it is opened: one that ends the program is not offered twice


class Shelf(StrEnum):
    """Where an entry stands."""

    SAVED = "saved"
    EXAMPLE = "example"
    RECENT = "recent"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that may be opened. `changed` in seconds since the epoch."""

    shelf: Shelf
    path: Path
    changed: float

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.name.removesuffix(REPLAYED).removesuffix(SUFFIX)


def entries() -> tuple[Entry, ...]:
    """Everything there is to open: recovery files first, then recent, saved and worked designs; the newest first."""
    recent = [Path(path) for path in recent_files()]
    found = [*recoveries()]
    found += [entry for path in recent if (entry := _entry(Shelf.RECENT, path))]
    found += _folder(Shelf.SAVED, saves_folder())
    found += _folder(Shelf.EXAMPLE, presets_root() / "designs")
    return tuple(found)


def recent_files() -> list[str]:
    """Absolute paths of files opened or saved lately, the latest first; an unreadable list is an empty one."""
    try:
        listed = json.loads(places()["recent"].read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [path for path in listed if isinstance(path, str)] if isinstance(listed, list) else []


def note_recent(path: Path | str) -> None:
    """Put a file at the head of the recent ones. A list that cannot be written is no reason to stop anybody."""
    absolute = os.path.abspath(path)
    listed = [absolute, *(other for other in recent_files() if other != absolute)][:MOST_RECENT]
    with contextlib.suppress(OSError):
        _write(places()["recent"], json.dumps(listed, indent=1) + "\n")


def recovery_path(pid: int | None = None) -> Path:
    """The recovery file of a session, by default this process's."""
    return places()["recovery"] / f"{os.getpid() if pid is None else pid}{SUFFIX}"


def write_recovery(text: str, pid: int | None = None) -> Path:
    """Write a session's recovery file, atomically. Raises OSError."""
    path = recovery_path(pid)
    _write(path, text)
    return path


def drop_recovery(pid: int | None = None) -> None:
    """A session has ended in order: nothing to recover."""
    with contextlib.suppress(OSError):
        recovery_path(pid).unlink()


def recoveries() -> tuple[Entry, ...]:
    """Recovery files of sessions that are no longer there, the newest first."""
    return tuple(
        entry
        for entry in _folder(Shelf.RECOVERY, places()["recovery"])
        if not (entry.name.isdecimal() and _lives(int(entry.name)))
    )


def take_recovery(path: Path) -> Path:
    """Set a recovery file aside before it is opened; returns its new path. Raises OSError."""
    aside = path.with_name(path.name + REPLAYED)
    os.replace(path, aside)
    return aside


def _folder(shelf: Shelf, folder: Path) -> list[Entry]:
    found = [entry for path in folder.glob(f"*{SUFFIX}") if (entry := _entry(shelf, path))]
    return sorted(found, key=lambda entry: (-entry.changed, entry.name))


def _entry(shelf: Shelf, path: Path) -> Entry | None:
    try:
        return Entry(shelf, path, path.stat().st_mtime) if path.is_file() else None
    except OSError:
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text_atomically(path, text)
