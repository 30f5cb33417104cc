"""From text to tokens with positions. Nothing is ever refused here: what is no token becomes an UNKNOWN one."""

import re
from enum import IntEnum
from typing import NamedTuple

from workbench.dataflow.diagnostic import Span


class Kind(IntEnum):
    """What a token is."""

    WORD = 0
    NUMBER = 1
    MARK = 2  # ( ) , ; : { }
    COMMENT = 3
    OPEN_COMMENT = 4  # a block comment without its end
    UNKNOWN = 5
    END = 6


class Token(NamedTuple):
    """A token; a comment's span ends with its first line."""

    kind: Kind
    text: str
    line: int
    column: int

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.line, self.column, self.column + len(self.text))


_TOKEN = re.compile(
    r"(?P<space>[^\S\n]+)|(?P<newline>\n)|(?P<word>[A-Za-z_]\w*['’′]?)|(?P<number>\d+)|(?P<mark>[(),;:{}])"
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<open>/\*.*)|(?P<unknown>.)",
    re.DOTALL | re.ASCII,
)
_KIND = {
    "word": Kind.WORD,
    "number": Kind.NUMBER,
    "mark": Kind.MARK,
    "comment": Kind.COMMENT,
    "open": Kind.OPEN_COMMENT,
    "unknown": Kind.UNKNOWN,
}


def lex(text: str, comments: bool = False) -> list[Token]:
    """Tokens of a text, an END token last. Comments are dropped unless asked for; an unclosed one is kept."""
    tokens: list[Token] = []
    line, line_start = 1, 0
    kinds = _KIND
    for match in _TOKEN.finditer(text):
        group = match.lastgroup
        if group == "space":
            continue
        if group == "newline":
            line += 1
            line_start = match.end()
            continue
        found = match.group()
        if group == "comment" and not comments:
            breaks = found.count("\n")
        else:
            tokens.append(Token(kinds[group], found, line, match.start() - line_start + 1))  # type: ignore[index]
            breaks = found.count("\n") if group in ("comment", "open") else 0
        if breaks:
            line += breaks
            line_start = match.start() + found.rfind("\n") + 1
    tokens.append(Token(Kind.END, "", line, len(text) - line_start + 1))
    return tokens
