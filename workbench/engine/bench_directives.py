"""How fast layers are costed under directives by both models, and how fast a text is diagnosed."""

import math
import os
import random

import numpy as np

from workbench.cost.batch import Batch, Model, cost_batch
from workbench.cost.directive_arrays import (
    DIRECTIVE_COLUMNS,
    DirectiveKind,
    Ints,
    SizeRule,
    encode_hardware,
    encode_mapping,
    stack_mappings,
)
from workbench.cost.directive_arrays import encode_problem as encode
from workbench.dataflow.layer_problem import layer_problem
from workbench.dataflow.mapping import Dim, PeHardware
from workbench.dataflow.parser import parse
from workbench.dataflow.pe_diagnosis import diagnose_pe, representatives
from workbench.engine.bench import REFERENCE_WORDS, BenchTable, median_s, reference_s
from workbench.engine.stations import Stations
from workbench.hardware.core import PeArrayCore
from workbench.hardware.presets import load_core
from workbench.workload.layer import LayerKind, LayerShape
from workbench.workload.presets import load_network

ARRAY, NETWORK = "nvdla-256", "resnet50"  # the array's directives are kcp_ws
BATCH_ROWS = 20_000
SPLIT = (Dim.K, Dim.C, Dim.Y_OUT, Dim.X_OUT)  # what random mappings split
CLUSTERS = (2, 4, 8, 16)
UNEVEN = LayerShape(LayerKind.CONV, 225, 225, 1021, 223, 223, 1021, 3, 3)  # primes: no tile divides
HARDEST_ROWS, HARDEST_LEVELS = 400, 4
TEXT_LINES = 200
AIM_KCP, AIM_RANDOM, AIM_HARDEST_MS, AIM_TEXT_MS = 300_000, 250_000, 50.0, 5.0


def bench_directives(_: Stations) -> list[BenchTable]:
    """Layers per second in one batch, nothing kept from row to row; the hardest mapping; a long text."""
    reference = reference_s()
    core = load_core(ARRAY)
    assert isinstance(core, PeArrayCore)
    shapes = {layer.shape for layer in load_network(NETWORK).layers if layer.shape.kind is LayerKind.CONV}
    problems = np.array([encode(layer_problem(shape)) for shape in sorted(shapes, key=repr)])
    many = np.tile(problems, (-(-BATCH_ROWS // len(problems)), 1))[:BATCH_ROWS]
    draw = random.Random(1)
    batches = {f"{NETWORK} under kcp_ws": (_batch(core, many, [encode_mapping(parse(core.directives))]), AIM_KCP)}
    for levels in (2, 3):
        drawn = [_drawn(draw, problem, levels) for problem in many]
        batches[f"{NETWORK}, random mappings of {levels} levels"] = (_batch(core, many, drawn), AIM_RANDOM)
    rows = []
    for words, (batch, aim) in batches.items():
        for model in Model:
            cost_batch(_rows(batch, 0, 2), model)  # loads the kernels
            for threads in sorted({1, os.cpu_count() or 1}):
                middle = median_s(lambda b=batch, m=model, t=threads: cost_batch(b, m, t), 5)[0]  # type: ignore[misc]
                per_s = len(batch.mapping) / middle
                ratio = f"{per_s * reference / 1e6:.3f}"
                rows.append((words, model.value, str(threads), f"{per_s:,.0f}", ratio, f"{aim:,}"))
    header = ("layers costed", "model", "threads", "layers/s", "per addition", "aim")
    return [
        BenchTable("directives", header, tuple(rows), (2, 3, 4, 5), (REFERENCE_WORDS,)),
        _waits(core, draw, reference),
    ]


def _waits(core: PeArrayCore, draw: random.Random, reference: float) -> BenchTable:
    """The hardest of many mappings of four levels on an uneven layer, and a long text."""
    rows = []
    uneven = np.tile(encode(layer_problem(UNEVEN)), (HARDEST_ROWS, 1))
    hardest = _batch(core, uneven, [_drawn(draw, uneven[0], HARDEST_LEVELS) for _ in range(HARDEST_ROWS)])
    for model in Model:
        ones = [_rows(hardest, row, row + 1) for row in range(HARDEST_ROWS)]
        slowest = max(median_s(lambda b=one, m=model: cost_batch(b, m, 1), 1)[0] for one in ones)  # type: ignore[misc]
        words = f"hardest of {HARDEST_ROWS} random mappings of {HARDEST_LEVELS} levels, {model.value}"
        rows.append((words, f"{slowest * 1e3:.2f}", f"{slowest / reference:.4f}", f"{AIM_HARDEST_MS:.0f}"))
    layers = representatives(layer.shape for layer in load_network(NETWORK).layers)
    texts = iter([_long_text(core, number) for number in range(20)])
    middle = median_s(lambda: diagnose_pe(next(texts), layers, core.pes), 20)[0]
    words = f"parse and diagnose a text of {TEXT_LINES} lines"
    rows.append((words, f"{middle * 1e3:.2f}", f"{middle / reference:.4f}", f"{AIM_TEXT_MS:.0f}"))
    return BenchTable("waits", ("one at a time", "ms", "× reference", "aim"), tuple(rows), (1, 2, 3))


def _batch(core: PeArrayCore, problems: Ints, mappings: list[Ints]) -> Batch:
    """Each problem under the mapping of its number, or all under the only one."""
    hardware = encode_hardware(PeHardware(core.pes, core.noc_elements_per_cycle, core.noc_latency_cycles, 32))
    which = np.arange(len(problems)) if len(mappings) > 1 else np.zeros(len(problems), np.int64)
    return Batch(problems, stack_mappings(mappings), which, np.tile(hardware, (len(problems), 1)))


def _rows(batch: Batch, begin: int, end: int) -> Batch:
    some = slice(begin, end)
    return Batch(batch.problems[some], batch.mappings, batch.mapping[some], batch.hardware[some])


def _drawn(draw: random.Random, problem: Ints, levels: int) -> Ints:
    """A mapping with some dimensions of SPLIT in every level, in any order, one of them spatial; tiles log-uniform. The
    kernel is whole in every level, which MAESTRO asks for wherever rows or columns are mapped."""
    tile = {dim: int(problem[dim]) for dim in SPLIT}
    kernel = [(DirectiveKind.TEMPORAL, dim, SizeRule.NUMBER, int(problem[dim]), SizeRule.NUMBER, int(problem[dim]))
              for dim in (Dim.R, Dim.S)]  # fmt: skip
    rows: list[tuple[int, ...]] = []
    for level in range(levels):
        if level:
            rows.append((DirectiveKind.CLUSTER, 0, SizeRule.NUMBER, draw.choice(CLUSTERS), 0, 0))
        there = [dim for dim in SPLIT if tile[dim] > 1]
        dims = draw.sample(there, draw.randint(min(1, len(there)), len(there)))
        spatial = draw.choice(dims) if dims else None
        for dim in dims:
            size = max(1, round(math.exp(draw.uniform(0.0, math.log(tile[dim])))))
            kind = DirectiveKind.SPATIAL if dim is spatial else DirectiveKind.TEMPORAL
            rows.append((kind, dim, SizeRule.NUMBER, size, SizeRule.NUMBER, size))
            tile[dim] = size
        rows += kernel
    return np.array(rows, np.int64).reshape(-1, DIRECTIVE_COLUMNS)


def _long_text(core: PeArrayCore, number: int) -> str:
    """Constants, then the array's directives over and over, which is mostly mistakes. No two numbers give the same."""
    constants = [f"Constant Tile{i} {1 + i + number};" for i in range(TEXT_LINES // 2)]
    lines = core.directives.strip().splitlines()
    repeated = (lines * TEXT_LINES)[: TEXT_LINES - len(constants)]
    return "\n".join([*constants, *repeated])
