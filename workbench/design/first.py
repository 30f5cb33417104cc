"""A sensible design without a search, so that there is something to score, edit and search from.

The rule of thumb, from a prototype of the problem on two cards: about two thirds of the room go to the largest core
that fits three times or more, the rest to the smallest core, whose many copies keep the narrow layers and the short
chains off the large ones. Small boards take as many of one core as fit, ASIC boards an NVDLA-like group and a
ShiDianNao-like one.
"""

from collections.abc import Mapping
from dataclasses import replace

from workbench.dataflow.library import load_dataflow
from workbench.design.budget import check_budget, fit_of
from workbench.design.design import Design, SchedulerWeights, SubAccelerator, Wire
from workbench.design.edit import EditError, next_id, set_board_overrides
from workbench.design.limits import MAX_SUBACCELERATORS
from workbench.design.tenants import design_workload
from workbench.hardware.board import Board, Family
from workbench.hardware.presets import core_names, load_board, load_core
from workbench.workload.workload import Workload

LARGE_SHARE = 2 / 3
FEWEST_FOR_TWO_GROUPS = 3  # with room for fewer large cores the board gets one group
MOST_CORES = 32
# 9 % better EDP than alpha 0, theta 4 in the geometric mean over four workloads on u200, u280 and zcu102.
WEIGHTS = SchedulerWeights(alpha=0.3, theta=3.0)
ASIC_CORES = 16  # the board's PEs divided by this is the size of one array
ASIC_SHARES = (("nvdla", 12), ("shidiannao", 4))  # Herald's pair of dataflows, of the 16
TPDS_CORES = ("8x8x8", "4x8x8")  # the group's own cores; larger ones are fusions of them


class NothingFitsError(ValueError):
    """Not even one core fits the board; the message says which resource is short."""


def first_design(workload: str, board: str, overrides: Mapping[str, object] | None = None) -> Design:
    """A design that fits, for a workload and a board by name or path.

    Raises NothingFitsError, and ValueError in words for what cannot be loaded.
    """
    empty = Design(workload, board, (), WEIGHTS)
    if overrides:
        try:
            empty = set_board_overrides(empty, overrides)
        except EditError as error:
            raise ValueError(str(error)) from None
    return _begun(empty)


def first_on_board(design: Design, board: str) -> Design:
    """A first design on another board for the same tenants and objective; nothing is frozen or bounded in it.

    Raises NothingFitsError, and ValueError in words for a board that cannot be loaded.
    """
    return _begun(Design(design.workload, board, (), WEIGHTS, objective=design.objective, tenants=design.tenants))


def _begun(empty: Design) -> Design:
    """The first design of a design's workload and board."""
    workload = design_workload(empty)
    board = empty.board
    loaded = load_board(board, empty.board_overrides)
    design = _asic_design(empty, loaded) if loaded.family is Family.ASIC else _fpga_design(empty, loaded)
    if design is None:
        core = _cores(loaded)[-1]
        reason = check_budget(_with(empty, _group("A", core, 1, "auto-p-k")), loaded).reason
        raise NothingFitsError(f"{board}: not even one {core} fits: {reason}")
    return _isolated(design, workload) if workload.isolation_labels else design


def _isolated(design: Design, workload: Workload) -> Design:
    """The design with a sub-accelerator for every isolation label: the label with most MACs has the most cores, by
    peak; sub-accelerators beyond one per label help the label that has most MACs for its peak."""
    labels = workload.isolation_labels
    while len(design.subaccelerators) < len(labels):
        design = _split(design, len(labels))
    macs = {label: sum(t.macs for t in workload.tenants if t.isolation == label) for label in labels}
    peak = {sub.id: sub.cores * load_core(sub.core).macs_per_cycle for sub in design.subaccelerators}
    waiting = sorted(labels, key=lambda label: -macs[label])
    served = dict.fromkeys(labels, 0)
    serves = {}
    for id in sorted(peak, key=lambda id: -peak[id]):
        label = waiting.pop(0) if waiting else max(labels, key=lambda label: macs[label] / served[label])
        serves[id] = label
        served[label] += peak[id]
    return replace(design, subaccelerators=tuple(replace(s, serves=serves[s.id]) for s in design.subaccelerators))


def _split(design: Design, wanted: int) -> Design:
    """The design with the sub-accelerator of most cores cut in two. Raises NothingFitsError if none has two."""
    largest = max(design.subaccelerators, key=lambda sub: sub.cores)
    if largest.cores == 1 or len(design.subaccelerators) >= MAX_SUBACCELERATORS:
        raise NothingFitsError(
            f"{design.board}: the workload has {wanted} isolation labels, and there is room for "
            f"{len(design.subaccelerators)} sub-accelerators; give tenants the same label, or choose a larger board"
        )
    parts = []
    for id, cores in ((largest.id, (largest.cores + 1) // 2), (next_id(design), largest.cores // 2)):
        rows = _rows(cores) if largest.rows > 1 else 1
        wires = largest.wires if cores > 1 else ()
        parts.append(replace(largest, id=id, rows=rows, cols=cores // rows, wires=wires))
    subs = [part for sub in design.subaccelerators for part in (parts if sub is largest else [sub])]
    return replace(design, subaccelerators=tuple(subs))


def _cores(board: Board) -> list[str]:
    """Cores to choose from, largest first."""
    if board.family is Family.ASIC:
        style = ASIC_SHARES[0][0]
        return sorted(
            (n for n in core_names(board.family) if n.startswith(style)), key=lambda n: -load_core(n).macs_per_cycle
        )
    if board.resource_curve == "tpds":
        return list(TPDS_CORES)
    names = [name for name in core_names(Family.FPGA) if name.startswith("B")]
    return sorted(names, key=lambda name: -load_core(name).macs_per_cycle)


def _fpga_design(empty: Design, board: Board) -> Design | None:
    for core in _cores(board):
        most = _most(empty, board, "A", core, "auto-p-k")
        if most:
            break
    else:
        return None
    alone = _with(empty, _group("A", core, most, "auto-p-k"))
    smallest = _cores(board)[-1]
    if most < FEWEST_FOR_TWO_GROUPS or core == smallest:
        return alone
    large = _with(empty, _group("A", core, _count(most), "auto-p-k"))
    small = _most(large, board, "B", smallest, "auto-k")
    return _with(large, _group("B", smallest, small, "auto-k")) if small else alone


def _count(most: int) -> int:
    """About two thirds of what fits; where it is near, a number of cores that is not a line of them."""
    near = round(most * LARGE_SHARE)
    return max(
        (n for n in (near - 1, near, near + 1) if 1 <= n < most), key=lambda n: (_rows(n) > 1, -abs(n - near), n)
    )


def _asic_design(empty: Design, board: Board) -> Design | None:
    for size in _array_sizes(board):
        design = empty
        for id, (style, cores) in zip("AB", ASIC_SHARES, strict=True):
            design = _with(design, _group(id, f"{style}-{size}", cores, "ws-k-p" if id == "A" else "os-p-k"))
        if _fits(design, board):
            return design
    alone = _with(empty, _group("A", _cores(board)[-1], 1, "ws-k-p"))
    return alone if _fits(alone, board) else None


def _array_sizes(board: Board) -> list[int]:
    """Sizes of arrays that are at most a sixteenth of the board, the largest first."""
    pes = sum(region.resources.pes - region.shell.pes for region in board.regions) * board.usable_share
    sizes = [load_core(name).macs_per_cycle for name in _cores(board)]
    return [size for size in sizes if size * ASIC_CORES <= pes]


def _most(design: Design, board: Board, id: str, core: str, dataflow: str) -> int:
    """How many cores of a kind fit beside what the design has already."""
    count = 0
    while count < MOST_CORES and _fits(_with(design, _group(id, core, count + 1, dataflow)), board):
        count += 1
    return count


def _group(id: str, core: str, cores: int, dataflow: str) -> SubAccelerator:
    """`cores` cores in the most nearly square grid, with the wires the dataflow can use; a single core needs none."""
    known = load_dataflow(dataflow)
    rows = _rows(cores) if len(known.spatial) > 1 else 1
    wires = tuple(Wire(wire) for wire in known.wires) if cores > 1 else ()
    return SubAccelerator(id, load_core(core).name, rows, cores // rows, known.text, wires=wires)


def _with(design: Design, sub: SubAccelerator) -> Design:
    return replace(design, subaccelerators=(*design.subaccelerators, sub))


def _rows(cores: int) -> int:
    """Rows of the most nearly square grid."""
    return max(rows for rows in range(1, int(cores**0.5) + 1) if cores % rows == 0)


def _fits(design: Design, board: Board) -> bool:
    return fit_of(design, board).overrun == 0
