"""A design on another board. DPU-like cores do not exist on ASIC boards, nor PE arrays on cards."""

from collections.abc import Sequence
from dataclasses import replace

from workbench.design import edit
from workbench.design.design import Design
from workbench.hardware.board import Board
from workbench.hardware.presets import board_names, load_board
from workbench.tui import numbers


def on_board(design: Design, board: str, earlier: Sequence[Design] = ()) -> tuple[Design, str]:
    """The design on a board of the same kind; on one of the other kind the latest of `earlier` designs that was on it,
    with the tenants of now, else a first design. Gives the words for the step too. Raises ValueError."""
    words = f"board {design.board} → {board}"
    if load_board(board).family is edit.design_board(design).family:
        return edit.set_board(design, board), words
    for before in reversed(earlier):
        if before.board == board:
            same = (before.workload, before.tenants) == (design.workload, design.tenants)
            schedule = before.schedule if same else ()
            now = replace(
                before, workload=design.workload, tenants=design.tenants, objective=design.objective, schedule=schedule
            )
            return now, f"{words}, as it was"
    from workbench.design.first import first_on_board

    return first_on_board(design, board), f"{words}, a first design"


def boards() -> list[tuple[str, str]]:
    """Every board by name, with a few words about it."""
    return [(name, _words(load_board(name))) for name in board_names()]


def _words(board: Board) -> str:
    pes = sum(region.resources.pes for region in board.regions)
    room = f"{numbers.number(pes)} PEs" if pes else f"{numbers.number(_usable_klut(board))} k LUT"
    bandwidth = sum(group.channels * group.bytes_per_s_per_channel for group in board.memory) / 1e9
    return f"{board.family.value.upper()}, {room}, {numbers.number(bandwidth)} GB/s, {board.clock_hz / 1e6:.0f} MHz"


def _usable_klut(board: Board) -> float:
    return sum(region.resources.lut - region.shell.lut for region in board.regions) / 1e3
