"""The block structure of MAESTRO's files: words, braces, comments, and where they stand.

MAESTRO drops the characters space , - > ( ) : tab ; between words and starts a comment at a word that begins with //.
Read here more leniently: a brace may touch a word, and a name keeps its parts (Conv2d-1 is Conv2d_1, not 1).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from workbench.exchange.imported import ExchangeError
from workbench.workload.table_error import quoted

OWN_COMMENT = "workbench:"  # begins the comments in which the writer keeps what the format cannot say
_WORD = re.compile(r"(?P<comment>//[^\n]*)|(?P<brace>[{}])|(?P<word>[^\s,\->():;{}]+)|(?P<newline>\n)")
MOST_DEPTH = 8  # Network, Layer, and a block within it make three


class Word(NamedTuple):
    """A word or a brace, its line (from 1) and where it begins in the text."""

    text: str
    line: int
    place: int


@dataclass
class Block:
    """`head {…}`: the words before the brace, those inside, further blocks, and the writer's own comments.

    `inner` is the stretch of the file's text between the braces; `line` is that of the opening brace.
    """

    head: tuple[str, ...]
    line: int
    words: list[Word] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    inner: tuple[int, int] = (0, 0)

    @property
    def kind(self) -> str:
        """The first word of the head, in lower case: network, layer, dataflow, …"""
        return self.head[0].lower() if self.head else ""

    def find(self, kind: str) -> "Block | None":
        """The first block of a kind within this one."""
        return next((block for block in self.blocks if block.kind == kind), None)


_HEADS = {"network": 2, "layer": 2, "accelerator": 1, "dataflow": 1, "dimensions": 1, "stride": 1}


def read_blocks(path: Path, text: str) -> Block:
    """The whole file as one block without a head. Raises ExchangeError for braces that do not match."""
    root = Block((), 1, inner=(0, len(text)))
    stack = [root]
    for word in _words(text):
        here = stack[-1]
        if word.text.startswith("//"):
            note = word.text.lstrip("/").strip()
            if note.startswith(OWN_COMMENT):
                here.comments.append(note.removeprefix(OWN_COMMENT).strip())
        elif word.text == "{":
            block = Block(_head(here), word.line, inner=(word.place + 1, len(text)))
            if len(stack) > MOST_DEPTH:
                raise ExchangeError(
                    path, "has blocks within blocks within blocks; a layer stands in a network", word.line
                )
            here.blocks.append(block)
            stack.append(block)
        elif word.text == "}":
            if len(stack) == 1:
                raise ExchangeError(path, "found '}' where no block is open; is there one too many?", word.line)
            block = stack.pop()
            block.inner = (block.inner[0], word.place)
        else:
            here.words.append(word)
    if len(stack) > 1:
        name = " ".join(stack[-1].head) or "block"
        raise ExchangeError(
            path, f"{quoted(name)} is never closed: expected '}}'; is the file cut off?", stack[-1].line
        )
    return root


def _words(text: str) -> Iterator[Word]:
    line = 1
    for match in _WORD.finditer(text):
        if match.lastgroup == "newline":
            line += 1
        else:
            yield Word(match.group(), line, match.start())


def _head(block: Block) -> tuple[str, ...]:
    """Take the head of a block that opens off the words before it: from its last keyword on."""
    for back in range(len(block.words) - 1, -1, -1):
        if block.words[back].text.lower() in _HEADS:
            head = tuple(word.text for word in block.words[back:])
            del block.words[back:]
            return head
    return ()
