"""The installed command, run as a user runs it: a child process, its own state folder, real pipes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
COMMAND = Path(sys.executable).with_name("workbench")


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """State and config of all tests here; the kernels' cache is the user's own, so that nothing is compiled twice."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def environment(state: Path) -> dict[str, str]:
    return {
        **os.environ,
        "XDG_STATE_HOME": str(state / "state"),
        "XDG_CONFIG_HOME": str(state / "config"),
        "XDG_RUNTIME_DIR": str(state),
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    def call(*words: str | Path, **options: object) -> Done:
        return subprocess.run(
            [COMMAND, *words],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            timeout=240,
            stdin=subprocess.DEVNULL,
            **options,
        )  # type: ignore[call-overload]

    return call
