"""The very first start: the FPGA core model's kernels are compiled in a process of their own, beside the scheduler's.

numba compiles one kernel at a time in a process, and the two models take about as long. What the other process has
compiled is found in the cache; what it has not, a score compiles as it would have anyway.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from workbench.cost.options import COLUMNS, Column, OptionTable
from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, SubAccelerator, TenantRow
from workbench.engine.stations import Stations
from workbench.schedule.problem import Machine, job_arrays, problem
from workbench.schedule.schedule import simulate

OTHER_PROCESS = "from workbench.engine.first_start import compile_core_model; compile_core_model()"


def compile_side_by_side(cache: Path) -> None:
    """Compile the scheduler and the FPGA core model, where `cache` holds no machine code and there are processors for
    both; else nothing."""
    compiled = any(cache.glob("*/*.nbi")) or os.environ.get("NUMBA_DISABLE_JIT", "0") != "0"
    if compiled or (os.cpu_count() or 1) < 2:
        return
    try:
        other = subprocess.Popen(
            [sys.executable, "-c", OTHER_PROCESS],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return  # a score compiles both
    with other:
        _compile_scheduler()
        other.wait()


def compile_core_model() -> None:
    """In the other process: every kernel behind an option table. It ends with whoever started it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    design = small_design()
    Stations().scorer(design).store.prepare(design.subaccelerators)


def small_design() -> Design:
    """The smallest design that takes every kernel a score takes."""
    sub = SubAccelerator("A", "B512", 2, 2, load_dataflow("auto-p-k").text)
    return Design("warm-up", "u280", (sub,), tenants=(TenantRow("ncf", 1, 1, None),))


def _compile_scheduler() -> None:
    """One job of one second, with nothing to move."""
    rows = np.zeros((1, COLUMNS))
    rows[0, [Column.ROWS, Column.COLS, Column.PLANES, Column.CORES, Column.UNSTALLED_S, Column.RATE_LIMIT]] = 1.0
    jobs = job_arrays([0], [0], [0], [0], [0, 0], [])
    simulate(problem(jobs, [OptionTable(rows, np.array([0, 1]))], Machine([1], [1.0], [1.0])))


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)
