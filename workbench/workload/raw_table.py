"""Imports raw layer tables (idx, layer, type, inputs, H_in, …), as exported from Keras or written by hand.

Such tables list a framework's nodes, not a compiler's layers, and have known faults. The importer
* folds batch norm, activations, padding, dropout, flatten and reshape into their producers and bridges the edges;
* splits separable convolutions into a depthwise and a pointwise layer;
* adds the nodes behind edges that lead nowhere: `in` (the network's input), `gap` (global average pooling of the row
  above), `dropout` (the same, where the tail was cut off), `cropN` (the U-Net's crop of what pool N reads) and
  `add`/`multiply` (a hard sigmoid written out: constants folded into the row above);
* takes sizes from producers, so that padded inputs are not counted as data, and ignores the columns MACs and weights
  (the latter counts batch norm and biases).
Any other unknown edge is an error.
"""

import re
from dataclasses import replace
from math import prod

from workbench.workload.csv_rows import CsvTable, Row
from workbench.workload.layer import Layer, LayerKind, LayerShape
from workbench.workload.network import Network
from workbench.workload.raw_types import RAW_TYPES, RawType
from workbench.workload.shape_check import shape_problem
from workbench.workload.table import NETWORK_INPUT, link_rows
from workbench.workload.table_error import TableError, close_matches, quoted

REQUIRED = ("layer", "type", "inputs", "H_in", "W_in", "C_in", "H_out", "W_out", "C_out", "kh", "kw", "sh", "sw")

_CROP = re.compile(r"crop(\d+)")
_CONSTANT_OPERATION = re.compile(r"(add|multiply)(_\d+)?")  # Keras's names for + constant and × constant
_CUT_TAIL = ("gap", "dropout")

_MULTIPLYING = (LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.TRANSPOSED, LayerKind.GEMM)
_WINDOWED = {RawType.CONV, RawType.DEPTHWISE, RawType.SEPARABLE, RawType.TRANSPOSED, RawType.POOL}

_MEMORY_KINDS = {
    RawType.POOL: LayerKind.POOL,
    RawType.GLOBAL_POOL: LayerKind.POOL,
    RawType.ELTWISE: LayerKind.ELTWISE,
    RawType.CONCAT: LayerKind.CONCAT,
    RawType.RESIZE: LayerKind.RESIZE,
    RawType.COPY: LayerKind.COPY,
    RawType.SOFTMAX: LayerKind.SOFTMAX,
    RawType.NORM: LayerKind.NORM,
}

Size = tuple[int, int, int]  # height, width, channels


def is_raw_table(table: CsvTable) -> bool:
    """Whether a CSV file is a raw layer table: the header names a layer, a type and edges."""
    return {"layer", "type", "inputs"} <= set(table.columns)


def network_from_raw_table(table: CsvTable, name: str | None = None, source: str = "") -> Network:
    """The network of a raw layer table. Raises TableError with file, line, column, value found and values allowed."""
    missing = [c for c in REQUIRED if c not in table.columns]
    if missing:
        raise TableError(table.path, f"the header lacks {', '.join(missing)}", table.header_line)
    if not table.rows:
        raise TableError(table.path, "has no layers below its header")
    layers = _Importer(table).layers()
    return Network(name or table.path.stem, layers, source)


class _Importer:
    """State of one import: which layer each row's name stands for, and what that layer yields."""

    def __init__(self, table: CsvTable) -> None:
        self._table = table
        self._row_of = self._index(table)
        self._stands_for: dict[str, str] = {}  # row name → name of the layer that yields its output, or `in`
        self._yields: dict[str, Size] = {}  # layer name → output size
        self._linked: list[tuple[Row, Layer, list[str]]] = []
        self._place: dict[str, int] = {}  # layer name → position in _linked

    @staticmethod
    def _index(table: CsvTable) -> dict[str, int]:
        index: dict[str, int] = {}
        for i, row in enumerate(table.rows):
            is_input = RAW_TYPES.get(row.text("type")) is RawType.INPUT
            name = row.name("layer", reserved="" if is_input else NETWORK_INPUT)
            if name in index:
                raise row.fail("layer", f"'{name}' is used twice, first in line {table.rows[index[name]].line}")
            index[name] = i
        return index

    def layers(self) -> tuple[Layer, ...]:
        for i in range(len(self._table.rows)):
            self._import(i)
        if not self._linked:
            raise TableError(self._table.path, "holds no layer that computes or moves anything")
        return link_rows(self._linked)

    def _import(self, i: int) -> None:
        row = self._table.rows[i]
        name = row.text("layer")
        raw = self._raw_type(row)
        if raw is RawType.INPUT:
            self._stands_for[name] = NETWORK_INPUT
            return
        names = row.text("inputs").split()
        if not names:
            raise row.fail("inputs", f"'{name}' reads nothing; a layer's name or '{NETWORK_INPUT}' is needed")
        inputs = [self._resolve(i, edge) for edge in names]
        self._check_listed_input(row, raw, names[0])
        if raw in (RawType.FUSE, RawType.ACTIVATION):
            if len(inputs) != 1:
                raise row.fail("inputs", f"a {row.text('type')} reads one layer, not {len(inputs)}")
            self._stands_for[name] = inputs[0]
            if raw is RawType.ACTIVATION:
                self._remember_activation(inputs[0])
            return
        for layer_name, shape, layer_inputs in self._shapes(row, raw, inputs):
            self._append(row, layer_name, shape, layer_inputs)
        self._stands_for[name] = name

    def _check_listed_input(self, row: Row, raw: RawType, edge: str) -> None:
        """The row's input must be what the row it reads lists as output, where both are given.

        A concatenation may list the channels of its first input or of all of them.
        """
        if edge not in self._row_of:
            return
        source = self._table.rows[self._row_of[edge]]
        for axis in ("H", "W", "C"):
            read, listed = row.text(f"{axis}_in"), source.text(f"{axis}_out")
            if axis == "C" and raw is RawType.CONCAT and read == row.text("C_out"):
                continue
            if read and listed and row.number(f"{axis}_in") != source.number(f"{axis}_out"):
                raise row.fail(f"{axis}_in", f"is {quoted(read)}, but '{edge}' (line {source.line}) yields {listed}")

    @staticmethod
    def _raw_type(row: Row) -> RawType:
        text = row.text("type")
        if text not in RAW_TYPES:
            raise row.fail("type", f"{quoted(text)} is unknown{close_matches(text, list(RAW_TYPES))}")
        return RAW_TYPES[text]

    def _append(self, row: Row, name: str, shape: LayerShape, inputs: list[str]) -> None:
        problem = shape_problem(shape)
        if problem:
            raise row.fail(_RAW_COLUMN.get(problem[0], problem[0]), problem[1])
        self._place[name] = len(self._linked)
        self._linked.append((row, Layer(name, shape), inputs))
        self._yields[name] = (shape.out_h, shape.out_w, shape.out_c)

    def _remember_activation(self, producer: str) -> None:
        if producer == NETWORK_INPUT:
            return
        row, layer, inputs = self._linked[self._place[producer]]
        if layer.shape.kind not in _MULTIPLYING:
            self._linked[self._place[producer]] = (row, replace(layer, activation=True), inputs)

    def _resolve(self, i: int, edge: str) -> str:
        """The layer that an edge of row i leads to, missing nodes added."""
        row = self._table.rows[i]
        if edge in self._stands_for:
            return self._stands_for[edge]
        if edge in self._row_of:
            later = self._table.rows[self._row_of[edge]].line
            raise row.fail("inputs", f"'{edge}' stands in line {later}, not above its reader '{row.text('layer')}'")
        if edge == NETWORK_INPUT:
            return NETWORK_INPUT
        above = self._stands_for[self._table.rows[i - 1].text("layer")] if i else NETWORK_INPUT
        if above != NETWORK_INPUT:
            if edge in _CUT_TAIL:
                return self._global_pool(row, edge, above)
            if _CONSTANT_OPERATION.fullmatch(edge):
                return above
        crop = _CROP.fullmatch(edge)
        if crop and f"p{crop[1]}" in self._place:
            cropped = self._linked[self._place[f"p{crop[1]}"]][2][0]
            if cropped != NETWORK_INPUT:
                return self._crop(row, edge, cropped)
        hint = close_matches(edge, list(self._row_of))
        raise row.fail("inputs", f"{quoted(edge)}, read by '{row.text('layer')}', is no row of this table{hint}")

    def _global_pool(self, row: Row, name: str, producer: str) -> str:
        height, width, channels = self._yields[producer]
        if (height, width) == (1, 1):
            return producer
        shape = LayerShape(LayerKind.POOL, height, width, channels, 1, 1, channels, height, width)
        self._append(row, name, shape, [producer])
        self._stands_for[name] = name
        return name

    def _crop(self, row: Row, name: str, producer: str) -> str:
        size = self._yields[producer]
        out = (row.number("H_in"), row.number("W_in"), size[2])
        if out == size:  # nothing is cut away, so nothing moves
            return producer
        self._append(row, name, LayerShape(LayerKind.COPY, *size, *out), [producer])
        self._stands_for[name] = name
        return name

    def _shapes(self, row: Row, raw: RawType, inputs: list[str]) -> list[tuple[str, LayerShape, list[str]]]:
        name = row.text("layer")
        read = self._input_size(row, inputs)
        out = (row.number("H_out", 1), row.number("W_out", 1), row.number("C_out"))
        if raw is RawType.DENSE:
            return [(name, LayerShape(LayerKind.GEMM, 1, 1, prod(read), 1, 1, out[2]), inputs)]
        if raw not in _WINDOWED:
            return [(name, self._memory_shape(raw, read, out, inputs), inputs)]
        window = (row.number("kh"), row.number("kw"), row.number("sh"), row.number("sw"), row.number("dil", 1))
        if raw is RawType.POOL:
            return [(name, LayerShape(LayerKind.POOL, *read, *out, *window), inputs)]
        if raw is RawType.SEPARABLE:
            middle = (out[0], out[1], read[2])
            depthwise = LayerShape(LayerKind.DEPTHWISE, *read, *middle, *window, groups=read[2])
            pointwise = LayerShape(LayerKind.CONV, *middle, *out)
            return [(f"{name}.depthwise", depthwise, inputs), (name, pointwise, [f"{name}.depthwise"])]
        if raw is RawType.TRANSPOSED:
            return [(name, LayerShape(LayerKind.TRANSPOSED, *read, *out, *window, row.number("groups", 1)), inputs)]
        groups = row.number("groups", read[2] if raw is RawType.DEPTHWISE else 1)
        depthwise_too = groups == read[2] > 1 and out[2] % read[2] == 0
        kind = LayerKind.DEPTHWISE if raw is RawType.DEPTHWISE or depthwise_too else LayerKind.CONV
        return [(name, LayerShape(kind, *read, *out, *window, groups), inputs)]

    def _memory_shape(self, raw: RawType, read: Size, out: Size, inputs: list[str]) -> LayerShape:
        if raw is RawType.GLOBAL_POOL:
            return LayerShape(LayerKind.POOL, *read, 1, 1, out[2], read[0], read[1])
        if raw is RawType.ELTWISE:
            # A squeeze-excite gate of 1×1×C is broadcast: no tensor of the output's size.
            full = sum(1 for producer in inputs if self._yields.get(producer, out) == out)
            return LayerShape(LayerKind.ELTWISE, *out, *out, reads=max(1, full))
        if raw is RawType.CONCAT:
            return LayerShape(LayerKind.CONCAT, *out, *out)
        return LayerShape(_MEMORY_KINDS[raw], *read, *out)

    def _input_size(self, row: Row, inputs: list[str]) -> Size:
        """What the first producer yields; the table's own figures (padding included) only for the network's input."""
        if inputs[0] in self._yields:
            size = self._yields[inputs[0]]
            joined = self._raw_type(row) is RawType.CONCAT and row.text("C_in") == row.text("C_out")
            if not joined and row.number("C_in") not in (size[2], prod(size)):  # the latter behind a flatten
                raise row.fail("C_in", f"is {row.number('C_in')}, but '{inputs[0]}' yields {size[2]} channels")
            return size
        size = (row.number("H_in", 1), row.number("W_in", 1), row.number("C_in"))
        return self._unpadded(row, size)

    def _unpadded(self, row: Row, size: Size) -> Size:
        # Padding folded away between the input row and this one must not count as data.
        edge = row.text("inputs").split()[0]
        while edge in self._row_of:
            source = self._table.rows[self._row_of[edge]]
            if RAW_TYPES[source.text("type")] is RawType.INPUT:
                return (source.number("H_out", 1), source.number("W_out", 1), source.number("C_out"))
            edge = source.text("inputs").split()[0]
        return size


_RAW_COLUMN = {
    "in_h": "H_in",
    "in_w": "W_in",
    "in_c": "C_in",
    "out_h": "H_out",
    "out_w": "W_out",
    "out_c": "C_out",
    "kernel_h": "kh",
    "kernel_w": "kw",
    "stride_h": "sh",
    "stride_w": "sw",
    "dilation": "dil",
}
