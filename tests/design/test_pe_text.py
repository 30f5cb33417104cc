"""Directives inside PE arrays: kept by files and edits, scored, and refused with their place where they are wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.dataflow.library import load_dataflow
from workbench.design.compare import differing_variables
from workbench.design.design import Design, SubAccelerator
from workbench.design.edit import EditError, freeze
from workbench.design.file import DesignFileError, design_text, load_design, parse_design, save_design
from workbench.design.pe_text import pe_core, set_pe_dataflow, use_pe_dataflow
from workbench.design.report import Score
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.design.variables import get_variable, set_variable, variables
from workbench.hardware.core import PeArrayCore
from workbench.hardware.presets import load_board, load_core

OVER_CORES = load_dataflow("auto-k").text
EYERISS = load_dataflow("eyeriss_like").text
ASIC = Design(
    "tiny",
    "edge",
    (SubAccelerator("A", "nvdla-64", 1, 2, OVER_CORES), SubAccelerator("B", "shidiannao-64", 1, 2, OVER_CORES)),
    tenants=(("squeezenet1_0", 1, 1, None),),
)
FPGA = Design("tiny", "kv260", (SubAccelerator("A", "B512", 1, 1, OVER_CORES),), tenants=ASIC.tenants)
WRONG = "SpatialMap(1,1) K;\nCluster(512);\nSpatialMap(1,1) C;\n"


def scored(design: Design) -> Score:
    return Scorer(design_workload(design), load_board(design.board)).score(design)


def own(core: str) -> str:
    found = load_core(core)
    assert isinstance(found, PeArrayCore)
    return found.directives


@pytest.mark.parametrize("text", [EYERISS, "SpatialMap(1,1) K;", "SpatialMap(1,1) C;\n// it's '''odd'''"])
def test_the_text_comes_back_from_its_file_and_is_written_only_where_it_is_set(tmp_path: Path, text: str) -> None:
    design = set_pe_dataflow(ASIC, "A", text)
    save_design(design, tmp_path / "d.toml")
    assert load_design(tmp_path / "d.toml").design == design
    assert design_text(design).count("pe_dataflow") == 1
    assert "pe_dataflow" not in design_text(ASIC)


def test_a_mistake_in_a_file_is_named_with_its_line() -> None:
    text = design_text(set_pe_dataflow(ASIC, "A", WRONG))
    with pytest.raises(DesignFileError) as found:
        parse_design(text, "d.toml")
    line = text.split("\n").index("Cluster(512);") + 1
    assert f"d.toml: line {line}: A.pe_dataflow: column 9: the Clusters multiply to 512" in str(found.value).replace(
        f"d.toml:{line}", f"d.toml: line {line}"
    )
    loaded = parse_design(text, "d.toml", unfinished=True)
    assert any("A.pe_dataflow" in note for note in loaded.notes)


def test_a_core_without_pes_has_no_such_text() -> None:
    text = design_text(FPGA).replace("dataflow = '''", "pe_dataflow = 'SpatialMap(1,1) K;'\ndataflow = '''")
    with pytest.raises(DesignFileError, match="B512 has no PEs to direct"):
        parse_design(text, "d.toml")
    with pytest.raises(EditError, match="B512 has no PEs to direct"):
        set_pe_dataflow(FPGA, "A", EYERISS)
    assert set_pe_dataflow(FPGA, "A", "") == FPGA
    assert "A.pe_dataflow" not in dict(variables(FPGA))


def test_the_cores_own_text_is_no_text() -> None:
    assert set_pe_dataflow(ASIC, "A", own("nvdla-64")) == ASIC
    assert set_pe_dataflow(set_pe_dataflow(ASIC, "A", EYERISS), "A", " \n") == ASIC
    core = pe_core(ASIC.subaccelerators[0])
    assert core is not None
    assert core.directives == own("nvdla-64")


def test_it_is_a_variable_like_others() -> None:
    changed = set_variable(ASIC, "A.pe_dataflow", "eyeriss_like")
    assert changed == use_pe_dataflow(ASIC, "A", "eyeriss_like")
    assert get_variable(changed, "A.pe_dataflow") == EYERISS
    assert get_variable(ASIC, "A.pe_dataflow") == ""
    assert [row.name for row in differing_variables([ASIC, changed])] == ["A.pe_dataflow"]
    assert freeze(changed, "A.pe_dataflow").frozen == ("A.pe_dataflow",)
    for name, words in (("ws-k", "runs over cores"), ("nonsense", "no dataflow named")):
        with pytest.raises(EditError, match=words):
            use_pe_dataflow(ASIC, "A", name)


def test_the_text_decides_the_score() -> None:
    """B's array with A's text costs what A's array costs: nothing else of a preset counts."""
    a, b = ASIC.subaccelerators
    twin = replace(ASIC, subaccelerators=(a, replace(a, id="B")))
    dressed = replace(ASIC, subaccelerators=(a, replace(b, pe_dataflow=own("nvdla-64"))))
    assert scored(dressed).edp_j_s == scored(twin).edp_j_s != scored(ASIC).edp_j_s


def test_a_mistake_is_a_reason_not_an_exception() -> None:
    score = scored(set_pe_dataflow(ASIC, "B", WRONG))
    assert not score.feasible
    assert "B: PE directives, line 2, column 9: the Clusters multiply to 512, but there are only 64 PEs" in score.reason
