"""Options that several commands take."""

from typing import Annotated

from cyclopts import Parameter

Json = Annotated[bool, Parameter(negative="", help="Print one JSON object.")]
Changes = Annotated[
    tuple[str, ...],
    Parameter(name="--set", negative="", help="Change a variable first: NAME=VALUE, e.g. A.cols=4. May be repeated."),
]
