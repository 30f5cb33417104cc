"""A layer's shape in the few characters a table column has."""

from workbench.workload.layer import LayerKind, LayerShape


def shape_words(shape: LayerShape) -> str:
    """E.g. `512→1024 3×3`, `128×768→2304` for a GEMM, `56×56×64` for what only moves data; groups as `/12`."""
    groups = f" /{shape.groups}" if shape.groups > 1 and shape.kind is not LayerKind.DEPTHWISE else ""
    repeat = f" ×{shape.repeat}" if shape.repeat > 1 else ""
    match shape.kind:
        case LayerKind.GEMM:
            return f"{shape.out_w * shape.batch}×{shape.in_c}→{shape.out_c}{groups}{repeat}"
        case LayerKind.CONV | LayerKind.TRANSPOSED:
            return f"{shape.in_c}→{shape.out_c} {shape.kernel_h}×{shape.kernel_w}{groups}{repeat}"
        case LayerKind.DEPTHWISE | LayerKind.POOL:
            return f"{shape.out_c} {shape.kernel_h}×{shape.kernel_w}"
        case _:
            return f"{shape.out_h}×{shape.out_w}×{shape.out_c}"
