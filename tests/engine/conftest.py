"""A small real design and a state folder of the test's own."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, SubAccelerator


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "runtime").mkdir(mode=0o700)


@pytest.fixture
def design() -> Design:
    """Two tenants, two groups of cores."""
    first = SubAccelerator("A", "B1152", 2, 2, load_dataflow("auto-p-k").text)
    second = SubAccelerator("B", "B512", 1, 3, load_dataflow("auto-k").text)
    tenants = (("ncf", 1, 2, None), ("squeezenet1_0", 1, 2, None))
    return Design("small", "u280", (first, second), tenants=tenants)


@pytest.fixture
def too_large(design: Design) -> Design:
    """More cores than any card holds."""
    return replace(design, subaccelerators=(replace(design.subaccelerators[0], rows=20, cols=20),))
