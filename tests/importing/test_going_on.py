"""Killed, disturbed, or fed something nobody foresaw: an import goes on, and no row is loaded twice or lost."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, importing, intake
from engine.db import begin_write
from engine.errors import NotFound
from engine.intake import NewCustomer, NewRepayment
from engine.models import Customer, ImportRun, Repayment
from tests.importing.files import CUSTOMERS, NOW, counts, faults, load, prepare

Sessions = sessionmaker[Session]
MANY = "customer_id,name\n" + "".join(f"C{number},客户{number}\n" for number in range(400)) + "C7,客户7\nC8,\n"


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def into(**other: Any) -> Any:
    """The intake with some acts done otherwise."""
    return types.SimpleNamespace(**{**vars(intake), **other})


def each_by(add_customer: Callable[..., None]) -> Any:
    """An intake that adds customers so, one after the other."""

    def add_customers(session: Session, new: Sequence[NewCustomer], *, by_id: int | None) -> None:
        for each in new:
            add_customer(session, each, by_id=by_id)

    return into(add_customers=add_customers)


def names(sessions: Sessions) -> int:
    """How many customers there are."""
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Customer)) or 0


def begun(sessions: Sessions, text: str, **options: Any) -> int:
    """A run that waits."""
    with sessions() as session, clock.use(NOW):
        begin_write(session)
        run_id = importing.begin(session, "customers", text.encode(), "f.csv", by_id=None, **options).id
        session.commit()
    return run_id


def killer(after: int) -> Any:
    """An intake that dies at the so-manieth customer."""
    left = [after]

    def add_customer(session: Session, new: NewCustomer, *, by_id: int | None) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        intake.add_customer(session, new, by_id=by_id)

    return each_by(add_customer)


@pytest.mark.parametrize("after", [0, 50, 150, 399])
def test_a_killed_import_goes_on_where_it_was(sessions: Sessions, after: int) -> None:
    run_id = begun(sessions, MANY)
    with clock.use(NOW), pytest.raises(Killed):
        importing.resume(sessions, run_id, into=killer(after))
    with sessions() as session:
        run = session.get_one(ImportRun, run_id)
        assert run.position == run.created == names(sessions) <= after
    with clock.use(NOW):
        done = importing.resume(sessions, run_id)
    assert (counts(done), names(sessions)) == ((400, 0, 0, 2), 400)
    assert faults(done) == [(402, "customer_id", "duplicate"), (403, "name", "missing")]


def test_a_killed_strict_import_leaves_nothing_and_can_go_on(sessions: Sessions) -> None:
    run_id = begun(sessions, CUSTOMERS, strict=True, mapping={"name": "name"})
    with clock.use(NOW), pytest.raises(Killed):
        importing.resume(sessions, run_id, into=killer(1))
    assert names(sessions) == 0
    with clock.use(NOW):
        assert importing.resume(sessions, run_id).created == 2


def test_an_import_that_is_over_stays_as_it_is(sessions: Sessions) -> None:
    run_id = begun(sessions, CUSTOMERS)
    with clock.use(NOW):
        assert importing.resume(sessions, run_id) == importing.resume(sessions, run_id)
    assert names(sessions) == 2
    with pytest.raises(NotFound):
        importing.resume(sessions, run_id + 1)


def test_progress_may_end_a_slice_between_batches(sessions: Sessions) -> None:
    run_id = begun(sessions, MANY)

    def stop(_done: int, _total: int) -> None:
        raise Killed

    slices = 0
    with clock.use(NOW):
        while True:
            try:
                done = importing.resume(sessions, run_id, progress=stop)
                break
            except Killed:
                slices += 1
    assert counts(done) == (400, 0, 0, 2)
    assert slices > 1


def test_what_nobody_foresaw_costs_only_its_row(sessions: Sessions) -> None:
    def add_customer(session: Session, new: NewCustomer, *, by_id: int | None) -> None:
        intake.add_customer(session, new, by_id=by_id)
        if new.customer_id == "C1":
            raise ZeroDivisionError
        if new.customer_id == "C2":
            raise NotFound(what="group", key="x")

    done = load(sessions, "customers", CUSTOMERS + "C3,王五\n", into=each_by(add_customer))
    assert (counts(done), names(sessions)) == ((1, 0, 0, 2), 1)
    assert faults(done) == [(2, None, "failed"), (3, None, "refused_by_rules")]
    assert "ZeroDivisionError" in done.refusals[0].text("zh")
    assert done.refusals[1].text() == "There is no group x."


def test_what_nobody_foresaw_refuses_a_strict_import(sessions: Sessions) -> None:
    def add_customer(session: Session, new: NewCustomer, *, by_id: int | None) -> None:
        if new.customer_id == "C2":
            raise ZeroDivisionError
        intake.add_customer(session, new, by_id=by_id)

    done = load(sessions, "customers", CUSTOMERS, strict=True, into=each_by(add_customer))
    assert (done.status, faults(done), names(sessions)) == ("refused", [(3, None, "failed")], 0)


def test_faults_of_the_database_are_no_rows_fault(sessions: Sessions) -> None:
    def add_customer(_session: Session, _new: NewCustomer, **_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("server closed the connection"))

    run_id = begun(sessions, CUSTOMERS)
    with clock.use(NOW), pytest.raises(OperationalError):
        importing.resume(sessions, run_id, into=each_by(add_customer))
    with clock.use(NOW):
        assert importing.resume(sessions, run_id).created == 2


def test_two_at_once_load_every_row_once(sessions: Sessions) -> None:
    run_id = begun(sessions, MANY)

    def go_on(_: int) -> importing.Outcome:
        with clock.use(NOW):
            return importing.resume(sessions, run_id)

    with ThreadPoolExecutor(2) as both:
        outcomes = list(both.map(go_on, range(2)))
    assert [counts(each) for each in outcomes] == [(400, 0, 0, 2)] * 2
    assert names(sessions) == 400


def test_customers_are_locked_in_order_before_anything_is_loaded(sessions: Sessions) -> None:
    prepare(sessions)
    acts: list[object] = []

    def lock_customers(session: Session, ids: list[int]) -> None:
        acts.append(list(ids))
        intake.lock_customers(session, ids)

    def receive(session: Session, new: NewRepayment, **options: Any) -> Repayment:
        acts.append(new.repayment_id)
        return intake.receive(session, new, **options)

    rows = "R7,O2,,2026-02-22,1,\nR8,,C1,2026-02-22,1,\nR9,,,2026-02-22,15,R1\n"
    text = "repayment_id,order_id,customer_id,paid_at,amount,reverses\n" + rows
    assert load(sessions, "repayments", text, into=into(lock_customers=lock_customers, receive=receive)).created == 3
    with sessions() as session:
        both = sorted(session.scalars(select(Customer.id)))
    assert acts == [both, "R7", "R8", "R9"]
