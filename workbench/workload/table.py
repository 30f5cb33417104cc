"""The workbench's own table of a network: one CSV row per layer, written and read here and nowhere else.

Lines before the header: `# name: NAME` and `# source: TEXT`. Columns as in `COLUMNS`; `inputs` names producing rows,
separated by blanks, `in` for the network's input. Empty fields of the optional columns mean 1, `weights` or no.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from workbench.workload.csv_rows import CsvTable, Row, read_csv
from workbench.workload.edge_check import edge_problem
from workbench.workload.layer import Layer, LayerKind, LayerShape, Operands
from workbench.workload.network import Network
from workbench.workload.order import CycleError, topological_order
from workbench.workload.shape_check import shape_problem
from workbench.workload.table_error import TableError, close_matches, quoted

NETWORK_INPUT = "in"
MANY_CYCLE_MEMBERS = 8  # that a message still lists

SIZES = ("in_h", "in_w", "in_c", "out_h", "out_w", "out_c")
FACTORS = ("kernel_h", "kernel_w", "stride_h", "stride_w", "dilation", "groups", "repeat", "reads")
REQUIRED = ("name", "kind", "inputs", *SIZES)
COLUMNS = (*REQUIRED, *FACTORS, "operands", "activation")

_T = TypeVar("_T")

_KINDS = {kind.value: kind for kind in LayerKind}
_OPERANDS = {operands.value: operands for operands in Operands} | {"": Operands.WEIGHTS}
_YES_NO = {"yes": True, "no": False, "": False}


def is_own_table(table: CsvTable) -> bool:
    """Whether a CSV file is meant as the workbench's own format: the header names a kind per row."""
    return "kind" in table.columns


def read_table(path: Path) -> Network:
    """A network from its table. Raises TableError with file, line, column, value found and values allowed."""
    return network_from_table(read_csv(path))


def network_from_table(table: CsvTable) -> Network:
    """A network from the rows of its table. Raises TableError."""
    missing = [c for c in REQUIRED if c not in table.columns]
    if missing:
        raise TableError(table.path, f"the header lacks {', '.join(missing)}", table.header_line)
    for column in table.columns:
        if column not in COLUMNS:
            hint = close_matches(column, list(COLUMNS))
            raise TableError(table.path, f"unknown column {quoted(column)}{hint}", table.header_line)
    if not table.rows:
        raise TableError(table.path, "has no layers below its header")
    notes = dict(_split_comment(comment) for comment in table.comments)
    layers = link_rows([(row, _layer(row), row.text("inputs").split()) for row in table.rows])
    return Network(_printable(notes.get("name", "")) or table.path.stem, layers, _printable(notes.get("source", "")))


def write_table(network: Network) -> str:
    """The table of a network; `network_from_table` reads the same network from it. Raises ValueError for names
    that the format cannot hold (blank, with blanks inside, `in`, or used twice)."""
    names = [layer.name for layer in network.layers]
    for name in names:
        if not name.isprintable() or name.split() != [name] or name == NETWORK_INPUT or names.count(name) > 1:
            raise ValueError(f"network {network.name}: a layer table cannot hold the layer name {name!r}")
    text = io.StringIO()
    for key, note in (("name", network.name), ("source", network.source)):
        text.write(f"# {key}: {' '.join(note.split())}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for layer in network.layers:
        shape = layer.shape
        inputs = [NETWORK_INPUT] * shape.from_network_input + [names[i] for i in layer.inputs]
        factors = [getattr(shape, field) for field in FACTORS]
        writer.writerow(
            [layer.name, shape.kind.value, " ".join(inputs)]
            + [getattr(shape, field) for field in SIZES]
            + ["" if factor == 1 else factor for factor in factors]
            + ["" if shape.operands is Operands.WEIGHTS else shape.operands.value, "yes" if layer.activation else ""]
        )
    return text.getvalue()


def link_rows(rows: Iterable[tuple[Row, Layer, list[str]]]) -> tuple[Layer, ...]:
    """Layers with their inputs, given by name, resolved: in dependency order, every edge checked.

    Raises TableError for a name used twice, an unknown edge, a cycle, or an edge whose sizes do not agree.
    """
    listed = list(rows)
    position: dict[str, int] = {}
    for i, (row, layer, _) in enumerate(listed):
        if layer.name in position:
            raise row.fail(
                "name", f"'{layer.name}' is used twice, first in line {listed[position[layer.name]][0].line}"
            )
        position[layer.name] = i
    producers: list[list[int]] = []
    for row, layer, names in listed:
        unknown = next((n for n in names if n != NETWORK_INPUT and n not in position), None)
        if unknown is not None:
            hint = close_matches(unknown, list(position))
            raise row.fail("inputs", f"{quoted(unknown)}, read by '{layer.name}', is no row of this table{hint}")
        producers.append([position[n] for n in names if n != NETWORK_INPUT])
    try:
        order = topological_order(producers)
    except CycleError as error:
        names = [listed[i][1].name for i in error.members[:MANY_CYCLE_MEMBERS]]
        names.append("…" if len(error.members) > MANY_CYCLE_MEMBERS else names[0])
        row = listed[error.members[0]][0]
        raise row.fail("inputs", f"rows wait for each other: {' → '.join(names)}") from error
    place = {old: new for new, old in enumerate(order)}
    layers: list[Layer] = []
    for old in order:
        row, layer, names = listed[old]
        shape = layer.shape
        if (NETWORK_INPUT in names) is not shape.from_network_input:
            shape = replace(shape, from_network_input=NETWORK_INPUT in names)
        layers.append(Layer(layer.name, shape, tuple(place[p] for p in producers[old]), layer.activation))
        problem = edge_problem(layers, len(layers) - 1)
        if problem:
            raise row.fail("inputs", f"'{layer.name}' {problem}")
    return tuple(layers)


def _layer(row: Row) -> Layer:
    name = row.name("name", reserved=NETWORK_INPUT)
    numbers = {c: row.number(c) for c in SIZES} | {c: row.number(c, default=1) for c in FACTORS}
    shape = LayerShape(
        _choice(row, "kind", _KINDS),
        **numbers,
        operands=_choice(row, "operands", _OPERANDS),
        from_network_input=NETWORK_INPUT in row.text("inputs").split(),
    )
    problem = shape_problem(shape)
    if problem:
        raise row.fail(*problem)
    return Layer(name, shape, (), _choice(row, "activation", _YES_NO))


def _choice(row: Row, column: str, allowed: dict[str, _T]) -> _T:
    text = row.text(column)
    if text not in allowed:
        raise row.fail(column, f"{quoted(text)} is unknown{close_matches(text, [a for a in allowed if a])}")
    return allowed[text]


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


def _split_comment(comment: str) -> tuple[str, str]:
    key, _, note = comment.partition(":")
    return key.strip(), note.strip()
