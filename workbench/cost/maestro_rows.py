"""MAESTRO row by row: walks the levels of every row and writes its integer and floating-point results.

Formulas and names as in docs/model-maestro.md §4.
"""

from enum import IntEnum

import numpy as np

from workbench.cost.directive_arrays import HardwareColumn, ProblemColumn
from workbench.cost.kernel import kernel
from workbench.cost.maestro_cases import (
    F_CASE,
    F_CASES,
    F_FIRSTS,
    F_KEY,
    F_MOVING,
    F_OCCURRENCES,
    F_PROCESSED,
    F_RUNTIME,
    FRAME_COLUMNS,
    P_EDGES,
    P_MACS,
    P_MOVING,
    P_OCCURRENCES,
    P_OUTPUT,
    P_OVERFLOW,
    PREFIX_COLUMNS,
    STATE_COLUMNS,
    Floats,
    Ints,
    advance,
    array_macs,
    at_edge,
    extend,
    ingress,
    open_level,
    outputs,
    partial_unit,
)
from workbench.cost.maestro_levels import (
    DIMS,
    EDGE_MAPPED,
    LEVEL_COLUMNS,
    M_DIM,
    M_OWNER,
    MAP_COLUMNS,
    MAPPED,
    MAX_LEVELS,
    MAX_MAPS,
    TILE_COLUMNS,
    Failure,
    LevelColumn,
    Quirk,
    prepare,
)
from workbench.dataflow.mapping import Dim, LayerType


class Count(IntEnum):
    """Columns of the integer results. Per tensor in the order input, filter, output."""

    RUNTIME = 0
    MACS = 1
    L1_READ = 2  # 3 tensors
    L1_WRITE = 5
    L2_READ = 8
    L2_WRITE = 11
    L2_SIZE = 14
    L1_SIZE = 17
    INGRESS_MIN = 20
    INGRESS_MAX = 21
    INGRESS_MEAN = 22
    EGRESS_MIN = 23
    EGRESS_MAX = 24
    EGRESS_MEAN = 25
    COMPUTE_MIN = 26
    COMPUTE_MAX = 27
    COMPUTE_MEAN = 28
    PEAK_BANDWIDTH = 29
    OFF_CHIP_BANDWIDTH = 30
    LEVELS = 31  # evaluated ones: 1 if no sub-level was
    TRUE_MACS = 32
    FAILURE = 33
    FAILURE_LEVEL = 34
    FAILURE_DIM = 35
    QUIRKS = 36  # bits


class Rate(IntEnum):
    """Columns of the floating-point results."""

    MEAN_BANDWIDTH = 0
    ACTIVE_UNITS = 1
    INTENSITY = 2


COUNTS = 37
RATES = len(Rate)

_KEYS = 1 << DIMS
_EDGE_UNITS, _UNITS = int(LevelColumn.EDGE_UNITS), int(LevelColumn.UNITS)
_SPATIAL_A, _SPATIAL_INPUT = int(LevelColumn.SPATIAL_A), int(LevelColumn.SPATIAL_INPUT)
_EDGE_DIMS, _TWICE = int(LevelColumn.EDGE_DIMS), int(LevelColumn.TWICE)
_PES, _NOC, _LATENCY = int(HardwareColumn.PES), int(HardwareColumn.NOC_BANDWIDTH), int(HardwareColumn.NOC_LATENCY)
_OFF_CHIP, _SIMD = int(HardwareColumn.OFF_CHIP_BANDWIDTH), int(HardwareColumn.SIMD_LANES)
_TYPE = int(ProblemColumn.TYPE)
_DSCONV, _GEMM = int(LayerType.DSCONV), int(LayerType.GEMM)
_N, _G, _K, _C, _R, _S, _Y, _X, _YO, _XO, _M = (int(d) for d in Dim if d is not Dim.GEMM_N)
_RUNTIME, _MACS, _LEVELS, _TRUE_MACS = int(Count.RUNTIME), int(Count.MACS), int(Count.LEVELS), int(Count.TRUE_MACS)
_L1_READ, _L1_WRITE = int(Count.L1_READ), int(Count.L1_WRITE)
_L2_READ, _L2_WRITE = int(Count.L2_READ), int(Count.L2_WRITE)
_L1_SIZE, _L2_SIZE = int(Count.L1_SIZE), int(Count.L2_SIZE)
_INGRESS, _EGRESS, _COMPUTE = int(Count.INGRESS_MIN), int(Count.EGRESS_MIN), int(Count.COMPUTE_MIN)
_PEAK, _OFF_CHIP_REQ = int(Count.PEAK_BANDWIDTH), int(Count.OFF_CHIP_BANDWIDTH)
_FAILURE, _FAILURE_LEVEL, _FAILURE_DIM = int(Count.FAILURE), int(Count.FAILURE_LEVEL), int(Count.FAILURE_DIM)
_QUIRKS = int(Count.QUIRKS)
_MEAN_BANDWIDTH, _ACTIVE_UNITS, _INTENSITY = int(Rate.MEAN_BANDWIDTH), int(Rate.ACTIVE_UNITS), int(Rate.INTENSITY)
_LARGEST_EXACT = 2.0**62


@kernel
def evaluate_rows(
    problems: Ints, directives: Ints, start: Ints, hardware: Ints, rows: Ints, counts: Ints, rates: Floats
) -> None:
    """MAESTRO's numbers of many rows.

    problems int64 [., PROBLEM_COLUMNS], directives int64 [., DIRECTIVE_COLUMNS] with mapping i in start[i]:start[i + 1],
    hardware int64 [., HARDWARE_COLUMNS], rows int64 [n, 3]: indices of problem, mapping and hardware. Written: counts
    int64 [n, COUNTS] (columns: Count), rates float64 [n, RATES] (columns: Rate).
    """
    maps = np.zeros((MAX_LEVELS, MAX_MAPS, MAP_COLUMNS), np.int64)
    sizes = np.zeros((MAX_LEVELS, DIMS), np.int64)
    tiles = np.zeros((MAX_LEVELS, DIMS, TILE_COLUMNS), np.int64)
    levels = np.zeros((MAX_LEVELS, LEVEL_COLUMNS), np.int64)
    masks = np.zeros(3, np.int64)
    where = np.zeros(3, np.int64)
    state = np.zeros((MAX_LEVELS, MAX_MAPS, STATE_COLUMNS), np.int64)
    moving = np.zeros((MAX_LEVELS, MAX_MAPS), np.int64)
    prefix = np.zeros((MAX_LEVELS, MAX_MAPS + 1, PREFIX_COLUMNS), np.int64)
    frame = np.zeros((MAX_LEVELS, FRAME_COLUMNS), np.int64)
    active_sum = np.zeros(MAX_LEVELS, np.float64)
    stamp = np.zeros((MAX_LEVELS, _KEYS), np.int64)
    known_time = np.zeros((MAX_LEVELS, _KEYS), np.int64)
    known_active = np.zeros((MAX_LEVELS, _KEYS), np.float64)
    z = np.zeros((MAX_LEVELS, DIMS), np.int64)
    for row in range(rows.shape[0]):
        problem = problems[rows[row, 0]]
        mapping = rows[row, 1]
        machine = hardware[rows[row, 2]]
        count = counts[row]
        rate = rates[row]
        count[:] = 0
        rate[:] = 0.0
        levels_found = prepare(
            problem, directives, start[mapping], start[mapping + 1], machine[_PES],
            maps, sizes, tiles, levels, masks, where,
        )  # fmt: skip
        true_macs = _true_macs(problem)
        if levels_found < 0:
            failure = -levels_found
        elif true_macs > _LARGEST_EXACT:
            failure = Failure.TOO_LARGE.value
        else:
            count[_TRUE_MACS] = int(true_macs)
            failure = _evaluate(
                row + 1, levels_found, machine, maps, sizes, tiles, levels, masks, where, state, moving, prefix, frame,
                active_sum, stamp, known_time, known_active, z, count, rate,
            )  # fmt: skip
        count[_FAILURE] = failure
        count[_FAILURE_LEVEL] = where[0]
        count[_FAILURE_DIM] = where[1]
        count[_QUIRKS] = where[2]


@kernel
def _true_macs(problem: Ints) -> float:
    """MACs of the layer itself."""
    macs = float(max(problem[_N], 1))
    if problem[_TYPE] == _GEMM:
        return macs * problem[_M] * problem[_K]
    macs *= float(max(problem[_G], 1)) * problem[_C] * problem[_R] * problem[_S] * problem[_YO] * problem[_XO]
    return macs if problem[_TYPE] == _DSCONV else macs * problem[_K]


@kernel
def _delay(elements: int, machine: Ints) -> int:
    """Cycles the network needs for so many elements (4, step 6)."""
    return int(machine[_LATENCY] + (elements + machine[_NOC] - 1) // machine[_NOC] - 1)


@kernel
def _evaluate(
    row: int, level_count: int, machine: Ints, maps: Ints, sizes: Ints, tiles: Ints, levels: Ints, masks: Ints,
    where: Ints, state: Ints, moving: Ints, prefix: Ints, frame: Ints, active_sum: Floats, stamp: Ints,
    known_time: Ints, known_active: Floats, z: Ints, count: Ints, rate: Floats,
) -> int:  # fmt: skip
    """Walk all levels of a prepared row; a Failure, NONE if the results are good."""
    last = level_count - 1
    moved = masks[0] | masks[1]
    inner_done = False
    skipped = False
    overflowed = False
    l1_times = 0
    total_macs = 0
    output_l1 = 0
    output_l2 = 0
    input_l2 = 0
    filter_l2 = 0
    l2_input = 0
    l2_filter = 0
    l2_output = 0
    ingress_min = egress_min = compute_min = 1 << 62
    ingress_max = egress_max = compute_max = 0
    ingress_sum = egress_sum = compute_sum = 0
    peak = 0
    band_sum = 0
    off_chip = 0
    intensity = 0.0
    for dim in range(DIMS):
        z[0, dim] = sizes[0, dim]
    open_level(0, z[0], maps, tiles, levels, masks, state, moving, prefix, frame)
    active_sum[0] = 0.0
    level = 0
    while level >= 0:
        where[0] = level
        moving_count = frame[level, F_MOVING]
        a = levels[level, _SPATIAL_A]
        b = levels[level, _SPATIAL_A + 1]
        units = levels[level, _UNITS]
        edge_units = levels[level, _EDGE_UNITS]
        case = frame[level, F_CASE]
        cases = frame[level, F_CASES]
        opened = False
        while case < cases:
            occurrences = prefix[level, moving_count, P_OCCURRENCES]
            if prefix[level, moving_count, P_OVERFLOW]:
                overflowed = True
                if occurrences <= 0:
                    return Failure.OVERFLOW.value
            ch = prefix[level, moving_count, P_MOVING]
            critical_factor, egress_factor = outputs(level, maps, tiles, levels, masks, state)
            critical = prefix[level, moving_count, P_MACS] * critical_factor
            sent = prefix[level, moving_count, P_OUTPUT] * egress_factor
            edge = at_edge(level, a, maps, state)
            compute = 0
            active = 0.0
            if critical > 0 and level < last:
                full_key = prefix[level, moving_count, P_EDGES]
                edge_key = full_key
                for i in (a, b):
                    if i >= 0 and maps[level, i, M_OWNER] == i and at_edge(level, i, maps, state):
                        edge_key |= 1 << maps[level, i, M_DIM]
                        if edge_units == 1:
                            full_key |= 1 << maps[level, i, M_DIM]
                full_key &= levels[level, _EDGE_DIMS]
                edge_key &= levels[level, _EDGE_DIMS]
                partial = edge and partial_unit(level, a, maps, state)
                missing = -1
                if partial:
                    if stamp[level + 1, edge_key] != row:
                        missing = edge_key
                    elif edge_units > 1 and stamp[level + 1, full_key] != row:
                        missing = full_key
                elif stamp[level + 1, full_key] != row:
                    missing = full_key
                if missing >= 0:
                    frame[level, F_CASE] = case
                    for dim in range(DIMS):
                        z[level + 1, dim] = 0
                        if (moved >> dim) & 1:
                            z[level + 1, dim] = tiles[level, dim, EDGE_MAPPED if (missing >> dim) & 1 else MAPPED]
                    level += 1
                    open_level(level, z[level], maps, tiles, levels, masks, state, moving, prefix, frame)
                    frame[level, F_KEY] = missing
                    active_sum[level] = 0.0
                    opened = True
                    break
                if partial:
                    compute = known_time[level + 1, edge_key]
                    active = known_active[level + 1, edge_key]
                    if edge_units > 1:
                        compute = max(compute, known_time[level + 1, full_key])
                        active += known_active[level + 1, full_key] * (edge_units - 1)
                else:
                    compute = known_time[level + 1, full_key]
                    active = known_active[level + 1, full_key] * (edge_units if edge else units)
            fetched_input = 0
            fetched_filter = 0
            if critical > 0 or not frame[level, F_PROCESSED]:
                fetched_input, fine = ingress(level, 0, ch, maps, tiles, levels, masks, state, frame)
                if not fine:
                    where[1] = maps[level, ch, M_DIM]
                    return Failure.UNIQUE_ZERO.value
                fetched_filter, fine = ingress(level, 1, ch, maps, tiles, levels, masks, state, frame)
                if not fine:
                    where[1] = maps[level, ch, M_DIM]
                    return Failure.UNIQUE_ZERO.value
            if not frame[level, F_PROCESSED]:
                frame[level, F_FIRSTS] += 1
                if level == 0:
                    l2_input += 2 * fetched_input
                    l2_filter += 2 * fetched_filter
                    l2_output = 2 * sent
            macs = 0
            if level == 0:
                macs = prefix[level, moving_count, P_MACS] * array_macs(level, maps, tiles, levels, masks, state)
                output_l2 += occurrences * sent
                output_l1 += occurrences * macs
            if critical > 0:
                frame[level, F_PROCESSED] = 1
                if level == last:
                    compute = (critical + machine[_SIMD] - 1) // machine[_SIMD]
                if active == 0.0:
                    active = float(edge_units if edge else units)
                fetched = fetched_input + fetched_filter
                ingress_delay = _delay(fetched, machine)
                egress_delay = _delay(sent, machine)
                step = compute + ingress_delay if ch < 0 else max(compute, ingress_delay, egress_delay)
                if level == 0:
                    if compute == 0:
                        return Failure.NOTHING_INSIDE.value
                    input_l2 += occurrences * fetched_input
                    filter_l2 += occurrences * fetched_filter
                    intensity = macs / fetched if fetched else np.inf
                    bandwidth = machine[_OFF_CHIP]
                    step = max(step, (l2_input + l2_filter) // bandwidth // 2, l2_output // bandwidth // 2)
                    off_chip = max(off_chip, l2_output // compute, (l2_input + l2_filter) // compute) // 2
                    total_macs += occurrences * macs
                    busiest = max(fetched, sent)
                    peak = max(peak, busiest // compute)
                    band_sum += occurrences * busiest // compute
                    ingress_min = min(ingress_min, ingress_delay)
                    ingress_max = max(ingress_max, ingress_delay)
                    ingress_sum += occurrences * ingress_delay
                    egress_min = min(egress_min, egress_delay)
                    egress_max = max(egress_max, egress_delay)
                    egress_sum += occurrences * egress_delay
                    compute_min = min(compute_min, compute)
                    compute_max = max(compute_max, compute)
                    compute_sum += occurrences * compute
                frame[level, F_RUNTIME] += occurrences * step
                frame[level, F_OCCURRENCES] += occurrences
                active_sum[level] += occurrences * active
            else:
                skipped = True
            case += 1
            if case < cases:
                changed = advance(level, state, moving, moving_count)
                if levels[level, _TWICE]:
                    changed = 0
                extend(level, changed, maps, tiles, masks, state, moving, prefix, moving_count)
        if opened:
            continue
        if level == last and not inner_done:
            inner_done = True
            l1_times = frame[level, F_FIRSTS]
        if level > 0:
            key = frame[level, F_KEY]
            stamp[level, key] = row
            known_time[level, key] = frame[level, F_RUNTIME]
            steps = frame[level, F_OCCURRENCES]
            known_active[level, key] = active_sum[level] / steps if steps else 0.0
        level -= 1
    where[0] = 0
    count[_LEVELS] = level_count if inner_done else 1
    inner = last
    if not inner_done:
        inner = 0
        l1_times = frame[0, F_FIRSTS]
    for tensor in range(3):
        elements = 1
        for dim in range(DIMS):
            if (masks[tensor] >> dim) & 1:
                elements *= tiles[inner, dim, MAPPED]
        count[_L1_SIZE + tensor] = 2 * elements * (l1_times if tensor < 2 else 1)
        size = 1
        for dim in range(DIMS):
            if (masks[tensor] >> dim) & 1:
                if tensor == 2 and dim == _Y:
                    size *= sizes[0, _Y] - sizes[0, _R] + 1
                elif tensor == 2 and dim == _X:
                    size *= sizes[0, _X] - sizes[0, _S] + 1
                else:
                    size *= sizes[0, dim]
        count[(_L2_WRITE if tensor < 2 else _L2_READ) + (tensor if tensor < 2 else 2)] = size
    _note(level_count, machine, maps, tiles, levels, masks, where, moving, frame, l2_input + l2_filter + l2_output,
          count, skipped, overflowed)  # fmt: skip
    steps = frame[0, F_OCCURRENCES]
    if steps == 0:
        return Failure.NOTHING_AT_ALL.value
    count[_RUNTIME] = frame[0, F_RUNTIME]
    count[_MACS] = total_macs
    count[_L1_READ] = count[_L1_READ + 1] = total_macs
    count[_L1_READ + 2] = count[_L1_WRITE + 2] = output_l1
    count[_L2_READ] = count[_L1_WRITE] = input_l2
    count[_L2_READ + 1] = count[_L1_WRITE + 1] = filter_l2
    count[_L2_WRITE + 2] = output_l2
    count[_L2_SIZE] = l2_input
    count[_L2_SIZE + 1] = l2_filter
    count[_L2_SIZE + 2] = l2_output
    count[_INGRESS] = ingress_min
    count[_INGRESS + 1] = ingress_max
    count[_INGRESS + 2] = ingress_sum // steps
    count[_EGRESS] = egress_min
    count[_EGRESS + 1] = egress_max
    count[_EGRESS + 2] = egress_sum // steps
    count[_COMPUTE] = compute_min
    count[_COMPUTE + 1] = compute_max
    count[_COMPUTE + 2] = compute_sum // steps
    count[_PEAK] = peak
    count[_OFF_CHIP_REQ] = off_chip
    rate[_MEAN_BANDWIDTH] = band_sum / steps
    rate[_ACTIVE_UNITS] = active_sum[0] / steps
    rate[_INTENSITY] = intensity
    if total_macs != count[_TRUE_MACS]:
        where[2] |= 1 << Quirk.MACS.value
    if input_l2 == 0 or filter_l2 == 0 or output_l2 == 0 or output_l1 == 0:
        return Failure.NOT_FETCHED.value
    if min(frame[0, F_RUNTIME], total_macs, input_l2, filter_l2, output_l2, output_l1) < 0 or not inner_done:
        return Failure.NEGATIVE.value
    return 0


@kernel
def _note(
    level_count: int, machine: Ints, maps: Ints, tiles: Ints, levels: Ints, masks: Ints, where: Ints, moving: Ints,
    frame: Ints, l2_size: int, count: Ints, skipped: bool, overflowed: bool,
) -> None:  # fmt: skip
    """Set the bits of the quirks that touched this row (docs/model-maestro.md §6)."""
    quirks = where[2]
    if count[_LEVELS] > 1:
        quirks |= 1 << Quirk.ENERGY_COLUMN.value
    if skipped:
        quirks |= 1 << Quirk.SKIPPED.value
    if overflowed:
        quirks |= 1 << Quirk.OVERFLOW.value
    if max(l2_size, count[_L1_SIZE] + count[_L1_SIZE + 1] + count[_L1_SIZE + 2]) >= 1 << 31:
        quirks |= 1 << Quirk.SUM_OVERFLOW.value
    if l2_size > 2 * machine[_OFF_CHIP] * max(count[_COMPUTE], 1):
        quirks |= 1 << Quirk.OFF_CHIP_TIME.value
    for i in range(frame[0, F_MOVING]):
        dim = maps[0, moving[0, i], M_DIM]
        for j in range(i + 1, frame[0, F_MOVING]):
            inner = maps[0, moving[0, j], M_DIM]
            for tensor in range(2):
                if not (masks[tensor] >> dim) & 1 and (masks[tensor] >> inner) & 1:
                    quirks |= 1 << Quirk.MISSING_RELOAD.value
    for level in range(level_count):
        if levels[level, _SPATIAL_A + 1] >= 0:
            quirks |= 1 << Quirk.TWO_SPATIAL.value
        if levels[level, _UNITS] > 1 and (levels[level, _SPATIAL_INPUT] < 0 or levels[level, _SPATIAL_INPUT + 1] < 0):
            quirks |= 1 << Quirk.MULTICAST.value
    inner = level_count - 1
    if (masks[2] >> _Y) & 1 and (
        tiles[inner, _YO, MAPPED] != tiles[inner, _Y, MAPPED] or tiles[inner, _XO, MAPPED] != tiles[inner, _X, MAPPED]
    ):
        quirks |= 1 << Quirk.OUTPUT_BUFFER.value
    where[2] = quirks
