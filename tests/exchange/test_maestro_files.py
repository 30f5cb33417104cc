"""MAESTRO's files: every preset network survives writing and reading, and every mistake is named with its line."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.api import first_design, score
from workbench.dataflow.layer_problem import layer_problem, problem_macs
from workbench.dataflow.mapping import PeHardware
from workbench.dataflow.pe_resolution import resolve_pe
from workbench.design.tenants import design_workload
from workbench.exchange.imported import ExchangeError
from workbench.exchange.maestro_dataflow import MappingError, maestro_statements
from workbench.exchange.maestro_files import read_maestro, read_maestro_network
from workbench.exchange.maestro_hardware import write_hardware
from workbench.exchange.maestro_writing import write_design, write_network
from workbench.hardware.presets import load_board, load_core
from workbench.workload.layer import LayerKind, LayerShape
from workbench.workload.presets import load_network, network_names

NVDLA = load_core("nvdla-256").directives


def as_the_format_tells(shape: LayerShape) -> LayerShape:
    """What a file can say of a shape: the padded input instead of the image, no dilation, no network input."""
    if shape.kind in (LayerKind.CONV, LayerKind.DEPTHWISE):
        y = (shape.out_h - 1) * shape.stride_h + shape.kernel_h
        x = (shape.out_w - 1) * shape.stride_w + shape.kernel_w
        assert shape.dilation > 1 or (shape.padded_h, shape.padded_w) == (y, x)
        shape = replace(shape, in_h=y, in_w=x, dilation=1)
    return replace(shape, from_network_input=False)


@pytest.mark.parametrize("name", network_names())
@pytest.mark.parametrize("dataflow", [None, NVDLA], ids=["model", "mapping"])
def test_every_preset_network_survives_writing_and_reading(name: str, dataflow: str | None, tmp_path: Path) -> None:
    network = load_network(name)
    written = write_network(network, dataflow)
    path = tmp_path / "network.m"
    path.write_text(written.text)
    found = read_maestro(path)
    assert found.imported is not None
    before = [layer.shape for layer in network.layers if layer.shape.macs]
    after = [layer.shape for layer in found.imported.network.layers if layer.shape.macs]
    assert [as_the_format_tells(s) for s in after] == [as_the_format_tells(s) for s in before]
    left_out = sum(int(note.split()[0]) for note in written.notes if " left out: memory-bound" in note)
    assert left_out == len(network.layers) - len(before)
    texts = [text for text in found.dataflows if text is not None]
    assert len(texts) == (0 if dataflow is None else len(before))


@pytest.mark.parametrize("name", ["resnet50", "bert_base_s128", "gnmt_s25", "mobilenetv2"])
def test_what_is_written_obeys_the_rules_of_the_format(name: str) -> None:
    text = write_network(load_network(name), NVDLA).text
    names = re.findall(r"(?:Layer|Network) (\S+) \{", text)
    assert all(re.fullmatch(r"\w+", n) for n in names)
    assert len(set(names)) == len(names)
    without_comments = re.sub(r"//.*", "", text)
    assert "-" not in without_comments
    for block in without_comments.split("Layer ")[1:]:
        words = re.findall(r"Type:|Stride \{|Dimensions \{|Dataflow \{", block)
        assert words == [w for w in ("Type:", "Stride {", "Dimensions {", "Dataflow {") if w in words]
        kind = re.search(r"Type: (\w+)", block)
        assert kind is not None
        if kind[1] == "DSCONV":
            assert not re.search(r"\) K;|K:", block)
        levels = block.split("Cluster(")
        assert all(1 <= level.count("SpatialMap") <= 2 for level in levels)


@pytest.mark.parametrize("core", ["nvdla-256", "shidiannao-256", "eyeriss-256"])
@pytest.mark.parametrize("name", ["resnet18", "mobilenetv1", "bert_base_s128", "unet_572"])
def test_every_written_mapping_is_one_for_its_layer(core: str, name: str, tmp_path: Path) -> None:
    text = re.sub(r"//.*", "", write_network(load_network(name), load_core(core).directives).text)
    (tmp_path / "network.m").write_text(text)
    found = read_maestro(tmp_path / "network.m")
    assert found.imported is not None
    for layer, directives in zip(found.imported.network.layers, found.dataflows, strict=True):
        if directives is not None and layer.shape.kind is not LayerKind.TRANSPOSED:
            problem = layer_problem(layer.shape)
            assert problem_macs(problem) == layer.shape.macs
            levels, diagnostics = resolve_pe(directives, problem, 256)
            assert levels is not None, (layer.name, diagnostics)


def test_a_file_of_others_with_constants_comments_and_glued_marks(tmp_path: Path) -> None:
    path = tmp_path / "others.m"
    path.write_text(
        "// comment\nConstant Seq_Len 64;\nNetwork my-net {\n"
        "\tLayer Conv2d-1{ //glued\n\t\tType: CONV\n\t\tStride { X: 2, Y: 2 }\n"
        "\t\tDimensions { K 64,C 3, R: 7, S: 7, Y:229, X:229 }\n"
        "\t\tDataflow {\n\t\t\tSpatialMap(1,1) K;\n\t\t\tTemporalMap(Seq_Len,Seq_Len)C;\n\t\t\tCluster(8, P);\n"
        "\t\t\tSpatialMap(1,1) C; // inner\n\t\t}\n\t}\n"
        "\tLayer DW {\n\t\tType: DSCONV\n\t\tDimensions { C: 64, R: 3, S: 3, Y':110, X':110 }\n\t}\n"
        "\tLayer UP {\n\t\tType: TRCONV\n\t\tDimensions { K: 8, C: 64, R: 2, S: 2, Y:110, X:110 }\n\t}\n"
        "\tLayer QK {\n\t\tType: GEMM\n\t\tDimensions { M: Seq_Len, N: 16, K: 32 }\n\t}\n"
        "\tLayer FC {\n\t\tType: CONV\n\t\tDimensions { N: Seq_Len, K: 1536, C: 1, R: 1, S: 512, Y:1, X:512 }\n\t}\n}\n"
        "Accelerator { PE { NumPEs: 128 } }\n"
    )
    found = read_maestro(path)
    assert found.imported is not None
    layers = {layer.name: layer.shape for layer in found.imported.network.layers}
    assert found.imported.network.name == "my_net"
    assert (layers["Conv2d_1"].out_h, layers["Conv2d_1"].stride_h, layers["Conv2d_1"].in_c) == (112, 2, 3)
    assert (layers["DW"].in_h, layers["DW"].kind, layers["DW"].groups) == (112, LayerKind.DEPTHWISE, 64)
    assert (layers["UP"].out_h, layers["UP"].kind) == (220, LayerKind.TRANSPOSED)
    assert (layers["QK"].in_w, layers["QK"].in_c, layers["QK"].out_c) == (64, 32, 16)
    assert (layers["FC"].kind, layers["FC"].macs) == (LayerKind.GEMM, 64 * 512 * 1536)
    text = next(t for t in found.dataflows if t is not None)
    assert text == "SpatialMap(1, 1) K;\nTemporalMap(64, 64) C;\nCluster(8, P);\nSpatialMap(1, 1) C;\n"


def test_directives_alone_and_hardware(tmp_path: Path) -> None:
    path = tmp_path / "dla.m"
    path.write_text("Dataflow {\n" + NVDLA + "}\n")
    assert len(maestro_statements(read_maestro(path).dataflows[0] or "")) == NVDLA.count(";")
    hardware = PeHardware(256, 64, 1, 1000, l1_size=512)
    path.write_text(write_hardware(hardware))
    read = read_maestro(path).hardware
    assert read is not None
    assert (read.pes, read.noc_bandwidth, read.off_chip_bandwidth, read.l1_size) == (256, 64, 1000, 512)
    with pytest.raises(ExchangeError, match="holds hardware but no network"):
        read_maestro_network(path)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Network n {\n Layer a {\n Type: CONV\n", 2, "is never closed"),
        ("Network n {\n}\n}\n", 3, "one too many"),
        ("Network n {\n}\n", 1, "has no layers"),
        ("Network n {\nLayer a {\nDimensions { K: 1 }\n}\n}\n", 2, "has no type"),
        ("Network n {\nLayer a {\nType: CNOV\nDimensions { K: 1 }\n}\n}\n", 2, "did you mean CONV"),
        ("Network n {\nLayer a {\nType: CONV\n}\n}\n", 2, "has no Dimensions"),
        (
            "Network n {\nLayer a {\nType: CONV\nDimensions { K: 1, R: 1, S: 1, Y: 4, X: 4 }\n}\n}\n",
            4,
            "needs a size of C",
        ),
        ("Network n {\nLayer a {\nType: CONV\nDimensions { K: -1x, C: 3 }\n}\n}\n", 4, "'1x'"),
        ("Network n {\nLayer a {\nType: CONV\nDimensions { K: 0, C: 3 }\n}\n}\n", 4, "from 1"),
        ("Network n {\nLayer a {\nType: CONV\nDimensions { K: 99999999999999, C: 3 }\n}\n}\n", 4, "from 1"),
        ("Network n {\nLayer a {\nType: CONV\nDimensions { Q: 1, C: 3 }\n}\n}\n", 4, "no dimension"),
        (
            "Network n {\nLayer a {\nType: CONV\nDimensions { K: 1, C: 1, R: 9, S: 1, Y: 4, X: 4 }\n}\n}\n",
            4,
            "padded input",
        ),
        (
            "Network n {\nLayer a {\nType: CONV\nDimensions { K: 1, C: 1, Y: 4, X: 4 }\nDataflow {\n"
            "SpatialMap(1,1) K;\nTemporalMap(1 1 C;\n}\n}\n}\n",
            7,
            "expected",
        ),
        ("num_pes: 16\nnoc_bw_cstr: fast\n", 2, "whole number"),
        ("num_pes: 16\nbandwidth: 3\n", 2, "unknown"),
        ("Constant x\nNetwork n {\n}\n", 1, "Constant NAME NUMBER"),
        ("hello world\n", 1, "expected"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, line: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.m"
    path.write_text(text)
    with pytest.raises(ExchangeError, match=re.escape(words)) as caught:
        read_maestro(path)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("auto;", "chooses|choose"),
        ("SpatialMap(T_K, T_K) K;", "T_K is not known"),
        ("SpatialMap(1,1) P;", "maps onto cores"),
        ("SpatialMap(1,1 K;", "wrong"),
        ("", "no directive"),
        ("SpatialMap(1,1) K;" + "Cluster(2); SpatialMap(1,1) C;" * 4, "at most 3"),
    ],
)
def test_directives_that_maestro_has_no_words_for(text: str, words: str) -> None:
    with pytest.raises(MappingError, match=words):
        write_network(load_network("resnet18"), text)


def test_a_design_on_an_asic_board_is_written_core_by_core(tmp_path: Path) -> None:
    tenants = (("resnet18", 1, 1, None), ("mobilenetv1", 1, 1, None))
    design = replace(first_design("mlperf", "edge"), workload="two", tenants=tenants)
    board = load_board("edge")
    workload = design_workload(design)
    found = score(design)
    export = write_design(design, workload, found, board)
    written = 0
    for name, text in export.files.items():
        (tmp_path / name).write_text(text)
        read = read_maestro(tmp_path / name)
        if read.imported is None:
            assert read.hardware is not None
            assert read.hardware.pes == load_core(design.subaccelerators[0].core).macs_per_cycle
        else:
            texts = [text for text in read.dataflows if text is not None]
            written += len(texts)
            assert len(texts) == sum(layer.shape.macs > 0 for layer in read.imported.network.layers)
    assert written == sum(layer.macs > 0 for layer in found.layers)


def test_cores_without_processing_elements_and_designs_that_do_not_run_are_refused() -> None:
    design = replace(first_design("mlperf", "zcu104"), workload="one", tenants=(("squeezenet1_0", 1, 1, None),))
    board, workload = load_board("zcu104"), design_workload(design)
    with pytest.raises(ExchangeError, match="ASIC board"):
        write_design(design, workload, score(design), board)
    with pytest.raises(ExchangeError, match="cannot run"):
        write_design(design, workload, replace(score(design), feasible=False, reason="LUT"), board)


def test_a_design_writes_the_directives_that_its_cores_run() -> None:
    from workbench.design.design import Design, SubAccelerator
    from workbench.design.pe_text import use_pe_dataflow
    from workbench.design.score import Scorer
    from workbench.design.tenants import design_workload
    from workbench.exchange.maestro_writing import write_design
    from workbench.hardware.presets import load_board

    sub = SubAccelerator("A", "nvdla-64", 1, 2, "SpatialMap(T_K, T_K) K; auto;")
    plain = Design("tiny", "edge", (sub,), tenants=(("squeezenet1_0", 1, 1, None),))
    board, workload = load_board("edge"), design_workload(plain)
    texts = []
    for design in (plain, use_pe_dataflow(plain, "A", "ykp_os")):
        files = write_design(design, workload, Scorer(workload, board).score(design), board).files
        texts.append("".join(text for name, text in files.items() if "hardware" not in name))
    assert "Cluster(64, P)" in texts[0]
    assert "Cluster(64, P)" not in texts[1]
    assert "Cluster(16, P)" in texts[1]
