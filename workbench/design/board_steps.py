"""What-ifs of the card itself: bandwidth, clock, ports, usable share, static power. None changes the design."""

from workbench.hardware.board import Board, PortRule
from workbench.hardware.presets import PresetError, override_board

BANDWIDTH_FACTORS = (0.5, 2.0)
CLOCK_FACTORS = (0.9, 1.1)
USABLE_STEP = 0.05
STATIC_W = (0.0, 10.0, 30.0, 60.0, 100.0)  # from a bare die to a card at rest at its most

BoardStep = tuple[str, object, object, Board]  # variable, value now, value then, changed board


def board_steps(board: Board) -> list[BoardStep]:
    """Every figure of the board one step away, as `--set VARIABLE=VALUE` takes it."""
    steps: list[tuple[str, object, object]] = []
    for group in board.memory:
        key, rate = f"memory.{group.name}.bytes_per_s_per_channel", group.bytes_per_s_per_channel
        steps += [(key, rate, rate * factor) for factor in BANDWIDTH_FACTORS]
    steps += [("clock_hz", board.clock_hz, float(round(board.clock_hz * factor))) for factor in CLOCK_FACTORS]
    steps += [("port_rule", board.port_rule.value, rule.value) for rule in PortRule]
    share = board.usable_share
    steps += [("usable_share", share, round(min(1.0, share + step), 4)) for step in (USABLE_STEP, -USABLE_STEP)]
    steps += [("static_w", board.static_w, watts) for watts in STATIC_W]
    found: list[BoardStep] = []
    for key, before, after in steps:
        if after == before:
            continue
        try:
            changed = override_board(board, {key: after}, "what-if")
        except PresetError:
            continue  # the board has no step in this direction
        found.append((f"board.{key}", before, after, changed))
    return found
