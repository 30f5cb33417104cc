"""Loading numpy, numba and the kernels, saying so while it lasts.

A warm start loads compiled kernels from the cache (<= 2 s). The first start on a machine compiles them (<= 60 s):
every kernel that numba compiles is announced by its name.
"""

import sys
import threading
from collections.abc import Callable

import workbench.cost.kernel  # noqa: F401  first: it says where numba keeps machine code

# isort: split

from numba.core import event
from numba.core.registry import CPUDispatcher

from workbench.dataflow.library import load_dataflow
from workbench.design.design import Design, SubAccelerator
from workbench.engine.stations import Stations

Tell = Callable[[str, int, int], None]

WARM_UP_TENANTS = (("ncf", 1, 1, None),)


def warm_up(tell: Tell) -> Stations:
    """Load everything a score on FPGA cores needs.

    `tell(words, done, total)` is called for every kernel that is compiled, now or later: other models are compiled
    when they are first asked for.
    """
    event.register("numba:compile", _Announcer(tell))  # type: ignore[no-untyped-call]
    stations = Stations()
    design = _small_design()
    stations.scorer(design).score(design, timeline=True)
    stations.scorer(design).evaluate(design)
    return stations


def _small_design() -> Design:
    """The smallest design that takes every kernel a score takes."""
    sub = SubAccelerator("A", "B512", 2, 2, load_dataflow("auto-p-k").text)
    return Design("warm-up", "u280", (sub,), tenants=WARM_UP_TENANTS)


def _kernels_of_the_house() -> int:
    """How many kernels the loaded modules hold."""
    found = {
        id(value)
        for name, module in list(sys.modules.items())
        if name.startswith("workbench.")
        for value in list(vars(module).values())
        if isinstance(value, CPUDispatcher) and value.targetoptions.get("inline") != "always"  # not compiled alone
    }
    return len(found)


class _Announcer(event.Listener):
    """A numba event listener: one Progress for each kernel whose compilation begins."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def on_start(self, event: event.Event) -> None:
        """A compilation begins; numba compiles functions of its own besides."""
        function = getattr((event.data or {}).get("dispatcher"), "py_func", None)
        module, name = getattr(function, "__module__", ""), getattr(function, "__name__", "")
        if not module.startswith("workbench."):
            return
        with self._lock:
            if f"{module}.{name}" in self._seen:
                return
            self._seen.add(f"{module}.{name}")
            done = len(self._seen)
        total = max(done, _kernels_of_the_house())
        self._tell(f"compiling kernels {done} of {total}: {name.strip('_').replace('_', ' ')}", done, total)

    def on_end(self, event: event.Event) -> None:
        """A compilation has ended; the next one's beginning says so."""
