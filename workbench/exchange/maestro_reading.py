"""Layers of MAESTRO's networks. Y and X are padded input sizes: the format knows no padding, edges or repeats.

Layers are linked into a chain. Where the layer before yields an image that some padding of at most the kernel's extent
turns into Y × X, that image is what is read; otherwise a copy stands between (for a pool, a crop or another branch,
which the format does not list), or, if the layer before yields too little, the layer reads memory.
"""

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from workbench.dataflow.diagnostic import Severity
from workbench.dataflow.parser import parse
from workbench.dataflow.statements import Parsed
from workbench.exchange.imported import ExchangeError, Imported
from workbench.exchange.layer_list import INPUT, LayerList, NoLayerError, Value
from workbench.exchange.maestro_blocks import Block, Word
from workbench.workload.layer import LayerKind, LayerShape, Operands
from workbench.workload.network import Network
from workbench.workload.table_error import close_matches, quoted

MAX_LAYERS = 50_000
MAX_NUMBER = 2**31 - 1  # MAESTRO keeps sizes in 32-bit integers
TYPES = ("CONV", "DSCONV", "NGCONV", "TRCONV", "GEMM")
DIMENSIONS = ("N", "G", "K", "C", "R", "S", "Y", "X", "Y'", "X'", "M")
TRANSPOSED_STRIDE = 2  # MAESTRO's dilation factor of TRCONV, which it parses and drops


def read_layers(path: Path, text: str, root: Block) -> tuple[Imported, tuple[str | None, ...]]:
    """The networks' layers in order, with the directive text of each. Raises ExchangeError."""
    constants = _constants(path, root)
    networks = [block for block in root.blocks if block.kind == "network"]
    found = LayerList()
    warnings: list[str] = []
    texts: dict[int, str] = {}
    before = INPUT
    batches: set[int] = set()
    blocks = [layer for network in networks for layer in network.blocks if layer.kind == "layer"]
    if not blocks:
        raise ExchangeError(
            path, "its network has no layers; expected Layer NAME { Type: … Dimensions { … } }", networks[0].line
        )
    if len(blocks) > MAX_LAYERS:
        raise ExchangeError(path, f"has {len(blocks)} layers; at most {MAX_LAYERS} are read")
    for block in blocks:
        name = _name(block)
        shape, images = _shape(path, block, constants)
        batches.add(images)
        shape = _unpadded(found, before, shape)
        try:
            value = found.add(name, shape, [(before, shape.repeat * shape.input_elements)])
        except NoLayerError as error:
            raise ExchangeError(path, f"layer {name}: {error}", block.line) from None
        dataflow = block.find("dataflow")
        if dataflow is not None:
            texts[value.producers[0]] = _dataflow_text(path, text, dataflow, constants)
        before = value
    if found.warnings:
        warnings.append(
            f"{len(found.warnings)} of {len(blocks)} layers read memory and wait for none: the one listed before them "
            f"yields too little (the format has no edges)"
        )
    copies = len(found.layers) - len(blocks)
    if copies:
        warnings.append(
            f"{copies} copies stand where the format lists no layer between two that do not fit (pools, branches)"
        )
    if batches != {1}:
        warnings.append(f"batch N = {max(batches)} is not kept: set the tenant's batch instead")
    name = "_".join(networks[0].head[1:]) or path.stem
    network = Network(name, tuple(found.layers), f"imported from {path.name}")
    return Imported(network, tuple(warnings)), tuple(texts.get(i) for i in range(len(found.layers)))


def lone_dataflow(path: Path, text: str, root: Block) -> str:
    """The directives of a file that holds nothing else. Raises ExchangeError."""
    block = root.find("dataflow") or root
    return _dataflow_text(path, text, block, _constants(path, root))


def _dataflow_text(path: Path, text: str, block: Block, constants: dict[str, int]) -> str:
    """A dataflow block's directives, one per line, constants replaced by their numbers."""
    inside = text[block.inner[0] : block.inner[1]]
    for name, value in constants.items():
        inside = re.sub(rf"(?<![\w'.]){re.escape(name)}(?![\w'.])", str(value), inside)
    first_line = text.count("\n", 0, block.inner[0]) + 1
    parsed = _parsed(inside)
    wrong = next((d for d in parsed.diagnostics if d.severity is Severity.ERROR), None)
    if wrong is not None:
        raise ExchangeError(path, wrong.message, first_line + wrong.line - 1)
    if not parsed.statements:
        raise ExchangeError(path, "holds neither a network, nor directives, nor hardware", block.line)
    return parsed.canonical


@lru_cache(maxsize=64)
def _parsed(text: str) -> Parsed:
    """Mappings of a file are mostly the same text again."""
    return parse(text)


def _constants(path: Path, root: Block) -> dict[str, int]:
    """`Constant NAME 64;` at the file's level."""
    found: dict[str, int] = {}
    words = root.words
    for i, word in enumerate(words):
        if word.text.lower() == "constant":
            if i + 2 >= len(words) or not words[i + 2].text.isdecimal():
                raise ExchangeError(path, "expected Constant NAME NUMBER;", word.line)
            found[words[i + 1].text] = _number(path, words[i + 2], {})
    return found


def _name(block: Block) -> str:
    text = "_".join(block.head[1:])
    return "".join(c if c.isprintable() else "_" for c in text) or f"layer_{block.line}"


def _shape(path: Path, block: Block, constants: dict[str, int]) -> tuple[LayerShape, int]:
    """A layer's shape, padded input sizes as they stand, and its batch."""
    name = _name(block)
    words = [word.text for word in block.words]
    kind = next((words[i + 1] for i, word in enumerate(words[:-1]) if word.lower() == "type"), None)
    if kind is None:
        raise ExchangeError(path, f"layer {name} has no type; expected Type: {', '.join(TYPES)}", block.line)
    if kind not in TYPES:
        hint = close_matches(kind, list(TYPES))
        raise ExchangeError(path, f"layer {name}: type {quoted(kind)} is unknown{hint}", block.line)
    listed = block.find("dimensions")
    if listed is None:
        raise ExchangeError(path, f"layer {name} has no Dimensions {{ … }}", block.line)
    sizes = _pairs(path, listed, constants, DIMENSIONS)
    stride_block = block.find("stride")
    strides = _pairs(path, stride_block, constants, ("X", "Y", "x", "y")) if stride_block else {}
    sy, sx = strides.get("Y", strides.get("y", 1)), strides.get("X", strides.get("x", 1))
    notes = _notes(block)

    def size(dim: str, default: int | None = None) -> int:
        found = sizes.get(dim, default)
        if found is None:
            raise ExchangeError(path, f"layer {name}: {kind} needs a size of {dim} in Dimensions", listed.line)
        return found

    if kind == "GEMM":
        m, n, k, groups = size("M"), size("N"), size("K"), notes.get("groups", 1)
        shape = LayerShape(LayerKind.GEMM, 1, m, groups * k, 1, m, groups * n, groups=groups)
        return _restored(shape, notes), 1
    r, s = size("R", 1), size("S", 1)
    y = sizes["Y"] if "Y" in sizes else (size("Y'") - 1) * sy + r
    x = sizes["X"] if "X" in sizes else (size("X'") - 1) * sx + s
    c, k = size("C"), sizes.get("K", 1)
    groups = sizes.get("G", 1) if kind == "NGCONV" else 1
    images = sizes.get("N", 1)
    if kind == "TRCONV":
        up = TRANSPOSED_STRIDE
        shape = LayerShape(LayerKind.TRANSPOSED, y, x, c, (y - 1) * up + r, (x - 1) * up + s, size("K"), r, s, up, up)
        return shape, images
    if y < r or x < s:
        raise ExchangeError(
            path, f"layer {name}: a kernel of {r}×{s} over {y}×{x}; Y and X are padded input sizes", listed.line
        )
    out_y, out_x = (y - r) // sy + 1, (x - s) // sx + 1
    if kind == "DSCONV":
        shape = LayerShape(LayerKind.DEPTHWISE, y, x, c, out_y, out_x, c, r, s, sy, sx, groups=c)
    elif out_y == out_x == 1 and images > 1:  # a fully connected layer over a batch is a product of that many rows
        return LayerShape(LayerKind.GEMM, 1, images, c * r * s, 1, images, size("K")), 1
    elif kind == "NGCONV" and c == 1 and groups > 1:
        shape = LayerShape(
            LayerKind.DEPTHWISE, y, x, groups, out_y, out_x, groups * size("K"), r, s, sy, sx, groups=groups
        )
    else:
        size("K")
        shape = LayerShape(LayerKind.CONV, y, x, groups * c, out_y, out_x, groups * k, r, s, sy, sx, groups=groups)
    if notes.get("gemm"):
        heads = notes.get("groups", 1)
        shape = LayerShape(LayerKind.GEMM, 1, x, heads * c, 1, x, heads * k, groups=heads)
    return _restored(shape, notes), images


def _pairs(path: Path, block: Block, constants: dict[str, int], allowed: tuple[str, ...]) -> dict[str, int]:
    """`K: 64, C: 3` as numbers by name."""
    found: dict[str, int] = {}
    words = iter(block.words)
    for name in words:
        if name.text not in allowed:
            hint = close_matches(name.text, list(allowed))
            raise ExchangeError(path, f"{quoted(name.text)} is no dimension{hint}", name.line)
        value = next(words, None)
        if value is None:
            raise ExchangeError(path, f"{name.text} has no size behind it", name.line)
        found[name.text] = _number(path, value, constants)
    return found


def _number(path: Path, word: Word, constants: dict[str, int]) -> int:
    if word.text in constants:
        return constants[word.text]
    if not (word.text.isascii() and word.text.isdecimal()) or not 1 <= int(word.text[:12]) <= MAX_NUMBER:
        named = f" or one of {', '.join(constants)}" if constants else ""
        raise ExchangeError(
            path, f"found {quoted(word.text)}, expected a whole number from 1 to {MAX_NUMBER}{named}", word.line
        )
    return int(word.text)


def _notes(block: Block) -> dict[str, int]:
    """What the writer kept in comments: `repeat 25, groups 12, activations, gemm`."""
    found: dict[str, int] = {}
    for comment in block.comments:
        for entry in comment.split(","):
            name, _, value = entry.strip().partition(" ")
            if value.isdecimal() and 1 <= int(value[:12]) <= MAX_NUMBER:
                found[name] = int(value)
            elif not value:
                found[name] = 1
    return found


def _restored(shape: LayerShape, notes: dict[str, int]) -> LayerShape:
    operands = Operands.ACTIVATIONS if notes.get("activations") else Operands.WEIGHTS
    return replace(shape, repeat=notes.get("repeat", 1), operands=operands)


def _unpadded(found: LayerList, before: Value, shape: LayerShape) -> LayerShape:
    """The layer reading its producer's image, if padding of less than the kernel makes its listed input of it."""
    size = found.size(before)
    if size is None or shape.kind not in (LayerKind.CONV, LayerKind.DEPTHWISE) or size[2] != shape.in_c:
        return shape
    spare_h, spare_w = shape.in_h - size[0], shape.in_w - size[1]
    if 0 <= spare_h <= 2 * (shape.kernel_h - 1) and 0 <= spare_w <= 2 * (shape.kernel_w - 1):
        return replace(shape, in_h=size[0], in_w=size[1])
    return shape
