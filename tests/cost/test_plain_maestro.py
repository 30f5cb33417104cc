"""The `maestro` model against the plain one written from MAESTRO's description alone, in every output column.

More rows than in CI: `PLAIN_MAESTRO_ROWS=20000 pytest tests/cost/test_plain_maestro.py`.
"""

import csv
import gzip
import io
import math
import os
import random
from pathlib import Path

import pytest
from maestro_cases import Row, random_row
from plain_maestro import RefusedError
from plain_maestro_results import plain_maestro

from workbench.cost.batch import cost_table

DATA = Path(__file__).parent.parent / "data"
ROWS = int(os.environ.get("PLAIN_MAESTRO_ROWS", "2000"))
RS = "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S"


def fast(rows: list[Row], folder: Path) -> list[Row]:
    """The rows as `workbench cost` writes them."""
    source, out = folder / "in.csv", folder / "out.csv"
    with source.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    cost_table(source, out)
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


def differing(plain: dict[str, int | float], found: Row) -> list[tuple[str, str, int | float]]:
    """Columns that do not agree: integers exactly, figures to the six digits that are written."""
    return [
        (name, found[name], value)
        for name, value in plain.items()
        if (found[name] != str(value) if isinstance(value, int) else not close(float(found[name]), value))
    ]


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))


def nonsense(plain: dict[str, int | float]) -> bool:
    """Counts of a layer that are no counts, as MAESTRO prints them where it skips what it should not."""
    counted = [v for name, v in plain.items() if name.endswith(("_read", "_write", "_cycles", "_macs"))]
    return min(counted) <= 0


def counted(row: Row) -> tuple[dict[str, int | float] | None, str]:
    """What the plain model says of a row: its columns, or why there are none."""
    try:
        return plain_maestro(row), ""
    except RefusedError as why:
        return None, str(why)


def compare(rows: list[Row], folder: Path) -> tuple[int, int]:
    """How many rows both models count and how many both refuse; every disagreement fails."""
    agreed = refused = 0
    for row, found in zip(rows, fast(rows, folder), strict=True):
        plain, why = counted(row)
        if plain is None:
            assert found["error"], (why, row)
            refused += 1
        elif found["error"]:
            assert nonsense(plain) or "nothing is computed" in found["error"], (found["error"], row)
            refused += 1
        else:
            assert differing(plain, found) == [], row
            agreed += 1
    return agreed, refused


def test_random_rows_agree_in_every_column(tmp_path: Path) -> None:
    draw = random.Random(ROWS)
    rows = [random_row(draw) for _ in range(ROWS)]
    agreed, _ = compare(rows, tmp_path)
    assert agreed > 0.8 * ROWS
    assert {row["layer_type"] for row in rows} == {"CONV", "DSCONV", "NGCONV", "TRCONV", "GEMM"}
    assert {row["mapping"].count("Cluster") for row in rows} == {0, 1, 2, 3}


def kept(kind: str, sizes: str, mapping: str, pes: int, noc: int = 3, lanes: int = 1) -> Row:
    """A row of `K9 C4 …` with SX and SY for strides."""
    row = {"layer_type": kind, "mapping": mapping, "hw_num_pes": str(pes), "hw_noc_bw": str(noc)}
    row |= {"hw_noc_latency": "1", "hw_offchip_bw": "2", "hw_simd_lanes": str(lanes)}
    for word in sizes.split():
        name = {"SX": "stride_x", "SY": "stride_y"}.get(word[:2], f"dim_{word[0]}")
        row[name] = word.lstrip("SXY" if name.startswith("stride") else word[0])
    return row


# A dimension that is mapped twice in a level: the first map says whether it is spatial, the last one has its sizes.
TWICE = [
    kept("GEMM", "M4 N14 K12", "TemporalMap(5,5) N; SpatialMap(6,4) N; SpatialMap(3,3) M", 2, 1000),
    kept("GEMM", "M512 N3 K256", "SpatialMap(4,3) M; TemporalMap(258,140) M; SpatialMap(2,2) N", 5, lanes=8),
    kept(
        "DSCONV", "C10 R3 S3 Y4 X6 SX2 SY2",
        "TemporalMap(3,1) Y; SpatialMap(6,4) X; TemporalMap(8,8) C; SpatialMap(6,6) Y'", 64,
    ),
    kept(
        "NGCONV", "N2 G6 K25 C3 R5 S1 Y13 X1",
        f"TemporalMap(12,8) Y; SpatialMap(2,3) C; SpatialMap(1,1) Y'; {RS}", 16,
    ),
    kept(
        "CONV", "K1 C2 R3 S1 Y8 X4 SX4",
        f"SpatialMap(4,4) X; {RS}; TemporalMap(1,1) X; TemporalMap(1,1) K", 4, 64, 3,
    ),
    kept(
        "CONV", "N3 K9 C4 R1 S1 Y21 X9 SX3 SY2",
        f"TemporalMap(3,3) C; {RS}; TemporalMap(2,2) K; SpatialMap(1,3) N; TemporalMap(2,1) N; TemporalMap(2,2) X", 31,
    ),
    kept(
        "CONV", "N11 K2 C7 R3 S1 Y23 X3 SX2",
        "SpatialMap(3,2) X'; TemporalMap(1,2) K; TemporalMap(15,15) N; SpatialMap(1,1) C; TemporalMap(1,1) X; " + RS, 5,
    ),
    kept(
        "GEMM", "M1 N18 K24",
        "SpatialMap(1,1) M; TemporalMap(9,9) N; TemporalMap(20,20) K; Cluster(2,L); SpatialMap(2,2) N; "
        "TemporalMap(1,1) M; TemporalMap(4,4) N", 16,
    ),
    kept(
        "GEMM", "M1 N1 K3",
        "TemporalMap(3,3) M; SpatialMap(1,1) K; TemporalMap(4,2) K; Cluster(2,L); SpatialMap(1,1) N", 8,
    ),
    kept(
        "TRCONV", "N6 K10 C7 R3 S3 Y4 X6",
        "TemporalMap(3,1) Y; TemporalMap(10,10) K; TemporalMap(5,1) C; SpatialMap(4,3) X; SpatialMap(5,5) K; "
        f"{RS}; Cluster(2,L); SpatialMap(3,1) X; TemporalMap(4,2) C; {RS}", 8,
    ),
    kept(
        "TRCONV", "K15 C3 R1 S1 Y4 X9 SX3",
        "SpatialMap(3,3) C; TemporalMap(7,7) K; TemporalMap(1,1) X'; TemporalMap(4,4) Y'; "
        f"{RS}; TemporalMap(4,2) C", 5,
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", TWICE, ids=lambda row: row["mapping"][:40])
def test_a_dimension_mapped_twice_counts_as_in_maestro(row: Row, tmp_path: Path) -> None:
    assert compare([row], tmp_path) == (1, 0)


def test_a_mean_delay_below_zero_is_cut_towards_zero(tmp_path: Path) -> None:
    row = kept(
        "DSCONV", "C64 R2 S1 Y15 X14 SX2", "TemporalMap(1,1) C; SpatialMap(1,1) X; TemporalMap(4,4) X'", 16, 10**7
    )
    row["hw_noc_latency"] = "0"
    assert compare([row], tmp_path) == (1, 0)
    assert fast([row], tmp_path)[0]["ingress_delay_avg"] == "0"


def test_a_level_that_computes_nothing_below_others_is_refused_by_its_number(tmp_path: Path) -> None:
    row = kept(
        "TRCONV", "K1 C3 R3 S4 Y6 X6 SX2",
        f"SpatialMap(4,1) X; {RS}; Cluster(1); TemporalMap(3,1) Y; SpatialMap(1,1) C; {RS}; Cluster(1); "
        f"SpatialMap(1,1) Y; {RS}; Cluster(4); SpatialMap(1,1) K; {RS}", 28,
    )  # fmt: skip
    (found,) = fast([row], tmp_path)
    assert "below Cluster 3 nothing is computed" in found["error"]


def test_the_plain_model_agrees_with_maestro_itself() -> None:
    text = gzip.decompress((DATA / "maestro_reference_sample.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    wrong = [(row["id"], d) for row in rows if (d := differing(plain_maestro(row), row))]
    assert wrong == []
