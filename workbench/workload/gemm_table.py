"""Imports tables that only list products (idx, layer, M, N, K, count): a chain, for there are no edges in them.

Each product reads its operands from memory (`in`), since nothing says who yields them, and waits for the one above.
`count` is serial uses. Products named …qk, …av or …inter multiply activations; the column `weights` is unreliable.
"""

from workbench.workload.csv_rows import CsvTable
from workbench.workload.layer import Layer, LayerKind, LayerShape, Operands
from workbench.workload.network import Network
from workbench.workload.shape_check import shape_problem
from workbench.workload.table import NETWORK_INPUT, link_rows
from workbench.workload.table_error import TableError

REQUIRED = ("layer", "M", "N", "K")

_ACTIVATION_PRODUCTS = ("qk", "av", "inter")
_COLUMN = {"in_w": "M", "out_w": "M", "in_c": "K", "out_c": "N", "repeat": "count"}


def is_gemm_table(table: CsvTable) -> bool:
    """Whether a CSV file lists products: the header has M, N and K."""
    return {"M", "N", "K"} <= set(table.columns)


def network_from_gemm_table(table: CsvTable) -> Network:
    """The chain of a table of products. Raises TableError."""
    missing = [c for c in REQUIRED if c not in table.columns]
    if missing:
        raise TableError(table.path, f"the header lacks {', '.join(missing)}", table.header_line)
    if not table.rows:
        raise TableError(table.path, "has no products below its header")
    rows = []
    above: list[str] = []
    for row in table.rows:
        name = row.name("layer", reserved=NETWORK_INPUT)
        m, n, k = row.number("M"), row.number("N"), row.number("K")
        shape = LayerShape(
            LayerKind.GEMM,
            *(1, m, k),
            *(1, m, n),
            repeat=row.number("count", 1),
            operands=Operands.ACTIVATIONS if name.endswith(_ACTIVATION_PRODUCTS) else Operands.WEIGHTS,
        )
        problem = shape_problem(shape)
        if problem:
            raise row.fail(_COLUMN.get(problem[0], problem[0]), problem[1])
        rows.append((row, Layer(name, shape), [NETWORK_INPUT, *above]))
        above = [name]
    return Network(table.path.stem, link_rows(rows))
