"""The workbench's own table: what is written is read again, and every kind of bad file is refused by place."""

import os
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.workload.csv_rows import MAX_FILE_BYTES, MAX_ROWS
from workbench.workload.layer import Layer, LayerKind, LayerShape, Operands
from workbench.workload.network import Network
from workbench.workload.order import CycleError, topological_order
from workbench.workload.presets import load_network, network_names
from workbench.workload.shape_check import shape_problem
from workbench.workload.table import COLUMNS, REQUIRED, read_table, write_table
from workbench.workload.table_error import TableError
from workbench.workload.table_file import read_network

HEADER = ",".join(COLUMNS)
FIRST = "a,conv,in,8,8,3,8,8,4,3,3,1,1,1,1,1,1,weights,"


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "net.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", network_names())
def test_every_preset_round_trips(name: str, tmp_path: Path) -> None:
    path = tmp_path / "copy.csv"
    path.write_text(write_table(load_network(name)), encoding="utf-8")
    assert read_table(path) == load_network(name)


def test_optional_columns_may_be_missing(tmp_path: Path) -> None:
    path = write(tmp_path, ",".join(REQUIRED), "a,conv,in,8,8,3,8,8,4", "b,pool,a,8,8,4,8,8,4")
    network = read_table(path)
    assert network.name == "net"
    assert network.layers[0].shape == LayerShape(LayerKind.CONV, 8, 8, 3, 8, 8, 4, from_network_input=True)
    assert network.layers[1].inputs == (0,)


def test_rows_may_stand_in_any_order(tmp_path: Path) -> None:
    network = read_table(write(tmp_path, HEADER, "b,pool,a,8,8,4,4,4,4,2,2,2,2,1,1,1,1,,", FIRST))
    assert [layer.name for layer in network.layers] == ["a", "b"]


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "net.csv"
    path.write_bytes(f"\ufeff# name: x\r\n{HEADER}\r\n{FIRST}\r\n".encode())
    assert read_table(path).name == "x"


BAD_ROWS = {
    "unknown kind": ("b,cnov,a,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,", "kind", "did you mean conv"),
    "unknown operands": ("b,gemm,a,1,1,256,1,1,4,1,1,1,1,1,1,1,1,wieghts,", "operands", "did you mean weights"),
    "unknown activation": ("b,pool,a,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,relu", "activation", "allowed: yes, no"),
    "unknown edge": ("b,pool,c,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,", "inputs", "'c', read by 'b', is no row"),
    "no edge": ("b,pool,,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,", "inputs", "reads nothing"),
    "own input": ("b,pool,b,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,", "inputs", "wait for each other: b → b"),
    "other size": ("b,pool,a,7,8,4,7,8,4,1,1,1,1,1,1,1,1,,", "inputs", "reads 7×8×4, but its inputs yield a (8×8×4)"),
    "turned size": ("b,pool,a,4,16,4,4,16,4,1,1,1,1,1,1,1,1,,", "inputs", "but a yields 8×8×4"),
    "impossible output": ("b,conv,a,8,8,4,8,12,4,3,3,1,1,1,1,1,1,,", "out_w", "possible: 6 to 10"),
    "impossible stride": ("b,conv,a,8,8,4,8,8,4,3,3,2,1,1,1,1,1,,", "out_h", "possible: 3 to 5"),
    "dilation counts": ("b,conv,a,8,8,4,12,12,4,3,3,1,1,1,1,1,1,,", "out_h", "possible: 6 to 10"),
    "pool changes channels": ("b,pool,a,8,8,4,8,8,8,1,1,1,1,1,1,1,1,,", "out_c", "keeps its channels"),
    "eltwise changes size": ("b,eltwise,a,8,8,4,8,8,8,1,1,1,1,1,1,1,1,,", "out_c", "differs from in_c = 4"),
    "eltwise reads more": ("b,eltwise,a,8,8,4,8,8,4,1,1,1,1,1,1,1,2,,", "inputs", "reads 2 × 8×8×4"),
    "concat short": ("b,concat,a,8,8,8,8,8,8,1,1,1,1,1,1,1,1,,", "inputs", "yield a (8×8×4)"),
    "gemm rows": ("b,gemm,a,1,2,128,1,3,4,1,1,1,1,1,1,1,1,,", "out_w", "both are M"),
    "gemm height": ("b,gemm,a,2,1,128,2,1,4,1,1,1,1,1,1,1,1,,", "in_h", "in_h = out_h = 1"),
    "gemm features": ("b,gemm,a,1,1,255,1,1,4,1,1,1,1,1,1,1,1,,", "inputs", "reads 1×255"),
    "gemm kernel": ("b,gemm,a,1,1,256,1,1,4,3,1,1,1,1,1,1,1,,", "kernel_h", "has no kernel"),
    "depthwise groups": ("b,depthwise,a,8,8,4,8,8,4,3,3,1,1,1,2,1,1,,", "groups", "one group per input channel"),
    "depthwise outputs": ("b,depthwise,a,8,8,4,8,8,6,3,3,1,1,1,4,1,1,,", "out_c", "not a multiple"),
    "conv groups": ("b,conv,a,8,8,4,8,8,4,3,3,1,1,1,3,1,1,,", "groups", "3 does not divide in_c = 4"),
    "pool groups": ("b,pool,a,8,8,4,8,8,4,1,1,1,1,1,4,1,1,,", "groups", "has no groups"),
    "conv of activations": ("b,conv,a,8,8,4,8,8,4,1,1,1,1,1,1,1,1,activations,", "operands", "only a gemm"),
    "conv reads two": ("b,conv,a,8,8,4,8,8,4,1,1,1,1,1,1,1,2,,", "reads", "only eltwise reads several"),
    "operands too large": ("b,gemm,a,1,64,64,1,64,64,1,1,1,1,1,1,1,1,activations,", "inputs", "yield only 256"),
    "copy grows": ("b,copy,a,8,8,4,8,8,5,1,1,1,1,1,1,1,1,,", "out_c", "yields 320 elements from 256"),
    "zero": ("b,pool,a,8,8,4,0,8,4,1,1,1,1,1,1,1,1,,", "out_h", "out of range"),
    "negative": ("b,pool,a,8,8,4,8,8,4,1,1,1,1,1,1,-1,1,,", "repeat", "out of range"),
    "fraction": ("b,pool,a,8,8,4,8,8,4.5,1,1,1,1,1,1,1,1,,", "out_c", "'4.5' is not a whole number"),
    "other digits": ("b,pool,a,8,8,4,8,8,４,1,1,1,1,1,1,1,1,,", "out_c", "is not a whole number"),
    "missing number": ("b,pool,a,8,8,,8,8,4,1,1,1,1,1,1,1,1,,", "in_c", "is empty"),
    "huge number": ("b,pool,a,8,8,4,8,8,99999999999,1,1,1,1,1,1,1,1,,", "out_c", "out of range"),
    "huge layer": ("b,gemm,in,1,2000000000,9,1,2000000000,2000000000,1,1,1,1,1,1,1,1,,", "out_c", "exceed"),
    "name twice": ("a,pool,a,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,", "name", "used twice, first in line 2"),
    "name with blank": ("b c,pool,a,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,", "name", "cannot name a layer"),
    "name of the input": ("in,pool,a,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,", "name", "cannot name a layer"),
    "terminal escape": ("b\x1b[31m,pool,a,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,", "name", r"\x1b[31m"),
    "too few fields": ("b,pool,a,8,8", None, "has 5 fields where the header has 19; is the file cut off?"),
    "too many fields": ("b,pool,a,8,8,4,8,8,4,1,1,1,1,1,1,1,1,,,", None, "stray comma"),
}


@pytest.mark.parametrize("case", sorted(BAD_ROWS))
def test_a_bad_row_is_named_with_line_and_column(case: str, tmp_path: Path) -> None:
    row, column, message = BAD_ROWS[case]
    path = write(tmp_path, HEADER, FIRST, row)
    with pytest.raises(TableError, match=re.escape(message)) as caught:
        read_network(path)
    assert (caught.value.path, caught.value.line, caught.value.column) == (path, 3, column)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert "\x1b" not in str(caught.value)


def test_a_cycle_names_its_members(tmp_path: Path) -> None:
    rows = [f"{x},pool,{y},8,8,4,8,8,4,1,1,1,1,1,1,1,1,," for x, y in ("bd", "cb", "dc")]
    with pytest.raises(TableError, match="wait for each other") as caught:
        read_table(write(tmp_path, HEADER, FIRST, *rows))
    assert all(name in caught.value.message for name in "bcd")
    assert "a " not in caught.value.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"# only a comment\n", "a header line is needed"),
        (HEADER.encode(), "has no layers"),
        (b"a,b,c\n1,2,3\n", "is no layer table"),
        (b"\xff\xfe\x00a", "is not UTF-8"),
        (b"name,kind\0,inputs\n", "NUL"),
        (b"PK\x03\x04\x14\x00\x00\x00", "not a text file"),
        (b"name,kind,inputs\n1,2,3\n", "the header lacks in_h"),
        (HEADER.replace("dilation", "dilatoin").encode() + b"\n", "did you mean dilation"),
        (HEADER.replace("repeat", "groups").encode() + b"\n", "names a column twice"),
        (HEADER.encode() + b'\n"a', "not valid CSV"),
        (HEADER.encode() + b"\n" + b"x" * 200_000, "not valid CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "net.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=message) as caught:
        read_network(path)
    assert str(path) in str(caught.value)


def test_folders_missing_files_and_huge_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is a folder"):
        read_network(tmp_path)
    with pytest.raises(TableError, match="No such file"):
        read_network(tmp_path / "none.csv")
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(TableError, match="larger than 16 MiB"):
        read_network(huge)
    long = tmp_path / "long.csv"
    long.write_text("name,kind\n" + "a,b\n" * (MAX_ROWS + 1))
    with pytest.raises(TableError, match="more than 50000 rows"):
        read_network(long)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER)
    path.chmod(0)
    with pytest.raises(TableError, match="cannot be read"):
        read_network(path)


@pytest.mark.parametrize("name", ["", "a b", "in", "a\x1b"])
def test_names_the_format_cannot_hold_are_not_written(name: str) -> None:
    shape = LayerShape(LayerKind.COPY, 1, 1, 1, 1, 1, 1, from_network_input=True)
    with pytest.raises(ValueError, match="cannot hold the layer name"):
        write_table(Network("n", (Layer(name, shape),)))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_text(f"{HEADER}\n{FIRST}\n{text}", encoding="utf-8", errors="ignore")
    with suppress(TableError):
        assert read_network(path).layers[0].name


@settings(max_examples=300, deadline=None)
@given(
    size=st.integers(1, 40),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    data=st.data(),
)
def test_every_padding_up_to_the_kernels_own_extent_is_possible_and_nothing_else(
    size: int, kernel: int, stride: int, dilation: int, data: st.DataObject
) -> None:
    extent = (kernel - 1) * dilation + 1
    possible = {(size + pad - extent) // stride + 1 for pad in range(2 * extent - 1) if size + pad >= extent}
    out = data.draw(st.integers(1, 90))
    shape = LayerShape(LayerKind.POOL, size, 1, 1, out, 1, 1, kernel, 1, stride, 1, dilation)
    assert (shape_problem(shape) is None) == (out in possible)


@given(st.lists(st.lists(st.integers(0, 7), max_size=3), min_size=8, max_size=8))
def test_order_puts_producers_first_or_names_a_true_cycle(producers: list[list[int]]) -> None:
    try:
        order = topological_order(producers)
    except CycleError as error:
        members = error.members
        for row, reader in zip(members, members[1:] + members[:1], strict=True):
            assert row in producers[reader]
    else:
        assert sorted(order) == list(range(8))
        place = {row: i for i, row in enumerate(order)}
        assert all(place[p] < place[row] for row in order for p in producers[row])


def test_activation_products_survive_the_round_trip(tmp_path: Path) -> None:
    layer = next(x for x in load_network("bert_base_s128").layers if x.name == "enc0_qk")
    assert layer.shape.operands is Operands.ACTIVATIONS
    path = write(tmp_path, write_table(load_network("bert_base_s128")))
    assert read_table(path).layers[1].shape == layer.shape
