"""Calls about other tools' formats. Reading ONNX loads numpy, which neither the screen nor the commands may."""

import msgspec

from workbench.engine.calls import Arguments
from workbench.engine.stations import Stations
from workbench.exchange.import_file import import_to_table


class ImportArguments(msgspec.Struct, forbid_unknown_fields=True):
    """A foreign file by its absolute path; `out` None: NAME.csv in the engine's working folder."""

    path: str
    out: str | None = None
    dims: dict[str, int] = {}
    name: str | None = None
    replace: bool = False


def import_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """ImportArguments → {"network", "out", "layers", "macs", "weights", "warnings", "notes"}."""
    try:
        asked = msgspec.convert(arguments, ImportArguments)
    except msgspec.ValidationError as error:
        raise ValueError(f"import: {error}") from None
    return import_to_table(asked.path, asked.out, asked.dims, asked.name, asked.replace)
