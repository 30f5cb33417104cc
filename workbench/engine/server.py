"""The engine process: requests on stdin, replies on stdout, one JSON object a line (see `messages`).

Scores and calls are worked off by a thread each, so that a long call never holds up a score. A score request that has
been overtaken by a newer one of its lane is answered as superseded without work. The engine never ends on a bad
request; it ends when stdin closes.
"""

import os
import queue
import sys
import threading
import time
import traceback
from importlib.metadata import version
from typing import TYPE_CHECKING, BinaryIO

import msgspec

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

if TYPE_CHECKING:
    from workbench.engine.stations import Stations

DRAIN_PATIENCE_S = 5.0  # how long work goes on after stdin has closed
NO_ID = -1  # of a Failure that answers a line nobody can read


class Replies:
    """The protocol's way out; one line at a time, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._encoder = msgspec.json.Encoder()

    def send(self, reply: EngineReply) -> None:
        """Write one reply; ends the process if nobody reads any more."""
        line = self._encoder.encode(reply) + b"\n"
        try:
            with self._lock:
                self._stream.write(line)
                self._stream.flush()
        except (BrokenPipeError, ValueError):
            os._exit(0)


class Engine:
    """Two queues, two workers, and the newest request of every lane."""

    def __init__(self, replies: Replies, started: float) -> None:
        self._replies = replies
        self._started = started
        self._scores: queue.SimpleQueue[ScoreRequest | None] = queue.SimpleQueue()
        self._calls: queue.SimpleQueue[CallRequest | None] = queue.SimpleQueue()
        self._newest: dict[str, int] = {}
        self._loaded = threading.Event()
        self._stations: Stations | None = None
        self._call_stations: Stations | None = None  # scorers are not for several threads at once

    def run(self, requests: BinaryIO) -> None:
        """Work until `requests` ends."""
        workers = [
            threading.Thread(target=self._work_on_scores, name="scores", daemon=True),
            threading.Thread(target=self._work_on_calls, name="calls", daemon=True),
        ]
        for worker in workers:
            worker.start()
        reader = threading.Thread(target=self._read, args=(requests,), name="requests", daemon=True)
        reader.start()
        self._load()
        reader.join()
        give_up = time.monotonic() + DRAIN_PATIENCE_S
        for worker in workers:
            worker.join(max(0.0, give_up - time.monotonic()))

    def _load(self) -> None:
        from workbench.engine.warm_up import warm_up

        try:
            self._stations = warm_up(lambda words, done, total: self._replies.send(Progress(words, done, total)))
            self._call_stations = type(self._stations)()
            self._replies.send(Ready(time.monotonic() - self._started, version("workbench")))
        finally:
            self._loaded.set()  # last, so that no answer overtakes the word that the engine is ready

    def _read(self, requests: BinaryIO) -> None:
        decoder: msgspec.json.Decoder[EngineRequest] = msgspec.json.Decoder(EngineRequest)
        for line in requests:
            if not line.strip():
                continue
            try:
                request = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                self._replies.send(Failure(_id_of(line), f"unreadable request: {error}"))
                continue
            if isinstance(request, ScoreRequest):
                self._newest[request.lane] = request.id
                self._scores.put(request)
            else:
                self._calls.put(request)
        self._scores.put(None)
        self._calls.put(None)
        if not self._loaded.wait(DRAIN_PATIENCE_S):  # nobody waits for kernels that are still being compiled
            os._exit(0)

    def _work_on_scores(self) -> None:
        while (request := self._scores.get()) is not None:
            began = time.monotonic()
            if self._newest.get(request.lane) != request.id:
                self._replies.send(ScoreReply(request.id, None, 0.0, superseded=True))
                continue
            self._loaded.wait()
            if self._newest.get(request.lane) != request.id:
                self._replies.send(ScoreReply(request.id, None, 0.0, superseded=True))
                continue
            try:
                score = _loaded(self._stations).scorer(request.design).score(request.design, timeline=request.timeline)
            except Exception as error:  # noqa: BLE001 - the engine outlives every request
                self._replies.send(Failure(request.id, in_words(error)))
            else:
                self._replies.send(ScoreReply(request.id, score, time.monotonic() - began))

    def _work_on_calls(self) -> None:
        while (request := self._calls.get()) is not None:
            self._loaded.wait()
            try:
                from workbench.engine.calls import find_call

                result = find_call(request.name)(request.arguments, _loaded(self._call_stations))
                self._replies.send(CallReply(request.id, result))
            except Exception as error:  # noqa: BLE001 - the engine outlives every request
                self._replies.send(Failure(request.id, in_words(error)))


def _loaded(stations: "Stations | None") -> "Stations":
    if stations is None:
        raise ValueError("the engine could not load its kernels; see what it wrote to stderr")
    return stations


def in_words(error: BaseException) -> str:
    """An error for a person: its own words where it was raised for a person, else what went wrong where."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, (ValueError, LookupError, OSError, msgspec.MsgspecError)) and error.args:
        return str(error.args[0])
    traceback.print_exception(error, file=sys.stderr)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" at {os.path.basename(last[0].filename)}:{last[0].lineno}" if last else ""
    return f"a fault of the workbench itself{place}: {type(error).__name__}: {error}"


def _id_of(line: bytes) -> int:
    """The id of a request that is wrong elsewhere, so that its asker does not wait for ever."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NO_ID
    number = found.get("id") if isinstance(found, dict) else None
    return number if isinstance(number, int) else NO_ID


def protocol_stream() -> BinaryIO:
    """The real stdout, for the protocol alone; from here on whatever else is printed goes to stderr."""
    protocol = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(protocol, "wb")


def main() -> None:
    """Serve until stdin closes."""
    started = time.monotonic()
    replies = Replies(protocol_stream())
    Engine(replies, started).run(sys.stdin.buffer)
    os._exit(0)  # daemon threads may still be inside a kernel


if __name__ == "__main__":
    main()
