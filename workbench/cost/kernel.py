"""The one decorator of all compiled kernels, and where their machine code is kept.

With NUMBA_DISABLE_JIT=1 every kernel runs as ordinary Python.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from platformdirs import user_cache_path

KERNEL_FLOORS = ("cost", "schedule")  # floors whose files hold kernels


def sources_digest() -> str:
    """Of every file that may hold a kernel.

    numba notices a change of a kernel's own file only: one that calls a changed kernel of another file would go on with
    the old machine code. A cache per state of the sources cannot be stale.
    """
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parent.parent
    for floor in KERNEL_FLOORS:
        for path in sorted((package / floor).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


os.environ.setdefault("NUMBA_CACHE_DIR", str(user_cache_path("workbench") / "kernels" / sources_digest()))

import numba  # noqa: E402  (the cache's place is read when numba is imported)
from numba.core.cpu import CPUTargetOptions  # noqa: E402

from workbench.cost.indexing import index_from_start  # noqa: E402

index_from_start()

F = TypeVar("F", bound=Callable[..., Any])

# Without numba's run time: arrays are borrowed, nobody counts who uses them. Its option has no public name yet.
_BORROWED: dict[str, Any] = {"_nrt": False} if hasattr(CPUTargetOptions, "_nrt") else {}


def kernel(function: F) -> F:
    """Compile a plain function over arrays; cached on disk, free of the interpreter lock, IEEE arithmetic.

    It makes no array, only views of those it is given, which outlive it: counting their users took up to half the time
    of small kernels. LLVM copies it into its callers, for an array is seven arguments of a call, and handing over
    dozens of them took as long again (docs/benchmarks.md).
    """
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True, **_BORROWED)(function))


def allocating_kernel(function: F) -> F:
    """A kernel that makes arrays of its own."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
