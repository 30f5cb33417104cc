"""Short words about a sub-accelerator."""

from functools import lru_cache

from workbench.dataflow.core_resolution import resolve_core
from workbench.design.design import SubAccelerator


@lru_cache(maxsize=256)
def _spatial(text: str, rows: int, cols: int, planes: int) -> tuple[str, ...]:
    dataflow, _ = resolve_core(text, rows, cols, planes, psum_link=True)
    return tuple(loop.name for loop in dataflow.spatial) if dataflow and not dataflow.flexible else ()


def spatial_letters(sub: SubAccelerator) -> tuple[str, str, str]:
    """` P`, ` K` …: the loops over rows, columns and planes, each with a leading blank; empty where there is none."""
    loops = _spatial(sub.dataflow, sub.rows, sub.cols, sub.planes)
    if len(loops) == 1:
        return ("", f" {loops[0]}", "")
    sizes = (sub.rows, sub.cols, sub.planes)
    found = [f" {loop}" if size > 1 else "" for loop, size in zip(loops, sizes, strict=False)]
    rows, cols, planes = (*found, "", "", "")[:3]
    return rows, cols, planes
