"""Edits survive a hang-up or a kill: each session keeps its design in a recovery file of its own.

A file is renamed before it is loaded, so that a design that would end the workbench cannot end it twice.
"""

import contextlib
import fcntl
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from platformdirs import user_state_path

MARK = "# recovered: "  # first line of a recovery file: the file or name the design was opened from
TAKEN = ".taken"
LOCK = ".lock"  # beside the recovery file, held as long as its session lives
KEPT = 10  # files taken earlier that stay on the disk


def recovery_root() -> Path:
    """Folder of recovery files."""
    return user_state_path("workbench") / "recovery"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A recovery file whose session has ended without saving."""

    path: Path
    origin: str
    written: str  # date and time in words


class Recovery:
    """This session's recovery file; it exists only while there is something to lose."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or recovery_root()
        # Process ids come again, and a home folder may be shared by several machines.
        self._path = self.root / f"{os.getpid()}-{secrets.token_hex(4)}.toml"
        self._lock: int | None = None

    def write(self, text: str, origin: str) -> None:
        """Write it, atomically. A full disk must not stop the work, so failure is silent here and said at saving."""
        from workbench.design.file import write_text_atomically

        with contextlib.suppress(OSError):
            self.root.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = _hold(self._path.with_suffix(LOCK))
            write_text_atomically(self._path, f"{MARK}{origin}\n{text}")

    def clear(self) -> None:
        """There is nothing to lose any more."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._path.with_suffix(LOCK).unlink()
                os.close(self._lock)
            self._lock = None

    def leftovers(self) -> list[Leftover]:
        """What ended sessions have left, newest first."""
        found = []
        for path in self.root.glob("*.toml"):
            if path == self._path or _held(path.with_suffix(LOCK)):
                continue
            with contextlib.suppress(OSError):
                first = path.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]
                when = path.stat().st_mtime
                origin = first.removeprefix(MARK) if first.startswith(MARK) else ""
                found.append((when, Leftover(path, origin, f"{datetime.fromtimestamp(when):%d %b %H:%M}")))
        return [leftover for _, leftover in sorted(found, key=lambda pair: -pair[0])]

    def take(self, leftover: Leftover) -> Path:
        """Rename a leftover so that it is not offered again; gives its new path. Raises OSError."""
        taken = leftover.path.with_name(f"{leftover.path.stem}-{int(leftover.path.stat().st_mtime)}{TAKEN}")
        os.replace(leftover.path, taken)
        with contextlib.suppress(OSError):
            leftover.path.with_suffix(LOCK).unlink()
        old = sorted(self.root.glob(f"*{TAKEN}"), key=lambda p: p.stat().st_mtime, reverse=True)[KEPT:]
        for path in old:
            with contextlib.suppress(OSError):
                path.unlink()
        return taken


def _hold(path: Path) -> int:
    """Open and lock a file; the kernel lets go of it however this process ends. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _held(path: Path) -> bool:
    """Whether a living process holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
