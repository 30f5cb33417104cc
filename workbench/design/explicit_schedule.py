"""An explicit schedule of a design, job by job, as the simulator reads it."""

from typing import NamedTuple

import numpy as np

from workbench.design.design import Design
from workbench.design.isolation import label_words
from workbench.schedule.problem import Floats, Ints, Problem
from workbench.schedule.schedule import ANY
from workbench.workload.jobs import Jobs

BEHIND_ALL = 1e9  # priority of jobs the schedule does not name: after those it names, in canonical order


class ForcedJobs(NamedTuple):
    """Per job of the workload: sub-accelerator and option (ANY: the scheduler chooses) and priority, lower first."""

    sub: Ints
    option: Ints
    priority: Floats


def forced_jobs(design: Design, jobs: Jobs, problem: Problem) -> ForcedJobs:
    """`design.schedule` as arrays.

    Raises ValueError naming the row for a job or sub-rectangle that does not exist, or that breaks the isolation rule.
    """
    count = len(jobs)
    sub, option = np.full(count, ANY, np.int32), np.full(count, ANY, np.int32)
    priority = np.full(count, BEHIND_ALL)
    place = {key: j for j, key in enumerate(zip(jobs.tenant, jobs.instance, jobs.layer, strict=True))}
    ids = {each.id: k for k, each in enumerate(design.subaccelerators)}
    for number, row in enumerate(design.schedule, start=1):
        job = place.get((row.tenant, row.instance, row.layer))
        if job is None:
            raise ValueError(
                f"job {number} of the schedule: no layer {row.layer} of tenant {row.tenant}, instance {row.instance}"
            )
        k = ids.get(row.subaccelerator)
        if k is None:
            raise ValueError(f"job {number} of the schedule: no sub-accelerator {row.subaccelerator}; have {list(ids)}")
        group = problem.jobs.class_group[problem.jobs.klass[job]]
        if not problem.designs.allowed[k, group]:
            raise ValueError(
                f"job {number} of the schedule: {row.subaccelerator} serves "
                f"{label_words(design.subaccelerators[k].serves)}, and tenant {row.tenant} must not share its cores"
            )
        configuration, shape = problem.designs.configuration[k], jobs.shape[job]
        first, last = problem.options.start[configuration, shape], problem.options.start[configuration, shape + 1]
        rectangle = (row.rows * 1024 + row.cols) * 1024 + row.planes
        own = problem.options.cores[first:last] <= problem.designs.cores[k]
        fits = np.flatnonzero(own & (problem.options.rectangle[first:last] == rectangle))
        if not len(fits):
            raise ValueError(
                f"job {number} of the schedule: {row.subaccelerator} offers no {row.rows}×{row.cols}×{row.planes} "
                f"cores to this layer"
            )
        sub[job], option[job], priority[job] = k, first + int(fits[0]), row.priority
    return ForcedJobs(sub, option, priority)
