"""MAESTRO row by row: walks the levels of every row and writes its integer and floating-point results.

Levels are walked with an explicit stack: a class of cases that lacks a sub-level's result opens that level and is met
again afterwards. A sub-level's result depends only on which dimensions are at their edge, so it is computed once per
row and kept under that bit mask. Formulas and names as in docs/model-maestro.md §4.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.cost.directive_arrays import HardwareColumn
from workbench.cost.kernel import allocating_kernel, kernel
from workbench.cost.maestro_classes import first_step, next_class, open_level
from workbench.cost.maestro_findings import Failure
from workbench.cost.maestro_layout import (
    C_EDGES,
    C_KEY,
    C_MACS,
    C_OCCURRENCES,
    C_OUT,
    C_SPATIAL,
    CASE_SIZES,
    COMBINATION,
    DIMS,
    EDGE_MAPPED,
    F_AT_EDGE,
    F_COMBINATION,
    F_FIRSTS,
    F_KEY,
    F_OCCURRENCES,
    F_OVERFLOW,
    F_POSITION,
    F_RUNTIME,
    L_EDGE_UNITS,
    L_MASK,
    L_TWICE,
    L_UNITS,
    M_DIM,
    MAP,
    MAPPED,
    MAX_COMBINATIONS,
    MAX_LEVELS,
    MAX_MAPS,
    MOVER,
    SIZES,
    TILE,
    V_KEY,
    V_MACS_ALL,
    V_MAP,
    V_OUT_ALL,
    V_SPATIAL,
    V_TIMES,
    WORK,
)
from workbench.cost.maestro_levels import prepare
from workbench.cost.maestro_notes import note, true_macs_of
from workbench.cost.maestro_order import MAX_PICKS, last_cases, occurrence_sums, skip_first
from workbench.cost.maestro_results import Count, Rate
from workbench.cost.maestro_volumes import array_outputs, edge_keys, ingress
from workbench.dataflow.mapping import Dim

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


_KEYS = 1 << DIMS
_PES, _NOC, _LATENCY = int(HardwareColumn.PES), int(HardwareColumn.NOC_BANDWIDTH), int(HardwareColumn.NOC_LATENCY)
_OFF_CHIP, _SIMD = int(HardwareColumn.OFF_CHIP_BANDWIDTH), int(HardwareColumn.SIMD_LANES)
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
def _mean(total: int, count: int) -> int:
    """The whole part of a mean, towards zero: a network without latency delays nothing by -1 cycle."""
    return total // count if total >= 0 else -(-total // count)


@kernel
def _bits(width: int) -> int:
    """b where the width is 2^b, -1 where it is no power of two: shifting takes a tenth of the time of dividing."""
    bits = 0
    while 1 << bits < width:
        bits += 1
    return bits if 1 << bits == width else -1


@kernel
def _rounds(amount: int, width: int, bits: int) -> int:
    """The amount in units of the width, rounded up; `bits`: that of _bits."""
    return (amount + width - 1) >> bits if bits >= 0 else (amount + width - 1) // width


@allocating_kernel
def evaluate_rows(
    problems: Ints, directives: Ints, start: Ints, hardware: Ints, rows: Ints, counts: Ints, rates: Floats
) -> None:
    """MAESTRO's numbers of many rows.

    problems int64 [., PROBLEM_COLUMNS], directives int64 [., DIRECTIVE_COLUMNS], mapping i in start[i]:start[i + 1],
    hardware int64 [., HARDWARE_COLUMNS], rows int64 [n, 3]: indices of problem, mapping and hardware. Written: counts
    int64 [n, COUNTS] (columns: Count), rates float64 [n, RATES] (columns: Rate).
    """
    work = np.zeros((MAX_LEVELS, WORK), np.int64)
    combinations = np.zeros((MAX_LEVELS, MAX_COMBINATIONS, COMBINATION), np.int64)
    picks = np.zeros(MAX_PICKS, np.int64)
    case = np.zeros(MAX_MAPS, np.int64)
    sums = np.zeros(3, np.int64)
    where = np.zeros(3, np.int64)
    active_sum = np.zeros(MAX_LEVELS, np.float64)
    stamp = np.zeros((MAX_LEVELS, _KEYS), np.int64)
    known_time = np.zeros((MAX_LEVELS, _KEYS), np.int64)
    known_active = np.zeros((MAX_LEVELS, _KEYS), np.float64)
    for level in range(MAX_LEVELS):
        first_step(work[level])
    for row in range(rows.shape[0]):
        problem = problems[rows[row, 0]]
        mapping = rows[row, 1]
        machine = hardware[rows[row, 2]]
        count = counts[row]
        rate = rates[row]
        count[:] = 0
        rate[:] = 0.0
        levels_found = prepare(problem, directives, start[mapping], start[mapping + 1], machine[_PES], work, where)
        true_macs = true_macs_of(problem)
        if levels_found < 0:
            failure = -levels_found
        elif true_macs > _LARGEST_EXACT:
            failure = Failure.TOO_LARGE.value
        else:
            count[_TRUE_MACS] = int(true_macs)
            failure = _evaluate(
                row + 1, levels_found, machine, work, combinations, where, active_sum, stamp, known_time, known_active,
                picks, case, sums, count, rate,
            )  # fmt: skip
        count[_FAILURE] = failure
        count[_FAILURE_LEVEL] = where[0]
        count[_FAILURE_DIM] = where[1]
        count[_QUIRKS] = where[2]


@kernel
def _evaluate(
    row: int, level_count: int, machine: Ints, work: Ints, combinations: Ints, where: Ints, active_sum: Floats,
    stamp: Ints, known_time: Ints, known_active: Floats, picks: Ints, case: Ints, sums: Ints, count: Ints, rate: Floats,
) -> int:  # fmt: skip
    """Walk all levels of a prepared row; a Failure, NONE if the results are good."""
    last = level_count - 1
    moved = work[0, L_MASK] | work[0, L_MASK + 1]
    lanes = machine[_SIMD]
    noc = machine[_NOC]
    noc_bits = _bits(noc)
    latency = machine[_LATENCY] - 1
    inner_done = False
    skipped = False
    overflowed = False
    l1_times = 0
    total_macs = 0
    output_l1 = 0
    output_l2 = 0
    input_l2 = 0
    filter_l2 = 0
    l2_sizes = count[_L2_SIZE : _L2_SIZE + 3]
    ingress_min = egress_min = compute_min = 1 << 62
    ingress_max = egress_max = compute_max = 0
    ingress_sum = egress_sum = compute_sum = 0
    peak = 0
    band_sum = 0
    for dim in range(DIMS):
        work[0, CASE_SIZES + dim] = work[0, SIZES + dim]
    level = 0
    opening = True
    while level >= 0:
        w = work[level]
        combos = combinations[level]
        if opening:
            open_level(w, combos)
            overflowed = overflowed or w[F_OVERFLOW] == 1
            active_sum[level] = 0.0
            opening = False
        where[0] = level
        units = w[L_UNITS]
        edge_units = w[L_EDGE_UNITS]
        more = True
        while more:
            position = w[F_POSITION]
            at = w[F_AT_EDGE]
            moving = position * MOVER + at
            combo = combos[w[F_COMBINATION]]
            key = combo[C_KEY] | w[V_KEY + moving]
            bits = combo[C_SPATIAL] | w[V_SPATIAL + moving]
            out = combo[C_OUT] * w[V_OUT_ALL + moving]
            macs = combo[C_MACS] * w[V_MACS_ALL + moving]
            occurrences = combo[C_OCCURRENCES] * w[V_TIMES + moving]
            critical_factor, egress_factor, macs_factor = array_outputs(bits, level == 0, w)
            critical = macs * critical_factor
            sent = out * egress_factor
            compute = 0
            active = 0.0
            partial_key, full_key, at_edge, partial = edge_keys(key, bits, w)
            missing = -1
            if critical > 0 and level < last:
                if partial:
                    if stamp[level + 1, partial_key] != row:
                        missing = partial_key
                    elif edge_units > 1 and stamp[level + 1, full_key] != row:
                        missing = full_key
                elif stamp[level + 1, full_key] != row:
                    missing = full_key
            elif position < 0 and critical <= 0 and w[F_FIRSTS] == 0:
                sums[:] = 0
                first_key, fine = skip_first(w, case, sums, level == 0)
                if not fine:
                    return Failure.UNIQUE_ZERO.value
                if level == 0:
                    for tensor in range(len(sums)):
                        l2_sizes[tensor] = sums[tensor]
                if level < last and first_key >= 0 and stamp[level + 1, first_key] != row:
                    missing = first_key  # MAESTRO's L1 sizes are those of the sub-level it meets first
            if missing >= 0:
                below = work[level + 1]
                for dim in range(DIMS):
                    below[CASE_SIZES + dim] = 0
                    if (moved >> dim) & 1:
                        below[CASE_SIZES + dim] = w[(EDGE_MAPPED if (missing >> dim) & 1 else MAPPED) + dim * TILE]
                below[F_KEY] = missing
                opening = True
                break
            if critical > 0 and level < last:
                if partial:
                    compute = known_time[level + 1, partial_key]
                    active = known_active[level + 1, partial_key]
                    if edge_units > 1:
                        compute = max(compute, known_time[level + 1, full_key])
                        active += known_active[level + 1, full_key] * (edge_units - 1)
                else:
                    compute = known_time[level + 1, full_key]
                    active = known_active[level + 1, full_key] * (edge_units if at_edge else units)
            fetched_input = 0
            fetched_filter = 0
            if critical > 0:
                fetched_input, fine_input = ingress(0, position, bits, w)
                fetched_filter, fine_filter = ingress(1, position, bits, w)
                if not (fine_input and fine_filter):
                    where[1] = w[M_DIM + w[V_MAP + position * MOVER] * MAP]
                    return Failure.UNIQUE_ZERO.value
                if level == last:
                    compute = critical if lanes == 1 else (critical + lanes - 1) // lanes
            if position < 0 and critical > 0:
                w[F_FIRSTS] = 1
                if level == 0:
                    l2_sizes[0] = 2 * fetched_input
                    l2_sizes[1] = 2 * fetched_filter
                    l2_sizes[2] = 2 * sent
            array = macs * macs_factor
            fetched = fetched_input + fetched_filter
            busiest = max(fetched, sent)
            if level == 0 and critical > 0 and compute == 0:
                where[0] = 1
                return Failure.NOTHING_INSIDE.value
            band = 0
            if w[F_OVERFLOW] or w[L_TWICE] or (level == 0 and critical > 0):
                quotient = busiest // max(compute, 1)
                band = occurrences * quotient
                if w[F_OVERFLOW] or w[L_TWICE] or quotient * max(compute, 1) != busiest:
                    occurrences, band, fine = occurrence_sums(
                        position, at, combo[C_EDGES], w, picks, busiest, max(compute, 1)
                    )
                    if not fine:
                        return Failure.OVERFLOW.value
                peak = max(peak, quotient) if level == 0 and critical > 0 else peak
            if level == 0:
                output_l2 += occurrences * sent
                output_l1 += occurrences * array
            if critical > 0:
                if active == 0.0:
                    active = float(edge_units if at_edge else units)
                ingress_delay = latency + _rounds(fetched, noc, noc_bits)
                egress_delay = latency + _rounds(sent, noc, noc_bits)
                step = compute + ingress_delay if position < 0 else max(compute, ingress_delay, egress_delay)
                if level == 0:
                    input_l2 += occurrences * fetched_input
                    filter_l2 += occurrences * fetched_filter
                    bandwidth = machine[_OFF_CHIP]
                    off_chip = max(l2_sizes[0] + l2_sizes[1], l2_sizes[2])
                    if off_chip >= bandwidth * step:
                        step = max(step, off_chip // bandwidth // 2)
                    total_macs += occurrences * array
                    band_sum += band
                    ingress_min = min(ingress_min, ingress_delay)
                    ingress_max = max(ingress_max, ingress_delay)
                    ingress_sum += occurrences * ingress_delay
                    egress_min = min(egress_min, egress_delay)
                    egress_max = max(egress_max, egress_delay)
                    egress_sum += occurrences * egress_delay
                    compute_min = min(compute_min, compute)
                    compute_max = max(compute_max, compute)
                    compute_sum += occurrences * compute
                w[F_RUNTIME] += occurrences * step
                w[F_OCCURRENCES] += occurrences
                active_sum[level] += occurrences * active
            else:
                skipped = True
            more = next_class(w, combos)
        if opening:
            level += 1
            continue
        if level == last and not inner_done:
            inner_done = True
            l1_times = w[F_FIRSTS]
        if level > 0:
            key = w[F_KEY]
            stamp[level, key] = row
            known_time[level, key] = w[F_RUNTIME]
            steps = w[F_OCCURRENCES]
            known_active[level, key] = active_sum[level] / steps if steps else 0.0
        level -= 1
    where[0] = 0
    w = work[0]
    lowest = work[last if inner_done else 0]
    count[_LEVELS] = level_count if inner_done else 1
    if not inner_done:
        l1_times = w[F_FIRSTS]
    for tensor in range(3):
        elements = 2 * l1_times if tensor < 2 else 2
        size = 1
        mask = w[L_MASK + tensor]
        for dim in range(DIMS):
            if (mask >> dim) & 1:
                elements *= lowest[MAPPED + dim * TILE]
                if tensor == 2 and dim == _Y:
                    size *= w[SIZES + _Y] - w[SIZES + _R] + 1
                elif tensor == 2 and dim == _X:
                    size *= w[SIZES + _X] - w[SIZES + _S] + 1
                else:
                    size *= w[SIZES + dim]
        count[_L1_SIZE + tensor] = elements
        count[_L2_WRITE + tensor if tensor < 2 else _L2_READ + 2] = size
    steps = w[F_OCCURRENCES]
    if steps == 0:
        return Failure.NOTHING_AT_ALL.value
    most = max(l2_sizes[0] + l2_sizes[1], l2_sizes[2]) // compute_min
    off_chip, intensity = last_cases(w, case, l2_sizes, last == 0, lanes, known_time[1], most)
    count[_RUNTIME] = w[F_RUNTIME]
    count[_MACS] = total_macs
    count[_L1_READ] = count[_L1_READ + 1] = total_macs
    count[_L1_READ + 2] = count[_L1_WRITE + 2] = output_l1
    count[_L2_READ] = count[_L1_WRITE] = input_l2
    count[_L2_READ + 1] = count[_L1_WRITE + 1] = filter_l2
    count[_L2_WRITE + 2] = output_l2
    count[_INGRESS] = ingress_min
    count[_INGRESS + 1] = ingress_max
    count[_INGRESS + 2] = _mean(ingress_sum, steps)
    count[_EGRESS] = egress_min
    count[_EGRESS + 1] = egress_max
    count[_EGRESS + 2] = _mean(egress_sum, steps)
    count[_COMPUTE] = compute_min
    count[_COMPUTE + 1] = compute_max
    count[_COMPUTE + 2] = _mean(compute_sum, steps)
    count[_PEAK] = peak
    count[_OFF_CHIP_REQ] = off_chip
    rate[_MEAN_BANDWIDTH] = band_sum / steps
    rate[_ACTIVE_UNITS] = active_sum[0] / steps
    rate[_INTENSITY] = intensity
    note(level_count, machine, work, where, l2_sizes, count, skipped, overflowed)
    if not inner_done:
        where[0] = last
        return Failure.NOTHING_INSIDE.value
    if input_l2 == 0 or filter_l2 == 0 or output_l2 == 0 or output_l1 == 0:
        return Failure.NOT_FETCHED.value
    if min(w[F_RUNTIME], total_macs, input_l2, filter_l2, output_l2, output_l1) < 0:
        return Failure.NEGATIVE.value
    return Failure.NONE.value
