"""The installed `workbench` on a real pseudo-terminal, read by a terminal emulator, in places of its own."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pyte

PATIENCE_S = 60.0  # an engine that has to compile its kernels on a busy machine
SIZE = (120, 40)
COMMAND = Path(sys.executable).with_name("workbench")
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l")
"""Main screen, cursor, no mouse, no bracketed paste: what a terminal must have heard at the end."""
KEYBOARD_PROTOCOL = re.compile(rb"\x1b\[[<>][0-9]*u")  # pyte takes it for text

Found = TypeVar("Found")


def wait_for(find: Callable[[], Found], what: str, patience_s: float = PATIENCE_S) -> Found:
    """The first true answer of `find`."""
    give_up = time.monotonic() + patience_s
    while not (found := find()):
        assert time.monotonic() < give_up, what
        time.sleep(0.01)
    return found


class PtyScreen:
    """A `workbench` on a terminal of its own, with state, config and sockets under `home`; kernels are shared."""

    def __init__(
        self,
        home: Path,
        *arguments: str,
        command: tuple[str, ...] = (str(COMMAND),),
        size: tuple[int, int] = SIZE,
        hang_up_ignored: bool = False,
    ) -> None:
        self.home = home
        self.bytes = b""
        self.status: int | None = None
        self._emulated = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._emulated)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            if hang_up_ignored:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.chdir(home)
            os.execve(command[0], [*command, *arguments], environment(home))

    # ── what it shows ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(self._emulated.display)

    def read(self, patience_s: float = 0.05) -> bool:
        """Take what has come, waiting a little for it; False when nothing did."""
        try:
            if not select.select([self.terminal], [], [], patience_s)[0]:
                return False
            data = os.read(self.terminal, 1 << 16)
        except OSError:  # the other end is closed
            return False
        self.bytes += data
        self._stream.feed(KEYBOARD_PROTOCOL.sub(b"", data))
        return bool(data)

    def until(self, *texts: str, gone: str = "", patience_s: float = PATIENCE_S) -> None:
        """Read until all the texts are shown, and the one that must go is not."""
        give_up = time.monotonic() + patience_s
        while not all(text in self.text for text in texts) or (gone and gone in self.text):
            assert time.monotonic() < give_up, f"{texts} {gone}\n{self.text}"
            assert not self.ended, f"ended with {self.status}: {self.bytes[-3000:]!r}"
            self.read()

    def scored(self) -> None:
        """Read until the engine has scored the design."""
        self.until("% of its core time")

    # ── what is done to it ───────────────────────────────────────────────────────────────────────────────────────

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.terminal, keys.encode())

    def kill(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal, as a line that drops does."""
        os.close(self.terminal)
        self.terminal = -1

    # ── its end ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def end_within(self, seconds: float, *, reading: bool = True) -> int:
        """Wait for the end and read what it says last; its exit status (negative: the signal that ended it)."""
        give_up = time.monotonic() + seconds
        while not self.ended:
            assert time.monotonic() < give_up, f"not ended after {seconds} s\n{self.text}"
            if not (reading and self.terminal >= 0 and self.read()):
                time.sleep(0.01)
        while self.terminal >= 0 and self.read(0.0):
            pass
        assert self.status is not None
        return self.status

    def close(self) -> None:
        """End it, whatever it does."""
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -signal.SIGKILL
        if self.terminal >= 0:
            self.hang_up()


def environment(home: Path) -> dict[str, str]:
    """State, config and sockets under `home`; the kernels' cache where it is."""
    kept = {
        k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "LC_ALL", "LC_CTYPE", "TMUX", "COLUMNS", "LINES")
    }
    places = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("STATE", "CONFIG")}
    return {**kept, **places, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def children(pid: int, words: str) -> list[int]:
    """Child processes whose command line has the words."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == pid and words in (entry / "cmdline").read_text():
                    found.append(int(entry.name))
    return found


def recovery_files(home: Path) -> list[Path]:
    """What sessions under `home` have left to recover."""
    return sorted((home / "state" / "workbench" / "recovery").glob("*.toml"))
