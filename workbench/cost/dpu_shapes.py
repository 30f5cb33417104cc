"""LayerShapes as rows of whole numbers, the form the kernel of DPU-like cores reads."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.cost import dpu_layout as k
from workbench.workload.layer import LayerKind, LayerShape, Operands

KERNEL_KIND: dict[LayerKind, int] = {
    LayerKind.CONV: k.PRODUCT,
    LayerKind.TRANSPOSED: k.PRODUCT,
    LayerKind.GEMM: k.PRODUCT,
    LayerKind.DEPTHWISE: k.CHANNELWISE,
    LayerKind.POOL: k.CHANNELWISE,
    LayerKind.ELTWISE: k.ELEMENTWISE,
    LayerKind.SOFTMAX: k.ELEMENTWISE,
    LayerKind.NORM: k.ELEMENTWISE,
    LayerKind.RESIZE: k.ELEMENTWISE,
    LayerKind.CONCAT: k.NOTHING,  # address work only
    LayerKind.COPY: k.NOTHING,  # fused, or address work only
}


def kernel_kind(shape: LayerShape, copies_cost: bool) -> int:
    """The engine a layer runs on; a convolution with one channel per group is depthwise whatever its name."""
    kind = KERNEL_KIND[shape.kind]
    if shape.kind is LayerKind.CONV and shape.groups > 1 and shape.groups == shape.in_c:
        return k.CHANNELWISE
    if kind == k.NOTHING and copies_cost:
        return k.ELEMENTWISE
    return kind


def shape_rows(
    shapes: Sequence[LayerShape],
    copies_cost: bool = False,
    resident_in: Sequence[bool] = (),
    resident_out: Sequence[bool] = (),
) -> NDArray[np.int64]:
    """int64 [n, SHAPE_FIELDS], read only. Resident tensors stay on chip and cost no off-chip bytes (none unless given).

    A GEMM, and any layer that is one line of pixels, is cut into strips of PP pixels; the batch joins the line, except
    for products of activations, where every image has its own second operand and counts as further groups.
    """
    return _shape_rows(tuple(shapes), copies_cost, tuple(resident_in), tuple(resident_out))


@lru_cache(maxsize=128)
def _shape_rows(
    shapes: tuple[LayerShape, ...], copies_cost: bool, resident_in: tuple[bool, ...], resident_out: tuple[bool, ...]
) -> NDArray[np.int64]:
    rows = np.zeros((len(shapes), k.SHAPE_FIELDS), dtype=np.int64)
    for index, shape in enumerate(shapes):
        one_line = shape.in_h == 1 and shape.out_h == 1 and shape.kernel_h == shape.kernel_w == 1
        line = shape.out_w if one_line and shape.in_w == shape.out_w else 0
        batch, groups, in_c, out_c = shape.batch, shape.groups, shape.in_c, shape.out_c
        if shape.operands is Operands.ACTIVATIONS:
            groups, in_c, out_c, batch = groups * batch, in_c * batch, out_c * batch, 1
        if line:
            line *= batch
            batch = 1
        taps = shape.kernel_h * shape.kernel_w
        if shape.kind is LayerKind.TRANSPOSED:
            taps = -(-shape.kernel_h // shape.stride_h) * -(-shape.kernel_w // shape.stride_w)
        transposed = shape.kind is LayerKind.TRANSPOSED
        rows[index] = (
            kernel_kind(shape, copies_cost),
            shape.in_h, shape.in_w, in_c, shape.out_h, shape.out_w, out_c,
            shape.kernel_h, shape.kernel_w, 1 if transposed else shape.stride_h,
            shape.dilation, groups, shape.repeat, shape.reads, shape.operands is Operands.ACTIVATIONS, batch,
            line, taps,
            bool(resident_in and resident_in[index]), bool(resident_out and resident_out[index]), shape.macs,
        )  # fmt: skip
    rows.flags.writeable = False
    return rows
