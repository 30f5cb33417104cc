"""Kernels do not ask whether an index is inside its array (workbench/cost/indexing.py); here they are made to ask."""

import gzip
import json
import subprocess
from pathlib import Path

from tests.cli.conftest import COMMAND, Run

SAMPLE = Path(__file__).parent.parent / "data" / "maestro_reference_sample.csv.gz"
COSTS = [("cost", "rows.csv", "--out", f"{model}.csv", "--model", model) for model in ("maestro", "exact")]
SEARCHES = [
    ("search", workload, "--board", board, "--evaluations", "100", "--polish", "50", "--json")
    for workload, board in (("mixed", "cloud"), ("vision", "u280"))
]


def test_no_kernel_reaches_outside_its_arrays(run: Run, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    asking = {**environment, "NUMBA_BOUNDSCHECK": "1"}
    for place in ("STATE", "CACHE", "RUNTIME"):  # kernels and processes of its own
        (tmp_path / place).mkdir()
        asking[f"XDG_{place}_{'DIR' if place == 'RUNTIME' else 'HOME'}"] = str(tmp_path / place)

    def ask(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *words], capture_output=True, text=True, env=asking, cwd=tmp_path, timeout=600, check=False
        )

    for words in COSTS:
        usual = run(*words)
        table = (tmp_path / words[3]).read_text(encoding="utf-8")
        asked = ask(*words, "--force")
        assert (asked.returncode, asked.stdout) == (usual.returncode, usual.stdout), asked.stderr
        assert (tmp_path / words[3]).read_text(encoding="utf-8") == table
    for words in SEARCHES:
        usual, asked = run(*words), ask(*words)
        assert asked.returncode == usual.returncode == 0, asked.stderr
        found, expected = json.loads(asked.stdout), json.loads(usual.stdout)
        for changing in ("seconds", "run"):
            del found[changing], expected[changing]
        assert found == expected
