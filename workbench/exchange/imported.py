"""What reading a foreign file yields, and the one error of everything that cannot be read or written."""

from dataclasses import dataclass
from pathlib import Path

from workbench.workload.network import Network


class ExchangeError(ValueError):
    """A foreign file that cannot be read or written. The text reads `path:line: what was found and the way out`.

    `path`, `line` (from 1; None: the whole file) and `message` are its parts.
    """

    def __init__(self, path: Path | str, message: str, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.message = message
        super().__init__(f"{path}: {message}" if line is None else f"{path}:{line}: {message}")


@dataclass(frozen=True, slots=True)
class Imported:
    """A network read from a foreign file.

    `warnings` say what the network may lack or what had to be assumed, `notes` what was done as a matter of course.
    `dataflows`: the directive text of each layer, None where it has none; empty for formats without directives.
    """

    network: Network
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dataflows: tuple[str | None, ...] = ()
