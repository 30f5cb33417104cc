"""Measured layers in the jobs of a workload: a layer that was measured no longer shares its costs with its equals."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.cost.measured_layers import median_times
from workbench.cost.measured_rows import read_measured_layers
from workbench.workload.jobs import Jobs
from workbench.workload.workload import Workload


@dataclass(frozen=True)
class MeasuredShapes:
    """Shapes `first` and behind it belong to one measured layer each; seconds by core's name, then (shape, cores)."""

    first: int
    times: Mapping[str, Mapping[tuple[int, int], float]] = field(default_factory=dict)


@dataclass(frozen=True)
class MeasuredJobs:
    """Jobs whose measured layers have shapes of their own; `unknown`: words on rows that name no layer."""

    jobs: Jobs
    shapes: MeasuredShapes
    unknown: tuple[str, ...] = ()


def measured_jobs(workload: Workload, jobs: Jobs, path: str) -> MeasuredJobs:
    """The jobs of a workload with the measured layers of a CSV (empty: none): network, layer, core, cores, ms.

    A time is of one image; a tenant with a batch takes it once per image. Rows of networks that the workload does not
    have are left alone. Raises PresetError naming line and column.
    """
    if not path:
        return MeasuredJobs(jobs, MeasuredShapes(len(jobs.shapes)))
    measured = median_times(read_measured_layers(Path(path)))
    own: dict[tuple[str, int, int], int] = {}  # network, batch, layer → shape
    shapes, shape_of_job = list(jobs.shapes), list(jobs.shape)
    names = {(network, layer) for network, layer, _, _ in measured}
    for job, (t, number) in enumerate(zip(jobs.tenant, jobs.layer, strict=True)):
        tenant = workload.tenants[t]
        network = tenant.network.name
        if (network, tenant.network.layers[number].name) not in names:
            continue
        key = (network, tenant.batch, number)
        if key not in own:
            own[key] = len(shapes)
            shapes.append(shapes[jobs.shape[job]])
        shape_of_job[job] = own[key]
    layers = {t.network.name: {layer.name: i for i, layer in enumerate(t.network.layers)} for t in workload.tenants}
    times: dict[str, dict[tuple[int, int], float]] = {}
    unknown = []
    for (network, layer, core, cores), seconds in measured.items():
        if network in layers and layer not in layers[network]:
            unknown.append(f"{Path(path).name}: {network} has no layer {layer}")
        for (other, batch, number), shape in own.items():
            if other == network and layers[network].get(layer) == number:
                times.setdefault(core, {})[(shape, cores)] = seconds * batch
    changed = replace(jobs, shapes=tuple(shapes), shape=tuple(shape_of_job))
    return MeasuredJobs(changed, MeasuredShapes(len(jobs.shapes), times), tuple(dict.fromkeys(unknown)))
