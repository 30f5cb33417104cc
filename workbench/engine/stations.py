"""Scorers by what they score on: workload, board and the user's overrides, resolved from a design once."""

from collections import OrderedDict
from pathlib import Path

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
        self._versions: dict[bytes, tuple[int, ...]] = {}  # of the files a scorer rests on, as they were read

    def scorer(self, design: Design) -> Scorer:
        """The scorer of a design's workload and board. Raises ValueError in words for what presets do not have."""
        key = msgspec.json.encode([design.workload, design.board, design.board_overrides, design.tenants])
        found = self._scorers.get(key)
        if found is None or self._versions[key] != _versions(design, found):
            found = Scorer(design_workload(design), load_board(design.board, design.board_overrides))
            self._scorers[key] = found
            self._versions[key] = _versions(design, found)
            while len(self._scorers) > KEPT:
                del self._versions[self._scorers.popitem(last=False)[0]]
        self._scorers.move_to_end(key)
        return found


def _versions(design: Design, scorer: Scorer) -> tuple[int, ...]:
    """When the files of the user's own board and measured layers were last written; 0 for one that is gone."""
    names = [name for name in (design.board, scorer.board.measured) if name.endswith((".toml", ".csv"))]
    return tuple(_written_ns(Path(name)) for name in names)


def _written_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
