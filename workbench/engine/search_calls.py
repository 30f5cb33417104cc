"""Calls about the search: its variables, its baselines, the lower bound."""

import msgspec

from workbench.design.design import Design
from workbench.engine.calls import Arguments
from workbench.engine.stations import Stations
from workbench.hardware.presets import load_board
from workbench.search.choices import choices_for
from workbench.search.space import Space


def design_argument(arguments: Arguments, name: str = "design") -> Design:
    """A design among the arguments. Raises ValueError naming what is missing or wrong."""
    if name not in arguments:
        raise ValueError(f"the argument {name!r} is missing: give a design")
    try:
        return msgspec.convert(arguments[name], Design)
    except msgspec.ValidationError as error:
        raise ValueError(f"the argument {name!r} is no design: {error}") from None


def variables_call(arguments: Arguments, _: Stations) -> dict[str, object]:
    """{"design"} → {"variables": [name], "frozen": [name], "cores": [name], "dataflows": [name]}."""
    design = design_argument(arguments)
    space = Space(design, load_board(design.board, design.board_overrides))
    return {
        "variables": list(space.names),
        "frozen": list(space.frozen.names),
        "cores": list(space.choices.cores),
        "dataflows": [choice.name for choice in space.choices.dataflows],
    }


def lower_bound_call(arguments: Arguments, stations: Stations) -> dict[str, object]:
    """{"design"} → the bound of its workload on its board over all cores of the library: fields of LowerBound."""
    from workbench.search.lower_bound import lower_bound

    design = design_argument(arguments)
    scorer = stations.scorer(design)
    bound = lower_bound(scorer, choices_for(scorer.board, design))
    return {"workload": design.workload, "board": design.board, **msgspec.to_builtins(bound)}
