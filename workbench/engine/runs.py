"""Run directories: where searches live, how one is started, and how to tell a living one from a dead one.

    RUNS/ID/header.json    what was asked for (RunHeader)
            journal.jsonl  every generation, append only (workbench.search.journal)
            snapshot.json  the last Snapshot, replaced atomically
            checkpoint.json  where it stood some seconds ago (workbench.engine.checkpoints)
            best.json      the best design at any time (Candidate), replaced atomically
            socket         path of the Unix socket
            log.txt        what the process wrote to stderr
            lock           held (flock) by the process as long as it lives, however it dies

Free of numpy: the screen and the commands use it.
"""

import fcntl
import hashlib
import os
import secrets
import stat
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from platformdirs import user_state_path

from workbench.design.design import Design
from workbench.engine.messages import RunHeader, RunInfo, RunOptions, Snapshot
from workbench.search.freezing import check_names

SOCKET_PATH_LIMIT_BYTES = 100  # sun_path holds 108 bytes on Linux, 104 on macOS, the final zero included
LOCK_PATIENCE_S = (0.02, 0.05, 0.1)  # is_alive() of another process holds the lock for a moment
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class RunError(Exception):
    """A run cannot be found, started or reached; the message says why and what to do."""


_children: list[subprocess.Popen[bytes]] = []  # kept so that finished runs are reaped, not left as zombies


def runs_root() -> Path:
    """Folder of all runs, under the XDG state path."""
    return user_state_path("workbench") / "runs"


def run_directory(run: str) -> Path:
    """Directory of a run by id or by an unambiguous beginning of one. Raises RunError."""
    root = runs_root()
    if run and (root / run / "header.json").is_file() and Path(run).name == run:
        return root / run
    found = [p.name for p in _directories() if run and p.name.startswith(run)]
    if len(found) == 1:
        return root / found[0]
    if found:
        raise RunError(f"run {run}: begins {len(found)} runs: {', '.join(found[:5])}; give more of the name")
    known = [p.name for p in _directories()][-5:]
    raise RunError(f"run {run}: there is none under {root}; the latest are: {', '.join(known) or 'none at all'}")


def start_run(design: Design, options: RunOptions | None = None) -> str:
    """Start a search in a process of its own session; returns the run's id. It needs nobody to stay alive.

    Raises RunError if the process cannot be started, or if what is to be frozen or bounded is not in the design.
    """
    options = options or RunOptions()
    try:  # before there is anything that looks like a run
        freeze = (*design.frozen, *options.freeze)
        ids = tuple(sub.id for sub in design.subaccelerators)
        check_names(ids, freeze, options.bounds, options.max_subaccelerators)
    except ValueError as error:
        raise RunError(str(error)) from None
    started = datetime.now().astimezone()
    root = runs_root()
    while True:
        run = f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        try:
            (root / run).mkdir(parents=True)
            break
        except FileExistsError:
            continue
        except OSError as error:
            raise RunError(f"{root}: a run directory cannot be made there: {error.strerror}") from error
    from importlib.metadata import version  # loads a mail parser: too much for the screen's first paint

    header = RunHeader(
        id=run,
        version=version("workbench"),
        started=started.isoformat(timespec="microseconds"),
        design=design,
        options=options,
    )
    directory = root / run
    lock = take_lock(directory)
    try:
        write_header(directory, header)
        _spawn(directory, lock)
    finally:
        os.close(lock)
    return run


def resume_run(run: str, evaluations: int | None = None, seconds: float | None = None) -> str:
    """Go on with an interrupted run where its journal ends; returns its id. Raises RunError.

    A limit that is given replaces the run's own; a finished run goes on only so.
    """
    directory = run_directory(run)
    lock = take_lock(directory)
    try:
        header = read_header(directory)
        options = header.options
        if evaluations is not None:
            options = msgspec.structs.replace(options, evaluations=evaluations)
        if seconds is not None:
            options = msgspec.structs.replace(options, seconds=seconds)
        if options != header.options:
            write_header(directory, msgspec.structs.replace(header, options=options))
        if (before := stored_snapshot(directory)) is not None:  # no longer finished, nor paused
            write_snapshot(directory, msgspec.structs.replace(before, state="running", message=""))
        _spawn(directory, lock)
    finally:
        os.close(lock)
    return directory.name


def list_runs() -> list[RunInfo]:
    """All runs, oldest first. A directory whose header cannot be read is left out."""
    for child in _children[:]:
        if child.poll() is not None:
            _children.remove(child)
    found: list[tuple[str, str, RunInfo]] = []
    for directory in _directories():
        try:
            header = read_header(directory)
        except RunError:
            continue
        snapshot = stored_snapshot(directory)
        state: Literal["running", "finished", "interrupted"]
        if snapshot is not None and snapshot.state in ("finished", "stopped"):
            state = "finished"  # even while its process says goodbye to its clients
        else:
            state = "running" if is_alive(directory) else "interrupted"
        info = RunInfo(
            id=header.id,
            workload=header.design.workload,
            board=header.design.board,
            out=header.options.out,
            state=state,
            evaluations=snapshot.evaluations if snapshot else 0,
            best_edp_j_s=snapshot.best[0].edp_j_s if snapshot and snapshot.best else None,
            started=header.started,
        )
        found.append((header.started, header.id, info))
    return [info for _, _, info in sorted(found, key=lambda item: item[:2])]


def read_header(directory: Path) -> RunHeader:
    """What a run was started with. Raises RunError."""
    try:
        return msgspec.json.decode((directory / "header.json").read_bytes(), type=RunHeader)
    except OSError as error:
        raise RunError(f"{directory / 'header.json'}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise RunError(f"{directory / 'header.json'}: {error}; the run was made by another version") from error


def write_header(directory: Path, header: RunHeader) -> None:
    """Replace header.json."""
    write_atomically(directory / "header.json", msgspec.json.format(msgspec.json.encode(header)))


def stored_snapshot(directory: Path) -> Snapshot | None:
    """The last snapshot a run has written to disk, if any."""
    try:
        return msgspec.json.decode((directory / "snapshot.json").read_bytes(), type=Snapshot)
    except (OSError, msgspec.DecodeError):
        return None


def write_snapshot(directory: Path, snapshot: Snapshot) -> None:
    """Replace snapshot.json."""
    write_atomically(directory / "snapshot.json", msgspec.json.encode(snapshot))


def take_lock(directory: Path) -> int:
    """Take a run's lock; returns the file descriptor that holds it. Raises RunError if its process lives."""
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for patience_s in (0.0, *LOCK_PATIENCE_S):
        time.sleep(patience_s)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return descriptor
    os.close(descriptor)
    raise RunError(f"run {directory.name} is running; attach to it instead")


def is_alive(directory: Path) -> bool:
    """Whether the run's process lives: its lock is held. The kernel frees the lock even after kill -9."""
    try:
        descriptor = os.open(directory / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def socket_path(directory: Path) -> Path:
    """A path for the run's socket, short enough for a Unix address, in a folder only this user can enter.

    Raises RunError if no such folder can be had.
    """
    name = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:16] + ".sock"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    choices = [Path(runtime) / "workbench"] if runtime else []
    choices += [Path(top) / f"workbench-{os.getuid()}" for top in (tempfile.gettempdir(), "/tmp")]
    for folder in choices:
        if len(os.fsencode(folder / name)) > SOCKET_PATH_LIMIT_BYTES:
            continue
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            info = folder.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077:
            return folder / name
    raise RunError(f"no folder for the run's socket: tried {', '.join(map(str, choices))}; set XDG_RUNTIME_DIR")


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file so that a reader sees the old or the new content, never half of one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)  # half a file, where the disk is full
        raise OSError(error.errno, error.strerror, str(path)) from None


def _directories() -> list[Path]:
    try:
        return sorted(p for p in runs_root().iterdir() if (p / "header.json").is_file())
    except OSError:
        return []


def _spawn(directory: Path, lock: int) -> None:
    """Start the run's process; it inherits the lock, so that the run is never seen dead in between."""
    command = [sys.executable, "-m", "workbench.engine.run_process", str(directory), "--lock-descriptor", str(lock)]
    try:
        with open(directory / "log.txt", "ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
                env={**os.environ, **ONE_THREAD},
            )
    except OSError as error:
        raise RunError(f"run {directory.name} cannot be started: {error.strerror}") from error
    _children.append(child)
