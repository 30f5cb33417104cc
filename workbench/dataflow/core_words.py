"""A core dataflow in plain words and as a loop nest."""

from workbench.dataflow.core_dataflow import CoreDataflow, Loop, TemporalLoop, TileRule
from workbench.dataflow.core_resolution import AXES, spatial_units

_STAYS = {Loop.C: "Outputs stay", Loop.P: "Weights stay", Loop.K: "Inputs stay"}  # the tensor the loop does not touch
_SHARED = {Loop.P: "weights", Loop.C: "partial sums", Loop.K: "inputs"}
_AXES = ("rows", "columns", "planes")


def stationary(dataflow: CoreDataflow) -> Loop | None:
    """The innermost loop that makes more than one pass; the tensor it does not touch stays in the core.

    None if the compiler chooses, or if every core takes its whole share in one pass.
    """
    moving = [t.loop for t in dataflow.temporal if t.rule in (TileRule.LARGEST, TileRule.FIXED)]
    return moving[-1] if moving and not dataflow.auto else None


def describe_core(dataflow: CoreDataflow, rows: int, cols: int, planes: int = 1) -> tuple[str, ...]:
    """Lines of plain words: what stays in the core, how many cores work, which wires it can use."""
    cores = rows * cols * planes
    units = spatial_units(dataflow.spatial, rows, cols, planes)
    used = cores if dataflow.flexible else units[0] * units[1] * units[2]
    if dataflow.auto:
        what = "The compiler chooses order and tiles"
    else:
        loop = stationary(dataflow)
        what = f"{_STAYS[loop]} in the core" if loop is not None else "One pass: every core takes its whole share"
    lines = [f"{what}; {used} of {cores} core{'s' if cores != 1 else ''}"]
    if dataflow.flexible:
        lines.append("wires: weights over P, inputs over K, partial sums over C; any split per layer")
    else:
        wires = [f"{_SHARED[loop]} over {loop.name}" for loop in dataflow.spatial if units[loop] > 1]
        lines.append("wires: " + ", ".join(wires) if wires else "wires: none needed")
    return tuple(lines)


def spatial_words(dataflow: CoreDataflow) -> str:
    """Short words for the grid pane: `P→rows K→cols`."""
    if dataflow.flexible:
        return "any split per layer"
    if len(dataflow.spatial) == 1:
        return f"{dataflow.spatial[0].name}→all"
    return " ".join(f"{loop.name}→{axis}" for loop, axis in zip(dataflow.spatial, AXES, strict=False))


def loop_nest(dataflow: CoreDataflow, rows: int, cols: int, planes: int = 1) -> str:
    """The dataflow as nested for loops, one per line."""
    lines: list[str] = []

    def add(line: str) -> None:
        lines.append("  " * len(lines) + line)

    if dataflow.flexible:
        add(f"parallel for core in {rows * cols * planes} cores:  // each layer splits P, C and K in its own way")
    else:
        units = spatial_units(dataflow.spatial, rows, cols, planes)
        single = len(dataflow.spatial) == 1
        for loop, axis in zip(dataflow.spatial, _AXES, strict=False):
            where = "all cores" if single else axis
            if units[loop] > 1:
                name = loop.name
                add(f"parallel for {name.lower()}_core in 0..{units[loop]}:  // {name} over {where}, share T_{name}")
    if dataflow.auto:
        add("for tile in the order and tiles that are best for the layer:")
    for temporal in dataflow.temporal:
        name = temporal.loop.name
        add(f"for {name.lower()} in the core's {name}, {_step(temporal)}:")
    add("output[p, k] += input[p, c] × weight[c, k]")
    return "\n".join(lines)


def _step(temporal: TemporalLoop) -> str:
    name = temporal.loop.name
    match temporal.rule:
        case TileRule.LARGEST:
            return f"in the largest tiles that fit (B_{name})"
        case TileRule.FIXED:
            return f"in tiles of {temporal.size}"
        case _:
            return "all at once"
