"""What the readers of ONNX operators share: the values so far, the tensors' shapes, and the layers made of them."""

from math import prod
from pathlib import Path

from workbench.exchange.imported import ExchangeError
from workbench.exchange.layer_list import CONSTANT, INPUT, LayerList, NoLayerError, Size, Value
from workbench.exchange.onnx_model import OnnxGraph, OnnxNode
from workbench.workload.table_error import quoted


class Context:
    """State of one import. Values are kept by tensor name; an absent optional input is a constant."""

    def __init__(self, path: Path, graph: OnnxGraph) -> None:
        self.path = path
        self.graph = graph
        self.list = LayerList()
        self._values: dict[str, Value] = dict.fromkeys(graph.constants, CONSTANT)
        self._values |= dict.fromkeys(graph.inputs, INPUT)

    def value(self, node: OnnxNode, index: int) -> Value:
        """What an input of a node carries."""
        return self._values.get(node.inputs[index], CONSTANT) if index < len(node.inputs) else CONSTANT

    def named(self, name: str) -> Value:
        """What a tensor carries."""
        return self._values.get(name, CONSTANT)

    def live(self, node: OnnxNode) -> list[int]:
        """Numbers of the inputs that are no constants."""
        return [i for i in range(len(node.inputs)) if not self.value(node, i).constant]

    def put(self, node: OnnxNode, value: Value) -> None:
        """Every output of a node carries this."""
        for name in node.outputs:
            if name:
                self._values[name] = value

    def shape(self, node: OnnxNode, name: str) -> tuple[int, ...]:
        """A tensor's shape, every dimension known. Raises ExchangeError."""
        known = self.graph.shapes.get(name)
        if known is None or any(d is None for d in known):
            partly = "" if known is None else f" beyond {'×'.join('?' if d is None else str(d) for d in known)}"
            raise ExchangeError(
                self.path,
                f"the size of {quoted(name)}, of {node.op} {quoted(node.name)}, cannot be inferred{partly}; "
                f"export the network with fixed sizes (or simplify it, e.g. with onnxsim)",
            )
        return tuple(d for d in known if d is not None)

    def input_shape(self, node: OnnxNode, index: int) -> tuple[int, ...]:
        """The shape of a node's input; NoLayerError if the node lacks it."""
        if index >= len(node.inputs) or not node.inputs[index]:
            raise NoLayerError(f"its input {index} is missing")
        return self.shape(node, node.inputs[index])

    def output_shape(self, node: OnnxNode) -> tuple[int, ...]:
        """The shape of a node's first output."""
        if not node.outputs:
            raise NoLayerError("it has no output")
        return self.shape(node, node.outputs[0])

    def elements(self, name: str) -> int | None:
        """A tensor's number of elements, None where its shape is not known."""
        known = self.graph.shapes.get(name)
        return None if known is None or None in known else prod(d for d in known if d is not None)

    def data_size(self, value: Value, shape: tuple[int, ...]) -> Size:
        """Height, width and channels of a tensor: its producer's if that wrote as many elements, else its shape's."""
        size = self.list.size(value)
        return size if size is not None and prod(size) == prod(shape) else size_of(shape)


def size_of(shape: tuple[int, ...]) -> Size:
    """Height, width and channels of a tensor as frameworks lay them out: N C H W, N C D H W, or rows of channels."""
    match shape:
        case (n, c, h, w):
            return (h, w * n, c)
        case (n, c, d, h, w):
            return (d, h * w * n, c)
        case () | (_,):
            return (1, 1, prod(shape))
        case _:
            return (1, prod(shape[:-1]), shape[-1])
