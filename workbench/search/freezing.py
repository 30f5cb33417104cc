"""Names of what the user may freeze or bound: `A`, `A.core`, `A.rows`, `scheduler`, `subaccelerators` …"""

from collections.abc import Iterable
from dataclasses import dataclass, field

PARTS = (
    "core", "rows", "cols", "planes", "dataflow", "wires", "dsp", "ram", "uram", "bandwidth_share", "pe_dataflow",
    "serves", "pinned_uram",
)  # fmt: skip
GROUPS = {"cores": ("rows", "cols", "planes"), "grid": ("rows", "cols", "planes")}
SCHEDULER = ("alpha", "theta")
SIDES = ("rows", "cols", "planes")
BOUNDABLE = ("cores", *SIDES, "bandwidth_share")
MOST_SUBACCELERATORS = 4
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Frozen:
    """What a search must leave as it is."""

    parts: frozenset[tuple[str, str]] = frozenset()  # (sub-accelerator, part)
    presence: bool = False  # no sub-accelerator is added or removed
    alpha: bool = False
    theta: bool = False
    names: tuple[str, ...] = field(default=())  # as given

    def touches(self, subaccelerator: str) -> bool:
        """Whether anything of a sub-accelerator is frozen; it then keeps its id and cannot be removed."""
        return any(owner == subaccelerator for owner, _ in self.parts)

    def has(self, subaccelerator: str, part: str) -> bool:
        """Whether one part of one sub-accelerator is frozen."""
        return (subaccelerator, part) in self.parts


def read_frozen(names: Iterable[str], ids: tuple[str, ...]) -> Frozen:
    """What the names stand for in a design with these sub-accelerators.

    Raises ValueError for an unknown name, with the names that are allowed.
    """
    parts: set[tuple[str, str]] = set()
    flags = {"presence": False, "alpha": False, "theta": False}
    given = tuple(dict.fromkeys(name.strip() for name in names))
    for name in given:
        owner, _, part = name.partition(".")
        if name == "subaccelerators":
            flags["presence"] = True
        elif owner == "scheduler" and part in ("", *SCHEDULER):
            for weight in [part] if part else SCHEDULER:
                flags[weight] = True
        elif owner in ids and part in ("", "*"):
            parts.update((owner, p) for p in PARTS)
        elif owner in ids and part in GROUPS:
            parts.update((owner, p) for p in GROUPS[part])
        elif owner in ids and part in PARTS:
            parts.add((owner, part))
        else:
            raise ValueError(f"freeze {name!r}: no such variable; {_allowed(ids, (*PARTS, *GROUPS))}")
    return Frozen(frozenset(parts), flags["presence"], flags["alpha"], flags["theta"], given)


def read_bounds(
    bounds: Iterable[tuple[str, float, float]], ids: tuple[str, ...]
) -> dict[tuple[str, str], tuple[float, float]]:
    """Limits by (sub-accelerator or "scheduler", part). `ids` are all ids a design of the search may have.

    Raises ValueError for an unknown name or an empty range.
    """
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for name, low, high in bounds:
        owner, _, part = name.partition(".")
        if not ((owner in ids and part in BOUNDABLE) or (owner == "scheduler" and part in SCHEDULER)):
            raise ValueError(f"bounds of {name!r}: no such variable; {_allowed(ids, BOUNDABLE)}")
        if not 0 <= low <= high:
            raise ValueError(f"bounds of {name!r}: {low} to {high} is no range; low must be 0 <= low <= high")
        found[(owner, part)] = (low, high)
    return found


def searched_ids(ids: tuple[str, ...], frozen: Frozen, most_subaccelerators: int) -> tuple[str, ...]:
    """Ids of all sub-accelerators that a search from a design with `ids` may give a design, its own first."""
    slots = len(ids) if frozen.presence else max(most_subaccelerators, len(ids))
    return ids + tuple(letter for letter in LETTERS if letter not in ids)[: slots - len(ids)]


def check_names(
    ids: tuple[str, ...],
    freeze: Iterable[str],
    bounds: Iterable[tuple[str, float, float]],
    most_subaccelerators: int = MOST_SUBACCELERATORS,
) -> None:
    """Whether a search of these limits can begin at all. Raises ValueError for an unknown name or an empty range."""
    read_bounds(bounds, searched_ids(ids, read_frozen(freeze, ids), most_subaccelerators))


def _allowed(ids: tuple[str, ...], parts: tuple[str, ...]) -> str:
    return (
        f"allowed: {', '.join(ids)} alone or with one of {', '.join('.' + p for p in parts)}; "
        "scheduler, scheduler.alpha, scheduler.theta, subaccelerators"
    )
