"""Raw layer tables and lists of products: what the importer makes of the shipped ones and of broken ones."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from workbench.presets_finder import preset_path
from workbench.workload.build_presets import IMPORTED, generated_presets, import_preset
from workbench.workload.layer import LayerKind, Operands
from workbench.workload.presets import load_network
from workbench.workload.table import write_table
from workbench.workload.table_error import TableError
from workbench.workload.table_file import read_network

DATA = Path(__file__).parent.parent / "data"
RAW = DATA / "layers"
GRAPHS = sorted(p for p in [*RAW.glob("*.csv"), *(DATA / "multicore_networks").glob("*.csv")] if "gemm_" not in p.name)
PRODUCTS = sorted(RAW.glob("gemm_*.csv"))

GENERATED_FROM = {  # list of products: preset
    "gemm_bert_base_s128": "bert_base_s128",
    "gemm_bert_base_s384": "bert_base_s384",
    "gemm_bert_large_s384": "bert_large_s384",
    "gemm_dlrm_mlperf_b1": "dlrm",
    "gemm_gnmt_4layer_s25": "gnmt_s25",
    "gemm_gpt2_small_s1024": "gpt2_small_s1024",
    "gemm_gpt2_xl_s1024": "gpt2_xl_s1024",
    "gemm_ncf_ml20m_b1": "ncf",
    "gemm_t5_base_s512": "t5_base_s512",
    "gemm_t5_small_s512": "t5_small_s512",
    "gemm_transformer_base_s64": "transformer_base_s64",
}


def table_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", GRAPHS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_imported_multiply_accumulates_equal_the_tables_own(path: Path) -> None:
    assert read_network(path).macs == sum(int(row["MACs"]) for row in table_rows(path))


@pytest.mark.parametrize("name", sorted(IMPORTED))
def test_importing_again_gives_the_shipped_preset(name: str) -> None:
    assert write_table(import_preset(name, RAW)) == preset_path("networks", name, ".csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(generated_presets()))
def test_building_again_gives_the_shipped_preset(name: str) -> None:
    network = generated_presets()[name]
    assert write_table(network) == preset_path("networks", name, ".csv").read_text(encoding="utf-8")
    assert load_network(name) == network


def product_family(name: str) -> str:
    """The row of a list of products that a generated layer belongs to."""
    name = re.sub(r"^dec\d+_x_", "x_", name)
    return re.sub(r"^(enc|dec)\d+_(?=qk|qkv|av|proj|ff)", r"\1_", name)


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda p: p.stem)
def test_generated_products_equal_the_list_row_by_row(path: Path) -> None:
    found: Counter[tuple[str, int, int, int]] = Counter()
    merge = {"enc3_x": "enc3-4_x", "enc4_x": "enc3-4_x", "enc3_h": "enc3-4_h", "enc4_h": "enc3-4_h"}
    merge |= {f"dec{i}_{p}": f"dec2-4_{p}" for i in (2, 3, 4) for p in "xh"}
    for layer in load_network(GENERATED_FROM[path.stem]).layers:
        if layer.shape.kind is LayerKind.GEMM:
            s = layer.shape
            family = merge.get(layer.name) if "gnmt" in path.stem else None
            key = (family or product_family(layer.name), s.in_w, s.out_c // s.groups, s.in_c // s.groups)
            found[key] += s.groups * s.repeat
    expected = {
        (row["layer"], int(row["M"]), int(row["N"]), int(row["K"])): int(row["count"]) for row in table_rows(path)
    }
    assert found == expected


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda p: p.stem)
def test_a_list_of_products_is_a_chain(path: Path) -> None:
    network = read_network(path)
    rows = table_rows(path)
    assert network.macs == sum(int(row["MACs"]) for row in rows)
    assert [layer.inputs for layer in network.layers] == [() if i == 0 else (i - 1,) for i in range(len(rows))]
    for layer in network.layers:
        assert (layer.shape.operands is Operands.ACTIVATIONS) == layer.name.endswith(("qk", "av", "inter"))


def test_cut_off_tail_gets_its_pooling_back() -> None:
    layers = read_network(DATA / "multicore_networks" / "mobilenetv1.csv").layers
    pool, head = layers[-2], layers[-1]
    assert (pool.shape.kind, pool.shape.kernel_h, pool.shape.out_h, pool.shape.in_c) == (LayerKind.POOL, 7, 1, 1024)
    assert head.inputs == (len(layers) - 2,)


def test_crops_are_copies_of_what_the_pools_read() -> None:
    layers = load_network("unet_572").layers
    crop = next(layer for layer in layers if layer.name == "crop3")
    assert layers[crop.inputs[0]].name == "e3b"
    assert (crop.shape.kind, crop.shape.in_h, crop.shape.out_h) == (LayerKind.COPY, 64, 56)
    join = next(layer for layer in load_network("unet_256").layers if layer.name == "k3")
    assert [load_network("unet_256").layers[i].name for i in join.inputs] == ["u3", "e3b"]  # nothing to cut away


def test_a_stand_alone_activation_is_remembered() -> None:
    network = read_network(DATA / "multicore_networks" / "resnet50.csv")
    assert sum(layer.activation for layer in network.layers) == 16
    assert len(network.separate_activations().layers) == 86  # the layers that the published simulation lists


HEADER = "idx,layer,type,inputs,H_in,W_in,C_in,H_out,W_out,C_out,kh,kw,sh,sw,dil,pad,groups,MACs,weights"
CONV = "0,a,conv,in,8,8,3,8,8,4,3,3,1,1,1,same,1,0,0"
BAD_ROWS = {
    "unknown edge": ("1,b,conv,aa,8,8,4,8,8,4,3,3,1,1,1,same,1,0,0", "inputs", "did you mean a?"),
    "unknown type": ("1,b,conf,a,8,8,4,8,8,4,3,3,1,1,1,same,1,0,0", "type", "did you mean conv"),
    "reads itself": ("1,b,conv,b,8,8,4,8,8,4,3,3,1,1,1,same,1,0,0", "inputs", "not above its reader"),
    "reads nothing": ("1,b,conv,,8,8,4,8,8,4,3,3,1,1,1,same,1,0,0", "inputs", "reads nothing"),
    "name twice": ("1,a,conv,a,8,8,4,8,8,4,3,3,1,1,1,same,1,0,0", "layer", "used twice, first in line 2"),
    "other input": ("1,b,conv,a,9,8,4,8,8,4,3,3,1,1,1,same,1,0,0", "H_in", "yields 8"),
    "other channels": ("1,b,conv,a,8,8,5,8,8,4,3,3,1,1,1,same,1,0,0", "C_in", "yields 4"),
    "impossible output": ("1,b,conv,a,8,8,4,20,8,4,3,3,1,1,1,same,1,0,0", "H_out", "possible: 6 to 10"),
    "groups": ("1,b,conv,a,8,8,4,8,8,6,3,3,1,1,1,same,3,0,0", "groups", "does not divide"),
    "no number": ("1,b,conv,a,8,8,4,8,8,4,x,3,1,1,1,same,1,0,0", "kh", "'x' is not a whole number"),
    "negative": ("1,b,conv,a,8,8,4,8,8,-4,3,3,1,1,1,same,1,0,0", "C_out", "out of range"),
    "zero stride": ("1,b,conv,a,8,8,4,8,8,4,3,3,0,1,1,same,1,0,0", "sh", "out of range"),
    "huge": ("1,b,conv,a,8,8,4,8,8,99999999999999999999,3,3,1,1,1,same,1,0,0", "C_out", "out of range"),
    "truncated": ("1,b,conv,a,8,8,4,8", None, "cut off"),
    "name of the input": ("1,in,conv,a,8,8,4,8,8,4,3,3,1,1,1,same,1,0,0", "layer", "cannot name a layer"),
    "two inputs": ("1,b,conv,a in,8,8,4,8,8,4,3,3,1,1,1,same,1,0,0", "inputs", "reads one tensor"),
    "crop without pool": ("1,b,concat,a crop7,8,8,4,8,8,8,1,1,1,1,1,same,1,0,0", "inputs", "'crop7'"),
}


def test_channels_cannot_change_inside_a_folded_row(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    norm = "1,n,BatchNormalization,a,8,8,4,8,8,9,,,,,,,,0,0"
    path.write_text(f"{HEADER}\n{CONV}\n{norm}\n2,b,conv,n,8,8,9,8,8,4,3,3,1,1,1,same,1,0,0\n")
    with pytest.raises(TableError, match="'a' yields 4 channels") as caught:
        read_network(path)
    assert (caught.value.line, caught.value.column) == (4, "C_in")


def test_a_pool_that_reads_a_missing_node_cannot_be_cropped(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    path.write_text(
        f"{HEADER}\n0,p0,pool,in,8,8,4,4,4,4,2,2,2,2,1,same,1,0,0\n1,k,concat,p0 crop0,4,4,4,4,4,8,1,1,1,1,1,,1,0,0\n"
    )
    with pytest.raises(TableError, match="'crop0', read by 'k', is no row"):
        read_network(path)


@pytest.mark.parametrize("case", sorted(BAD_ROWS))
def test_a_bad_row_is_named_with_line_and_column(case: str, tmp_path: Path) -> None:
    row, column, message = BAD_ROWS[case]
    path = tmp_path / "raw.csv"
    path.write_text(f"{HEADER}\n{CONV}\n{row}\n")
    with pytest.raises(TableError, match=re.escape(message)) as caught:
        read_network(path)
    assert (caught.value.line, caught.value.column) == (3, column)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("row", ["0,p,fc,2,2,2,1", "0,p,0,2,2,1", "0,in,2,2,2,1", "0,p,2,2,x,1"])
def test_a_bad_product_is_an_error_of_its_row(row: str, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text(f"idx,layer,M,N,K,count\n{row}\n")
    with pytest.raises(TableError) as caught:
        read_network(path)
    assert caught.value.line == 2


def test_a_raw_table_round_trips_through_the_own_format(tmp_path: Path) -> None:
    for path in [*GRAPHS[:4], *PRODUCTS]:
        network = read_network(path)
        copy = tmp_path / path.name
        copy.write_text(write_table(network), encoding="utf-8")
        assert read_network(copy) == network
