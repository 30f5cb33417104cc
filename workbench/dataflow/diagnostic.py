"""What is wrong with a directive text, where, and the edit that mends it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """How bad a finding is; only an ERROR keeps a text from being resolved."""

    HINT = 0
    WARNING = 1
    ERROR = 2


class Span(NamedTuple):
    """A stretch of one line: line and columns count from 1, `end_column` lies behind the last character."""

    line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding in plain words. `fix` replaces the stretch (an empty one: inserts there); None if no edit is known."""

    severity: Severity
    line: int
    column: int
    end_column: int
    message: str
    fix: str | None = None

    def __str__(self) -> str:
        return f"{self.line}:{self.column} {self.message}"


def at(span: Span, severity: Severity, message: str, fix: str | None = None) -> Diagnostic:
    """A diagnostic on a stretch of text."""
    return Diagnostic(severity, span.line, span.column, span.end_column, message, fix)


def behind(span: Span, severity: Severity, message: str, fix: str | None = None) -> Diagnostic:
    """A diagnostic on the empty stretch behind another one: its fix is inserted there."""
    return Diagnostic(severity, span.line, span.end_column, span.end_column, message, fix)


def has_errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    """Whether any of them is an ERROR."""
    return any(d.severity is Severity.ERROR for d in diagnostics)


def apply_fix(text: str, diagnostic: Diagnostic) -> str:
    """The text with one diagnostic's fix applied; unchanged if it has none."""
    if diagnostic.fix is None:
        return text
    lines = text.split("\n")
    line = lines[diagnostic.line - 1]
    lines[diagnostic.line - 1] = line[: diagnostic.column - 1] + diagnostic.fix + line[diagnostic.end_column - 1 :]
    return "\n".join(lines)
