"""Where a long search stands, kept beside its journal: resuming then replays the last seconds, not the last hours.

A checkpoint that is missing, damaged, of another version or of another journal is as good as none: everything it holds
follows from the journal.
"""

import hashlib
from importlib.metadata import version
from pathlib import Path

import msgspec

from workbench.engine.runs import write_atomically
from workbench.search.run import KeptSearch

FILE = "checkpoint.json"


class Checkpoint(msgspec.Struct, frozen=True):
    """The search after the first `offset` bytes of its journal, the last `line_bytes` of which digest to `line`."""

    version: str
    offset: int
    line_bytes: int
    line: str
    search: KeptSearch


def write_checkpoint(directory: Path, search: KeptSearch, offset: int, line: bytes) -> None:
    """Replace the checkpoint of a run. `line`: the journal's last one. Raises OSError."""
    kept = msgspec.json.encode(Checkpoint(version("workbench"), offset, len(line), _digest(line), search))
    write_atomically(directory / FILE, f"{_digest(kept)}\n".encode() + kept)


def read_checkpoint(directory: Path, journal: Path) -> Checkpoint | None:
    """The checkpoint of a run, if it is whole, of this version and of this journal."""
    try:
        digest, _, content = (directory / FILE).read_bytes().partition(b"\n")
        if digest.decode() != _digest(content):
            return None
        found = msgspec.json.decode(content, type=Checkpoint)
        with open(journal, "rb") as file:
            file.seek(found.offset - found.line_bytes)
            line = file.read(found.line_bytes)
    except (OSError, ValueError, msgspec.DecodeError):
        return None
    return found if found.version == version("workbench") and found.line == _digest(line) else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
