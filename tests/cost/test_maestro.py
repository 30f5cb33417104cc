"""MAESTRO's own numbers, bit for bit: tests/data holds rows that MAESTRO itself wrote."""

import csv
import gzip
import io
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from workbench.cost.batch import Model, cost_table
from workbench.cost.directive_arrays import encode_hardware, encode_mapping, encode_problem, stack_mappings
from workbench.cost.maestro import evaluate
from workbench.dataflow.mapping import Dim, LayerType, PeHardware, Problem
from workbench.dataflow.parser import parse

DATA = Path(__file__).parent.parent / "data"
FIRST_OUTPUT = "out_num_pes"
RS = "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S"


def read(name):
    text = gzip.decompress((DATA / name).read_bytes()).decode()
    return list(csv.DictReader(io.StringIO(text)))


def cost(rows, columns, tmp_path, model=Model.MAESTRO):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    failed = cost_table(source, out, model)
    with out.open(newline="") as file:
        return failed, list(csv.DictReader(file))


@pytest.fixture(scope="module")
def reference():
    return read("maestro_reference_sample.csv.gz")


@pytest.fixture(scope="module")
def degenerate():
    return read("maestro_degenerate.csv.gz")


def inputs(rows, first=FIRST_OUTPUT):
    columns = list(rows[0])
    return columns[: columns.index(first)]


def same(expected, found, is_figure):
    if not is_figure:
        return int(expected) == int(found)
    return math.isclose(float(expected), float(found), rel_tol=1e-5)  # MAESTRO prints six digits


def test_every_column_of_every_row_agrees(reference, tmp_path):
    failed, found = cost(reference, inputs(reference), tmp_path)
    assert failed == 0
    outputs = list(reference[0])[len(inputs(reference)) :]
    figures = {c for c in outputs if any("." in row[c] or "e" in row[c] for row in reference)}
    wrong = [
        (row["id"], row["family"], column, row[column], got[column])
        for row, got in zip(reference, found, strict=True)
        for column in outputs
        if not same(row[column], got[column], column in figures)
    ]
    assert wrong[:10] == []
    assert len({row["family"] for row in reference}) >= 24


def test_wrong_macs_are_warned_of(reference, tmp_path):
    _, found = cost(reference, inputs(reference), tmp_path)
    for row, got in zip(reference, found, strict=True):
        assert (row["macs_exact"] == "0") == got["warnings"].startswith("macs: "), row["id"]


def test_rows_know_nothing_of_each_other(reference, tmp_path):
    """The kernel keeps sub-level results within a row only: any order, any neighbours, the same numbers."""
    _, forward = cost(reference, inputs(reference), tmp_path)
    _, backward = cost(reference[::-1], inputs(reference)[::-1], tmp_path)
    assert forward == backward[::-1]


def test_nothing_degenerate_passes_silently(degenerate, tmp_path):
    failed, found = cost(degenerate, inputs(degenerate, "what_happened"), tmp_path)
    assert failed == sum(1 for got in found if got["error"])
    for row, got in zip(degenerate, found, strict=True):
        assert got["error"] or got["warnings"], row["id"]
        if got["error"]:
            assert got["runtime_cycles"] == ""
            continue
        assert int(got["runtime_cycles"]) > 0
        assert int(got["num_macs"]) > 0
        if row["what_happened"] in ("wrong_macs", "silent_overflow"):
            assert got["num_macs"] == row["num_macs"], row["id"]
            assert got["runtime_cycles"] == row["runtime_cycles"], row["id"]
            assert got["warnings"].startswith("macs: "), row["id"]
        else:  # MAESTRO has no number: ours is only given where it is right
            assert got["num_macs"] == got["true_macs"], row["id"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("fewer PEs than the product of the Cluster sizes", "fewer PEs than the product"),
        ("more than three Cluster lines", "Cluster lines"),
        ("a level without SpatialMap", "no SpatialMap"),
        ("Y' without R", "without R: add TemporalMap(Sz(R), Sz(R)) R"),
        ("a missing dimension", "is empty: a"),
        ("a tile smaller than the kernel", "Q7-skipped-steps"),
        ("too many steps", "Q4-overflow"),
    ],
)
def test_refusals_say_what_to_do(degenerate, tmp_path, what, words):
    _, found = cost(degenerate, inputs(degenerate, "what_happened"), tmp_path)
    assert any(words in got["error"] for got in found), what


def conv(k=8, c=8, r=3, y=16, x=16, stride=1, **more):
    sizes = [0] * len(Dim)
    for dim, size in {Dim.K: k, Dim.C: c, Dim.R: r, Dim.S: r, Dim.Y: y, Dim.X: x, **more}.items():
        sizes[dim] = size
    return Problem(LayerType.CONV, tuple(sizes), stride, stride)


def run(text, problem, hardware=None):
    hardware = hardware or PeHardware(64, 64, 1, 1000)
    mappings = stack_mappings([encode_mapping(parse(text))])
    rows = np.zeros((1, 3), np.int64)
    return evaluate(encode_problem(problem)[None], mappings, encode_hardware(hardware)[None], rows)


SLIDE = f"TemporalMap(3,1) Y; TemporalMap(3,1) X; {RS}"
K1_C1 = "SpatialMap(1,1) K; TemporalMap(1,1) C"


@pytest.mark.parametrize(
    ("name", "text", "problem", "pes"),
    [
        ("Q1-stride-tile", f"{K1_C1}; TemporalMap(3,1) Y; TemporalMap(9,8) X; {RS}", conv(y=17, x=17, stride=2), 64),
        (
            "Q1b-stride-over-kernel",
            f"{K1_C1}; TemporalMap(1,1) Y; TemporalMap(1,1) X; {RS}",
            conv(8, 8, 1, 16, 14, 3),
            64,
        ),
        ("Q2-partial-unit", f"SpatialMap(4,4) K; TemporalMap(1,1) C; {SLIDE}", conv(k=21), 4),
        ("Q3-missing-reload", f"TemporalMap(1,1) K; TemporalMap(4,4) C; SpatialMap(3,1) Y; {SLIDE[21:]}", conv(), 14),
        ("Q13-edge-tile", f"SpatialMap(1,1) K; TemporalMap(8,8) C; {RS}", conv(c=10), 64),
        ("Q14-map-over-dimension", f"SpatialMap(1,1) K; TemporalMap(8,1) C; {SLIDE}", conv(c=5), 64),
        ("Q17-two-spatial-maps", f"SpatialMap(1,1) K; SpatialMap(1,1) C; {SLIDE}", conv(), 64),
        ("Q0-energy-column", f"SpatialMap(1,1) K; {SLIDE}; Cluster(8); SpatialMap(1,1) C", conv(), 64),
        ("idle-pes", f"SpatialMap(1,1) K; {SLIDE}; Cluster(7); SpatialMap(1,1) C", conv(), 64),
    ],
)
def test_quirks_are_named(name, text, problem, pes):
    result = run(text, problem, PeHardware(pes, 64, 1, 1000))
    assert result.failure(0) == ""
    assert name in result.warnings(0).split("; ")
    clean = run(f"TemporalMap(1,1) C; TemporalMap(1,1) K; TemporalMap(3,1) Y; SpatialMap(3,1) X; {RS}", conv(x=30))
    assert name not in clean.warnings(0).split("; ") or name == "Q3-missing-reload"


def test_a_balanced_tile_is_the_share_of_a_unit():
    """T_D over n units means ⌈size / n⌉ in numbers."""
    written = f"SpatialMap(2,2) K; TemporalMap(1,1) C; {SLIDE}"
    balanced = written.replace("2,2", "T_K,T_K")
    hardware = PeHardware(8, 64, 1, 1000)
    first, second = run(written, conv(k=15), hardware), run(balanced, conv(k=15), hardware)
    assert np.array_equal(first.counts, second.counts)


def test_the_worst_mapping_is_quick(degenerate, tmp_path):
    """Three levels with three states in six dimensions: MAESTRO itself has no result after 90 s."""
    row = next(row for row in degenerate if row["what_happened"] == "timeout")
    columns = inputs(degenerate, "what_happened")
    cost([row], columns, tmp_path)  # the kernels are loaded now
    start = time.perf_counter()
    failed, found = cost([row], columns, tmp_path)
    assert failed == 0
    assert found[0]["num_macs"] == found[0]["true_macs"]
    assert time.perf_counter() - start < 0.5  # the walk takes milliseconds; the rest is files


def test_kernels_are_plain_python_too(reference, tmp_path):
    rows = reference[::40]
    _, compiled = cost(rows, inputs(rows), tmp_path)
    script = (
        "import sys; from pathlib import Path; from workbench.cost.batch import cost_table;"
        "sys.exit(cost_table(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    plain = tmp_path / "plain.csv"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    arguments = [sys.executable, "-W", "error", "-c", script, str(tmp_path / "in.csv"), str(plain)]
    subprocess.run(arguments, env=environment, check=True)
    with plain.open(newline="") as file:
        assert list(csv.DictReader(file)) == compiled
