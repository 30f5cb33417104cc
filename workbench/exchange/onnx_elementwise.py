"""ONNX operators that only move data: element-wise work, concatenations, norms, softmax."""

from dataclasses import replace
from math import prod

from workbench.exchange.layer_list import INPUT, Size, Value, joined
from workbench.exchange.onnx_context import Context, size_of
from workbench.exchange.onnx_model import OnnxNode
from workbench.workload.layer import LayerKind, LayerShape


def element_wise(context: Context, node: OnnxNode) -> Value:
    """Add, Mul and the like. Folded into the layer before where the other operands are constants, small inputs of the
    network (masks), or the same layer's output again (x·sigmoid(x)); else a layer that reads every full-sized operand.
    """
    values = [context.value(node, i) for i in range(len(node.inputs))]
    live = [i for i in context.live(node) if values[i].producers]
    everything = joined(values)
    if not live:
        return everything
    out = context.output_shape(node)
    full = [i for i in range(len(values)) if context.elements(node.inputs[i]) == prod(out)]
    other_full = [i for i in full if i not in live and not (values[i].constant and _is_row(context, node, i))]
    layers = joined([values[i] for i in live])
    alone = len(live) == 1 and not other_full
    repeated = len({values[i].producers for i in live}) == 1 and not other_full
    if alone or (repeated and context.list.total(layers) == prod(out)):
        if not alone:  # a constant's work is the layer's own, as the scale and shift of a norm
            context.list.mark_activation(layers)
        return replace(values[live[0]], from_input=False, intact=values[live[0]].intact and live[0] in full)
    first = next((i for i in full if i in live), live[0])
    size = context.data_size(values[first], out)
    reads = max(1, len([i for i in full if i in live]) + len(other_full))
    shape = LayerShape(LayerKind.ELTWISE, *size, *size, reads=reads)
    operands = [(values[i], _elements(context, node, i)) for i in live]
    operands += [(INPUT, prod(out)) for _ in other_full]
    made = context.list.add(node.name, shape, operands)
    return replace(made, intact=all(values[i].intact for i in live))


def concatenation(context: Context, node: OnnxNode) -> Value:
    """Concat along any axis; constants among its inputs come from memory."""
    values = [context.value(node, i) for i in range(len(node.inputs))]
    if not any(value.producers for value in values):
        return joined(values)
    if len(values) == 1:
        return values[0]
    y = context.output_shape(node)
    size = _joined_size(context, node, values, y)
    shape = LayerShape(LayerKind.CONCAT, *size, *size)
    operands = [(INPUT if v.constant else v, _elements(context, node, i)) for i, v in enumerate(values)]
    made = context.list.add(node.name, shape, operands)
    return replace(made, intact=size == size_of(y) and all(value.intact for value in values))


def row_by_row(context: Context, node: OnnxNode, kind: LayerKind) -> Value:
    """A layer that keeps its tensor's size: a softmax or a norm."""
    value = context.value(node, 0)
    x = context.input_shape(node, 0)
    return rows_layer(context, node, kind, value, x)


def rows_layer(context: Context, node: OnnxNode, kind: LayerKind, value: Value, x: tuple[int, ...]) -> Value:
    """The same for a value found elsewhere (a norm that was written out)."""
    size = context.data_size(value, x)
    made = context.list.add(node.name, LayerShape(kind, *size, *size), [(value, prod(x))])
    return replace(made, intact=value.intact)


def _joined_size(context: Context, node: OnnxNode, values: list[Value], y: tuple[int, ...]) -> Size:
    """Height, width and channels of a concatenation, as its producers lay them out if they agree, else as ONNX does."""
    sizes: list[Size] = []
    for i, value in enumerate(values):
        elements = context.elements(node.inputs[i])
        size = context.list.size(value)
        if size is None or elements is None or prod(size) != elements:
            return size_of(y)
        sizes.append(size)
    if len(y) == 4 and y[0] == 1 and all(value.intact for value in values):
        return size_of(y)
    for side in (2, 1, 0):
        if len({tuple(s for k, s in enumerate(size) if k != side) for size in sizes}) == 1:
            height, width, channels = (
                sum(s[k] for s in sizes) if k == side else sizes[0][k] for k in range(len(sizes[0]))
            )
            return (height, width, channels)
    return size_of(y)


def _elements(context: Context, node: OnnxNode, index: int) -> int:
    return prod(context.shape(node, node.inputs[index]))


def _is_row(context: Context, node: OnnxNode, index: int) -> bool:
    """A constant with one side longer than 1: a bias or a scale, even where it is as large as the result."""
    return sum(d != 1 for d in context.shape(node, node.inputs[index])) <= 1
