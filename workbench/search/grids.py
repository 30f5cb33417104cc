"""The grids of cores that bounds allow, and the nearest of them to any other."""

import numpy as np

from workbench.design.limits import MAX_CORES


class Grids:
    """All grids whose rows, columns, planes and number of cores lie within `ranges` and `cores`, (low, high) each.

    Raises ValueError if there is none.
    """

    def __init__(self, owner: str, ranges: list[tuple[float, float]], cores: tuple[float, float]) -> None:
        low, high = np.ceil(max(cores[0], 1)), np.floor(min(cores[1], MAX_CORES))
        sides = [np.arange(max(np.ceil(a), 1), min(np.floor(b), high) + 1) for a, b in ranges]
        pairs = np.stack(np.meshgrid(sides[0], sides[1], indexing="ij"), -1).reshape(-1, 2)
        pairs = pairs[pairs.prod(1) <= high]
        planes = sides[2][:, None]
        count = pairs.prod(1)[None, :] * planes
        at_plane, at_pair = np.nonzero((count >= low) & (count <= high))
        self._sizes = np.column_stack([pairs[at_pair], planes[at_plane, 0]])
        self._logs = np.log(self._sizes)
        if not len(self._sizes):
            words = ", ".join(
                f"{name} {a:g} to {b:g}"
                for name, (a, b) in zip(("rows", "cols", "planes", "cores"), [*ranges, cores], strict=True)
            )
            raise ValueError(f"bounds of {owner}: no grid has {words}; widen one of them")

    def nearest(self, rows: int, cols: int, planes: int) -> tuple[int, int, int]:
        """The grid of least ratio to another, side by side; that one itself where it is allowed."""
        away = np.abs(self._logs - np.log([rows, cols, planes])).sum(1)
        found = self._sizes[int(np.argmin(away))]
        return int(found[0]), int(found[1]), int(found[2])
