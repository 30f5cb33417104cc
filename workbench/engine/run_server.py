"""A run's Unix socket: snapshots out to any number of clients, commands in. Never makes the search wait."""

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from workbench.engine.messages import RunCommand, Snapshot
from workbench.engine.runs import socket_path, write_atomically

LOG = logging.getLogger(__name__)  # goes to stderr, which is the run's log.txt
COMMAND_LIMIT_BYTES = 16 << 20  # an injected design with an explicit schedule
FAREWELL_S = 1.0  # how long the last snapshot may take to reach slow clients
START_PATIENCE_S = 10.0


class RunServer:
    """An asyncio loop in a thread of its own. A client that does not read misses snapshots, nothing else."""

    def __init__(self, directory: Path, on_command: Callable[[RunCommand], None]) -> None:
        self._path = socket_path(directory)
        self._directory = directory
        self._on_command = on_command
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="socket", daemon=True)
        self._clients: set[asyncio.StreamWriter] = set()
        self._latest = b""
        self._encoder = msgspec.json.Encoder()
        self._server: asyncio.Server | None = None

    def start(self) -> None:
        """Listen; the run's directory says where from now on. Raises OSError if that cannot be done."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(START_PATIENCE_S)
        write_atomically(self._directory / "socket", f"{self._path}\n".encode())

    def publish(self, snapshot: Snapshot) -> None:
        """Send a snapshot to whoever has read all that was sent before. Returns at once."""
        line = self._encoder.encode(snapshot) + b"\n"
        self._loop.call_soon_threadsafe(self._send, line)

    def close(self) -> None:
        """Send the last snapshot to those that are behind, as far as they read in time, and end."""
        future = asyncio.run_coroutine_threadsafe(self._farewell(), self._loop)
        try:
            future.result(2 * FAREWELL_S)
        except TimeoutError:
            LOG.warning("the run's clients did not read to the end")
        self._path.unlink(missing_ok=True)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _listen(self) -> None:
        self._path.unlink(missing_ok=True)  # the run's lock is ours: a socket that is left there is nobody's
        self._server = await asyncio.start_unix_server(self._attend, str(self._path), limit=COMMAND_LIMIT_BYTES)
        self._path.chmod(0o600)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        decoder = msgspec.json.Decoder(RunCommand)
        try:
            if self._latest:
                writer.write(self._latest)
            while line := await reader.readline():
                try:
                    command = decoder.decode(line)
                except msgspec.DecodeError as error:
                    LOG.warning("a client sent what is no command: %s", error)
                    continue
                self._on_command(command)
        except (OSError, ValueError):  # gone, or a line beyond all limits
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    def _send(self, line: bytes) -> None:
        self._latest = line
        for writer in self._clients:
            if writer.transport.get_write_buffer_size() == 0:
                writer.write(line)

    async def _farewell(self) -> None:
        if self._server is not None:
            self._server.close()
        await asyncio.sleep(0)  # let the last publish go out first
        behind = [w for w in self._clients if w.transport.get_write_buffer_size() > 0]
        for writer in behind:
            writer.write(self._latest)
        try:
            async with asyncio.timeout(FAREWELL_S):
                for writer in list(self._clients):
                    writer.close()
                for writer in list(self._clients):
                    await writer.wait_closed()
        except (TimeoutError, OSError):
            for writer in list(self._clients):
                writer.transport.abort()
