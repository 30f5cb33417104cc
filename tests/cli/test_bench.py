"""bench: tables with a reference of the same run."""

import json

from tests.cli.conftest import Run
from workbench.cli.bench_command import NAMES
from workbench.engine.bench import BENCHES


def test_a_bench_prints_a_table_with_its_reference(run: Run) -> None:
    done = run("bench", "score", "--json")
    assert done.returncode == 0, done.stderr
    (table,) = json.loads(done.stdout)["tables"]
    assert len(table["rows"]) >= 3
    assert all(float(row[1]) > 0 for row in table["rows"])
    assert "reference" in table["notes"][0]


def test_an_unknown_bench_is_refused_with_the_known_ones(run: Run) -> None:
    done = run("bench", "speed")
    assert done.returncode == 2
    assert "directives" in done.stderr


def test_the_command_offers_what_the_engine_has() -> None:
    assert set(NAMES) == set(BENCHES)
