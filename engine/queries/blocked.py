"""Blocked customers: why, since when and by whom, and the case by which each is looked into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from engine.models import Case, Customer, User
from engine.people import visible_cases
from engine.queries.matching import case_id_of, containing


@dataclass(frozen=True)
class BlockedRow:
    """A blocked customer; `open_cases` is how many the block keeps from being worked, `case_no` the latest of all."""

    customer: Customer
    blocked_by: str | None
    open_cases: int
    case_no: str


def page(
    session: Session, user: User, *, words: str = "", reason: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[BlockedRow], int]:
    """Blocked customers of the cases this person sees, the latest blocked first, and how many there are."""
    where = [Customer.blocked_at.is_not(None), *_where(user, words, reason)]
    total = session.scalar(select(func.count(Customer.id)).where(*where)) or 0
    newest = select(func.max(Case.id)).where(Case.customer_id == Customer.id, visible_cases(user)).correlate(Customer)
    is_open = (Case.customer_id == Customer.id, Case.closed_at.is_(None))
    opened = select(func.count(Case.id)).where(*is_open).correlate(Customer)
    query = (
        select(Customer, User.name, opened.scalar_subquery(), Case)
        .join(Case, Case.id == newest.scalar_subquery())
        .outerjoin(User, User.id == Customer.blocked_by_id)
        .where(*where)
        .order_by(Customer.blocked_at.desc(), Customer.id.desc())
    )
    found = session.execute(query.offset(offset).limit(limit))
    return [BlockedRow(customer, name, count, case.case_no) for customer, name, count, case in found], total


def _where(user: User, words: str, reason: str) -> Sequence[ColumnElement[bool]]:
    theirs = select(Case.id).where(Case.customer_id == Customer.id, visible_cases(user)).correlate(Customer)
    where: list[ColumnElement[bool]] = [theirs.exists()]
    if reason:
        where.append(Customer.block_reason == reason)
    if words:
        case_id = case_id_of(words)
        of_case = select(Case.customer_id).where(Case.id == case_id)
        by_number = [Customer.id.in_(of_case)] if case_id is not None else []
        where.append(or_(containing(Customer.name, words), Customer.customer_no == words, *by_number))
    return where
