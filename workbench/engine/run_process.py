"""One search in a process of its own: `python -m workbench.engine.run_process RUN_DIR`.

It ignores SIGHUP, so that a dropped line does not end it. SIGTERM and SIGINT let it finish the generation and write its
state; the run is then interrupted and can be resumed. See `runs` for the files of RUN_DIR.
"""

import argparse
import contextlib
import logging
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

from workbench.engine.first_start import compile_side_by_side
from workbench.engine.kernel_cache import own_folder
from workbench.engine.messages import RunCommand, RunHeader, Snapshot
from workbench.engine.run_server import RunServer
from workbench.engine.run_state import RunState, failed_snapshot
from workbench.engine.runs import RunError, read_header, take_lock, write_snapshot
from workbench.engine.server import in_words

LOG = logging.getLogger(__name__)  # goes to stderr, which is the run's log.txt
SNAPSHOT_TO_DISK_S = 1.0
SNAPSHOT_TO_CLIENTS_S = 0.25
BEHIND_THE_SCREEN = 10  # niceness: a search has all the processors until someone types


class RunProcess:
    """The loop around the search: commands in, journal and snapshots out."""

    def __init__(self, directory: Path, header: RunHeader) -> None:
        self._directory = directory
        self._header = header
        self._commands: queue.SimpleQueue[RunCommand] = queue.SimpleQueue()
        self._terminated = threading.Event()
        self._server = RunServer(directory, self._commands.put)
        self._paused = False
        self._steps = 0
        self._stopped = False
        self._last_to_disk = 0.0
        self._last_to_clients = 0.0

    def run(self) -> int:
        """Search until a limit, a command or a signal ends it; returns the exit status."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._terminate())
        self._server.start()
        try:
            return self._search()
        except Exception as error:  # whoever looks on must learn why it ended
            LOG.exception("run %s failed", self._header.id)
            words = in_words(error)
            if isinstance(error, OSError):  # a full disk: what is in the journal is not lost
                words = f"{words}; put that right, then workbench search --resume {self._header.id} goes on"
            snapshot = failed_snapshot(self._header, self._directory, words)
            try:
                write_snapshot(self._directory, snapshot)
            except OSError as also:
                LOG.error("the last snapshot cannot be written: %s", also)
            self._server.publish(snapshot)
            return 1
        finally:
            self._server.close()

    def _search(self) -> int:
        compile_side_by_side(own_folder())
        state = RunState(self._directory, self._header)
        try:
            self._publish(state.snapshot("running"), force=True)
            injected: list[RunCommand] = []
            while not state.done and not self._stopped and not self._terminated.is_set():
                injected += self._obey(state)
                if self._stopped or self._terminated.is_set():
                    break
                state.step(tuple(command.design for command in injected if command.design is not None))
                injected.clear()
                if self._steps:
                    self._steps -= 1
                    self._paused = self._steps == 0
                self._publish(state.snapshot("paused" if self._paused else "running"), force=self._paused)
            if self._terminated.is_set():
                state.write_best()
                state.keep()
                self._publish(state.snapshot("paused", "interrupted by a signal; resume it to go on"), force=True)
                return 0
            message = state.finish()
            self._publish(state.snapshot("stopped" if self._stopped else "finished", message), force=True)
            return 0
        finally:
            state.close()

    def _obey(self, state: RunState) -> list[RunCommand]:
        """Take all waiting commands; while paused, wait for more. Returns what is to be injected."""
        injected: list[RunCommand] = []
        while not self._terminated.is_set():
            try:
                command = self._commands.get(timeout=0.2 if self._paused else 0)
            except queue.Empty:
                if self._paused:
                    continue
                break
            match command.name:
                case "pause":
                    self._paused, self._steps = True, 0
                    state.pause_clock()
                    self._publish(state.snapshot("paused"), force=True)
                case "resume":
                    self._paused, self._steps = False, 0
                case "step":
                    self._paused, self._steps = False, self._steps + 1
                case "stop":
                    self._stopped = True
                case "inject":
                    injected.append(command)
            if self._stopped:
                break
        state.run_clock()
        return injected

    def _publish(self, snapshot: Snapshot, force: bool = False) -> None:
        now = time.monotonic()
        if force or now - self._last_to_disk >= SNAPSHOT_TO_DISK_S:
            write_snapshot(self._directory, snapshot)
            self._last_to_disk = now
        if force or now - self._last_to_clients >= SNAPSHOT_TO_CLIENTS_S:
            self._server.publish(snapshot)
            self._last_to_clients = now

    def _terminate(self) -> None:
        self._terminated.set()


def _stand_back() -> None:
    """Let whoever waits for a key stroke go first. Where Linux shares the processors out between sessions before it
    looks at niceness, a search, which has a session of its own, says so for the session."""
    os.nice(BEHIND_THE_SCREEN)
    with contextlib.suppress(OSError):
        if os.getsid(0) == os.getpid():
            Path("/proc/self/autogroup").write_text(str(BEHIND_THE_SCREEN))


def main() -> int:
    """Run the search of a run directory."""
    parser = argparse.ArgumentParser(description="One search of the workbench.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--lock-descriptor", type=int, help="an open file that already holds the run's lock")
    arguments = parser.parse_args()
    try:
        if arguments.lock_descriptor is None:
            take_lock(arguments.directory)  # held until the process ends
        else:
            os.set_inheritable(arguments.lock_descriptor, False)
        header = read_header(arguments.directory)
        _stand_back()
        return RunProcess(arguments.directory, header).run()
    except RunError as error:
        LOG.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
