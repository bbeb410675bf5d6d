"""Callers and what people are told, on both databases: exact names first; what is told as one is one."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from engine import intake, lookups, notifications
from engine.errors import NotPermitted
from engine.intake import NewCustomer
from engine.models import HistoryEntry
from engine.notifications import Kind
from engine.queries import callers, notification_list
from tests.cast import Cast, make_cast


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def add(session: Session, number: int, name: str, phone: str = "13800000000") -> int:
    return intake.add_customer(session, NewCustomer(f"K{number}", name, phone=phone)).id


def test_whoever_is_called_just_that_comes_first_and_more_are_announced(session: Session, cast: Cast) -> None:
    for number in range(callers.MOST):
        add(session, number, f"王{number:02}")
    exact = add(session, 99, "王")
    found = callers.find(session, cast.collector, "王")
    assert found.callers[0].customer.id == exact
    assert (len(found.callers), found.has_more) == (callers.MOST, True)


def test_parts_of_numbers_find_and_customers_without_cases_are_found_too(session: Session, cast: Cast) -> None:
    wanted = add(session, 1, "李小明", phone="13812345678")
    add(session, 2, "王芳", phone="13900000000")
    found = callers.find(session, cast.collector, "2345")
    assert [each.customer.id for each in found.callers] == [wanted]
    assert found.callers[0].cases == []


def test_one_without_a_case_can_be_noted_and_nobody_is_told(session: Session, cast: Cast) -> None:
    customer_id = add(session, 1, "李小明")
    assert lookups.note_phone_in(session, customer_id, "asks for a balance", cast.collector) == []
    session.flush()
    assert session.query(HistoryEntry).filter_by(kind="phoned_in", customer_id=customer_id).count() == 1


def test_compliance_opens_and_notes_nothing(session: Session, cast: Cast) -> None:
    customer_id = add(session, 1, "李小明")
    assert lookups.open_customer(session, customer_id, cast.compliance).id == customer_id
    with pytest.raises(NotPermitted):
        lookups.note_phone_in(session, customer_id, "x", cast.compliance)
    with pytest.raises(NotPermitted):
        lookups.open_customer(session, customer_id, cast.analyst)


def test_what_is_told_as_one_is_one_until_it_is_read(session: Session, cast: Cast) -> None:
    def tell(told_as: str) -> None:
        notifications.tell(session, [cast.collector.id], Kind.ASSIGNED, told_as=told_as, by_id=cast.supervisor.id)

    for told_as in ("a", "b", "a"):
        tell(told_as)
    assert notification_list.unread_count(session, cast.collector) == 2
    rows = notification_list.latest(session, cast.collector)
    assert [(row.many, row.by, row.is_read) for row in rows] == [(2, "Susan", False), (1, "Susan", False)]
    assert notification_list.latest(session, cast.collector, before=rows[0].notification.id)[0].many == 1
    notifications.read(session, cast.collector.id, "assigned:a")
    tell("a")
    session.expire_all()
    rows = notification_list.latest(session, cast.collector)
    assert [(row.many, row.is_read) for row in rows] == [(1, False), (2, True), (1, False)]
