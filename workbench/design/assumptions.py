"""The assumption switches a score was made under, and the facts it rests on that no document confirms."""

from workbench.hardware.board import Board, Family
from workbench.hardware.energy import EnergyTable


def assumptions(board: Board) -> tuple[tuple[str, str], ...]:
    """Switch and value, as titles and exports show them."""
    switches = [
        ("bandwidth", board.bandwidth_rule.value),
        ("energy", board.energy),
        ("static power", f"{board.static_w:g} W"),
        ("activations", "kept on chip" if board.keep_activations else "off chip between layers"),
    ]
    if board.family is Family.FPGA:
        switches.insert(0, ("ports", board.port_rule.value))
        switches.append(("resources", board.resource_curve))
    return tuple(switches)


PART_RESTS_ON = {"board, static": "static w", "cores, idle": "idle w per klut"}  # other parts: the energy table
ENERGY_TABLE = "energy table "


def part_is_unconfirmed(part: str, facts: tuple[str, ...]) -> bool:
    """Whether a part of a score's energy rests on one of the score's unconfirmed facts."""
    own = PART_RESTS_ON.get(part)
    return own in facts if own else any(fact.startswith(ENERGY_TABLE) for fact in facts)


def unconfirmed_facts(board: Board, energy: EnergyTable) -> tuple[str, ...]:
    """Fields of the board and of its energy table that are marked unconfirmed, in words."""
    facts = [name.replace("_", " ") for name in board.unconfirmed]
    if energy.unconfirmed:
        facts.append(f"{ENERGY_TABLE}{energy.name}")
    return tuple(dict.fromkeys(facts))
