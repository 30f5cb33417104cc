"""`exact` against `maestro` where MAESTRO has no quirk: the traffic of a level must be the same number.

MAESTRO's counts are right (docs/model-exact.md §10) for one level at stride 1 if every tile divides its dimension and
every unit always has work, for an input or filter whose own loops lie outside the loops that leave it alone (Q3), and
for outputs that never leave unfinished (Q15).
"""

import random

import numpy as np

from workbench.cost.directive_arrays import encode_hardware, encode_mapping, encode_problem, stack_mappings
from workbench.cost.exact import CYCLES, DRAIN_CYCLES, FAULT, LEVEL_COUNTS, MACS, exact_batch
from workbench.cost.exact_traffic import FILTER_READ, INPUT_READ, OUTPUT_WRITE
from workbench.cost.maestro import evaluate
from workbench.cost.maestro_rows import Count
from workbench.dataflow.mapping import Dim, LayerType, PeHardware, Problem
from workbench.dataflow.parser import parse

COUPLED = {"input": "CYX", "filter": "KC", "output": "KYX"}
CASES = 600


def _case(draw: random.Random) -> tuple[str, Problem, PeHardware, dict[str, bool], bool]:
    kernel = draw.choice([1, 3])
    trips = {dim: draw.choice([1, 2, 4, 6]) for dim in "KC"} | {dim: draw.choice([1, 4, 6]) for dim in "YX"}
    tiles = {dim: draw.choice([1, 2, 3]) for dim in "KC"} | {"Y": 1, "X": 1}
    order = draw.sample("KCYX", 4)
    spatial = draw.choice("KC" if kernel > 1 else "KCYX")
    units = draw.choice([n for n in (1, 2, 3, 4, 6) if trips[spatial] % n == 0])
    statements = []
    for dim in order:
        word = "SpatialMap" if dim == spatial else "TemporalMap"
        size = tiles[dim] + kernel - 1 if dim in "YX" else tiles[dim]
        statements.append(f"{word}({size},{tiles[dim]}) {dim};")
    statements += [f"TemporalMap({kernel},{kernel}) {dim};" for dim in "RS"]
    size = {dim: trips[dim] * tiles[dim] for dim in "KCYX"}
    sizes = [0] * len(Dim)
    sizes[Dim.K], sizes[Dim.C] = size["K"], size["C"]
    sizes[Dim.R] = sizes[Dim.S] = kernel
    sizes[Dim.Y], sizes[Dim.X] = size["Y"] + kernel - 1, size["X"] + kernel - 1
    loops = [dim for dim in order if trips[dim] > (units if dim == spatial else 1)]
    same = {}
    for tensor in ("input", "filter"):
        leaving_alone = [dim not in COUPLED[tensor] for dim in loops]
        same[tensor] = leaving_alone == sorted(leaving_alone)
    same["output"] = "C" not in loops
    hardware = PeHardware(units, draw.choice([1, 4, 1000]), 1, 1 << 30)
    return " ".join(statements), Problem(LayerType.CONV, tuple(sizes)), hardware, same, not loops


def test_traffic_of_one_level_without_quirks() -> None:
    draw = random.Random(0)
    cases = [_case(draw) for _ in range(CASES)]
    mappings = stack_mappings([encode_mapping(parse(text)) for text, *_ in cases])
    problems = np.array([encode_problem(problem) for _, problem, *_ in cases])
    hardware = np.array([encode_hardware(one) for _, _, one, *_ in cases])
    index = np.arange(CASES)
    exact = exact_batch(mappings, index, problems, hardware)
    theirs = evaluate(problems, mappings, hardware, np.stack([index, index, index], axis=1)).counts
    assert (exact[:, FAULT] == 0).all()
    assert (theirs[:, Count.FAILURE] == 0).all()
    assert (exact[:, MACS] == theirs[:, Count.MACS]).all()
    columns = {
        "input": (INPUT_READ, Count.L2_READ),
        "filter": (FILTER_READ, Count.L2_READ + 1),
        "output": (OUTPUT_WRITE, Count.L2_WRITE + 2),
    }
    for tensor, (ours, their) in columns.items():
        chosen = np.array([same[tensor] for _, _, _, same, _ in cases])
        assert chosen.sum() > CASES / 10
        assert (exact[chosen, LEVEL_COUNTS + ours] == theirs[chosen, their]).all(), tensor
    # One step: MAESTRO's time is fill and work, `exact` adds the last drain and one cycle each to and from memory.
    alone = np.array([one for *_, one in cases])
    assert alone.sum() > 5
    assert (exact[alone, CYCLES] == theirs[alone, Count.RUNTIME] + exact[alone, DRAIN_CYCLES] + 2).all()
