"""bench: tables with a reference of the same run."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from workbench.cli.bench_command import NAMES
from workbench.engine.bench import BENCHES


def test_a_bench_prints_a_table_with_its_reference(run: Run) -> None:
    done = run("bench", "score", "--json")
    assert done.returncode == 0, done.stderr
    table, options = json.loads(done.stdout)["tables"]
    assert float(options["rows"][-1][3]) > 0
    assert len(table["rows"]) >= 3
    assert all(float(row[1]) > 0 for row in table["rows"])
    assert "reference" in table["notes"][0]


def test_an_unknown_bench_is_refused_with_the_known_ones(run: Run) -> None:
    done = run("bench", "speed")
    assert done.returncode == 2
    assert "directives" in done.stderr


def test_the_command_offers_what_the_engine_has() -> None:
    assert set(NAMES) == set(BENCHES)


def test_bench_search_goes_on_where_it_was(run: Run, tmp_path: Path) -> None:
    words = ("bench", "search", "--cells", "mixed-u280", "--evaluations", "20", "60", "--seeds", "1", "--out", "kept")
    first = run(*words, "--optimizers", "random", "--json")
    assert first.returncode == 0, first.stderr
    kept = tmp_path / "kept" / "searches.jsonl"
    before = kept.read_bytes()
    kept.write_bytes(before + b'{"cell": "mixed-u2')  # what a kill leaves
    again = run(*words, "--optimizers", "random", "genetic", "--json")
    assert again.returncode == 0, again.stderr
    assert kept.read_bytes().startswith(before)
    assert kept.read_bytes().count(b'"random"') == 1
    small, large = json.loads(again.stdout)["tables"]
    for name, ratio in ((row[0], float(row[1])) for row in large["rows"]):
        assert ratio >= 1.0
        assert ratio <= next(float(row[1]) for row in small["rows"] if row[0] == name)
    assert (tmp_path / "kept" / "mixed-u280.toml").exists()


def test_an_unknown_cell_is_refused_with_the_known_ones(run: Run) -> None:
    done = run("bench", "search", "--cells", "mixed-zcu102")
    assert done.returncode == 1
    assert "vision-cloud" in done.stderr
