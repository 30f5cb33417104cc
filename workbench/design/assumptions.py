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


def unconfirmed_facts(board: Board, energy: EnergyTable) -> tuple[str, ...]:
    """Fields of the board and of its energy table that are marked unconfirmed, in words."""
    facts = [name.replace("_", " ") for name in board.unconfirmed]
    if energy.unconfirmed:
        facts.append(f"energy table {energy.name}")
    return tuple(dict.fromkeys(facts))
