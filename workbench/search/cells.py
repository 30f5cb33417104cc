"""What `reproduce` runs: workloads × boards under assumptions, and the published range that belongs to each."""

from dataclasses import dataclass

WORKLOADS = ("vision", "nlp", "mixed")
ASIC_BOARDS = ("edge", "mobile", "cloud")
FPGA_BOARDS = ("u200", "u280")
BOARDS = (*ASIC_BOARDS, *FPGA_BOARDS)

Override = tuple[str, str | int | float | bool]

# Static power is not known for any of these cards: winners are judged again under each of these figures.
STATIC_POWERS_W = (0.0, 10.0, 30.0, 60.0, 100.0)


@dataclass(frozen=True, slots=True)
class Assumption:
    """One setting of the switches, as overrides of a board. `boards`: those it can change."""

    name: str
    words: str
    overrides: tuple[Override, ...]
    boards: tuple[str, ...]


DEFAULT = Assumption("default", "the boards as they are", (), BOARDS)
ASSUMPTIONS: tuple[Assumption, ...] = (
    DEFAULT,
    Assumption(
        "ports-in-proportion", "ports as wide as cores are large", (("port_rule", "proportional"),), FPGA_BOARDS
    ),
    Assumption("own-cores", "the research group's resource curve", (("resource_curve", "tpds"),), FPGA_BOARDS),
    Assumption("ports-shared", "no limit of a core's port", (("port_rule", "shared"),), FPGA_BOARDS),
    Assumption("no-static-power", "0 W static, searched anew", (("static_w", 0.0),), FPGA_BOARDS),
    Assumption("high-static-power", "100 W static, searched anew", (("static_w", 100.0),), FPGA_BOARDS),
    Assumption("12-nm", "energy of a 12 nm chip", (("energy", "asic-12nm"),), ASIC_BOARDS),
)
QUICK_ASSUMPTIONS = ("default", "ports-in-proportion", "own-cores")


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of the table."""

    workload: str
    board: str
    assumption: str = DEFAULT.name

    @property
    def name(self) -> str:
        """Also the name of its file."""
        return f"{self.workload}-{self.board}-{self.assumption}"

    @property
    def overrides(self) -> tuple[Override, ...]:
        """What the assumption changes of the board. Raises ValueError for an unknown assumption."""
        return find_assumption(self.assumption).overrides


@dataclass(frozen=True, slots=True)
class Published:
    """A published range of EDP ratios over the method; `low` 1 where only "up to" is known."""

    low: float
    high: float

    @property
    def words(self) -> str:
        """As the table writes it."""
        return f"{self.low:g}–{self.high:g}"

    def contains(self, ratio: float) -> bool:
        """Whether a ratio, rounded as the range is, lies in it."""
        return self.low <= round(ratio, 1) <= self.high


# The poster's ranges over workloads and platform sizes (IEEE Trans. Computers 72(5), 2023).
HMCA_PUBLISHED = {board: Published(3.0, 7.5) for board in ASIC_BOARDS}
HDA_PUBLISHED = {
    **{board: Published(1.8, 3.6) for board in ASIC_BOARDS},
    "u200": Published(2.1, 5.7),
    "u280": Published(1.8, 9.0),
}


def find_assumption(name: str) -> Assumption:
    """An assumption by name. Raises ValueError naming those there are."""
    for assumption in ASSUMPTIONS:
        if assumption.name == name:
            return assumption
    raise ValueError(f"assumption {name!r}: allowed: {', '.join(a.name for a in ASSUMPTIONS)}")


def plan_cells(
    workloads: tuple[str, ...] = (),
    boards: tuple[str, ...] = (),
    assumptions: tuple[str, ...] = (),
    quick: bool = False,
) -> tuple[Cell, ...]:
    """The cells in the order in which they run: all of the first assumption first. Empty means all.

    Raises ValueError for a name that is not part of the campaign.
    """
    for kind, given, known in (("workload", workloads, WORKLOADS), ("board", boards, BOARDS)):
        for name in given:
            if name not in known:
                raise ValueError(f"{kind} {name!r}: allowed: {', '.join(known)}")
    names = assumptions or (QUICK_ASSUMPTIONS if quick else tuple(a.name for a in ASSUMPTIONS))
    return tuple(
        Cell(workload, board, assumption.name)
        for assumption in map(find_assumption, names)
        for board in boards or BOARDS
        if board in assumption.boards
        for workload in workloads or WORKLOADS
    )
