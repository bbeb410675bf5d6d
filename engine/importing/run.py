"""Running an import: the file is kept with its run, rows go in by batches, and a killed import goes on where it was.

The life of a run:

1. `begin` opens the file, so that what no import can read is refused at once, and stores it (`waiting`).
2. `resume` takes rows from `ImportRun.position` on. A batch is one transaction: it locks the run, then the customers
   of its rows in order of id, reads what is known of them, loads the good rows, and moves `position` together with
   them. It ends after so many rows, or on SQLite after 100 ms, and lets other writers in.
3. If anything unforeseen happens in a batch it is rolled back and done again with a savepoint around each row, so that
   only the row at fault is refused.
4. A strict import is first read, typed and tried as a whole, while others write; if all is well, all of it is one
   transaction, which on SQLite keeps other writers waiting until it ends.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, history, intake
from engine.db import begin_write
from engine.errors import NotFound
from engine.importing.loading import (
    BATCH_ROWS,
    BATCH_SECONDS,
    DATABASE_FAULTS,
    Into,
    Progress,
    Slices,
    Tally,
    load,
    log,
    try_out,
)
from engine.importing.outcome import Outcome, outcome_of, trial
from engine.importing.reasons import FileRefused, Refusal
from engine.importing.rows import File, open_file
from engine.models import ImportFile, ImportRefusal, ImportRun

PAUSE_SECONDS = 0.005  # between batches, for other writers
FIRST_ROWS, FEWEST_ROWS = 100, 20
Sessions = sessionmaker[Session]


@dataclass
class Work:
    """A run at hand: its file, what loads it, how many rows to take next, and up to which row `file.seen` is right."""

    run_id: int
    file: File
    into: Into
    size: int = FIRST_ROWS
    seen_to: int = -1
    slices: Slices = field(default_factory=Slices)

    @property
    def total(self) -> int:
        """Rows in all."""
        return len(self.file.rows)

    def fit(self, done: int, seconds: float) -> None:
        """A batch ended: the next one reads ahead for as many rows as it will have time for, or a few more."""
        if done < self.size:
            self.size = max(FEWEST_ROWS, done + done // 4)
        elif seconds < BATCH_SECONDS:
            self.size = min(BATCH_ROWS, self.size * 2)


def import_file(
    sessions: Sessions,
    kind: str,
    source: bytes,
    filename: str,
    *,
    by_id: int | None = None,
    mapping: Mapping[str, str] | None = None,
    dates: str = "iso",
    strict: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    into: Into = intake,
) -> Outcome:
    """Import a whole file and say what became of it; with `dry_run` say what would, and write nothing.

    `mapping` says which column of the file is which of the contract, `dates` how they are written (`ORDERS`). `strict`
    loads all rows or none. `progress` is called with rows dealt with and rows in all. Raises FileRefused for a file
    that cannot be read as such.
    """
    if dry_run:
        file = open_file(kind, source, mapping, dates)
        with sessions() as session:
            tally = try_out(session, file, progress)
        return trial(kind, filename, tally.fates, tally.refusals, strict=strict)
    with sessions() as session:
        begin_write(session)
        run_id = begin(session, kind, source, filename, by_id=by_id, mapping=mapping, dates=dates, strict=strict).id
        session.commit()
    return resume(sessions, run_id, progress=progress, into=into)


def begin(
    session: Session,
    kind: str,
    source: bytes,
    filename: str,
    *,
    by_id: int | None,
    mapping: Mapping[str, str] | None = None,
    dates: str = "iso",
    strict: bool = False,
) -> ImportRun:
    """Store a file to be imported by `resume`, in the caller's transaction. Raises FileRefused."""
    file = open_file(kind, source, mapping, dates)
    run = ImportRun(
        kind=kind,
        filename=filename[-200:],
        by_id=by_id,
        status="waiting",
        options={"mapping": dict(mapping or {}), "dates": dates, "strict": strict},
        rows=len(file.rows),
        started_at=clock.now(),
    )
    session.add(run)
    session.flush()
    session.add(ImportFile(run_id=run.id, source=source))
    session.flush()
    return run


def resume(sessions: Sessions, run_id: int, *, progress: Progress | None = None, into: Into = intake) -> Outcome:
    """Take a stored import from where it is to its end; one that is over stays as it is.

    Two at once do no harm: each batch is done by one of them. Raises NotFound, and lets faults of the database through:
    call again, it goes on from the last batch.
    """
    with sessions() as session:
        run = session.get(ImportRun, run_id)
        if run is None:
            raise NotFound(what="import", key=run_id)
        kept = session.get(ImportFile, run_id)
        if kept is None or run.finished_at is not None:
            return outcome_of(session, run)
        kind, source, options = run.kind, kept.source, run.options
    try:
        work = Work(run_id, open_file(kind, source, options["mapping"], options.get("dates", "iso")), into)
    except FileRefused as fault:  # accepted by an earlier version of Dunflow
        return _refuse(sessions, run_id, [Refusal(1, None, fault.reason_code, fault.reason_params, {})])
    if options["strict"]:
        return _all_or_nothing(sessions, work, progress)
    return _by_batches(sessions, work, progress)


def cancel(session: Session, run_id: int, *, by_id: int) -> bool:
    """End an import between two batches; what is loaded stays. False if it was over. Raises NotFound."""
    run = _locked(session, run_id)
    if run.finished_at is not None:
        return False
    _end(session, run, "cancelled", by_id)
    session.flush()
    return True


def earlier_mapping(session: Session, kind: str, by_id: int) -> dict[str, str]:
    """What columns were last said to be which, when this person imported this kind."""
    query = select(ImportRun.options).where(ImportRun.kind == kind, ImportRun.by_id == by_id)
    found = session.scalar(query.order_by(ImportRun.id.desc()).limit(1))
    return dict(found["mapping"]) if found else {}


def _by_batches(sessions: Sessions, work: Work, progress: Progress | None) -> Outcome:
    position = 0
    while position < work.total or position == 0:
        at, began = work.seen_to, time.monotonic()
        position = _safe_batch(sessions, work)
        if progress:
            progress(position, work.total)
        if position >= work.total:
            break
        work.fit(position - max(at, 0), time.monotonic() - began)
        time.sleep(PAUSE_SECONDS)
    return _outcome(sessions, work.run_id)


def _safe_batch(sessions: Sessions, work: Work) -> int:
    """A batch, row by row if it does not go in at once; returns the position after it."""
    try:
        return _batch(sessions, work, apart=False)
    except DATABASE_FAULTS:
        work.seen_to = -1
        raise
    except Exception:  # whatever a row may have set off: done again below, where it is that row's refusal
        log.warning("import %s: a batch failed and is done again row by row", work.run_id, exc_info=True)
        work.seen_to = -1
        return _batch(sessions, work, apart=True)


def _batch(sessions: Sessions, work: Work, *, apart: bool) -> int:
    with sessions() as session:
        begin_write(session)
        run = _locked(session, work.run_id)
        if run.finished_at is not None:
            return work.total
        if run.position != work.seen_to:
            refused = select(ImportRefusal.line).where(ImportRefusal.run_id == run.id)
            work.file.remember(run.position, set(session.scalars(refused)))
        rows = [work.file.typed(row) for row in work.file.rows[run.position : run.position + work.size]]
        tally = load(session, work.file, rows, work.into, by_id=run.by_id, apart=apart, slices=work.slices)
        position = _move(session, run, tally, work.total)
        session.commit()
    work.seen_to = position
    return position


def _all_or_nothing(sessions: Sessions, work: Work, progress: Progress | None) -> Outcome:
    with sessions() as session:
        tally = try_out(session, work.file)
    if not tally.refusals:
        try:
            tally = _whole(sessions, work, apart=False)
        except DATABASE_FAULTS:
            raise
        except Exception:  # as in _safe_batch: the second time tells which row it was
            log.warning("import %s: failed as a whole and is done again row by row", work.run_id, exc_info=True)
            tally = _whole(sessions, work, apart=True)
    ended = _refuse(sessions, work.run_id, tally.refusals) if tally.refusals else _outcome(sessions, work.run_id)
    if progress:
        progress(work.total, work.total)
    return ended


def _whole(sessions: Sessions, work: Work, *, apart: bool) -> Tally:
    """All rows in one transaction, kept only if none is refused; they are read before it begins."""
    work.file.seen.clear()
    rows = [work.file.typed(row) for row in work.file.rows]
    with sessions() as session:
        begin_write(session)
        run = _locked(session, work.run_id)
        if run.finished_at is not None:
            return Tally()
        tally = load(session, work.file, rows, work.into, by_id=run.by_id, apart=apart)
        if not tally.refusals:
            _move(session, run, tally, work.total)
            session.commit()
        return tally


def _locked(session: Session, run_id: int) -> ImportRun:
    run = session.scalars(select(ImportRun).where(ImportRun.id == run_id).with_for_update()).one_or_none()
    if run is None:
        raise NotFound(what="import", key=run_id)
    return run


def _move(session: Session, run: ImportRun, tally: Tally, total: int) -> int:
    """Note in the run what a batch did; the last one ends it."""
    run.status = "running"
    run.position += tally.done
    run.created += tally.fates["created"]
    run.changed += tally.fates["changed"]
    run.unchanged += tally.fates["unchanged"]
    run.refused += len(tally.refusals)
    _keep(session, run, tally.refusals)
    if run.position >= total:
        _end(session, run, "done")
    return run.position


def _refuse(sessions: Sessions, run_id: int, refusals: Sequence[Refusal]) -> Outcome:
    """Nothing of the file was loaded."""
    with sessions() as session:
        begin_write(session)
        run = _locked(session, run_id)
        run.refused = len(refusals)
        _keep(session, run, refusals)
        _end(session, run, "refused")
        session.commit()
        return outcome_of(session, run)


def _keep(session: Session, run: ImportRun, refusals: Sequence[Refusal]) -> None:
    rows = [{"run_id": run.id, **each.as_dict()} for each in refusals]
    if rows:
        session.execute(insert(ImportRefusal), rows)


def _end(session: Session, run: ImportRun, status: str, by_id: int | None = None) -> None:
    run.status, run.finished_at = status, clock.now()
    session.execute(delete(ImportFile).where(ImportFile.run_id == run.id))
    history.record(
        session,
        "file_imported",
        actor_id=by_id or run.by_id,
        import_id=run.id,
        status=status,
        created=run.created,
        changed=run.changed,
        refused=run.refused,
    )


def _outcome(sessions: Sessions, run_id: int) -> Outcome:
    with sessions() as session:
        run = session.get(ImportRun, run_id)
        if run is None:
            raise NotFound(what="import", key=run_id)
        return outcome_of(session, run)
