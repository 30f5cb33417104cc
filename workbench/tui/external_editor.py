"""A text in the user's own editor."""

import contextlib
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

FALLBACK = "vi"


def edit_text(app: "WorkbenchApp", text: str) -> str | None:
    """The text as $VISUAL or $EDITOR left it; None, with a word to the user, where that failed.

    Nothing may raise inside the suspension: Textual would not come back from it.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or FALLBACK
    problem = ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dataflow.m"
        path.write_text(text, encoding="utf-8")
        try:
            with app.suspend():
                try:
                    done = subprocess.run([*shlex.split(command), str(path)], check=False)
                    if done.returncode:
                        problem = f"{command} ended with status {done.returncode}; the text is unchanged"
                except (OSError, ValueError) as error:
                    problem = f"{command} cannot be run: {error}; set EDITOR"
        except SuspendNotSupported:
            problem = "this terminal cannot be handed to an editor"
        if problem:
            app.session.tell(problem, "error")
            return None
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return path.read_text(encoding="utf-8").rstrip("\n")
    app.session.tell("the edited file could not be read; the text is unchanged", "error")
    return None
