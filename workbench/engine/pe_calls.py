"""Calls about what happens inside a PE array."""

import msgspec

from workbench.cost.both_models import compare_models
from workbench.cost.maestro_quirks import QUIRK_NAMES, QUIRK_WORDS
from workbench.dataflow.layer_problem import COMPUTES
from workbench.dataflow.mapping import PeHardware
from workbench.design.edit import find
from workbench.design.pe_text import pe_core
from workbench.design.shape_words import shape_words
from workbench.engine.calls import Arguments
from workbench.engine.search_calls import design_argument
from workbench.engine.stations import Stations
from workbench.workload.layer import LayerShape

MOST_LAYERS = 12


def models_call(arguments: Arguments, stations: Stations) -> dict[str, object]:
    """{"design", "subaccelerator", "most"?} → both models on the workload's largest layers, on one core.

    {"subaccelerator", "core", "rows": [{"network", "layer", "shape", "maestro_cycles", "exact_cycles", "ratio",
    "quirks", "words"}], "quirks": {name: what it does}}; layers of equal shape stand once, the most MACs first. Both
    models have the card's whole bandwidth. Raises ValueError for a sub-accelerator without PE arrays.
    """
    design = design_argument(arguments)
    scorer = stations.scorer(design)
    sub = find(design, str(arguments.get("subaccelerator", design.subaccelerators[0].id)))
    core = pe_core(sub)
    if core is None:
        raise ValueError(f"{sub.id}: {sub.core} is no PE array; both models speak of PE arrays only")
    found: dict[LayerShape, tuple[str, str]] = {}
    for tenant in scorer.workload.tenants:
        for layer in tenant.network.layers:
            if layer.shape.kind in COMPUTES:
                found.setdefault(layer.shape.with_batch(1), (tenant.network.name, layer.name))
    most = msgspec.convert(arguments.get("most", MOST_LAYERS), int)
    shapes = sorted(found, key=lambda shape: -shape.macs)[:most]
    bandwidth = max(1, int(scorer.board.bandwidth_bytes_per_s / scorer.board.clock_hz))
    hardware = PeHardware(core.pes, core.noc_elements_per_cycle, core.noc_latency_cycles, bandwidth, core.simd_lanes)
    rows: list[dict[str, object]] = []
    for shape, row in zip(shapes, compare_models(shapes, core.directives, hardware), strict=True):
        network, name = found[shape]
        plain: dict[str, object] = msgspec.to_builtins(row)
        rows.append({"network": network, "layer": name, "shape": shape_words(shape), "ratio": row.ratio, **plain})
    met = {name for row in rows for name in row["quirks"]}  # type: ignore[attr-defined]
    words = {name: QUIRK_WORDS[quirk] for quirk, name in QUIRK_NAMES.items() if name in met}
    return {"subaccelerator": sub.id, "core": core.name, "rows": rows, "quirks": words}
