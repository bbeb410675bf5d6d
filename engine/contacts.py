"""Adding to a customer's contacts, and changing their standing: checked, told twice never, and kept in history."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, history, parameters, search
from engine.contact import PROTECTED, STANDINGS
from engine.errors import Conflict, Invalid, NotFound, NotPermitted
from engine.models import Case, Contact, Customer

KINDS = ("phone", "email", "address")
RELATIONS = ("self", "spouse", "emergency", "guarantor", "other")
BY_HAND = "by_hand"  # the source of what people add
_LONGEST = {"phone": 40, "email": 254, "address": 400}
_HOLDER = 200
_EMAIL = re.compile(
    r"[^\s@,;<>()\"]{1,64}@(?:[^\s@.,;<>()\"_-](?:[^\s@.,;<>()\"_]{0,61}[^\s@.,;<>()\"_-])?\.)+[^\W\d_]{2,63}"
)


class ContactKnown(Invalid):
    """This is known already: it is one of {holder}."""


class StandingChanged(Conflict):
    """Somebody else has given this contact another standing since you opened it."""


class OnlySupervisorsLift(NotPermitted):
    """Only a supervisor takes back that somebody refused or must not be contacted."""


@dataclass(frozen=True)
class NewContact:
    """What somebody learned: `kind` is one of `KINDS`, `relation` of `RELATIONS`; `holder` where not the customer's."""

    kind: str
    value: str
    relation: str = "self"
    holder: str = ""


@dataclass(frozen=True)
class Added:
    """The contact, and how many other customers have the same number."""

    contact: Contact
    shared_with: int


def add(session: Session, case: Case, new: NewContact, *, actor_id: int) -> Added:
    """A contact of the case's customer, whose row is locked. Raises Invalid by field, ContactKnown for a known one."""
    customer = session.get_one(Customer, case.customer_id)
    _one_of(new.kind, KINDS, "kind")
    _one_of(new.relation, RELATIONS, "relation")
    holder = new.holder.strip()
    if new.relation != "self" and not holder:
        raise Invalid(field="holder", reason="say whose it is")
    if len(holder) > _HOLDER:
        raise Invalid(field="holder", reason="it is too long")
    region = region_of(session, customer)
    _refuse_known(session, customer, new.kind, " ".join(new.value.split()), region)
    value = checked(new.kind, new.value, region)
    contact = Contact(
        customer_id=customer.id,
        kind=new.kind,
        value=value,
        relation=new.relation,
        holder=holder if new.relation != "self" else "",
        source=BY_HAND,
        created_at=clock.now(),
    )
    session.add(contact)
    session.flush()
    shared_with = _shared_with(session, contact)
    if contact.kind == "phone":
        search.index(session, [customer.id])
    history.record(session, "contact_added", case=case, actor_id=actor_id, **_told(contact))
    return Added(contact, shared_with)


def set_standing(
    session: Session,
    case: Case,
    contact_id: int,
    standing: str,
    *,
    was: str,
    note: str = "",
    actor_id: int,
    may_lift: bool = False,
) -> Contact:
    """Another standing for a contact of the case's customer, whose row is locked; `was` is what was seen.

    Raises NotFound, Invalid, StandingChanged, and OnlySupervisorsLift where a refusal is taken back without `may_lift`.
    """
    contact = session.get(Contact, contact_id, populate_existing=True)
    if contact is None or contact.customer_id != case.customer_id:
        raise NotFound(what="contact", key=contact_id)
    _one_of(standing, STANDINGS, "standing")
    if contact.standing != was:
        raise StandingChanged(what="contact")
    if contact.standing in PROTECTED and standing != contact.standing and not may_lift:
        raise OnlySupervisorsLift
    if standing == contact.standing:
        return contact
    contact.standing = standing
    told = _told(contact) | {"was": was, "standing": standing, "note": note.strip()[:1000]}
    history.record(session, "contact_changed", case=case, actor_id=actor_id, **told)
    return contact


def dial(session: Session, customer: Customer, contact: Contact) -> str:
    """The link that dials a phone number, by the parameter `call_link`."""
    number = _parsed(contact.value, region_of(session, customer))
    spoken = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if number else contact.value
    return str(parameters.value(session, "call_link")).replace("{number}", quote(spoken, safe="+"))


def region_of(session: Session, customer: Customer) -> str:
    """The country (ISO 3166, two letters) whose numbers the customer's are by default: `US-CA` is of US."""
    given = customer.jurisdiction or str(parameters.value(session, "jurisdiction"))
    return given[:2].upper()


def checked(kind: str, value: str, region: str) -> str:
    """A contact as it is kept: the region's numbers as dialled there, others with country code. Raises Invalid."""
    value = " ".join(value.split())
    if not value:
        raise Invalid(field="value", reason="this is needed")
    if len(value) > _LONGEST[kind] or not value.isprintable():
        raise Invalid(field="value", reason="it is too long, or holds what cannot be kept")
    if kind == "phone":
        return _phone(value, region)
    if kind == "email" and not _EMAIL.fullmatch(value):
        raise Invalid(field="value", reason="this is no e-mail address")
    return value.lower() if kind == "email" else value


def _phone(value: str, region: str) -> str:
    number = _parsed(value, region)
    if number is None or not phonenumbers.is_valid_number(number):
        raise Invalid(field="value", reason="this is no phone number of the customer's country; others begin with +")
    if number.country_code != phonenumbers.country_code_for_region(region):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    spoken = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(each for each in spoken if each.isdigit())


def _parsed(value: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None


def _same(kind: str, value: str, region: str) -> str:
    """What is equal for equal contacts, however they are written."""
    if kind == "phone" and (number := _parsed(value, region)) is not None:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return search.folded(value) if kind != "email" else value.casefold()


def _refuse_known(session: Session, customer: Customer, kind: str, value: str, region: str) -> None:
    query = select(Contact).where(Contact.customer_id == customer.id, Contact.kind == kind).order_by(Contact.id)
    wanted = _same(kind, value, region)
    for each in session.scalars(query):
        if _same(kind, each.value, region) == wanted:
            raise ContactKnown(field="value", holder=each.holder or customer.name)


def _shared_with(session: Session, contact: Contact) -> int:
    if contact.kind != "phone":
        return 0
    found = search.customers(contact.value, search.Field.PHONE).distinct().subquery()
    query = select(func.count()).select_from(found).where(found.c.customer_id != contact.customer_id)
    return session.scalar(query) or 0


def _told(contact: Contact) -> dict[str, Any]:
    """What history keeps of a contact: never the number itself."""
    return {
        "contact_id": contact.id,
        "contact_kind": contact.kind,
        "relation": contact.relation,
        "holder": contact.holder,
        "source": contact.source,
    }


def _one_of(value: str, known: tuple[str, ...], field: str) -> None:
    if value not in known:
        raise Invalid(field=field, reason="choose one of the answers offered")
