"""How a line of directives is inked: the project's own lexer decides what is what."""

from functools import lru_cache

from workbench.dataflow.lexer import Kind, Token, lex
from workbench.dataflow.words import AUTO, CLUSTER, CONSTANT, FLEXIBLE, SPATIAL, STATEMENT_OF, TEMPORAL, dimension
from workbench.tui.ink import BOLD, COMMENT, DATA_BOLD, DIM, RED, TEXT, Ink

# A stretch of a line: columns from 0, the end behind the last character.
Stretch = tuple[int, int, Ink]

_STATEMENT_INK = {SPATIAL: BOLD, CLUSTER: BOLD, TEMPORAL: TEXT, CONSTANT: TEXT, AUTO: BOLD, FLEXIBLE: BOLD}
GHOSTS = ("rows", "columns", "planes")


def _word_ink(token: Token, before: Token | None) -> Ink:
    statement = STATEMENT_OF.get(token.text.lower())
    if statement is not None:
        return _STATEMENT_INK[statement]
    if before is not None and before.text == ")" and dimension(token.text) is not None:
        return DATA_BOLD
    return TEXT


@lru_cache(maxsize=64)
def ink_text(text: str) -> dict[int, tuple[Stretch, ...]]:
    """Stretches of every line, by line number from 0; what is not named is plain text."""
    lines = text.split("\n")
    found: dict[int, list[Stretch]] = {}
    before: Token | None = None
    for token in lex(text, comments=True):
        line, column = token.line - 1, token.column - 1
        match token.kind:
            case Kind.COMMENT | Kind.OPEN_COMMENT:
                for k, part in enumerate(token.text.split("\n")):
                    start = column if k == 0 else 0
                    found.setdefault(line + k, []).append((start, start + len(part), COMMENT))
                continue
            case Kind.WORD:
                ink = _word_ink(token, before)
            case Kind.MARK:
                ink = DIM
            case Kind.UNKNOWN:
                ink = RED
            case Kind.END:
                break
            case _:
                ink = TEXT
        found.setdefault(line, []).append((column, column + len(token.text), ink))
        before = token
    return {line: tuple(stretches) for line, stretches in found.items() if line < len(lines)}


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
