"""Networks and workloads by name or path."""

import time
from pathlib import Path

import pytest

from workbench.presets_finder import preset_path
from workbench.workload.presets import (
    TenantEntry,
    UnknownPresetError,
    load_network,
    load_workload,
    make_workload,
    workload_names,
)
from workbench.workload.table_error import TableError

RAW = Path(__file__).parent.parent / "data" / "layers"

FIXED_WORKLOADS = {  # network: (instances, batch)
    "vision": {"resnet50": (8, 1), "mobilenetv2": (16, 1), "inceptionv3": (4, 1), "yolov3_416": (1, 1)},
    "nlp": {
        "bert_base_s128": (4, 1),
        "gpt2_small_s256": (2, 1),
        "gnmt_s25": (1, 4),
        "transformer_base_s64": (8, 1),
    },
    "mixed": {
        "resnet50": (4, 1),
        "mobilenetv2": (8, 1),
        "yolov3_416": (1, 1),
        "bert_base_s128": (3, 1),
        "gnmt_s25": (1, 4),
        "transformer_base_s64": (4, 1),
    },
    "mlperf": {
        "resnet50": (1, 1),
        "mobilenetv1": (1, 1),
        "ssd_resnet34_1200": (1, 1),
        "ssd_mobilenetv1_300": (1, 1),
        "gnmt_s25": (1, 1),
    },
}


def test_the_workloads_are_the_fixed_ones() -> None:
    assert workload_names() == sorted(FIXED_WORKLOADS)
    for name, tenants in FIXED_WORKLOADS.items():
        workload = load_workload(name)
        assert workload.name == name
        assert {t.network.name: (t.instances, t.batch) for t in workload.tenants} == tenants


def test_an_unchanged_file_is_loaded_once_and_a_changed_one_again(tmp_path: Path) -> None:
    path = tmp_path / "net.csv"
    path.write_text(preset_path("networks", "ncf", ".csv").read_text(encoding="utf-8"), encoding="utf-8")
    first = load_network(path)
    assert load_network(path) is first
    time.sleep(0.01)
    path.write_text(preset_path("networks", "dlrm", ".csv").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_network(path).name == "dlrm"


def test_paths_count_from_the_given_folder(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "mine.csv").write_bytes((RAW / "keras_vgg16.csv").read_bytes())
    assert load_network("tables/mine.csv", tmp_path).macs == load_network("vgg16").macs
    workload = tmp_path / "work.toml"
    workload.write_text('[[tenants]]\nnetwork = "tables/mine.csv"\ninstances = 2\nlatency_limit_ms = 20\n')
    loaded = load_workload(str(workload))
    assert (loaded.name, loaded.jobs, loaded.tenants[0].latency_limit_s) == ("work", 42, 0.02)


@pytest.mark.parametrize("name", ["resnet5O", "mobilenet", "", "\0", "no such thing", "~nobody-there", "../x"])
def test_an_unknown_network_is_an_error_with_a_way_out(name: str) -> None:
    with pytest.raises((UnknownPresetError, TableError)):
        load_network(name)


def test_close_matches_are_listed() -> None:
    with pytest.raises(UnknownPresetError, match="did you mean resnet50"):
        load_network("resnet5O")
    with pytest.raises(UnknownPresetError, match=r"did you mean mixed\?"):
        load_workload("mixd")


BAD_WORKLOADS = {
    "empty": ("", "is empty"),
    "no TOML": ("name = ", "not valid TOML"),
    "nested": ("a = " + "[" * 20_000, "not valid TOML"),
    "no tenants": ('name = "x"', "tenants"),
    "empty tenants": ('name = "x"\ntenants = []', "tenants"),
    "unknown field": ('[[tenants]]\nnetwork = "ncf"\nbatches = 2', "batches"),
    "wrong type": ('[[tenants]]\nnetwork = "ncf"\nbatch = "2"', r"tenants\[0\].batch"),
    "zero batch": ('[[tenants]]\nnetwork = "ncf"\nbatch = 0', ">= 1"),
    "negative instances": ('[[tenants]]\nnetwork = "ncf"\ninstances = -1', ">= 1"),
    "huge instances": ('[[tenants]]\nnetwork = "ncf"\ninstances = 99999999999999999999', "instances"),
    "no limit": ('[[tenants]]\nnetwork = "ncf"\nlatency_limit_ms = nan', "latency_limit_ms"),
    "unknown network": ('[[tenants]]\nnetwork = "nfc"', "did you mean ncf"),
    "missing table": ('[[tenants]]\nnetwork = "none.csv"', "No such file"),
    "too many jobs": ('[[tenants]]\nnetwork = "nasnetmobile"\ninstances = 4000', "at most 200000"),
    "unprintable name": ('name = "a\\u001b[31m"\n[[tenants]]\nnetwork = "ncf"', "cannot be shown"),
}


@pytest.mark.parametrize("case", sorted(BAD_WORKLOADS))
def test_a_bad_workload_file_is_refused_by_place(case: str, tmp_path: Path) -> None:
    content, message = BAD_WORKLOADS[case]
    path = tmp_path / "work.toml"
    path.write_text(content)
    with pytest.raises(TableError, match=message) as caught:
        load_workload(str(path))
    assert str(tmp_path) in str(caught.value)


def test_a_workload_can_be_made_from_entries() -> None:
    workload = make_workload("two", [TenantEntry("ncf", batch=3), TenantEntry("dlrm", instances=2)])
    assert workload.macs == 3 * load_network("ncf").macs + 2 * load_network("dlrm").macs
