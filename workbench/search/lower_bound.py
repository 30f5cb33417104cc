"""What no design on a board can beat: a bound on delay and energy that follows from the cost model alone.

For every layer the cores of the library are tried one at a time (1 × 1 grids). Splitting a layer over cores never needs
fewer core-cycles (its tiles are whole ones), nor fewer bytes than each tensor once. Derived:
* area × time: a job occupies resource r of its cores for its core-seconds, and the card has so much of r:
  Σ_jobs min_core core_s · use_r(core) ≤ T · usable_r, for LUT, FF, DSP and PEs each;
* bytes: Σ_jobs compulsory bytes ≤ T · bandwidth;
* chain: no job is faster than on all the cores of a kind that the card could hold, with all its bandwidth.
Energy: every issued slot, every compulsory byte, idle power of busy cores, and the board's power for at least T.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.cost.options import Column
from workbench.dataflow.core_dataflow import CoreDataflow
from workbench.design.configurations import table_of
from workbench.design.design import SubAccelerator
from workbench.design.score import Scorer
from workbench.hardware.board import Board, Family
from workbench.hardware.core import DspUse
from workbench.hardware.presets import core_idle_w, core_resources, load_core
from workbench.search.choices import Choices
from workbench.workload.layer import Operands

Floats = NDArray[np.float64]

COUNTED = ("lut", "ff", "dsp", "pes")  # memory is left out: it may be block or ultra RAM
PARTIAL_SUM_BYTES = 4.0


@dataclass(frozen=True, slots=True)
class LowerBound:
    """Bounds of one workload on one board over all designs made of `cores`; `binding` names what sets latency_s."""

    edp_j_s: float
    latency_s: float
    energy_j: float
    area_time_s: float
    bandwidth_s: float
    chain_s: float
    binding: str
    cores: tuple[str, ...]


def lower_bound(scorer: Scorer, choices: Choices) -> LowerBound:
    """The bound for a scorer's workload and board.

    Raises ValueError for ASIC boards and for measured layers, which it does not cover.
    """
    board, jobs = scorer.board, scorer.jobs
    if board.family is not Family.FPGA:
        raise ValueError(f"{board.name}: the lower bound is derived for DPU-like cores; there is none for PE arrays")
    if board.measured:
        raise ValueError(f"{board.name}: the lower bound is of the model's times; take back board.measured for one")
    uses = np.bincount(np.asarray(jobs.shape), minlength=len(jobs.shapes)).astype(float)
    core_s, dynamic_j, compulsory = _alone(scorer, choices.cores)  # [cores, shapes] each
    compulsory_bytes = compulsory.min(axis=0)

    areas = {
        name: float(uses @ (core_s * _uses_of(name, choices.cores, board)[:, None]).min(axis=0)) / usable
        for name in COUNTED
        if (usable := getattr(choices.usable, name)) > 0
    }
    scarcest = max(areas, key=lambda name: areas[name])
    bandwidth = board.bandwidth_bytes_per_s  # memory_efficiency included
    bandwidth_s = float(uses @ compulsory_bytes) / bandwidth
    chain_s = _longest_chain(scorer, _fastest(core_s, compulsory_bytes, choices, bandwidth))

    times = {f"area × time of {scarcest}": areas[scarcest], "off-chip bandwidth": bandwidth_s, "longest chain": chain_s}
    binding = max(times, key=lambda name: times[name])
    latency_s = times[binding]
    idle_w = np.array([_least_idle_w(core, board) for core in choices.cores])
    per_use_j = (dynamic_j + core_s * idle_w[:, None]).min(axis=0)
    per_use_j += compulsory_bytes * scorer.energy.off_chip_j_per_byte
    energy_j = float(uses @ per_use_j) + board.static_w * latency_s
    return LowerBound(
        energy_j * latency_s, latency_s, energy_j, areas[scarcest], bandwidth_s, chain_s, binding, choices.cores
    )


def _alone(scorer: Scorer, cores: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
    """Per core type and shape on one core: compute seconds, joules of slots and on-chip memory, each tensor's bytes."""
    shapes, board = scorer.jobs.shapes, scorer.board
    repeats = np.array([1.0 if s.operands is Operands.ACTIVATIONS else float(s.repeat) for s in shapes])
    found = [np.empty((len(cores), len(shapes))) for _ in range(3)]
    for i, core in enumerate(cores):
        sub = SubAccelerator("A", core, 1, 1, "")
        table = table_of(sub, CoreDataflow(spatial=(), auto=True), shapes, board, scorer.energy, all_rectangles=True)
        rows = table.rows[table.start[:-1]]  # a single option each
        found[0][i] = rows[:, Column.COMPUTE_S]
        found[1][i] = rows[:, Column.MAC_J] + rows[:, Column.ON_CHIP_J]
        weights = rows[:, Column.WEIGHT_BYTES] / (rows[:, Column.REFETCH_W] * repeats)
        spilled = 1.0 + 2.0 * PARTIAL_SUM_BYTES * (rows[:, Column.REFETCH_O] - 1.0)
        activations = rows[:, Column.INPUT_BYTES] / rows[:, Column.REFETCH_I] + rows[:, Column.OUTPUT_BYTES] / spilled
        found[2][i] = weights + (0.0 if board.keep_activations else activations)
    return found[0], found[1], found[2]


def _uses_of(resource: str, cores: tuple[str, ...], board: Board) -> Floats:
    """What one core of each kind takes of a resource at the least."""
    return np.array(
        [min(getattr(core_resources(load_core(core), board, dsp), resource) for dsp in DspUse) for core in cores]
    )


def _least_idle_w(core: str, board: Board) -> float:
    loaded = load_core(core)
    return min(core_idle_w(board, core_resources(loaded, board, dsp)) for dsp in DspUse)


def _fastest(core_s: Floats, bytes_: Floats, choices: Choices, bandwidth: float) -> Floats:
    """Seconds of each shape on all the cores of the best kind, with all the bandwidth."""
    board = choices.board
    most = np.full(len(choices.cores), math.inf)
    for name in COUNTED:
        needs = _uses_of(name, choices.cores, board)
        if getattr(choices.usable, name) > 0:
            most = np.minimum(most, np.floor(getattr(choices.usable, name) / np.maximum(needs, 1e-12)))
    computing = (core_s / np.maximum(most, 1.0)[:, None]).min(axis=0)
    overhead_s = board.layer_overhead_cycles / board.clock_hz
    fastest: Floats = np.maximum(computing, bytes_ / bandwidth) + overhead_s
    return fastest


def _longest_chain(scorer: Scorer, fastest: Floats) -> float:
    """The longest path through any tenant's layers."""
    jobs = scorer.jobs
    done = np.zeros(len(jobs))
    for job, shape in enumerate(jobs.shape):
        done[job] = fastest[shape] + max((done[p] for p in jobs.predecessors_of(job)), default=0.0)
    return float(done.max())
