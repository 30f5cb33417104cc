"""GNMT with four encoder and four decoder layers, from its hyper-parameters: recurrent products as repeats.

An LSTM layer is three rows: the input product, which needs no history and covers all steps at once in the encoder;
the recurrent product, one use per step; the cell, which joins the four gates of both into the new hidden state. The
real cell runs between two recurrent steps; as rows the three follow each other, with the same work and bytes. The
decoder sees one token at a time, so that its input products and the vocabulary's projection repeat too.
Attention itself is left out, as in the MLPerf-derived table of products that this network agrees with: the encoder's
output stands for the context vector. Source: Wu et al., arXiv 1609.08144, and the MLPerf reference model of the same
name (four layers, width 1024, vocabulary 32317, bidirectional first layer, residual adds from the third layer on).
"""

from workbench.workload.graph_builder import GraphBuilder
from workbench.workload.layer import LayerKind, LayerShape
from workbench.workload.network import Network
from workbench.workload.table import NETWORK_INPUT

_STEPS = 25  # tokens of a sentence
_WIDTH = 1024
_GATES = 4  # input, forget, cell and output gate of an LSTM
_VOCABULARY = 32317
_LAYERS = 4
_FIRST_RESIDUAL = 3

GNMT_SOURCE = "Wu et al., arXiv 1609.08144; MLPerf reference model: 4 layers, width 1024, 25 steps; attention left out"


def build_gnmt() -> Network:
    """The network `gnmt_s25`: 25 steps of encoder and decoder."""
    graph = GraphBuilder()
    forward = _lstm(graph, "enc_bi_fwd", [NETWORK_INPUT], _WIDTH, stepwise=False)
    backward = _lstm(graph, "enc_bi_bwd", [NETWORK_INPUT], _WIDTH, stepwise=False)
    stream, width = _concat(graph, "enc_bi", (_STEPS, 2 * _WIDTH), 1, [forward, backward]), 2 * _WIDTH
    for i in range(2, _LAYERS + 1):
        hidden = _lstm(graph, f"enc{i}", [stream], width, stepwise=False)
        stream, width = (_residual(graph, f"enc{i}", stream, hidden) if i >= _FIRST_RESIDUAL else hidden), _WIDTH
    context = stream
    stream = _lstm(graph, "dec1", [NETWORK_INPUT], _WIDTH, stepwise=True, start=context)
    for i in range(2, _LAYERS + 1):
        joined = _concat(graph, f"dec{i}_in", (1, 2 * _WIDTH), _STEPS, [stream, context])
        hidden = _lstm(graph, f"dec{i}", [joined], 2 * _WIDTH, stepwise=True)
        stream = _residual(graph, f"dec{i}", stream, hidden) if i >= _FIRST_RESIDUAL else hidden
    graph.gemm("proj", (1, _VOCABULARY, _WIDTH), [stream], repeat=_STEPS)
    return graph.network("gnmt_s25", GNMT_SOURCE)


def _lstm(
    graph: GraphBuilder, name: str, inputs: list[str], width: int, *, stepwise: bool, start: str | None = None
) -> str:
    gates = _GATES * _WIDTH
    rows, repeat = (1, _STEPS) if stepwise else (_STEPS, 1)
    x = graph.gemm(f"{name}_x", (rows, gates, width), inputs, repeat=repeat)
    # The decoder's first state is the encoder's last one.
    h = graph.gemm(f"{name}_h", (1, gates, _WIDTH), [x] if start is None else [x, start], repeat=_STEPS)
    return graph.rows(LayerKind.ELTWISE, f"{name}_cell", (1, _WIDTH), [x, h], reads=2 * _GATES, repeat=_STEPS)


def _concat(graph: GraphBuilder, name: str, size: tuple[int, int], repeat: int, inputs: list[str]) -> str:
    return graph.add(name, LayerShape(LayerKind.CONCAT, 1, *size, 1, *size, repeat=repeat), inputs)


def _residual(graph: GraphBuilder, name: str, stream: str, hidden: str) -> str:
    return graph.rows(LayerKind.ELTWISE, f"{name}_add", (1, _WIDTH), [stream, hidden], reads=2, repeat=_STEPS)
