"""ONNX operators that multiply, and windows: convolutions, products, pools and recurrent cells as layers.

Operators: https://onnx.ai/onnx/operators/
"""

from dataclasses import replace
from math import prod

from workbench.exchange.layer_list import NoLayerError, Size, Value, joined
from workbench.exchange.onnx_context import Context
from workbench.exchange.onnx_model import OnnxNode
from workbench.workload.layer import LayerKind, LayerShape, Operands
from workbench.workload.shape_check import shape_problem

# Places of the data and the weights among the inputs; quantised forms have scales and zero points between them.
_PLACES = {"QLinearConv": (0, 3), "QLinearMatMul": (0, 3), "Gemm": (0, 1)}
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def convolution(context: Context, node: OnnxNode) -> Value:
    """Conv, ConvInteger, QLinearConv and ConvTranspose in one or two dimensions; grouped, depthwise, dilated."""
    data, weights = _PLACES.get(node.op, (0, 1))
    if not context.value(node, weights).constant:
        raise NoLayerError("its weights are computed by other layers")
    x, w, y = context.input_shape(node, data), context.input_shape(node, weights), context.output_shape(node)
    _check_window(x, y)
    if len(w) != len(x):
        raise NoLayerError(f"its weights have {len(w)} dimensions, its data {len(x)}")
    kernel, strides, dilations = (
        _pair(v) for v in (w[2:], node.whole_numbers("strides"), node.whole_numbers("dilations"))
    )
    groups = node.whole_number("group", 1)
    out = _image(y)
    size = _window_size(context, context.value(node, data), x)
    if node.op == "ConvTranspose":
        kind = LayerKind.TRANSPOSED
    else:
        depthwise = groups == x[1] > 1 and out[2] % groups == 0
        kind = LayerKind.DEPTHWISE if depthwise else LayerKind.CONV
    shape = LayerShape(kind, *size, *out, *kernel, *strides, _one_dilation(kernel, dilations), groups, repeat=x[0])
    if shape_problem(shape):  # padding by more than the kernel: the padded image is what the layer reads
        shape = replace(shape, in_h=_image(x)[0], in_w=_image(x)[1])
    return context.list.add(node.name, shape, [(context.value(node, data), prod(x))])


def pool(context: Context, node: OnnxNode) -> Value:
    """MaxPool, AveragePool, LpPool, and their global forms."""
    x, y = context.input_shape(node, 0), context.output_shape(node)
    _check_window(x, y)
    value = context.value(node, 0)
    size = _window_size(context, value, x)
    if node.op.startswith("Global"):
        shape = LayerShape(LayerKind.POOL, *size, 1, 1, x[1], *size[:2])
    else:
        kernel, strides, dilations = (_pair(node.whole_numbers(n)) for n in ("kernel_shape", "strides", "dilations"))
        shape = LayerShape(LayerKind.POOL, *size, *_image(y), *kernel, *strides, _one_dilation(kernel, dilations))
        if shape_problem(shape):
            shape = replace(shape, in_h=_image(x)[0], in_w=_image(x)[1])
    if x[0] != 1:  # a batch of images stands side by side
        shape = LayerShape(LayerKind.COPY, 1, 1, prod(x), 1, 1, prod(y))
    return context.list.add(node.name, shape, [(value, prod(x))])


def product(context: Context, node: OnnxNode) -> Value:
    """Gemm, MatMul and their whole-numbered forms; by weights, or of activations with the batch as groups."""
    first, second = _PLACES.get(node.op, (0, 1))
    a, b = context.input_shape(node, first), context.input_shape(node, second)
    if not a or not b:
        raise NoLayerError("it multiplies a single number")
    if node.whole_number("transA", 0):
        a = a[::-1]
    if node.whole_number("transB", 0):
        b = b[::-1]
    a = a if len(a) > 1 else (1, *a)
    b = b if len(b) > 1 else (*b, 1)
    m, k, n = a[-2], a[-1], b[-1]
    if b[-2] != k:
        raise NoLayerError(f"it multiplies {m}×{k} by {b[-2]}×{n}")
    left, right = context.value(node, first), context.value(node, second)
    if left.constant or right.constant:
        if left.constant:  # (A·B)ᵀ = Bᵀ·Aᵀ: the activations' columns are the rows
            left, a, b, m, n = right, b, a, n, m
        groups = prod(b[:-2])
        rows = m * prod(a[:-2]) if groups == 1 else m * max(1, prod(a[:-2]) // groups)
        shape = LayerShape(LayerKind.GEMM, 1, rows, groups * k, 1, rows, groups * n, groups=groups)
        return context.list.add(node.name, shape, [(left, prod(a))])
    groups = max(prod(a[:-2]), prod(b[:-2]))
    shape = LayerShape(LayerKind.GEMM, 1, m, groups * k, 1, m, groups * n, groups=groups, operands=Operands.ACTIVATIONS)
    return context.list.add(node.name, shape, [(left, prod(a)), (right, prod(b))])


def recurrent(context: Context, node: OnnxNode) -> Value:
    """LSTM, GRU and RNN: per direction the input product of all steps, the recurrent product and the cell per step.

    The same rows as in the workbench's own GNMT: recurrent weights are used once per step (repeat).
    """
    gates = _GATES[node.op]
    x, w, r = context.input_shape(node, 0), context.input_shape(node, 1), context.input_shape(node, 2)
    if not len(x) == len(w) == len(r) == 3:
        raise NoLayerError("its data and weights must have three dimensions each")
    if node.whole_number("layout", 0):
        x = (x[1], x[0], x[2])
    steps, batch, width = x
    directions, hidden = w[0], r[2]
    source = context.value(node, 0)
    cells = []
    for direction in range(directions):
        name = node.name if directions == 1 else f"{node.name}.{'backward' if direction else 'forward'}"
        shape = LayerShape(LayerKind.GEMM, 1, steps * batch, width, 1, steps * batch, gates * hidden)
        inputs = context.list.add(f"{name}.x", shape, [(source, prod(x))])
        shape = LayerShape(LayerKind.GEMM, 1, batch, hidden, 1, batch, gates * hidden, repeat=steps)
        history = context.list.add(f"{name}.h", shape, [(inputs, batch * hidden)])
        shape = LayerShape(
            LayerKind.ELTWISE, 1, batch, hidden, 1, batch, hidden, repeat=steps, reads=2 * gates
        )  # joins the gates of both products into the new state
        both = steps * batch * gates * hidden
        cells.append(context.list.add(f"{name}.cell", shape, [(inputs, both), (history, both)]))
    if directions == 1:
        return replace(cells[0], intact=False)
    size = (1, steps * batch, directions * hidden)
    shape = LayerShape(LayerKind.CONCAT, *size, *size)
    each = steps * batch * hidden
    return replace(context.list.add(node.name, shape, [(cell, each) for cell in cells]), intact=False)


def resize(context: Context, node: OnnxNode) -> Value:
    """Resize and Upsample over height and width."""
    x, y = context.input_shape(node, 0), context.output_shape(node)
    if len(x) not in (3, 4) or len(y) != len(x) or x[:2] != y[:2]:
        raise NoLayerError("it resizes more than height and width")
    value = context.value(node, 0)
    if x == y:
        return value
    return context.list.add(node.name, LayerShape(LayerKind.RESIZE, *_image(x), *_image(y)), [(value, prod(x))])


def global_reduction(context: Context, node: OnnxNode, axes: tuple[int, ...] | None) -> Value:
    """Reduce…: a global pool where it goes over height and width of an image, else a copy that keeps less."""
    value = context.value(node, 0)
    if not value.producers:
        return value
    x = context.input_shape(node, 0)
    y = context.output_shape(node)
    if len(x) == 4 and x[0] == 1 and axes is not None and sorted(a % 4 for a in axes) == [2, 3]:
        size = _window_size(context, value, x)
        shape = LayerShape(LayerKind.POOL, *size, 1, 1, size[2], *size[:2])
    else:
        shape = LayerShape(LayerKind.COPY, *context.data_size(value, x), 1, 1, max(1, prod(y)))
    return replace(context.list.add(node.name, shape, [(value, prod(x))]), intact=False)


def joined_inputs(context: Context, node: OnnxNode) -> Value:
    """What is known of an operator's result if only its inputs are."""
    return joined([context.value(node, i) for i in range(len(node.inputs))])


def _check_window(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    if len(x) not in (3, 4) or len(y) != len(x):
        raise NoLayerError(f"it slides over {max(0, len(x) - 2)} dimensions; one or two are covered")


def _window_size(context: Context, value: Value, x: tuple[int, ...]) -> Size:
    """What a window slides over: without the padding that a Pad in between adds, which is no data."""
    size = context.list.size(value)
    image = _image(x)
    if value.intact and size is not None and size[2] == image[2] and size[0] <= image[0] and size[1] <= image[1]:
        return size
    return image


def _image(shape: tuple[int, ...]) -> Size:
    if len(shape) == 3:
        return (1, shape[2], shape[1])
    return (shape[2], shape[3], shape[1])


def _pair(values: tuple[int, ...]) -> tuple[int, int]:
    """Height and width; in one dimension there is width only; nothing given means 1."""
    match values:
        case ():
            return (1, 1)
        case (w,):
            return (1, w)
        case (h, w):
            return (h, w)
        case _:
            raise NoLayerError(f"it has {len(values)} dimensions; one or two are covered")


def _one_dilation(kernel: tuple[int, int], dilations: tuple[int, int]) -> int:
    """The dilation, of which a layer has one: that along a side of one element does not count."""
    wanted = {d for k, d in zip(kernel, dilations, strict=True) if k > 1} or {1}
    if len(wanted) > 1:
        raise NoLayerError(f"its dilations {dilations[0]}×{dilations[1]} differ; one for both sides is covered")
    return wanted.pop()
