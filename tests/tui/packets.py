"""Keys that a slow line delivers together."""

import asyncio

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from workbench.tui.app import WorkbenchApp

PATIENCE_S = 30.0


async def at_once(app: WorkbenchApp, pilot: Pilot[int], *keys: str) -> None:
    """Press keys, by name or character, in one packet, and wait until all of them have been done with."""
    for key in keys:
        one = len(key) == 1
        app.post_message(events.Key(_character_to_key(key) if one else key, key if one else None))
    await pilot.pause()
    async with asyncio.timeout(PATIENCE_S):
        while app.keys_wait:
            await pilot.pause(0.02)
    await pilot.pause()
