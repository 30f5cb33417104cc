"""What of a workload's layers does not change from design to design: names, shapes in words, MACs, and their jobs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.design.shape_words import shape_words
from workbench.schedule.problem import JobArrays
from workbench.workload.workload import Workload


@dataclass(frozen=True, slots=True)
class KnownLayer:
    """One layer of one tenant; MACs over all its instances and images."""

    tenant: int
    layer: int
    name: str
    kind: str
    shape: str
    macs: int


@dataclass(frozen=True)
class LayerIndex:
    """L layers of all tenants. `of_job` [J]: each job's layer; `first_job` [L]: the job of the first instance."""

    layers: tuple[KnownLayer, ...]
    of_job: NDArray[np.int64]
    first_job: NDArray[np.int64]


def layer_index(workload: Workload, jobs: JobArrays) -> LayerIndex:
    """The layers of a workload in canonical order."""
    layers: list[KnownLayer] = []
    offset: list[int] = []
    for t, tenant in enumerate(workload.tenants):
        offset.append(len(layers))
        for number, layer in enumerate(tenant.network.layers):
            shape = layer.shape.with_batch(tenant.batch)
            layers.append(
                KnownLayer(
                    t, number, layer.name, shape.kind.value, shape_words(shape), shape.macs * tenant.instances
                )
            )  # fmt: skip
    of_job = np.array(offset, np.int64)[jobs.tenant] + jobs.layer
    first_job = np.full(len(layers), len(of_job), np.int64)
    np.minimum.at(first_job, of_job, np.arange(len(of_job)))
    return LayerIndex(tuple(layers), of_job, first_job)
