"""Kernels that are compiled are counted within their model, up to a total that does not move."""

import pytest
from numba.core import event
from numba.core.registry import CPUDispatcher

from workbench.cost import dpu_kernel
from workbench.engine.warm_up import _Announcer, _kernels_of
from workbench.schedule import simulate


def test_progress_counts_every_kernel_once_within_its_model() -> None:
    kernels = [
        value
        for module in (dpu_kernel, simulate)
        for value in vars(module).values()
        if isinstance(value, CPUDispatcher)
    ]
    if not kernels:
        pytest.skip("kernels run as Python here")
    told: list[tuple[str, int, int]] = []
    announcer = _Announcer(lambda *words: told.append(words))
    for kernel in [*kernels, *kernels]:
        announcer.on_start(event.Event("numba:compile", event.EventStatus.START, {"dispatcher": kernel}))
    announcer.on_start(event.Event("numba:compile", event.EventStatus.START, {}))
    assert len(told) == len(kernels)
    for model in ("the scheduler", "the FPGA core model"):
        mine = [each for each in told if f"kernels of {model}, " in each[0]]
        assert [done for _, done, _ in mine] == list(range(1, len(mine) + 1))
        assert {total for _, _, total in mine} == {_kernels_of(model)}
