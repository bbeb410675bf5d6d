"""Settlement and closing that reached an instance before it could take them: kept for its next act, with an expiry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import InboxMessage, Instance

KEPT_FOR = dt.timedelta(days=30)


def keep(session: Session, instance_id: int, message: str, payload: Mapping[str, Any]) -> None:
    """Keeps a message for the instance's next act."""
    session.add(
        InboxMessage(
            instance_id=instance_id,
            message=message,
            payload=dict(payload),
            received_at=clock.now(),
            expires_at=clock.now() + KEPT_FOR,
        )
    )
    instance = session.get(Instance, instance_id)
    if instance is not None:
        instance.has_inbox = True
    session.flush()


def take(session: Session, instance_id: int, messages: set[str]) -> InboxMessage | None:
    """The oldest unexpired message kept for an instance that it can take now; it counts as consumed."""
    found = session.scalar(
        select(InboxMessage)
        .where(
            InboxMessage.instance_id == instance_id,
            InboxMessage.consumed_at.is_(None),
            InboxMessage.expires_at > clock.now(),
            InboxMessage.message.in_(messages),
        )
        .order_by(InboxMessage.id)
        .limit(1)
    )
    if found is not None:
        found.consumed_at = clock.now()
    return found


def expired(session: Session, limit: int) -> list[InboxMessage]:
    """Messages that nobody took in time."""
    return list(
        session.scalars(
            select(InboxMessage)
            .where(InboxMessage.consumed_at.is_(None), InboxMessage.expires_at <= clock.now())
            .order_by(InboxMessage.id)
            .limit(limit)
        )
    )
