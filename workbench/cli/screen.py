"""The way into the screen, and what is said where there is none."""

import gc
import os
import sys

from workbench.cli.ending import UsageError


def open_screen(path: str | None, *, ascii_only: bool = False, slow: bool = False, mouse: bool = True) -> int:
    """Open the screen on a design's file, or on the last session. Raises UsageError without a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        file = path or "DESIGN.toml"
        raise UsageError(
            f"the screen needs a terminal, and this is none; without one use: workbench score {file}, "
            f"workbench search {file} --out BEST.toml, or workbench --help for every command"
        )
    gc.disable()  # loading makes no garbage; the screen turns collection on again after its first paint
    from workbench.tui.app import run

    return run(path, ascii_only=ascii_only, slow=slow, mouse=mouse)
