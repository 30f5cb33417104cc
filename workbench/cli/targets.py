"""Files that a command is asked to write: never one that exists, unless --force says so."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from workbench.cli.ending import CommandError

Force = Annotated[bool, Parameter(negative="", show_default=False, help="Replace the file if it exists.")]


def check_target(path: Path | None, force: bool) -> None:
    """Raise CommandError for a folder, and if a file would be replaced that nobody said may be; None is no file."""
    if path is not None and path.is_dir():
        raise CommandError(f"{path}: is a folder; give --out the name of a file")
    if path is not None and not force and path.exists():
        raise CommandError(f"{path}: exists already; give another --out, or --force to replace it")
