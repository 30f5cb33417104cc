"""Designs side by side: the variables that differ, the metrics, and which layers won and lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.design.design import Design
from workbench.design.report import LayerScore, Score
from workbench.design.variables import variables


@dataclass(frozen=True, slots=True)
class Row:
    """One variable or metric, a value per design; None where a design has none."""

    name: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer that all designs run. Seconds and joules sum over its instances, as in LayerScore."""

    network: str
    layer: str
    time_s: tuple[float, ...]
    energy_j: tuple[float, ...]
    subaccelerators: tuple[str, ...]

    def gain_s(self, design: int = -1) -> float:
        """Seconds a design, the last by default, is faster than the first; negative where it is slower."""
        return self.time_s[0] - self.time_s[design]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`layers`: those whose time is not the same in all designs, the largest difference between two of them first."""

    names: tuple[str, ...]
    variables: tuple[Row, ...]
    metrics: tuple[Row, ...]
    layers: tuple[LayerRow, ...]

    def won(self, design: int = -1) -> tuple[LayerRow, ...]:
        """Layers that a design, the last by default, runs faster than the first, the largest gain first."""
        rows = [row for row in self.layers if row.gain_s(design) > 0]
        return tuple(sorted(rows, key=lambda row: -row.gain_s(design)))

    def lost(self, design: int = -1) -> tuple[LayerRow, ...]:
        """Layers that a design, the last by default, runs slower than the first, the largest loss first."""
        rows = [row for row in self.layers if row.gain_s(design) < 0]
        return tuple(sorted(rows, key=lambda row: row.gain_s(design)))


def compare(names: Sequence[str], designs: Sequence[Design], scores: Sequence[Score]) -> Comparison:
    """Compare two or more designs. Raises ValueError if the numbers of arguments differ."""
    if not len(names) == len(designs) == len(scores) >= 2:
        raise ValueError(
            f"found {len(designs)} designs and {len(scores)} scores; give two or more designs, one score each"
        )
    return Comparison(tuple(names), differing_variables(designs), _metrics(scores), _layers(scores))


def differing_variables(designs: Sequence[Design]) -> tuple[Row, ...]:
    """Variables that are not the same in all designs, in the order of the first design that has them."""
    tables = [dict(variables(design)) for design in designs]
    names = dict.fromkeys(name for table in tables for name in table)
    rows = (Row(name, tuple(table.get(name) for table in tables)) for name in names)
    return tuple(row for row in rows if any(value != row.values[0] for value in row.values))


def _metrics(scores: Sequence[Score]) -> tuple[Row, ...]:
    rows = [
        Row(name, tuple(getattr(score, name) for score in scores))
        for name in ("feasible", "edp_j_s", "latency_s", "energy_j", "power_w", "period_s")
    ]
    tables: list[dict[str, object]] = []
    for score in scores:
        table: dict[str, object] = {f"{use.name} used": use.used for use in score.resources}
        for sub in score.subaccelerators:
            table[f"{sub.id} busy"] = sub.busy
        if score.feasible:
            for index, tenant in enumerate(score.tenants):
                table[f"{tenant.network} #{index + 1} latency_s"] = tenant.latency_s
                table[f"{tenant.network} #{index + 1} energy_j"] = tenant.energy_j
        tables.append(table)
    names = dict.fromkeys(name for table in tables for name in table)
    return tuple(rows + [Row(name, tuple(table.get(name) for table in tables)) for name in names])


def _layers(scores: Sequence[Score]) -> tuple[LayerRow, ...]:
    """Layers are the same if tenant's network, its place among equal networks, and the layer's number agree."""
    tables = [_layer_table(score) for score in scores]
    rows = []
    for key, first in tables[0].items():
        found = [table.get(key) for table in tables]
        layers = [layer for layer in found if layer is not None]
        if len(layers) < len(scores):
            continue
        rows.append(
            LayerRow(
                key[0],
                first.name,
                tuple(layer.time_s for layer in layers),
                tuple(layer.energy_j for layer in layers),
                tuple(layer.subaccelerator for layer in layers),
            )
        )
    spans = [(max(row.time_s) - min(row.time_s), row) for row in rows]
    moved = [(span, row) for span, row in spans if span > 0]
    return tuple(row for _, row in sorted(moved, key=lambda each: (-each[0], each[1].network, each[1].layer)))


def _layer_table(score: Score) -> dict[tuple[str, int, int], LayerScore]:
    seen: dict[str, int] = {}
    place: list[tuple[str, int]] = []
    for tenant in score.tenants:
        seen[tenant.network] = seen.get(tenant.network, -1) + 1
        place.append((tenant.network, seen[tenant.network]))
    return {(*place[layer.tenant], layer.layer): layer for layer in score.layers}
