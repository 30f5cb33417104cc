"""A workbench on a pseudo-terminal, for the benchmarks: what it shows, how many bytes that takes, and when.

The terminal understands what the screen sends and no more: cursor positions and text; every glyph is one cell wide.
"""

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

COMMAND = (sys.executable, "-c", "import sys; from workbench.cli import main; main(sys.argv[1:])")
PATIENCE_S = 60.0
QUIET_S = 0.25  # without a byte for so long, a repaint is over
READ_BYTES = 1 << 16
_PIECE = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|\x1b\[[<>=?]?[\d;$]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b.|(?P<line>[\r\n])"
)


class BenchTerminal:
    """Starts a workbench; close it with `close` or by leaving the `with`."""

    def __init__(self, home: Path, *arguments: str, size: tuple[int, int] = (120, 40)) -> None:
        self.bytes = 0
        self._size = size
        self._cells = [[" "] * size[0] for _ in range(size[1])]
        self._at = (0, 0)
        self._rest = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")  # reads end inside characters
        self._terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=inner, stdout=inner, stderr=inner, env=environment(home), cwd=home,
            start_new_session=True,
        )  # fmt: skip
        os.close(inner)

    def __enter__(self) -> "BenchTerminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def rows(self) -> list[str]:
        """What is shown."""
        return ["".join(row) for row in self._cells]

    def shows(self, words: str) -> bool:
        """Whether some row has the words."""
        return any(words in row for row in self.rows)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._terminal, keys.encode())

    def read(self, patience_s: float) -> int:
        """Take what comes within a time; bytes read."""
        try:
            if not select.select([self._terminal], [], [], patience_s)[0]:
                return 0
            data = os.read(self._terminal, READ_BYTES)
        except OSError:
            return 0
        self.bytes += len(data)
        self._draw(data)
        return len(data)

    def until(self, reached: Callable[[], object], what: str) -> float:
        """Read until something is so; seconds that took. Raises ValueError after PATIENCE_S."""
        began = time.perf_counter()
        while not reached():
            if time.perf_counter() - began > PATIENCE_S or self.process.poll() is not None:
                raise ValueError(f"the screen under measurement never came to this: {what}")
            self.read(0.05)
        return time.perf_counter() - began

    def settle(self, seconds: float = QUIET_S) -> None:
        """Read until nothing has come for a while."""
        while self.read(seconds):
            pass

    def listen(self, seconds: float) -> int:
        """Read for a time; bytes that came."""
        before, give_up = self.bytes, time.perf_counter() + seconds
        while (left := give_up - time.perf_counter()) > 0:
            self.read(left)
        return self.bytes - before

    def kill(self) -> None:
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End it in order."""
        if self._terminal >= 0:
            if self.process.poll() is None:
                self.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    while self.process.poll() is None:
                        self.read(0.05)
            os.close(self._terminal)
            self._terminal = -1

    def _draw(self, data: bytes) -> None:
        text = self._rest + self._decoder.decode(data)
        start = text.rfind("\x1b")
        cut = len(text)
        if start >= 0 and _PIECE.match(text, start) is None:
            cut = start  # a sequence that is not yet whole
        text, self._rest = text[:cut], text[cut:]
        at = 0
        for piece in _PIECE.finditer(text):
            self._put(text[at : piece.start()])
            at = piece.end()
            if piece["row"]:
                self._at = (int(piece["row"]) - 1, int(piece["column"]) - 1)
            elif piece["line"]:
                row, column = self._at
                self._at = (row, 0) if piece["line"] == "\r" else (row + 1, column)
        self._put(text[at:])

    def _put(self, text: str) -> None:
        row, column = self._at
        if text and 0 <= row < self._size[1]:
            line = self._cells[row]
            for offset, character in enumerate(text[: max(0, self._size[0] - column)]):
                line[column + offset] = character
        self._at = (row, column + len(text))


def environment(home: Path) -> dict[str, str]:
    """State and config under `home`; the kernels' cache where it is."""
    return {
        **{k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")},  # the terminal says its size
        "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config"),
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8",
    }  # fmt: skip


def command(home: Path, *arguments: str) -> str:
    """Run a command of the workbench; what it prints. Raises ValueError."""
    done = subprocess.run(
        [*COMMAND, *arguments], env=environment(home), cwd=home, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(f"workbench {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def processes(words: str) -> list[int]:
    """Processes whose command line has the words; none where the system does not say."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if words in (entry / "cmdline").read_text(errors="replace").replace("\0", " "):
                found.append(int(entry.name))
    return found


def children(pid: int) -> list[int]:
    """Child processes; none where the system does not say."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def megabytes(pid: int) -> float:
    """Resident memory; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0")
    return int(kilobytes) / 1e3


def processor_s(pid: int) -> float:
    """Processor time a process has taken; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
