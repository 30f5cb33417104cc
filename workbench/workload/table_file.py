"""One door for every table of a network: the format is told by the header."""

from pathlib import Path

from workbench.workload.csv_rows import read_csv
from workbench.workload.gemm_table import is_gemm_table, network_from_gemm_table
from workbench.workload.network import Network
from workbench.workload.raw_table import is_raw_table, network_from_raw_table
from workbench.workload.table import REQUIRED, is_own_table, network_from_table
from workbench.workload.table_error import TableError


def read_network(path: Path) -> Network:
    """A network from the workbench's own table, a raw layer table or a table of products. Raises TableError."""
    table = read_csv(path)
    if is_own_table(table):
        return network_from_table(table)
    if is_raw_table(table):
        return network_from_raw_table(table)
    if is_gemm_table(table):
        return network_from_gemm_table(table)
    raise TableError(
        path,
        f"is no layer table: the header has {', '.join(table.columns)[:120]}; expected {', '.join(REQUIRED)}, … "
        f"(the workbench's format), layer, type, inputs, H_in, … (raw) or layer, M, N, K, count (products)",
        table.header_line,
    )
