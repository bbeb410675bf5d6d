"""Writing history: who did what to which case, when, on which release. Append-only."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine import clock
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
) -> HistoryEntry:
    """Append one entry in the present transaction; `data` is plain JSON: ids, codes, dates, amounts as text."""
    entry = HistoryEntry(
        at=clock.now(),
        actor_id=actor_id,
        case_id=case.id if case else None,
        customer_id=customer_id if customer_id is not None else (case.customer_id if case else None),
        instance_id=instance_id,
        release_id=release_id,
        kind=kind,
        element=element,
        data=data,
    )
    session.add(entry)
    return entry
