"""MAESTRO's files as one thing: networks, mappings and hardware, told apart by what they hold.

The format says no edges, no padding, no repeats: layers are read as a chain (see `maestro_reading`), and what the
writer keeps in comments (`// workbench: …`) is read back from there.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from workbench.dataflow.mapping import PeHardware
from workbench.exchange.imported import ExchangeError, Imported
from workbench.exchange.maestro_blocks import read_blocks
from workbench.exchange.maestro_hardware import is_hardware, read_hardware
from workbench.exchange.maestro_reading import lone_dataflow, read_layers
from workbench.workload.csv_rows import read_text
from workbench.workload.table_error import TableError


@dataclass(frozen=True, slots=True)
class MaestroFile:
    """What a file of MAESTRO's holds.

    `dataflows` has the directive text of each of the network's layers, None where a layer has none (or was added to
    link the chain); for a file of directives alone it has that one text and `imported` is None.
    """

    imported: Imported | None = None
    dataflows: tuple[str | None, ...] = ()
    hardware: PeHardware | None = None


def read_maestro(path: Path | str) -> MaestroFile:
    """A network with or without mappings, a directive text alone, or a hardware file.

    Raises ExchangeError with file, line, what was found and what is expected.
    """
    path = Path(path)
    try:
        text = read_text(path)
    except TableError as error:
        raise ExchangeError(path, error.message, error.line) from None
    root = read_blocks(path, text)
    if is_hardware(root):
        return MaestroFile(hardware=read_hardware(path, root))
    if any(block.kind == "network" for block in root.blocks):
        imported, dataflows = read_layers(path, text, root)
        return MaestroFile(imported, dataflows)
    return MaestroFile(dataflows=(lone_dataflow(path, text, root),))


def read_maestro_network(path: Path | str) -> Imported:
    """The network of a file, with its layers' directives. Raises ExchangeError, also if it holds none."""
    found = read_maestro(path)
    if found.imported is None:
        what = "hardware" if found.hardware else "directives"
        raise ExchangeError(path, f"holds {what} but no network; expected Network NAME {{ Layer NAME {{ … }} }}")
    if not any(found.dataflows):
        return found.imported
    texts = {text for text in found.dataflows if text is not None}
    layers = sum(text is not None for text in found.dataflows)
    note = f"{layers} layers carry directives, {len(texts)} different texts (--dataflows FOLDER writes them)"
    return replace(found.imported, dataflows=found.dataflows, notes=(*found.imported.notes, note))
