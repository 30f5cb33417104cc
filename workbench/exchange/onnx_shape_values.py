"""Sizes that a network computes while it runs (Shape, Div, Concat, Reshape …), worked out before it does.

ONNX's own inference carries such values through some operators only, and forgets them at the first division. Here
every node whose inputs are small known values is evaluated, by ONNX's reference implementation, and every other node's
sizes are inferred with the values known so far: one pass in the order of the nodes.
"""

from typing import Any

MAX_VALUE_ELEMENTS = 4096  # of a value that may say sizes; larger ones are weights
_MAY_GROW = ("ConstantOfShape", "Range", "Expand", "Tile", "Pad", "OneHot", "EyeLike", "Resize", "Upsample")
_NOT_REPEATABLE = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli")


def complete_types(model: Any, graph: Any) -> dict[str, Any]:
    """The type of every tensor whose size could be found, by name. `graph`: the model's, as inferred so far."""
    types: dict[str, Any] = {}
    for values in (graph.input, graph.value_info, graph.output):
        types |= {value.name: value.type for value in values if _size(value.type) is not None}
    data: dict[str, Any] = {}
    for tensor in graph.initializer:
        _learn(tensor.name, tensor, types, data)
    versions = {entry.domain: entry.version for entry in model.opset_import}
    for node in graph.node:
        if not _evaluate(node, types, data) and any(name and name not in types for name in node.output):
            _infer(model, node, versions, types, data)
    return types


def _evaluate(node: Any, types: dict[str, Any], data: dict[str, Any]) -> bool:
    """Work out what a node yields if that follows from known values; returns whether it did."""
    import numpy as np
    from onnx import AttributeProto, numpy_helper
    from onnx.reference import ReferenceEvaluator

    known = [name for name in node.input if name]
    if node.op_type == "Shape" and len(known) == 1 and node.output:
        size = _size(types.get(known[0]))
        if size is not None:
            ends = {attribute.name: attribute.i for attribute in node.attribute}
            sizes = np.array(size[ends.get("start", 0) : ends.get("end", len(size))], np.int64)
            _learn(node.output[0], numpy_helper.from_array(sizes), types, data)
        return size is not None
    if not all(name in data for name in known) or node.op_type in _NOT_REPEATABLE or node.domain not in ("", "ai.onnx"):
        return False
    try:
        feeds = {name: numpy_helper.to_array(data[name]) for name in known}
    except (ValueError, TypeError, KeyError):  # a damaged constant
        return False
    if any(a.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS) for a in node.attribute):
        return False
    if node.op_type in _MAY_GROW and any(_makes_much(values) for values in feeds.values()):
        return False
    try:
        found = ReferenceEvaluator(node).run(None, feeds)
    except Exception:  # noqa: BLE001  whatever the reference makes of it: then its value stays unknown
        return False
    for name, value in zip(node.output, found, strict=False):
        array = np.asarray(value)
        if name and array.dtype.kind in "iufb" and array.size <= MAX_VALUE_ELEMENTS:
            _learn(name, numpy_helper.from_array(array), types, data)
    return all(name in data for name in node.output if name)


def _infer(model: Any, node: Any, versions: dict[str, int], types: dict[str, Any], data: dict[str, Any]) -> None:
    import onnx
    from onnx import shape_inference

    known = {name: types[name] for name in node.input if name in types}
    if len(known) < len({name for name in node.input if name}):
        return
    try:
        schema = onnx.defs.get_schema(node.op_type, versions.get(node.domain, 1), node.domain)
        values = {name: data[name] for name in known if name in data}
        found = shape_inference.infer_node_outputs(
            schema, node, known, values, opset_imports=list(model.opset_import), ir_version=model.ir_version
        )
    except Exception:  # noqa: BLE001  unknown operators and sizes that do not agree: then the size stays unknown
        return
    types.update({name: kind for name, kind in found.items() if _size(kind) is not None})


def _learn(name: str, tensor: Any, types: dict[str, Any], data: dict[str, Any]) -> None:
    from onnx import helper

    data[name] = tensor
    types[name] = helper.make_tensor_type_proto(tensor.data_type, list(tensor.dims))


def _size(kind: Any) -> tuple[int, ...] | None:
    """All dimensions of a type, None if one is unknown."""
    if kind is None or not kind.HasField("tensor_type") or not kind.tensor_type.HasField("shape"):
        return None
    dims = kind.tensor_type.shape.dim
    return tuple(int(d.dim_value) for d in dims) if all(d.HasField("dim_value") for d in dims) else None


def _makes_much(values: Any) -> bool:
    """Whether numbers, taken as sizes or as ends of a range, would make a large tensor."""
    return values.size > 0 and values.dtype.kind in "iuf" and bool(abs(values.astype(float)).max() > MAX_VALUE_ELEMENTS)
