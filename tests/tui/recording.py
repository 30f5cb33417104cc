"""Recorded values of the real engine, for tests of looks: `python tests/tui/recording.py` records them anew.

The score's layers are thinned to the dearest few of every tenant, so that the file stays small; everything else is as
the engine gave it.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

import msgspec

from workbench.design.design import Design
from workbench.design.explain import Explanation
from workbench.design.first import first_design
from workbench.design.report import Score
from workbench.engine.messages import Snapshot

DATA = Path(__file__).parents[1] / "data" / "tui"
LAYERS_PER_TENANT = 12
EVALUATIONS = 1200


def recorded_score(name: str = "score") -> Score:
    """A recorded score."""
    return msgspec.json.decode((DATA / f"{name}.json").read_bytes(), type=Score)


def recorded_snapshot() -> Snapshot:
    """A recorded state of a search."""
    return msgspec.json.decode((DATA / "snapshot.json").read_bytes(), type=Snapshot)


def recorded_design() -> Design:
    """The design of the recorded score."""
    return msgspec.json.decode((DATA / "design.json").read_bytes(), type=Design)


def recorded_explanation() -> Explanation:
    """The explanation of the score named `better`."""
    return msgspec.json.decode((DATA / "explanation.json").read_bytes(), type=Explanation)


def small_design() -> Design:
    """A design whose timeline is small enough to keep."""
    tenants = (("squeezenet1_0", 1, 2, None), ("resnet18", 1, 1, None))
    return replace(first_design("mlperf", "u280"), workload="two", tenants=tenants)


def _thin(score: Score) -> Score:
    kept = []
    for tenant in range(len(score.tenants)):
        layers = sorted((one for one in score.layers if one.tenant == tenant), key=lambda one: -one.energy_j)
        kept += layers[:LAYERS_PER_TENANT]
    return replace(score, layers=tuple(kept))


async def _record() -> None:
    from workbench.engine.client import EngineClient, RunClient, start_run
    from workbench.engine.messages import RunOptions

    design = first_design("mixed", "u280")
    engine = EngineClient()
    await engine.start()
    score = (await engine.score(design)).score
    assert score is not None
    client = await RunClient.attach(start_run(design, RunOptions(evaluations=EVALUATIONS, seed=1)))
    last = None
    async for snapshot in client.snapshots():
        if snapshot.state == "running" and snapshot.evaluations > EVALUATIONS // 2:
            last = snapshot
    assert last is not None
    better = (await engine.score(last.best[0].design)).score
    assert better is not None
    asked = {"design": msgspec.to_builtins(last.best[0].design)}
    explained = msgspec.convert(await engine.call("explain", asked), Explanation)
    small = small_design()
    wider = replace(small, subaccelerators=(replace(small.subaccelerators[0], rows=1), *small.subaccelerators[1:]))
    timelines = [(await engine.score(design, timeline=True)).score for design in (small, wider)]
    await engine.close()
    DATA.mkdir(parents=True, exist_ok=True)
    shown = msgspec.structs.replace(
        last, run="recorded", elapsed_s=36.0, seconds_left=124.0, rate_per_s=1234.0, best=last.best[:10],
        front=last.front[:16], cloud=last.cloud[:60],
    )  # fmt: skip
    explanation = replace(explained, score=_thin(explained.score))
    for name, value in (
        ("design", design), ("score", _thin(score)), ("better", _thin(better)), ("snapshot", shown),
        ("explanation", explanation), ("timeline", timelines[0]), ("other-timeline", timelines[1]),
    ):  # fmt: skip
        (DATA / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=0))


if __name__ == "__main__":
    asyncio.run(_record())
