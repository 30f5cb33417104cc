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


INDICES = """
import numpy as np

def read(a, i):
    return a[i]

def write(a, i):
    a[i, 1] = 7.0
    return a[2, 1]

def tried(compiled):
    for function, array in ((read, np.arange(3)), (write, np.zeros((3, 2)))):
        call = compiled(function)
        for i in (-1, 0, 2, 3):
            try:
                print(call(array, i), end=" ")
            except IndexError:
                print("IndexError", end=" ")
"""


def test_an_index_from_the_end_is_a_mistake_of_kernels_alone(tmp_path: Path) -> None:
    """Asked to check, a kernel refuses one; a function that somebody else compiles counts from the end as ever."""
    module = tmp_path / "indices.py"
    module.write_text(INDICES, encoding="utf-8")
    code = (
        "import sys, numba, workbench.cost.kernel as k\n"
        "source = compile(open('indices.py').read(), 'indices.py', 'exec')\n"
        "for name, compiled in (('workbench.indices', k.kernel), ('indices', numba.njit)):\n"
        "    module = {'__name__': name}\n"
        "    exec(source, module)\n"
        "    module['tried'](compiled)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    ours, others = done.stdout.split()[:8], done.stdout.split()[8:]
    assert ours == ["IndexError", "0", "2", "IndexError", "IndexError", "0.0", "7.0", "IndexError"]
    assert others == ["2", "0", "2", "IndexError", "7.0", "7.0", "7.0", "IndexError"]
