"""Scorers by what they score on: workload, board and the user's overrides, resolved from a design once."""

from collections import OrderedDict

import msgspec

from workbench.design.design import Design
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.hardware.presets import load_board

KEPT = 6  # scorers with their option tables; a session rarely changes between more workloads and boards


class Stations:
    """A small cache of Scorers. Like a Scorer it belongs to one thread: scores and calls have one each."""

    def __init__(self) -> None:
        self._scorers: OrderedDict[bytes, Scorer] = OrderedDict()

    def scorer(self, design: Design) -> Scorer:
        """The scorer of a design's workload and board. Raises ValueError in words for what presets do not have."""
        key = msgspec.json.encode([design.workload, design.board, design.board_overrides, design.tenants])
        found = self._scorers.get(key)
        if found is None:
            found = Scorer(design_workload(design), load_board(design.board, design.board_overrides))
            self._scorers[key] = found
            while len(self._scorers) > KEPT:
                self._scorers.popitem(last=False)
        self._scorers.move_to_end(key)
        return found
