"""Which shapes are possible: output, input, kernel and stride must agree under some padding."""

from collections.abc import Iterator

from workbench.workload.layer import LayerKind, LayerShape, Operands

Problem = tuple[str, str]  # the field at fault, and what is wrong with it

MAX_ELEMENTS = 2**40  # one tensor of one layer; the largest known (1200×1200 detection) has 2^25
MAX_MACS = 2**50  # one layer with its repeats (largest known: 2^37); inside 64 bits at any allowed batch

_SAME_SIZE = {LayerKind.ELTWISE, LayerKind.SOFTMAX, LayerKind.NORM, LayerKind.CONCAT}
_WINDOWED = {LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.TRANSPOSED, LayerKind.POOL}


def shape_problem(shape: LayerShape) -> Problem | None:
    """The first thing that makes a shape impossible, or None.

    A window (convolution, pooling) may be padded by at most extent − 1 on either side (more would only read padding)
    and may leave at most stride − 1 rows or columns of its input unread.
    """
    return next(_problems(shape), None)


def _problems(shape: LayerShape) -> Iterator[Problem]:
    kind = shape.kind
    for field in ("in_h", "in_w", "in_c", "out_h", "out_w", "out_c", "kernel_h", "kernel_w", "stride_h", "stride_w"):
        if getattr(shape, field) < 1:
            yield field, f"{getattr(shape, field)} is not at least 1"
    for field in ("dilation", "groups", "repeat", "reads", "batch"):
        if getattr(shape, field) < 1:
            yield field, f"{getattr(shape, field)} is not at least 1"
    if max(shape.input_elements, shape.output_elements) > MAX_ELEMENTS:
        yield "out_c", f"the layer's tensors exceed {MAX_ELEMENTS} elements"
    if shape.macs > MAX_MACS:
        yield "repeat", f"the layer has {shape.macs} multiply-accumulates; at most {MAX_MACS} are allowed"
    if shape.operands is Operands.ACTIVATIONS and kind is not LayerKind.GEMM:
        yield "operands", f"only a gemm can multiply activations, not a {kind.value}"
    if shape.reads != 1 and kind is not LayerKind.ELTWISE:
        yield "reads", f"is {shape.reads}, but a {kind.value} reads one tensor; only eltwise reads several"
    if kind in _WINDOWED:
        yield from _window_problems(shape)
    elif (shape.kernel_h, shape.kernel_w, shape.stride_h, shape.stride_w, shape.dilation) != (1, 1, 1, 1, 1):
        yield "kernel_h", f"a {kind.value} has no kernel, stride or dilation: all must be 1"
    if kind in (LayerKind.CONV, LayerKind.TRANSPOSED, LayerKind.GEMM):
        for field in ("in_c", "out_c"):
            if getattr(shape, field) % shape.groups:
                yield "groups", f"{shape.groups} does not divide {field} = {getattr(shape, field)}"
    elif kind is LayerKind.DEPTHWISE:
        if shape.groups != shape.in_c:
            yield "groups", f"is {shape.groups}; a depthwise layer has one group per input channel ({shape.in_c})"
        if shape.out_c % shape.in_c:
            yield "out_c", f"{shape.out_c} is not a multiple of in_c = {shape.in_c}"
    elif shape.groups != 1:
        yield "groups", f"is {shape.groups}; a {kind.value} has no groups: 1"
    if kind is LayerKind.GEMM:
        if shape.in_h != 1 or shape.out_h != 1:
            yield "in_h", "a gemm has in_h = out_h = 1; its M rows stand in in_w and out_w"
        if shape.in_w != shape.out_w:
            yield "out_w", f"{shape.out_w} differs from in_w = {shape.in_w}; both are M"
    if kind in (LayerKind.POOL, LayerKind.RESIZE) and shape.in_c != shape.out_c:
        yield "out_c", f"{shape.out_c} differs from in_c = {shape.in_c}; a {kind.value} keeps its channels"
    if kind in _SAME_SIZE:
        for field, other in (("out_h", "in_h"), ("out_w", "in_w"), ("out_c", "in_c")):
            if getattr(shape, field) != getattr(shape, other):
                yield field, f"{getattr(shape, field)} differs from {other} = {getattr(shape, other)}"
    if kind is LayerKind.COPY and shape.output_elements > shape.input_elements:
        yield "out_c", f"a copy yields {shape.output_elements} elements from {shape.input_elements}"


def _window_problems(shape: LayerShape) -> Iterator[Problem]:
    for axis in ("h", "w"):
        size_in, size_out = getattr(shape, f"in_{axis}"), getattr(shape, f"out_{axis}")
        stride = getattr(shape, f"stride_{axis}")
        extent = (getattr(shape, f"kernel_{axis}") - 1) * shape.dilation + 1
        if shape.kind is LayerKind.TRANSPOSED:
            full = (size_in - 1) * stride + extent
            least, most = max(1, full - 2 * (extent - 1)), full + stride - 1  # output padding is below the stride
        else:
            # (in + pad − extent) // stride + 1 over every padding from none to extent − 1 on either side
            least = max(1, (size_in - extent) // stride + 1)
            most = (size_in + extent - 2) // stride + 1
        if not least <= size_out <= most:
            window = f"a window of {extent} with stride {stride} over in_{axis} = {size_in}"
            allowed = f"{least}" if least == most else f"{least} to {most}"
            yield f"out_{axis}", f"{size_out} does not follow from {window}; possible: {allowed}"
