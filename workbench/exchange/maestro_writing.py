"""Networks and designs as MAESTRO's files: padded inputs, Stride before Dimensions, no negative numbers, plain names.

What the format cannot say is kept in comments that MAESTRO skips (`// workbench: groups 12, repeat 25`) and listed in
the notes: MAESTRO counts such a layer once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.dataflow.mapping import PeHardware
from workbench.dataflow.statements import Statement
from workbench.design.design import Design
from workbench.design.pe_text import pe_core
from workbench.design.report import Score
from workbench.exchange.imported import ExchangeError
from workbench.exchange.maestro_blocks import OWN_COMMENT
from workbench.exchange.maestro_dataflow import (
    GEMM_DIMENSIONS,
    MappingError,
    dimensions,
    maestro_statements,
    without_output_channels,
)
from workbench.exchange.maestro_hardware import write_hardware
from workbench.exchange.maestro_reading import TRANSPOSED_STRIDE
from workbench.exchange.target import file_name
from workbench.hardware.board import Board
from workbench.hardware.core import PeArrayCore
from workbench.workload.layer import Layer, LayerKind, LayerShape, Operands
from workbench.workload.network import Network
from workbench.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class MaestroText:
    """A file's text, and what could not be said in it."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MaestroExport:
    """Files by name, and what could not be said in them."""

    files: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())


def write_network(network: Network, dataflow: Callable[[int], str | None] | str | None = None) -> MaestroText:
    """A network as one file. `dataflow`: a directive text for all layers, or for each by its index (None: without).

    A layer whose `dataflow` is the empty text is left out. Raises MappingError for a text MAESTRO has no words for,
    ExchangeError if no layer is left.
    """
    if isinstance(dataflow, str):
        maestro_statements(dataflow)
    of_layer = dataflow if callable(dataflow) else lambda _: dataflow
    lines: list[str] = []
    names: set[str] = set()
    left_out: dict[str, int] = {}
    shared: list[str] = []
    for index, layer in enumerate(network.layers):
        text = of_layer(index)
        if text == "":
            continue
        reason = _why_not(layer.shape)
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        statements = None if text is None else maestro_statements(text)
        name = _plain_name(layer.name, names)
        lines += _layer(layer, name, statements)
        if layer.shape.repeat > 1 or (layer.shape.kind is LayerKind.GEMM and layer.shape.groups > 1):
            shared.append(name)
    if not lines:
        raise ExchangeError(network.name, "holds no layer that MAESTRO knows: convolutions and products only")
    notes = [f"{count} left out: {reason}" for reason, count in left_out.items()]
    if shared:
        notes.append(f"{len(shared)} layers run several times (repeats, heads); MAESTRO counts each once")
    if any(layer.shape.dilation > 1 for layer in network.layers):
        notes.append("dilated kernels are written undilated: the format has no dilation")
    head = f"Network {_plain_name(network.name, set())} {{\n"
    return MaestroText(head + "".join(f"  {line}\n" for line in lines) + "}\n", tuple(notes))


def write_design(design: Design, workload: Workload, score: Score, board: Board) -> MaestroExport:
    """A design's layers with the mapping of the cores they run on: one file per tenant and sub-accelerator, and the
    hardware of one core of each sub-accelerator.

    Raises ExchangeError for a design that does not run, or whose cores have no directives of processing elements.
    """
    if not score.feasible:
        raise ExchangeError("export", f"the design cannot run, so no layer has its core: {score.reason}")
    files: dict[str, str] = {}
    notes: list[str] = []
    for sub in design.subaccelerators:
        core = pe_core(sub)
        if core is None:
            raise ExchangeError(
                "export",
                f"{sub.id} has {sub.core} cores, which no directives of processing elements describe; "
                f"export a network instead, or a design on an ASIC board",
            )
        per_cycle = round(board.bandwidth_bytes_per_s / board.clock_hz)
        hardware = PeHardware(
            core.pes, core.noc_elements_per_cycle, core.noc_latency_cycles, per_cycle, core.simd_lanes, core.l1_bytes
        )
        files[file_name(sub.id, "hardware.m")] = write_hardware(hardware)
        for number, tenant in enumerate(workload.tenants):
            here = {layer.layer for layer in score.layers if layer.tenant == number and layer.subaccelerator == sub.id}
            multiplying = {i for i in here if _why_not(tenant.network.layers[i].shape) == ""}
            if not multiplying:
                continue
            try:
                written = write_network(tenant.network, _directives_of(core, here))
            except MappingError as error:
                raise ExchangeError("export", f"{sub.id}, {core.name}: {error}") from None
            name = file_name(f"{number}", tenant.network.name, f"{sub.id}.m")
            files[name] = written.text
            notes += [f"{name}: {note}" for note in written.notes]
    return MaestroExport(files, tuple(notes))


def _directives_of(core: PeArrayCore, layers: set[int]) -> Callable[[int], str]:
    """The core's directives for these layers, nothing for others."""
    return lambda index: core.directives if index in layers else ""


def _why_not(shape: LayerShape) -> str:
    """Why a layer has no place in a file; empty if it has."""
    if shape.macs == 0:
        return f"memory-bound ({shape.kind.value}), for which MAESTRO has no layer type"
    if shape.kind is LayerKind.TRANSPOSED and (
        (shape.stride_h, shape.stride_w) != (TRANSPOSED_STRIDE, TRANSPOSED_STRIDE)
        or shape.groups > 1
        or shape.out_h != (shape.in_h - 1) * TRANSPOSED_STRIDE + shape.kernel_h
        or shape.out_w != (shape.in_w - 1) * TRANSPOSED_STRIDE + shape.kernel_w
    ):
        return "transposed convolutions other than by 2 without padding, which MAESTRO cannot say"
    return ""


def _layer(layer: Layer, name: str, statements: Sequence[Statement] | None) -> list[str]:
    shape = layer.shape
    notes: list[str] = []
    heads = shape.groups if shape.kind is LayerKind.GEMM else 1
    if heads > 1:
        notes.append(f"groups {heads}")
    if shape.repeat > 1:
        notes.append(f"repeat {shape.repeat}")
    if shape.operands is Operands.ACTIVATIONS:
        notes.append("activations")
    kernel = {"R": shape.kernel_h, "S": shape.kernel_w}
    padded = {
        "Y": (shape.out_h - 1) * shape.stride_h + shape.kernel_h,
        "X": (shape.out_w - 1) * shape.stride_w + shape.kernel_w,
    }
    strided = (shape.stride_h, shape.stride_w) != (1, 1)
    match shape.kind:
        case LayerKind.GEMM:
            m, n, k = shape.out_w, shape.out_c // heads, shape.in_c // heads
            if statements is None or dimensions(statements) <= GEMM_DIMENSIONS:
                word, sizes = "GEMM", {"M": m, "N": n, "K": k}
            else:  # directives of convolutions: the product as a 1×1 convolution over its rows
                word, sizes = "CONV", {"K": n, "C": k, "R": 1, "S": 1, "Y": 1, "X": m}
                notes.append("gemm")
        case LayerKind.TRANSPOSED:
            word, strided = "TRCONV", False
            sizes = {"K": shape.out_c, "C": shape.in_c, **kernel, "Y": shape.in_h, "X": shape.in_w}
        case LayerKind.DEPTHWISE if shape.out_c == shape.in_c:
            word, sizes = "DSCONV", {"C": shape.in_c, **kernel, **padded}
            statements = None if statements is None else without_output_channels(statements)
        case _ if shape.groups > 1:
            group = {"G": shape.groups, "K": shape.out_c // shape.groups, "C": shape.in_c // shape.groups}
            word, sizes = "NGCONV", {**group, **kernel, **padded}
        case _:
            word, sizes = "CONV", {"K": shape.out_c, "C": shape.in_c, **kernel, **padded}
    lines = [f"Layer {name} {{"]
    if notes:
        lines.append(f"  // {OWN_COMMENT} {', '.join(notes)}")
    lines.append(f"  Type: {word}")
    if strided:
        lines.append(f"  Stride {{ X: {shape.stride_w}, Y: {shape.stride_h} }}")
    lines.append(f"  Dimensions {{ {', '.join(f'{dim}: {size}' for dim, size in sizes.items())} }}")
    if statements is not None:
        lines += ["  Dataflow {", *(f"    {statement.text}" for statement in statements), "  }"]
    return [*lines, "}"]


def _plain_name(name: str, taken: set[str]) -> str:
    """A name of letters, digits and _, for MAESTRO cuts names at - and other marks; unique among those taken."""
    base = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).strip("_") or "layer"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}_{number}"
    taken.add(found)
    return found
