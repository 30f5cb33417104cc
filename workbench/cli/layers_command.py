"""`workbench layers`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter

from workbench.cli.designs import read_design
from workbench.cli.ending import DONE, FAILED, CommandError, say
from workbench.cli.options import Changes, Json
from workbench.cli.output import on_engine_event, print_json, print_line, print_table
from workbench.design.rectangle import LayerRectangles, Rectangle
from workbench.design.report import LayerScore, Score
from workbench.design.report_json import layer_json, plain
from workbench.design.tenants import design_workload
from workbench.engine.client import call, score_once
from workbench.tui import numbers

SORTED_BY = {"time": "time_s", "energy": "energy_j", "bytes": "off_chip_bytes"}


def layers(
    design: Path,
    /,
    *,
    layer: Annotated[str | None, Parameter(help="Its ways to run instead: NETWORK/LAYER, or TENANT/LAYER.")] = None,
    by: Annotated[Literal["time", "energy", "bytes", "order"], Parameter(help="Largest first.")] = "time",
    set_: Changes = (),
    json: Json = False,
) -> int:
    """The layers of a design's workload with time, energy, bytes; or every part of the grids one layer may take.

    Parameters
    ----------
    design
        The design's TOML file.
    """
    loaded = read_design(design, set_).design
    if layer is not None:
        tenant, number = _find(design_workload(loaded).tenants, layer)
        arguments = {"design": msgspec.to_builtins(loaded), "tenant": tenant, "layer": number}
        found = msgspec.convert(call("rectangles", arguments, on_event=on_engine_event), LayerRectangles)
        if json:
            print_json(plain(msgspec.to_builtins(found)))
        else:
            _print_rectangles(found)
        return DONE
    score = score_once(loaded, on_event=on_engine_event)
    names = [tenant.network for tenant in score.tenants]
    rows = list(score.layers)
    if by != "order":
        rows.sort(key=lambda row: -getattr(row, SORTED_BY[by]))
    if json:
        print_json(
            {"feasible": score.feasible, "layers": [{"network": names[r.tenant], **layer_json(r)} for r in rows]}
        )
        return DONE
    if not score.feasible:
        say(f"workbench: {design}: does not fit or run: {score.reason}")
        return FAILED
    _print_layers(score, rows, names)
    return DONE


def _find(tenants: tuple[Any, ...], words: str) -> tuple[int, int]:
    """Tenant and layer, both from 0, of NETWORK/LAYER: names or numbers; a layer's name may hold slashes itself."""
    for t, tenant in enumerate(tenants):
        for owner in (tenant.network.name, str(t)):
            if not words.startswith(f"{owner}/"):
                continue
            rest = words[len(owner) + 1 :]
            for number, layer in enumerate(tenant.network.layers):
                if layer.name == rest:
                    return t, number
            if rest.isdecimal() and int(rest) < len(tenant.network.layers):
                return t, int(rest)
    from difflib import get_close_matches

    known = [f"{tenant.network.name}/{layer.name}" for tenant in tenants for layer in tenant.network.layers]
    near = get_close_matches(words, known, n=3, cutoff=0.3) or known[:3]
    raise CommandError(f"--layer {words}: there is no such layer; expected NETWORK/LAYER, such as {', '.join(near)}")


def _print_layers(score: Score, rows: list[LayerScore], names: list[str]) -> None:
    total_s = sum(row.time_s for row in rows) or 1.0
    table = [
        (
            f"{names[row.tenant]}/{row.name}",
            row.kind,
            row.shape,
            numbers.latency_ms(row.time_s) + ("*" if row.measured else ""),
            numbers.percent(row.time_s / total_s),
            f"{row.energy_j * 1e3:,.2f}",
            numbers.bytes_of(row.off_chip_bytes),
            row.subaccelerator,
            row.rectangle,
            row.bound,
        )
        for row in rows
    ]
    header = ("layer", "kind", "shape", "ms", "share", "mJ", "off chip", "on", "part", "bound")
    print_table(header, table, (3, 4, 5, 6))
    if any(row.measured for row in score.layers):
        print_line("* measured, not modelled")


def _print_rectangles(found: LayerRectangles) -> None:
    print_line(f"{found.network}/{found.layer}: {len(found.rectangles)} ways to run; → the one the schedule takes")
    rows = [_row(each) for each in found.rectangles]
    header = (
        "", "on", "part", "cores", "ms", "compute", "port", "ring", "input", "weights", "output",
        "×I", "×W", "×O", "mJ", "bound",
    )  # fmt: skip
    print_table(header, rows, range(3, 15))
    if any(each.measured for each in found.rectangles):
        print_line("* measured, not modelled")


def _row(each: Rectangle) -> tuple[str, ...]:
    part = f"{each.rows}×{each.cols}" + (f"×{each.planes}" if each.planes > 1 else "")
    return (
        "→" if each.chosen else "",
        each.subaccelerator,
        part,
        str(each.cores),
        numbers.latency_ms(each.unstalled_s) + ("*" if each.measured else ""),
        *(numbers.latency_ms(time_s) for time_s in (each.compute_s, each.port_s, each.ring_s)),
        *(numbers.bytes_of(moved) for moved in (each.input_bytes, each.weight_bytes, each.output_bytes)),
        *(f"{factor:g}" for factor in (each.refetch_input, each.refetch_weight, each.refetch_output)),
        f"{each.energy_j * 1e3:,.3f}",
        each.bound,
    )
