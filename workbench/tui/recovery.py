"""Edits survive a hang-up or a kill: each session keeps its design in a recovery file of its own.

A file is renamed before it is loaded, so that a design that would end the workbench cannot end it twice.
"""

import contextlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from platformdirs import user_state_path

MARK = "# recovered: "  # first line of a recovery file: the file or name the design was opened from
TAKEN = ".taken"
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
        self._path = self.root / f"{os.getpid()}.toml"

    def write(self, text: str, origin: str) -> None:
        """Write it, atomically. A full disk must not stop the work, so failure is silent here and said at saving."""
        from workbench.design.file import write_text_atomically

        with contextlib.suppress(OSError):
            self.root.mkdir(parents=True, exist_ok=True)
            write_text_atomically(self._path, f"{MARK}{origin}\n{text}")

    def clear(self) -> None:
        """There is nothing to lose any more."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    def leftovers(self) -> list[Leftover]:
        """What ended sessions have left, newest first."""
        found = []
        for path in self.root.glob("*.toml"):
            if path == self._path or _alive(path.stem):
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
        old = sorted(self.root.glob(f"*{TAKEN}"), key=lambda p: p.stat().st_mtime, reverse=True)[KEPT:]
        for path in old:
            with contextlib.suppress(OSError):
                path.unlink()
        return taken


def _alive(pid: str) -> bool:
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
