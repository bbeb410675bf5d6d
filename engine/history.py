"""Writing history: who did what to which case, when, on which release. Append-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine import clock
from engine.flow.instance import room
from engine.models import Case, HistoryEntry


def record(
    session: Session,
    kind: str,
    *,
    case: Case | None = None,
    customer_id: int | None = None,
    actor_id: int | None = None,
    instance_id: int | None = None,
    release_id: int | None = None,
    element: str | None = None,
    **data: Any,
) -> None:
    """Append one entry in the present transaction; `data` is plain JSON: ids, codes, dates, amounts as text.

    Inside an act or a batch it is written with the act's other rows, in order; otherwise at once.
    """
    row = {
        "at": clock.now(),
        "actor_id": actor_id,
        "case_id": case.id if case else None,
        "customer_id": customer_id if customer_id is not None else (case.customer_id if case else None),
        "instance_id": instance_id,
        "release_id": release_id,
        "kind": kind,
        "element": element,
        "data": data,
    }
    _write(session, [row])


def record_each(
    session: Session, kind: str, entries: Sequence[tuple[int, Mapping[str, Any]]], *, actor_id: int | None
) -> None:
    """`record` for many customers with one statement: their ids, each with its data."""
    alike: dict[str, Any] = dict.fromkeys(("case_id", "instance_id", "release_id", "element"))
    alike |= {"at": clock.now(), "actor_id": actor_id, "kind": kind}
    _write(session, [{**alike, "customer_id": customer_id, "data": data} for customer_id, data in entries])


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    shared = room(session)
    if shared.acting or shared.batching:
        for row in rows:
            shared.writes.history(row)
    elif rows:
        session.execute(insert(HistoryEntry.__table__), rows)  # type: ignore[arg-type]
