"""Puts a network together layer by layer; edges are layer names. The networks made from hyper-parameters use it."""

from collections.abc import Sequence

from workbench.workload.edge_check import edge_problem
from workbench.workload.layer import Layer, LayerKind, LayerShape, Operands
from workbench.workload.network import Network
from workbench.workload.shape_check import shape_problem
from workbench.workload.table import NETWORK_INPUT


class GraphBuilder:
    """Appends checked layers; every method returns the new layer's name, to be used as an edge.

    Raises ValueError for a shape or an edge that is impossible, KeyError for an unknown edge.
    """

    def __init__(self) -> None:
        self._layers: list[Layer] = []
        self._index: dict[str, int] = {}

    def add(self, name: str, shape: LayerShape, inputs: Sequence[str]) -> str:
        """Any layer; `in` among its inputs is the network's input, which its shape must know of."""
        if name in self._index:
            raise ValueError(f"layer {name} exists already")
        producers = tuple(self._index[i] for i in inputs if i != NETWORK_INPUT)
        self._layers.append(Layer(name, shape, producers))
        self._index[name] = len(self._layers) - 1
        problem = shape_problem(shape)
        edge = edge_problem(self._layers, len(self._layers) - 1)
        if problem or edge:
            raise ValueError(f"layer {name}: {' '.join(problem) if problem else edge}")
        return name

    def gemm(
        self,
        name: str,
        mnk: tuple[int, int, int],
        inputs: Sequence[str],
        *,
        heads: int = 1,
        repeat: int = 1,
        operands: Operands = Operands.WEIGHTS,
    ) -> str:
        """A product M×N×K, once per head, `repeat` times in a row."""
        m, n, k = mnk
        shape = LayerShape(
            LayerKind.GEMM,
            *(1, m, heads * k),
            *(1, m, heads * n),
            groups=heads,
            repeat=repeat,
            operands=operands,
            from_network_input=NETWORK_INPUT in inputs,
        )
        return self.add(name, shape, inputs)

    def rows(
        self,
        kind: LayerKind,
        name: str,
        size: tuple[int, int],
        inputs: Sequence[str],
        *,
        reads: int = 1,
        repeat: int = 1,
    ) -> str:
        """A memory-bound layer over (rows, channels) that keeps its size."""
        rows, channels = size
        shape = LayerShape(
            kind,
            *(1, rows, channels),
            *(1, rows, channels),
            repeat=repeat,
            reads=reads,
            from_network_input=NETWORK_INPUT in inputs,
        )
        return self.add(name, shape, inputs)

    def network(self, name: str, source: str) -> Network:
        """What has been put together so far."""
        return Network(name, tuple(self._layers), source)
