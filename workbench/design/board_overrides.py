"""Overrides of a board as dotted keys, the one form a design keeps them in."""

from collections.abc import Iterable, Mapping


def flatten(data: Mapping[str, object], under: str = "") -> Iterable[tuple[str, object]]:
    """Nested tables as dotted keys: `{"regions": {"SLR0": {"lut": 1}}}` is `regions.SLR0.lut`."""
    for key, value in data.items():
        name = f"{under}.{key}" if under else key
        if isinstance(value, Mapping):
            yield from flatten(value, name)
        else:
            yield name, value
