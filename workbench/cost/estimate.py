"""The quick question: how long does one network take on n equal cores of a board, each layer split as suits it best?"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.cost.dpu import ALL_WIRES, option_table
from workbench.cost.measured_layers import median_times
from workbench.cost.measured_rows import read_measured_layers
from workbench.cost.options import Column
from workbench.dataflow.core_dataflow import CoreDataflow
from workbench.hardware.board import Board
from workbench.hardware.core import Core, DpuCore
from workbench.hardware.presets import PresetError, core_idle_w, core_resources, load_energy
from workbench.workload.layer import LayerKind, LayerShape
from workbench.workload.network import Network

FREE_SPLIT = CoreDataflow(spatial=(), auto=True, flexible=True)
MOST_CORES = 256
LEAST_DETECTION_MAPS = 3  # a single-shot detector predicts from at least so many feature maps


@dataclass(frozen=True, slots=True)
class LayerEstimate:
    """One layer: cores used and their split, times, off-chip bytes. `bound` is compute, memory or ring."""

    name: str
    cores: int
    split: tuple[int, int, int]  # n_P, n_C, n_K
    time_s: float
    compute_s: float
    off_chip_bytes: float
    energy_j: float
    bound: str
    measured: bool = False  # time_s was measured, not modelled


@dataclass(frozen=True, slots=True)
class Estimate:
    """One network on n cores, one image. `memory_bound_share` is the share of the time of layers bound by memory."""

    network: str
    core: str
    cores: int
    board: str
    clock_hz: float
    latency_s: float
    compute_s: float
    host_s: float
    memory_bound_share: float
    energy_j: float
    layers: tuple[LayerEstimate, ...]
    unconfirmed: tuple[str, ...] = ()


def resident_tensors(network: Network, core: DpuCore) -> tuple[list[bool], list[bool]]:
    """Per layer: whether its input tensors, and whether its output, stay on chip.

    A tensor (channels padded to ICP) stays if it is no larger than an image bank; the network's input always moves
    (docs/model-fpga.md §1).
    """

    def fits(height: int, width: int, channels: int, batch: int) -> bool:
        padded = -(-channels // core.input_channels) * core.input_channels
        return batch * height * width * padded <= core.image_bank_bytes

    shapes = [layer.shape for layer in network.layers]
    into = [not s.from_network_input and fits(s.in_h, s.in_w, s.in_c, s.batch) for s in shapes]
    return into, [fits(s.out_h, s.out_w, s.out_c, s.batch) for s in shapes]


def ssd_outputs(network: Network) -> int:
    """Class scores that the host soft-maxes: anchors × classes of a single-shot detector, 0 for any other network.

    Its heads are pairs of convolutions that nothing but a concatenation reads, over the same maps, one with 4 channels
    per anchor (boxes), the other with the classes of each anchor.
    """
    readers: dict[int, list[LayerKind]] = {}
    for layer in network.layers:
        for producer in layer.inputs:
            readers.setdefault(producer, []).append(layer.shape.kind)
    maps: dict[tuple[int, int], list[int]] = {}
    for index, layer in enumerate(network.layers):
        ends = all(kind in (LayerKind.CONCAT, LayerKind.COPY) for kind in readers.get(index, []))
        if ends and layer.shape.kind is LayerKind.CONV:
            maps.setdefault((layer.shape.out_h, layer.shape.out_w), []).append(layer.shape.out_c)
    pairs = [
        (h * w, max(channels)) for (h, w), channels in maps.items() if len(channels) == 2 and min(channels) % 4 == 0
    ]
    return sum(size * classes for size, classes in pairs) if len(pairs) >= LEAST_DETECTION_MAPS else 0


def host_seconds(network: Network, board: Board) -> float:
    """Host work in end-to-end figures: fixed, per input pixel (resize, mean), per soft-maxed SSD output."""
    pixels = max(
        (s.in_h * s.in_w for s in (layer.shape for layer in network.layers) if s.from_network_input), default=0
    )
    return board.host_s + board.host_s_per_input_pixel * pixels + board.host_s_per_ssd_output * ssd_outputs(network)


def best_options(network: Network, core: DpuCore, cores: int, board: Board, clock_hz: float) -> NDArray[np.float64]:
    """float64 [layers, COLUMNS]: per layer the option of least time with the card to itself (ties: fewer bytes, cores).

    UNSTALLED_S of a row is that time, the card's bandwidth included.
    """
    into, out = resident_tensors(network, core) if board.keep_activations else ([], [])
    measured = measured_times(network, core, cores, board, clock_hz)
    distinct: dict[tuple[LayerShape, bool, bool, str], int] = {}
    index = []
    for position, layer in enumerate(network.layers):
        own = layer.name if layer.name in measured else ""  # a measured layer is not like its equals
        key = (layer.shape, bool(into and into[position]), bool(out and out[position]), own)
        index.append(distinct.setdefault(key, len(distinct)))
    keys = list(distinct)
    table = option_table(
        [key[0] for key in keys], core, FREE_SPLIT, cores, 1, 1, ALL_WIRES, board, load_energy(board.energy),
        clock_hz=clock_hz, resident_in=[key[1] for key in keys], resident_out=[key[2] for key in keys],
    )  # fmt: skip
    rows = table.rows
    off_chip = rows[:, Column.INPUT_BYTES] + rows[:, Column.WEIGHT_BYTES] + rows[:, Column.OUTPUT_BYTES]
    rows[:, Column.UNSTALLED_S] = np.maximum(rows[:, Column.UNSTALLED_S], off_chip / board.bandwidth_bytes_per_s)
    best = np.empty(len(keys), dtype=np.int64)
    for shape, (first, last) in enumerate(zip(table.start[:-1], table.start[1:], strict=True)):
        time, cores_used = rows[first:last, Column.UNSTALLED_S], rows[first:last, Column.CORES]
        best[shape] = first + np.lexsort((cores_used, off_chip[first:last], time))[0]
        seconds = measured.get(keys[shape][3])
        if seconds is not None:
            chosen = rows[best[shape]]
            chosen[[Column.UNSTALLED_S, Column.CORES]] = seconds, cores
            parts = [Column.COMPUTE_S, Column.PORT_S, Column.RING_S]
            chosen[parts] = np.minimum(chosen[parts], seconds)
    return np.asarray(rows[best[index]])


def measured_times(network: Network, core: DpuCore, cores: int, board: Board, clock_hz: float) -> dict[str, float]:
    """Seconds by layer that board.measured has of a network on so many cores; none at a clock other than the board's.

    Raises PresetError naming line and column.
    """
    if not board.measured or clock_hz != board.clock_hz:
        return {}
    times = median_times(read_measured_layers(Path(board.measured)))
    return {layer: s for (name, layer, c, n), s in times.items() if (name, c, n) == (network.name, core.name, cores)}


def _layer(name: str, row: NDArray[np.float64], bandwidth: float, measured: bool) -> LayerEstimate:
    off_chip = float(row[Column.INPUT_BYTES] + row[Column.WEIGHT_BYTES] + row[Column.OUTPUT_BYTES])
    compute_s, ring_s = float(row[Column.COMPUTE_S]), float(row[Column.RING_S])
    memory_s = max(float(row[Column.PORT_S]), off_chip / bandwidth)
    bound = "compute" if compute_s >= max(memory_s, ring_s) else "memory" if memory_s >= ring_s else "ring"
    return LayerEstimate(
        name,
        int(row[Column.CORES]),
        (int(row[Column.ROWS]), int(row[Column.PLANES]), int(row[Column.COLS])),
        float(row[Column.UNSTALLED_S]),
        compute_s,
        off_chip,
        float(row[Column.MAC_J : Column.NETWORK_J + 1].sum()),
        bound,
        measured,
    )


def estimate_network(
    network: Network,
    core: Core,
    cores: int,
    board: Board,
    clock_mhz: float | None = None,
    end_to_end: bool = False,
) -> Estimate:
    """Latency and energy of one image on `cores` equal cores, all on one layer at a time, best split per layer.

    `end_to_end` adds the host's work. Activations stay on chip where they fit if board.keep_activations (the vendor's
    compiler); multicast between cores is assumed. Raises PresetError for a core or a number that cannot be estimated.
    """
    if not isinstance(core, DpuCore):
        raise PresetError(f"core {core.name}: estimate knows DPU-like cores; allowed: B512 … B4096 or PPxICPxOCP")
    if not 1 <= cores <= MOST_CORES:
        raise PresetError(f"cores: found {cores}; allowed: 1 to {MOST_CORES}")
    if clock_mhz is not None and not 1 <= clock_mhz <= 5000:
        raise PresetError(f"clock_mhz: found {clock_mhz:g}; allowed: 1 to 5000")
    if board.concat_copies:
        network = network.separate_activations()
    clock_hz = clock_mhz * 1e6 if clock_mhz is not None else board.clock_hz
    rows = best_options(network, core, cores, board, clock_hz)
    bandwidth = board.bandwidth_bytes_per_s
    measured = measured_times(network, core, cores, board, clock_hz)
    layers = tuple(
        _layer(layer.name, row, bandwidth, layer.name in measured)
        for layer, row in zip(network.layers, rows, strict=True)
    )
    host_s = host_seconds(network, board) if end_to_end else 0.0
    run_s = sum(layer.time_s for layer in layers)
    bound_s = sum(layer.time_s for layer in layers if layer.bound == "memory")
    idle_w = cores * core_idle_w(board, core_resources(core, board))
    latency_s = run_s + host_s
    return Estimate(
        network.name, core.name, cores, board.name, clock_hz, latency_s, sum(layer.compute_s for layer in layers),
        host_s, bound_s / run_s if run_s else 0.0,
        sum(layer.energy_j for layer in layers) + (board.static_w + idle_w) * latency_s, layers, board.unconfirmed,
    )  # fmt: skip
