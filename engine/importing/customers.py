"""Rows of customers: typed, held against what is known, loaded."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine import clock, history, search
from engine.importing.cells import Cells
from engine.importing.facts import Known
from engine.importing.verdicts import Change, Create, Unchanged, Verdict, same
from engine.intake import NewCustomer
from engine.models import Contact, Customer

_PLAIN = ("id_number", "language", "timezone", "jurisdiction")
_CONTACTS = {"phone": "phone", "address": "address", "email": "email"}


def typed(row: Cells, extra: dict[str, str]) -> NewCustomer:
    """The row as a new customer. Raises Refused."""
    return NewCustomer(
        customer_id=row.required("customer_id", 80),
        name=row.required("name", 200),
        id_number=row.text("id_number", 80),
        phone=row.text("phone", 400),
        address=row.text("address", 400),
        email=row.text("email", 400),
        language=row.text("language", 16),
        timezone=row.timezone("timezone"),
        jurisdiction=row.text("jurisdiction", 16),
        emergency_contacts=row.text("emergency_contacts", 2000),
        extra=dict(extra),
    )


def judge(new: NewCustomer, row: Cells, known: Known) -> Verdict:
    """A known customer keeps name and id number, lest one person's row overwrite another; the rest may change.

    A cell left empty takes nothing away. Raises Refused.
    """
    if new.customer_id not in known.customers:
        known.customers[new.customer_id] = None
        return Create(new)
    customer = known.customers[new.customer_id]
    if customer is None:
        return Unchanged(new)
    same(new.customer_id, "name", customer.name, new.name)
    if row.given("id_number") and customer.id_number is not None:
        same(new.customer_id, "id_number", customer.id_number, new.id_number)
    return Change(new, {}) if _news(customer, new) or _new_contacts(customer, new) else Unchanged(new)


def change(session: Session, customer: Customer, new: NewCustomer, *, by_id: int | None) -> None:
    """Take over what is new; contacts known so far stay, new ones come beside them."""
    news = _news(customer, new)
    contacts = _new_contacts(customer, new)
    for name, value in news.items():
        setattr(customer, name, value)
    customer.contacts.extend(contacts)
    session.flush()
    search.index(session, [customer.id])
    fields = sorted({*news, *(each.kind for each in contacts)})
    history.record(session, "customer_changed", customer_id=customer.id, actor_id=by_id, fields=fields)


def _news(customer: Customer, new: NewCustomer) -> dict[str, object]:
    found: dict[str, object] = {
        name: getattr(new, name)
        for name in _PLAIN
        if getattr(new, name) is not None and getattr(new, name) != getattr(customer, name)
    }
    merged = {**customer.extra, **new.extra}
    return found if merged == customer.extra else {**found, "extra": merged}


def _new_contacts(customer: Customer, new: NewCustomer) -> list[Contact]:
    have = {(each.kind, each.value) for each in customer.contacts}
    found = [
        Contact(kind=kind, value=value, source="import", created_at=clock.now())
        for column, kind in _CONTACTS.items()
        if (value := getattr(new, column)) and (kind, value) not in have
    ]
    for part in (new.emergency_contacts or "").split(";"):
        holder, _, value = part.strip().rpartition(" ")
        if value and ("phone", value) not in have:
            found.append(
                Contact(
                    kind="phone",
                    value=value,
                    holder=holder,
                    relation="emergency",
                    source="import",
                    created_at=clock.now(),
                )
            )
    return found
