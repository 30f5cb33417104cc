"""What could follow the cursor in a directive text."""

import re

from workbench.dataflow.words import AUTO, DIMENSIONS, FLEXIBLE, GRID_WORDS, STATEMENT_WORDS, SZ

_WORD = re.compile(r"[A-Za-z_]\w*$")
_CORE_DIMENSIONS = ("P", "K", "C")
_TILES = tuple(f"{letter}_{dim}" for dim in _CORE_DIMENSIONS for letter in "TB")


def candidates(before: str, inside: bool = False) -> tuple[str, ...]:
    """Words that may stand where `before` (the line up to the cursor) ends, likeliest first.

    `inside`: in a text over PEs.
    """
    head = _WORD.sub("", before).rstrip()
    if inside:
        return _inside(head)
    if not head or head.endswith((";", "}", "{")):
        return STATEMENT_WORDS
    if head.endswith(")"):
        return (*_CORE_DIMENSIONS, *DIMENSIONS)
    if re.search(r"cluster\s*\($", head, re.IGNORECASE):
        return (*GRID_WORDS, "P", "L")
    if head.endswith(("(", ",")):
        return (*_TILES, SZ, *GRID_WORDS)
    return ()


def _inside(head: str) -> tuple[str, ...]:
    if not head or head.endswith((";", "}", "{")):
        return tuple(word for word in STATEMENT_WORDS if word not in (AUTO, FLEXIBLE))
    if head.endswith(")"):
        return DIMENSIONS
    return (SZ,) if head.endswith(("(", ",")) else ()


def rest_of_word(text: str, row: int, column: int, inside: bool = False) -> str:
    """The rest of the likeliest word at a place of the text; empty where none is begun or none fits."""
    lines = text.split("\n")
    if not 0 <= row < len(lines):
        return ""
    before = lines[row][:column]
    if lines[row][column : column + 1].isalnum() or "//" in before:
        return ""
    begun = _WORD.search(before)
    if begun is None:
        return ""
    start = begun.group()
    for word in candidates(before, inside):
        if len(word) > len(start) and word.lower().startswith(start.lower()):
            return word[len(start) :]
    return ""
