"""Good rows load, and load once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine import importing
from engine.models import (
    Contact,
    Customer,
    HistoryEntry,
    ImportFile,
    ImportRun,
    LedgerLine,
    LoanOrder,
    Product,
    Repayment,
)
from tests.importing.files import CUSTOMERS, ORDERS, REPAYMENTS, counts, faults, load, prepare

Sessions = sessionmaker[Session]
FILES = (("customers", CUSTOMERS), ("orders", ORDERS), ("repayments", REPAYMENTS))


def test_the_three_files_load_with_all_they_say(sessions: Sessions) -> None:
    prepare(sessions)
    with sessions() as session:
        customer = session.scalars(select(Customer).where(Customer.customer_no == "C1")).one()
        order = session.scalars(select(LoanOrder).where(LoanOrder.order_no == "O1")).one()
        repayment = session.scalars(select(Repayment).where(Repayment.repayment_no == "R2")).one()
        product = session.scalars(select(Product)).one()
        assert (customer.name, [each.value for each in customer.contacts]) == ("李雷", ["13800000001"])
        assert (order.customer_id, order.due_on, order.outstanding) == (customer.id, dt.date(2026, 8, 20), 100)
        assert repayment.paid_at == dt.datetime(2026, 2, 21, 0, 30, tzinfo=dt.UTC)
        assert (repayment.amount, repayment.unapplied) == (Decimal("50.50"), 0)
        assert (product.code, product.name_en, product.currency) == ("card", "Credit card", "CNY")


def test_the_same_files_twice_change_nothing(sessions: Sessions) -> None:
    prepare(sessions)
    with sessions() as session:
        before = _everything(session)
    for kind, text in FILES:
        assert counts(load(sessions, kind, text)) == (0, 0, 2, 0)
    with sessions() as session:
        assert _everything(session) == before


def _everything(session: Session) -> list[int | None]:
    tables = (Customer, Contact, LoanOrder, Repayment, LedgerLine, Product)
    entries = session.scalar(select(func.count()).where(HistoryEntry.kind != "file_imported"))
    return [entries, *(session.scalar(select(func.count()).select_from(each)) for each in tables)]


def test_changed_amounts_become_adjustments(sessions: Sessions) -> None:
    prepare(sessions)
    assert counts(load(sessions, "orders", ORDERS.replace("100.00", "80.00"))) == (0, 1, 1, 0)
    with sessions() as session:
        order = session.scalars(select(LoanOrder).where(LoanOrder.order_no == "O1")).one()
        line = session.scalars(select(LedgerLine).where(LedgerLine.kind == "adjustment")).one()
        assert (order.principal, order.outstanding, line.amount) == (80, 80, -20)


def test_a_penalty_left_out_stays(sessions: Sessions) -> None:
    load(sessions, "customers", CUSTOMERS)
    load(sessions, "orders", ORDERS.replace("5.00,0\n", "5.00,7\n"))
    assert counts(load(sessions, "orders", ORDERS.replace("5.00,0\n", "5.00,\n"))) == (0, 0, 2, 0)


def test_customers_get_new_contacts_beside_the_old(sessions: Sessions) -> None:
    prepare(sessions)
    moved = "customer_id,name,phone,language,emergency_contacts\nC1,李雷,13900000009,zh,王芳 spouse 13700000003\n"
    assert counts(load(sessions, "customers", moved)) == (0, 1, 0, 0)
    assert counts(load(sessions, "customers", moved)) == (0, 0, 1, 0)
    with sessions() as session:
        customer = session.scalars(select(Customer).where(Customer.customer_no == "C1")).one()
        assert [each.value for each in customer.contacts] == ["13800000001", "13900000009", "13700000003"]
        assert customer.contacts[2].holder == "王芳 spouse"
        assert customer.language == "zh"


def test_unknown_columns_are_kept_as_extra(sessions: Sessions) -> None:
    load(sessions, "customers", "customer_id,name,Branch office,empty\nC1,李雷,朝阳,\n")
    with sessions() as session:
        assert session.scalars(select(Customer)).one().extra == {"Branch office": "朝阳"}


def test_columns_go_by_a_mapping_and_without_regard_to_case(sessions: Sessions) -> None:
    done = load(sessions, "customers", "客户号, NAME ,phone\nC1,李雷,1\n", mapping={"客户号": "customer_id"})
    assert counts(done) == (1, 0, 0, 0)


def test_a_mapped_column_wins_over_one_that_has_the_name(sessions: Sessions) -> None:
    done = load(sessions, "customers", "customer_id,no,name\nx,C1,李雷\n", mapping={"no": "customer_id"})
    assert counts(done) == (1, 0, 0, 0)
    with sessions() as session:
        customer = session.scalars(select(Customer)).one()
        assert (customer.customer_no, customer.extra) == ("C1", {"customer_id (file)": "x"})


def test_times_are_the_lenders_unless_they_say_otherwise(sessions: Sessions) -> None:
    prepare(sessions)
    rows = (
        "R5,O1,2026-02-22,1",
        "R6,O1,2026-02-22T09:00,1",
        "R7,O1,2026-02-22T09:00:30+00:00,1",
        "R8,O1,2026-02-22T09:00Z,1",
    )
    assert load(sessions, "repayments", "repayment_id,order_id,paid_at,amount\n" + "\n".join(rows)).created == 4
    with sessions() as session:
        query = select(Repayment.paid_at).where(Repayment.repayment_no >= "R5").order_by(Repayment.repayment_no)
        found = [f"{at:%d %H:%M:%S}" for at in session.scalars(query)]
    assert found == ["21 16:00:00", "22 01:00:00", "22 09:00:30", "22 09:00:00"]


def test_a_reversal_takes_back_a_repayment_of_the_same_file(sessions: Sessions) -> None:
    prepare(sessions)
    header = "repayment_id,customer_id,paid_at,amount,reverses\n"
    done = load(sessions, "repayments", header + "R3,C1,2026-02-22,40,\nR4,,2026-02-23,40,R3\nR5,C1,2026-02-23,15,R1\n")
    assert counts(done) == (3, 0, 0, 0)
    assert counts(load(sessions, "repayments", header + "R4,,2026-02-23,40,R3\n")) == (0, 0, 1, 0)
    with sessions() as session:
        assert session.scalars(select(LoanOrder.outstanding).where(LoanOrder.order_no == "O1")).one() == 115


def test_money_may_come_before_its_order(sessions: Sessions) -> None:
    load(sessions, "customers", CUSTOMERS)
    early = "repayment_id,order_id,customer_id,paid_at,amount\nR1,O1,C1,2026-02-20,15\n"
    assert counts(load(sessions, "repayments", early)) == (1, 0, 0, 0)
    load(sessions, "orders", ORDERS)
    with sessions() as session:
        assert session.scalars(select(LoanOrder.outstanding).where(LoanOrder.order_no == "O1")).one() == 100


def test_a_trial_run_says_the_same_and_writes_nothing(sessions: Sessions) -> None:
    load(sessions, "customers", CUSTOMERS)
    orders = ORDERS + "O3,C9,card,CNY,2026-02-01,2026-08-20,1,0,0,\nO4,C1,card,USD,2026-02-01,2026-08-20,1,0,0,\n"
    trial = load(sessions, "orders", orders, dry_run=True)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(LoanOrder)) == 0
        assert session.scalar(select(func.count()).select_from(ImportRun)) == 1
    done = load(sessions, "orders", orders)
    assert (counts(trial), faults(trial)) == (counts(done), faults(done))
    assert counts(done) == (2, 0, 0, 2)
    assert trial.run_id is None


def test_a_trial_run_sees_reversals_within_the_file(sessions: Sessions) -> None:
    prepare(sessions)
    rows = "R3,C1,2026-02-22,40,\nR4,,2026-02-23,40,R3\nR5,,2026-02-23,40,R3\n"
    text = "repayment_id,customer_id,paid_at,amount,reverses\n" + rows
    trial = load(sessions, "repayments", text, dry_run=True)
    assert faults(trial) == [(4, "reverses", "reverses_again")]
    assert faults(load(sessions, "repayments", text)) == faults(trial)


def test_good_rows_load_beside_bad_ones(sessions: Sessions) -> None:
    bad = CUSTOMERS + "C3,\n,nobody\nC4,赵六\n"
    assert counts(load(sessions, "customers", bad)) == (3, 0, 0, 2)


def test_strict_loads_all_or_nothing(sessions: Sessions) -> None:
    refused = load(sessions, "customers", CUSTOMERS + "C3,\n", strict=True)
    assert (refused.status, counts(refused), faults(refused)) == ("refused", (0, 0, 0, 1), [(4, "name", "missing")])
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 0
        assert session.scalars(select(ImportRun)).one().status == "refused"
    done = load(sessions, "customers", CUSTOMERS, strict=True)
    assert (done.status, counts(done)) == ("done", (2, 0, 0, 0))


def test_a_run_is_kept_with_its_counts_and_without_its_file(sessions: Sessions) -> None:
    done = load(sessions, "customers", CUSTOMERS + "C3,\n")
    with sessions() as session:
        run = session.get_one(ImportRun, done.run_id)
        assert (run.status, run.rows, run.position, run.created, run.refused) == ("done", 3, 3, 2, 1)
        assert session.get(ImportFile, run.id) is None
        assert run.finished_at is not None
        assert [each.text("zh") for each in importing.refusals_of(session, run.id)] == ["不能为空"]


def test_progress_tells_rows_dealt_with_and_rows_in_all(sessions: Sessions) -> None:
    told: list[tuple[int, int]] = []
    rows = "".join(f"C{number},客户{number}\n" for number in range(250))
    load(sessions, "customers", "customer_id,name\n" + rows, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (250, 250)
    assert told == sorted(told)
    assert len(told) > 1


def test_an_empty_list_is_done_at_once(sessions: Sessions) -> None:
    done = load(sessions, "customers", "customer_id,name\n")
    assert (done.status, counts(done)) == ("done", (0, 0, 0, 0))
