"""`workbench cost` and `workbench estimate`."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from workbench.cli.ending import DONE, FAILED, UsageError, say
from workbench.cli.options import Json, whole
from workbench.cli.output import on_engine_event, print_json, print_line, print_table
from workbench.cli.targets import Force, check_target
from workbench.engine.client import call
from workbench.tui import numbers

MOST_LAYERS = 10


def cost(
    table: Path,
    /,
    *,
    out: Annotated[Path, Parameter(help="Where to write the table with its costs.")],
    model: Annotated[
        Literal["maestro", "exact"],
        Parameter(help="maestro: MAESTRO's own numbers, quirks included; exact: what the hardware would move."),
    ] = "maestro",
    force: Force = False,
    json: Json = False,
) -> int:
    """Cost every row of a CSV of layers, mappings and hardware; exit status 1 if any row failed.

    Parameters
    ----------
    table
        A CSV with layer_type, dim_…, stride_…, mapping, hw_… (docs/commands.md); other columns pass through.
    """
    check_target(out, force)
    arguments = {"path_in": str(table.absolute()), "path_out": str(out.absolute()), "model": model}
    failed = call("cost", arguments, on_event=on_engine_event)["failed"]
    return _table_status(out, failed, "costed", json)


def _table_status(out: Path, failed: object, done: str, json: bool) -> int:
    if json:
        print_json({"out": str(out), "failed": failed})
    if not failed:
        return DONE
    rows = "row" if failed == 1 else "rows"
    say(f"workbench: {out}: {failed} {rows} could not be {done}; the column error says why")
    return FAILED


def estimate(
    network: Annotated[str, Parameter(help="A network's name or layer table; or a CSV of questions, with --out.")],
    /,
    *,
    core: Annotated[str | None, Parameter(help="A core's name, or PPxICPxOCP.")] = None,
    cores: Annotated[int, whole("Equal cores, all working on one image.")] = 1,
    board: Annotated[str, Parameter(help="A board's name or file.")] = "zcu102",
    clock_mhz: Annotated[float | None, Parameter(help="Default: the board's own.")] = None,
    end_to_end: Annotated[bool, Parameter(negative="", show_default=False, help="Add the host's work.")] = False,
    out: Annotated[Path | None, Parameter(help="Answer every row of a CSV of questions into this file.")] = None,
    force: Force = False,
    json: Json = False,
) -> int:
    """Latency and energy of one image of a network on equal cores, best split per layer.

    With --out the argument is a CSV with the columns network, core, board, num_cores, clock_mhz, end_to_end; exit
    status 1 if any row failed.
    """
    if out is not None:
        check_target(out, force)
        arguments = {"path_in": str(Path(network).absolute()), "path_out": str(out.absolute())}
        failed = call("estimate-table", arguments, on_event=on_engine_event)["failed"]
        return _table_status(out, failed, "estimated", json)
    if network.endswith(".toml"):
        raise UsageError(
            f"estimate {network}: expected a network's name or a layer table (CSV); workbench score {network} scores a "
            "design"
        )
    if core is None:
        raise UsageError("estimate: give --core (workbench presets cores lists them), or a CSV with --out")
    asked = {"network": network, "core": core, "board": board, "cores": cores}
    found: dict[str, Any] = call(
        "estimate", {**asked, "clock_mhz": clock_mhz, "end_to_end": end_to_end}, on_event=on_engine_event
    )
    if json:
        milli = {"latency_ms": found["latency_s"] * 1e3, "compute_ms": found["compute_s"] * 1e3}
        print_json({**found, **milli, "energy_mj": found["energy_j"] * 1e3})
    else:
        _print_estimate(found)
    return DONE


def _print_estimate(found: dict[str, Any]) -> None:
    clock = f"{found['clock_hz'] / 1e6:g} MHz"
    print_line(f"{found['network']} on {found['cores']}×{found['core']}, {found['board']} at {clock}")
    host = f", {numbers.latency_ms(found['host_s'])} ms of it on the host" if found["host_s"] else ""
    print_line(
        f"latency {numbers.latency_ms(found['latency_s'])} ms{host}   "
        f"compute {numbers.latency_ms(found['compute_s'])} ms   "
        f"memory-bound {numbers.percent(found['memory_bound_share'])}   "
        f"energy {numbers.number(found['energy_j'] * 1e3, 1)} mJ"
    )
    slowest = sorted(found["layers"], key=lambda layer: -layer["time_s"])[:MOST_LAYERS]
    rows = [
        (
            layer["name"],
            numbers.latency_ms(layer["time_s"]) + ("*" if layer["measured"] else ""),
            numbers.percent(layer["time_s"] / (found["latency_s"] or 1.0)),
            str(layer["cores"]),
            "×".join(map(str, layer["split"])),
            numbers.bytes_of(layer["off_chip_bytes"]),
            layer["bound"],
        )
        for layer in slowest
    ]
    print_line()
    header = ("slowest layers", "ms", "share", "cores", "P×C×K", "off chip", "bound")
    print_table(header, rows, (1, 2, 3, 5))
    measured = sum(layer["measured"] for layer in found["layers"])
    if measured:
        print_line(f"* {measured} of {len(found['layers'])} layers measured, not modelled")
    if not found["fits"]:
        print_line(f"warning: {found['cores']} × {found['core']} do not fit {found['board']}: {found['reason']}")
    if found["unconfirmed"]:
        print_line(f"rests on unconfirmed facts: {', '.join(found['unconfirmed'])}")
