"""The exact model behind `workbench cost --model exact`: its counts under MAESTRO's column names where they mean the
same, and columns of its own where MAESTRO has none (docs/model-exact.md §9)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.cost.batch import Batch, Outcome, words_for
from workbench.cost.directive_arrays import HardwareColumn
from workbench.cost.exact import (
    CYCLES,
    FAULT,
    LEVEL_COUNTS,
    LEVELS,
    MACS,
    OFF_CHIP,
    ON_CHIP_CYCLES,
    PATH_STEPS,
    PE_STEPS,
    exact_batch,
)
from workbench.cost.exact_energy import HOPS, L1_ACCESSES, L2_ACCESSES, event_table
from workbench.cost.exact_nest import FAULT_TEXT, Fault, IntArray
from workbench.cost.exact_off_chip import OFF_FILTER, OFF_INPUT, OFF_OUTPUT_REREAD, OFF_OUTPUT_WRITE
from workbench.cost.exact_traffic import (
    COUNTS,
    FILTER_FILL,
    FILTER_READ,
    INPUT_FILL,
    INPUT_READ,
    OUTPUT_DRAIN,
    OUTPUT_REREAD,
    OUTPUT_WRITE,
)
from workbench.cost.maestro import L1_ENERGY_MAC, L2_ENERGY_MAC


def exact_outcome(batch: Batch, threads: int = 1) -> Outcome:
    """Cost every row of a batch; a row without an exact count says why and what to write instead."""
    results = exact_batch(batch.mappings, batch.mapping, batch.problems, batch.hardware, threads)
    faults = results[:, FAULT]
    errors = words_for(faults != 0, lambda row: FAULT_TEXT[Fault(int(faults[row]))])
    return Outcome(exact_columns(results, batch.hardware), lambda _: "", errors)


def exact_columns(results: IntArray, hardware: IntArray) -> dict[str, NDArray[Any]]:
    """Columns [n] by name from result rows [n, RESULT_COLUMNS] and hardware [n]; failed rows hold zeros or NaN."""
    macs, cycles = results[:, MACS], results[:, CYCLES]

    def top(count: int) -> IntArray:
        return results[:, LEVEL_COUNTS + count]

    def bottom(count: int) -> IntArray:
        place = LEVEL_COUNTS + np.maximum(results[:, LEVELS] - 1, 0) * COUNTS + count
        picked: IntArray = results[np.arange(len(results)), place]
        return picked

    def memory(count: int) -> IntArray:
        return results[:, OFF_CHIP + count]

    columns: dict[str, NDArray[Any]] = {
        "out_num_pes": hardware[:, HardwareColumn.PES],
        "vector_width": hardware[:, HardwareColumn.SIMD_LANES],
        "runtime_cycles": cycles,
        "num_macs": macs,
        "true_macs": macs,
        "macs_exact": (results[:, FAULT] == 0).astype(np.int64),
        "input_l1_read": macs,
        "input_l1_write": bottom(INPUT_FILL),
        "input_l2_read": top(INPUT_READ),
        "input_l2_write": memory(OFF_INPUT),
        "filter_l1_read": macs,
        "filter_l1_write": bottom(FILTER_FILL),
        "filter_l2_read": top(FILTER_READ),
        "filter_l2_write": memory(OFF_FILTER),
        "output_l1_read": macs + bottom(OUTPUT_DRAIN),
        "output_l1_write": macs + bottom(OUTPUT_REREAD),
        "output_l2_read": top(OUTPUT_REREAD) + memory(OFF_OUTPUT_WRITE),
        "output_l2_write": top(OUTPUT_WRITE) + memory(OFF_OUTPUT_REREAD),
        "onchip_cycles": results[:, ON_CHIP_CYCLES],
        "offchip_input_read": memory(OFF_INPUT),
        "offchip_filter_read": memory(OFF_FILTER),
        "offchip_output_write": memory(OFF_OUTPUT_WRITE),
        "offchip_output_reread": memory(OFF_OUTPUT_REREAD),
    }
    events = event_table(results, LEVELS, MACS, OFF_CHIP, LEVEL_COUNTS)
    energy = L2_ENERGY_MAC * events[:, L2_ACCESSES] + L1_ENERGY_MAC * events[:, L1_ACCESSES] + macs
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["throughput_macs_per_cycle"] = macs / cycles
        columns["avg_utilized_pes"] = results[:, PE_STEPS] / results[:, PATH_STEPS]
        columns["total_energy_mac"] = energy
        columns["perf_per_mac_energy"] = macs / cycles / energy
        for tensor in ("input", "filter", "output"):
            columns[f"{tensor}_reuse_factor"] = columns[f"{tensor}_l1_read"] / columns[f"{tensor}_l1_write"]
    columns["noc_hops"] = events[:, HOPS]
    return columns
