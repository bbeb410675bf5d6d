"""What became of an import, and the file of refused rows to mend and send again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import exporting
from engine.importing.reading import ADDED
from engine.importing.reasons import Refusal
from engine.models import ImportRefusal, ImportRun


@dataclass(frozen=True)
class Outcome:
    """Counts by fate, and each refusal. `run_id` is empty for a trial run; `status` is done or refused."""

    run_id: int | None
    kind: str
    filename: str
    status: str
    rows: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: Sequence[Refusal] = field(default_factory=tuple)


def outcome_of(session: Session, run: ImportRun) -> Outcome:
    """What a stored run came to."""
    return Outcome(
        run.id,
        run.kind,
        run.filename,
        run.status,
        run.rows,
        run.created,
        run.changed,
        run.unchanged,
        run.refused,
        tuple(refusals_of(session, run.id)),
    )


def trial(kind: str, filename: str, fates: Counter[str], refusals: Sequence[Refusal], *, strict: bool) -> Outcome:
    """The outcome of a trial run."""
    return Outcome(
        None,
        kind,
        filename,
        "refused" if strict and refusals else "done",
        sum(fates.values()) + len(refusals),
        fates["created"],
        fates["changed"],
        fates["unchanged"],
        len(refusals),
        tuple(refusals),
    )


def refusals_of(session: Session, run_id: int, *, limit: int | None = None) -> list[Refusal]:
    """The refusals of a run by line, readable in both languages by `.text(lang)`."""
    query = select(ImportRefusal).where(ImportRefusal.run_id == run_id).order_by(ImportRefusal.line).limit(limit)
    return [Refusal(each.line, each.column, each.reason, each.params, each.row) for each in session.scalars(query)]


def refused_table(refusals: Sequence[Refusal], lang: str = "en") -> tuple[list[str], list[list[str]]]:
    """Header and rows of what was refused, with what to mend in `line`, `column`, `reason`."""
    refusals = [each for each in refusals if each.row]
    header = list(dict.fromkeys(name for each in refusals for name in each.row))
    rows = [
        [*(each.row.get(name, "") for name in header), str(each.line), each.column or "", each.text(lang)]
        for each in refusals
    ]
    return [*header, *ADDED], rows


def refused_file(refusals: Sequence[Refusal], lang: str = "en", kind: str = "csv") -> bytes:
    """The refused rows as CSV (UTF-8 with mark, as Excel likes it) or XLSX, to mend and send again.

    Cells that a spreadsheet would run as a formula get an apostrophe in CSV, which importing takes away again.
    """
    header, rows = refused_table(refusals, lang)
    return exporting.as_xlsx(header, rows, sheet="Refused") if kind == "xlsx" else exporting.as_csv(header, rows)
