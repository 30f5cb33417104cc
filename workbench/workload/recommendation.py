"""DLRM and NCF from their hyper-parameters, for one user: embedding look-ups are the network's input.

Sources: Naumov et al., arXiv 1906.00091, with the MLPerf hyper-parameters (13 dense features, 26 tables, width 128);
He et al., Neural Collaborative Filtering, WWW 2017 (NeuMF), with the MLPerf hyper-parameters for MovieLens-20M.
"""

from itertools import pairwise

from workbench.workload.graph_builder import GraphBuilder
from workbench.workload.layer import LayerKind, LayerShape, Operands
from workbench.workload.network import Network
from workbench.workload.table import NETWORK_INPUT

_DLRM_BOTTOM = (13, 512, 256, 128)
_DLRM_TABLES = 26
_DLRM_TOP = (1024, 1024, 512, 256, 1)
_NCF_MLP = (256, 256, 128, 64)
_NCF_FACTORS = 64


def build_dlrm() -> Network:
    """The network `dlrm`: bottom MLP, pairwise dot products of all feature vectors, top MLP."""
    graph = GraphBuilder()
    dense = NETWORK_INPUT
    for i, (k, n) in enumerate(pairwise(_DLRM_BOTTOM), 1):
        dense = graph.gemm(f"bot{i}", (1, n, k), [dense])
    width, vectors = _DLRM_BOTTOM[-1], _DLRM_TABLES + 1
    features = _concat(graph, "features", (vectors, width), [dense, NETWORK_INPUT])
    products = graph.gemm("inter", (vectors, vectors, width), [features], operands=Operands.ACTIVATIONS)
    pairs = vectors * (vectors - 1) // 2  # the strict lower triangle of a symmetric matrix
    triangle = LayerShape(LayerKind.COPY, 1, vectors, vectors, 1, 1, pairs)
    graph.add("pairs", triangle, [products])
    stream = _concat(graph, "top_in", (1, width + pairs), [dense, "pairs"])
    for i, (k, n) in enumerate(pairwise((width + pairs, *_DLRM_TOP)), 1):
        stream = graph.gemm(f"top{i}", (1, n, k), [stream])
    return graph.network("dlrm", "Naumov et al., arXiv 1906.00091; MLPerf hyper-parameters, batch 1")


def build_ncf() -> Network:
    """The network `ncf`: an MLP over both embeddings beside their element-wise product, joined by one product."""
    graph = GraphBuilder()
    stream = NETWORK_INPUT
    for i, (k, n) in enumerate(pairwise(_NCF_MLP), 1):
        stream = graph.gemm(f"mlp{i}", (1, n, k), [stream])
    factors = graph.rows(LayerKind.ELTWISE, "gmf", (1, _NCF_FACTORS), [NETWORK_INPUT], reads=2)
    joined = _concat(graph, "joined", (1, _NCF_FACTORS + _NCF_MLP[-1]), [factors, stream])
    graph.gemm("neumf", (1, 1, _NCF_FACTORS + _NCF_MLP[-1]), [joined])
    return graph.network("ncf", "He et al., Neural Collaborative Filtering, WWW 2017; MLPerf hyper-parameters, batch 1")


def _concat(graph: GraphBuilder, name: str, size: tuple[int, int], inputs: list[str]) -> str:
    shape = LayerShape(LayerKind.CONCAT, 1, *size, 1, *size, from_network_input=NETWORK_INPUT in inputs)
    return graph.add(name, shape, inputs)
