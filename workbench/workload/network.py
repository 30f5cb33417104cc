"""A network: a DAG of layers in topological order."""

from dataclasses import dataclass

from workbench.workload.layer import Layer


@dataclass(frozen=True, slots=True)
class Network:
    """Layers in an order in which every producer comes before its consumers.

    Raises ValueError if a layer reads a later layer or itself.
    """

    name: str
    layers: tuple[Layer, ...]
    source: str = ""

    def __post_init__(self) -> None:
        for index, layer in enumerate(self.layers):
            for producer in layer.inputs:
                if not 0 <= producer < index:
                    raise ValueError(
                        f"network {self.name}: layer {index} ({layer.name}) reads layer {producer}, "
                        f"which does not come before it"
                    )

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(layer.shape.macs for layer in self.layers)

    @property
    def weight_elements(self) -> int:
        """Weights of the whole network (int8: bytes), each counted once however often it is used."""
        return sum(layer.shape.weight_elements for layer in self.layers)
