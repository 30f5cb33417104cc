"""Options that several commands take."""

from typing import Annotated, Any

from cyclopts import Parameter


def option(help: str, **more: Any) -> Parameter:
    """A switch or a list: no `--no-…` form, and no default worth showing."""
    return Parameter(help=help, negative="", show_default=False, **more)


Json = Annotated[bool, option("Print one JSON object.")]
Changes = Annotated[
    tuple[str, ...],
    option("Change a variable first: NAME=VALUE, e.g. A.cols=4. May be repeated.", name="--set"),
]
