"""A PE mapping in plain words: what stays, what is shared, what is added up between units."""

from workbench.dataflow.mapping import Dim, Level, Map, Problem
from workbench.dataflow.pe_resolution import DIAGONALS, INPUT_OF, coupled, dim_name

_TENSORS = ("inputs", "weights", "outputs")


def stationary_tensors(level: Level, problem: Problem) -> tuple[str, ...]:
    """Tensors that the innermost moving loop of a level does not touch: they stay in the units while it runs."""
    moving = [found for found in level.maps if _moves(found, level.units, problem)]
    if not moving:
        return _TENSORS
    dim = _input_dim(moving[-1].dim)
    return tuple(name for name, dims in zip(_TENSORS, coupled(problem.type), strict=True) if dim not in dims)


def describe_pe(levels: tuple[Level, ...], problem: Problem) -> tuple[str, ...]:
    """Lines of plain words: what stays in the units, and per level what runs over its units and over which wires."""
    stays = stationary_tensors(levels[0], problem)
    lines = [f"{_join(stays).capitalize()} stay in the units" if stays else "Nothing stays"]
    for level in levels:
        spatial = [found for found in level.maps if found.spatial]
        if not spatial:
            continue
        dims = {_input_dim(found.dim) for found in spatial}
        inputs, weights, outputs = coupled(problem.type)
        shared = [name for name, tensor in (("inputs", inputs), ("weights", weights)) if not dims & tensor]
        notes = [f"{_join(shared)} multicast"] if shared else []
        if not dims & outputs or dims in DIAGONALS:  # units of a diagonal work for one output
            notes.append("outputs added up between units")
        what = " and ".join(dim_name(found.dim) for found in spatial)
        lines.append(f"{what} over {level.units} units" + (": " + ", ".join(notes) if notes else ""))
    return tuple(lines)


def _moves(found: Map, units: int, problem: Problem) -> bool:
    """Whether a map takes more than one step; a spatial one folds if it has more tiles than units."""
    size = problem.sizes[found.dim]
    if found.dim in INPUT_OF:
        size = problem.sizes[INPUT_OF[found.dim]]
    return found.dim not in (Dim.R, Dim.S) and found.size + found.offset * (units - 1 if found.spatial else 0) < size


def _input_dim(dim: Dim) -> Dim:
    return INPUT_OF.get(dim, dim)


def _join(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join(names)
