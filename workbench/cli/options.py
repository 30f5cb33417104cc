"""Options that several commands take."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter, Token


def option(help: str, **more: Any) -> Parameter:
    """A switch or a list: no `--no-…` form, and no default worth showing."""
    return Parameter(help=help, negative="", show_default=False, **more)


def read_whole(_: object, tokens: "Sequence[Token]") -> int:
    """A whole number as it was written: 1.5 is refused, not rounded."""
    (token,) = tokens
    try:
        return int(token.value)
    except ValueError:
        raise ValueError(f"{token.value!r} is no whole number") from None


def whole(help: str) -> Parameter:
    """An option that takes a whole number."""
    return Parameter(help=help, converter=read_whole)


Json = Annotated[bool, option("Print one JSON object.")]
Changes = Annotated[
    tuple[str, ...],
    option("Change a variable first: NAME=VALUE, e.g. A.cols=4. May be repeated.", name="--set"),
]
