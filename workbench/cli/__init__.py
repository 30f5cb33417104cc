"""Every job of the workbench without a screen, over the same engine; and the door to the screen itself.

`workbench` alone must show its screen at once, so nothing is imported here that the screen does not need: the library
that reads command lines is loaded only where there is a command to read.
"""

import sys
from collections.abc import Sequence

SCREEN_FLAGS = ("--ascii", "--slow", "--no-mouse")


def main(arguments: Sequence[str] | None = None) -> None:
    """The installed command `workbench`. Ends the process: 0 done, 1 the work could not be done, 2 wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    from workbench.cli.ending import run_to_the_end

    sys.exit(run_to_the_end(lambda: _dispatch(given)))


def _dispatch(given: list[str]) -> int:
    if all(word in SCREEN_FLAGS or _is_design_file(word) for word in given):
        files = [word for word in given if word not in SCREEN_FLAGS]
        if len(files) <= 1:
            from workbench.cli.screen import open_screen

            return open_screen(
                files[0] if files else None,
                ascii_only="--ascii" in given,
                slow="--slow" in given,
                mouse="--no-mouse" not in given,
            )
    from workbench.cli.commands import run_command

    return run_command(given)


def _is_design_file(word: str) -> bool:
    return word.endswith(".toml") and not word.startswith("-")
