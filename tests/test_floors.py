"""The floors of the house, checked in fresh interpreters: what the screen and the commands must never load."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "numba", "cma", "cmaes", "onnx")


@pytest.mark.parametrize("module", ["workbench.tui.app", "workbench.cli", "workbench.engine.client"])
def test_the_screen_and_the_commands_load_no_kernels(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("floor", ["workload", "dataflow", "hardware"])
def test_the_lower_floors_load_neither_numpy_nor_the_screen(floor: str) -> None:
    code = (
        f"import pkgutil, importlib, sys, workbench.{floor} as f\n"
        f"[importlib.import_module(m.name) for m in pkgutil.walk_packages(f.__path__, f.__name__ + '.')]\n"
        f"print([m for m in ('numpy', 'numba', 'textual', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
