"""The screen's and the commands' end of the engine: asks, supersedes, restarts. Free of numpy.

The engine is a child process in its own session, spoken to in JSON lines over pipes (see `messages`). It is restarted
when it dies, and what it had not answered is asked again; a request that ends the engine twice fails in words.
"""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from workbench.design.design import Design
from workbench.design.report import Score
from workbench.engine.messages import (
    CallReply,
    CallRequest,
    EngineReply,
    EngineRequest,
    Failure,
    Progress,
    Ready,
    ScoreReply,
    ScoreRequest,
)
from workbench.engine.run_client import RunClient, read_snapshot, send_command, watch_run
from workbench.engine.runs import RunError, list_runs, resume_run, start_run

__all__ = [
    "Crashed",
    "EngineClient",
    "EngineError",
    "RunClient",
    "RunError",
    "call",
    "list_runs",
    "read_snapshot",
    "resume_run",
    "score_once",
    "send_command",
    "start_run",
    "watch_run",
]

ENGINE_COMMAND = (sys.executable, "-m", "workbench.engine.server")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
LINE_LIMIT_BYTES = 256 << 20  # a reply with the timeline of thousands of jobs is one line
TRIES = 2  # how often a request may end the engine before it fails
CLOSE_PATIENCE_S = 2.0
RESTART_PAUSE_S = 0.2  # doubled with every start that never got ready: an engine that dies at once must not spin
LONGEST_PAUSE_S = 10.0


class EngineError(Exception):
    """A request could not be answered; the message names the place and the way out."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """The engine ended by itself and is being started again; `words` are the last lines it wrote."""

    exit_status: int | None
    words: str


EngineEvent = Ready | Progress | Crashed


@dataclass(slots=True)
class _Waiting:
    request: EngineRequest
    future: "asyncio.Future[ScoreReply | CallReply]"
    tries: int = 0


class EngineClient:
    """One engine process. All methods belong to one event loop; `on_event` is called on it.

    >>> client = EngineClient(on_event=show)
    >>> await client.start()                      # returns at once; Ready or Progress follow as events
    >>> reply = await client.score(design)        # ScoreReply; reply.superseded if a newer one of the lane came
    >>> result = await client.call("explain", {"design": ...})
    >>> await client.close()
    """

    def __init__(
        self,
        on_event: Callable[[EngineEvent], None] | None = None,
        command: Sequence[str] = ENGINE_COMMAND,
    ) -> None:
        self._on_event = on_event
        self._command = tuple(command)
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[EngineReply] = msgspec.json.Decoder(EngineReply)
        self._waiting: dict[int, _Waiting] = {}
        self._next_id = 1
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stderr: deque[str] = deque(maxlen=30)
        self._closing = False
        self.ready: Ready | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the engine, while one runs."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the engine; answers come when it is ready. Raises EngineError if it cannot be started at all."""
        if self._keeper is None:
            self._closing = False
            await self._spawn()
            self._keeper = asyncio.create_task(self._keep_running(), name="engine")

    async def score(self, design: Design, *, timeline: bool = False, lane: str = "main") -> ScoreReply:
        """Score a design. Older requests of the same lane that still wait resolve as superseded.

        Raises EngineError where the design cannot be scored at all (an unknown preset, say). A design that merely does
        not fit is answered with `score.feasible` false.
        """
        for waiting in list(self._waiting.values()):
            old = waiting.request
            if isinstance(old, ScoreRequest) and old.lane == lane and not waiting.future.done():
                waiting.future.set_result(ScoreReply(id=old.id, score=None, seconds=0.0, superseded=True))
        request = ScoreRequest(id=self._take_id(), design=design, timeline=timeline, lane=lane)
        reply = await self._ask(request)
        assert isinstance(reply, ScoreReply)
        return reply

    async def call(self, name: str, arguments: Mapping[str, object] | None = None) -> dict[str, object]:
        """Run a job of the engine by name. Raises EngineError."""
        reply = await self._ask(CallRequest(id=self._take_id(), name=name, arguments=dict(arguments or {})))
        assert isinstance(reply, CallReply)
        return reply.result

    async def close(self) -> None:
        """End the engine and fail what still waits."""
        self._closing = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), CLOSE_PATIENCE_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        self._fail_all("the engine was closed")

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    async def _ask(self, request: EngineRequest) -> ScoreReply | CallReply:
        if self._closing or self._keeper is None:
            raise EngineError("the engine is not running; start() it first")
        future: asyncio.Future[ScoreReply | CallReply] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = _Waiting(request, future)
        try:
            self._send(request)
            return await future
        finally:
            self._waiting.pop(request.id, None)

    def _send(self, request: EngineRequest) -> None:
        stdin = self._process.stdin if self._process else None
        if stdin is not None and not stdin.is_closing():
            stdin.write(self._encoder.encode(request) + b"\n")

    async def _spawn(self) -> None:
        self.ready = None
        self._stderr.clear()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                env={**os.environ, **ONE_THREAD},
                limit=LINE_LIMIT_BYTES,
            )
        except OSError as error:
            self._process = None
            raise EngineError(f"the engine {self._command[0]} cannot be started: {error.strerror}") from error

    async def _keep_running(self) -> None:
        """Read the engine until it ends, start it again, ask again."""
        pause_s = RESTART_PAUSE_S
        while True:
            process = self._process
            assert process is not None
            words = asyncio.create_task(self._read_words(process))
            try:
                await self._read_replies(process)
                status = await process.wait()
                await asyncio.wait_for(words, 1.0)
            except TimeoutError:
                status = process.returncode or 0  # a grandchild still holds stderr
            finally:
                words.cancel()
            self._tell(Crashed(status, "\n".join(self._stderr)))
            self._blame_the_engine(status)
            pause_s = RESTART_PAUSE_S if self.ready else min(2 * pause_s, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)
            try:
                await self._spawn()
            except EngineError as error:
                self._process = None
                self._fail_all(str(error))
                return
            for waiting in list(self._waiting.values()):
                if not waiting.future.done():
                    self._send(waiting.request)

    async def _read_replies(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            try:
                reply = self._decoder.decode(line)
            except msgspec.DecodeError as error:
                self._stderr.append(f"unreadable reply: {error}: {line[:200]!r}")
                continue
            self._receive(reply)

    async def _read_words(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            self._stderr.append(line.decode(errors="replace").rstrip())

    def _receive(self, reply: EngineReply) -> None:
        if isinstance(reply, Ready):
            self.ready = reply
            self._tell(reply)
        elif isinstance(reply, Progress):
            self._tell(reply)
        else:
            waiting = self._waiting.get(reply.id)
            if waiting is None or waiting.future.done():
                return
            if isinstance(reply, Failure):
                waiting.future.set_exception(EngineError(reply.message))
            else:
                waiting.future.set_result(reply)

    def _blame_the_engine(self, status: int) -> None:
        """Count the crash against the oldest request of each kind: each kind is answered in order, one at a time."""
        blamed: set[type] = set()
        for waiting in list(self._waiting.values()):
            if waiting.future.done() or type(waiting.request) in blamed:
                continue
            blamed.add(type(waiting.request))
            waiting.tries += 1
            if waiting.tries >= TRIES:
                last = self._stderr[-1] if self._stderr else "no words"
                waiting.future.set_exception(
                    EngineError(f"the engine ended {TRIES} times (status {status}) while it worked on this: {last}")
                )

    def _fail_all(self, message: str) -> None:
        for waiting in list(self._waiting.values()):
            if not waiting.future.done():
                waiting.future.set_exception(EngineError(message))

    def _tell(self, event: EngineEvent) -> None:
        if self._on_event is not None:
            self._on_event(event)


def score_once(
    design: Design, *, timeline: bool = False, on_event: Callable[[EngineEvent], None] | None = None
) -> Score:
    """Score one design with an engine of its own; for the commands. Raises EngineError."""

    async def run() -> Score:
        client = EngineClient(on_event)
        await client.start()
        try:
            reply = await client.score(design, timeline=timeline)
        finally:
            await client.close()
        assert reply.score is not None
        return reply.score

    return asyncio.run(run())


def call(
    name: str,
    arguments: Mapping[str, object] | None = None,
    *,
    on_event: Callable[[EngineEvent], None] | None = None,
) -> dict[str, object]:
    """Run one job of the engine by name with an engine of its own; for the commands. Raises EngineError."""

    async def run() -> dict[str, object]:
        client = EngineClient(on_event)
        await client.start()
        try:
            return await client.call(name, arguments)
        finally:
            await client.close()

    return asyncio.run(run())
