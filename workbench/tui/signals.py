"""Hang-ups and terminations: save at once, leave in order where the loop still runs, in any case soon.

Python-level signal handlers run even while the event loop is blocked on a terminal that has stopped reading;
`loop.add_signal_handler` would not.
"""

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType

PATIENCE_S = 2.0
CLEARING_S = 0.3  # how long a frozen terminal's buffer is emptied before the last words to it
CLEARING_STEP_S = 0.02
WRITER = "textual-output"  # Textual's name for the thread that writes to the terminal
# An unfinished sequence ended, no synchronised output, mouse, bracketed paste, focus events, in-band sizes or keyboard
# protocol; lines wrap, the main screen is back, the cursor shows.
RESTORE = (
    b"\x18\x1b[?2026l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[<u"
    b"\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[m\r\n"
)


class Terminal:
    """The terminal as it was found, and what it must hear when the screen cannot leave in order."""

    def __init__(self) -> None:
        self._fd = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2  # what Textual writes to
        self._attributes: list[int | list[bytes | int]] | None = None
        with contextlib.suppress(termios.error):
            self._attributes = termios.tcgetattr(self._fd)

    def restore(self) -> None:
        """Leave a terminal that has stopped reading as it was found, for when it reads again. Never blocks long."""
        with contextlib.suppress(OSError, termios.error):
            if not os.isatty(self._fd):
                return
            terminal = os.dup(self._fd)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._fd)  # what the writing thread still has goes nowhere
            os.set_blocking(terminal, False)
            give_up = time.monotonic() + CLEARING_S
            while time.monotonic() < give_up:
                _interrupt_writer()  # it holds the terminal as long as it is blocked in a write
                termios.tcflush(terminal, termios.TCOFLUSH)
                with contextlib.suppress(BlockingIOError):
                    os.write(terminal, RESTORE)
                    break
                time.sleep(CLEARING_STEP_S)
            os.set_blocking(terminal, True)  # the setting is shared with the shell that follows
            if self._attributes is not None:
                termios.tcsetattr(terminal, termios.TCSANOW, self._attributes)


def _interrupt_writer() -> None:
    for thread in threading.enumerate():
        if thread.name == WRITER and thread.ident is not None:
            signal.pthread_kill(thread.ident, signal.SIGUSR1)


def watch_signals(save: Callable[[], None], leave: Callable[[int], None]) -> Callable[[], None]:
    """Install handlers for SIGHUP and SIGTERM; a closed terminal counts as SIGHUP. Gives what takes them away again.

    `save` runs inside the handler. `leave` gets the exit status and must return at once; whatever happens after it,
    the process is gone after PATIENCE_S.
    """
    terminal = Terminal()

    def give_up(status: int) -> None:
        ending = threading.Timer(2 * CLEARING_S, os._exit, (status,))  # should the terminal block even now
        ending.daemon = True
        ending.start()
        terminal.restore()
        os._exit(status)

    def handle(number: int, _frame: FrameType | None) -> None:
        status = 128 + number
        watchdog = threading.Timer(PATIENCE_S, give_up, (status,))
        watchdog.daemon = True
        watchdog.start()
        try:
            save()
        finally:
            leave(status)

    before = {number: signal.signal(number, handle) for number in (signal.SIGHUP, signal.SIGTERM)}
    before[signal.SIGUSR1] = signal.signal(signal.SIGUSR1, _nothing)
    before |= {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    over = threading.Event()
    threading.Thread(target=_watch_terminal, args=(over,), name="terminal", daemon=True).start()

    def restore() -> None:
        over.set()
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Having a handler at all is what ends a blocked write."""


def ignore_stops() -> None:
    """Ignore SIGTSTP: Textual, when it opens the terminal, installs handlers that hang. Call it after that."""
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    signal.signal(signal.SIGCONT, signal.SIG_DFL)


def _watch_terminal(over: threading.Event) -> None:
    """Raise SIGHUP when the terminal is closed: nobody else does if it does not control this process."""
    poll = select.poll()
    try:
        poll.register(sys.__stdin__.fileno() if sys.__stdin__ is not None else 0, 0)  # hang-up and error only
        while not poll.poll():
            pass
    except (OSError, ValueError):
        return
    if not over.is_set():
        os.kill(os.getpid(), signal.SIGHUP)
