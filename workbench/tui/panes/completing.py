"""What the editor offers at its cursor: the rest of the likeliest word."""

from workbench.dataflow.highlighting import completions


def rest_of_word(text: str, row: int, column: int, inside: bool = False) -> str:
    """The rest of the likeliest word at a place of the text (row and column from 0); empty where none is begun or none
    fits. `inside`: in a text over PEs.
    """
    lines = text.split("\n")
    if not 0 <= row < len(lines) or lines[row][column : column + 1].isalnum():
        return ""
    for found in completions(text, row + 1, column + 1, inside):
        begun = column + 1 - found.column
        if 0 < begun < len(found.text):
            return found.text[begun:]
    return ""
