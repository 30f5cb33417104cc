"""Compiled code is kept per state of the sources: a changed kernel can never run as it was."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import workbench
from workbench.cost.kernel import sources_digest


def test_the_cache_of_kernels_belongs_to_the_sources(tmp_path: Path) -> None:
    package = tmp_path / "workbench"
    shutil.copytree(Path(workbench.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))

    def digest() -> str:
        code = "import workbench.cost.kernel as k; print(k.sources_digest())"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        return done.stdout.strip()

    assert digest() == sources_digest()
    changed = package / "cost" / "dpu_tiles.py"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert digest() != sources_digest()


def test_an_engine_keeps_machine_code_in_the_cache_directory() -> None:
    code = "import workbench.engine.server, workbench.engine.warm_up, numba; print(numba.config.CACHE_DIR)"
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip().endswith(f"kernels/{sources_digest()}")


def test_an_index_from_the_end_is_a_mistake_that_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "asked.py").write_text(
        "import numpy as np\n"
        "from workbench.cost.kernel import kernel\n"
        "@kernel\n"
        "def read(a, i):\n    return a[i]\n"
        "@kernel\n"
        "def write(a, i):\n    a[i, 1] = 7\n"
        "for call, array in ((read, np.arange(3)), (write, np.zeros((3, 2)))):\n"
        "    for i in (-1, 0, 2, 3):\n"
        "        try:\n            call(array, i)\n            print('fine', end=' ')\n"
        "        except IndexError:\n            print('IndexError', end=' ')\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "asked.py"], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.split() == ["IndexError", "fine", "fine", "IndexError"] * 2
