"""CSV tables of other tools: GAMMA's and MAGMA's layer lists, SCALE-Sim's topologies. Chains, for they have no edges.

* GAMMA and MAGMA: K,C,Y,X,R,S,T (T: 0 fully connected, 1 convolution, 2 depthwise, 3 GEMM) with or without a header,
  M,N,K for products. Neither stride nor padding is given: Y and X are read as the image at stride 1 with padding that
  keeps its size, so that strided layers count too many MACs.
* SCALE-Sim: Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides; or
  Layer, M, N, K. Padding is not given: read without any.
"""

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path

from workbench.exchange.imported import ExchangeError, Imported
from workbench.exchange.layer_list import INPUT, LayerList, NoLayerError
from workbench.workload.csv_rows import MAX_ROWS, Row, read_text
from workbench.workload.layer import LayerKind, LayerShape
from workbench.workload.network import Network
from workbench.workload.table_error import TableError, close_matches, quoted

GAMMA = ("K", "C", "Y", "X", "R", "S", "T")
PRODUCTS = ("M", "N", "K")
SCALE_SIM = (
    "layer name",
    "ifmap height",
    "ifmap width",
    "filter height",
    "filter width",
    "channels",
    "num filter",
    "strides",
)
SCALE_SIM_PRODUCTS = ("layer", "m", "n", "k")
_SPARSITY = "sparsity"  # a column of SCALE-Sim v3 that does not change the shape
_ALIASES = {
    "layer": "layer name",
    "name": "layer name",
    "num filters": "num filter",
    "stride": "strides",
    "ifmap h": "ifmap height",
    "ifmap w": "ifmap width",
    "filter h": "filter height",
    "filter w": "filter width",
}

_NO_STRIDE = "the format has neither stride nor padding: every layer is read at stride 1 and keeps its image's size"
_NO_PADDING = (
    "the format has no padding: every layer is read without, so that outputs may be smaller than the network's"
)


_FIRST_COLUMNS = ("k", "m", "layer name")  # no table of the workbench's own begins with one of them


def is_foreign_table(path: Path) -> bool:
    """Whether the first line is that of one of these formats, or begins like one and has a mistake further on.

    Raises ExchangeError if the file cannot be read.
    """
    lines = _lines(path)
    return bool(lines) and (_format(lines[0][1]) is not None or lines[0][1][0].lower() in _FIRST_COLUMNS)


def read_foreign_table(path: Path | str) -> Imported:
    """The chain of a table. Raises ExchangeError with line, what was found and what is expected."""
    path = Path(path)
    lines = _lines(path)
    columns = _format(lines[0][1]) if lines else None
    if columns is None:
        found = ", ".join(lines[0][1])[:120] if lines else "nothing"
        hint = _unknown_column(lines[0][1]) if lines else ""
        raise ExchangeError(
            path,
            f"its first line has {found}{hint}; expected K,C,Y,X,R,S,T (GAMMA, MAGMA), Layer name, IFMAP Height, … or "
            f"Layer, M, N, K (SCALE-Sim)",
            lines[0][0] if lines else None,
        )
    if not _is_number(lines[0][1][0]) or columns is SCALE_SIM_PRODUCTS:
        lines = lines[1:]
    if not lines:
        raise ExchangeError(path, "has no layers below its header")
    read = _READERS[columns]
    chain = LayerList()
    before = INPUT
    warnings: set[str] = set()
    for number, fields in lines:
        if len(fields) < len(columns):
            raise ExchangeError(
                path, f"has {len(fields)} fields where {len(columns)} are expected ({', '.join(columns)})", number
            )
        row = Row(path, number, dict(zip(columns, fields, strict=False)))
        try:
            name, shape = read(row, len(chain.layers), warnings)
            before = chain.add(name, shape, [(before, shape.input_elements)])
        except TableError as error:
            column = f"{error.column}: " if error.column else ""
            raise ExchangeError(path, f"{column}{error.message}", number) from None
        except NoLayerError as error:
            raise ExchangeError(path, f"is no possible layer: {error}", number) from None
    if chain.warnings:
        warnings.add(
            f"{len(chain.warnings)} layers read memory and wait for none: the one above yields too little "
            f"(the format has no edges)"
        )
    copies = len(chain.layers) - len(lines)
    if copies:
        warnings.add(
            f"{copies} copies stand where the format lists no layer between two that do not fit (pools, branches)"
        )
    network = Network(path.stem, tuple(chain.layers), f"imported from {path.name}")
    return Imported(network, tuple(sorted(warnings)))


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Lines with their fields: blank ones, comments and the comma at the end that these formats like left out."""
    try:
        text = read_text(path)
    except TableError as error:
        raise ExchangeError(path, error.message, error.line) from None
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for record in reader:
            fields = [field.strip() for field in record]
            comment = next((i for i, field in enumerate(fields) if field.startswith("#")), len(fields))
            fields = fields[:comment]
            while fields and not fields[-1]:
                fields.pop()
            if fields:
                found.append((reader.line_num, fields))
            if len(found) > MAX_ROWS:
                raise ExchangeError(path, f"has more than {MAX_ROWS} rows; no network is that large", reader.line_num)
    except csv.Error as error:
        raise ExchangeError(path, f"is not valid CSV: {error}", reader.line_num) from None
    return found


def _format(first: list[str]) -> tuple[str, ...] | None:
    """The columns of the format that a first line belongs to."""
    if all(_is_number(field) for field in first):  # GAMMA's own files have no header
        return {len(GAMMA): GAMMA, len(PRODUCTS): PRODUCTS}.get(len(first))
    if tuple(first) in (GAMMA, PRODUCTS):
        return tuple(first) if tuple(first) == PRODUCTS else GAMMA
    names = tuple(field.lower() for field in first)
    if names == SCALE_SIM_PRODUCTS and first[0] != "layer":  # in lower case it is the workbench's own list of products
        return SCALE_SIM_PRODUCTS
    known = tuple(_ALIASES.get(name, name) for name in names)
    if known in (SCALE_SIM, (*SCALE_SIM, _SPARSITY)):
        return SCALE_SIM
    return None


def _unknown_column(first: list[str]) -> str:
    known = [*GAMMA, "M", "N", *(name.title() for name in SCALE_SIM)]
    lower = {name.lower() for name in known} | set(_ALIASES)
    strange = next((field for field in first if field.lower() not in lower), None)
    return "" if strange is None else f": unknown column {quoted(strange)}{close_matches(strange, known)}"


def _gamma_row(row: Row, index: int, warnings: set[str]) -> tuple[str, LayerShape]:
    k, c, y, x, r, s = (row.number(column) for column in GAMMA[:6])
    kind = row.number("T", least=0)
    if kind in (1, 2):
        warnings.add(_NO_STRIDE)
    match kind:
        case 0:  # K outputs from C inputs at each of Y × X places
            return f"fc{index}", LayerShape(LayerKind.GEMM, 1, y * x, c * r * s, 1, y * x, k)
        case 1:
            return f"conv{index}", LayerShape(LayerKind.CONV, y, x, c, y, x, k, r, s)
        case 2:
            return f"dw{index}", LayerShape(LayerKind.DEPTHWISE, y, x, c, y, x, c, r, s, groups=c)
        case 3:  # as the tools that write such rows do: M, reduction and N in the places of K, C and Y
            warnings.add("GEMM rows (T = 3) are read as M, K, N in the places of K, C, Y")
            return f"gemm{index}", LayerShape(LayerKind.GEMM, 1, k, c, 1, k, y)
    raise row.fail("T", f"{kind} is no type; allowed: 0 fully connected, 1 convolution, 2 depthwise, 3 GEMM")


def _product_row(row: Row, index: int, warnings: set[str]) -> tuple[str, LayerShape]:
    del warnings
    return f"gemm{index}", _product(row, "M", "N", "K")


def _scale_sim_row(row: Row, index: int, warnings: set[str]) -> tuple[str, LayerShape]:
    del index
    h, w, r, s, c, k, stride = (row.number(column) for column in SCALE_SIM[1:])
    warnings.add(_NO_PADDING)
    if r > h or s > w:
        raise row.fail("filter height", f"a filter of {r}×{s} over {h}×{w}")
    out = ((h - r) // stride + 1, (w - s) // stride + 1)
    name = _name(row, "layer name")
    if c == k == 1 and ("dw" in name.lower() or "depthwise" in name.lower()):
        warnings.add("depthwise layers are listed with one channel, whose number the format does not say: read as such")
    shape = LayerShape(LayerKind.CONV, h, w, c, *out, k, r, s, stride, stride)
    if (h, w, r, s) == (1, 1, 1, 1):
        shape = LayerShape(LayerKind.GEMM, 1, 1, c, 1, 1, k)
    return name, shape


def _scale_sim_product_row(row: Row, index: int, warnings: set[str]) -> tuple[str, LayerShape]:
    del index, warnings
    return _name(row, "layer"), _product(row, "m", "n", "k")


def _product(row: Row, m_column: str, n_column: str, k_column: str) -> LayerShape:
    m, n, k = row.number(m_column), row.number(n_column), row.number(k_column)
    return LayerShape(LayerKind.GEMM, 1, m, k, 1, m, n)


def _name(row: Row, column: str) -> str:
    text = "_".join(row.text(column).split())
    return "".join(c if c.isprintable() else "_" for c in text) or f"layer_{row.line}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdecimal()


_READERS: Mapping[tuple[str, ...], Callable[[Row, int, set[str]], tuple[str, LayerShape]]] = {
    GAMMA: _gamma_row,
    PRODUCTS: _product_row,
    SCALE_SIM: _scale_sim_row,
    SCALE_SIM_PRODUCTS: _scale_sim_product_row,
}
