"""A score as files for other programs and for people: CSV of its layers, JSON of everything, a Markdown report."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import fields

from workbench.design.report import LayerScore, Score
from workbench.design.report_json import plain, score_json
from workbench.exchange.imported import ExchangeError
from workbench.exchange.score_charts import energy_parts, roofline
from workbench.exchange.timeline_chart import timeline_chart
from workbench.hardware.board import Board
from workbench.hardware.presets import load_core

SHOWN_LAYERS = 20  # rows of the report's table; the CSV has all
CHART_NAMES = ("timeline", "energy", "roofline")


def layers_csv(score: Score) -> str:
    """One row per layer of every tenant; the columns are LayerScore's fields, units in their names.

    Raises ExchangeError for a design that does not run.
    """
    _needs_figures(score)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [field.name for field in fields(LayerScore)]
    writer.writerow(["network", *columns])
    for layer in score.layers:
        writer.writerow([score.tenants[layer.tenant].network, *(getattr(layer, column) for column in columns)])
    return text.getvalue()


def full_json(score: Score) -> str:
    """What `score --json` prints, with the energy's parts, core time, all layers and the timeline if it has one."""
    content = score_json(score)
    content["energy"] = [{"part": part.name, "energy_j": part.value} for part in score.energy]
    for entry, sub in zip(content["subaccelerators"], score.subaccelerators, strict=True):
        entry["core_time"] = [{"part": part.name, "core_s": part.value} for part in sub.core_time]
    content["layers"] = [
        {field.name: plain(getattr(layer, field.name)) for field in fields(LayerScore)} for layer in score.layers
    ]
    content["timeline"] = [
        {
            "tenant": bar.tenant,
            "instance": bar.instance,
            "layer": bar.layer,
            "subaccelerator": bar.subaccelerator,
            "cores": list(bar.cores),
            "start_s": bar.start_s,
            "end_s": bar.end_s,
            "stall_s": bar.stall_s,
            "ready_s": bar.ready_s,
            "after": bar.after,
        }
        for bar in score.timeline
    ]
    content["gaps"] = [
        {
            "subaccelerator": gap.subaccelerator,
            "core": gap.core,
            "start_s": gap.start_s,
            "end_s": gap.end_s,
            "reason": gap.reason,
        }
        for gap in score.gaps
    ]
    content["traffic"] = [
        {
            "group": group.group,
            "available_bytes_per_s": plain(group.available_bytes_per_s),
            "end_s": list(group.end_s),
            "bytes_per_s": list(group.bytes_per_s),
        }
        for group in score.traffic
    ]
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def title(score: Score) -> str:
    """Workload, board, and every assumption switch the figures were made under."""
    switches = ", ".join(f"{switch} {value}" for switch, value in score.assumptions)
    return f"{score.workload} on {score.board}" + (f" ({switches})" if switches else "")


def charts(score: Score, board: Board) -> dict[str, str]:
    """The report's charts as SVG by name; empty for a design that does not run, no timeline if the score has none."""
    if not score.feasible:
        return {}
    peaks = {s.id: board.clock_hz * load_core(s.core).macs_per_cycle * s.cores for s in score.subaccelerators}
    drawn = {"energy": energy_parts(score), "roofline": roofline(score, peaks, board.bandwidth_bytes_per_s)}
    if score.timeline:
        drawn["timeline"] = timeline_chart(score)
    return {name: drawn[name] for name in CHART_NAMES if name in drawn}


def markdown_report(score: Score, board: Board, sibling: str = "") -> dict[str, str]:
    """The report as files by name. With `sibling` (the report's name without its ending) charts are files beside
    `<sibling>.md`; without it they stand inside the one file `report.md`.
    """
    drawn = charts(score, board)
    files = {f"{sibling}-{name}.svg": svg for name, svg in drawn.items()} if sibling else {}
    pictures = {name: f"![{name}]({sibling}-{name}.svg)" if sibling else _one_block(svg) for name, svg in drawn.items()}
    lines = [f"# {_plain(title(score))}", ""]
    lines += _figures(score) if score.feasible else [f"**Does not run**: {_plain(score.reason)}", ""]
    if score.fix is not None:
        lines += [f"Smallest change: {_plain(score.fix.words)}", ""]
    lines += _table(
        "Resources",
        ("resource", "used", "available", "share"),
        [(use.name, f"{use.used:,.0f}", f"{use.available:,.0f}", f"{use.share:.1%}") for use in score.resources],
    )
    lines += _table(
        "Sub-accelerators",
        ("id", "cores", "dataflow", "busy", "bound"),
        [(s.id, f"{s.cores} × {s.core}", s.dataflow, f"{s.busy:.1%}", s.bound) for s in score.subaccelerators],
    )
    lines += _table(
        "Tenants",
        ("network", "batch", "instances", "latency ms", "energy mJ", "MACs", "time", "bound"),
        [
            (
                t.network,
                str(t.batch),
                str(t.instances),
                f"{t.latency_s * 1e3:.4g}" + _over_limit(t.latency_s, t.latency_limit_s),
                f"{t.energy_j * 1e3:.4g}",
                f"{t.mac_share:.1%}",
                f"{t.time_share:.1%}",
                t.bound,
            )
            for t in score.tenants
        ],
    )
    for name, words in (("timeline", "Timeline"), ("energy", "Energy"), ("roofline", "Roofline")):
        if name in pictures:
            lines += [f"## {words}", "", pictures[name], ""]
    if score.feasible:
        lines += _table(
            "Energy by part",
            ("part", "mJ", "share"),
            [(p.name, f"{p.value * 1e3:.4g}", f"{p.value / (score.energy_j or 1):.1%}") for p in score.energy],
        )
        slowest = sorted(score.layers, key=lambda layer: -layer.time_s)[:SHOWN_LAYERS]
        lines += _table(
            f"Layers that take longest ({len(slowest)} of {len(score.layers)})",
            ("network", "layer", "shape", "on", "ms", "stalled ms", "mJ", "bound"),
            [
                (
                    score.tenants[layer.tenant].network,
                    layer.name,
                    layer.shape,
                    f"{layer.subaccelerator} {layer.rectangle}",
                    f"{layer.time_s * 1e3:.4g}",
                    f"{layer.stall_s * 1e3:.3g}",
                    f"{layer.energy_j * 1e3:.4g}",
                    layer.bound,
                )
                for layer in slowest
            ],
        )
    lines += _list("Assumptions", [f"{switch}: {value}" for switch, value in score.assumptions])
    lines += _list("Rests on facts that no document confirms", score.unconfirmed)
    lines += _list("Warnings", score.warnings)
    return {f"{sibling or 'report'}.md": "\n".join(lines).rstrip() + "\n", **files}


def _figures(score: Score) -> list[str]:
    if score.edp_j_s is None or score.latency_s is None or score.energy_j is None:
        return []
    figures = (
        f"**EDP {score.edp_j_s:.4g} J·s**, latency {score.latency_s * 1e3:.4g} ms, energy {score.energy_j * 1e3:.4g} mJ"
    )
    bound = [f"Bound by {_plain(score.bound)}.", ""] if score.bound else []
    room = [f"Room: {_plain(score.headroom)}", ""] if score.headroom else []
    return [figures, "", *bound, *room]


def _over_limit(latency_s: float, limit_s: float | None) -> str:
    return f" (limit {limit_s * 1e3:.4g} missed)" if limit_s is not None and latency_s > limit_s else ""


def _table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [f"## {heading}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(_plain(cell) for cell in row)} |" for row in rows]
    return [*lines, ""]


def _list(heading: str, items: Sequence[str]) -> list[str]:
    return [f"## {heading}", "", *(f"* {_plain(item)}" for item in items), ""] if items else []


def _one_block(svg: str) -> str:
    """Markdown ends a block of HTML at the first empty line."""
    return "\n".join(line for line in svg.splitlines() if line.strip())


def _plain(text: str) -> str:
    """A user's text where Markdown would read marks, HTML or a new line into it."""
    words = " ".join(text.split())
    return "".join("\\" + c if c in "|<>*`[]_" else c for c in words)


def _needs_figures(score: Score) -> None:
    if not score.feasible:
        raise ExchangeError("report", f"the design cannot run, so its layers have no figures: {score.reason}")
