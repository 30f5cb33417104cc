"""How fast designs are scored and layers are costed."""

import os
from dataclasses import replace

import numpy as np

from workbench.cost.batch import EVALUATORS, Batch, Model
from workbench.cost.directive_arrays import (
    encode_hardware,
    encode_mapping,
    encode_problem,
    fill_output_sizes,
    stack_mappings,
)
from workbench.dataflow.mapping import Dim, LayerType, PeHardware, Problem
from workbench.dataflow.parser import parse
from workbench.design.design import Design, SchedulerWeights
from workbench.design.edit import set_core, set_grid, set_wires
from workbench.design.first import first_design
from workbench.engine.bench import REFERENCE_WORDS, BenchTable, median_s, reference_s
from workbench.engine.stations import Stations
from workbench.hardware.core import PeArrayCore
from workbench.hardware.presets import load_core
from workbench.workload.layer import LayerKind, LayerShape
from workbench.workload.presets import load_network

WORKLOAD, BOARD = "mixed", "u280"
ARRAY = "nvdla-256"  # the kcp_ws dataflow
BATCH_ROWS = 20_000
DESIGNS = 256


def bench_score(_: Stations) -> list[BenchTable]:
    """One score of the mixed preset on a U280 after an edit, by what the edit touches."""
    design = first_design(WORKLOAD, BOARD)
    scorer = Stations().scorer(design)  # its own, so that the first score builds every table
    reference = reference_s()
    first = median_s(lambda: scorer.score(design), 1)[0]
    sub = design.subaccelerators[0]
    edits: dict[str, list[Design]] = {
        "scheduler weights (no new table)": [_weights(design, number) for number in range(30)],
        "wires of A": [set_wires(design, sub.id, sub.wires[:count]) for count in range(len(sub.wires))],
        "grid of A": [set_grid(design, sub.id, rows, cols) for rows in (1, 2) for cols in (1, 2, 3)],
        "core of A": [set_core(design, sub.id, core) for core in ("B512", "B800", "B1024", "B1152", "B1600", "B2304")],
    }
    rows = [("first score of a workload and board", *_times(first, first, reference))]
    for words, changed in edits.items():
        queue = iter(changed)
        middle, slow = median_s(lambda queue=queue: scorer.score(next(queue)), len(changed))  # type: ignore[misc]
        rows.append((f"after an edit: {words}", *_times(middle, slow, reference)))
    header = ("score of mixed on u280", "median ms", "95 % ms", "× reference")
    notes = (f"{REFERENCE_WORDS}: {reference * 1e3:.1f} ms",)
    return [BenchTable("score", header, tuple(rows), (1, 2, 3), notes)]


def _times(middle: float, slow: float, reference: float) -> tuple[str, str, str]:
    return f"{middle * 1e3:.2f}", f"{slow * 1e3:.2f}", f"{middle / reference:.3f}"


def _weights(design: Design, number: int) -> Design:
    return replace(design, scheduler=SchedulerWeights(0.01 * number, 2.0 + 0.01 * number))


def bench_schedule(stations: Stations) -> list[BenchTable]:
    """Designs and jobs scheduled per second, all tables known; on one thread and on all."""
    reference = reference_s()
    rows = []
    for workload in ("vision", "nlp", "mixed", "mlperf"):
        design = first_design(workload, BOARD)
        scorer = stations.scorer(design)
        jobs = len(scorer.jobs)
        designs = [_weights(design, number) for number in range(DESIGNS)]
        scorer.evaluate_many(designs[:2], threads=1)
        for threads in sorted({1, os.cpu_count() or 1}):
            middle = median_s(lambda s=scorer, d=designs, t=threads: s.evaluate_many(d, threads=t), 3)[0]  # type: ignore[misc]
            per_s = DESIGNS / middle
            ratio = per_s * jobs * reference / 1e6
            rows.append((workload, str(threads), f"{per_s:,.0f}", str(jobs), f"{per_s * jobs:,.0f}", f"{ratio:.2f}"))
    header = (f"on {BOARD}", "threads", "designs/s", "jobs", "jobs/s", "jobs per addition")
    return [BenchTable("schedule", header, tuple(rows), (1, 2, 3, 4, 5), (REFERENCE_WORDS,))]


def bench_directives(_: Stations) -> list[BenchTable]:
    """ResNet-50's distinct layers under kcp_ws, in one batch on one thread, nothing remembered from row to row."""
    reference = reference_s()
    batch = _resnet_batch()
    count = len(batch.mapping)
    rows = []
    for model in Model:
        evaluate = EVALUATORS[model]
        evaluate(batch)  # loads the kernels
        middle = median_s(lambda e=evaluate: e(batch), 3)[0]  # type: ignore[misc]
        per_s = count / middle
        rows.append((model.value, f"{count:,}", f"{per_s:,.0f}", f"{per_s * reference / 1e6:.3f}"))
    header = ("model", "layers", "layers/s", "layers per addition")
    return [BenchTable("directives", header, tuple(rows), (1, 2, 3), (REFERENCE_WORDS,))]


def _resnet_batch() -> Batch:
    core = load_core(ARRAY)
    assert isinstance(core, PeArrayCore)
    shapes = {layer.shape for layer in load_network("resnet50").layers if layer.shape.kind is LayerKind.CONV}
    problems = np.array([encode_problem(_problem(shape)) for shape in sorted(shapes, key=repr)])
    hardware = encode_hardware(PeHardware(core.pes, core.noc_elements_per_cycle, core.noc_latency_cycles, 32))
    times = -(-BATCH_ROWS // len(problems))
    many = np.tile(problems, (times, 1))[:BATCH_ROWS]
    mappings = stack_mappings([encode_mapping(parse(core.directives))])
    return Batch(fill_output_sizes(many), mappings, np.zeros(BATCH_ROWS, np.int64), np.tile(hardware, (BATCH_ROWS, 1)))


def _problem(shape: LayerShape) -> Problem:
    sizes = [0] * len(Dim)
    for dim, size in (
        (Dim.N, 1), (Dim.K, shape.out_c), (Dim.C, shape.in_c), (Dim.R, shape.kernel_h), (Dim.S, shape.kernel_w),
        (Dim.Y, shape.padded_h), (Dim.X, shape.padded_w),
    ):  # fmt: skip
        sizes[dim] = size
    return Problem(LayerType.CONV, tuple(sizes), shape.stride_h, shape.stride_w)
