"""What lists show of cases beyond the case's own row: read for the rows shown, a statement a kind and only if shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Case, Contact, Customer, LoanOrder, Suspension

_AT_ONCE = 2_000  # cases named in one statement
_GONE = ("invalid", "wrong_number")  # a phone of such standing is nobody's to show first
Values = Mapping[int, Any]


@dataclass(frozen=True)
class CaseLine:
    """A row of a list, and what else its list shows of the case. A key is looked for there, in the row, in the case."""

    of: Any
    more: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        if key in self.more:
            return self.more[key]
        return getattr(self.of, key) if hasattr(self.of, key) else getattr(self.of.case, key)


def with_more(session: Session, rows: Sequence[Any], keys: Sequence[str]) -> list[CaseLine]:
    """The rows (each with its `case`) with those of `keys` that are not the case's own columns."""
    wanted = [key for key in keys if key in MORE]
    found: dict[int, dict[str, Any]] = {row.case.id: dict.fromkeys(wanted) for row in rows}
    for cases in _portions([row.case for row in rows]) if wanted else ():
        for read in dict.fromkeys(MORE[key] for key in wanted):
            for key, values in read(session, cases).items():
                for case_id, value in values.items():
                    found[case_id][key] = value
    return [CaseLine(row, found[row.case.id]) for row in rows]


def _portions(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for at in range(0, len(cases), _AT_ONCE):
        yield cases[at : at + _AT_ONCE]


def _phones(session: Session, cases: Sequence[Case]) -> dict[str, Values]:
    """The customer's own first phone; one that leads to somebody else only where there is no other."""
    query = (
        select(Contact.customer_id, Contact.value)
        .where(Contact.customer_id.in_(_customers(cases)), Contact.kind == "phone", Contact.relation == "self")
        .order_by(Contact.standing.in_(_GONE), Contact.id)
    )
    first: dict[int, str] = {}
    for customer_id, value in session.execute(query):
        first.setdefault(customer_id, value)
    return {"phone": _by_case(cases, first)}


def _id_numbers(session: Session, cases: Sequence[Case]) -> dict[str, Values]:
    query = select(Customer.id, Customer.id_number).where(Customer.id.in_(_customers(cases)))
    return {"id_number": _by_case(cases, {row.id: row.id_number for row in session.execute(query)})}


def _next_due(session: Session, cases: Sequence[Case]) -> dict[str, Values]:
    """When the customer's next order of the product is due, today or later."""
    query = (
        select(LoanOrder.customer_id, LoanOrder.product, func.min(LoanOrder.due_on))
        .where(
            LoanOrder.customer_id.in_(_customers(cases)), LoanOrder.due_on >= clock.today(), LoanOrder.outstanding > 0
        )
        .group_by(LoanOrder.customer_id, LoanOrder.product)
    )
    found: dict[tuple[int, str], dt.date] = {
        (customer, product): due for customer, product, due in session.execute(query)
    }
    due = {case.id: found.get((case.customer_id, case.product)) for case in cases if case.closed_at is None}
    return {"next_due_on": due}


def _suspensions(session: Session, cases: Sequence[Case]) -> dict[str, Values]:
    """Why a case is suspended now, and when that is reviewed."""
    ids = [case.suspension_id for case in cases if case.suspension_id is not None]
    found = {each.id: each for each in session.scalars(select(Suspension).where(Suspension.id.in_(ids)))} if ids else {}
    stands = {case.id: found[case.suspension_id] for case in cases if case.suspension_id in found}
    return {
        "suspension_reason": {case_id: each.reason for case_id, each in stands.items()},
        "suspension_review_at": {case_id: each.review_at for case_id, each in stands.items()},
    }


def _customers(cases: Sequence[Case]) -> list[int]:
    return sorted({case.customer_id for case in cases})


def _by_case(cases: Sequence[Case], by_customer: Values) -> Values:
    return {case.id: by_customer.get(case.customer_id) for case in cases}


MORE: Mapping[str, Callable[[Session, Sequence[Case]], dict[str, Values]]] = {
    "phone": _phones,
    "id_number": _id_numbers,
    "next_due_on": _next_due,
    "suspension_reason": _suspensions,
    "suspension_review_at": _suspensions,
}
