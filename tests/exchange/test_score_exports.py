"""Exports of a score: the trace keeps the format's rules and the score's figures; reports add up and stay in place."""

import csv
import io
import json
import os
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import first_design, score
from workbench.design.design import Design
from workbench.design.report import Bar, Score
from workbench.exchange.imported import ExchangeError
from workbench.exchange.report import charts, full_json, layers_csv, markdown_report, title
from workbench.exchange.svg import PALETTE, round_ticks
from workbench.exchange.target import file_name, write_export, write_exports
from workbench.exchange.trace import chrome_trace
from workbench.hardware.presets import load_board


@pytest.fixture(scope="module")
def design() -> Design:
    tenants = (("squeezenet1_0", 1, 2, 1e-9), ("mobilenetv1", 1, 1, None))
    return replace(first_design("mlperf", "u50"), workload="two", tenants=tenants)


@pytest.fixture(scope="module")
def found(design: Design) -> Score:
    return score(design, timeline=True)


def test_the_trace_keeps_the_rules_of_the_format(found: Score) -> None:
    trace = json.loads(chrome_trace(found))
    assert set(trace) == {"traceEvents", "displayTimeUnit", "otherData"}
    assert trace["displayTimeUnit"] in ("ns", "ms")
    processes = {e["pid"] for e in trace["traceEvents"] if e["ph"] == "M" and e["name"] == "process_name"}
    threads = {(e["pid"], e["tid"]) for e in trace["traceEvents"] if e["ph"] == "M" and e["name"] == "thread_name"}
    assert processes == set(range(1, len(found.subaccelerators) + 2))  # the last is the memory
    for event in trace["traceEvents"]:
        assert {"name", "ph", "pid", "tid", "ts", "args"} <= set(event)
        assert event["ph"] in ("M", "X", "C")
        assert isinstance(event["name"], str)
        assert all(isinstance(event[key], int) for key in ("pid", "tid"))
        assert event["ts"] >= 0
        if event["ph"] == "X":
            assert event["dur"] >= 0
            assert (event["pid"], event["tid"]) in threads
            job = {"layer", "stall_us", "network", "instance"}
            assert ({"reason"} if event["cat"] == "idle" else job) <= set(event["args"])
        if event["ph"] == "C":
            assert all(isinstance(v, float) and v >= 0 for v in event["args"].values())


def test_the_trace_has_every_job_and_the_scores_times(found: Score) -> None:
    events = [e for e in json.loads(chrome_trace(found))["traceEvents"] if e["ph"] == "X" and e["cat"] != "idle"]
    jobs = {(e["args"]["tenant"], e["args"]["instance"], e["args"]["layer"]) for e in events}
    assert len(jobs) == len(found.timeline)
    end_us = max(e["ts"] + e["dur"] for e in events)
    assert end_us == pytest.approx(found.latency_s * 1e6, abs=1e-3)


def test_jobs_and_reasons_for_having_none_fill_every_core(found: Score) -> None:
    events = [e for e in json.loads(chrome_trace(found))["traceEvents"] if e["ph"] == "X"]
    lanes: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for e in events:
        if e["dur"]:  # what takes no time may fall into another job's
            lanes.setdefault((e["pid"], e["tid"]), []).append((e["ts"], e["ts"] + e["dur"]))
    for spans in lanes.values():
        spans.sort()
        assert all(a[1] == pytest.approx(b[0], abs=1e-3) for a, b in pairwise(spans))
        assert (spans[0][0], spans[-1][1]) == pytest.approx((0.0, found.latency_s * 1e6), abs=1e-3)
    assert len(lanes) == sum(sub.cores for sub in found.subaccelerators)


def test_bandwidth_counters_carry_the_off_chip_bytes(found: Score) -> None:
    events = json.loads(chrome_trace(found))["traceEvents"]
    total = 0.0
    for pid in {e["pid"] for e in events}:
        steps = [(e["ts"], e["args"]["GB/s"]) for e in events if e["ph"] == "C" and e["pid"] == pid]
        assert not steps or steps[-1][1] == 0
        total += sum(rate * 1e9 * (b - a) * 1e-6 for (a, rate), (b, _) in pairwise(steps))
    assert total == pytest.approx(sum(layer.off_chip_bytes for layer in found.layers), rel=1e-4)


def test_jobs_are_drawn_on_every_core_they_hold(found: Score) -> None:
    bar = Bar(0, 0, 0, 0, (2, 3), 0.0, 1e-3, 1e-4)
    events = json.loads(chrome_trace(replace(found, timeline=(bar,), gaps=())))["traceEvents"]
    jobs = [e for e in events if e["ph"] == "X"]
    assert [(e["tid"], e["dur"], e["args"]["stall_us"]) for e in jobs] == [(3, 1000.0, 100.0), (4, 1000.0, 100.0)]


def test_traces_need_a_timeline(design: Design, found: Score) -> None:
    with pytest.raises(ExchangeError, match="timeline=True"):
        chrome_trace(score(design))
    with pytest.raises(ExchangeError, match="no timeline: LUT"):
        chrome_trace(replace(found, feasible=False, reason="LUT"))


def test_csv_and_json_hold_the_scores_figures(found: Score) -> None:
    rows = list(csv.DictReader(io.StringIO(layers_csv(found))))
    assert len(rows) == len(found.layers)
    assert sum(float(row["energy_j"]) for row in rows) == pytest.approx(found.energy_j)
    assert {row["network"] for row in rows} == {t.network for t in found.tenants}
    content = json.loads(full_json(found))
    assert content["edp_j_s"] == found.edp_j_s
    assert sum(part["energy_j"] for part in content["energy"]) == pytest.approx(found.energy_j)
    assert len(content["timeline"]) == len(found.timeline)
    for index, sub in enumerate(found.subaccelerators):
        idle = {part.name: part.value for part in sub.core_time if part.name.startswith("idle")}
        for part, core_s in idle.items():
            gaps = [g for g in content["gaps"] if g["subaccelerator"] == index and part == f"idle: {g['reason']}"]
            assert sum(g["end_s"] - g["start_s"] for g in gaps) == pytest.approx(core_s, rel=1e-9, abs=1e-12)
    assert content["assumptions"] == dict(found.assumptions)
    with pytest.raises(ExchangeError, match="cannot run"):
        layers_csv(replace(found, feasible=False))


def test_the_report_names_its_assumptions_in_its_title_and_its_charts_are_drawings(found: Score) -> None:
    files = markdown_report(found, load_board(found.board), "two")
    assert sorted(files) == ["two-energy.svg", "two-roofline.svg", "two-timeline.svg", "two.md"]
    first = files["two.md"].splitlines()[0]
    assert first.startswith("# two on u50 (")
    assert all(f"{switch} {value}" in title(found) for switch, value in found.assumptions)
    assert "limit 1e-06 missed" in files["two.md"]
    for name, text in files.items():
        if name.endswith(".svg"):
            assert f"({name})" in files["two.md"]
            assert ElementTree.fromstring(text).tag.endswith("svg")
    (inline,) = markdown_report(found, load_board(found.board)).values()
    assert inline.count("<svg") == inline.count("</svg>") == 3


def test_the_timeline_chart_has_a_box_per_job_and_the_energy_chart_a_bar_per_part(found: Score) -> None:
    drawn = charts(found, load_board(found.board))
    timeline = ElementTree.fromstring(drawn["timeline"])
    boxes = [e for e in timeline.iter() if e.tag.endswith("rect") and len(e)]
    breaks = sum(1 for bar in found.timeline for a, b in pairwise(sorted(bar.cores)) if b != a + 1)
    assert len(boxes) == len(found.timeline) + breaks
    size = (float(timeline.attrib["width"]), float(timeline.attrib["height"]))
    for box in boxes:
        assert 0 <= float(box.attrib["x"]) <= float(box.attrib["x"]) + float(box.attrib["width"]) <= size[0]
        assert 0 <= float(box.attrib["y"]) <= float(box.attrib["y"]) + float(box.attrib["height"]) <= size[1]
    assert sum(e.tag.endswith("polygon") for e in timeline.iter()) == len(found.traffic)
    bars = [e for e in ElementTree.fromstring(drawn["energy"]).iter() if e.attrib.get("fill") == PALETTE[0]]
    assert len(bars) == len(found.energy)
    whole = max(float(bar.attrib["width"]) for bar in bars)
    largest = max(part.value for part in found.energy)
    shares = sorted(part.value / largest for part in found.energy)
    assert sorted(float(bar.attrib["width"]) / whole for bar in bars) == pytest.approx(shares, abs=1e-4)
    dots = [e for e in ElementTree.fromstring(drawn["roofline"]).iter() if e.tag.endswith("circle")]
    assert len(dots) == sum(layer.macs > 0 for layer in found.layers) + len(found.tenants)


@pytest.mark.parametrize("chart", ["timeline", "energy", "roofline"])
def test_nothing_of_a_chart_is_cut_off(found: Score, chart: str) -> None:
    many = replace(found, tenants=tuple(replace(found.tenants[k % 2], network=f"network_{k}") for k in range(9)))
    drawing = ElementTree.fromstring(charts(many, load_board(found.board))[chart])
    height = float(drawing.attrib["height"])
    texts = [e for e in drawing.iter() if e.tag.endswith("text")]
    assert all(10 <= float(e.attrib["y"]) <= height - 3 for e in texts)
    assert chart == "energy" or {f"network_{k}" for k in range(9)} <= {(e.text or "").split(" ")[0] for e in texts}


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(1, 9))
def test_ticks_are_round_few_and_on_the_axis(low: float, span: float, count: int) -> None:
    found = round_ticks(low, low + span, count)
    assert len(found) <= count + 1
    assert all(low - 1e-6 * span - 1e-9 * abs(low) <= t <= low + span * (1 + 1e-6) + 1e-9 * abs(low) for t in found)


def test_a_design_that_does_not_fit_has_a_report_that_says_why(design: Design) -> None:
    unfit = score(replace(design, subaccelerators=(replace(design.subaccelerators[0], cols=64),)))
    files = markdown_report(unfit, load_board(unfit.board), "x")
    assert sorted(files) == ["x.md"]
    assert "Does not run" in files["x.md"]
    assert "## Resources" in files["x.md"]
    assert json.loads(full_json(unfit))["feasible"] is False


def test_names_in_reports_cannot_break_them(found: Score) -> None:
    evil = replace(found.tenants[0], network="a|b\n# <script>*")
    files = markdown_report(replace(found, tenants=(evil, *found.tenants[1:])), load_board(found.board), "x")
    assert "<script>" not in files["x.md"].replace("\\<", "")
    ElementTree.fromstring(files["x-timeline.svg"])


@pytest.mark.parametrize("name", ["../x.md", "/tmp/x.md", "", ".", "a/../../x", "a\0b"])
def test_files_stay_in_their_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with pytest.raises(ExchangeError, match="outside this folder"):
        write_exports(folder, {"good.md": "x", name: "y"})
    assert not folder.exists()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "secret").write_text("keep")
    (tmp_path / "out" / "x.md").symlink_to(tmp_path / "secret")
    with pytest.raises(ExchangeError, match="outside"):
        write_exports(tmp_path / "out", {"x.md": "gone"})
    assert (tmp_path / "secret").read_text() == "keep"


def test_files_are_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write_export(tmp_path / "new" / "x.md", "one")
    write_export(path, "two")
    assert path.read_text() == "two"
    assert os.listdir(path.parent) == ["x.md"]
    with pytest.raises(ExchangeError, match="cannot be written: is a folder"):
        write_export(tmp_path / "new", "x")
    with pytest.raises(ExchangeError, match="cannot be written"):
        write_export(path / "below-a-file.md", "x")


def test_names_of_files_are_plain() -> None:
    assert file_name("../etc", "pass wd.m") == "_etc-pass_wd.m"
    assert file_name("..") == "export"
