"""A recursive parser of the directive language that never stops at a mistake: it says what was found and what was
expected, goes on behind the statement, and reports all mistakes at once."""

from workbench.dataflow.diagnostic import Diagnostic, Severity, Span, at, behind
from workbench.dataflow.lexer import Kind, Token, lex
from workbench.dataflow.statements import (
    ClusterStatement,
    ConstantStatement,
    MapStatement,
    Parsed,
    Size,
    SizeKind,
    Statement,
    WordStatement,
)
from workbench.dataflow.words import (
    AUTO,
    CLUSTER,
    CLUSTER_LETTERS,
    CONSTANT,
    DIMENSIONS,
    FLEXIBLE,
    GRID_OF,
    STATEMENT_OF,
    STATEMENT_WORDS,
    SZ,
    closest,
    dimension,
    tile_word,
)

LARGEST_NUMBER = 2**31 - 1  # MAESTRO keeps sizes in 32-bit integers


def parse(text: str) -> Parsed:
    """Read a directive text. Raises nothing, whatever the text."""
    return _Reader(text).read()


class _BrokenStatementError(Exception):
    """The statement at hand cannot be read further; its diagnostic has been noted."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.tokens = lex(text)
        self.position = 0
        self.constants = self._constants()
        self.blocks = 0

    def read(self) -> Parsed:
        statements: list[Statement] = []
        while self.here.kind is not Kind.END:
            try:
                statement = self._statement()
            except _BrokenStatementError:
                self._skip_statement()
                continue
            if statement is not None:
                statements.append(statement)
        end = self.tokens[-2].span if len(self.tokens) > 1 else self.here.span
        end = Span(end.line, end.end_column, end.end_column)
        self.diagnostics.sort(key=lambda d: (d.line, d.column))
        closed = len(self.tokens) > 1 and self.tokens[-2].text in (";", "}")
        return Parsed(tuple(statements), tuple(self.diagnostics), end, closed)

    @property
    def here(self) -> Token:
        return self.tokens[self.position]

    def _next(self) -> Token:
        token = self.tokens[self.position]
        if token.kind is not Kind.END:
            self.position += 1
        return token

    def _constants(self) -> dict[str, int]:
        """Constants may stand anywhere in the text, so they are gathered before anything is read."""
        found: dict[str, int] = {}
        for word, name, value in zip(self.tokens, self.tokens[1:], self.tokens[2:], strict=False):
            if word.text.lower() == "constant" and name.kind is Kind.WORD and value.kind is Kind.NUMBER:
                found.setdefault(name.text, _number(value.text))
        return found

    def _expected(self, expected: str, fix: str | None = None, insert: str | None = None) -> _BrokenStatementError:
        """Note that something else was expected here; `fix` replaces the token, `insert` goes behind the one before."""
        token = self.here
        if token.kind is Kind.END:
            found = "the text ends here"
        elif token.kind is Kind.OPEN_COMMENT:
            self._unclosed(token)
            return _BrokenStatementError()
        elif token.text == "-":
            found = "found '-' (sizes are positive)"
        else:
            found = f"found '{token.text}'"
        if insert is not None and self.position:
            before = self.tokens[self.position - 1].span
            self.diagnostics.append(behind(before, Severity.ERROR, f"{found}, expected {expected}", insert))
        else:
            self.diagnostics.append(at(token.span, Severity.ERROR, f"{found}, expected {expected}", fix))
        return _BrokenStatementError()

    def _unclosed(self, token: Token) -> None:
        span = Span(token.line, token.column, token.column + 2)
        self.diagnostics.append(at(span, Severity.ERROR, "this comment never ends, expected */ behind it"))

    def _skip_statement(self) -> None:
        while self.here.kind is not Kind.END:
            if self.here.text == ";":
                self._next()
                return
            if self.here.text.lower() in STATEMENT_OF or self.here.kind is Kind.OPEN_COMMENT:
                return
            self._next()

    def _statement(self) -> Statement | None:
        first = self.here
        if first.text == ";":
            self._next()
            return None
        if first.kind is Kind.OPEN_COMMENT:
            self._unclosed(self._next())
            return None
        if first.text in ("{", "}") or first.text.lower() == "dataflow":
            self._next()
            if not self.blocks:
                message = f"'{first.text}' is not needed: only the directives inside the block are read"
                self.diagnostics.append(at(first.span, Severity.HINT, message, ""))
            self.blocks += 1
            return None
        word = STATEMENT_OF.get(first.text.lower())
        if word is None:
            guess = closest(first.text, STATEMENT_WORDS) if first.kind is Kind.WORD else None
            broken = self._expected("SpatialMap, TemporalMap, Cluster, Constant, auto or flexible", guess)
            self._next()  # or the same token would be met for ever
            raise broken
        self._next()
        if word == CLUSTER:
            return self._cluster(first)
        if word == CONSTANT:
            return self._constant(first)
        if word in (AUTO, FLEXIBLE):
            return WordStatement(word, self._end_of_statement(first)[0])
        return self._map(first, spatial=word == STATEMENT_WORDS[0])

    def _map(self, first: Token, spatial: bool) -> MapStatement:
        self._mark("(")
        size = self._size()
        if self.here.text == ")":
            self._expected("',' and the offset", insert=f", {size.text}")
            offset = size
        else:
            self._comma()
            offset = self._size()
        self._mark(")")
        token = self.here
        dim = dimension(token.text)
        if dim is None:
            guess = closest(token.text, DIMENSIONS) if token.kind is Kind.WORD else None
            raise self._expected(f"a dimension ({' '.join(DIMENSIONS)})", guess)
        self._next()
        return MapStatement(spatial, size, offset, dim, token.span, *self._end_of_statement(first))

    def _cluster(self, first: Token) -> ClusterStatement:
        self._mark("(")
        size = self._size()
        letter = ""
        if self.here.text != ")":
            self._comma()
            if self.here.text.upper() not in CLUSTER_LETTERS:
                raise self._expected("the letter P or L, or ')'", "P" if self.here.kind is Kind.WORD else None)
            letter = self._next().text.upper()
        self._mark(")")
        return ClusterStatement(size, letter, *self._end_of_statement(first))

    def _constant(self, first: Token) -> ConstantStatement:
        name = self.here
        if name.kind is not Kind.WORD or not name.text.isidentifier():
            raise self._expected("the name of the constant")
        if name.text.lower() in STATEMENT_OF:
            raise self._expected("the name of the constant; this word is a directive")
        if name.text in GRID_OF or tile_word(name.text) or name.text.lower() == SZ.lower():
            self.diagnostics.append(
                at(name.span, Severity.ERROR, f"'{name.text}' has a meaning of its own, expected another name")
            )
        self._next()
        value = self.here
        if value.kind is not Kind.NUMBER:
            raise self._expected(f"the number that {name.text} stands for")
        self._check_number(value)
        if self.constants.get(name.text) != _number(value.text):
            self.diagnostics.append(
                at(name.span, Severity.ERROR, f"constant {name.text} is {self.constants.get(name.text)} already")
            )
        self._next()
        return ConstantStatement(name.text, _number(value.text), self._end_of_statement(first)[0])

    def _mark(self, mark: str) -> None:
        if self.here.text != mark:
            raise self._expected(f"'{mark}'", insert=mark)
        self._next()

    def _comma(self) -> None:
        if self.here.text == ",":
            self._next()
        elif self.here.kind in (Kind.WORD, Kind.NUMBER):
            before = self.tokens[self.position - 1].span
            self.diagnostics.append(behind(before, Severity.WARNING, "a ',' is missing here", ","))
        else:
            raise self._expected("','", insert=",")

    def _size(self) -> Size:
        token = self.here
        if token.kind is Kind.NUMBER:
            self._next()
            self._check_number(token)
            return Size(SizeKind.NUMBER, token.span, _number(token.text))
        if token.kind is not Kind.WORD:
            raise self._expected("a size: a number, Sz(D), T_D, B_D or a constant")
        if token.text in self.constants:
            self._next()
            return Size(SizeKind.CONSTANT, token.span, self.constants[token.text], token.text)
        if token.text.lower() == "sz":
            return self._full_size()
        tile = tile_word(token.text)
        if tile is not None:
            self._next()
            return Size(SizeKind.BALANCED if tile[0] == "T" else SizeKind.LARGEST, token.span, 0, tile[1])
        grid = GRID_OF.get(token.text.lower())
        if grid is not None:
            self._next()
            return Size(SizeKind.GRID, token.span, 0, grid)
        if token.text.lower() in STATEMENT_OF:
            raise self._expected("a size: a number, Sz(D), T_D, B_D or a constant")
        dim = dimension(token.text)
        guess = f"Sz({dim})" if dim else closest(token.text, (*self.constants, *GRID_OF))
        self._expected("a size: a number, Sz(D), T_D, B_D or a constant", guess)
        self._next()
        return Size(SizeKind.BROKEN, token.span, 0, token.text)

    def _full_size(self) -> Size:
        first = self._next()
        self._mark("(")
        token = self.here
        dim = dimension(token.text)
        if dim is None:
            raise self._expected(f"a dimension ({' '.join(DIMENSIONS)})")
        self._next()
        self._mark(")")
        last = self.tokens[self.position - 1].span
        span = Span(first.line, first.column, last.end_column) if first.line == last.line else token.span
        return Size(SizeKind.FULL, span, 0, dim)

    def _check_number(self, token: Token) -> None:
        value = _number(token.text)
        if value < 1:
            self.diagnostics.append(at(token.span, Severity.ERROR, f"found {token.text}, expected at least 1", "1"))
        elif value > LARGEST_NUMBER:
            self.diagnostics.append(
                at(token.span, Severity.ERROR, f"this number is too large, expected at most {LARGEST_NUMBER:,}")
            )

    def _end_of_statement(self, first: Token) -> tuple[Span, bool]:
        """Read the closing semicolon (the last may be missing); the statement's stretch, and whether that is all."""
        last = self.tokens[self.position - 1].span
        token = self.here
        if token.text == ";":
            last = self._next().span
        elif token.text.lower() in STATEMENT_OF:
            self.diagnostics.append(behind(last, Severity.ERROR, f"found '{token.text}', expected ';' before it", ";"))
        elif token.kind not in (Kind.END, Kind.OPEN_COMMENT) and token.text != "}":
            self._expected("';'")
            self._skip_statement()
        if last.line != first.line:
            return first.span, False
        return Span(first.line, first.column, last.end_column), True


def _number(digits: str) -> int:
    """Value of a run of digits, held just above the largest allowed one where it is longer than any size can be."""
    return int(digits) if len(digits) <= 12 else LARGEST_NUMBER + 1
