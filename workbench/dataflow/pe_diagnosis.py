"""What is said of a PE-level text as it is typed: against the layers that stand for a workload, each thing said once.

A text serves every layer of a workload, and the cost model adapts it to those it was not written for
(docs/model-exact.md §8). So what is wrong for every layer is wrong; what is wrong for some is one step milder and names
them.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.dataflow.diagnostic import Diagnostic, Severity, has_errors
from workbench.dataflow.layer_problem import COMPUTES, layer_problem
from workbench.dataflow.mapping import Dim, LayerType, Level, Problem
from workbench.dataflow.parser import parse
from workbench.dataflow.pe_resolution import DIM_OF, INPUT_OF, resolve_pe
from workbench.dataflow.statements import ClusterStatement, MapStatement, Parsed
from workbench.workload.layer import LayerKind, LayerShape

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Representative:
    """A layer that stands for those of its kind: what it is called, and its shape."""

    name: str
    shape: LayerShape


@dataclass(frozen=True, slots=True)
class PeDiagnosis:
    """`levels` of the text for `problem`, that of the first representative that it resolves for; None with errors."""

    found: tuple[Diagnostic, ...]
    levels: tuple[Level, ...] | None
    problem: Problem | None
    layer: str = ""

    @property
    def usable(self) -> bool:
        """Whether a design with this text can be scored."""
        return not has_errors(self.found)


def representatives(shapes: Iterable[LayerShape]) -> tuple[Representative, ...]:
    """Of every kind that multiplies: the layer with the most MACs, and the one with the largest kernel.

    The layer with the most MACs of all comes first.
    """
    found: dict[LayerShape, None] = {}
    products = sorted((s for s in shapes if s.kind in COMPUTES), key=lambda s: -s.macs)
    for kind in dict.fromkeys(s.kind for s in products):
        own = [s for s in products if s.kind is kind]
        found[own[0]] = None
        largest = max(own, key=lambda s: (s.kernel_h * s.kernel_w, s.macs))
        if (largest.kernel_h, largest.kernel_w) != (own[0].kernel_h, own[0].kernel_w):
            found[largest] = None
    return tuple(Representative(_name(shape), shape) for shape in found)


def _name(shape: LayerShape) -> str:
    if shape.kind is LayerKind.GEMM:
        return "GEMM"
    return f"{shape.kind.value.replace('_', ' ')} {shape.kernel_h}×{shape.kernel_w}"


@lru_cache(maxsize=256)
def diagnose_pe(text: str, layers: tuple[Representative, ...], pes: int) -> PeDiagnosis:
    """What is to be said of a text for these layers on an array of `pes` PEs, in the order of the text.

    Raises nothing, whatever the text.
    """
    parsed = parse(text)
    if not layers:  # nothing multiplies: only what can be read without a layer
        return PeDiagnosis(parsed.diagnostics, None, None)
    said: list[dict[tuple[object, ...], Diagnostic]] = []
    first: tuple[tuple[Level, ...], Problem, str] | None = None
    adapted: list[bool] = []
    for layer in layers:
        own, problem = as_read(layer.shape, parsed)
        levels, found = resolve_pe(own, problem, pes)
        if levels is not None and first is None:
            first = levels, problem, layer.name
        said.append({_key(d): d for d in found})
        adapted.append(own is not parsed)
    diagnostics = _merged(said, adapted, [layer.name for layer in layers])
    if has_errors(diagnostics) or first is None:
        return PeDiagnosis(diagnostics, None, None)
    return PeDiagnosis(diagnostics, *first)


def cluster_product(text: str) -> int:
    """PEs that the Clusters of a text ask for at the least; sizes that depend on the layer count as one."""
    clusters = (s for s in parse(text).statements if isinstance(s, ClusterStatement))
    return math.prod(max(s.size.value, 1) for s in clusters)


def _merged(
    said: Sequence[dict[tuple[object, ...], Diagnostic]], adapted: Sequence[bool], names: Sequence[str]
) -> tuple[Diagnostic, ...]:
    """Each finding once, in the words of the first layer it holds for; milder where it does not hold for all."""
    merged: list[Diagnostic] = []
    for key in dict.fromkeys(key for own in said for key in own):
        holds = [k for k, own in enumerate(said) if key in own]
        finding = said[holds[0]][key]
        if len(holds) < len(said):
            layers = ", ".join(dict.fromkeys(names[k] for k in holds))
            severity = Severity(max(finding.severity - 1, Severity.HINT))
            if all(adapted[k] for k in holds):  # it follows from a line that those layers have no use for
                severity = Severity.HINT
            finding = replace(finding, severity=severity, message=f"{layers}: {finding.message}", fix=None)
        merged.append(finding)
    return tuple(sorted(merged, key=lambda d: (d.line, d.column, -d.severity)))


def _key(found: Diagnostic) -> tuple[object, ...]:
    """What makes two findings one: place and words, whatever the sizes in them."""
    return found.line, found.column, found.severity, _NUMBER.sub("", found.message)


def as_read(shape: LayerShape, parsed: Parsed) -> tuple[Parsed, Problem]:
    """A text and a layer as the cost model reads them together (docs/model-exact.md §8), for one image.

    Groups that the text does not name run one by one: the problem is one of them. Raises ValueError for a layer that
    multiplies nothing.
    """
    problem = _problem(shape, parsed)
    return _without(parsed, problem), problem


def _problem(shape: LayerShape, parsed: Parsed) -> Problem:
    """A GEMM as a 1×1 convolution, or the other way round where the text names M."""
    maps = [s for s in parsed.statements if isinstance(s, MapStatement)]
    named = {s.dim for s in maps}
    problem = layer_problem(shape.with_batch(1))
    sizes = list(problem.sizes)
    if "M" in named:
        if problem.type is LayerType.GEMM:
            return problem
        gemm = [0] * len(Dim)
        gemm[Dim.M] = (sizes[Dim.X] - sizes[Dim.S]) // problem.stride_x + 1
        gemm[Dim.K], gemm[Dim.GEMM_N] = sizes[Dim.C], max(sizes[Dim.K], 1)
        return Problem(LayerType.GEMM, tuple(gemm))
    if problem.type is LayerType.GEMM:
        rows, channels, columns = (sizes[d] for d in (Dim.M, Dim.K, Dim.GEMM_N))
        sizes = [0] * len(Dim)
        sizes[Dim.N] = sizes[Dim.R] = sizes[Dim.S] = sizes[Dim.Y] = 1
        sizes[Dim.K], sizes[Dim.C], sizes[Dim.X] = columns, channels, rows
        problem = Problem(LayerType.CONV, tuple(sizes))
    if shape.kind is LayerKind.GEMM and any(s.spatial and s.dim in ("Y", "Y'") for s in maps):
        line = sizes[Dim.X]  # folded into an image
        sizes[Dim.X] = max(1, math.isqrt(line))
        sizes[Dim.Y] = -(-line // sizes[Dim.X])
        problem = replace(problem, sizes=tuple(sizes))
    if problem.type is LayerType.NGCONV and "G" not in named:
        sizes[Dim.G] = 0
        problem = replace(problem, type=LayerType.CONV, sizes=tuple(sizes))
    return problem


def _without(parsed: Parsed, problem: Problem) -> Parsed:
    """The text without lines that this layer has no use for (K of a depthwise layer), as the cost model reads it.

    Unless that leaves nothing: then the text is not for layers of this kind at all.
    """
    kept = tuple(s for s in parsed.statements if not isinstance(s, MapStatement) or _has(problem, s.dim))
    if len(kept) == len(parsed.statements) or not any(isinstance(s, MapStatement) for s in kept):
        return parsed
    return replace(parsed, statements=kept)


def _has(problem: Problem, name: str) -> bool:
    dim = DIM_OF.get(name)
    if dim is None:
        return True
    if dim is Dim.N and problem.type is LayerType.GEMM:
        dim = Dim.GEMM_N
    return problem.sizes[INPUT_OF.get(dim, dim)] > 0
