"""How a line of directives is inked: the language's own token classes in the roles of the screen."""

from functools import lru_cache

from workbench.dataflow.highlighting import TokenClass, comment_open, tokens
from workbench.dataflow.lexer import Kind, lex
from workbench.dataflow.words import SPATIAL, STATEMENT_OF
from workbench.tui.ink import BOLD, COMMENT, DATA_BOLD, DIM, RED, TEXT, Ink

# A stretch of a line: columns from 0, the end behind the last character.
Stretch = tuple[int, int, Ink]

_INK = {
    TokenClass.SPATIAL: BOLD, TokenClass.STRUCTURE: BOLD, TokenClass.DIMENSION: DATA_BOLD, TokenClass.MARK: DIM,
    TokenClass.COMMENT: COMMENT, TokenClass.UNKNOWN: RED,
}  # fmt: skip
GHOSTS = ("rows", "columns", "planes")


@lru_cache(maxsize=64)
def ink_text(text: str) -> dict[int, tuple[Stretch, ...]]:
    """Stretches of every line, by line number from 0; what is not named is plain text."""
    found: dict[int, tuple[Stretch, ...]] = {}
    in_comment = False
    for number, line in enumerate(text.split("\n")):
        spans = tokens(line, in_comment)
        found[number] = tuple((s.column - 1, s.end_column - 1, _INK.get(s.kind, TEXT)) for s in spans)
        in_comment = comment_open(line, in_comment)
    return found


@lru_cache(maxsize=64)
def ghost_words(text: str) -> dict[int, str]:
    """What each spatial line runs over (`rows`, `columns`, `planes`; `all cores` for a single one), by line from 0."""
    lines: list[int] = []
    tokens = lex(text)
    for token in tokens:
        if token.kind is Kind.WORD and STATEMENT_OF.get(token.text.lower()) == SPATIAL:
            lines.append(token.line - 1)
    if len(lines) == 1:
        return {lines[0]: "all cores"}
    return dict(zip(lines, GHOSTS, strict=False))
