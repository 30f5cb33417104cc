"""Loading numpy, numba and the kernels, saying so while it lasts.

A warm start loads compiled kernels from the cache (<= 2 s). The first start on a machine compiles them (<= 60 s):
kernels that numba compiles are announced model by model, since a model is loaded when it is first asked for.
"""

import sys
import threading
from collections.abc import Callable

import workbench.cost.kernel  # noqa: F401  first: it says where numba keeps machine code

# isort: split

from numba.core import event
from numba.core.registry import CPUDispatcher

from workbench.engine.first_start import compile_side_by_side, small_design
from workbench.engine.kernel_cache import mark_used, own_folder
from workbench.engine.stations import Stations

Tell = Callable[[str, int, int], None]

MODELS = (
    ("workbench.schedule.", "the scheduler"),
    ("workbench.cost.dpu", "the FPGA core model"),
    ("workbench.cost.maestro", "the maestro model"),
    ("workbench.cost.exact", "the exact model"),
    ("workbench.cost.pe_array", "the PE-array model"),
)
"""Beginnings of modules' names, and what their kernels belong to."""
OTHER = "the cost tables"


def warm_up(tell: Tell) -> Stations:
    """Load everything a score on FPGA cores needs.

    `tell(words, done, total)` is called for every kernel that is compiled, now or later; done and total count within
    one model, and other models are compiled when they are first asked for.
    """
    event.register("numba:compile", _Announcer(tell))  # type: ignore[no-untyped-call]
    cache = own_folder()
    compile_side_by_side(cache)
    stations = Stations()
    design = small_design()
    stations.scorer(design).score(design, timeline=True)
    stations.scorer(design).evaluate(design)
    mark_used(cache)
    return stations


def _model_of(module: str) -> str:
    return next((words for beginning, words in MODELS if module.startswith(beginning)), OTHER)


def _kernels_of(model: str) -> int:
    """How many kernels the loaded modules of a model hold."""
    found = {
        id(value)
        for name, module in list(sys.modules.items())
        if name.startswith("workbench.")
        for value in list(vars(module).values())
        if isinstance(value, CPUDispatcher) and _model_of(value.py_func.__module__) == model
    }
    return len(found)


class _Announcer(event.Listener):
    """A numba event listener: one Progress for each kernel whose compilation begins, counted within its model."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._seen: dict[str, set[str]] = {}  # model → kernels
        self._lock = threading.Lock()

    def on_start(self, event: event.Event) -> None:
        """A compilation begins; numba compiles functions of its own besides."""
        function = getattr((event.data or {}).get("dispatcher"), "py_func", None)
        module, name = getattr(function, "__module__", ""), getattr(function, "__name__", "")
        if not module.startswith("workbench."):
            return
        model = _model_of(module)
        with self._lock:
            seen = self._seen.setdefault(model, set())
            if f"{module}.{name}" in seen:
                return
            seen.add(f"{module}.{name}")
            done = len(seen)
        total = max(done, _kernels_of(model))
        self._tell(f"compiling kernels of {model}, {done} of {total}", done, total)

    def on_end(self, event: event.Event) -> None:
        """A compilation has ended; the next one's beginning says so."""
