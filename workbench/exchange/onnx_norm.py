"""Layer norms that an exporter wrote out as a mean, a difference, a square, a mean, a root and a quotient.

x − mean(x), over √(mean((x − mean(x))²) + ε): Ba et al., arXiv 1607.06450, eq. 4. Without the first mean it is the RMS
norm: Zhang and Sennrich, arXiv 1910.07467, eq. 4. The scale and the shift that follow are element-wise by constants.
"""

from collections.abc import Mapping, Sequence

from workbench.exchange.onnx_model import OnnxNode

_SKIPPED = ("Cast", "Identity")


def written_out_norms(nodes: Sequence[OnnxNode], constants: frozenset[str]) -> tuple[dict[str, str], set[str]]:
    """Norms by the name of the tensor they yield → the tensor they read, and all tensors of the nodes between."""
    made_by = {name: node for node in nodes for name in node.outputs if name}
    found: dict[str, str] = {}
    between: set[str] = set()
    for node in nodes:
        match = _match(node, made_by, constants)
        if match is not None:
            source, inside = match
            found[node.outputs[0]] = source
            between |= inside
    return found, between - set(found)


def _match(node: OnnxNode, made_by: Mapping[str, OnnxNode], constants: frozenset[str]) -> tuple[str, set[str]] | None:
    """The norm that ends in this node: its input and the tensors inside."""
    if len(node.inputs) != 2 or node.op not in ("Div", "Mul"):
        return None
    for numerator, other in (node.inputs, node.inputs[::-1]) if node.op == "Mul" else (node.inputs,):
        inside: set[str] = set()
        if node.op == "Mul":
            reciprocal = _step(other, "Reciprocal", made_by, inside)
            other = reciprocal.inputs[0] if reciprocal else ""
        root = _step(other, "Sqrt", made_by, inside)
        total = _step(root.inputs[0], "Add", made_by, inside) if root else None
        if total is None:
            continue
        square_mean = next((i for i in total.inputs if i in made_by and made_by[i].op == "ReduceMean"), None)
        mean = _step(square_mean, "ReduceMean", made_by, inside) if square_mean else None
        if mean is None:
            continue
        squared = _squared(mean.inputs[0], made_by, constants, inside)
        plain = _through(numerator, made_by, inside)
        if squared is None or _through(squared, made_by, inside) != plain:
            continue
        difference = made_by.get(plain)
        if difference is not None and difference.op == "Sub" and len(difference.inputs) == 2:
            centre = made_by.get(_through(difference.inputs[1], made_by, inside))
            source = _through(difference.inputs[0], made_by, set())
            if centre is not None and centre.op == "ReduceMean" and centre.inputs:
                inside |= {plain, difference.inputs[1]}
                if _through(centre.inputs[0], made_by, set()) == source:
                    return difference.inputs[0], inside
        return plain, inside - {plain}
    return None


def _step(name: str | None, op: str, made_by: Mapping[str, OnnxNode], inside: set[str]) -> OnnxNode | None:
    if not name:
        return None
    name = _through(name, made_by, inside)
    node = made_by.get(name)
    if node is None or node.op != op or not node.inputs:
        return None
    inside.add(name)
    return node


def _squared(name: str, made_by: Mapping[str, OnnxNode], constants: frozenset[str], inside: set[str]) -> str | None:
    node = made_by.get(name)
    if node is None or len(node.inputs) != 2:
        return None
    inside.add(name)
    if node.op == "Pow" and (node.inputs[1] in constants or made_by.get(node.inputs[1], node).op == "Constant"):
        return node.inputs[0]
    if node.op == "Mul" and node.inputs[0] == node.inputs[1]:
        return node.inputs[0]
    return None


def _through(name: str, made_by: Mapping[str, OnnxNode], inside: set[str]) -> str:
    """The tensor behind casts and copies."""
    while name in made_by and made_by[name].op in _SKIPPED and made_by[name].inputs:
        inside.add(name)
        name = made_by[name].inputs[0]
    return name
