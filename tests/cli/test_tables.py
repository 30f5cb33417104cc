"""cost and estimate: as commands."""

import csv
import json
from pathlib import Path

from tests.cli.conftest import Run

MAPPING = "TemporalMap(1,1) K; SpatialMap(1,1) C; TemporalMap(Sz(R),1) Y; TemporalMap(Sz(S),1) X;"
COLUMNS = (
    "id,layer_type,dim_N,dim_K,dim_C,dim_R,dim_S,dim_Y,dim_X,stride_y,stride_x,mapping,hw_num_pes,hw_noc_bw,"
    "hw_noc_latency,hw_offchip_bw"
)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_is_costed_row_by_row_and_failures_are_named(run: Run, tmp_path: Path) -> None:
    good = f'1,CONV,1,8,8,3,3,10,10,1,1,"{MAPPING}",8,8,1,8'
    (tmp_path / "in.csv").write_text(f"{COLUMNS}\n{good}\n")
    for model in ("maestro", "exact"):
        done = run("cost", "in.csv", "--out", "out.csv", "--model", model, "--force")
        assert done.returncode == 0, done.stderr
        assert rows(tmp_path / "out.csv")[0]["error"] == ""
    (tmp_path / "in.csv").write_text(f"{COLUMNS}\n{good}\n{good.replace('Sz(R),1) Y', 'Sz(Q),1) Y')}\n")
    done = run("cost", "in.csv", "--out", "out.csv", "--force")
    assert done.returncode == 1
    assert "1 row could not be costed" in done.stderr
    found = rows(tmp_path / "out.csv")
    assert found[0]["error"] == ""
    assert found[1]["error"].startswith("mapping: ")
    assert run("cost", "none.csv", "--out", "out.csv").returncode == 1
    assert run("cost", "in.csv").returncode == 2
    assert run("cost", "in.csv", "--out", "o.csv", "--model", "guess").returncode == 2


def test_one_estimate_and_a_table_of_them_agree(run: Run, tmp_path: Path) -> None:
    one = run("estimate", "resnet18", "--core", "B4096", "--cores", "2", "--board", "zcu102", "--json")
    found = json.loads(one.stdout)
    assert found["latency_ms"] > found["compute_ms"] > 0
    assert (found["fits"], found["reason"]) == (True, "")
    many = ("estimate", "resnet18", "--core", "B4096", "--cores", "50", "--board", "zcu102")
    assert json.loads(run(*many, "--json").stdout)["fits"] is False
    assert "warning: 50 × B4096 do not fit zcu102: " in run(*many).stdout
    header = "id,network,core,num_cores,board,mine"
    (tmp_path / "q.csv").write_text(f"{header}\n1,resnet18,B4096,2,zcu102,kept\n2,resnet18,B4097,1,zcu102,\n")
    done = run("estimate", "q.csv", "--out", "a.csv")
    assert done.returncode == 1
    assert "1 row could not be estimated" in done.stderr
    answers = rows(tmp_path / "a.csv")
    assert float(answers[0]["latency_ms"]) == float(f"{found['latency_ms']:.6g}")
    assert answers[0]["mine"] == "kept"
    assert "B4097" in answers[1]["error"]
    assert "B4096" in run("estimate", "resnet18", "--core", "B4096").stdout
    assert run("estimate", "resnet18").returncode == 2
    assert run("estimate", "resnet19", "--core", "B4096").returncode == 1
