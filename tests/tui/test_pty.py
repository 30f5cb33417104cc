"""The screen on a real pseudo-terminal: start, leave, hang-up, a frozen reader; the terminal is left as found."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

PATIENCE_S = 30.0
CODE = "import sys; from workbench.tui.app import run; sys.exit(run())"
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")  # main screen, cursor, no mouse


class Terminal:
    """A child on a pty, and what its screen shows."""

    def __init__(self, width: int = 120, height: int = 40) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            # Given in full: readline, where pytest has loaded it, sets COLUMNS and LINES behind os.environ's back.
            own = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
            own |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(sys.executable, [sys.executable, "-c", CODE], own)
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.status: int | None = None

    def read(self, seconds: float) -> bool:
        """Read for at most so long; False when nothing came or the child has closed its end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return False
        self.bytes += data
        # pyte does not know the keyboard protocol's sequences, which Textual sends once at either end.
        self.stream.feed(data.replace(b"\x1b[>25u", b"").replace(b"\x1b[<u", b""))
        return bool(data)

    def until(self, text: str) -> None:
        """Read until the screen shows a text."""
        end = time.monotonic() + PATIENCE_S
        while text not in "\n".join(self.screen.display):
            assert time.monotonic() < end, "\n".join(self.screen.display)
            assert not self.gone(), self.bytes[-2000:]
            self.read(0.2)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.fd, keys.encode())

    def gone(self) -> bool:
        """Whether the child has ended."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def ended(self, drain: bool = True) -> int:
        """Wait for the end; its exit status."""
        end = time.monotonic() + PATIENCE_S
        while not self.gone():
            assert time.monotonic() < end, "the screen does not end"
            if drain:
                self.read(0.1)
            else:
                time.sleep(0.05)
        while drain and self.read(0.1):
            pass
        assert self.status is not None
        return self.status

    def close(self) -> None:
        """End it whatever it does."""
        if not self.gone():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """The screen, painted."""
    terminal = Terminal()
    try:
        terminal.until("Core grid")
        yield terminal
    finally:
        terminal.close()


def _recovery(own_places: Path) -> list[Path]:
    return list((own_places / "state" / "workbench" / "recovery").glob("*.toml"))


def _wait_for_recovery(own_places: Path, terminal: Terminal) -> None:
    end = time.monotonic() + PATIENCE_S
    while not _recovery(own_places):
        assert time.monotonic() < end
        terminal.read(0.05)


def test_leaving_restores_the_terminal(terminal: Terminal) -> None:
    terminal.press("\x11")  # ctrl+q
    assert terminal.ended() == 0
    assert all(sequence in terminal.bytes for sequence in RESTORED)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_hang_up_saves_the_edits_and_restores_the_terminal(
    terminal: Terminal, own_places: Path, number: signal.Signals
) -> None:
    terminal.press("3-")
    terminal.until("not saved")
    os.kill(terminal.pid, number)
    assert terminal.ended() == 128 + number
    assert all(sequence in terminal.bytes for sequence in RESTORED)
    assert len(_recovery(own_places)) == 1


def test_a_frozen_reader_does_not_keep_it_alive(terminal: Terminal, own_places: Path) -> None:
    terminal.press("3-")
    terminal.until("not saved")
    for key in "1234" * 60:  # nobody reads: the terminal's buffer fills up
        terminal.press(key)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.ended(drain=False) == 128 + signal.SIGTERM
    assert len(_recovery(own_places)) == 1


def test_edits_outlive_a_kill(terminal: Terminal, own_places: Path) -> None:
    terminal.press("3-")
    _wait_for_recovery(own_places, terminal)
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.ended()
    again = Terminal()
    try:
        again.until("unsaved edits")
    finally:
        again.close()


def test_a_stop_signal_is_ignored(terminal: Terminal) -> None:
    os.kill(terminal.pid, signal.SIGTSTP)
    terminal.press("?")
    terminal.until("This pane")
