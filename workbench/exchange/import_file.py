"""One door for every foreign network: the format is told by the file's name and what it holds."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from workbench.exchange.foreign_tables import is_foreign_table, read_foreign_table
from workbench.exchange.imported import ExchangeError, Imported
from workbench.exchange.maestro_files import read_maestro_network
from workbench.exchange.onnx_network import read_onnx
from workbench.exchange.target import file_name, write_export, write_exports
from workbench.workload.table import write_table
from workbench.workload.table_error import TableError
from workbench.workload.table_file import read_network

FORMATS = {
    ".onnx": "ONNX",
    ".m": "MAESTRO",
    ".csv": "a layer table of the workbench, GAMMA, MAGMA or SCALE-Sim",
}


def import_network(path: Path | str, dims: Mapping[str, int] | None = None, name: str | None = None) -> Imported:
    """The network of a foreign file; `dims` gives values to dimensions that an ONNX file leaves open.

    Raises ExchangeError with the place, what was found and the way out.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        listed = ", ".join(f"{ending} ({words})" for ending, words in FORMATS.items())
        raise ExchangeError(path, f"networks are read from files that end in {listed}")
    if dims and suffix != ".onnx":
        raise ExchangeError(path, "only ONNX files leave dimensions open; drop --dim")
    if suffix == ".onnx":
        found = read_onnx(path, dims)
    elif suffix == ".m":
        found = read_maestro_network(path)
    elif is_foreign_table(path):
        found = read_foreign_table(path)
    else:
        try:
            found = Imported(read_network(path))
        except TableError as error:
            column = f"{error.column}: " if error.column else ""
            raise ExchangeError(path, f"{column}{error.message}", error.line) from None
    return replace(found, network=replace(found.network, name=name)) if name else found


def import_to_table(
    path: Path | str,
    out: Path | str | None = None,
    dims: Mapping[str, int] | None = None,
    name: str | None = None,
    replace_it: bool = False,
    dataflows: Path | str | None = None,
) -> dict[str, object]:
    """Import a network and write it as the workbench's own table, by default NAME.csv in the working folder.

    `dataflows`: a folder for the different directive texts that its layers carry, as NAME-1.m, NAME-2.m, ….
    Gives network, out, layers, macs, weights, warnings and notes. Raises ExchangeError, also if the table exists and
    `replace_it` is not given.
    """
    found = import_network(path, dims, name)
    network = found.network
    target = Path(out) if out is not None else Path(file_name(f"{network.name}.csv"))
    if target.exists() and not replace_it:
        raise ExchangeError(target, "exists already; give another name, or --force to replace it")
    try:
        text = write_table(network)
    except ValueError as error:
        raise ExchangeError(path, str(error)) from None
    write_export(target, text)
    written = []
    if dataflows is not None:
        texts = list(dict.fromkeys(text for text in found.dataflows if text is not None))
        files = {file_name(network.name, f"{number}.m"): text for number, text in enumerate(texts, 1)}
        written = [str(file) for file in write_exports(dataflows, files)]
    return {
        "network": network.name,
        "out": str(target),
        "layers": len(network.layers),
        "macs": network.macs,
        "weights": network.weight_elements,
        "warnings": list(found.warnings),
        "notes": list(found.notes),
        "dataflows": written,
    }
