"""Opens an ONNX file: limits, missing dimensions, order of the nodes, and the shape of every tensor.

Weights are not needed: tensors of more than a few elements are reduced to their shapes before anything else, and files
of external data are never opened. Format: https://onnx.ai/onnx/repo-docs/IR.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from workbench.exchange.imported import ExchangeError
from workbench.exchange.layer_list import NoLayerError
from workbench.exchange.onnx_shape_values import MAX_VALUE_ELEMENTS, complete_types
from workbench.workload.order import CycleError, topological_order
from workbench.workload.table_error import close_matches, quoted

MAX_FILE_BYTES = 2 * 2**30 - 1  # protobuf's own limit; larger networks keep their weights in files of their own
MAX_NODES = 50_000
MANY = 8  # names that a message still lists

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class OnnxNode:
    """One operator. `domain` is empty for ONNX's own; `attributes` as Python values, subgraphs left out."""

    op: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    has_body: bool = False

    def whole_number(self, name: str, default: int) -> int:
        """An attribute that must be a whole number. Raises NoLayerError if it is something else."""
        value = self.attributes.get(name, default)
        if not isinstance(value, int):
            raise NoLayerError(f"its {name} is no whole number")
        return value

    def whole_numbers(self, name: str) -> tuple[int, ...]:
        """An attribute that must be a list of whole numbers; empty if it is not given. Raises NoLayerError."""
        values = self.attributes.get(name, ())
        if not isinstance(values, list | tuple) or not all(isinstance(v, int) for v in values):
            raise NoLayerError(f"its {name} is no list of whole numbers")
        return tuple(values)


@dataclass(frozen=True)
class OnnxGraph:
    """Nodes in an order in which every producer comes before its readers, and what is known of the tensors.

    `shapes`: None for a tensor, or for a dimension of it, that could not be inferred. `constants` names the weights and
    other constants, `integers` holds the values of the small whole-numbered ones. `images`: the batch the file fixes.
    """

    name: str
    nodes: tuple[OnnxNode, ...]
    inputs: tuple[str, ...]
    shapes: Mapping[str, Shape | None]
    constants: frozenset[str]
    integers: Mapping[str, tuple[int, ...]]
    images: int = 1
    notes: tuple[str, ...] = field(default=())


def read_graph(path: Path, dims: Mapping[str, int]) -> OnnxGraph:
    """The graph of a file. `dims` gives a value to each dimension the file leaves open, by name.

    Raises ExchangeError for a file that is missing, no ONNX, cut off, too large, cyclic, or needs another dimension.
    """
    model = _parse(path)
    graph = model.graph
    if not graph.node:
        raise ExchangeError(path, "holds no network: its graph has no nodes; is it an ONNX file, and whole?")
    if len(graph.node) > MAX_NODES:
        raise ExchangeError(path, f"has {len(graph.node)} nodes; at most {MAX_NODES} are read")
    if any(isinstance(name, bytes) for name in _names(graph)):  # protobuf's word for text that is not UTF-8
        raise ExchangeError(path, "is damaged: a name in it is not text")
    constants, integers = _take_weights_out(graph)
    _order_nodes(path, graph, constants)
    _fix_dimensions(path, graph, constants, dims)
    images = _one_image(graph, constants)
    shapes = _infer(path, model)
    inputs = tuple(i.name for i in graph.input if i.name not in constants)
    nodes = tuple(_node(n, i) for i, n in enumerate(graph.node))
    for node in nodes:
        values = _constant_values(node) if node.op == "Constant" and node.outputs else None
        if values is not None:
            integers[node.outputs[0]] = values
    return OnnxGraph(graph.name, nodes, inputs, shapes, frozenset(constants), integers, images)


def _parse(path: Path) -> Any:
    try:
        import onnx
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    except ImportError:
        raise ExchangeError(path, "reading ONNX needs the extra: pip install 'workbench[onnx]'") from None
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise ExchangeError(path, "is a folder; an ONNX file is needed")
        if size > MAX_FILE_BYTES:
            raise ExchangeError(
                path,
                f"is larger than {MAX_FILE_BYTES / 2**30:.0f} GiB; save it with its weights in external files "
                f"(onnx.save(..., save_as_external_data=True)): only shapes are needed",
            )
        model = onnx.load_model_from_string(path.read_bytes())
    except OSError as error:
        raise ExchangeError(path, f"cannot be read: {error.strerror or error}") from None
    except (DecodeError, ValueError) as error:
        if isinstance(error, ExchangeError):
            raise
        raise ExchangeError(path, "is no ONNX file, or it is cut off: its structure cannot be read") from None
    if model.functions:
        import onnx.inliner

        try:
            model = onnx.inliner.inline_local_functions(model)
        except Exception as error:  # noqa: BLE001  whatever onnx makes of a broken file
            raise ExchangeError(path, f"its functions cannot be expanded: {_first_line(error)}") from None
    return model


def _names(graph: Any) -> Iterator[object]:
    """Every name in a graph."""
    yield graph.name
    for node in graph.node:
        yield from (node.op_type, node.domain, node.name, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)
    for tensor in graph.initializer:
        yield tensor.name
    for sparse in graph.sparse_initializer:
        yield sparse.values.name
    for values in (graph.input, graph.output, graph.value_info):
        for value in values:
            yield value.name
            yield from (d.dim_param for d in value.type.tensor_type.shape.dim if d.HasField("dim_param"))


def _take_weights_out(graph: Any) -> tuple[set[str], dict[str, tuple[int, ...]]]:
    """Turn large and external constants into inputs of known shape; small ones stay, for they may say shapes."""
    import onnx

    constants: set[str] = set()
    integers: dict[str, tuple[int, ...]] = {}
    kept = []
    listed = {value.name for value in graph.input}
    for tensor in graph.initializer:
        constants.add(tensor.name)
        external = tensor.data_location == onnx.TensorProto.EXTERNAL
        if not external and prod(tensor.dims) <= MAX_VALUE_ELEMENTS:
            kept.append(tensor)
            values = _whole_numbers(tensor)
            if values is not None:
                integers[tensor.name] = values
        elif tensor.name not in listed:
            graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    for sparse in graph.sparse_initializer:
        name = sparse.values.name
        constants.add(name)
        if name not in listed:
            dims = list(sparse.dims)
            graph.input.append(onnx.helper.make_tensor_value_info(name, sparse.values.data_type, dims))
    del graph.initializer[:]
    del graph.sparse_initializer[:]
    graph.initializer.extend(kept)
    return constants, integers


def _whole_numbers(tensor: Any) -> tuple[int, ...] | None:
    import onnx
    from onnx import numpy_helper

    if tensor.data_type not in (onnx.TensorProto.INT32, onnx.TensorProto.INT64):
        return None
    if tensor.data_location == onnx.TensorProto.EXTERNAL or prod(tensor.dims) > MAX_VALUE_ELEMENTS:
        return None
    try:
        return tuple(int(v) for v in numpy_helper.to_array(tensor).reshape(-1))
    except (ValueError, TypeError, KeyError):  # its data does not fill its shape
        return None


def _constant_values(node: OnnxNode) -> tuple[int, ...] | None:
    """Whole numbers that a Constant node yields, None if it yields something else."""
    if isinstance(node.attributes.get("value_ints"), list):
        return tuple(node.attributes["value_ints"])
    tensor = node.attributes.get("value")
    return _whole_numbers(tensor) if hasattr(tensor, "data_type") else None


def _order_nodes(path: Path, graph: Any, constants: set[str]) -> None:
    """Bring the nodes into dependency order. Raises ExchangeError for a cycle or an edge that leads nowhere."""
    made_by: dict[str, int] = {}
    for index, node in enumerate(graph.node):
        for name in node.output:
            if name and made_by.setdefault(name, index) != index:
                raise ExchangeError(path, f"two nodes yield {quoted(name)}; every tensor has one source")
    known = {value.name for value in graph.input} | constants
    producers = []
    for index, node in enumerate(graph.node):
        for name in node.input:
            if name and name not in made_by and name not in known:
                raise ExchangeError(
                    path, f"{_named(node, index)} reads {quoted(name)}, which nothing yields; is the file whole?"
                )
        producers.append([made_by[name] for name in node.input if name in made_by])
    try:
        order = topological_order(producers)
    except CycleError as error:
        names = [_named(graph.node[i], i) for i in error.members[:MANY]]
        names.append("…" if len(error.members) > MANY else names[0])
        raise ExchangeError(path, f"nodes wait for each other: {' → '.join(names)}") from None
    if order != list(range(len(producers))):
        nodes = [graph.node[i] for i in order]
        copies = [type(n).FromString(n.SerializeToString()) for n in nodes]
        del graph.node[:]
        graph.node.extend(copies)


def _fix_dimensions(path: Path, graph: Any, constants: set[str], dims: Mapping[str, int]) -> None:
    """Give every open dimension of the inputs its value, wherever the file names it."""
    open_dimensions: dict[str, str] = {}  # name → the input that has it
    for value in graph.input:
        if value.name in constants:
            continue
        if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
            raise ExchangeError(path, f"its input {quoted(value.name)} has no shape; export the network with one")
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            if not dimension.HasField("dim_value"):
                name = dimension.dim_param or f"{value.name}.{axis}"
                open_dimensions.setdefault(name, value.name)
                if name in dims:
                    dimension.dim_value = dims[name]
    missing = [name for name in open_dimensions if name not in dims]
    unknown = [name for name in dims if name not in open_dimensions]
    if unknown:
        hint = close_matches(unknown[0], list(open_dimensions)) if open_dimensions else "; it has none"
        raise ExchangeError(path, f"has no open dimension {quoted(unknown[0])}{hint}")
    if missing:
        listed = ", ".join(f"{quoted(n)} of input {quoted(open_dimensions[n])}" for n in missing[:MANY])
        example = " ".join(f"--dim {n}={1 if i == 0 else 128}" for i, n in enumerate(missing[:MANY]))
        many = "a value each" if len(missing) > 1 else "a value"
        raise ExchangeError(path, f"needs {many} for its open dimension {listed}: give it with e.g. {example}")
    bad = next((name for name, size in dims.items() if size < 1), None)
    if bad is not None:
        raise ExchangeError(path, f"dimension {quoted(bad)} is {dims[bad]}; a whole number from 1 is needed")
    # Shapes written into the file may still name the dimensions; they are inferred anew instead.
    _forget_open_shapes(graph)


def _forget_open_shapes(graph: Any, everything: bool = False) -> None:
    for values in (graph.value_info, graph.output):
        kept = []
        for value in values:
            shape = value.type.tensor_type.shape
            if everything or any(not d.HasField("dim_value") for d in shape.dim):
                if values is graph.output:
                    value.type.tensor_type.ClearField("shape")
                else:
                    continue
            kept.append(type(value).FromString(value.SerializeToString()))
        if values is not graph.output:
            del values[:]
            values.extend(kept)


def _one_image(graph: Any, constants: set[str]) -> int:
    """Reduce a batch that the file fixes to one image, where all its inputs are images; returns that batch."""
    inputs = [value for value in graph.input if value.name not in constants]
    shapes = [value.type.tensor_type.shape.dim for value in inputs]
    if not inputs or any(len(s) != 4 for s in shapes) or len({s[0].dim_value for s in shapes}) != 1:
        return 1
    images = int(shapes[0][0].dim_value)
    if images > 1:
        for shape in shapes:
            shape[0].dim_value = 1
        _forget_open_shapes(graph, everything=True)
    return images


def _infer(path: Path, model: Any) -> dict[str, Shape | None]:
    from onnx import shape_inference

    try:
        graph = shape_inference.infer_shapes(model, data_prop=True).graph
    except Exception as error:  # noqa: BLE001  onnx raises its own and protobuf's errors for what it cannot follow
        raise ExchangeError(path, f"the shapes of its tensors cannot be inferred: {_first_line(error)}") from None
    shapes: dict[str, Shape | None] = {}
    for values in (graph.input, graph.value_info, graph.output):
        shapes |= {value.name: _shape(value.type) for value in values}
    unknown = any(None in (shapes.get(name) or (None,)) for node in graph.node for name in node.output if name)
    if unknown:
        shapes |= {name: _shape(kind) for name, kind in complete_types(model, graph).items()}
    for tensor in graph.initializer:
        shapes[tensor.name] = tuple(int(d) for d in tensor.dims)
    return shapes


def _shape(kind: Any) -> Shape | None:
    if not kind.HasField("tensor_type") or not kind.tensor_type.HasField("shape"):
        return None
    dims: Sequence[Any] = kind.tensor_type.shape.dim
    return tuple(int(d.dim_value) if d.HasField("dim_value") else None for d in dims)


def _node(node: Any, index: int) -> OnnxNode:
    import onnx

    attributes = {}
    has_body = False
    for attribute in node.attribute:
        if attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS):
            has_body = True
        else:
            attributes[attribute.name] = onnx.helper.get_attribute_value(attribute)
    domain = "" if node.domain == "ai.onnx" else node.domain
    name = _printable(node.name) or f"{node.op_type}_{index}"
    return OnnxNode(node.op_type, domain, name, tuple(node.input), tuple(node.output), attributes, has_body)


def _named(node: Any, index: int) -> str:
    return f"{node.op_type} {quoted(node.name)}" if node.name else f"{node.op_type} (node {index})"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() and not c.isspace() else "_" for c in text).strip("/")


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
