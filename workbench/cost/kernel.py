"""The one decorator of all compiled kernels, and where their machine code is kept.

With NUMBA_DISABLE_JIT=1 every kernel runs as ordinary Python.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar, cast

from platformdirs import user_cache_path

os.environ.setdefault("NUMBA_CACHE_DIR", str(user_cache_path("workbench") / "kernels"))

import numba

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a plain function over arrays; cached on disk, free of the interpreter lock, IEEE arithmetic."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
