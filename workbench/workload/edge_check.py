"""Whether what producers yield is what a layer reads."""

from collections.abc import Sequence
from math import prod

from workbench.workload.layer import Layer, LayerKind, LayerShape, Operands

_ONE_INPUT = {
    LayerKind.CONV,
    LayerKind.DEPTHWISE,
    LayerKind.TRANSPOSED,
    LayerKind.POOL,
    LayerKind.RESIZE,
    LayerKind.COPY,
    LayerKind.SOFTMAX,
    LayerKind.NORM,
}


def edge_problem(layers: Sequence[Layer], index: int) -> str | None:
    """Why layer `index` cannot read its producers' outputs, or None.

    * One tensor in, the same height, width and channels; only the number of elements where one side is a GEMM (a
      flatten or reshape between them moves nothing).
    * A GEMM may read fewer rows of its producer (the head on the last token); a product of activations slices its
      operands out of its producers; a repeated GEMM reads its own state, its inputs only say when it may start.
    * An element-wise layer's producers add up to `reads` tensors of its size, those broadcast over all pixels apart.
    * A concatenation's producers add up to its input.
    A layer that also reads the network's input may find less in its producers, never more.
    """
    layer = layers[index]
    shape = layer.shape
    producers = [layers[i] for i in layer.inputs]
    if not producers:
        return None if shape.from_network_input else "reads nothing, neither a layer nor the network's input (in)"
    if shape.kind in _ONE_INPUT and len(producers) + shape.from_network_input > 1:
        return f"a {shape.kind.value} reads one tensor, not {len(producers) + shape.from_network_input}"
    if shape.kind is LayerKind.GEMM:
        return None if shape.from_network_input else _product_problem(shape, producers)
    wanted = shape.repeat * shape.input_elements
    if shape.kind is LayerKind.ELTWISE:
        found = sum(_total(p.shape) for p in producers if not _is_broadcast(p.shape, shape))
    else:
        found = sum(_total(p.shape) for p in producers)
    if found > wanted or (found < wanted and not shape.from_network_input):
        names = ", ".join(f"{p.name} ({_size(p.shape)})" for p in producers)
        per_tensor = f"{shape.reads} × " if shape.kind is LayerKind.ELTWISE else ""
        return f"reads {per_tensor}{shape.in_h}×{shape.in_w}×{shape.in_c}, but its inputs yield {names}"
    if shape.kind in _ONE_INPUT and shape.kind is not LayerKind.COPY:
        only = producers[0].shape
        if only.kind is not LayerKind.GEMM and (only.out_h, only.out_w, only.out_c) != (
            shape.in_h,
            shape.in_w,
            shape.in_c,
        ):
            return f"reads {shape.in_h}×{shape.in_w}×{shape.in_c}, but {producers[0].name} yields {_size(only)}"
    return None


def _product_problem(shape: LayerShape, producers: Sequence[Layer]) -> str | None:
    found = sum(_total(p.shape) for p in producers)
    wanted = shape.repeat * shape.input_elements
    if shape.operands is Operands.ACTIVATIONS:
        second = shape.repeat * shape.in_c * (shape.out_c // shape.groups)
        if max(wanted, second) > found:
            return f"multiplies operands of {wanted} and {second} elements, but its inputs yield only {found}"
        return None
    if shape.repeat > 1 or found == wanted:
        return None
    if len(producers) == 1 and producers[0].shape.out_c == shape.in_c and found > wanted:
        return None
    names = ", ".join(f"{p.name} ({_size(p.shape)})" for p in producers)
    return f"reads {shape.in_w}×{shape.in_c}, but its inputs yield {names}"


def _total(shape: LayerShape) -> int:
    return shape.repeat * shape.output_elements


def _size(shape: LayerShape) -> str:
    sizes = (shape.out_h, shape.out_w, shape.out_c)
    repeats = f", {shape.repeat} times" if shape.repeat > 1 else ""
    return "×".join(map(str, sizes)) + repeats


def _is_broadcast(producer: LayerShape, consumer: LayerShape) -> bool:
    pixels = prod((producer.out_h, producer.out_w))
    return pixels == 1 and producer.out_c == consumer.out_c and consumer.out_h * consumer.out_w > 1
