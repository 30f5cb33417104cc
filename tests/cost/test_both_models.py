"""Both models side by side are what each says alone."""

import pytest

from workbench.cost.both_models import compare_models
from workbench.cost.exact import exact_cost
from workbench.dataflow.library import load_dataflow
from workbench.dataflow.mapping import PeHardware
from workbench.dataflow.parser import parse
from workbench.dataflow.pe_diagnosis import as_read
from workbench.dataflow.pe_resolution import resolve_pe
from workbench.engine.pe_calls import models_call
from workbench.engine.stations import Stations
from workbench.workload.layer import LayerKind, LayerShape

MACHINE = PeHardware(64, 16, 1, 64)
CONV = LayerShape(LayerKind.CONV, 14, 14, 64, 14, 14, 96, 3, 3)
STRIDED = LayerShape(LayerKind.CONV, 29, 29, 16, 14, 14, 32, 3, 3, 2, 2)


@pytest.mark.parametrize("name", ["nvdla_like", "shidiannao_like", "kcp_ws"])
def test_the_exact_column_is_the_exact_model(name: str) -> None:
    text = load_dataflow(name).text
    for shape, row in zip((CONV, STRIDED), compare_models([CONV, STRIDED], text, MACHINE), strict=True):
        own, problem = as_read(shape, parse(text))
        levels, _ = resolve_pe(own, problem, MACHINE.pes)
        assert levels is not None
        assert row.exact_cycles == exact_cost(problem, levels, MACHINE).runtime_cycles
        assert row.maestro_cycles is not None
        assert row.ratio == row.maestro_cycles / row.exact_cycles


def test_a_slip_of_maestro_is_named_and_a_refusal_said_in_words() -> None:
    strided = compare_models([STRIDED], load_dataflow("yxp_os").text, MACHINE)[0]
    assert "Q1-stride-tile" in strided.quirks
    refused = compare_models([CONV], "TemporalMap(1,1) K;", MACHINE)[0]
    assert refused.maestro_cycles is None
    assert refused.ratio is None
    assert "no SpatialMap" in refused.words
    with pytest.raises(ValueError, match="1:"):
        compare_models([CONV], "SpatialMap(", MACHINE)


def test_the_engine_shows_the_largest_layers_first() -> None:
    import msgspec

    from workbench.design.first import first_design

    design = first_design("vision", "edge")
    result = models_call({"design": msgspec.to_builtins(design), "subaccelerator": "B", "most": 4}, Stations())
    rows = result["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 4
    assert rows[0]["network"] == "yolov3_416"
    assert {name for row in rows for name in row["quirks"]} == set(result["quirks"])  # type: ignore[call-overload]
    fpga = msgspec.to_builtins(first_design("vision", "kv260"))
    with pytest.raises(ValueError, match="no PE array"):
        models_call({"design": fpga}, Stations())
