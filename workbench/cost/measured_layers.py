"""Measured layers in place of modelled ones, and visibly so."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from workbench.cost.measured_rows import MeasuredLayer
from workbench.cost.options import Column, OptionTable


def apply_measured(
    table: OptionTable, shape_of: Mapping[tuple[str, str], int], core: str, measured: Sequence[MeasuredLayer]
) -> tuple[OptionTable, tuple[str, ...]]:
    """The table with measured times in every option of the measured layer's shape that uses as many cores.

    `shape_of`: (network, layer) → shape index in the table. Layers of equal shape share their options; where several
    were measured, their median is taken. Unstalled time becomes the measured one, compute, port and ring times are cut
    down to it; bytes and energy stay modelled. Also returns one line of words per change, and per measurement of this
    core that found no option.
    """
    times: dict[tuple[int, int], list[float]] = defaultdict(list)
    names: dict[tuple[int, int], str] = {}
    words = []
    for row in measured:
        if row.core != core:
            continue
        shape = shape_of.get((row.network, row.layer))
        if shape is None:
            words.append(f"measured {row.network} {row.layer}: no such layer here")
            continue
        times[(shape, row.cores)].append(row.seconds)
        names.setdefault((shape, row.cores), f"{row.network} {row.layer}")
    changed = with_times(table, {key: statistics.median(seconds) for key, seconds in times.items()})
    rows = table.rows
    for (shape, cores), seconds in sorted(times.items()):
        first, last = int(table.start[shape]), int(table.start[shape + 1])
        chosen = first + np.flatnonzero(rows[first:last, Column.CORES] == cores)
        name = f"{names[(shape, cores)]} on {cores} × {core}"
        if not len(chosen):
            words.append(f"measured {name}: no option uses {cores} cores")
            continue
        value = statistics.median(seconds)
        modelled = float(rows[chosen, Column.UNSTALLED_S].min())
        words.append(f"{name}: {value * 1e3:.4g} ms measured, {modelled * 1e3:.4g} ms modelled")
    return changed, tuple(words)


def with_times(table: OptionTable, times: Mapping[tuple[int, int], float]) -> OptionTable:
    """The table with measured seconds in every option of a (shape, cores) in `times`; those rows are its `measured`.

    The time is that of the whole layer, so its weight load is not added and its ports carry its bytes in that time.
    """
    rows = table.rows.copy()
    changed: list[int] = []
    for (shape, cores), value in times.items():
        first, last = int(table.start[shape]), int(table.start[shape + 1])
        chosen = first + np.flatnonzero(rows[first:last, Column.CORES] == cores)
        off_chip = rows[chosen][:, [Column.INPUT_BYTES, Column.WEIGHT_BYTES, Column.OUTPUT_BYTES]].sum(axis=1)
        rows[chosen, Column.UNSTALLED_S] = value
        rows[chosen, Column.LOAD_BYTES] = 0.0
        rows[chosen, Column.RATE_LIMIT] = np.maximum(rows[chosen, Column.RATE_LIMIT], off_chip / value)
        for column in (Column.COMPUTE_S, Column.PORT_S, Column.RING_S):
            rows[chosen, column] = np.minimum(rows[chosen, column], value)
        changed += chosen.tolist()
    return OptionTable(rows, table.start, table.measured | frozenset(changed))


def median_times(measured: Sequence[MeasuredLayer]) -> dict[tuple[str, str, str, int], float]:
    """Seconds by (network, layer, core, cores); a layer measured several times has its median."""
    times: dict[tuple[str, str, str, int], list[float]] = defaultdict(list)
    for row in measured:
        times[(row.network, row.layer, row.core, row.cores)].append(row.seconds)
    return {key: statistics.median(seconds) for key, seconds in times.items()}
