"""Networks from ONNX: real structures against the presets, every operator named, every fault in words."""

import random
import re
import sys
from collections import Counter
from math import prod
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from onnx_models import ModelMaker, bert, gpt2, mobilenetv2, resnet18, vision_transformer

from workbench.exchange.imported import ExchangeError, Imported
from workbench.exchange.onnx_network import read_onnx
from workbench.workload.csv_rows import read_csv
from workbench.workload.layer import LayerKind, Operands
from workbench.workload.network import Network
from workbench.workload.presets import load_network
from workbench.workload.table import network_from_table, write_table

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def survives_its_table(network: Network, tmp_path: Path) -> bool:
    """Whether the workbench's own table holds the network: every edge and shape is then checked."""
    path = tmp_path / "table.csv"
    path.write_text(write_table(network))
    return network_from_table(read_csv(path)).layers == network.layers


def kinds(network: Network) -> Counter[str]:
    return Counter(layer.shape.kind.value for layer in network.layers)


def imported(m: ModelMaker, path: Path, *outputs: str, **dims: int) -> Imported:
    return read_onnx(m.save(path / "model.onnx", *outputs), dims)


@pytest.mark.parametrize(("make", "preset"), [(resnet18, "resnet18"), (mobilenetv2, "mobilenetv2")])
def test_convolutional_networks_are_the_presets_layer_by_layer(make, preset: str, tmp_path: Path) -> None:
    found, own = read_onnx(make(tmp_path / "net.onnx")), load_network(preset)
    shapes = sorted(str(layer.shape) for layer in found.network.layers)
    assert shapes == sorted(str(layer.shape) for layer in own.layers)
    assert found.warnings == ()
    assert survives_its_table(found.network, tmp_path)


@pytest.mark.parametrize("written_out", [False, True], ids=["operator", "written out"])
def test_bert_has_the_presets_products(written_out: bool, tmp_path: Path) -> None:
    found, own = read_onnx(bert(tmp_path / "bert.onnx", 12, written_out=written_out)), load_network("bert_base_s128")
    assert found.network.macs == own.macs
    assert found.network.weight_elements == own.weight_elements
    # q, k and v apart instead of as one product; the embedding's norm is a layer here
    assert kinds(found.network) == kinds(own) + Counter(gemm=24, norm=1)
    heads = [layer.shape for layer in found.network.layers if layer.shape.operands is Operands.ACTIVATIONS]
    assert Counter((s.groups, s.in_w, s.in_c, s.out_c) for s in heads) == {
        (12, 128, 768, 1536): 12,
        (12, 128, 1536, 768): 12,
    }
    assert found.warnings == ()
    assert survives_its_table(found.network, tmp_path)


def test_gpt2_is_the_preset_although_its_sizes_are_divided_in_the_graph(tmp_path: Path) -> None:
    found, own = read_onnx(gpt2(tmp_path / "gpt2.onnx", 12)), load_network("gpt2_small_s256")
    assert (found.network.macs, found.network.weight_elements) == (own.macs, own.weight_elements)
    assert kinds(found.network) == kinds(own)
    assert not any(layer.activation for layer in found.network.layers)
    assert found.warnings == ()
    assert survives_its_table(found.network, tmp_path)


def test_a_vision_transformer_has_the_macs_of_its_definition(tmp_path: Path) -> None:
    blocks, width, rows = 2, 192, 197
    found = read_onnx(vision_transformer(tmp_path / "vit.onnx", blocks, width, 3))
    per_block = 12 * rows * width * width + 2 * rows * rows * width
    assert found.network.macs == (rows - 1) * 768 * width + blocks * per_block + width * 1000
    assert found.warnings == ()
    assert survives_its_table(found.network, tmp_path)


# MACs as published for these networks: torchvision's and the original papers' figures agree to the digits given.
@pytest.mark.parametrize(
    ("name", "giga_macs", "million_weights"),
    [
        ("bvlc_alexnet", 0.655, 60.95),
        ("densenet121", 2.834, 7.894),
        ("inception_v1", 1.43, 6.99),
        ("inception_v2", 2.02, 11.17),
        ("resnet50", 4.089, 25.50),
        ("shufflenet", 0.1247, 1.365),
        ("squeezenet", 0.349, 1.232),
        ("vgg19", 19.63, 143.65),
        ("zfnet512", 1.48, 87.24),
    ],
)
def test_the_networks_in_the_onnx_package(name: str, giga_macs: float, million_weights: float, tmp_path: Path) -> None:
    path = LIGHT / f"light_{name}.onnx"
    if not path.exists():
        pytest.skip("this version of onnx ships without its test networks")
    found = read_onnx(path)
    assert found.warnings == ()
    assert found.network.macs / 1e9 == pytest.approx(giga_macs, rel=2e-3)
    assert found.network.weight_elements / 1e6 == pytest.approx(million_weights, rel=1e-3)
    assert survives_its_table(found.network, tmp_path)


def test_densenet_and_vgg_from_the_onnx_package_equal_the_presets() -> None:
    for name, preset in (("densenet121", "densenet121"), ("vgg19", "vgg19")):
        if not (LIGHT / f"light_{name}.onnx").exists():
            pytest.skip("this version of onnx ships without its test networks")
        assert read_onnx(LIGHT / f"light_{name}.onnx").network.macs == load_network(preset).macs


def test_lstm_and_gru_are_products_with_repeats(tmp_path: Path) -> None:
    m = ModelMaker()
    x = m.input("x", [25, 1, 1024])
    x = m.node("LSTM", x, m.weight(2, 4096, 1024), m.weight(2, 4096, 1024), hidden_size=1024, direction="bidirectional")
    x = m.node("Reshape", m.node("Transpose", x, perm=[0, 2, 1, 3]), m.whole(25, 1, 2048))
    x = m.node("GRU", x, m.weight(1, 1536, 2048), m.weight(1, 1536, 512), hidden_size=512)
    found = imported(m, tmp_path, x)
    lstm = 2 * 25 * 4096 * (1024 + 1024)
    gru = 25 * 1536 * (2048 + 512)
    assert found.network.macs == lstm + gru
    assert sorted(layer.shape.repeat for layer in found.network.layers if layer.shape.macs) == [1, 1, 1, 25, 25, 25]
    assert found.warnings == ()
    assert survives_its_table(found.network, tmp_path)


def test_an_upsampling_network_with_skips_dilation_and_transposed_convolutions(tmp_path: Path) -> None:
    m = ModelMaker()
    x = m.conv(m.input("x", [1, 3, 64, 64]), 3, 16)
    skip = x
    x = m.conv(x, 16, 32, stride=2)
    x = m.node("Conv", x, m.weight(32, 32, 3, 3), dilations=[2, 2], pads=[2, 2, 2, 2])
    x = m.node("ConvTranspose", x, m.weight(32, 16, 2, 2), strides=[2, 2])
    x = m.conv(m.node("Concat", x, skip, axis=1), 32, 8)
    x = m.node("Resize", x, "", "", m.whole(1, 8, 128, 128), mode="nearest")
    found = imported(m, tmp_path, m.conv(x, 8, 2, 1))
    expected = 64 * 64 * 27 * 16 + 32 * 32 * 32 * (16 + 32) * 9 + 32 * 32 * 32 * 16 * 4
    expected += 64 * 64 * 32 * 8 * 9 + 128 * 128 * 8 * 2
    assert found.network.macs == expected
    assert kinds(found.network) == Counter(conv=5, transposed_conv=1, concat=1, resize=1)
    assert found.warnings == ()
    assert survives_its_table(found.network, tmp_path)


def test_gates_channel_splits_and_shuffles_keep_their_edges(tmp_path: Path) -> None:
    m = ModelMaker()
    x = m.conv(m.input("x", [1, 3, 32, 32]), 3, 16)
    gate = m.conv(m.node("GlobalAveragePool", x), 16, 4, 1)
    gate = m.node("Sigmoid", m.conv(gate, 4, 16, 1, relu=False))
    x = m.node("Mul", x, gate)  # squeeze and excite: a gate of one pixel over the image
    left = m.node("Split", x, m.whole(8, 8), outputs=2, axis=1)
    right = m.nodes[-1].output[1]
    right = m.conv(right, 8, 8, groups=8)
    x = m.node("Concat", left, right, axis=1)
    x = m.node("Transpose", m.node("Reshape", x, m.whole(1, 2, 8, 32, 32)), perm=[0, 2, 1, 3, 4])
    x = m.conv(m.node("Reshape", x, m.whole(1, 16, 32, 32)), 16, 16)
    x = m.node("Mul", x, m.node("Sigmoid", x))  # swish: nothing of its own
    found = imported(m, tmp_path, x)
    gates = [layer for layer in found.network.layers if layer.shape.kind is LayerKind.ELTWISE]
    assert [(layer.shape.reads, len(layer.inputs)) for layer in gates] == [(1, 2)]
    assert kinds(found.network)["depthwise"] == 1
    assert kinds(found.network)["copy"] == 2  # each half of the split is cut out of the whole
    assert found.warnings == ()
    assert survives_its_table(found.network, tmp_path)


def test_padding_is_no_data_and_quantised_networks_are_read(tmp_path: Path) -> None:
    m = ModelMaker()
    x = m.conv(m.input("x", [1, 3, 16, 16]), 3, 8)
    x = m.node("Pad", x, m.whole(0, 0, 1, 1, 0, 0, 1, 1))
    x = m.node("Conv", m.node("DequantizeLinear", x, m.scalar(0.1)), m.weight(4, 8, 3, 3))
    found = imported(m, tmp_path, x)
    last = found.network.layers[-1].shape
    assert (last.in_h, last.out_h, last.padded_h) == (16, 16, 18)


def test_grouped_and_one_dimensional_convolutions(tmp_path: Path) -> None:
    m = ModelMaker()
    x = m.conv(m.input("x", [1, 8, 16, 16]), 8, 16, groups=4)
    y = m.node("Conv", m.input("y", [1, 8, 100]), m.weight(8, 8, 5), strides=[2], pads=[2, 2])
    shapes = [layer.shape for layer in imported(m, tmp_path, x, y).network.layers]
    assert (shapes[0].groups, shapes[0].macs) == (4, 16 * 16 * 16 * 2 * 9)
    assert (shapes[1].in_w, shapes[1].out_w, shapes[1].kernel_w, shapes[1].stride_w) == (100, 50, 5, 2)


def test_operators_that_are_not_covered_are_named_and_counted_and_their_readers_keep_waiting(tmp_path: Path) -> None:
    m = ModelMaker()
    x = m.conv(m.input("x", [1, 3, 16, 16]), 3, 8)
    for _ in range(2):
        m.nodes.append(helper.make_node("MyOp", [x], [f"m{len(m.nodes)}"], domain="my.domain"))
        x = m.nodes[-1].output[0]
    v = m.node("Conv", m.input("v", [1, 2, 4, 4, 4]), m.weight(2, 2, 3, 3, 3))
    model = m.model(x, v)
    model.opset_import.append(helper.make_opsetid("my.domain", 1))
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    found = read_onnx(path)
    assert [w for w in found.warnings if "2 × my.domain.MyOp not covered" in w]
    assert [w for w in found.warnings if "1 × Conv not covered: it slides over 3 dimensions" in w]


def test_a_batch_that_the_file_fixes_is_taken_back_to_one_image(tmp_path: Path) -> None:
    found = read_onnx(resnet18(tmp_path / "net.onnx", batch=8))
    assert found.network.macs == load_network("resnet18").macs
    assert any("batch of 8" in warning for warning in found.warnings)


def test_open_dimensions_are_asked_for_and_given(tmp_path: Path) -> None:
    path = resnet18(tmp_path / "net.onnx", batch="batch")
    with pytest.raises(ExchangeError, match=r"'batch' of input 'x': give it with e\.g\. --dim batch=1"):
        read_onnx(path)
    assert read_onnx(path, {"batch": 1}).network.macs == load_network("resnet18").macs
    with pytest.raises(ExchangeError, match="no open dimension 'bach'; did you mean batch"):
        read_onnx(path, {"bach": 1})
    with pytest.raises(ExchangeError, match="from 1"):
        read_onnx(path, {"batch": 0})
    m = ModelMaker()
    x = m.conv(m.input("x", [None, 3, 32, 32]), 3, 8)
    path = m.save(tmp_path / "unnamed.onnx", x)
    with pytest.raises(ExchangeError, match=r"--dim x\.0=1"):
        read_onnx(path)
    assert read_onnx(path, {"x.0": 1}).network.macs == 32 * 32 * 27 * 8
    sequence = bert(tmp_path / "bert.onnx", 1, "sequence")
    assert read_onnx(sequence, {"sequence": 128}).network.macs * 12 == load_network("bert_base_s128").macs


def faulty(path: Path, what: str) -> Path:
    good = resnet18(path / "good.onnx").read_bytes()
    target = path / "net.onnx"
    match what:
        case "cut off":
            target.write_bytes(good[: len(good) // 2])
        case "text":
            target.write_text("hello world, this is no network at all\n" * 20)
        case "random":
            target.write_bytes(bytes((i * 7919 + 13) % 251 for i in range(4096)))
        case "empty":
            target.write_bytes(b"")
        case "folder":
            target.mkdir()
        case "cycle" | "edge" | "twice" | "nothing":
            m = ModelMaker()
            m.input("x", [1, 3, 8, 8])
            if what == "cycle":
                m.nodes += [
                    helper.make_node("Add", ["x", "b"], ["a"], name="first"),
                    helper.make_node("Relu", ["a"], ["b"], name="second"),
                ]
            elif what == "edge":
                m.nodes.append(helper.make_node("Relu", ["lost"], ["a"], name="first"))
            elif what == "twice":
                m.nodes += [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Tanh", ["x"], ["a"])]
            else:
                m.nodes.append(helper.make_node("Relu", ["x"], ["a"]))
            m.save(target, "a")
    return target


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("cut off", "cut off"),
        ("text", "no ONNX file"),
        ("random", "no ONNX file"),
        ("empty", "no nodes"),
        ("folder", "folder"),
        ("missing", "No such file"),
        ("cycle", "wait for each other: Add 'first' → Relu 'second' → Add 'first'|Relu 'second' → Add 'first' → Relu"),
        ("edge", "Relu 'first' reads 'lost', which nothing yields"),
        ("twice", "two nodes yield 'a'"),
        ("nothing", "holds no operator that is a layer"),
    ],
)
def test_faults_are_said_in_one_sentence(what: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=words) as caught:
        read_onnx(faulty(tmp_path, what))
    assert "\n" not in str(caught.value)


def test_gigantic_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    with path.open("wb") as file:
        file.truncate(3 << 30)  # sparse: no disk is used
    with pytest.raises(ExchangeError, match="larger than 2 GiB; save it with its weights in external files"):
        read_onnx(path)


def test_without_the_extra_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = resnet18(tmp_path / "net.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)  # as if it were not installed
    with pytest.raises(ExchangeError, match=re.escape("pip install 'workbench[onnx]'")):
        read_onnx(path)


def test_a_size_that_cannot_be_inferred_names_its_tensor(tmp_path: Path) -> None:
    m = ModelMaker()
    chosen = m.node("NonZero", m.input("x", [16]))
    x = m.node("MatMul", m.node("Cast", chosen, to=TensorProto.FLOAT), m.weight(4, 4))
    with pytest.raises(ExchangeError, match=r"the size of .* cannot be inferred"):
        imported(m, tmp_path, x)


def outcome(path: Path) -> str:
    """`read`, or the message of the only error there may be."""
    try:
        read_onnx(path)
    except ExchangeError as error:
        return str(error)
    return "read"


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_end_in_a_network_or_in_words(seed: int, tmp_path: Path) -> None:
    good = (bert if seed % 2 else gpt2)(tmp_path / "good.onnx", 1).read_bytes()
    path = tmp_path / "net.onnx"
    chance = random.Random(seed)
    for _ in range(100):
        damaged = bytearray(good)
        for _ in range(chance.choice((1, 1, 2, 5))):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 3, 128, chance.randrange(256)))
        path.write_bytes(damaged[: chance.choice((None, None, len(good) - 1))])
        assert re.fullmatch(r"read|.*net\.onnx: \S.*", outcome(path))


def test_five_hundred_nodes(tmp_path: Path) -> None:
    path = bert(tmp_path / "bert.onnx", 14, written_out=True)
    assert len(onnx.load(path, load_external_data=False).graph.node) >= 500
    found = read_onnx(path)
    assert sum(prod((layer.shape.out_h, layer.shape.out_w)) > 0 for layer in found.network.layers) > 150
