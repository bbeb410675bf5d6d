"""Looking for whoever phones in, whatever the case's owner: how often one may, what is recorded, and the note taken."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from engine import clock, history, notifications, parameters
from engine.errors import DunflowError, Invalid, NotFound, NotPermitted
from engine.models import Case, Customer, HistoryEntry, Lookup, Role, User
from engine.notifications import Kind
from engine.people import readable_cases

SEARCHERS = (Role.COLLECTOR, Role.SUPERVISOR, Role.MANAGER, Role.COMPLIANCE)
NOTERS = (Role.COLLECTOR, Role.SUPERVISOR, Role.MANAGER)
HOUR = dt.timedelta(hours=1)
SECOND_CLICK = dt.timedelta(minutes=1)
LONGEST_NOTE = 2000


class TooManyLookups(DunflowError):
    """You have searched and opened {limit} times within an hour, which is as often as anybody may."""

    status = 429
    remedy = "Wait until the hour is over. A manager or an administrator can have the limit raised."


def searched(session: Session, user: User, customer_id: int | None = None) -> None:
    """Counts a search, or the opening of a customer. Raises NotPermitted, TooManyLookups."""
    if not user.has_role(*SEARCHERS):
        raise NotPermitted(act="search among all customers", reason="it is for other roles")
    limit = int(parameters.value(session, "lookups_per_hour"))
    now = clock.real_now()
    so_far = select(func.count(Lookup.id)).where(Lookup.user_id == user.id, Lookup.at > now - HOUR)
    if (session.scalar(so_far) or 0) >= limit:
        raise TooManyLookups(limit=limit)
    session.add(Lookup(user_id=user.id, customer_id=customer_id, at=now))
    session.flush()


def open_customer(session: Session, customer_id: int, user: User) -> Customer:
    """The customer somebody found. One of whom they may read no case is recorded as looked up.

    Raises NotFound, NotPermitted, TooManyLookups.
    """
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFound(what="customer", key=customer_id)
    searched(session, user, customer_id)
    theirs = select(exists().where(Case.customer_id == customer_id, readable_cases(user)))
    if not session.scalar(theirs):
        history.record(session, "looked_up", customer_id=customer_id, actor_id=user.id)
    return customer


def note_phone_in(session: Session, customer_id: int, note: str, actor: User) -> list[int]:
    """Notes that the customer phoned in, and tells who answers for each of their open cases; gives whom, by id.

    Locks the customer. The same note by the same person within a minute is a second click: nothing happens.
    Raises NotFound, NotPermitted, Invalid.
    """
    if not actor.has_role(*NOTERS):
        raise NotPermitted(act="note who phoned in", reason="it is for other roles")
    words = note.strip()
    if not words or len(words) > LONGEST_NOTE:
        raise Invalid(field="note", reason="write what was said, in at most 2000 characters")
    if session.scalar(select(Customer.id).where(Customer.id == customer_id).with_for_update()) is None:
        raise NotFound(what="customer", key=customer_id)
    cases = session.scalars(select(Case).where(Case.customer_id == customer_id).order_by(Case.id.desc())).all()
    opened = [case for case in cases if case.closed_at is None]
    told = {case.id: notifications.who_answers_for(session, case) for case in opened}
    if not _is_second_click(session, customer_id, words, actor):
        for case in opened or cases[:1]:
            history.record(session, "phoned_in", case=case, actor_id=actor.id, note=words)
        if not cases:
            history.record(session, "phoned_in", customer_id=customer_id, actor_id=actor.id, note=words)
        for case in opened:
            told_as = f"{case.id}:{clock.real_now().timestamp()}"
            notifications.tell(
                session, told[case.id], Kind.PHONED_IN, told_as=told_as, case=case, by_id=actor.id, note=words
            )
    return sorted({each for ids in told.values() for each in ids} - {actor.id})


def forget_old(session: Session) -> None:
    """What the limit no longer counts goes after a day; who opened whom stays in history."""
    session.execute(delete(Lookup).where(Lookup.at < clock.real_now() - dt.timedelta(days=1)))


def _is_second_click(session: Session, customer_id: int, words: str, actor: User) -> bool:
    latest = session.scalars(
        select(HistoryEntry)
        .where(
            HistoryEntry.customer_id == customer_id,
            HistoryEntry.kind == "phoned_in",
            HistoryEntry.actor_id == actor.id,
        )
        .order_by(HistoryEntry.id.desc())
        .limit(1)
    ).one_or_none()
    return latest is not None and latest.data["note"] == words and clock.now() - latest.at < SECOND_CLICK
