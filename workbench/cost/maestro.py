"""The `maestro` model: MAESTRO's own numbers for a layer under a mapping on a PE array, quirks included.

Bit-compatible in every integer and to six digits in every figure; formulas in docs/model-maestro.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.cost.directive_arrays import Encoded, HardwareColumn, Ints
from workbench.cost.maestro_findings import Failure, Quirk
from workbench.cost.maestro_quirks import failure_words, quirk_words
from workbench.cost.maestro_results import COUNTS, RATES, Count, Rate
from workbench.cost.maestro_rows import evaluate_rows
from workbench.cost.threads import LEAST_ROWS, in_parts
from workbench.dataflow.mapping import Dim, LayerType

Floats = NDArray[np.float64]

# Energies in units of one MAC, and area and power of a 28 nm design: MAESTRO's own constants (docs §5).
L2_ENERGY_MAC = 18.61
L1_ENERGY_MAC = 1.68
ENERGY_NJ_PER_MAC = 0.00023
PE_AREA_UM2 = 283.0
BUFFER_AREA_UM2_PER_BYTE = 0.104
PE_POWER_MW = 1.2223
BUFFER_POWER_MW_PER_BYTE = 0.00345
BUS_PER_PE = 14.662
BUS_BASE = 28.895
BUS_AREA_UM2 = 101.7938
BUS_POWER_MW = 0.0008
ARBITER = (1.2886, 5.5814, -23.711)  # of the number of PEs: square, linear, constant
ARBITER_AREA_UM2 = 395.473
ARBITER_POWER_MW = 0.34
ARBITER_POWER_SCALE = 1e-3

TENSORS = ("input", "filter", "output")


@dataclass(frozen=True)
class MaestroResult:
    """Results of n rows: counts int64 [n, COUNTS] and rates float64 [n, RATES], columns Count and Rate."""

    counts: Ints
    rates: Floats

    def failure(self, row: int) -> str:
        """Why a row has no result; empty if it has one."""
        kind, level, dim = self.counts[row, [Count.FAILURE, Count.FAILURE_LEVEL, Count.FAILURE_DIM]].tolist()
        return failure_words(kind, level, dim)

    def warnings(self, row: int) -> str:
        """Names of the quirks that touched a row; none where it has no result."""
        failed, quirks, macs, true_macs = self.counts[
            row, [Count.FAILURE, Count.QUIRKS, Count.MACS, Count.TRUE_MACS]
        ].tolist()
        return "" if failed else quirk_words(quirks, macs, true_macs)


def evaluate(problems: Ints, mappings: Encoded, hardware: Ints, rows: Ints, threads: int = 1) -> MaestroResult:
    """Evaluate rows int64 [n, 3]: indices into problems [., 15], mappings and hardware [., 7] (directive_arrays)."""
    counts = np.empty((len(rows), COUNTS), np.int64)
    rates = np.empty((len(rows), RATES), np.float64)

    def part(first: int, last: int) -> None:
        some = slice(first, last)
        evaluate_rows(problems, mappings.directives, mappings.start, hardware, rows[some], counts[some], rates[some])

    in_parts(part, len(rows), threads, LEAST_ROWS)
    return MaestroResult(counts, rates)


def output_columns(result: MaestroResult, problems: Ints, hardware: Ints, rows: Ints) -> dict[str, Ints | Floats]:
    """Every output column of MAESTRO by its reference name, [n] each; what a failed row holds has no meaning."""
    counts, rates = np.ascontiguousarray(result.counts.T).T, result.rates  # it is read column by column
    machine = hardware[rows[:, 2]]
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = _counted(counts)
        columns["out_num_pes"] = machine[:, HardwareColumn.PES]
        columns["vector_width"] = machine[:, HardwareColumn.SIMD_LANES]
        columns["avg_bw_req"] = rates[:, Rate.MEAN_BANDWIDTH]
        columns["avg_utilized_pes"] = rates[:, Rate.ACTIVE_UNITS]
        columns["arithmetic_intensity"] = rates[:, Rate.INTENSITY]
        columns["num_input_pixels"], columns["num_weight_pixels"] = _elements(problems[rows[:, 0]])
        _add_energy(columns, counts)
        _add_area_and_power(columns, machine)
    return columns


def _counted(counts: Ints) -> dict[str, Ints | Floats]:
    """The columns that are counts, or shares of counts."""
    columns: dict[str, Ints | Floats] = {
        "runtime_cycles": counts[:, Count.RUNTIME],
        "num_macs": counts[:, Count.MACS],
        "noc_bw_req": counts[:, Count.PEAK_BANDWIDTH],
        "peak_bw_req": counts[:, Count.PEAK_BANDWIDTH],
        "offchip_bw_req": counts[:, Count.OFF_CHIP_BANDWIDTH],
        "true_macs": counts[:, Count.TRUE_MACS],
        "macs_exact": (counts[:, Count.MACS] == counts[:, Count.TRUE_MACS]).astype(np.int64),
        "multicast_factor_weight": counts[:, Count.L1_WRITE + 1] // np.maximum(counts[:, Count.L2_READ + 1], 1),
        "multicast_factor_input": counts[:, Count.L1_WRITE] // np.maximum(counts[:, Count.L2_READ], 1),
        # MAESTRO adds the sizes up in 32 bits
        "l2_size_req": counts[:, Count.L2_SIZE : Count.L2_SIZE + 3].sum(1).astype(np.int32).astype(np.int64),
        "l1_size_req": counts[:, Count.L1_SIZE : Count.L1_SIZE + 3].sum(1).astype(np.int32).astype(np.int64),
    }
    for index, tensor in enumerate(TENSORS):
        columns[f"{tensor}_l1_read"] = counts[:, Count.L1_READ + index]
        columns[f"{tensor}_l1_write"] = counts[:, Count.L1_WRITE + index]
        columns[f"{tensor}_l2_read"] = counts[:, Count.L2_READ + index]
        columns[f"{tensor}_l2_write"] = counts[:, Count.L2_WRITE + index]
        columns[f"{tensor}_reuse_factor"] = counts[:, Count.L1_READ + index] / counts[:, Count.L1_WRITE + index]
        columns[f"{tensor}_l2_size_req"] = counts[:, Count.L2_SIZE + index]
        columns[f"{tensor}_l1_size_req"] = counts[:, Count.L1_SIZE + index]
    for first, name in (
        (Count.INGRESS_MIN, "ingress"),
        (Count.EGRESS_MIN, "egress"),
        (Count.COMPUTE_MIN, "compute"),
    ):
        for offset, suffix in enumerate(("min", "max", "avg")):
            columns[f"{name}_delay_{suffix}"] = counts[:, first + offset]
    return columns


def _elements(problems: Ints) -> tuple[Ints, Ints]:
    """Elements of input and filter: products of the sizes the layer gives."""
    size = np.maximum(problems[:, : len(Dim)], 1)
    kind = problems[:, len(Dim)]
    grouped = kind == LayerType.NGCONV
    inputs = size[:, Dim.N] * size[:, Dim.C] * size[:, Dim.Y] * size[:, Dim.X] * np.where(grouped, size[:, Dim.G], 1)
    filters = (
        size[:, Dim.C]
        * size[:, Dim.R]
        * size[:, Dim.S]
        * np.where(kind == LayerType.DSCONV, 1, size[:, Dim.K])
        * np.where(grouped, size[:, Dim.G], 1)
    )
    gemm = kind == LayerType.GEMM
    inputs = np.where(gemm, size[:, Dim.M] * size[:, Dim.K], inputs)
    filters = np.where(gemm, size[:, Dim.K] * size[:, Dim.N], filters)
    return inputs, filters


def _add_energy(columns: dict[str, Ints | Floats], counts: Ints) -> None:
    """Energy in units of a MAC and the "nJ" column, throughput per energy (MAESTRO's formulas, docs §5)."""
    l2_read = counts[:, Count.L2_READ : Count.L2_READ + 3].sum(1)
    l2_write = counts[:, Count.L2_WRITE : Count.L2_WRITE + 3].sum(1)
    l1_read = counts[:, Count.L1_READ : Count.L1_READ + 3].sum(1)
    l1_write = counts[:, Count.L1_WRITE : Count.L1_WRITE + 3].sum(1)
    macs, runtime = counts[:, Count.MACS], counts[:, Count.RUNTIME]
    columns["overall_reuse_factor"] = l1_read / l1_write
    columns["total_l2_write_energy_mac"] = L2_ENERGY_MAC * l2_write
    columns["total_l2_read_energy_mac"] = L2_ENERGY_MAC * l2_read
    columns["total_l1_write_energy_mac"] = L1_ENERGY_MAC * l1_write
    columns["total_l1_read_energy_mac"] = L1_ENERGY_MAC * l1_read
    total = L2_ENERGY_MAC * (l2_read + l2_write) + L1_ENERGY_MAC * (l1_read + l1_write) + macs
    columns["total_energy_mac"] = total
    throughput = macs / runtime
    columns["throughput_macs_per_cycle"] = throughput
    columns["perf_per_mac_energy"] = throughput / total
    # The "nJ" column: no MACs, no output L2 reads, and no L1 accesses once a sub-level was evaluated (Q0).
    l1 = np.where(counts[:, Count.LEVELS] == 1, l1_read + l1_write, 0)
    l2 = l2_read + l2_write - counts[:, Count.L2_READ + 2]
    energy_nj = ENERGY_NJ_PER_MAC * (L2_ENERGY_MAC * l2 + L1_ENERGY_MAC * l1)
    columns["energy_csv_nj"] = energy_nj
    columns["throughput_per_energy"] = throughput / energy_nj * 1e9
    columns["ops_per_joule"] = macs / energy_nj * 1e9


def _add_area_and_power(columns: dict[str, Ints | Floats], machine: Ints) -> None:
    """Area in µm² and power in mW from the required buffer sizes (MAESTRO's formulas, docs §5)."""
    pes = machine[:, HardwareColumn.PES].astype(np.float64)
    lanes, bandwidth = machine[:, HardwareColumn.SIMD_LANES], machine[:, HardwareColumn.NOC_BANDWIDTH]
    l1 = np.where(columns["l1_size_req"] == 0, 1, columns["l1_size_req"])
    l2 = np.where(columns["l2_size_req"] == 0, 1, columns["l2_size_req"])
    bus = BUS_PER_PE * pes + BUS_BASE
    arbiter = ARBITER[0] * pes**2 + ARBITER[1] * pes + ARBITER[2]
    columns["area_um2"] = (
        pes * (PE_AREA_UM2 * lanes + BUFFER_AREA_UM2_PER_BYTE * l1)
        + BUFFER_AREA_UM2_PER_BYTE * l2
        + BUS_AREA_UM2 * bus * bandwidth
        + np.maximum(ARBITER_AREA_UM2 * arbiter, ARBITER_AREA_UM2)
    )
    columns["pe_power_mw"] = pes * PE_POWER_MW * lanes
    columns["l1_power_mw"] = pes * BUFFER_POWER_MW_PER_BYTE * l1
    columns["l2_power_mw"] = BUFFER_POWER_MW_PER_BYTE * l2
    columns["noc_power_mw"] = BUS_POWER_MW * bus * bandwidth + np.maximum(
        ARBITER_POWER_MW * arbiter * ARBITER_POWER_SCALE, ARBITER_POWER_MW
    )
    columns["power_mw"] = (
        columns["pe_power_mw"] + columns["l1_power_mw"] + columns["l2_power_mw"] + columns["noc_power_mw"]
    )


__all__ = ["Failure", "MaestroResult", "Quirk", "evaluate", "output_columns"]
