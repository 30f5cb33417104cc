"""ONNX files of known structure, made node by node: no weights, every size as exporters write it."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

FLOAT = TensorProto.FLOAT


class ModelMaker:
    """Appends nodes; every method returns the name of the tensor it yields. Weights are external: never there."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.count = 0

    def input(self, name: str, shape: list[int | str | None], kind: int = FLOAT) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def weight(self, *dims: int) -> str:
        self.count += 1
        tensor = onnx.TensorProto(name=f"w{self.count}", data_type=FLOAT, dims=dims)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights.bin")
        self.weights.append(tensor)
        return tensor.name

    def whole(self, *values: int) -> str:
        self.count += 1
        self.weights.append(helper.make_tensor(f"c{self.count}", TensorProto.INT64, [len(values)], values))
        return self.weights[-1].name

    def scalar(self, value: float) -> str:
        self.count += 1
        self.weights.append(helper.make_tensor(f"c{self.count}", FLOAT, [], [value]))
        return self.weights[-1].name

    def node(self, op: str, *inputs: str, outputs: int = 1, **attributes: object) -> str:
        self.count += 1
        names = [f"t{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=f"{op.lower()}{self.count}", **attributes))
        return names[0]

    def conv(self, x: str, c: int, k: int, size: int = 3, stride: int = 1, groups: int = 1, relu: bool = True) -> str:
        pad = size // 2
        y = self.node(
            *("Conv", x, self.weight(k, c // groups, size, size), self.weight(k)),
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[pad] * 4,
            group=groups,
        )
        return self.node("Relu", y) if relu else y

    def linear(self, x: str, c: int, k: int) -> str:
        return self.node("Add", self.node("MatMul", x, self.weight(c, k)), self.weight(k))

    def model(self, *outputs: str) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "graph",
            self.inputs,
            [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
            self.weights,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])

    def save(self, path: Path, *outputs: str) -> Path:
        path.write_bytes(self.model(*outputs).SerializeToString())
        return path


def resnet18(path: Path, batch: int | str = 1) -> Path:
    """He et al., arXiv 1512.03385, table 1."""
    m = ModelMaker()
    x = m.input("x", [batch, 3, 224, 224])
    x = m.conv(x, 3, 64, 7, 2)
    x = m.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    width = 64
    for stage, channels in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage and not block else 1
            y = m.conv(x, width, channels, 3, stride)
            y = m.conv(y, channels, channels, 3, relu=False)
            if stride > 1:
                x = m.conv(x, width, channels, 1, stride, relu=False)
            x = m.node("Relu", m.node("Add", y, x))
            width = channels
    x = m.node("Flatten", m.node("GlobalAveragePool", x))
    x = m.node("Gemm", x, m.weight(1000, 512), m.weight(1000), transB=1)
    return m.save(path, x)


def mobilenetv2(path: Path) -> Path:
    """Sandler et al., arXiv 1801.04381, table 2."""
    m = ModelMaker()
    x = m.conv(m.input("x", [1, 3, 224, 224]), 3, 32, 3, 2)
    width = 32
    rows = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for factor, channels, times, first_stride in rows:
        for i in range(times):
            stride, wide = first_stride if i == 0 else 1, width * factor
            y = m.conv(x, width, wide, 1) if factor > 1 else x
            y = m.conv(y, wide, wide, 3, stride, groups=wide)
            y = m.conv(y, wide, channels, 1, relu=False)
            x = m.node("Add", x, y) if stride == 1 and width == channels else y
            width = channels
    x = m.conv(x, width, 1280, 1)
    x = m.node("ReduceMean", x, axes=[2, 3], keepdims=0)
    return m.save(path, m.node("Gemm", x, m.weight(1000, 1280), m.weight(1000), transB=1))


def bert(path: Path, blocks: int, sequence: int | str = 128, written_out: bool = False) -> Path:
    """BERT base as exporters write it: shapes computed in the graph, heads by reshape and transpose."""
    width, heads, wide = 768, 12, 3072
    m = ModelMaker()
    ids = m.input("ids", [1, sequence], TensorProto.INT64)
    mask = m.input("mask", [1, sequence], TensorProto.INT64)
    x = m.node("Gather", m.weight(30522, width), ids)
    x = _norm(m, m.node("Add", x, m.weight(1, 128, width)), width, written_out)
    bias = m.node("Cast", m.node("Unsqueeze", mask, m.whole(1, 2)), to=FLOAT)
    bias = m.node("Mul", m.node("Sub", m.scalar(1.0), bias), m.scalar(-10000.0))
    rows = m.node("Gather", m.node("Shape", x), m.whole(1))
    split = m.node("Concat", m.whole(1), rows, m.whole(heads, width // heads), axis=0)
    join = m.node("Concat", m.whole(1), rows, m.whole(width), axis=0)
    for _ in range(blocks):
        q, k, v = (m.node("Reshape", m.linear(x, width, width), split) for _ in range(3))
        q, v = (m.node("Transpose", t, perm=[0, 2, 1, 3]) for t in (q, v))
        k = m.node("Transpose", k, perm=[0, 2, 3, 1])
        scores = m.node("Add", m.node("Div", m.node("MatMul", q, k), m.scalar(8.0)), bias)
        mixed = m.node("MatMul", m.node("Softmax", scores, axis=-1), v)
        mixed = m.node("Reshape", m.node("Transpose", mixed, perm=[0, 2, 1, 3]), join)
        x = _norm(m, m.node("Add", m.linear(mixed, width, width), x), width, written_out)
        y = m.linear(x, width, wide)
        half = m.node("Add", m.node("Erf", m.node("Div", y, m.scalar(1.41421356))), m.scalar(1.0))
        y = m.node("Mul", m.node("Mul", y, half), m.scalar(0.5))
        x = _norm(m, m.node("Add", m.linear(y, wide, width), x), width, written_out)
    return m.save(path, x)


def gpt2(path: Path, blocks: int) -> Path:
    """GPT-2 small as exporters write it: sizes divided in the graph, a sliced causal mask, tanh written out."""
    sequence, width, heads = 256, 768, 12
    m = ModelMaker()
    ids = m.input("ids", [1, sequence], TensorProto.INT64)
    x = m.node("Gather", m.weight(50257, width), ids)
    x = m.node("Add", x, m.node("Gather", m.weight(1024, width), m.whole(*range(sequence))))
    triangle = m.weight(1, 1, 1024, 1024)
    for _ in range(blocks):
        y = m.node("Reshape", _norm(m, x, width, False), m.whole(-1, width))
        y = m.node("Gemm", y, m.weight(width, 3 * width), m.weight(3 * width))
        q = m.node(
            "Split", m.node("Reshape", y, m.whole(1, sequence, 3 * width)), m.whole(*[width] * 3), outputs=3, axis=2
        )
        k, v = m.nodes[-1].output[1:]
        sizes = m.node("Shape", q)
        rows, head = (
            m.node("Gather", sizes, m.whole(1)),
            m.node("Div", m.node("Gather", sizes, m.whole(2)), m.whole(heads)),
        )
        split = m.node("Concat", m.whole(1), rows, m.whole(heads), head, axis=0)
        q, k, v = (m.node("Reshape", t, split) for t in (q, k, v))
        q, v = (m.node("Transpose", t, perm=[0, 2, 1, 3]) for t in (q, v))
        scores = m.node("Div", m.node("MatMul", q, m.node("Transpose", k, perm=[0, 2, 3, 1])), m.scalar(8.0))
        mask = m.node("Slice", triangle, m.whole(0, 0), m.whole(sequence, sequence), m.whole(2, 3))
        scores = m.node("Where", m.node("Cast", mask, to=TensorProto.BOOL), scores, m.scalar(-1e4))
        mixed = m.node("MatMul", m.node("Softmax", scores, axis=-1), v)
        mixed = m.node("Reshape", m.node("Transpose", mixed, perm=[0, 2, 1, 3]), m.whole(1, sequence, width))
        x = m.node("Add", x, m.linear(mixed, width, width))
        y = m.linear(_norm(m, x, width, True), width, 4 * width)
        cubed = m.node("Add", y, m.node("Mul", m.node("Pow", y, m.scalar(3.0)), m.scalar(0.044715)))
        wave = m.node("Add", m.node("Tanh", m.node("Mul", cubed, m.scalar(0.797885))), m.scalar(1.0))
        x = m.node("Add", x, m.linear(m.node("Mul", m.node("Mul", y, m.scalar(0.5)), wave), 4 * width, width))
    x = m.node("Gather", _norm(m, x, width, False), m.whole(sequence - 1), axis=1)
    return m.save(path, m.node("MatMul", x, m.weight(width, 50257)))


def vision_transformer(path: Path, blocks: int, width: int, heads: int) -> Path:
    """Dosovitskiy et al., arXiv 2010.11929: patches of 16, a class token, the head on it."""
    rows = 197
    m = ModelMaker()
    x = m.node("Conv", m.input("x", [1, 3, 224, 224]), m.weight(width, 3, 16, 16), m.weight(width), strides=[16, 16])
    x = m.node("Transpose", m.node("Reshape", x, m.whole(1, width, rows - 1)), perm=[0, 2, 1])
    x = m.node("Add", m.node("Concat", m.weight(1, 1, width), x, axis=1), m.weight(1, rows, width))
    for _ in range(blocks):
        y = m.linear(_norm(m, x, width, True), width, 3 * width)
        y = m.node("Reshape", y, m.whole(1, rows, 3, heads, width // heads))
        y = m.node("Transpose", y, perm=[2, 0, 3, 1, 4])
        q, k, v = (m.node("Gather", y, m.node("Constant", value_int=i), axis=0) for i in range(3))
        scores = m.node("Mul", m.node("MatMul", q, m.node("Transpose", k, perm=[0, 1, 3, 2])), m.scalar(0.125))
        mixed = m.node("Transpose", m.node("MatMul", m.node("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
        x = m.node("Add", x, m.linear(m.node("Reshape", mixed, m.whole(1, rows, width)), width, width))
        y = m.node("Sigmoid", m.linear(_norm(m, x, width, True), width, 4 * width))
        x = m.node("Add", x, m.linear(y, 4 * width, width))
    x = m.node("Gather", _norm(m, x, width, True), m.node("Constant", value_int=0), axis=1)
    return m.save(path, m.node("Gemm", x, m.weight(width, 1000), m.weight(1000)))


def _norm(m: ModelMaker, x: str, width: int, written_out: bool) -> str:
    if not written_out:
        return m.node("LayerNormalization", x, m.weight(width), m.weight(width), axis=-1)
    difference = m.node("Sub", x, m.node("ReduceMean", x, axes=[-1]))
    mean = m.node("ReduceMean", m.node("Pow", difference, m.scalar(2.0)), axes=[-1])
    root = m.node("Sqrt", m.node("Add", mean, m.scalar(1e-12)))
    return m.node("Add", m.node("Mul", m.node("Div", difference, root), m.weight(width)), m.weight(width))
