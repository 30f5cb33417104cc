"""Networks from ONNX files: shapes are inferred, weights are not needed, nothing is dropped silently.

Costed: convolutions (grouped, depthwise, dilated, transposed), products by weights and of activations, pools,
element-wise operators, softmax, norms (also written out), concatenations, resizes, reductions, LSTM, GRU and RNN.
Folded into the layer before: activations, batch norm, dropout, quantisation, element-wise work with constants.
Bridged without cost: reshape, transpose, slice, split, gather and the like; where the next layer then needs another
size than its producer yields, a copy stands between them. Everything else is named and counted in the warnings.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from workbench.exchange import onnx_products as products
from workbench.exchange.imported import ExchangeError, Imported
from workbench.exchange.layer_list import CONSTANT, INPUT, NoLayerError, Value
from workbench.exchange.onnx_context import Context
from workbench.exchange.onnx_elementwise import concatenation, element_wise, row_by_row, rows_layer
from workbench.exchange.onnx_model import OnnxNode, read_graph
from workbench.exchange.onnx_norm import written_out_norms
from workbench.workload.layer import LayerKind
from workbench.workload.network import Network


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ACTIVATIONS = _words(
    "Relu LeakyRelu PRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Tanh Gelu Erf Clip Softplus Softsign Mish Swish"
    " ThresholdedRelu Exp Log Sqrt Neg Abs Reciprocal Floor Ceil Round Sign Not Sin Cos QuickGelu FastGelu BiasGelu"
    " IsNaN IsInf"
)
_FOLDED = _words(
    "BatchNormalization Dropout Identity Cast CastLike QuantizeLinear DequantizeLinear DynamicQuantizeLinear"
    " SpaceToBatch"
)
_BRIDGED = _words(
    "Reshape Flatten Squeeze Unsqueeze Transpose Slice Split Gather GatherElements GatherND"
    " Expand Tile Pad DepthToSpace SpaceToDepth Compress Trilu ReverseSequence"
)
_SAME_LAYOUT = frozenset({"Pad"})  # of the bridged ones: they leave height, width and channels where they are
_ELEMENT_WISE = _words(
    "Add Sub Mul Div Max Min Sum Mean Pow Where And Or Xor Greater GreaterOrEqual Less LessOrEqual Equal Mod"
)
_ONLY_SHAPES = _words("Shape Size Constant ConstantOfShape Range EyeLike RandomNormal RandomUniform")
_NORMS = _words(
    "LayerNormalization InstanceNormalization GroupNormalization RMSNormalization SimplifiedLayerNormalization"
    " LpNormalization MeanVarianceNormalization LRN"
)
_REDUCTIONS = _words(
    "ReduceMean ReduceMax ReduceMin ReduceSum ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp ArgMax"
    " ArgMin TopK"
)
_PRODUCTS: dict[str, Callable[[Context, OnnxNode], Value]] = {
    **dict.fromkeys(("Conv", "ConvInteger", "QLinearConv", "ConvTranspose"), products.convolution),
    **dict.fromkeys(("MatMul", "Gemm", "MatMulInteger", "QLinearMatMul"), products.product),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), products.pool),
    **dict.fromkeys(("GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"), products.pool),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), products.recurrent),
    **dict.fromkeys(("Resize", "Upsample"), products.resize),
}
_KNOWN_DOMAINS = ("", "com.microsoft")  # where names mean the same


def read_onnx(path: Path | str, dims: Mapping[str, int] | None = None, name: str | None = None) -> Imported:
    """The network of an ONNX file; `dims` gives values to the dimensions it leaves open, by name.

    Raises ExchangeError: the file is missing, no ONNX, cut off, too large or cyclic; a dimension needs a value; a
    tensor's size cannot be inferred; nothing in it is a layer.
    """
    path = Path(path)
    graph = read_graph(path, dims or {})
    reader = _Reader(Context(path, graph))
    for node in graph.nodes:
        reader.read(node)
    layers = reader.context.list.layers
    if not layers:
        raise ExchangeError(path, f"holds no operator that is a layer; it has {_counted(reader.uncovered) or 'none'}")
    warnings = list(reader.context.list.warnings)
    if graph.images > 1:
        warnings.append(f"the file fixes a batch of {graph.images}; imported for one image (set the tenant's batch)")
    for op, count in sorted(reader.uncovered.items()):
        why = f": {reader.reasons[op]}" if op in reader.reasons else ""
        warnings.append(f"{count} × {op} not covered{why}; no layer stands for it, its readers read its inputs")
    title = name or _plain(path.stem) or "network"
    notes = [
        f"{words}: {_counted(counts)}"
        for words, counts in (
            ("folded into the layer before", reader.folded),
            ("bridged without cost", reader.bridged),
        )
        if counts
    ]
    network = Network(title, tuple(layers), f"imported from {path.name}")
    return Imported(network, tuple(warnings), tuple(notes))


class _Reader:
    """Reads node after node and counts what became no layer of its own."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.folded: Counter[str] = Counter()
        self.bridged: Counter[str] = Counter()
        self.uncovered: Counter[str] = Counter()
        self.reasons: dict[str, str] = {}
        constants = context.graph.constants
        self._norms, self._inside_norms = written_out_norms(context.graph.nodes, constants)

    def read(self, node: OnnxNode) -> None:
        context = self.context
        if node.op in _ONLY_SHAPES or not (context.live(node) or node.has_body):
            context.put(node, CONSTANT)
            return
        before = len(context.list.layers)
        try:
            value = self._value(node)
        except NoLayerError as error:
            del context.list.layers[before:]
            self.reasons[self._title(node)] = str(error)
            value = None
        if value is None:
            self.uncovered[self._title(node)] += 1
            value = products.joined_inputs(context, node)
        context.put(node, value)

    def _value(self, node: OnnxNode) -> Value | None:
        """What the node yields; None if it is not covered."""
        context, op = self.context, node.op
        if node.has_body or node.domain not in _KNOWN_DOMAINS:
            return None
        if node.outputs and node.outputs[0] in self._norms:
            return self._written_out_norm(node)
        if node.outputs and node.outputs[0] in self._inside_norms:
            self.folded[op] += 1
            return products.joined_inputs(context, node)
        if op in _PRODUCTS:
            return _PRODUCTS[op](context, node)
        if op in _ACTIVATIONS or op in _FOLDED:
            self.folded[op] += 1
            value = context.value(node, 0)
            if op in _ACTIVATIONS:
                context.list.mark_activation(value)
            return value
        if op in _BRIDGED:
            return self._bridge(node)
        if op in _ELEMENT_WISE:
            before = len(context.list.layers)
            value = element_wise(context, node)
            self.folded[op] += len(context.list.layers) == before
            return value
        if op == "Concat":
            return concatenation(context, node)
        if op in ("Softmax", "LogSoftmax", "Hardmax"):
            return row_by_row(context, node, LayerKind.SOFTMAX)
        if op in _NORMS:
            return row_by_row(context, node, LayerKind.NORM)
        if op in _REDUCTIONS:
            return products.global_reduction(context, node, self._axes(node))
        return None

    def _bridge(self, node: OnnxNode) -> Value:
        self.bridged[node.op] += 1
        if node.op == "Gather" and self.context.value(node, 0).constant:
            return INPUT  # a look-up in a table: the host's work
        value = self.context.value(node, 0)
        if value.constant:
            value = products.joined_inputs(self.context, node)
        return value if node.op in _SAME_LAYOUT else replace(value, intact=False)

    def _written_out_norm(self, node: OnnxNode) -> Value:
        source = self._norms[node.outputs[0]]
        value = self.context.named(source)
        return rows_layer(self.context, node, LayerKind.NORM, value, self.context.shape(node, source))

    def _axes(self, node: OnnxNode) -> tuple[int, ...] | None:
        if "axes" in node.attributes:
            return node.whole_numbers("axes")
        return self.context.graph.integers.get(node.inputs[1]) if len(node.inputs) > 1 else None

    @staticmethod
    def _title(node: OnnxNode) -> str:
        return f"{node.domain}.{node.op}" if node.domain else node.op


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {op}" for op, count in sorted(counts.items()) if count)


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() and not c.isspace() else "_" for c in text)
