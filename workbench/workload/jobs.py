"""A workload's jobs in canonical order: one per tenant, instance and layer, with what each waits for."""

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.workload.layer import LayerShape
from workbench.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class Jobs:
    """All jobs of one round as plain tuples; job j's index is its canonical place (tenant, instance, layer).

    `shapes`: the distinct shapes, batch applied, in the order of their first use; `shape[j]` is an index into it.
    `tenant[j]`, `instance[j]`, `layer[j]`: indices into the workload. Job j waits for the jobs
    predecessors[predecessor_start[j]:predecessor_start[j + 1]], each smaller than j and named once, ascending.
    """

    shapes: tuple[LayerShape, ...]
    shape: tuple[int, ...]
    tenant: tuple[int, ...]
    instance: tuple[int, ...]
    layer: tuple[int, ...]
    predecessor_start: tuple[int, ...]
    predecessors: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.shape)

    def predecessors_of(self, job: int) -> tuple[int, ...]:
        """The jobs that job `job` waits for."""
        return self.predecessors[self.predecessor_start[job] : self.predecessor_start[job + 1]]


def jobs_of(workload: Workload) -> Jobs:
    """The jobs of a workload. Instances never wait for each other; shapes are shared between all tenants."""
    index_of: dict[LayerShape, int] = {}
    shape: list[int] = []
    tenant: list[int] = []
    instance: list[int] = []
    layer: list[int] = []
    start = [0]
    predecessors: list[int] = []
    for t, entry in enumerate(workload.tenants):
        layers = entry.network.layers
        own = [index_of.setdefault(each.shape.with_batch(entry.batch), len(index_of)) for each in layers]
        waits = [sorted(set(each.inputs)) for each in layers]
        for i in range(entry.instances):
            first = len(shape)
            shape += own
            tenant += [t] * len(layers)
            instance += [i] * len(layers)
            layer += range(len(layers))
            for producers in waits:
                predecessors += [first + p for p in producers]
                start.append(len(predecessors))
    columns: Iterable[list[int]] = (shape, tenant, instance, layer, start, predecessors)
    return Jobs(tuple(index_of), *(tuple(column) for column in columns))
