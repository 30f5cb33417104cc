"""Where each key of a TOML text stands, so that a mistake in it can be named with its line.

The standard library's reader gives values without places. This one gives places without values, and is meant for texts
which that reader has already accepted: it never judges, and where a text puzzles it the key is simply not found.
"""

import re

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"(?P<comment>\#[^\n]*)"
    r"|(?P<text>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')"
    r"|(?P<newline>\n)|(?P<mark>[\[\]{}=,.])|(?P<space>[ \t\r]+)|(?P<word>[^\s\[\]{}=,.\#\"']+)|(?P<other>.)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)")


class _Places:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            kind, found = match.lastgroup or "other", match.group()
            if kind not in ("space", "comment"):
                self.tokens.append((kind, found, line))
            line += found.count("\n")
        self.tokens.append(("end", "", line))
        self.position = 0
        self.lines: dict[Path, int] = {}
        self.rows: dict[Path, int] = {}  # rows seen so far of each array of tables

    @property
    def here(self) -> tuple[str, str, int]:
        return self.tokens[self.position]

    def next(self) -> tuple[str, str, int]:
        token = self.tokens[self.position]
        self.position = min(self.position + 1, len(self.tokens) - 1)
        return token

    def skip_lines(self) -> None:
        while self.here[0] == "newline":
            self.next()

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while self.here[0] != "end":
            kind, found, line = self.here
            if kind == "newline":
                self.next()
            elif found == "[":
                table = self.header(line)
            else:
                self.pair(table)
        return self.lines

    def note(self, path: Path, line: int) -> None:
        self.lines.setdefault(path, line)

    def header(self, line: int) -> Path:
        self.next()
        array = self.here[1] == "["
        if array:
            self.next()
        keys = self.key()
        while self.here[0] not in ("newline", "end"):
            self.next()
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            last = position == len(keys) - 1
            if last and array:
                row = self.rows.get(path, -1) + 1
                self.rows[path] = row
                self.note(path, line)
                path = (*path, row)
            elif path in self.rows:
                path = (*path, self.rows[path])
        self.note(path, line)
        return path

    def key(self) -> list[str]:
        keys: list[str] = []
        while True:
            kind, found, _ = self.here
            if kind == "text":
                keys.append(_ESCAPE.sub(r"\1", found[1:-1]) if found[0] == '"' else found[1:-1])
            elif kind == "word":
                keys.append(found)
            else:
                return keys
            self.next()
            if self.here[1] != ".":
                return keys
            self.next()

    def pair(self, table: Path) -> None:
        line = self.here[2]
        before = self.position
        keys = self.key()
        path = table
        for key in keys:
            path = (*path, key)
            self.note(path, line)
        if self.here[1] == "=":
            self.next()
            self.value(path)
        elif self.position == before:
            self.next()

    def value(self, path: Path) -> None:
        kind, found, line = self.here
        if found == "[" and kind == "mark":
            self.next()
            index = 0
            self.skip_lines()
            while self.here[1] != "]" and self.here[0] != "end":
                self.note((*path, index), self.here[2])
                before = self.position
                self.value((*path, index))
                self.skip_lines()
                if self.here[1] == "," and self.here[0] == "mark":
                    self.next()
                    index += 1
                elif self.position == before:
                    self.next()
                self.skip_lines()
            self.next()
        elif found == "{" and kind == "mark":
            self.next()
            self.note(path, line)
            while self.here[1] != "}" and self.here[0] != "end":
                before = self.position
                self.pair(path)
                if self.here[1] == "," or self.position == before:
                    self.next()
                self.skip_lines()
            self.next()
        else:
            while self.here[0] in ("word", "text", "other") or (self.here[0] == "mark" and self.here[1] == "."):
                self.next()


def key_lines(text: str) -> dict[Path, int]:
    """Line (from 1) of every key and array item by its path, e.g. ("subaccelerator", 1, "core"). Raises nothing."""
    return _Places(text).read()


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Line of a key, or of the nearest table around it that stands in the text."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


def path_words(path: Path) -> str:
    """A path as a person writes it: `subaccelerator[1].core`, rows counted from 1."""
    words = ""
    for part in path:
        if isinstance(part, int):
            words += f"[{part + 1}]"
        else:
            words += f".{part}" if words else part
    return words
