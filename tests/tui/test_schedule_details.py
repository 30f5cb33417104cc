"""The lower part of the schedule, without an app: what it says of a job is what the timeline holds."""

from dataclasses import replace

import pytest

from workbench.api import first_design, score
from workbench.tui.screens.schedule_details import idle_before, job_facts


def test_the_idle_time_before_a_job_reaches_back_to_the_job_before() -> None:
    tenants = (("squeezenet1_0", 1, 2, 1e-9), ("mobilenetv1", 1, 1, None))
    found = score(replace(first_design("mlperf", "u50"), workload="two", tenants=tenants), timeline=True)
    waited = 0
    jobs = [bar for bar in found.timeline if bar.end_s > bar.start_s]  # the others may share a core
    for bar in jobs:
        lane = [b for b in jobs if b.subaccelerator == bar.subaccelerator and bar.cores[0] in b.cores]
        before = max((b.end_s for b in lane if b.end_s <= bar.start_s), default=0.0)
        idle = idle_before(found, bar)
        assert sum(idle.values()) == pytest.approx(bar.start_s - before, abs=1e-12)
        words = dict(job_facts(found, bar))["before it"]
        assert words.startswith("idle ") if idle else words == "no idle time"
        waited += bool(idle)
    assert 0 < waited < len(jobs)
