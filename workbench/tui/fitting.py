"""The budget of a design as the screen shows it: what is used, whether it fits, and the smallest way out."""

from workbench.design.design import Design
from workbench.design.report import ResourceUse
from workbench.hardware.board import Board
from workbench.hardware.presets import core_resources, load_core
from workbench.hardware.resources import Resources
from workbench.tui.state import Fit


def fit_of(design: Design, board: Board) -> Fit:
    used = Resources()
    for s in design.subaccelerators:
        used = used + core_resources(load_core(s.core), board, s.dsp, s.ram, s.uram) * s.cores
    avail = Resources()
    for r in board.regions:
        avail = avail + (r.resources - r.shell) * board.usable_share
    res = tuple(
        ResourceUse(n, getattr(used, n), getattr(avail, n))
        for n in ("lut", "ff", "bram", "uram", "dsp", "pes")
        if getattr(avail, n)
    )
    return Fit(res, all(r.share <= 1 for r in res))
