"""`workbench compare` and `workbench explain`."""

from dataclasses import replace
from pathlib import Path

import msgspec

from workbench.cli.designs import read_design
from workbench.cli.ending import DONE, UsageError
from workbench.cli.options import Changes, Json
from workbench.cli.output import on_engine_event, print_json, print_line, print_table
from workbench.cli.score_table import headline
from workbench.design.assumptions import part_is_unconfirmed
from workbench.design.compare import Comparison, LayerRow, Row
from workbench.design.explain import Explanation, known_dataflow
from workbench.design.report_json import comparison_json, explanation_json
from workbench.engine.client import call
from workbench.tui import numbers

MOST_LAYERS = 8  # of those that won and of those that lost
MOST_SUGGESTIONS = 15


def compare(*designs: Path, chart: Path | None = None, draws: int = 0, json: Json = False) -> int:
    """Two or more designs side by side: variables that differ, metrics, layers that won and lost.

    Parameters
    ----------
    designs
        The designs' TOML files; layers are compared with those of the first.
    chart
        Write the timelines above each other on one time axis as this SVG file.
    draws
        Judge them again in so many worlds drawn within the model's uncertainty, and say how often each is best.
    """
    if len(designs) < 2:
        raise UsageError("compare: give two or more designs' files")
    if draws < 0:
        raise UsageError(f"--draws {draws}: give 1 or more")
    loaded = [msgspec.to_builtins(read_design(path).design) for path in designs]
    asked = {"names": [str(p) for p in designs], "designs": loaded, "chart": chart is not None}
    answer = call("compare", asked, on_event=on_engine_event)
    if chart is not None:
        from workbench.exchange.target import write_export

        write_export(chart, str(answer["chart"]))
    comparison = msgspec.convert(answer, Comparison)
    if draws:
        judged = call("best-shares", {"designs": loaded, "draws": draws}, on_event=on_engine_event)
        shares = Row(f"best in share of {draws:,} draws", tuple(msgspec.convert(judged["shares"], list[float])))
        comparison = replace(comparison, metrics=(*comparison.metrics, shares))
    if json:
        print_json(comparison_json(comparison))
    else:
        _print_comparison(comparison)
    return DONE


def _print_comparison(comparison: Comparison) -> None:
    header = ("", *comparison.names)
    if comparison.variables:
        print_table(header, [(row.name, *(_cell(row, value) for value in row.values)) for row in comparison.variables])
    else:
        print_line("the designs are the same in every variable")
    print_line()
    places = range(1, len(header))
    print_table(header, [(row.name, *(_cell(row, v) for v in row.values)) for row in comparison.metrics], places)
    for design, name in enumerate(comparison.names[1:], start=1):
        for word, rows in (("faster", comparison.won(design)), ("slower", comparison.lost(design))):
            if rows:
                print_line()
                print_line(f"{numbers.plural(len(rows), 'layer')} {word} in {name} than in {comparison.names[0]}")
                shown = [_layer(row, design) for row in rows[:MOST_LAYERS]]
                print_table(("layer", "ms", "ms", "change ms", "on"), shown, (1, 2, 3))


def _layer(row: LayerRow, design: int) -> tuple[str, ...]:
    change = numbers.number(-row.gain_s(design) * 1e3, 3)
    first, other = (numbers.latency_ms(row.time_s[place]) for place in (0, design))
    return (
        f"{row.network} {row.layer}",
        first,
        other,
        change,
        f"{row.subaccelerators[0]} → {row.subaccelerators[design]}",
    )


def _cell(row: Row, value: object) -> str:
    if value is None:
        return numbers.NO_VALUE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if row.name.endswith(".dataflow"):
        return known_dataflow(value) or " ".join(str(value).split())
    return str(value)


def explain(design: Path, /, *, set_: Changes = (), all: bool = False, json: Json = False) -> int:
    """What bounds a design, where its energy and core time go, and what each variable one step up or down would do.

    Parameters
    ----------
    design
        The design's TOML file.
    all
        Print every suggestion, not only the best.
    """
    loaded = read_design(design, set_)
    answer = call("explain", {"design": msgspec.to_builtins(loaded.design)}, on_event=on_engine_event)
    explanation = msgspec.convert(answer, Explanation)
    if json:
        print_json(explanation_json(explanation))
    else:
        _print_explanation(explanation, len(explanation.suggestions) if all else MOST_SUGGESTIONS)
    return DONE


def _print_explanation(explanation: Explanation, most: int) -> None:
    score = explanation.score
    print_line(f"{score.workload} on {score.board}")
    print_line(headline(score))
    if score.bound:
        print_line(f"bound by {score.bound}")
    print_line()
    if score.feasible:
        total = sum(part.value for part in score.energy) or 1.0
        marks = [" ≈" if part_is_unconfirmed(part.name, score.unconfirmed) else "" for part in score.energy]
        rows = [
            (part.name + mark, numbers.energy_j(part.value), numbers.percent(part.value / total))
            for part, mark in zip(score.energy, marks, strict=True)
        ]
        print_table(("energy", "J", "share"), rows, (1, 2))
        print_line()
        spent = [
            (sub.id, part.name, f"{part.value * 1e3:,.2f}", numbers.percent(part.value / whole))
            for sub in score.subaccelerators
            if (whole := sum(each.value for each in sub.core_time))
            for part in sub.core_time
        ]
        print_table(("group", "core time", "core·ms", "share"), spent, (2, 3))
        print_line()
    possible = explanation.worth_reading
    better = sum(each.ratio is not None and each.ratio < 1 and not each.no_effect for each in possible)
    idle = sum(each.no_effect for each in possible)
    print_line(
        f"{len(possible)} changes that fit, best first: {better or 'none'} for the better, {idle} of no effect; "
        f"{len(explanation.impossible)} that do not fit"
    )
    suggestions = []
    for each in possible[:most]:
        before = known_dataflow(each.before) or each.before
        change = f"{numbers.signed_percent(each.ratio)} %"
        suggestions.append((each.variable, _value(before), _value(each.after), change))
    print_table(("variable", "now", "then", "EDP"), suggestions, (3,))
    print_line()
    board = []
    for each in sorted(explanation.board, key=lambda s: (s.ratio is None, s.ratio)):
        change = numbers.NO_VALUE if each.ratio is None else f"{numbers.signed_percent(each.ratio)} %"
        board.append((each.variable, _figure(each.before), _figure(each.after), change))
    print_table(("another board", "now", "then", "EDP"), board, (3,))


def _figure(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else " ".join(str(value).split())[:48]
