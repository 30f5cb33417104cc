"""Every preset network is one sound graph: sizes meet at every edge, nothing dangles, nothing is unreachable."""

from math import prod

import pytest

from workbench.workload.build_presets import IMPORTED
from workbench.workload.edge_check import edge_problem
from workbench.workload.layer import Layer, LayerKind, LayerShape, Operands
from workbench.workload.network import Network
from workbench.workload.presets import load_network, network_names
from workbench.workload.shape_check import shape_problem

NETWORKS = network_names()
IMAGE_NETWORKS = sorted(IMPORTED)


def out_size(layer: Layer) -> tuple[int, int, int]:
    return (layer.shape.out_h, layer.shape.out_w, layer.shape.out_c)


def in_size(layer: Layer) -> tuple[int, int, int]:
    return (layer.shape.in_h, layer.shape.in_w, layer.shape.in_c)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_descends_from_the_networks_input(name: str) -> None:
    network = load_network(name)
    reached: list[bool] = []
    for layer in network.layers:
        reached.append(layer.shape.from_network_input or any(reached[i] for i in layer.inputs))
        assert layer.inputs or layer.shape.from_network_input
    assert all(reached)
    assert len({layer.name for layer in network.layers}) == len(network.layers)


@pytest.mark.parametrize("name", NETWORKS)
def test_only_outputs_of_the_network_have_no_reader(name: str) -> None:
    layers = load_network(name).layers
    read = {i for layer in layers for i in layer.inputs}
    heads = [layer.name for i, layer in enumerate(layers) if i not in read]
    if name.startswith(("ssd", "yolov3", "tiny")):
        assert len(heads) == {"ssd": 12, "yol": 3, "tin": 2}[name[:3]]  # box and class heads per scale; scales
    else:
        assert heads == [layers[-1].name]


@pytest.mark.parametrize("name", NETWORKS)
def test_shapes_and_edges_pass_the_checks_of_imports(name: str) -> None:
    layers = load_network(name).layers
    for i, layer in enumerate(layers):
        assert shape_problem(layer.shape) is None
        assert edge_problem(layers, i) is None


@pytest.mark.parametrize("name", IMAGE_NETWORKS)
def test_image_networks_read_exactly_what_their_producers_yield(name: str) -> None:
    layers = load_network(name).layers
    for layer in layers:
        producers = [layers[i] for i in layer.inputs]
        if layer.shape.kind is LayerKind.GEMM:
            assert prod(out_size(producers[0])) == layer.shape.in_c
        elif layer.shape.kind is LayerKind.CONCAT:
            assert {out_size(p)[:2] for p in producers} == {in_size(layer)[:2]}
            assert sum(p.shape.out_c for p in producers) == layer.shape.in_c
        elif layer.shape.kind is LayerKind.ELTWISE:
            whole = [p for p in producers if out_size(p) == in_size(layer)]
            assert len(whole) == layer.shape.reads
            assert all(out_size(p) == (1, 1, layer.shape.in_c) for p in producers if p not in whole)
        elif producers:
            assert [out_size(p) for p in producers] == [in_size(layer)]


def test_bridged_nodes_keep_residual_edges() -> None:
    layers = load_network("resnet50").layers
    names = [layer.name for layer in layers]
    add = layers[names.index("conv2_block2_add")]
    assert [names[i] for i in add.inputs] == ["conv2_block1_add", "conv2_block2_3_conv"]
    assert add.activation


def test_squeeze_and_excite_branch_is_whole() -> None:
    layers = load_network("mobilenetv3large").layers
    names = [layer.name for layer in layers]
    gate = layers[names.index("expanded_conv_3_squeeze_excite_mul")]
    assert [names[i] for i in gate.inputs] == ["expanded_conv_3_depthwise", "expanded_conv_3_squeeze_excite_conv_1"]
    assert gate.shape.reads == 1
    assert all(layers[i].inputs for i in gate.inputs)


def test_separable_rows_are_two_layers() -> None:
    layers = load_network("xception").layers
    names = [layer.name for layer in layers]
    point = layers[names.index("block2_sepconv1")]
    depth = layers[point.inputs[0]]
    assert (depth.shape.kind, depth.shape.groups, depth.shape.out_c) == (LayerKind.DEPTHWISE, 64, 64)
    assert (point.shape.kind, point.shape.kernel_h, point.shape.in_c, point.shape.out_c) == (LayerKind.CONV, 1, 64, 128)


def test_padding_is_not_counted_as_input() -> None:
    first = load_network("resnet50").layers[0].shape
    assert (first.in_h, first.out_h, first.padded_h) == (224, 112, 229)
    assert first.from_network_input


@pytest.mark.parametrize(("name", "heads", "layers"), [("bert_base_s128", 12, 12), ("bert_large_s384", 16, 24)])
def test_each_layers_scores_follow_its_own_projection(name: str, heads: int, layers: int) -> None:
    network = load_network(name)
    scores = [layer for layer in network.layers if layer.name.endswith("qk")]
    assert len(scores) == layers
    for layer in scores:
        assert layer.shape.groups == heads
        assert layer.shape.operands is Operands.ACTIVATIONS
        assert layer.shape.weight_elements == 0
        assert [network.layers[i].name for i in layer.inputs] == [layer.name.replace("qk", "qkv")]


def test_cross_attention_reads_the_encoders_end() -> None:
    layers = load_network("transformer_base_s64").layers
    names = [layer.name for layer in layers]
    for i in range(6):
        assert [names[p] for p in layers[names.index(f"dec{i}_x_kv")].inputs] == ["enc5_ff_norm"]


def test_separate_activations_become_copies_with_all_edges_kept() -> None:
    network = load_network("resnet50")
    split = network.separate_activations()
    assert len(split.layers) == 72 + 16
    assert split.macs == network.macs
    names = [layer.name for layer in split.layers]
    reader = split.layers[names.index("conv2_block2_add")]
    assert [names[i] for i in reader.inputs] == ["conv2_block1_add.activation", "conv2_block2_3_conv"]
    assert all(edge_problem(split.layers, i) is None for i in range(len(split.layers)))
    assert not any(layer.activation for layer in split.layers)
    assert split.separate_activations() == split


def test_a_network_refuses_layers_that_read_ahead() -> None:
    shape = LayerShape(LayerKind.COPY, 1, 1, 1, 1, 1, 1)
    with pytest.raises(ValueError, match="reads layer 0"):
        Network("loop", (Layer("a", shape, (0,)),))
