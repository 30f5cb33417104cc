"""What a directive text means at the core level, where only three loops exist: P, C and K."""

from dataclasses import dataclass
from enum import IntEnum


class Loop(IntEnum):
    """The three loops over cores. P: batch × output rows; C: input channels; K: output channels (groups × N)."""

    P = 0
    C = 1
    K = 2


class TileRule(IntEnum):
    """How a temporal loop's tile is chosen."""

    BALANCED = 0  # T_D: ⌈Sz(D) / units used⌉, the whole share of a core
    LARGEST = 1  # B_D: the largest tile that fits the banks, innermost loop first
    FULL = 2  # Sz(D) of what the core holds
    FIXED = 3  # a literal number of core tiles


@dataclass(frozen=True, slots=True)
class TemporalLoop:
    """One temporal loop and its tile; `size` counts only for TileRule.FIXED."""

    loop: Loop
    rule: TileRule
    size: int = 0


@dataclass(frozen=True, slots=True)
class CoreDataflow:
    """A sub-accelerator's dataflow, resolved against its grid.

    `spatial` names the loop over rows, then columns, then planes (at most three, all different; one entry means that it
    runs over rows × cols as one line of cores). `temporal` is outermost first and always names all three loops, unless
    `auto` lets the compiler choose order and tiles per layer. `flexible` allows any split of any loop per layer.
    """

    spatial: tuple[Loop, ...]
    temporal: tuple[TemporalLoop, ...] = ()
    auto: bool = False
    flexible: bool = False
