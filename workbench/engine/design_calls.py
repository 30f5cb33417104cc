"""Calls about designs: what a score is made of, and designs side by side."""

import msgspec

from workbench.design.compare import compare
from workbench.design.design import Design
from workbench.design.explain import explain
from workbench.design.rectangles import rectangles
from workbench.design.sweep import Swept, sweep
from workbench.engine.calls import Arguments
from workbench.engine.search_calls import design_argument
from workbench.engine.stations import Stations
from workbench.exchange.timeline_chart import timelines_chart


def explain_call(arguments: Arguments, stations: Stations) -> dict[str, object]:
    """{"design"} → design.explain.Explanation as an object."""
    design = design_argument(arguments)
    return _object(explain(design, stations.scorer(design)))


def compare_call(arguments: Arguments, stations: Stations) -> dict[str, object]:
    """{"names": [str], "designs": [design], "chart": bool} → design.compare.Comparison as an object; with `chart`,
    under that name, the timelines above each other as SVG.
    """
    try:
        names = msgspec.convert(arguments.get("names"), list[str])
        designs = msgspec.convert(arguments.get("designs"), list[Design])
    except msgspec.ValidationError as error:
        raise ValueError(f"compare takes names and designs: {error}") from None
    chart = bool(arguments.get("chart"))
    scores = [stations.scorer(design).score(design, timeline=chart) for design in designs]
    drawn = {"chart": timelines_chart(names, scores)} if chart else {}
    return _object(compare(names, designs, scores)) | drawn


def rectangles_call(arguments: Arguments, stations: Stations) -> dict[str, object]:
    """{"design", "tenant", "layer"}, both counted from 0 → design.rectangles.LayerRectangles as an object."""
    design = design_argument(arguments)
    try:
        tenant, layer = (msgspec.convert(arguments.get(name), int) for name in ("tenant", "layer"))
    except msgspec.ValidationError as error:
        raise ValueError(f"rectangles takes a tenant and a layer, counted from 0: {error}") from None
    return _object(rectangles(stations.scorer(design), design, tenant, layer))


def sweep_call(arguments: Arguments, stations: Stations) -> dict[str, object]:
    """{"design", "variables": [{"name", "values"}]} → design.sweep.Sweep as an object."""
    design = design_argument(arguments)
    try:
        variables = msgspec.convert(arguments.get("variables"), list[Swept])
    except msgspec.ValidationError as error:
        raise ValueError(f"sweep takes variables with a name and values: {error}") from None
    return _object(sweep(design, variables, stations.scorer))


def _object(value: object) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(value)
    return plain
