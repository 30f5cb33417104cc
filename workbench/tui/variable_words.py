"""A variable's value in the few characters a table column has."""

from workbench.design.explain import known_dataflow
from workbench.tui import numbers


def value_words(variable: str, value: object, room: int = 14) -> str:
    """`4`, `0.62`, `none`, the name of a dataflow; never longer than `room`."""
    if variable.endswith(".dataflow") and isinstance(value, str):
        words = known_dataflow(value) or (value if "\n" not in value else "own text")
    elif variable.endswith(".wires") and isinstance(value, list | tuple):
        words = ", ".join(str(w).removesuffix("-multicast").removesuffix("-ring") for w in value) or "none"
    elif isinstance(value, bool):
        words = "yes" if value else "no"
    elif isinstance(value, float):
        words = numbers.number(value, 0 if value == round(value) and abs(value) >= 10 else 2)
    elif value is None:
        words = numbers.NO_VALUE
    else:
        words = str(value)
    return words if len(words) <= room else words[: room - 1] + "…"
