"""A search that runs for days leaves the screen's memory as it is."""

import gc
import tracemalloc

import msgspec
from recorded_app import RecordedApp
from recording import recorded_snapshot
from textual.pilot import Pilot

from workbench.engine.messages import Snapshot

POINTS = 400  # what a curve is thinned to
WARM, MANY = 10, 40
GROWTH_BYTES = 500_000  # a snapshot takes more than 50 kB: forty that were kept, four times as much; caches fill up


def _wire(number: int) -> bytes:
    """Snapshot `number` of a search whose every list is as long as it can be."""
    curve = tuple((k * (number + 1), 0.3 / (1 + k + number)) for k in range(POINTS))
    changed = msgspec.structs.replace(
        recorded_snapshot(), state="running", generation=POINTS * number, evaluations=32 * POINTS * number,
        elapsed_s=60.0 * number, curve=curve, cloud=tuple((0.04 + k / 1e4, 5.0 + number / 1e3) for k in range(100)),
    )  # fmt: skip
    return msgspec.json.encode(changed)


async def _show(app: RecordedApp, pilot: Pilot[int], numbers: range) -> int:
    for number in numbers:
        app.session.show_snapshot(snapshot=msgspec.json.decode(_wire(number), type=Snapshot))
        await pilot.pause()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def test_memory_stays_flat_over_many_snapshots() -> None:
    app = RecordedApp()
    async with app.run_test(size=(120, 40)) as pilot:
        tracemalloc.start()
        try:
            before = await _show(app, pilot, range(1, WARM))
            after = await _show(app, pilot, range(WARM, WARM + MANY))
        finally:
            tracemalloc.stop()
    assert after - before < GROWTH_BYTES
