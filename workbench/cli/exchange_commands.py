"""`workbench import` and `workbench export`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from workbench.cli.designs import read_design
from workbench.cli.ending import DONE, UsageError, say
from workbench.cli.options import Changes, Json
from workbench.cli.output import on_engine_event, print_json, print_line
from workbench.cli.targets import Force, check_target

Format = Literal["report", "trace", "json", "csv", "maestro"]
ENDINGS = {"report": ".md", "trace": ".trace.json", "json": ".json", "csv": ".csv", "maestro": ".m"}


def import_(
    file: Path,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="Where to write the network's table; default NAME.csv.")] = None,
    dim: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="A value for an open dimension of an ONNX file: NAME=VALUE. May be repeated."),
    ] = (),
    name: Annotated[str | None, Parameter(help="The network's name; default: the file's.")] = None,
    dataflows: Annotated[
        Path | None, Parameter(help="A folder for the directive texts that a MAESTRO file's layers carry.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Import a network from ONNX (.onnx), MAESTRO (.m), or a table of GAMMA, MAGMA or SCALE-Sim (.csv).

    The table it writes can be named wherever a network can: in a workload's file, on the screen, on the command line.
    A hardware file of MAESTRO's becomes a board, to be named as --board NAME.toml.

    Parameters
    ----------
    file
        The network's file.
    """
    dims = dict(_dimension(text) for text in dim)
    from workbench.exchange.maestro_board import holds_hardware

    if holds_hardware(file):
        if dims or dataflows:
            raise UsageError(f"import {file}: holds hardware; --dim and --dataflows are for networks")
        return _import_board(file, out, name, force, json)
    if file.suffix.lower() == ".onnx":  # read by the engine, since it takes numpy
        from workbench.engine.client import call

        asked: dict[str, object] = {"path": str(file), "dims": dims, "name": name, "replace": force}
        asked["out"] = None if out is None else str(out)
        found = call("import", asked, on_event=on_engine_event)
    else:
        from workbench.exchange.import_file import import_to_table

        found = import_to_table(file, out, dims, name, force, dataflows)
    if json:
        print_json(found)
        return DONE
    for warning in _texts(found["warnings"]):
        say(f"{file}: {warning}")
    print_line(f"{found['out']}: {_network_words(found)}")
    for note in _texts(found["notes"]):
        print_line(f"  {note}")
    for path in _texts(found["dataflows"]):
        print_line(path)
    return DONE


def _import_board(file: Path, out: Path | None, name: str | None, force: bool, json: bool) -> int:
    from workbench.exchange.maestro_board import import_board

    written, *notes = import_board(file, out, name, force).notes
    if json:
        print_json({"board": written, "notes": notes})
        return DONE
    print_line(f"{written}: a board; name it as --board {written}")
    for note in notes:
        print_line(f"  {note}")
    return DONE


def export(
    source: str,
    /,
    *,
    format: Annotated[
        Format,
        Parameter(
            name="--format",
            help="report: Markdown with charts; trace: for ui.perfetto.dev; json; csv: layers; maestro: .m files.",
        ),
    ] = "report",
    out: Annotated[Path | None, Parameter(help="The file to write; for maestro of a design: a folder.")] = None,
    set_: Changes = (),
    force: Force = False,
    json: Json = False,
) -> int:
    """Export a design with its score, or a network as MAESTRO's model file.

    Parameters
    ----------
    source
        A design's TOML file; for maestro also a network's name or table.
    """
    if source.endswith(".toml"):
        folder, files, notes = _design_files(Path(source), format, out, set_)
    elif format == "maestro":
        if set_:
            raise UsageError("--set changes designs; a network has no variables")
        folder, files, notes = _network_file(source, out)
    else:
        raise UsageError(f"export {source}: {format} needs a design's file (.toml); a network goes to --format maestro")
    from workbench.exchange.target import write_exports

    for name in files:
        check_target(folder / name, force)
    written = write_exports(folder, files)
    if json:
        print_json({"format": format, "out": [str(path) for path in written], "notes": list(notes)})
        return DONE
    for note in notes:
        say(note)
    for path in written:
        print_line(str(path))
    return DONE


def _design_files(
    source: Path, format: Format, out: Path | None, changes: tuple[str, ...]
) -> tuple[Path, dict[str, str], tuple[str, ...]]:
    """Folder, files by name, and what could not be said in them."""
    from workbench.engine.client import score_once
    from workbench.exchange.maestro_writing import write_design
    from workbench.exchange.report import full_json, layers_csv, markdown_report
    from workbench.exchange.trace import chrome_trace
    from workbench.hardware.presets import load_board

    design = read_design(source, changes).design
    score = score_once(design, timeline=format in ("report", "trace", "json"), on_event=on_engine_event)
    board = load_board(design.board, design.board_overrides)
    if format == "maestro":
        from workbench.design.tenants import design_workload

        export = write_design(design, design_workload(design), score, board)
        return out or Path(f"{source.stem}-maestro"), dict(export.files), export.notes
    target = out or Path(source.stem + ENDINGS[format])
    match format:
        case "trace":
            files = {target.name: chrome_trace(score)}
        case "json":
            files = {target.name: full_json(score)}
        case "csv":
            files = {target.name: layers_csv(score)}
        case _:
            files = markdown_report(score, board, target.stem)
            files[target.name] = files.pop(f"{target.stem}.md")
    return target.parent, files, score.warnings


def _network_file(source: str, out: Path | None) -> tuple[Path, dict[str, str], tuple[str, ...]]:
    from workbench.exchange.maestro_writing import write_network
    from workbench.exchange.target import file_name
    from workbench.workload.presets import load_network

    network = load_network(source)
    written = write_network(network)
    target = out or Path(file_name(f"{network.name}.m"))
    return target.parent, {target.name: written.text}, written.notes


def _dimension(text: str) -> tuple[str, int]:
    name, equals, value = text.rpartition("=")
    if not equals or not name or not value.isdecimal() or len(value) > 9:
        raise UsageError(f"--dim {text}: expected NAME=VALUE with a whole number, such as batch=1")
    return name, int(value)


def _texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list | tuple) else []


def _network_words(found: dict[str, object]) -> str:
    macs, weights = float(str(found["macs"])), float(str(found["weights"]))
    return f"{found['network']}, {found['layers']} layers, {macs / 1e9:.4g} GMAC, {weights / 1e6:.4g} M weights"
