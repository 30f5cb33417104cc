"""One mapping on one core by both models side by side: what MAESTRO says, what is exact, and why they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.cost.directive_arrays import encode_hardware, encode_mapping, encode_problem, stack_mappings
from workbench.cost.exact import CYCLES, FAULT, exact_batch
from workbench.cost.exact_nest import FAULT_TEXT, Fault
from workbench.cost.maestro import evaluate
from workbench.cost.maestro_findings import Quirk
from workbench.cost.maestro_quirks import QUIRK_NAMES
from workbench.cost.maestro_results import Count
from workbench.dataflow.diagnostic import has_errors
from workbench.dataflow.mapping import PeHardware
from workbench.dataflow.parser import parse
from workbench.dataflow.pe_diagnosis import as_read
from workbench.workload.layer import LayerShape

_NOT_TIME = frozenset({Quirk.ENERGY_COLUMN, Quirk.MULTICAST, Quirk.OUTPUT_BUFFER, Quirk.SUM_OVERFLOW})


@dataclass(frozen=True, slots=True)
class ModelRow:
    """Cycles of one layer by both models; None where a model has none, and then `words` says why.

    `ratio`: MAESTRO's cycles over the exact ones. `quirks`: names of MAESTRO's slips that touch the
    layer and may touch its cycles.
    """

    maestro_cycles: int | None
    exact_cycles: int | None
    quirks: tuple[str, ...] = ()
    words: str = ""

    @property
    def ratio(self) -> float | None:
        """MAESTRO's cycles over the exact ones."""
        if self.maestro_cycles is None or not self.exact_cycles:
            return None
        return self.maestro_cycles / self.exact_cycles


def compare_models(shapes: Sequence[LayerShape], text: str, hardware: PeHardware) -> list[ModelRow]:
    """A row per layer that multiplies: one image (and one group, where the text names none) on one core.

    Raises ValueError for a text that cannot be read.
    """
    parsed = parse(text)
    if has_errors(parsed.diagnostics):
        raise ValueError(f"PE directives: {parsed.diagnostics[0]}")
    if not shapes:
        return []
    pairs = [as_read(shape, parsed) for shape in shapes]
    mappings = stack_mappings([encode_mapping(own) for own, _ in pairs])
    problems = np.stack([encode_problem(problem) for _, problem in pairs])
    machine = encode_hardware(hardware)[None]
    index = np.arange(len(pairs), dtype=np.int64)
    exact = exact_batch(mappings, index, problems, np.repeat(machine, len(pairs), axis=0))
    theirs = evaluate(problems, mappings, machine, np.stack([index, index, np.zeros_like(index)], axis=1))
    rows = []
    for k in range(len(pairs)):
        counts = theirs.counts[k]
        words = [theirs.failure(k)]
        if exact[k, FAULT]:
            words.append(FAULT_TEXT[Fault(int(exact[k, FAULT]))])
        bits = int(counts[Count.QUIRKS])
        quirks = tuple(QUIRK_NAMES[q] for q in Quirk if (bits >> q) & 1 and q not in _NOT_TIME)
        rows.append(
            ModelRow(
                maestro_cycles=None if counts[Count.FAILURE] else int(counts[Count.RUNTIME]),
                exact_cycles=None if exact[k, FAULT] else int(exact[k, CYCLES]),
                quirks=() if counts[Count.FAILURE] else quirks,
                words="; ".join(word for word in words if word),
            )
        )
    return rows
