"""The `exact` model: what a PE array really moves for one layer under a directive mapping (docs/model-exact.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.cost.exact_nest import (
    FAULT_TEXT,
    HEAD,
    LOOPS,
    MAP_COLUMNS,
    MAX_LEVELS,
    MAX_MAPS,
    NEST_ROWS,
    PROBLEM_COLUMNS,
    Fault,
    IntArray,
    R,
    S,
    resolve_nest,
)
from workbench.cost.exact_off_chip import OFF_COUNTS, count_off_chip
from workbench.cost.exact_time import (
    FIELDS,
    HW_BUFFER,
    HW_COLUMNS,
    HW_OFF_CHIP,
    REST_TOTAL,
    STANDS,
    count_cycles,
)
from workbench.cost.exact_traffic import COUNTS, STATES, count_traffic
from workbench.cost.exact_traffic import FIELDS as TRAFFIC_FIELDS
from workbench.cost.kernel import kernel
from workbench.dataflow.mapping import Level, PeHardware, Problem

# Columns of a batch's result.
FAULT, CYCLES, MACS, PE_STEPS, PATH_STEPS, ON_CHIP_CYCLES, FILL_CYCLES, DRAIN_CYCLES = range(8)
OFF_CHIP = 8  # .. + OFF_COUNTS
LEVEL_COUNTS = OFF_CHIP + OFF_COUNTS  # .. + level · COUNTS + count
RESULT_COLUMNS = LEVEL_COUNTS + MAX_LEVELS * COUNTS


class MappingError(ValueError):
    """A mapping that has no exact count; the message says what to write instead."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(FAULT_TEXT[fault])
        self.fault = fault


@dataclass(frozen=True, slots=True)
class LevelTraffic:
    """Elements moved between a level's upper buffer and its units over a whole layer.

    reads: taken from the upper buffer (a multicast counts once); fills: written into the units' buffers;
    output_writes: outputs and partial sums written up, of which output_rereads come back later;
    output_drains: what the units send up before the network adds it together.
    """

    input_reads: int
    filter_reads: int
    input_fills: int
    filter_fills: int
    output_writes: int
    output_rereads: int
    output_drains: int


@dataclass(frozen=True, slots=True)
class OffChipTraffic:
    """Elements exchanged with memory over a whole layer; rereads are partial sums fetched back."""

    input_reads: int
    filter_reads: int
    output_writes: int
    output_rereads: int

    @property
    def total(self) -> int:
        """All elements, both directions."""
        return self.input_reads + self.filter_reads + self.output_writes + self.output_rereads


@dataclass(frozen=True, slots=True)
class ExactResult:
    """Cost of one layer under one mapping. levels[0] is fed by the global buffer (L2), levels[-1] feeds the PEs (L1)."""

    runtime_cycles: int
    num_macs: int
    on_chip_cycles: int
    fill_cycles: int
    drain_cycles: int
    pe_steps: int
    path_steps: int
    levels: tuple[LevelTraffic, ...]
    off_chip: OffChipTraffic

    @property
    def average_active_pes(self) -> float:
        """PEs with work, averaged over the steps of the first unit's path."""
        return self.pe_steps / self.path_steps


@kernel
def exact_rows(
    problems: IntArray,
    maps: IntArray,
    map_counts: IntArray,
    units: IntArray,
    level_counts: IntArray,
    hardware: IntArray,
    results: IntArray,
) -> None:
    """Cost of n layers, each under its own mapping and hardware; row i of `results` [n, RESULT_COLUMNS].

    problems [n, PROBLEM_COLUMNS], maps [n, maps, MAP_COLUMNS], units [n, MAX_LEVELS], hardware [n, HW_COLUMNS].
    A row that has no exact count has its Fault in column FAULT and zeros elsewhere.
    """
    head = np.zeros(HEAD, np.int64)
    table = np.zeros((NEST_ROWS, MAX_LEVELS), np.int64)
    traffic_record = np.zeros((LOOPS, 3, MAX_LEVELS, TRAFFIC_FIELDS), np.int64)
    kinds = np.zeros((LOOPS, MAX_LEVELS + 1, MAX_LEVELS + 1, 2), np.int64)
    kinds_count = np.zeros((LOOPS, MAX_LEVELS + 1), np.int64)
    states = np.zeros((2, STATES, 4), np.int64)
    parents = np.zeros(MAX_LEVELS, np.int64)
    counts = np.zeros((MAX_LEVELS, COUNTS), np.int64)
    time_record = np.zeros((LOOPS, STANDS, MAX_LEVELS, FIELDS), np.int64)
    sizes = np.zeros((LOOPS, MAX_LEVELS + 1, MAX_LEVELS + 1), np.int64)
    size_count = np.zeros((LOOPS, MAX_LEVELS + 1), np.int64)
    rests = np.zeros(REST_TOTAL, np.int64)
    times = np.zeros(6, np.int64)
    for i in range(problems.shape[0]):
        result = results[i]
        result[:] = 0
        fault = resolve_nest(problems[i], maps[i], map_counts[i], units[i], level_counts[i], head, table)
        for column in range(HW_BUFFER):
            if hardware[i, column] < (0 if column == 1 else 1):
                fault = 13
        result[FAULT] = fault
        if fault != 0:
            continue
        result[PE_STEPS] = count_traffic(
            head, table, traffic_record, kinds, kinds_count, states, parents, counts
        )
        count_cycles(head, table, time_record, sizes, size_count, rests, hardware[i], times)
        off_chip = result[OFF_CHIP : OFF_CHIP + OFF_COUNTS]
        count_off_chip(head, table, hardware[i, HW_BUFFER], off_chip)
        rate = hardware[i, HW_OFF_CHIP]
        exposed = (times[3] + rate - 1) // rate + (times[4] + rate - 1) // rate
        streamed = (off_chip.sum() + rate - 1) // rate
        result[CYCLES] = max(times[0] + exposed, streamed)
        result[ON_CHIP_CYCLES], result[FILL_CYCLES], result[DRAIN_CYCLES] = times[0], times[1], times[2]
        result[PATH_STEPS] = times[5]
        macs = head[R] * head[S]
        for d in range(LOOPS):
            macs *= head[d]
        result[MACS] = macs
        for level in range(level_counts[i]):
            begin = LEVEL_COUNTS + level * COUNTS
            result[begin : begin + COUNTS] = counts[level]


def encode_problem(problem: Problem) -> list[int]:
    """A layer as a row of `exact_rows`."""
    return [int(problem.type), problem.stride_y, problem.stride_x, *problem.sizes]


def encode_levels(levels: Sequence[Level]) -> list[tuple[int, int, int, int, int]]:
    """A mapping as rows of (level, spatial, dim, size, offset)."""
    return [
        (depth, int(one.spatial), int(one.dim), one.size, one.offset)
        for depth, level in enumerate(levels)
        for one in level.maps
    ]


def encode_hardware(hardware: PeHardware) -> list[int]:
    """Hardware as a row of `exact_rows`; l2_size is the global buffer."""
    return [
        hardware.noc_bandwidth,
        hardware.noc_latency,
        hardware.off_chip_bandwidth,
        hardware.simd_lanes,
        hardware.l2_size,
    ]


def exact_batch(rows: Sequence[tuple[Problem, Sequence[Level], PeHardware]]) -> NDArray[np.int64]:
    """Results [n, RESULT_COLUMNS] of n layers; a row without an exact count has its Fault in column FAULT."""
    n = len(rows)
    encoded = [encode_levels(levels) for _, levels, _ in rows]
    width = max((len(one) for one in encoded), default=0)
    problems = np.array([encode_problem(p) for p, _, _ in rows], np.int64).reshape(n, PROBLEM_COLUMNS)
    maps = np.zeros((n, max(width, 1), MAP_COLUMNS), np.int64)
    units = np.zeros((n, MAX_LEVELS), np.int64)
    for i, (_, levels, _) in enumerate(rows):
        if encoded[i]:
            maps[i, : len(encoded[i])] = encoded[i]
        units[i, : min(len(levels), MAX_LEVELS)] = [level.units for level in levels[:MAX_LEVELS]]
    counts = np.array([len(one) for one in encoded], np.int64)
    depths = np.array([len(levels) for _, levels, _ in rows], np.int64)
    hardware = np.array([encode_hardware(h) for _, _, h in rows], np.int64).reshape(n, HW_COLUMNS)
    results = np.zeros((n, RESULT_COLUMNS), np.int64)
    exact_rows(problems, maps, counts, units, depths, hardware, results)
    return results


def exact_cost(problem: Problem, levels: Sequence[Level], hardware: PeHardware) -> ExactResult:
    """Cost of one layer under one mapping.

    Raises MappingError where the mapping has no exact count (docs/model-exact.md §1).
    """
    row = exact_batch([(problem, levels, hardware)])[0]
    if row[FAULT] != 0:
        raise MappingError(Fault(int(row[FAULT])))
    return result_of(row, len(levels))


def result_of(row: NDArray[np.int64], levels: int) -> ExactResult:
    """One result row as a dataclass; the row must be free of faults."""
    numbers = [int(value) for value in row]
    return ExactResult(
        runtime_cycles=numbers[CYCLES],
        num_macs=numbers[MACS],
        on_chip_cycles=numbers[ON_CHIP_CYCLES],
        fill_cycles=numbers[FILL_CYCLES],
        drain_cycles=numbers[DRAIN_CYCLES],
        pe_steps=numbers[PE_STEPS],
        path_steps=numbers[PATH_STEPS],
        levels=tuple(
            LevelTraffic(*numbers[LEVEL_COUNTS + level * COUNTS : LEVEL_COUNTS + (level + 1) * COUNTS])
            for level in range(levels)
        ),
        off_chip=OffChipTraffic(*numbers[OFF_CHIP : OFF_CHIP + OFF_COUNTS]),
    )
