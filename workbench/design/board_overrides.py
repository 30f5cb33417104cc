"""Overrides of a board as dotted keys, the one form a design keeps them in."""

from collections.abc import Iterable, Mapping

Override = tuple[str, str | int | float | bool]


def flatten(data: Mapping[str, object], under: str = "") -> Iterable[Override]:
    """Nested tables as dotted keys: `{"regions": {"SLR0": {"lut": 1}}}` is `regions.SLR0.lut`.

    Raises ValueError, its second argument the dotted key, for what is neither a number, a text nor true or false:
    whole lists belong into a board's own file.
    """
    for key, value in data.items():
        name = f"{under}.{key}" if under else key
        if isinstance(value, Mapping):
            yield from flatten(value, name)
        elif isinstance(value, str | int | float):
            yield name, value
        else:
            raise ValueError(
                f"found {type(value).__name__}; allowed: a number, a text, true or false; for a whole list write a "
                f'board file of your own and give it as base = "my-board.toml"',
                name,
            )
