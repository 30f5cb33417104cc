"""The `exact` model: what a PE array really moves for one layer under a directive mapping (docs/model-exact.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.cost.directive_arrays import (
    DIRECTIVE_COLUMNS,
    DirectiveKind,
    Encoded,
    SizeRule,
    encode_hardware,
    encode_problem,
    stack_mappings,
)
from workbench.cost.exact_nest import (
    FAULT_TEXT,
    HEAD,
    HEAD_LEVELS,
    LOOPS,
    MAX_LEVELS,
    NEST_ROWS,
    Fault,
    IntArray,
    R,
    S,
    resolve_nest,
)
from workbench.cost.exact_off_chip import OFF_COUNTS, count_off_chip
from workbench.cost.exact_off_chip import SCRATCH_SHAPE as OFF_SCRATCH_SHAPE
from workbench.cost.exact_rests import (
    HW_BANDWIDTH,
    HW_BUFFER,
    HW_LANES,
    HW_LATENCY,
    HW_OFF_CHIP,
    HW_PES,
    REST_TOTAL,
)
from workbench.cost.exact_time import (
    CHOICES_SHAPE,
    OPTIONS_SHAPE,
    RADIX_SHAPE,
    ROWS_SHAPE,
    SCRATCH_SHAPE,
    count_cycles,
)
from workbench.cost.exact_traffic import COUNTS, STATES, count_traffic
from workbench.cost.exact_traffic import RECORD_SHAPE as TRAFFIC_RECORD_SHAPE
from workbench.cost.kernel import allocating_kernel
from workbench.cost.threads import LEAST_ROWS, in_parts
from workbench.dataflow.mapping import Level, PeHardware, Problem

# Columns of a batch's result.
FAULT, CYCLES, MACS, PE_STEPS, PATH_STEPS, ON_CHIP_CYCLES, FILL_CYCLES, DRAIN_CYCLES, LEVELS = range(9)
OFF_CHIP = 9  # .. + OFF_COUNTS
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
    """Cost of one layer under one mapping. levels[0] is fed by the global buffer (L2), levels[-1] feeds the PEs."""

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


@allocating_kernel
def exact_rows(
    directives: IntArray,
    start: IntArray,
    mapping: IntArray,
    problems: IntArray,
    hardware: IntArray,
    lenient: bool,
    results: IntArray,
) -> None:
    """Cost of n layers: row i of `results` [n, RESULT_COLUMNS] is problems[i] under mapping[i] on hardware[i].

    Encodings: workbench.cost.directive_arrays; mapping m is directives[start[m]:start[m + 1]]. A row that has no exact
    count has its Fault in column FAULT and zeros elsewhere. `lenient` adapts mappings that do not suit a layer (§8).
    """
    head = np.zeros(HEAD, np.int64)
    table = np.zeros((NEST_ROWS, MAX_LEVELS), np.int64)
    traffic_record = np.zeros(TRAFFIC_RECORD_SHAPE, np.int64)
    kinds = np.zeros((LOOPS, MAX_LEVELS + 1, MAX_LEVELS + 1, 2), np.int64)
    kinds_count = np.zeros((LOOPS, MAX_LEVELS + 1), np.int64)
    states = np.zeros((2, STATES, 4), np.int64)
    at = np.zeros((2, LOOPS), np.int64)
    parents = np.zeros(MAX_LEVELS, np.int64)
    counts = np.zeros((MAX_LEVELS, COUNTS), np.int64)
    rows = np.zeros(ROWS_SHAPE, np.int64)
    choices = np.zeros(CHOICES_SHAPE, np.int64)
    options = np.zeros(OPTIONS_SHAPE, np.int64)
    radix = np.zeros(RADIX_SHAPE, np.int64)
    sizes = np.zeros((LOOPS, MAX_LEVELS + 1, MAX_LEVELS + 1), np.int64)
    size_count = np.zeros((LOOPS, MAX_LEVELS + 1), np.int64)
    rests = np.zeros(REST_TOTAL, np.int64)
    scratch = np.zeros(SCRATCH_SHAPE, np.int64)
    off_chip_scratch = np.zeros(OFF_SCRATCH_SHAPE, np.int64)
    times = np.zeros(6, np.int64)
    for i in range(problems.shape[0]):
        result = results[i]
        result[:] = 0
        row = hardware[i]
        if min(row[HW_BANDWIDTH], row[HW_OFF_CHIP], row[HW_LANES]) < 1 or min(row[HW_LATENCY], row[HW_BUFFER]) < 0:
            result[FAULT] = 13
            continue
        fault = resolve_nest(
            problems[i], directives, start[mapping[i]], start[mapping[i] + 1], row[HW_PES], lenient, head, table
        )
        result[FAULT] = fault
        if fault != 0:
            continue
        result[PE_STEPS] = count_traffic(head, table, traffic_record, kinds, kinds_count, states, at, parents, counts)
        count_cycles(head, table, rows, choices, options, radix, sizes, size_count, rests, row, scratch, times)
        off_chip = result[OFF_CHIP : OFF_CHIP + OFF_COUNTS]
        count_off_chip(head, table, row[HW_BUFFER], off_chip_scratch, off_chip)
        rate = row[HW_OFF_CHIP]
        exposed = (times[3] + rate - 1) // rate + (times[4] + rate - 1) // rate
        streamed = (off_chip.sum() + rate - 1) // rate
        result[CYCLES] = max(times[0] + exposed, streamed)
        result[ON_CHIP_CYCLES], result[FILL_CYCLES], result[DRAIN_CYCLES] = times[0], times[1], times[2]
        result[PATH_STEPS] = times[5]
        macs = head[R] * head[S]
        for d in range(LOOPS):
            macs *= head[d]
        result[MACS] = macs
        result[LEVELS] = head[HEAD_LEVELS]
        for level in range(head[HEAD_LEVELS]):
            begin = LEVEL_COUNTS + level * COUNTS
            for count in range(COUNTS):
                result[begin + count] = counts[level, count]


def exact_batch(
    encoded: Encoded, mapping: IntArray, problems: IntArray, hardware: IntArray, threads: int = 1
) -> IntArray:
    """Results int64 [n, RESULT_COLUMNS]: layer problems[i] under mapping[i] of `encoded` on hardware[i].

    A row without an exact count has its Fault in column FAULT (text: FAULT_TEXT); nothing is raised.
    """
    results = np.empty((len(problems), RESULT_COLUMNS), np.int64)

    def part(first: int, last: int) -> None:
        some = slice(first, last)
        exact_rows(
            encoded.directives, encoded.start, mapping[some], problems[some], hardware[some], False, results[some]
        )

    in_parts(part, len(problems), threads, LEAST_ROWS)
    return results


def encode_levels(levels: Sequence[Level]) -> tuple[IntArray, int]:
    """A mapping already resolved to numbers as directive rows, and the number of PEs its units amount to."""
    rows: list[tuple[int, ...]] = []
    pes = 1
    for depth, level in enumerate(levels):
        pes *= level.units
        if depth > 0:
            rows.append((DirectiveKind.CLUSTER, 0, SizeRule.NUMBER, level.units, 0, 0))
        for one in level.maps:
            kind = DirectiveKind.SPATIAL if one.spatial else DirectiveKind.TEMPORAL
            rows.append((kind, one.dim, SizeRule.NUMBER, one.size, SizeRule.NUMBER, one.offset))
    return np.array(rows, np.int64).reshape(-1, DIRECTIVE_COLUMNS), pes


def exact_cost(problem: Problem, levels: Sequence[Level], hardware: PeHardware) -> ExactResult:
    """Cost of one layer under one mapping; the PEs are the product of the levels' units, hardware.l2_size is the global
    buffer in elements (0: unlimited).

    Raises MappingError where the mapping has no exact count (docs/model-exact.md §1).
    """
    directives, pes = encode_levels(levels)
    encoded = stack_mappings([directives])
    first = np.zeros(1, np.int64)
    platform = encode_hardware(replace(hardware, pes=pes))[None]
    row = exact_batch(encoded, first, encode_problem(problem)[None], platform)[0]
    if row[FAULT] != 0:
        raise MappingError(Fault(int(row[FAULT])))
    return result_of(row)


def result_of(row: IntArray) -> ExactResult:
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
            for level in range(numbers[LEVELS])
        ),
        off_chip=OffChipTraffic(*numbers[OFF_CHIP : OFF_CHIP + OFF_COUNTS]),
    )
