"""Kernels index arrays from the start only: an index is taken as it stands.

numba asks of every index whether it is negative, that is, counts from the end. No kernel counts from there, and the
question took 10 to 25 % of their time (docs/benchmarks.md). With NUMBA_BOUNDSCHECK=1 an index below 0 or beyond the end
is an IndexError. What others compile with numba in the same process is compiled as ever.
"""

import operator
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin

OWN = "_ZN9workbench"  # how numba's names of this package's functions begin

_build: Any = cgutils  # numba's code has no types
_lower: Any = lower_builtin
_types: Any = types
_DTYPES = (types.int64, types.int32, types.float64, types.boolean)
_PLACES: dict[int, Any] = {1: types.intp}
_PLACES |= {dims: _types.UniTuple(types.intp, dims) for dims in (2, 3, 4)}


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, place: Any) -> Any:
    places = [place] if array_type.ndim == 1 else _build.unpack_tuple(builder, place, array_type.ndim)
    made = context.make_array(array_type)(context, builder, array)
    foreign = not builder.function.name.startswith(OWN)
    return _build.get_item_pointer(
        context, builder, array_type, made, places, wraparound=foreign, boundscheck=context.enable_boundscheck
    )


def _read(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array_type = signature.args[0]
    return context.unpack_value(builder, array_type.dtype, _pointer(context, builder, array_type, *arguments))


def _write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array_type, _, value_type = signature.args
    array, place, value = arguments
    cast = context.cast(builder, value, value_type, array_type.dtype)
    context.pack_value(builder, array_type.dtype, cast, _pointer(context, builder, array_type, array, place))
    return context.get_dummy_value()


def index_from_start() -> None:
    """Let all kernels that are compiled from now on read and write single elements of arrays so."""
    for dtype in _DTYPES:
        for dims, place in _PLACES.items():
            for layout in ("C", "A"):
                for readonly in (False, True):
                    array = types.Array(dtype, dims, layout, readonly=readonly)
                    _lower(operator.getitem, array, place)(_read)
                    if not readonly:
                        _lower(operator.setitem, array, place, types.Any)(_write)
