"""Looking on at a run and steering it, over its Unix socket. Free of numpy."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import msgspec

from workbench.design.design import Design
from workbench.engine.messages import RunCommand, Snapshot
from workbench.engine.runs import RunError, is_alive, run_directory, stored_snapshot

LINE_LIMIT_BYTES = 64 << 20  # a snapshot with 20 designs of explicit schedules is one line
CONNECT_PATIENCE_S = 10.0  # a run that has just been started listens only after it has loaded
CONNECT_PAUSE_S = 0.05


class RunClient:
    """One look at one run. Closing it, or dying, leaves the run alone.

    >>> client = await RunClient.attach(run)
    >>> async for snapshot in client.snapshots():   # at most four a second; ends when the run ends
    ...     show(snapshot)
    >>> await client.pause()
    """

    def __init__(self, run: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.run = run
        self._reader = reader
        self._writer = writer
        self._decoder = msgspec.json.Decoder(Snapshot)
        self._encoder = msgspec.json.Encoder()

    @classmethod
    async def attach(cls, run: str) -> "RunClient":
        """Connect to a living run, by id or an unambiguous beginning of it. Raises RunError."""
        directory = run_directory(run)
        give_up = time.monotonic() + CONNECT_PATIENCE_S
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(_address(directory), limit=LINE_LIMIT_BYTES)
            except OSError as error:
                _still_worth_waiting(directory, give_up, error)
                await asyncio.sleep(CONNECT_PAUSE_S)
            else:
                return cls(directory.name, reader, writer)

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """Snapshots as they come; the iteration ends when the run ends or the connection breaks."""
        try:
            while line := await self._reader.readline():
                yield self._decoder.decode(line)
        except (OSError, msgspec.DecodeError):
            return

    async def send(self, command: RunCommand) -> None:
        """Steer the run. Raises RunError if it has ended."""
        try:
            self._writer.write(self._encoder.encode(command) + b"\n")
            await self._writer.drain()
        except OSError as error:
            raise RunError(f"run {self.run} has ended") from error

    async def pause(self) -> None:
        """Stop after the present generation until resumed."""
        await self.send(RunCommand("pause"))

    async def resume(self) -> None:
        """Go on after a pause."""
        await self.send(RunCommand("resume"))

    async def step(self) -> None:
        """One generation, then pause."""
        await self.send(RunCommand("step"))

    async def stop(self) -> None:
        """End the search for good; its best design is written."""
        await self.send(RunCommand("stop"))

    async def inject(self, design: Design) -> None:
        """Put a hand-made design into the next generation."""
        await self.send(RunCommand("inject", design))

    async def close(self) -> None:
        """Look away."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return


def watch_run(run: str) -> Iterator[Snapshot]:
    """Snapshots of a run until it ends, without asyncio; a run that has ended yields its last one. Raises RunError."""
    directory = run_directory(run)
    try:
        connection = _connect(directory)
    except RunError:
        last = read_snapshot(directory.name)
        if last is None or is_alive(directory):
            raise
        yield last
        return
    decoder = msgspec.json.Decoder(Snapshot)
    heard = False
    with connection, connection.makefile("rb") as lines:
        try:
            for line in lines:
                yield decoder.decode(line)
                heard = True
        except (OSError, msgspec.DecodeError):
            return
    last = None if heard else read_snapshot(directory.name)  # it ended before it looked at who connects
    if last is not None:
        yield last


def send_command(run: str, command: RunCommand) -> None:
    """Steer a run without asyncio. Raises RunError if it is not running."""
    with _connect(run_directory(run)) as connection:
        connection.sendall(msgspec.json.encode(command) + b"\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 16):  # the run closes its end once it has read the command
            pass


def read_snapshot(run: str) -> Snapshot | None:
    """The last snapshot a run, living or not, has written to disk. Raises RunError if there is no such run.

    One that could not say goodbye is shown as interrupted.
    """
    directory = run_directory(run)
    last = stored_snapshot(directory)
    if last is not None and last.state in ("running", "paused") and not is_alive(directory):
        words = last.message or "its process has ended; its journal is kept"
        return msgspec.structs.replace(last, state="interrupted", message=words, seconds_left=None)
    return last


def _connect(directory: Path) -> socket.socket:
    give_up = time.monotonic() + CONNECT_PATIENCE_S
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(_address(directory))
        except OSError as error:
            connection.close()
            _still_worth_waiting(directory, give_up, error)
            time.sleep(CONNECT_PAUSE_S)
        else:
            return connection


def _address(directory: Path) -> str:
    return (directory / "socket").read_text().strip()


def _still_worth_waiting(directory: Path, give_up: float, error: OSError) -> None:
    if not is_alive(directory):
        raise RunError(
            f"run {directory.name} is not running; `workbench runs` lists the runs, "
            f"`workbench search --resume {directory.name}` goes on with it"
        ) from error
    if time.monotonic() > give_up:
        raise RunError(
            f"run {directory.name} does not answer: {error.strerror}; see {directory / 'log.txt'}"
        ) from error
