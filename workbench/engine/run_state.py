"""A run's search with its journal, its clock, its checkpoints and its best design on disk; resumes from them."""

import hashlib
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from workbench.design.design import Design
from workbench.design.file import save_design
from workbench.design.provenance import Provenance, preset_fingerprints
from workbench.design.score import Scorer
from workbench.design.tenants import design_workload
from workbench.engine.checkpoints import read_checkpoint, write_checkpoint
from workbench.engine.messages import Candidate, RunHeader, Snapshot
from workbench.engine.runs import RunError, stored_snapshot, write_atomically
from workbench.hardware.presets import load_board
from workbench.search.front import Found
from workbench.search.journal import Journal, read_journal
from workbench.search.objective import Goal
from workbench.search.optimizers import make_optimizer
from workbench.search.polish import polish
from workbench.search.run import Limits, ReplayError, Search
from workbench.search.space import Space

RATE_WINDOW_S = 5.0
CHECKPOINT_S = 10.0  # of searching are replayed at most
State = Literal["running", "paused", "finished", "stopped", "failed"]


class RunState:
    """Opens a run: builds the search, replays what its journal holds, and goes on writing where that ends.

    Raises RunError if the presets have changed since, ValueError for names that no preset or optimiser has.
    """

    def __init__(self, directory: Path, header: RunHeader) -> None:
        self.directory = directory
        self._header = header
        options, design = header.options, header.design
        workload = design_workload(design)
        board = load_board(design.board, design.board_overrides)
        self._check_inputs(msgspec.json.encode([workload, board]))
        self._scorer = Scorer(workload, board)
        self._threads = options.threads or os.cpu_count() or 1
        self._goal = Goal(design.objective, options.delay_exponent, options.power_limit_w)
        self._space = Space(
            design,
            board,
            freeze=options.freeze,
            bounds=options.bounds,
            most_subaccelerators=options.max_subaccelerators,
        )
        path = directory / "journal.jsonl"
        self.search = self._new_search()
        kept = self._replay(path)
        if path.exists():
            os.truncate(path, kept)
        self._journal = Journal(path)
        before = stored_snapshot(directory)
        self._elapsed_before_s = before.elapsed_s if before and kept else 0.0
        self._began: float | None = time.monotonic()
        self._recent: list[tuple[float, int]] = [(0.0, self.search.evaluations)]
        self._written: Found | None = None
        self._kept_s = time.monotonic()  # when the last checkpoint was written

    def _new_search(self) -> Search:
        options, design, space = self._header.options, self._header.design, self._space
        return Search(
            space,
            make_optimizer(options.optimizer, space.encode(design), options.seed, options.population, space),
            lambda designs: self._scorer.evaluate_many(designs, threads=self._threads),
            self._goal,
            [design, *options.warm_start],
            Limits(options.evaluations),
        )

    def _replay(self, journal: Path) -> int:
        """Bring the search to where its journal ends, from the checkpoint on if there is one; the journal's length in
        bytes up to which it holds. Raises ReplayError."""
        checkpoint, most = read_checkpoint(self.directory, journal), self._header.options.evaluations
        if checkpoint and (most is None or checkpoint.search.archive.evaluations <= most):
            try:
                self.search.restore(checkpoint.search)
            except ReplayError:
                raise
            except ValueError:  # half of it may have been taken over
                self.search = self._new_search()
            else:
                rest = read_journal(journal, checkpoint.offset, self.search.generation)
                return max(checkpoint.offset, self.search.replay(rest))
        return self.search.replay(read_journal(journal))

    @property
    def done(self) -> bool:
        """Whether a limit of the run is reached."""
        seconds = self._header.options.seconds
        return self.search.done or (seconds is not None and self.elapsed_s >= seconds)

    @property
    def elapsed_s(self) -> float:
        """Seconds of searching, pauses and interruptions not counted."""
        return self._elapsed_before_s + (time.monotonic() - self._began if self._began is not None else 0.0)

    def step(self, injected: tuple[Design, ...] = ()) -> None:
        """One generation, journalled; a new best design is on the disk when it returns."""
        self._journal.append(self.search.step(injected))
        best = self.search.archive.best[:1]
        if best and best[0] is not self._written:
            self.write_best()
        if time.monotonic() - self._kept_s >= CHECKPOINT_S:
            self.keep()

    def keep(self) -> None:
        """Write a checkpoint, where the optimiser can be kept."""
        self._kept_s = time.monotonic()
        if self._journal.last and (kept := self.search.keep()) is not None:
            write_checkpoint(self.directory, kept, self._journal.offset, self._journal.last)

    def write_best(self) -> None:
        """Replace best.json."""
        best = self.search.archive.best[:1]
        if best:
            write_atomically(
                self.directory / "best.json", msgspec.json.format(msgspec.json.encode(_candidate(best[0])))
            )
            self._written = best[0]

    def finish(self) -> str:
        """Polish the best design's schedule and write it, as the run was asked to; returns what there is to say."""
        out, archive, options = self._header.options.out, self.search.archive, self._header.options
        if not archive.best:
            return "no design that fits and keeps the limits was found; free more variables, or take a larger board"
        if options.polish_evaluations > 0:
            found = archive.best[0].design
            archive.add(*polish(found, self._scorer, self._goal, options.polish_evaluations, options.seed))
        self.write_best()
        if out is None:
            return ""
        design = self.search.archive.best[0].design
        provenance = Provenance(
            version=self._header.version,
            date=datetime.now().astimezone().isoformat(timespec="seconds"),
            optimizer=self._header.options.optimizer,
            seed=self._header.options.seed,
            evaluations=self.search.evaluations,
            run=self._header.id,
            presets=preset_fingerprints(design),
        )
        save_design(design, out, self._scorer.score(design), provenance)
        return f"the best design is in {out}"

    def pause_clock(self) -> None:
        """Searching stops."""
        self._elapsed_before_s, self._began = self.elapsed_s, None

    def run_clock(self) -> None:
        """Searching goes on."""
        if self._began is None:
            self._began = time.monotonic()
            self._recent = [(self.elapsed_s, self.search.evaluations)]

    def snapshot(self, state: State, message: str = "") -> Snapshot:
        """The present state, immutable."""
        search, options, archive = self.search, self._header.options, self.search.archive
        elapsed_s = self.elapsed_s
        rate = self._rate(elapsed_s)
        return Snapshot(
            run=self._header.id,
            workload=self._header.design.workload,
            board=self._header.design.board,
            state=state,
            optimizer=options.optimizer,
            seed=options.seed,
            generation=search.generation,
            evaluations=search.evaluations,
            evaluations_limit=options.evaluations,
            seconds_limit=options.seconds,
            elapsed_s=elapsed_s,
            rate_per_s=rate,
            sigma=search.optimizer.sigma,
            stagnation=search.stagnation,
            seconds_left=self._seconds_left(elapsed_s, rate) if state in ("running", "paused") else None,
            curve=archive.thin_curve(),
            best=tuple(_candidate(found) for found in archive.best),
            front=tuple(_candidate(found) for found in archive.front.thin()),
            cloud=tuple(archive.cloud),
            message=message,
        )

    def close(self) -> None:
        """Close the journal, on the disk."""
        self._journal.close()

    def _rate(self, elapsed_s: float) -> float:
        self._recent.append((elapsed_s, self.search.evaluations))
        while len(self._recent) > 2 and elapsed_s - self._recent[0][0] > RATE_WINDOW_S:
            self._recent.pop(0)
        seconds = elapsed_s - self._recent[0][0]
        return (self.search.evaluations - self._recent[0][1]) / seconds if seconds > 0 else 0.0

    def _seconds_left(self, elapsed_s: float, rate: float) -> float | None:
        options = self._header.options
        left = []
        if options.evaluations is not None and rate > 0:
            left.append((options.evaluations - self.search.evaluations) / rate)
        if options.seconds is not None:
            left.append(options.seconds - elapsed_s)
        return max(0.0, min(left)) if left else None

    def _check_inputs(self, inputs: bytes) -> None:
        path = self.directory / "inputs.sha256"
        digest = hashlib.sha256(inputs).hexdigest()
        if path.exists() and path.read_text().strip() != digest:
            raise RunError(
                f"run {self.directory.name}: the workload's or the board's preset has changed since it began; "
                f"start a new search from {self.directory / 'best.json'} instead"
            )
        write_atomically(path, f"{digest}\n".encode())


def failed_snapshot(header: RunHeader, directory: Path, message: str) -> Snapshot:
    """The last word of a run that could not go on; keeps what an earlier snapshot knew."""
    before = stored_snapshot(directory)
    if before is not None:
        return msgspec.structs.replace(before, state="failed", message=message, seconds_left=None)
    options = header.options
    return Snapshot(
        run=header.id,
        workload=header.design.workload,
        board=header.design.board,
        state="failed",
        optimizer=options.optimizer,
        seed=options.seed,
        generation=0,
        evaluations=0,
        evaluations_limit=options.evaluations,
        seconds_limit=options.seconds,
        elapsed_s=0.0,
        rate_per_s=0.0,
        sigma=None,
        stagnation=0,
        seconds_left=None,
        curve=(),
        best=(),
        front=(),
        cloud=(),
        message=message,
    )


def _candidate(found: Found) -> Candidate:
    evaluation = found.evaluation
    return Candidate(
        found.design, evaluation.edp_j_s, evaluation.latency_s, evaluation.energy_j, found.number, found.taken
    )
