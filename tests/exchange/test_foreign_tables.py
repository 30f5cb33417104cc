"""Tables of GAMMA, MAGMA and SCALE-Sim: their figures, their gaps said, their mistakes named."""

import re
from pathlib import Path

import pytest

from workbench.exchange.foreign_tables import read_foreign_table
from workbench.exchange.import_file import import_network
from workbench.exchange.imported import ExchangeError
from workbench.workload.csv_rows import read_csv
from workbench.workload.layer import LayerKind, LayerShape
from workbench.workload.presets import load_network, network_names
from workbench.workload.table import network_from_table, write_table

# VGG16's convolutions as GAMMA lists them: K, C, Y, X, R, S, type
VGG16 = [(64, 3, 224), (64, 64, 224), (128, 64, 112), (128, 128, 112), (256, 128, 56), (256, 256, 56), (256, 256, 56)]
VGG16 += [(512, 256, 28), (512, 512, 28), (512, 512, 28), (512, 512, 14), (512, 512, 14), (512, 512, 14)]


def saved(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize("header", ["", "K,C,Y,X,R,S,T\n"])
def test_gamma_lists_vgg16_with_the_macs_of_its_convolutions(header: str, tmp_path: Path) -> None:
    rows = "".join(f"{k},{c},{y},{y},3,3,1\n" for k, c, y in VGG16)
    found = read_foreign_table(saved(tmp_path / "vgg16.csv", header + rows))
    preset = load_network("vgg16")
    macs = sum(layer.shape.macs for layer in preset.layers if layer.shape.kind is LayerKind.CONV)
    assert found.network.macs == macs
    assert any("neither stride nor padding" in warning for warning in found.warnings)
    pools = [layer for layer in found.network.layers if layer.shape.kind is LayerKind.COPY]
    assert len(pools) == 4  # stand where VGG16 pools between the listed layers


def test_gamma_types(tmp_path: Path) -> None:
    text = "K,C,Y,X,R,S,T\n1000,2048,1,1,1,1,0\n8,4,6,6,3,3,1\n1,8,6,6,3,3,2\n16,8,32,1,1,1,3\n"
    layers = [layer.shape for layer in read_foreign_table(saved(tmp_path / "t.csv", text)).network.layers]
    shapes = [s for s in layers if s.macs]
    assert [s.kind.value for s in shapes] == ["gemm", "conv", "depthwise", "gemm"]
    assert [s.macs for s in shapes] == [2048000, 36 * 4 * 8 * 9, 36 * 8 * 9, 16 * 8 * 32]


def test_lists_of_products_without_a_header(tmp_path: Path) -> None:
    found = read_foreign_table(saved(tmp_path / "gnmt.csv", "128,2048,4096\n320,3072,4096\n"))
    assert found.network.layers[0].shape == LayerShape(
        LayerKind.GEMM, 1, 128, 4096, 1, 128, 2048, from_network_input=True
    )
    assert found.network.macs == 128 * 2048 * 4096 + 320 * 3072 * 4096


def test_scale_sim_with_commas_at_the_end_comments_and_blank_lines(tmp_path: Path) -> None:
    text = (
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n\n"
        "Conv1, 224, 224, 3, 3, 3, 32, 2,\n\tConv2 dw, 112, 112, 3, 3, 1, 1, 1,#dw\nFC, 1, 1, 1, 1, 1024, 1000, 1\n"
    )
    found = read_foreign_table(saved(tmp_path / "net.csv", text))
    layers = [layer for layer in found.network.layers if layer.shape.macs]
    assert [(layer.name, layer.shape.out_h, layer.shape.out_c) for layer in layers] == [
        ("Conv1", 111, 32),
        ("Conv2_dw", 110, 1),
        ("FC", 1, 1000),
    ]
    assert any("no padding" in warning for warning in found.warnings)
    assert any("depthwise" in warning for warning in found.warnings)


def test_scale_sim_products(tmp_path: Path) -> None:
    found = read_foreign_table(saved(tmp_path / "net.csv", "Layer,M,N,K,\nFF_A_0,128,512,2048,\n"))
    assert found.network.macs == 128 * 512 * 2048
    assert found.network.layers[0].name == "FF_A_0"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("K,C,Y,X,R,S,T\n", None, "no layers"),
        ("K,C,Y,X,R,Q,T\n1,1,1,1,1,1,1\n", 1, "unknown column 'Q'"),
        ("Layer name, IFMAP Hight, x\n", 1, "unknown column 'IFMAP Hight'; did you mean Ifmap Height"),
        ("K,C,Y,X,R,S,T\n1,2,3\n", 2, "has 3 fields where 7"),
        ("K,C,Y,X,R,S,T\n1,2,x,3,3,3,1\n", 2, "Y: 'x' is not a whole number"),
        ("K,C,Y,X,R,S,T\n1,2,0,3,3,3,1\n", 2, "Y: '0' is out of range"),
        ("K,C,Y,X,R,S,T\n1,2,3,3,3,3,9\n", 2, "allowed: 0 fully connected"),
        ("1,2,3,4\n", 1, "expected K,C,Y,X,R,S,T"),
        ("a,b\n", 1, "expected K,C,Y,X,R,S,T"),
        (
            "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides\n"
            "a, 2, 2, 3, 3, 1, 1, 1\n",
            2,
            "a filter of 3×3 over 2×2",
        ),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, line: int | None, words: str, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=re.escape(words)) as caught:
        read_foreign_table(saved(tmp_path / "broken.csv", text))
    assert caught.value.line == line


@pytest.mark.parametrize("name", network_names())
def test_one_door_reads_the_workbenchs_own_tables_too(name: str, tmp_path: Path) -> None:
    network = load_network(name)
    path = saved(tmp_path / "own.csv", write_table(network))
    assert import_network(path).network == network
    assert network_from_table(read_csv(path)) == network


def test_the_door_says_what_it_takes(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"\.onnx \(ONNX\)"):
        import_network(tmp_path / "net.pt")
    with pytest.raises(ExchangeError, match="cannot be read"):
        import_network(tmp_path / "net.csv")
    with pytest.raises(ExchangeError, match="drop --dim"):
        import_network(tmp_path / "net.csv", {"batch": 1})
    for header in ("K,C,Y,X,R,Q,T", "Layer name, IFMAP Hight, x", "M,N,Q"):
        with pytest.raises(ExchangeError, match="unknown column"):
            import_network(saved(tmp_path / "foreign.csv", f"{header}\n1,1,1,1,1,1,1\n"))
    own = saved(tmp_path / "own.csv", "name,kind\na,conv\n")
    with pytest.raises(ExchangeError, match="the header lacks inputs"):
        import_network(own)
