"""Customers by what a caller says: a name, part of a number, a case or an order; and who has their cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy import case as choose
from sqlalchemy.orm import Session

from engine import search
from engine.models import Case, Contact, Customer, Ending, Group, LoanOrder, User
from engine.people import readable_cases
from engine.queries.matching import LETTERS, case_id_of

MOST = 20
MOST_OF_EACH = 100  # read of what one part of a name or a number finds


@dataclass(frozen=True)
class Held:
    """A case of the customer and who has it; whether the person who asks may open it."""

    case: Case
    collector: str | None
    group: str | None
    may_open: bool


@dataclass
class Caller:
    """A customer, their phones and those of people near them, and their cases: open ones first, then the latest."""

    customer: Customer
    phones: list[Contact] = field(default_factory=list)
    cases: list[Held] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """The first customers found, by name; whether there are more."""

    callers: Sequence[Caller]
    has_more: bool


def is_enough(words: str) -> bool:
    """Whether these words are enough to search by: what is too short finds half of all customers."""
    fields = search.NUMBERS if search.folded(words).isdecimal() else tuple(search.Field)
    return any(search.is_enough(each, words) for each in fields)


def find(session: Session, user: User, words: str) -> Found:
    """Customers found by these words, of any collector; four statements, however many there are."""
    words = words.strip()
    query = select(Customer.id).where(Customer.id.in_(_any_of(words))).order_by(Customer.name != words, Customer.name)
    ids = list(session.scalars(query.order_by(Customer.id).limit(MOST + 1)))
    return Found(callers(session, user, ids[:MOST]), len(ids) > MOST)


def callers(session: Session, user: User, customer_ids: Sequence[int]) -> list[Caller]:
    """These customers in this order, with phones and cases."""
    found = {each.id: Caller(each) for each in session.scalars(select(Customer).where(Customer.id.in_(customer_ids)))}
    phones = select(Contact).where(Contact.customer_id.in_(customer_ids), Contact.kind == "phone")
    for phone in session.scalars(phones.order_by(Contact.relation != "self", Contact.id)):
        found[phone.customer_id].phones.append(phone)
    for held in _cases(session, user, customer_ids):
        found[held.case.customer_id].cases.append(held)
    return [found[each] for each in customer_ids if each in found]


def _cases(session: Session, user: User, customer_ids: Sequence[int]) -> Iterable[Held]:
    may_open = choose((readable_cases(user), 1), else_=0).label("may_open")
    query = (
        select(Case, User.name.label("collector"), Group.name.label("team"), may_open)
        .outerjoin(User, User.id == Case.collector_id)
        .outerjoin(Group, Group.id == Case.group_id)
        .where(Case.customer_id.in_(customer_ids))
        .order_by(Case.closed_at.is_not(None), Case.id.desc())
    )
    for row in session.execute(query):
        yield Held(row.Case, row.collector, row.team, bool(row.may_open))


def _any_of(words: str) -> CompoundSelect[int]:
    """Ids of customers, some of those that each way finds: nobody reads further, so a short range is enough."""
    ways = [select(Customer.id).where(Customer.customer_no == words)]
    ways.append(select(LoanOrder.customer_id).where(LoanOrder.order_no == words))
    if (case_id := _number(words)) is not None:
        ways.append(select(Case.customer_id).where(Case.id == case_id))
    for each in search.Field:
        first = search.customers(words, each).order_by(Ending.ending).limit(MOST_OF_EACH).subquery()
        ways.append(select(first.c.customer_id))
    return union(*ways)


def _number(words: str) -> int | None:
    """A case number, as it is written on pages; digits alone are part of a phone or identity number."""
    return case_id_of(words) if words[:1].upper() in LETTERS else None
