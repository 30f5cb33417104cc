"""The closed sums of the exact model equal a brute-force walk, integer for integer."""

import random
from collections import Counter

import pytest
from exact_cases import Case, random_case, run_exact
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Walk

from workbench.cost.exact import ExactResult, exact_cost, result_of
from workbench.cost.exact_nest import Fault
from workbench.dataflow.mapping import LayerType

CHUNKS, CHUNK = 20, 250  # 5,000 fixed cases


def numbers_of(result: ExactResult) -> dict[str, int]:
    """Everything an ExactResult counts, flat."""
    flat = {
        "cycles": result.runtime_cycles,
        "macs": result.num_macs,
        "fill": result.fill_cycles,
        "drain": result.drain_cycles,
        "pe_steps": result.pe_steps,
        "path_steps": result.path_steps,
        "off input": result.off_chip.input_reads,
        "off filter": result.off_chip.filter_reads,
        "off write": result.off_chip.output_writes,
        "off reread": result.off_chip.output_rereads,
    }
    for depth, level in enumerate(result.levels):
        flat[f"input_read {depth}"] = level.input_reads
        flat[f"filter_read {depth}"] = level.filter_reads
        flat[f"input_fill {depth}"] = level.input_fills
        flat[f"filter_fill {depth}"] = level.filter_fills
        flat[f"output_write {depth}"] = level.output_writes
        flat[f"output_reread {depth}"] = level.output_rereads
        flat[f"output_drain {depth}"] = level.output_drains
    return flat


def numbers_of_walk(case: Case) -> dict[str, int]:
    """The same from the walk."""
    walk = Walk(case.oracle, case.oracle_hardware)
    flat = {
        "cycles": walk.result.cycles,
        "macs": walk.result.macs,
        "fill": walk.result.fill,
        "drain": walk.result.drain,
        "pe_steps": walk.result.pe_steps,
        "path_steps": walk.result.path_steps,
        "off input": walk.off_chip["input_read"],
        "off filter": walk.off_chip["filter_read"],
        "off write": walk.off_chip["output_write"],
        "off reread": walk.off_chip["output_reread"],
    }
    for depth in range(len(case.levels)):
        for tensor in ("input", "filter"):
            for what in ("read", "fill"):
                flat[f"{tensor}_{what} {depth}"] = walk.result.counts[f"{tensor}_{what}", depth]
        for what in ("write", "reread", "drain"):
            flat[f"output_{what} {depth}"] = walk.result.counts[f"output_{what}", depth]
    return flat


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_closed_sums_equal_the_walk(chunk: int) -> None:
    draw = random.Random(chunk)
    cases = [random_case(draw) for _ in range(CHUNK)]
    for case, row in zip(cases, run_exact(cases), strict=True):
        assert numbers_of(result_of(row)) == numbers_of_walk(case), case


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_closed_sums_equal_the_walk_on_searched_cases(draw: random.Random) -> None:
    case = random_case(draw)
    assert numbers_of(exact_cost(case.problem, case.levels, case.hardware)) == numbers_of_walk(case)


def test_the_fixed_cases_exercise_what_they_should() -> None:
    """A generator that stopped drawing halos, edges or partial sums would prove nothing."""
    seen: Counter[str] = Counter()
    for chunk in range(CHUNKS):
        draw = random.Random(chunk)
        cases = [random_case(draw) for _ in range(CHUNK)]
        for case, row in zip(cases, run_exact(cases), strict=True):
            result = result_of(row)
            sizes = case.oracle.sizes
            seen[f"{len(case.levels)} levels"] += 1
            seen[LayerType(case.problem.type).name] += 1
            seen["batch"] += sizes["N"] > 1
            seen["strided"] += max(case.problem.stride_y, case.problem.stride_x) > 1
            seen["stride over kernel"] += case.problem.stride_y > sizes["R"] and sizes["P"] > 1
            maps = [(level, one) for level in case.oracle.levels for one in level.maps]
            seen["kernel rows over units"] += any(dim in "RS" for _, (dim, _, _) in maps)
            seen["edges"] += any(sizes[dim] % tile for _, (dim, tile, _) in maps)
            seen["spatial halo"] += any(
                spatial and dim == "P" and sizes["R"] > case.problem.stride_y for _, (dim, _, spatial) in maps
            )
            seen["partial sums return"] += any(level.output_rereads for level in result.levels)
            seen["partial sums return from memory"] += result.off_chip.output_rereads > 0
            seen["refetch"] += result.off_chip.total > result.levels[0].output_writes and case.hardware.l2_size > 0
            seen["bound by memory"] += result.runtime_cycles > 2 * result.on_chip_cycles
            seen["bound by network"] += result.on_chip_cycles > 2 * result.path_steps and case.hardware.simd_lanes == 4
            seen["idle units"] += any(
                spatial and -(-sizes[dim] // tile) % level.units for level, (dim, tile, spatial) in maps
            )
    wanted = [f"{n} levels" for n in (1, 2, 3, 4)] + [kind.name for kind in LayerType]
    wanted += [
        "batch", "strided", "stride over kernel", "kernel rows over units", "edges", "spatial halo", "idle units",
        "partial sums return", "partial sums return from memory", "refetch", "bound by memory", "bound by network",
    ]  # fmt: skip
    assert {what: seen[what] for what in wanted if seen[what] < 100} == {}


def test_every_fault_has_a_text() -> None:
    from workbench.cost.exact_nest import FAULT_TEXT

    assert set(FAULT_TEXT) == set(Fault) - {Fault.NONE}
