"""A customer's contacts, masked on pages; showing one in full is recorded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import history
from engine.errors import NotFound
from engine.models import Case, Contact, Customer, FollowUp

_KINDS = ("phone", "email", "address")
STANDINGS = ("unverified", "verified", "invalid", "wrong_number", "refused", "do_not_contact")
PROTECTED = frozenset({"refused", "do_not_contact"})
"""What somebody asked for or the law wants: no result of a call takes it back, only a supervisor does."""
UNCALLABLE = PROTECTED | {"invalid", "wrong_number"}


@dataclass(frozen=True)
class ContactRow:
    """A contact, how often it was tried by follow-ups, and when last."""

    contact: Contact
    attempts: int
    last_at: dt.datetime | None


def contacts(session: Session, customer: Customer) -> list[ContactRow]:
    """How the customer can be reached: own contacts first, then those of others."""
    tried = {
        row.contact_id: row
        for row in session.execute(
            select(FollowUp.contact_id, func.count().label("many"), func.max(FollowUp.at).label("last"))
            .where(FollowUp.customer_id == customer.id, FollowUp.contact_id.is_not(None))
            .group_by(FollowUp.contact_id)
        )
    }
    found = session.scalars(select(Contact).where(Contact.customer_id == customer.id).order_by(Contact.id)).all()
    rows = [
        ContactRow(each, tried[each.id].many, tried[each.id].last) if each.id in tried else ContactRow(each, 0, None)
        for each in found
    ]
    return sorted(rows, key=lambda row: (row.contact.relation != "self", _place(row.contact.kind), row.contact.id))


def _place(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def reveal(session: Session, case: Case, contact_id: int, *, actor_id: int) -> Contact:
    """A contact in full, which is recorded. Raises NotFound for another customer's."""
    contact = session.get(Contact, contact_id)
    if contact is None or contact.customer_id != case.customer_id:
        raise NotFound(what="contact", key=contact_id)
    history.record(session, "revealed", case=case, actor_id=actor_id, what=contact.kind, contact_id=contact.id)
    return contact


def reveal_id_number(session: Session, case: Case, customer: Customer, *, actor_id: int) -> str:
    """The customer's id number in full, which is recorded."""
    history.record(session, "revealed", case=case, actor_id=actor_id, what="id_number")
    return customer.id_number or ""
