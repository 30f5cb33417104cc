"""Preset networks against figures from outside: published multiply-accumulates and parameter counts."""

import pytest

from workbench.workload.layer import LayerKind
from workbench.workload.presets import load_network, network_names

EXACT = 0.01  # the same network
VARIANT = 0.06  # a known variant: another place of the stride, another head

# GMAC. "zoo": Vitis AI model zoo, operations / 2.
PUBLISHED_GMACS = {
    "resnet18": (3.65 / 2, EXACT),  # zoo
    "resnet50": (7.7 / 2, EXACT),  # zoo
    "resnet50v2": (6.97 / 2, EXACT),  # zoo, tf_resnetv1_50: the stride elsewhere, the same number
    "resnet101": (14.4 / 2, VARIANT),  # zoo, the TensorFlow variant
    "resnet152": (21.83 / 2, VARIANT),  # zoo, the TensorFlow variant
    "vgg16": (30.96 / 2, EXACT),  # zoo
    "vgg19": (39.28 / 2, EXACT),  # zoo
    "inceptionv1": (3.16 / 2, EXACT),  # zoo
    "inceptionv3": (11.45 / 2, EXACT),  # zoo
    "inceptionresnetv2": (26.35 / 2, EXACT),  # zoo
    "mobilenetv1": (1.14 / 2, EXACT),  # zoo
    "mobilenetv2": (0.602 / 2, EXACT),  # zoo
    "mobilenetv3large": (0.219, VARIANT),  # Howard et al., ICCV 2019, table 3
    "efficientnetb0": (0.39, VARIANT),  # Tan and Le, ICML 2019, table 2; two digits
    "densenet121": (2.87, VARIANT),  # two figures in circulation, 2.83 and 2.87
    "xception": (8.4, EXACT),
    "nasnetmobile": (0.564, EXACT),  # Zoph et al., CVPR 2018, table 3
    "squeezenet1_0": (0.86, VARIANT),  # literature: 0.82 to 0.86, by padding
    "yolov2_448": (34.0 / 2, EXACT),  # zoo
    "yolov3_416": (65.42 / 2, EXACT),  # zoo
    "yolov3_coco_416": (65.86 / 2, EXACT),  # Redmon and Farhadi, arXiv 1804.02767
    "yolov3_bdd_288x512": (53.7 / 2, VARIANT),  # zoo
    "tiny_yolov3_416": (5.46 / 2, VARIANT),  # zoo; an 80-class head here
    "ssd300_vgg": (31.4, EXACT),
    "ssd_mobilenetv1_300": (2.47 / 2, EXACT),  # zoo
    "ssd_resnet34_1200": (433 / 2, EXACT),  # zoo
    "unet_572": (151.6, EXACT),  # MAESTRO's table of the same network
    "bert_base_s384": (70.66 / 2, EXACT),  # zoo
    "bert_large_s384": (246.42 / 2, EXACT),  # zoo
}

# Millions of parameters without batch norm, bias and embeddings.
PUBLISHED_WEIGHTS = {
    "resnet50": 25.5,
    "vgg16": 138.3,
    "mobilenetv2": 3.47,
    "bert_base_s128": 85.0,  # the encoder: 110 less the embeddings
    "bert_large_s384": 302.0,
    "gpt2_small_s1024": 124.0,  # the head shares its weights with the token embedding
    "gpt2_xl_s1024": 1558.0,
    "t5_small_s512": 60.5,
    "t5_base_s512": 222.9,
    "transformer_base_s64": 63.0,  # Vaswani et al.: 65 with the biases and norms of a slightly larger vocabulary
}


@pytest.mark.parametrize("name", sorted(PUBLISHED_GMACS))
def test_multiply_accumulates_agree_with_the_published_figure(name: str) -> None:
    gmacs, tolerance = PUBLISHED_GMACS[name]
    assert load_network(name).macs / 1e9 == pytest.approx(gmacs, rel=tolerance)


@pytest.mark.parametrize("name", sorted(PUBLISHED_WEIGHTS))
def test_weights_agree_with_the_published_parameter_count(name: str) -> None:
    assert load_network(name).weight_elements / 1e6 == pytest.approx(PUBLISHED_WEIGHTS[name], rel=EXACT)


def test_recurrent_weights_of_gnmt_count() -> None:
    # Eight LSTM layers, the first bidirectional: 4·1024 gates from 1024 (recurrent) and 1024 or 2048 (input) each.
    gates = 4 * 1024
    recurrent = 9 * gates * 1024
    inputs = (2 + 2 + 1) * gates * 1024 + (1 + 3) * gates * 2048  # enc1 twice, enc3, enc4, dec1; enc2, dec2–dec4
    network = load_network("gnmt_s25")
    assert network.weight_elements == recurrent + inputs + 32317 * 1024
    products = [x for x in network.layers if x.shape.kind is LayerKind.GEMM]
    assert sum(x.shape.weight_elements for x in products if x.name.endswith("_h")) == recurrent


def test_the_preset_list_is_the_documented_one() -> None:
    documented = """resnet18 resnet34 resnet50 resnet50v2 resnet101 resnet152 mobilenetv1 mobilenetv2 mobilenetv3large
        nasnetmobile efficientnetb0 densenet121 xception inceptionv1 inceptionv3 inceptionresnetv2 vgg16 vgg19
        squeezenet1_0 yolov2_448 yolov3_416 yolov3_coco_416 yolov3_bdd_288x512 tiny_yolov3_416 ssd300_vgg
        ssd_mobilenetv1_300 ssd_resnet34_1200 unet_256 unet_572 bert_base_s128 bert_base_s384 bert_large_s384
        gpt2_small_s1024 gpt2_small_s256 gpt2_xl_s1024 t5_small_s512 t5_base_s512 transformer_base_s64 gnmt_s25
        dlrm ncf"""
    assert network_names() == sorted(documented.split())


def test_the_head_on_the_last_token_is_all_that_differs() -> None:
    head = load_network("gpt2_small_s256").layers[-1].shape
    assert (head.out_w, head.out_c, head.in_c) == (1, 50257, 768)
    assert load_network("gpt2_small_s256").weight_elements == load_network("gpt2_small_s1024").weight_elements
