"""The engine over its pipes: scores, lanes, garbage, crashes, and an end without leftovers."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from workbench.design.design import Design
from workbench.engine.client import Crashed, EngineClient, EngineError, call, score_once
from workbench.engine.messages import EngineReply, Failure, Ready, ScoreReply, ScoreRequest


@pytest.fixture
async def client() -> AsyncIterator[EngineClient]:
    events: list[object] = []
    found = EngineClient(events.append)
    found.events = events  # type: ignore[attr-defined]
    await found.start()
    yield found
    await found.close()


def events(client: EngineClient, kind: type) -> list[object]:
    return [event for event in client.events if isinstance(event, kind)]  # type: ignore[attr-defined]


async def test_a_design_is_scored_and_the_same_again(client: EngineClient, design: Design) -> None:
    first = await client.score(design)
    assert first.score is not None
    assert first.score.feasible
    assert first.score.edp_j_s == pytest.approx(first.score.energy_j * first.score.latency_s)
    assert (await client.score(design)).score == first.score
    assert (await client.score(design, timeline=True)).score.timeline  # type: ignore[union-attr]
    assert len(events(client, Ready)) == 1


async def test_a_design_that_does_not_fit_has_a_reason_and_no_figures(client: EngineClient, too_large: Design) -> None:
    score = (await client.score(too_large)).score
    assert score is not None
    assert not score.feasible
    assert score.edp_j_s is None
    assert score.reason


async def test_a_newer_request_of_a_lane_replaces_older_ones(client: EngineClient, design: Design) -> None:
    await client.score(design)
    asked = [asyncio.create_task(client.score(replace(design, frozen=(f"{i}",)))) for i in range(30)]
    other = asyncio.create_task(client.score(design, lane="compare"))
    replies = await asyncio.gather(*asked)
    assert replies[-1].score is not None
    assert sum(reply.superseded for reply in replies) >= 25
    assert all((reply.score is None) == reply.superseded for reply in replies)
    assert (await other).score is not None


async def test_what_no_preset_has_is_an_error_in_words_and_the_engine_lives(
    client: EngineClient, design: Design
) -> None:
    with pytest.raises(EngineError, match="u999"):
        await client.score(replace(design, board="u999"))
    with pytest.raises(EngineError, match="no job named 'fly'; it has: "):
        await client.call("fly")
    assert (await client.score(design)).score is not None
    assert not events(client, Crashed)


async def test_a_killed_engine_is_started_again_and_asked_again(client: EngineClient, design: Design) -> None:
    before = (await client.score(design)).score
    assert client.pid is not None
    os.kill(client.pid, signal.SIGSTOP)  # so that the request is under way when the engine dies
    os.waitid(os.P_PID, client.pid, os.WSTOPPED)  # all its threads: on a busy machine they go on for a while
    asked = asyncio.create_task(client.score(design))
    await asyncio.sleep(0.05)
    os.kill(client.pid, signal.SIGKILL)
    assert (await asyncio.wait_for(asked, 60)).score == before
    assert len(events(client, Crashed)) == 1
    assert len(events(client, Ready)) == 2


async def test_a_request_that_ends_the_engine_twice_fails_in_words(design: Design) -> None:
    client = EngineClient(command=(sys.executable, "-c", "import sys; input(); sys.exit('out of paper')"))
    await client.start()
    with pytest.raises(EngineError, match=r"ended 2 times.*out of paper"):
        await asyncio.wait_for(client.score(design), 30)
    await client.close()


async def test_an_engine_that_cannot_be_started_is_an_error_in_words() -> None:
    with pytest.raises(EngineError, match="cannot be started"):
        await EngineClient(command=("/nowhere/engine",)).start()


async def test_closing_fails_what_waits_and_leaves_no_process(design: Design) -> None:
    client = EngineClient()
    await client.start()
    pid = client.pid
    asked = asyncio.create_task(client.score(design))
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(EngineError):
        await asked
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(EngineError, match="not running"):
        await client.score(design)


GARBAGE = [
    b"",
    b"   ",
    b"not json",
    b"{}",
    b"[1, 2]",
    b'{"type": "score", "id": "x"}',
    b'{"type": "score", "id": 7}',
    b'{"type": "call", "id": 8, "name": 3, "arguments": {}}',
    b'{"type": "hurl", "id": 9}',
    b"\xff\xfe\x00",
    b"[" * 5000,
    b'{"type": "call", "id": 10, "name": "lower-bound", "arguments": {}}',
]


def test_garbage_is_answered_with_failures_and_stdout_holds_nothing_but_replies(design: Design) -> None:
    good = msgspec.json.encode(ScoreRequest(id=99, design=design))
    done = subprocess.run(
        [sys.executable, "-m", "workbench.engine.server"],
        input=b"\n".join([*GARBAGE, good]) + b"\n",
        capture_output=True,
        timeout=120,
        check=True,
    )
    replies = [msgspec.json.decode(line, type=EngineReply) for line in done.stdout.splitlines()]
    failures = {reply.id: reply.message for reply in replies if isinstance(reply, Failure)}
    assert {7, 8, 9, 10} <= set(failures)
    assert all(failures.values())
    assert [reply.id for reply in replies if isinstance(reply, ScoreReply) and reply.score] == [99]
    assert b"Traceback" not in done.stderr


def test_the_engine_ends_when_its_client_dies(design: Design) -> None:
    code = (
        "import asyncio, os, sys\n"
        "from workbench.engine.client import EngineClient\n"
        "async def main():\n"
        "    client = EngineClient(lambda event: print(client.pid, flush=True))\n"
        "    await client.start()\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z":
            return
        signal.sigtimedwait([], 0.1)
    pytest.fail("the engine outlived its client by ten seconds")


def test_the_commands_ask_once_without_asyncio(design: Design) -> None:
    assert score_once(design).feasible
    names = call("variables", {"design": json.loads(msgspec.json.encode(design))})["variables"]
    assert "A.core" in names  # type: ignore[operator]
