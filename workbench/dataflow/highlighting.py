"""What an editor asks after every key stroke: classes of a line's tokens, and what may stand at the cursor."""

from dataclasses import dataclass
from enum import IntEnum

from workbench.dataflow.lexer import Kind, Token, lex
from workbench.dataflow.words import (
    CLUSTER,
    CONSTANT,
    DIMENSION_WORDS,
    DIMENSIONS,
    GRID_OF,
    GRID_WORDS,
    SPATIAL,
    STATEMENT_OF,
    TEMPORAL,
    dimension,
    tile_word,
)


class TokenClass(IntEnum):
    """How a stretch of text is drawn."""

    SPATIAL = 0  # SpatialMap
    DIRECTIVE = 1  # TemporalMap, Constant
    STRUCTURE = 2  # Cluster, auto, flexible
    DIMENSION = 3  # that a map is of
    SIZE = 4  # Sz and its dimension, T_D, B_D, rows, cols, planes
    NUMBER = 5
    NAME = 6  # a constant, or a word that is not known
    MARK = 7
    COMMENT = 8
    UNKNOWN = 9


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """A stretch of a line: columns count from 1, `end_column` lies behind the last character."""

    column: int
    end_column: int
    kind: TokenClass


@dataclass(frozen=True, slots=True)
class Completion:
    """A word that may stand at the cursor; it replaces the line from `column` to the cursor."""

    text: str
    words: str
    column: int


_CLASS = {
    Kind.NUMBER: TokenClass.NUMBER,
    Kind.MARK: TokenClass.MARK,
    Kind.COMMENT: TokenClass.COMMENT,
    Kind.OPEN_COMMENT: TokenClass.COMMENT,
    Kind.UNKNOWN: TokenClass.UNKNOWN,
}

_OVER_CORES = ("auto;", "flexible;")
_CORE_DIMENSIONS = ("P", "K", "C")
_PLAIN = {TEMPORAL: TokenClass.DIRECTIVE, CONSTANT: TokenClass.DIRECTIVE}

_STATEMENTS = (
    ("SpatialMap(", "one tile per core or unit"),
    ("TemporalMap(", "tiles one after the other"),
    ("Cluster(", "the maps below run inside a unit of those above"),
    ("auto;", "order and tiles are chosen per layer"),
    ("flexible;", "every layer splits in its own way, for all wires"),
    ("Constant ", "a name for a number"),
)


def tokens(line: str, in_comment: bool = False) -> tuple[TokenSpan, ...]:
    """Token classes of one line. `in_comment`: the line begins inside a block comment (see comment_open)."""
    start = 0
    spans: list[TokenSpan] = []
    if in_comment:
        end = line.find("*/")
        if end < 0:
            return (TokenSpan(1, len(line) + 1, TokenClass.COMMENT),) if line else ()
        start = end + 2
        spans.append(TokenSpan(1, start + 1, TokenClass.COMMENT))
    statement, depth = "", 0
    for token in lex(line[start:], comments=True):
        if token.kind is Kind.END:
            break
        first = token.column + start
        depth = max(0, depth + (token.text == "(") - (token.text == ")"))
        if token.kind is Kind.WORD:
            kind = _word_class(token.text, statement, depth)
            statement = STATEMENT_OF.get(token.text.lower(), statement)
        else:
            kind = _CLASS[token.kind]
            if token.text == ";":
                statement, depth = "", 0
        spans.append(TokenSpan(first, first + len(token.text), kind))
    return tuple(spans)


def _word_class(text: str, statement: str, depth: int) -> TokenClass:
    word = STATEMENT_OF.get(text.lower())
    if word is not None:
        return TokenClass.SPATIAL if word == SPATIAL else _PLAIN.get(word, TokenClass.STRUCTURE)
    if text.lower() == "sz" or tile_word(text) or text.lower() in GRID_OF:
        return TokenClass.SIZE
    if statement in (SPATIAL, TEMPORAL, "") and dimension(text) is not None:
        return TokenClass.SIZE if depth else TokenClass.DIMENSION
    return TokenClass.NAME


def comment_open(line: str, in_comment: bool = False) -> bool:
    """Whether the next line begins inside a block comment."""
    if in_comment:
        end = line.find("*/")
        if end < 0:
            return True
        line = line[end + 2 :]
    return any(token.kind is Kind.OPEN_COMMENT for token in lex(line))


def completions(text: str, line: int, column: int, inside: bool = False) -> list[Completion]:
    """Words that may stand at a cursor (line and column count from 1), those that fit what is typed already.

    `inside`: in a text over a core's PEs, which has every dimension, but neither tiles that are chosen per layer nor
    the grid of cores.
    """
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return []
    typed = "\n".join([*lines[: line - 1], lines[line - 1][: column - 1]])
    found = lex(typed)
    if len(found) > 1 and found[-2].kind is Kind.OPEN_COMMENT:
        return []
    if "//" in lines[line - 1][: column - 1]:
        return []
    before = found[:-1]
    prefix, start = "", column
    if before and before[-1].kind is Kind.WORD and before[-1].line == line:
        last = before[-1]
        if last.column + len(last.text) == column:
            prefix, start = last.text, last.column
            before = before[:-1]
    offers = _offers(before, text, inside)
    return [Completion(word, words, start) for word, words in offers if word.lower().startswith(prefix.lower())]


def _offers(before: list[Token], text: str, inside: bool) -> list[tuple[str, str]]:
    """What may follow these tokens."""
    statement: list[Token] = []
    for token in before:
        if token.text == ";":
            statement = []
        elif token.kind is Kind.WORD and token.text.lower() in STATEMENT_OF:
            statement = [token]
        elif statement:
            statement.append(token)
    if not statement:
        return [offer for offer in _STATEMENTS if not inside or offer[0] not in _OVER_CORES]
    word = STATEMENT_OF[statement[0].text.lower()]
    marks = [token.text for token in statement if token.kind is Kind.MARK]
    depth = marks.count("(") - marks.count(")")
    if word == CLUSTER:
        opened = depth == 1 and marks[-1] == "(" and not inside
        return [(grid, f"the grid's {grid}") for grid in GRID_WORDS] if opened else []
    if word not in (SPATIAL, TEMPORAL):
        return []
    dimensions = tuple(dim for dim in DIMENSIONS if dim != "P") if inside else _CORE_DIMENSIONS
    words = [(dim, DIMENSION_WORDS[dim]) for dim in dimensions]
    if depth == 2:
        return words
    if depth == 1 and marks[-1] in "(,":
        spatial = word == SPATIAL
        balanced = [(f"T_{dim}", f"a unit's share of {dim}") for dim in dimensions]
        largest = [(f"B_{dim}", f"the largest tile of {dim} that fits") for dim in dimensions]
        full = [(f"Sz({dim})", f"all of {dim}") for dim in dimensions]
        tiles = [] if inside else balanced + largest if spatial else largest + balanced
        return [*tiles, *full, *_constants(text)]
    if depth == 0 and marks and statement[-1].text == ")":
        return words
    return []


def _constants(text: str) -> list[tuple[str, str]]:
    found = lex(text)
    return [
        (name.text, f"constant, {value.text}")
        for word, name, value in zip(found, found[1:], found[2:], strict=False)
        if word.text.lower() == CONSTANT.lower() and name.kind is Kind.WORD and value.kind is Kind.NUMBER
    ]
