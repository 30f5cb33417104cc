"""The session's search: starting, finding, watching and steering a run, which lives in a process of its own."""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import msgspec

from workbench.design import edit
from workbench.design.design import Design
from workbench.engine.client import RunClient, RunError, list_runs, read_snapshot, resume_run, start_run
from workbench.engine.messages import Candidate, RunOptions, Snapshot

if TYPE_CHECKING:
    from workbench.tui.session import Session

LIVING = ("running", "paused")
LAST_WORDS_S = 1.0  # how long a process that has closed its socket may take to end
LAST_WORDS_PAUSE_S = 0.02


def search_words(options: RunOptions) -> str:
    """`4,096 designs with islands, seed 1`."""
    limits = []
    if options.evaluations is not None:
        limits.append(f"{options.evaluations:,} designs")
    if options.seconds is not None:
        limits.append(f"{options.seconds / 60:g} min")
    return f"{' or '.join(limits) or 'no limit'} with {options.optimizer}, seed {options.seed}"


def with_option(options: RunOptions, name: str, value: str) -> RunOptions:
    """Options with one changed; a limit of one kind takes the place of the other's."""
    match name:
        case "evaluations":
            return msgspec.structs.replace(options, evaluations=int(value), seconds=None)
        case "seconds":
            return msgspec.structs.replace(options, evaluations=None, seconds=float(value))
        case _:
            return msgspec.structs.replace(options, optimizer=value)


class Searching:
    """At most one run is watched. The latest snapshot waits in a mailbox until the screen's clock takes it.

    Starting a run and turning to one take a moment, in which keys go on arriving: one such change waits for another.
    """

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._client: RunClient | None = None
        self._watch: asyncio.Task[None] | None = None
        self._heard: Snapshot | None = None
        self._turning = asyncio.Lock()  # to another run
        self.options = RunOptions()
        self.run = ""

    @property
    def snapshot(self) -> Snapshot | None:
        """The latest snapshot heard or shown."""
        return self._heard or self._session.state.snapshot

    @property
    def _state(self) -> str:
        """How the run that is watched is; empty: it has not been heard yet."""
        return self.snapshot.state if self.snapshot is not None and self.snapshot.run == self.run else ""

    @property
    def living(self) -> bool:
        """Whether a run is being watched that can be steered."""
        return self._client is not None and self._state in (*LIVING, "")

    @property
    def resumable(self) -> bool:
        """Whether the run last watched was interrupted and can go on where its journal ends."""
        return self._client is None and self._state == "interrupted"

    async def find_living(self) -> None:
        """Look at the latest run that is still going on, if there is one."""
        runs = await asyncio.to_thread(list_runs)
        running = [r for r in runs if r.state == "running"]
        if running:
            await self.attach(running[-1].id)

    async def start(self, design: Design) -> None:
        """Start a search from a design and watch it."""
        async with self._turning:
            await self._turn_to(await asyncio.to_thread(start_run, design, self.options))

    async def attach(self, run: str) -> None:
        """Watch a run, or show how a past one ended."""
        async with self._turning:
            await self._turn_to(run)

    async def _turn_to(self, run: str) -> None:
        await self._look_away()
        try:
            self._client = await RunClient.attach(run)
        except RunError as error:
            last = await asyncio.to_thread(read_snapshot, run)
            if last is None:
                self._session.tell(str(error), "error")
                return
            self.run = last.run
            self._hear(last)
            return
        self.run = self._client.run
        self._watch = asyncio.create_task(self._listen(self._client))

    async def _listen(self, client: RunClient) -> None:
        async with contextlib.aclosing(client.snapshots()) as snapshots:  # ended by this task, not by the loop's end
            async for snapshot in snapshots:
                self._hear(snapshot)
        with contextlib.suppress(RunError):
            last = await asyncio.to_thread(_last_words, client.run)
            if self._client is client:
                self._client = None
                if last is not None:
                    self._hear(last)

    def _hear(self, snapshot: Snapshot) -> None:
        state = self._session.state.snapshot
        changed = state is None or state.run != snapshot.run or state.state != snapshot.state
        self._heard = snapshot
        if changed:
            self.show()

    def show(self) -> None:
        """Take the mailbox's snapshot to the screen; called by its clock."""
        snapshot, self._heard = self._heard, None
        if snapshot is not None:
            self._session.show_snapshot(snapshot=snapshot)

    async def start_or_stop(self, design: Design) -> None:
        """Stop the living run, or start one; while one is being started, nothing."""
        if self._turning.locked():
            return
        if self.living:
            await self.steer("stop")
        else:
            await self.start(design)

    async def steer(self, command: str, design: Design | None = None) -> None:
        """Send a command to the living run."""
        client = self._client
        if command == "pause" and self.resumable:
            await self._resume()
            return
        if client is None or not self.living:
            self._session.tell("no search is running; s starts one", "warning")
            return
        try:
            if command == "inject" and design is not None:
                await client.inject(design)
            elif command == "pause":
                await (client.resume() if self._state == "paused" else client.pause())
            elif command == "step":
                await client.step()
            elif command == "stop":
                await client.stop()
        except RunError as error:
            self._session.tell(str(error), "error")

    async def _resume(self) -> None:
        if self._turning.locked():
            return
        try:
            async with self._turning:
                await self._turn_to(await asyncio.to_thread(resume_run, self.run))
        except RunError as error:
            self._session.tell(str(error), "error")

    def adopt(self, candidate: Candidate) -> None:
        """Make a design of the search the design at hand."""
        rank = candidate.evaluation
        self._session.edit(lambda _: (candidate.design, f"adopted design {rank} of the search"))

    def freeze_all(self) -> None:
        """Freeze every sub-accelerator and the scheduler, or free everything."""

        def change(design: Design) -> tuple[Design, str]:
            if design.frozen:
                for name in design.frozen:
                    design = edit.unfreeze(design, name)
                return design, "everything free"
            for name in (*(s.id for s in design.subaccelerators), "scheduler"):
                design = edit.freeze(design, name)
            return design, "everything frozen"

        self._session.edit(change)

    async def _look_away(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def close(self) -> None:
        """Look away; the run goes on."""
        await self._look_away()


def _last_words(run: str) -> Snapshot | None:
    """How a run that has closed its socket has ended. Raises RunError."""
    give_up = time.monotonic() + LAST_WORDS_S
    while True:
        last = read_snapshot(run)
        if last is None or last.state not in LIVING or time.monotonic() > give_up:
            return last
        time.sleep(LAST_WORDS_PAUSE_S)
