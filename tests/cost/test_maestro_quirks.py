"""The examples of docs/model-maestro.md §6: each shows what the page says, in numbers."""

import pytest
from test_maestro import K1_C1, RS, SLIDE, conv, run

from workbench.cost.maestro_results import Count
from workbench.dataflow.mapping import PeHardware

MACS, TRUE, RUNTIME = Count.MACS, Count.TRUE_MACS, Count.RUNTIME
STEADY = f"SpatialMap(1,1) K; TemporalMap(8,8) C; TemporalMap(16,16) Y; TemporalMap(16,16) X; {RS}"
POINTS = f"TemporalMap(1,1) Y; TemporalMap(1,1) X; {RS}"


@pytest.mark.parametrize(
    ("text", "problem", "hardware", "figures"),
    [
        (
            f"{K1_C1}; TemporalMap(3,1) Y; TemporalMap(9,8) X; {RS}",
            conv(y=17, x=17, stride=2), (64, 64, 1, 1000), {MACS: 64_512, TRUE: 36_864},
        ),
        (f"{K1_C1}; {POINTS}", conv(r=1, x=14, stride=3), (64, 64, 1, 1000), {MACS: 7_296, TRUE: 1_920}),
        (
            f"SpatialMap(4,4) K; TemporalMap(1,1) C; {SLIDE}",
            conv(k=21), (4, 64, 1, 1000), {MACS: 239_904, TRUE: 296_352},
        ),
        (
            f"TemporalMap(1,1) K; TemporalMap(4,4) C; SpatialMap(3,1) Y; TemporalMap(3,1) X; {RS}",
            conv(), (14, 64, 1, 1000), {Count.L2_READ: 36_984},
        ),
        (
            f"TemporalMap(1,1) K; TemporalMap(1,1) C; TemporalMap(1,1) Y; SpatialMap(1,1) X; {RS}",
            conv(2048, 2048, 1, 1200, 1), (1, 64, 1, 1000),
            {MACS: 738_197_504, TRUE: 5_033_164_800, RUNTIME: 738_197_505},
        ),
        (f"{K1_C1}; {SLIDE}", conv(), (64, 64, 1, 1), {RUNTIME: 127_008}),
        (f"{K1_C1}; {SLIDE}", conv(), (64, 64, 1, 10**6), {RUNTIME: 14_114}),
        (STEADY, conv(c=10), (64, 64, 1, 1000), {Count.L2_READ: 4_096}),
        (
            f"SpatialMap(1,1) K; TemporalMap(8,1) C; {SLIDE}",
            conv(c=5), (64, 64, 1, 1000), {MACS: 56_448, TRUE: 70_560},
        ),
        (STEADY, conv(), (64, 64, 1, 1000), {Count.L1_SIZE + 2: 512}),
        (
            f"SpatialMap(1,1) K; SpatialMap(1,1) C; {SLIDE}",
            conv(), (64, 64, 1, 1000), {MACS: 14_112, TRUE: 112_896},
        ),
    ],
    ids=["Q1", "Q1b", "Q2", "Q3", "Q4", "Q11", "Q11-unbounded", "Q13", "Q14", "Q15", "Q17"],
)  # fmt: skip
def test_the_example_shows_what_the_page_says(text, problem, hardware, figures):
    result = run(text, problem, PeHardware(*hardware))
    assert result.failure(0) == ""
    assert {column: int(result.counts[0, column]) for column in figures} == figures


def test_a_tile_below_the_kernel_is_refused():
    text = f"{K1_C1}; TemporalMap(2,1) Y; TemporalMap(3,1) X; {RS}"
    assert run(text, conv()).failure(0).startswith("Q7-skipped-steps")
