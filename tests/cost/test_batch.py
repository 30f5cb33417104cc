"""The table behind `workbench cost`: columns by name, messages by row."""

import csv

import pytest

from workbench.cost.batch import Model, cost_table

GOOD = {
    "id": "a", "note": "kept, as it is", "layer_type": "CONV", "dim_K": "8", "dim_C": "8", "dim_R": "3", "dim_S": "3",
    "dim_Y": "16", "dim_X": "16", "hw_num_pes": "64", "hw_noc_bw": "64", "hw_noc_latency": "1", "hw_offchip_bw": "1000",
    "mapping": "SpatialMap(1,1) K; TemporalMap(1,1) C; TemporalMap(3,1) Y; TemporalMap(3,1) X; "
    "TemporalMap(Sz(R),Sz(R)) R; TemporalMap(Sz(S),Sz(S)) S",
}  # fmt: skip


def table(tmp_path, rows, model=Model.MAESTRO):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with source.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    failed = cost_table(source, out, model)
    with out.open(newline="") as file:
        return failed, list(csv.DictReader(file))


def test_other_columns_pass_and_output_columns_are_replaced(tmp_path):
    failed, (row,) = table(tmp_path, [{**GOOD, "num_macs": "from before", "error": "from before"}])
    assert failed == 0
    assert (row["note"], row["num_macs"], row["error"]) == ("kept, as it is", "112896", "")


def test_columns_are_read_by_name_in_any_order(tmp_path):
    _, forward = table(tmp_path, [GOOD])
    _, backward = table(tmp_path, [dict(reversed(GOOD.items()))])
    assert forward == backward


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layer_type": "FC"}, "layer_type: found 'FC', expected one of CONV"),
        ({"dim_K": ""}, "dim_K is empty: a CONV layer needs"),
        ({"dim_K": "-1"}, "dim_K: found '-1', expected a whole number from 1"),
        ({"dim_Y": "99999999999999"}, "dim_Y: found"),
        ({"dim_Y": "2"}, "smaller than the kernel"),
        ({"hw_num_pes": ""}, "hw_num_pes: found ''"),
        ({"mapping": "SpatialMap(1,1) Q"}, "mapping: 1:17 found 'Q', expected a dimension"),
        ({"mapping": "SpatialMap(B_K,B_K) K"}, "'B_K' has no meaning for processing elements"),
        ({"mapping": ""}, "no SpatialMap above the first Cluster"),
    ],
)
def test_a_bad_row_gets_its_message_and_the_others_their_cost(tmp_path, change, words):
    failed, rows = table(tmp_path, [{**GOOD, **change}, {**GOOD, "id": "b"}])
    assert failed == 1
    assert words in rows[0]["error"]
    assert rows[0]["runtime_cycles"] == ""
    assert rows[1]["num_macs"] == "112896"


def test_a_missing_column_is_named(tmp_path):
    row = {name: cell for name, cell in GOOD.items() if name != "hw_noc_bw"}
    with pytest.raises(ValueError, match=r"in\.csv: column hw_noc_bw missing"):
        table(tmp_path, [row])


def test_an_empty_table_stays_empty(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(",".join(GOOD) + "\n")
    assert cost_table(source, out) == 0
    assert len(out.read_text().splitlines()) == 1


def test_both_models_count_the_layers_macs(tmp_path):
    for model in Model:
        failed, (row,) = table(tmp_path, [GOOD], model)
        assert (failed, row["num_macs"]) == (0, "112896")


@pytest.mark.parametrize("content", [b"a" * 200_000, b"layer_type,\xff\n"])
def test_a_file_that_is_no_table_is_said(tmp_path, content):
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"in\.csv: cannot be read as CSV: "):
        cost_table(tmp_path / "in.csv", tmp_path / "out.csv")
