"""A search's journal: one JSON line per generation, append only, and how a search goes on from one.

A line holds what the evaluations gave, not what was asked: the optimiser, asked and told again, asks the same. A line
without its newline is what a kill left behind and is cut off. Nothing in it depends on the clock, so that a resumed
journal equals an uninterrupted one byte by byte.
"""

import errno
import math
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.design.design import Design
from workbench.design.score import Evaluation


class JournalLine(msgspec.Struct, frozen=True):
    """One generation. Figures are null where they are infinite or not a number; `injected` came in before it."""

    generation: int
    edp_j_s: tuple[float | None, ...]
    latency_s: tuple[float | None, ...]
    energy_j: tuple[float | None, ...]
    overrun: tuple[float | None, ...]
    best: float | None
    lateness: tuple[float | None, ...] = ()  # empty where no tenant is late
    injected: tuple[Design, ...] = ()

    def evaluations(self) -> list[Evaluation]:
        """What the line's evaluations were."""
        lateness: tuple[float | None, ...] = self.lateness or (0.0,) * len(self.edp_j_s)
        rows = zip(self.edp_j_s, self.latency_s, self.energy_j, self.overrun, lateness, strict=True)
        return [Evaluation(*(math.inf if figure is None else figure for figure in row)) for row in rows]


def journal_line(
    generation: int, evaluations: list[Evaluation], best: float, injected: tuple[Design, ...] = ()
) -> JournalLine:
    """The line of a generation."""
    return JournalLine(
        generation=generation,
        edp_j_s=tuple(_finite(e.edp_j_s) for e in evaluations),
        latency_s=tuple(_finite(e.latency_s) for e in evaluations),
        energy_j=tuple(_finite(e.energy_j) for e in evaluations),
        overrun=tuple(_finite(e.overrun) for e in evaluations),
        best=_finite(best),
        lateness=tuple(_finite(e.lateness) for e in evaluations) if any(e.lateness for e in evaluations) else (),
        injected=injected,
    )


class Journal:
    """Appends lines to a file; every line is on its way to the disk before the next generation begins."""

    def __init__(self, path: Path) -> None:
        self._encoder = msgspec.json.Encoder()
        self._path = path
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by close()
        self.offset = self._file.tell()  # bytes there are
        self.last = b""  # the line written last

    def append(self, line: JournalLine) -> None:
        """Write one line, in one call, so that a kill leaves whole lines or the beginning of one.

        Raises OSError if the disk takes no more; what it has taken of the line is cut off when the search goes on.
        """
        content = self._encoder.encode(line) + b"\n"
        try:
            written = self._file.write(content)
        except OSError as error:  # does not say where
            raise OSError(error.errno, error.strerror, str(self._path)) from None
        if written < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        self.offset, self.last = self.offset + written, content

    def close(self) -> None:
        """Make sure of the disk and close."""
        os.fsync(self._file.fileno())
        self._file.close()


def read_journal(path: Path, offset: int = 0, generation: int = 0) -> Iterator[tuple[JournalLine, int]]:
    """Whole, readable lines in order, each with the offset in bytes behind it; ends at the first that is neither.

    It begins `offset` bytes into the file, with the line of `generation`.
    """
    decoder = msgspec.json.Decoder(JournalLine)
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed by the with below
    except FileNotFoundError:
        return
    with file:
        file.seek(offset)
        for content in file:
            try:
                line = decoder.decode(content)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return
            if line.generation != generation or not content.endswith(b"\n"):
                return
            generation += 1
            offset += len(content)
            yield line, offset


def _finite(figure: float) -> float | None:
    return figure if math.isfinite(figure) else None
