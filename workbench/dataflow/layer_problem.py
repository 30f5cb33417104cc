"""A network's layer as the PE-level models see it."""

from functools import lru_cache

from workbench.dataflow.mapping import Dim, LayerType, Problem
from workbench.workload.layer import LayerKind, LayerShape

COMPUTES = (LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.TRANSPOSED, LayerKind.GEMM)


@lru_cache(maxsize=65536)
def layer_problem(shape: LayerShape) -> Problem:
    """The problem of one use of a layer (repeats are the caller's), batch as N, inputs padded.

    * A convolution of g > 1 groups is an NGCONV of G = g, K and C per group; a depthwise layer a DSCONV (with a channel
      multiplier m an NGCONV of G = channels, C = 1, K = m).
    * A dilated kernel keeps its R × S weights; the input is cut to the rows that an undilated kernel would read, which
      leaves outputs and MACs exact.
    * A transposed convolution is the equivalent convolution over the input's pixels: each is multiplied by the whole
      kernel, so it becomes a 1×1 convolution of K·kh·kw output channels.
    * A GEMM of g groups (heads) is a 1×1 NGCONV over its M pixels; without groups a GEMM whose M holds the batch, but
      of activation products every image is a group of its own.

    Raises ValueError for kinds that multiply nothing.
    """
    if shape.kind is LayerKind.GEMM:
        return _gemm(shape)
    if shape.kind not in COMPUTES:
        raise ValueError(f"a {shape.kind.value} layer has no multiplications to map onto PEs")
    sizes = [0] * len(Dim)
    sizes[Dim.N] = shape.batch
    if shape.kind is LayerKind.TRANSPOSED:
        sizes[Dim.K] = shape.out_c // shape.groups * shape.kernel_h * shape.kernel_w
        sizes[Dim.C] = shape.in_c // shape.groups
        sizes[Dim.R] = sizes[Dim.S] = 1
        sizes[Dim.Y], sizes[Dim.X] = shape.in_h, shape.in_w
        return _grouped(LayerType.CONV, sizes, shape.groups, 1, 1)
    sizes[Dim.R], sizes[Dim.S] = shape.kernel_h, shape.kernel_w
    sizes[Dim.Y] = (shape.out_h - 1) * shape.stride_h + shape.kernel_h
    sizes[Dim.X] = (shape.out_w - 1) * shape.stride_w + shape.kernel_w
    if shape.kind is LayerKind.DEPTHWISE and shape.out_c == shape.in_c:
        sizes[Dim.C] = shape.in_c
        return Problem(LayerType.DSCONV, tuple(sizes), shape.stride_h, shape.stride_w)
    groups = shape.in_c if shape.kind is LayerKind.DEPTHWISE else shape.groups
    sizes[Dim.K], sizes[Dim.C] = shape.out_c // groups, shape.in_c // groups
    return _grouped(LayerType.CONV, sizes, groups, shape.stride_h, shape.stride_w)


def _grouped(kind: LayerType, sizes: list[int], groups: int, stride_y: int, stride_x: int) -> Problem:
    if groups > 1:
        kind = LayerType.NGCONV
        sizes[Dim.G] = groups
    return Problem(kind, tuple(sizes), stride_y, stride_x)


def _gemm(shape: LayerShape) -> Problem:
    """M × K times K × N; `groups` of them side by side."""
    rows, reduction, columns = shape.out_w * shape.out_h, shape.in_c // shape.groups, shape.out_c // shape.groups
    sizes = [0] * len(Dim)
    groups = shape.groups
    if shape.operands.value == "activations":
        groups *= shape.batch
    else:
        rows *= shape.batch
    if groups == 1:
        sizes[Dim.M], sizes[Dim.K], sizes[Dim.GEMM_N] = rows, reduction, columns
        return Problem(LayerType.GEMM, tuple(sizes))
    sizes[Dim.G], sizes[Dim.K], sizes[Dim.C] = groups, columns, reduction
    sizes[Dim.R] = sizes[Dim.S] = sizes[Dim.Y] = 1
    sizes[Dim.X] = rows
    return Problem(LayerType.NGCONV, tuple(sizes))


def problem_macs(problem: Problem) -> int:
    """Multiply-accumulates of a problem."""
    size = problem.sizes
    if problem.type is LayerType.GEMM:
        return size[Dim.M] * size[Dim.K] * size[Dim.GEMM_N]
    out_y = (size[Dim.Y] - size[Dim.R]) // problem.stride_y + 1
    out_x = (size[Dim.X] - size[Dim.S]) // problem.stride_x + 1
    macs = max(size[Dim.N], 1) * size[Dim.C] * size[Dim.R] * size[Dim.S] * out_y * out_x
    if problem.type is LayerType.DSCONV:
        return macs
    return macs * size[Dim.K] * (max(size[Dim.G], 1) if problem.type is LayerType.NGCONV else 1)
