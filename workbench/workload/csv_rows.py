"""Reads a CSV file into rows that remember their line, and refuses everything that is not a table."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from workbench.workload.table_error import TableError, quoted

MAX_FILE_BYTES = 16 * 1024 * 1024  # largest known table: 82 kB
MAX_ROWS = 50_000  # largest known table: 782 rows
MAX_NUMBER = 2**31 - 1  # any size, kernel or count; keeps products inside 64 bits with room to spare


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file and its fields by column."""

    path: Path
    line: int
    fields: dict[str, str]

    def fail(self, column: str | None, message: str) -> TableError:
        """The error for a field of this row."""
        return TableError(self.path, message, self.line, column)

    def text(self, column: str) -> str:
        """A field without surrounding blanks; empty if the table lacks the column."""
        return self.fields.get(column, "").strip()

    def name(self, column: str, reserved: str) -> str:
        """A layer's name: a printable word without blanks, other than `reserved`."""
        text = self.text(column)
        if not text or not text.isprintable() or " " in text or text == reserved:
            raise self.fail(column, f"{quoted(text)} cannot name a layer; a word without blanks, not '{reserved}'")
        return text

    def number(self, column: str, default: int | None = None, least: int = 1) -> int:
        """A whole number of at least `least`; an empty field gives `default`, an error if that is None."""
        text = self.text(column)
        if not text:
            if default is None:
                raise self.fail(column, f"is empty; a whole number from {least} to {MAX_NUMBER} is needed")
            return default
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()):
            raise self.fail(column, f"{quoted(text)} is not a whole number from {least} to {MAX_NUMBER}")
        if len(digits) > len(str(MAX_NUMBER)) or not least <= int(text) <= MAX_NUMBER:
            raise self.fail(column, f"{quoted(text)} is out of range; allowed: {least} to {MAX_NUMBER}")
        return int(text)


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file: comment lines before the header (without `#`), the header's columns, and the rows."""

    path: Path
    comments: tuple[str, ...]
    columns: tuple[str, ...]
    header_line: int
    rows: tuple[Row, ...]


def read_text(path: Path) -> str:
    """The text of a user's file.

    Raises TableError if it is missing, a folder, unreadable, too large, empty, binary or not UTF-8.
    """
    try:
        if path.is_dir():
            raise TableError(path, "is a folder; a file is needed")
        with path.open("rb") as file:  # the size of a device or pipe is only known by reading
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise TableError(path, f"is larger than {MAX_FILE_BYTES // 2**20} MiB; no layer table is that large")
    except (OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TableError(path, f"cannot be read: {reason}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError(path, f"is not UTF-8 text (byte {error.start})", line) from error
    if "\0" in text:
        raise TableError(path, "is not a text file (it holds NUL bytes)", text.count("\n", 0, text.index("\0")) + 1)
    if not text.strip():
        raise TableError(path, "is empty")
    return text


def read_csv(path: Path) -> CsvTable:
    """A CSV file with a header line and at least one row.

    Lines that begin with `#` before the header are comments; blank lines are skipped.
    Raises TableError for anything else, a row with too few or too many fields included.
    """
    text = read_text(path)
    comments: list[str] = []
    rest = text
    skipped = 0
    while rest.startswith("#") or rest[:1] in "\r\n":
        if not rest:
            break
        head, _, rest = rest.partition("\n")
        skipped += 1
        if head.startswith("#"):
            comments.append(head[1:].strip())
    reader = csv.reader(io.StringIO(rest, newline=""), strict=True)
    columns: tuple[str, ...] = ()
    header_line = 0
    rows: list[Row] = []
    try:
        for record in reader:
            if not record or (len(record) == 1 and not record[0].strip()):
                continue
            line = reader.line_num + skipped
            if not columns:
                columns = tuple(field.strip() for field in record)
                header_line = line
                twice = sorted({c for c in columns if columns.count(c) > 1})
                if twice:
                    raise TableError(path, f"the header names a column twice: {', '.join(twice)[:80]}", line)
                continue
            if len(record) != len(columns):
                way = "is the file cut off?" if len(record) < len(columns) else "is there a stray comma?"
                raise TableError(path, f"has {len(record)} fields where the header has {len(columns)}; {way}", line)
            if len(rows) == MAX_ROWS:
                raise TableError(path, f"has more than {MAX_ROWS} rows; no network is that large", line)
            rows.append(Row(path, line, dict(zip(columns, record, strict=True))))
    except csv.Error as error:
        raise TableError(path, f"is not valid CSV: {error}", reader.line_num + skipped) from error
    if not columns:
        raise TableError(path, "holds comments only; a header line is needed")
    return CsvTable(path, tuple(comments), columns, header_line, tuple(rows))
