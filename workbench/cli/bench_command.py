"""`workbench bench`."""

from typing import Any

from workbench.cli.ending import DONE, UsageError
from workbench.cli.options import Json
from workbench.cli.output import on_engine_event, print_json, print_line, print_table
from workbench.engine.client import call

NAMES = ("score", "schedule", "directives", "search", "screen", "accuracy")


def bench(*names: str, kills: int = 20, json: Json = False) -> int:
    """Measure this machine and print tables, each with a reference measured in the same run.

    Parameters
    ----------
    names
        score, schedule, directives, search, screen, accuracy; all if none is named.
    kills
        How often bench screen kills screen and search at random moments.
    """
    if kills < 0:
        raise UsageError(f"--kills {kills}: allowed: 0 or more")
    for name in names:
        if name not in NAMES:
            raise UsageError(f"bench {name}: allowed: {', '.join(NAMES)}")
    tables: list[dict[str, Any]] = []
    for name in names or NAMES:
        answer: Any = call(
            "bench", {"name": name, "options": {"kills": kills} if name == "screen" else {}}, on_event=on_engine_event
        )
        for table in answer["tables"]:
            tables.append(table)
            if not json:
                _print(table)
    if json:
        print_json({"tables": tables})
    return DONE


def _print(table: dict[str, Any]) -> None:
    print_table(table["header"], table["rows"], table["numbers"])
    for note in table["notes"]:
        print_line(note)
    print_line()
