"""A network: a DAG of layers in topological order."""

from dataclasses import dataclass

from workbench.workload.layer import Layer, LayerKind, LayerShape


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

    def separate_activations(self) -> "Network":
        """The network as cores see it that cannot fuse an activation behind a layer that does not multiply.

        Each becomes a copy of its own, named after its layer with `.activation`; consumers read the copy.
        """
        layers: list[Layer] = []
        place: list[int] = []
        for layer in self.layers:
            layers.append(Layer(layer.name, layer.shape, tuple(place[i] for i in layer.inputs)))
            place.append(len(layers) - 1)
            if layer.activation:
                size = (layer.shape.out_h, layer.shape.out_w, layer.shape.out_c)
                shape = LayerShape(LayerKind.COPY, *size, *size, repeat=layer.shape.repeat, batch=layer.shape.batch)
                layers.append(Layer(f"{layer.name}.activation", shape, (place[-1],)))
                place[-1] += 1
        return Network(self.name, tuple(layers), self.source)
