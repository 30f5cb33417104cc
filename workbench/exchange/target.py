"""Where exports go: files replaced as a whole, never outside the folder they were meant for."""

import os
from collections.abc import Mapping
from pathlib import Path

from workbench.design.file import write_text_atomically
from workbench.exchange.imported import ExchangeError

LONGEST_NAME = 200  # bytes of a file's name; file systems allow 255


def write_export(path: Path | str, text: str) -> Path:
    """Write one file; whoever reads it sees the old or the new one. Folders are made as needed.

    Raises ExchangeError if it cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(path, text)
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ExchangeError(path, f"cannot be written: {words}") from None
    return path


def write_exports(folder: Path | str, files: Mapping[str, str]) -> list[Path]:
    """Write files by name into a folder, all or none of the names accepted; returns their paths.

    Raises ExchangeError for a name that would leave the folder, and for what cannot be written.
    """
    folder = Path(folder)
    root = os.path.realpath(folder)
    for name in files:
        target = root if not name or "\0" in name else os.path.realpath(folder / name)
        if target == root or os.path.commonpath((root, target)) != root:
            raise ExchangeError(folder, f"{name!r} would lie outside this folder; nothing was written")
    return [write_export(folder / name, text) for name, text in files.items()]


def file_name(*words: str) -> str:
    """A file's name made of words that may hold anything (names of networks, paths): letters, digits, . _ and -."""
    text = "-".join("".join(c if c.isalnum() or c in "._-" else "_" for c in word) for word in words)
    return text.lstrip(".-")[:LONGEST_NAME] or "export"
