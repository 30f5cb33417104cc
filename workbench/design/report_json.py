"""Scores, explanations and comparisons as the JSON objects that the commands print. Fields are added, never renamed."""

import math
from typing import Any

from workbench.design.compare import Comparison
from workbench.design.explain import Explanation, Suggestion, known_dataflow
from workbench.design.report import LayerScore, Score, TenantScore

Json = dict[str, Any]


def plain(value: object) -> Any:
    """A value as JSON can hold it: infinities and NaN are null, tuples are lists."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def score_json(score: Score) -> Json:
    """The object of `score --json` and, with more fields, of `search --json`."""
    return {
        "workload": score.workload,
        "board": score.board,
        "feasible": score.feasible,
        "edp_j_s": score.edp_j_s,
        "latency_s": score.latency_s,
        "energy_j": score.energy_j,
        "power_w": score.power_w,
        "period_s": score.period_s,
        "resources": {
            use.name: {"used": plain(use.used), "available": plain(use.available)} for use in score.resources
        },
        "tenants": [_tenant(tenant, score.feasible) for tenant in score.tenants],
        "subaccelerators": [
            {
                "id": sub.id,
                "core": sub.core,
                "cores": sub.cores,
                "dataflow": sub.dataflow,
                "busy": plain(sub.busy),
                "bound": sub.bound,
                "serves": sub.serves,
            }
            for sub in score.subaccelerators
        ],
        "bound": score.bound,
        "reason": score.reason,
        "fix": None
        if score.fix is None
        else {"words": score.fix.words, "variable": score.fix.variable, "value": plain(score.fix.value)},
        "headroom": score.headroom,
        "assumptions": dict(score.assumptions),
        "unconfirmed": list(score.unconfirmed),
        "warnings": list(score.warnings),
    }


def _tenant(tenant: TenantScore, feasible: bool) -> Json:
    return {
        "network": tenant.network,
        "batch": tenant.batch,
        "instances": tenant.instances,
        "latency_s": plain(tenant.latency_s) if feasible else None,
        "energy_j": plain(tenant.energy_j) if feasible else None,
        "latency_limit_s": tenant.latency_limit_s,
        "time_share": plain(tenant.time_share),
        "bound": tenant.bound,
        "isolation": tenant.isolation,
    }


def layer_json(layer: LayerScore) -> Json:
    """One layer's figures."""
    return {name: plain(getattr(layer, name)) for name in LayerScore.__dataclass_fields__}


def explanation_json(explanation: Explanation) -> Json:
    """The object of `explain --json`."""
    score = explanation.score
    return {
        "score": score_json(score),
        "energy": [{"part": part.name, "energy_j": part.value} for part in score.energy],
        "subaccelerators": [
            {
                "id": sub.id,
                "cores": sub.cores,
                "core_time": [{"part": part.name, "core_s": part.value} for part in sub.core_time],
            }
            for sub in score.subaccelerators
        ],
        "tenants": [_tenant(tenant, score.feasible) for tenant in score.tenants],
        "layers": [layer_json(layer) for layer in score.layers],
        "suggestions": [{**_change(s), "edp_ratio": s.ratio, "edp_j_s": s.edp_j_s} for s in explanation.possible],
        "board": [{**_change(s), "edp_ratio": s.ratio, "edp_j_s": s.edp_j_s} for s in explanation.board],
        "impossible": [{**_change(s), "overrun": plain(s.overrun)} for s in explanation.impossible],
    }


def _change(suggestion: Suggestion) -> Json:
    before = suggestion.before
    if suggestion.variable.endswith(".dataflow"):
        before = known_dataflow(before) or before
    return {"variable": suggestion.variable, "from": plain(before), "to": plain(suggestion.after)}


def comparison_json(comparison: Comparison) -> Json:
    """The object of `compare --json`."""
    return {
        "designs": list(comparison.names),
        "variables": [{"name": row.name, "values": plain(row.values)} for row in comparison.variables],
        "metrics": [{"name": row.name, "values": plain(row.values)} for row in comparison.metrics],
        "layers": [
            {
                "network": row.network,
                "layer": row.layer,
                "time_s": list(row.time_s),
                "energy_j": list(row.energy_j),
                "subaccelerators": list(row.subaccelerators),
            }
            for row in comparison.layers
        ],
    }
