"""Puts a network together from operators whose edges may not say what their readers need.

Frameworks reshape, slice and broadcast between operators at will; a layer here reads what its producers yield, and
nothing else. So every layer's edges are checked as they are made, and where sizes differ the data is brought into form:
by a copy (slices, reshapes between image and rows), by a resize (broadcasts), or, where neither says what happens, by
reading from memory with a warning.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from workbench.workload.edge_check import edge_problem
from workbench.workload.layer import Layer, LayerKind, LayerShape
from workbench.workload.shape_check import shape_problem
from workbench.workload.table import NETWORK_INPUT

Size = tuple[int, int, int]  # height, width, channels

_MULTIPLYING = {LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.TRANSPOSED, LayerKind.GEMM}
_ANY_INPUTS = {LayerKind.GEMM, LayerKind.ELTWISE, LayerKind.CONCAT}
LONGEST_NAME = 100


class NoLayerError(Exception):
    """An operator that no layer can stand for; the text says why."""


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of the foreign network: the layers that yield it, and whether part of it comes from memory.

    `intact`: laid out as its producer wrote it, so that height, width and channels still are the producer's.
    """

    producers: tuple[int, ...] = ()
    from_input: bool = False
    constant: bool = False
    intact: bool = True


CONSTANT = Value(constant=True)
INPUT = Value(from_input=True)


def joined(values: Sequence[Value]) -> Value:
    """What an operator yields of which only the inputs are known."""
    producers = tuple(dict.fromkeys(p for value in values for p in value.producers))
    from_input = any(value.from_input for value in values)
    return Value(producers, from_input, constant=not producers and not from_input, intact=False)


class LayerList:
    """Layers in the order in which they were added; `warnings` tells of edges that had to be cut."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.warnings: list[str] = []
        self._names: set[str] = set()

    def size(self, value: Value) -> Size | None:
        """Height, width and channels that a value's only producer yields; None if there is no such one."""
        if len(value.producers) != 1 or value.from_input:
            return None
        shape = self.layers[value.producers[0]].shape
        return (shape.out_h, shape.out_w, shape.out_c) if shape.repeat == 1 else None

    def total(self, value: Value) -> int:
        """Elements that a value's producers yield together."""
        return sum(self._total(p) for p in value.producers)

    def mark_activation(self, value: Value) -> None:
        """Remember an activation behind the layers that yield a value, unless they multiply and so fuse it."""
        for index in value.producers:
            layer = self.layers[index]
            if layer.shape.kind not in _MULTIPLYING:
                self.layers[index] = replace(layer, activation=True)

    def add(self, name: str, shape: LayerShape, operands: Sequence[tuple[Value, int]]) -> Value:
        """A layer that reads of each operand the given number of elements. Raises NoLayerError for impossible shapes.

        A product reads as many rows as it wants of an operand, so that its numbers of elements do not count.
        """
        problem = shape_problem(shape)
        if problem:
            raise NoLayerError(" ".join(problem))
        name = self._new_name(name)
        values = [value for value, _ in operands]
        everything = joined(values)
        choices = ["as it is", "in form"] + ["from memory too"] * (shape.kind in _ANY_INPUTS)
        for choice in choices:
            before = len(self.layers)
            reads = self._in_form(name, shape, operands) if choice == "in form" else everything
            added = self._try(name, shape, replace(reads, from_input=True) if choice == "from memory too" else reads)
            if added is not None:
                return added
            del self.layers[before:]  # copies that did not help
        self.warnings.append(f"{name}: its inputs could not be followed to layers; it reads memory and waits for none")
        added = self._try(name, shape, INPUT)
        if added is None:
            raise NoLayerError("its edges fit no layer")
        return added

    def _try(self, name: str, shape: LayerShape, reads: Value) -> Value | None:
        from_input = reads.from_input or not reads.producers
        layer = Layer(name, replace(shape, from_network_input=from_input), reads.producers)
        self.layers.append(layer)
        if edge_problem(self.layers, len(self.layers) - 1) is None:
            return Value((len(self.layers) - 1,))
        self.layers.pop()
        return None

    def _in_form(self, name: str, shape: LayerShape, operands: Sequence[tuple[Value, int]]) -> Value:
        """The operands' producers with copies and resizes between them and the layer where sizes differ."""
        found: list[Value] = []
        for value, elements in operands:
            if shape.kind in _ANY_INPUTS:
                found.append(self._elements(name, value, elements))
            else:
                found.append(self._exactly(name, value, (shape.in_h, shape.in_w, shape.in_c)))
        return joined(found)

    def _elements(self, name: str, value: Value, elements: int) -> Value:
        total = self.total(value)
        if not value.producers or value.from_input or total == elements:
            return value
        if total > elements:
            channels = self.layers[value.producers[-1]].shape.out_c
            size = (1, elements // channels, channels) if elements % channels == 0 else (1, 1, elements)
            return self._exactly(name, value, size)
        if elements % total == 0 and (size_now := self.size(value)) is not None:
            height, width, channels = size_now
            return self._append(
                f"{name}.broadcast",
                LayerShape(LayerKind.RESIZE, height, width, channels, height, width * (elements // total), channels),
                value,
            )
        return replace(INPUT, producers=value.producers)

    def _exactly(self, name: str, value: Value, size: Size) -> Value:
        """One layer of exactly this size, INPUT if no copy or resize leads there."""
        total = self.total(value)
        if not value.producers or value.from_input:
            return INPUT
        if total < prod(size):
            now = self.size(value)
            if now is None or now[2] != size[2]:
                return INPUT
            return self._append(f"{name}.broadcast", LayerShape(LayerKind.RESIZE, *now, *size), value)
        if len(value.producers) > 1:
            value = self._append(
                f"{name}.join", LayerShape(LayerKind.CONCAT, 1, 1, total, 1, 1, total), value
            )  # several slices of one tensor, or an operator that is not covered
        only = self.layers[value.producers[0]].shape
        whole = (only.out_h, only.out_w * only.repeat, only.out_c)
        return self._append(f"{name}.copy", LayerShape(LayerKind.COPY, *whole, *size), value)

    def _append(self, name: str, shape: LayerShape, reads: Value) -> Value:
        layer = Layer(self._new_name(name), shape, reads.producers)
        self.layers.append(layer)
        if shape_problem(shape) or edge_problem(self.layers, len(self.layers) - 1):
            self.layers.pop()
            return INPUT
        return Value((len(self.layers) - 1,))

    def _total(self, index: int) -> int:
        shape = self.layers[index].shape
        return shape.repeat * shape.output_elements

    def _new_name(self, name: str) -> str:
        name = name[-LONGEST_NAME:] or "layer"
        base, number = (name if name != NETWORK_INPUT else "layer_in"), 1
        name = base
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name)
        return name
