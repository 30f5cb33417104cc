"""Every legal part of the grids that a layer may take, with what each would cost; for a person to look at."""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.options import Column
from workbench.design.design import Design
from workbench.design.rectangle import LayerRectangles, Rectangle
from workbench.design.score import Scorer

BOUND_BY = (("compute", Column.COMPUTE_S), ("port", Column.PORT_S), ("ring", Column.RING_S))


def rectangles(scorer: Scorer, design: Design, tenant: int, layer: int) -> LayerRectangles:
    """The rectangles of one layer. A design that does not fit has them too, none chosen.

    `bound`: the longest of compute, port and ring; memory where all of the card's bandwidth takes longer still.
    Raises ValueError for a layer the workload does not have, DataflowError for directives that do not resolve.
    """
    known = [each for each in scorer.layers.layers if (each.tenant, each.layer) == (tenant, layer)]
    if not known:
        count = len(scorer.workload.tenants)
        raise ValueError(f"tenant {tenant} has no layer {layer}; the workload has {count} tenants, counted from 0")
    place = scorer.layers.layers.index(known[0])
    shape = scorer.jobs.shape[int(scorer.layers.first_job[place])]
    score = scorer.score(design)
    taken = (score.layers[place].subaccelerator, score.layers[place].rectangle) if score.layers else ("", "")
    found: list[Rectangle] = []
    for sub in design.subaccelerators:
        table = scorer.store.every_rectangle(sub)
        first, last = int(table.start[shape]), int(table.start[shape + 1])
        own = [_rectangle(sub.id, table.rows[i], i in table.measured, taken, scorer) for i in range(first, last)]
        found += sorted(own, key=lambda each: (each.unstalled_s, each.cores))
    return LayerRectangles(scorer.workload.tenants[tenant].network.name, known[0].name, tuple(found))


def _rectangle(id: str, row: NDArray[np.float64], measured: bool, taken: tuple[str, str], scorer: Scorer) -> Rectangle:
    rows, cols, planes, cores = (int(row[c]) for c in (Column.ROWS, Column.COLS, Column.PLANES, Column.CORES))
    moved = float(row[Column.INPUT_BYTES] + row[Column.WEIGHT_BYTES] + row[Column.OUTPUT_BYTES])
    bound, column = max(BOUND_BY, key=lambda pair: float(row[pair[1]]))
    if moved / scorer.board.bandwidth_bytes_per_s > row[column]:
        bound = "memory"
    words = f"{rows}×{cols}" if planes == 1 else f"{rows}×{cols}×{planes}"
    return Rectangle(
        subaccelerator=id, rows=rows, cols=cols, planes=planes, cores=cores,
        unstalled_s=float(row[Column.UNSTALLED_S]),
        compute_s=float(row[Column.COMPUTE_S]),
        port_s=float(row[Column.PORT_S]),
        ring_s=float(row[Column.RING_S]),
        input_bytes=float(row[Column.INPUT_BYTES]),
        weight_bytes=float(row[Column.WEIGHT_BYTES]),
        output_bytes=float(row[Column.OUTPUT_BYTES]),
        refetch_input=float(row[Column.REFETCH_I]),
        refetch_weight=float(row[Column.REFETCH_W]),
        refetch_output=float(row[Column.REFETCH_O]),
        energy_j=float(row[Column.MAC_J : Column.NETWORK_J + 1].sum()),
        bound=bound,
        chosen=taken == (id, words),
        measured=measured,
    )  # fmt: skip
