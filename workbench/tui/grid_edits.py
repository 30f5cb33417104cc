"""The core grid's keys as edits of a design."""

from collections.abc import Callable
from itertools import combinations

from workbench.design import edit
from workbench.design.bounds import bounds_of, set_bounds
from workbench.design.design import Design, SubAccelerator, Wire
from workbench.design.edit import EditError
from workbench.design.isolation import label_words
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board
from workbench.hardware.presets import core_names, load_core

PINNED_URAM = (0, 8, 16, 24, 32)  # blocks a core that the key goes through

Edited = tuple[Design, str]  # the new design and the words for the step


def _sized(sub: SubAccelerator, variable: str, step: int) -> int:
    return max(1, int(getattr(sub, variable)) + step)


def step_core(design: Design, sub: SubAccelerator, board: Board, step: int) -> Edited:
    """The next core type in the order of size; the ends stay."""
    names = list(core_names(board.family))
    if sub.core in names:
        at = names.index(sub.core)
    else:
        macs = load_core(sub.core).macs_per_cycle
        at = sum(load_core(n).macs_per_cycle < macs for n in names) - (step > 0)
    new = names[max(0, min(at + step, len(names) - 1))]
    return edit.set_core(design, sub.id, new), f"{sub.id}.core {sub.core} → {new}"


def step_variable(design: Design, sub: SubAccelerator, board: Board, variable: str, step: int) -> Edited:
    """One step up or down of core, rows, cols or planes."""
    if variable == "core":
        return step_core(design, sub, board, step)
    old = getattr(sub, variable)
    new = _sized(sub, variable, step)
    changed = edit.set_grid(design, sub.id, **{variable: new})
    return changed, f"{sub.id}.{variable} {old} → {new}"


def next_wires(design: Design, sub: SubAccelerator, board: Board) -> Edited:
    """The next set of wires the board allows: none, each, each pair …"""
    allowed = [w for w in Wire if w is not Wire.PSUM_RING or board.psum_link_bytes_per_cycle > 0]
    sets = [c for size in range(len(allowed) + 1) for c in combinations(allowed, size)]
    here = tuple(w for w in allowed if w in sub.wires)
    new = sets[(sets.index(here) + 1) % len(sets)]
    words = ", ".join(w.value for w in new) or "none"
    return edit.set_wires(design, sub.id, new), f"{sub.id}.wires → {words}"


def next_serves(design: Design, sub: SubAccelerator) -> Edited:
    """The next of the workload's isolation labels. Raises EditError where there are none to choose among."""
    labels = design_workload(design).isolation_labels
    if not labels:
        raise edit.EditError("no tenants are kept apart: set isolation labels in the workload pane (I)")
    new = labels[(labels.index(sub.serves) + 1) % len(labels)] if sub.serves in labels else labels[0]
    return edit.set_serves(design, sub.id, new), f"{sub.id} serves {label_words(new)}"


def next_pinned(design: Design, sub: SubAccelerator) -> Edited:
    """More URAM for recurrent weights, then none. Raises EditError on a PE array."""
    new = next((blocks for blocks in PINNED_URAM if blocks > sub.pinned_uram), 0)
    return edit.set_pinned_uram(design, sub.id, new), f"{sub.id}.pinned_uram {sub.pinned_uram} → {new}"


def grid_edit(design: Design, sub_id: str, name: str, variable: str, board: Board) -> Edited:
    """An edit by the name of its key. Raises EditError."""
    sub = edit.find(design, sub_id)
    table: dict[str, Callable[[], Edited]] = {
        "more": lambda: step_variable(design, sub, board, variable, 1),
        "less": lambda: step_variable(design, sub, board, variable, -1),
        "core_next": lambda: step_core(design, sub, board, 1),
        "core_previous": lambda: step_core(design, sub, board, -1),
        "turn": lambda: (edit.turn_grid(design, sub_id), f"{sub_id} turned to {sub.cols} × {sub.rows}"),
        "wires": lambda: next_wires(design, sub, board),
        "serves": lambda: next_serves(design, sub),
        "freeze": lambda: _freeze(design, f"{sub_id}.{variable}"),
        "bound_low": lambda: _bounded(design, sub, variable, 0),
        "bound_high": lambda: _bounded(design, sub, variable, 1),
        "sub_add": lambda: _added(design),
        "pinned_uram": lambda: next_pinned(design, sub),
        "sub_remove": lambda: (edit.remove_subaccelerator(design, sub_id), f"{sub_id} removed"),
    }
    return table[name]()


def _freeze(design: Design, name: str) -> Edited:
    changed = edit.toggle_frozen(design, name)
    return changed, f"{name} {'frozen' if name in changed.frozen else 'free'}"


def _bounded(design: Design, sub: SubAccelerator, variable: str, side: int) -> Edited:
    """A bound at the present value; where it is there already, it goes."""
    if variable == "core":
        raise EditError(f"{sub.id}.core is frozen or free; bounds go with rows, columns, planes and cores")
    name, value = f"{sub.id}.{variable}", float(getattr(sub, variable))
    bounds = list(bounds_of(design, name))
    bounds[side] = None if bounds[side] == value else value
    changed = set_bounds(design, name, *bounds)
    return changed, f"{name} bounds {bounds_words(bounds_of(changed, name))}"


def bounds_words(bounds: tuple[float | None, float | None]) -> str:
    """`2 to 8`, `at least 2`, `at most 8`, `none`."""
    low, high = bounds
    if low is None:
        return "none" if high is None else f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def _added(design: Design) -> Edited:
    changed, new = edit.add_subaccelerator(design)
    return changed, f"{new} added"
