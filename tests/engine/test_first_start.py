"""The very first start compiles two models side by side, and leaves no process behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.engine.first_start import compile_side_by_side

WARM_UP = "from workbench.engine.warm_up import warm_up; warm_up(lambda words, done, total: print(words, flush=True))"

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT", "0") != "0" or (os.cpu_count() or 1) < 2, reason="nothing is compiled twice"
)


def others(cache: Path) -> list[int]:
    """Processes that compile into `cache`, this one left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"NUMBA_CACHE_DIR={cache}".encode() in environment:
            found.append(int(process.name))
    return found


def wait_for(wanted: int, cache: Path, patience_s: float = 30.0) -> int:
    """How many processes there are once they are as many as wanted, or when patience ends."""
    end = time.monotonic() + patience_s
    while len(others(cache)) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    return len(others(cache))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_the_other_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", WARM_UP], env=environment, stdout=subprocess.DEVNULL) as engine:
        assert wait_for(2, tmp_path) == 2
        engine.kill()
    assert wait_for(0, tmp_path) == 0


def test_where_kernels_are_compiled_already_no_process_is_started(tmp_path: Path) -> None:
    (tmp_path / "schedule").mkdir()
    (tmp_path / "schedule" / "simulate.nbi").touch()
    compile_side_by_side(tmp_path)  # would compile for half a minute
    assert others(tmp_path) == []
