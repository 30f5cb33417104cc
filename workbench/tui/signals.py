"""Hang-ups and terminations: save at once, leave in order where the loop still runs, in any case soon.

Python-level signal handlers run even while the event loop is blocked on a terminal that has stopped reading;
`loop.add_signal_handler` would not.
"""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

PATIENCE_S = 2.0


def ignore_stop() -> None:
    """Ignore SIGTSTP; to be called once Textual's driver has installed its own handler, which hangs."""
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)


def watch_signals(save: Callable[[], None], leave: Callable[[int], None]) -> Callable[[], None]:
    """Install handlers for SIGHUP and SIGTERM. Gives a function that takes them away again.

    `save` runs inside the handler. `leave` gets the exit status and must return at once; whatever happens after it,
    the process is gone after PATIENCE_S.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        status = 128 + number
        watchdog = threading.Timer(PATIENCE_S, os._exit, (status,))
        watchdog.daemon = True
        watchdog.start()
        try:
            save()
        finally:
            leave(status)

    before = {
        signal.SIGHUP: signal.signal(signal.SIGHUP, handle),
        signal.SIGTERM: signal.signal(signal.SIGTERM, handle),
        signal.SIGTSTP: signal.getsignal(signal.SIGTSTP),
    }

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore
