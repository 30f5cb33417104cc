"""How a command ends: its exit status, and a message instead of a traceback whatever happens."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

DONE, FAILED, WRONG_USAGE = 0, 1, 2
INTERRUPTED = 130  # as a shell has it: 128 + SIGINT


class CommandError(Exception):
    """The work could not be done; the message says why and what to do."""


class UsageError(Exception):
    """The command was called wrongly; the message says what is allowed."""


def printable(text: str) -> str:
    """Text that cannot steer a terminal: names of files and networks may hold anything."""
    return "".join(c if c.isprintable() or c in "\n\t" else "·" for c in text)


def say(words: str) -> None:
    """A line on stderr, where everything goes that is not the answer."""
    with suppress(OSError):
        sys.stderr.write(printable(words) + "\n")
        sys.stderr.flush()


def run_to_the_end(work: Callable[[], int]) -> int:
    """Run a command; gives its exit status. A reader that has gone away and ^C end it quietly."""
    try:
        status = work()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except UsageError as error:
        say(f"workbench: {error}")
        return WRONG_USAGE
    except Exception as error:  # noqa: BLE001 - a traceback never reaches a user
        return _failed(error)
    return status


def _failed(error: Exception) -> int:
    from workbench.engine.client import EngineError, RunError

    if isinstance(error, OSError) and error.filename:
        say(f"workbench: {error.filename}: {error.strerror}")
    elif isinstance(error, CommandError | EngineError | RunError | ValueError | OSError):
        say(f"workbench: {error}")
    else:
        say(f"workbench: a fault of the workbench itself: {type(error).__name__}: {error}")
        say(f"workbench: please report it with {_crash_report(error)}")
    return FAILED


def _crash_report(error: Exception) -> str:
    """Where the details of a fault have been written."""
    from platformdirs import user_state_path

    path: Path = user_state_path("workbench") / "crash.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return "the command you used"
    return str(path)
