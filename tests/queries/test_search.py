"""Customers are found by any part of a name, a phone or an identity number, and by nothing they have no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from engine import intake, schema, search
from engine.db import make_engine
from engine.intake import NewCustomer
from engine.models import Contact, Customer, Ending
from engine.search import Field
from tests.databases import Postgres

LI = NewCustomer(
    "K1",
    "李小明",
    id_number="31010119900101123X",
    phone="+86 138-0001-2345",
    emergency_contacts="王芳 spouse 13999990000",
)
_OLD_CUSTOMER = """
INSERT INTO customers (id, customer_no, name, id_number, extra, created_at)
VALUES (:id, :no, :name, :number, '{}', '2026-01-01')
"""
_OLD_CONTACT = """
INSERT INTO contacts (customer_id, kind, value, holder, relation, source, standing, created_at)
VALUES (:id, 'phone', :phone, '', 'self', 'import', 'unverified', '2026-01-01')
"""
OBRIEN = NewCustomer("K2", "Sinéad O'Brien-Ｗang", phone="13100002345")


@pytest.fixture
def people(session: Session) -> dict[int, str]:
    return {intake.add_customer(session, each).id: each.customer_id for each in (LI, OBRIEN)}


@pytest.mark.parametrize(
    ("words", "fields", "found"),
    [
        ("李小明", (), {"K1"}),
        ("小明", (), {"K1"}),
        ("明", (), {"K1"}),
        ("李明", (), set()),
        ("obrien", (), {"K2"}),
        ("O'Brien wang", (), {"K2"}),
        ("WANG", (), {"K2"}),
        ("é", (), {"K2"}),
        ("o", (), set()),
        ("2345", (), {"K1", "K2"}),
        ("138 0001", (), {"K1"}),
        ("8613800012345", (), {"K1"}),
        ("１３９９９", (), {"K1"}),
        ("45", (), set()),
        ("123x", (), {"K1"}),
        ("19900101", (Field.ID_NUMBER,), {"K1"}),
        ("19900101", (Field.PHONE,), set()),
        ("小明", (Field.PHONE, Field.ID_NUMBER), set()),
        ("%", (), set()),
        ("", (), set()),
        ("2345" * 40, (), set()),
    ],
)
def test_parts_are_found(
    session: Session, people: dict[int, str], words: str, fields: tuple[Field, ...], found: set[str]
) -> None:
    assert {people[each] for each in session.scalars(search.customers(words, *fields))} == found


def test_what_is_changed_is_found_as_it_is_now(session: Session, people: dict[int, str]) -> None:
    first = min(people)
    customer = session.get_one(Customer, first)
    customer.name = "赵小明"
    customer.contacts = [Contact(kind="phone", value="15000001111", created_at=customer.created_at)]
    session.flush()
    search.index(session, [first])
    for words, found in (("赵小", [first]), ("李小", []), ("15000001111", [first]), ("13800012345", [])):
        assert session.scalars(search.customers(words)).all() == found


def test_an_index_made_anew_is_the_one_that_was_kept(session: Session, people: dict[int, str]) -> None:
    rows = select(Ending.customer_id, Ending.ending).order_by(Ending.customer_id, Ending.ending)
    kept = session.execute(rows).all()
    search.index(session, people)
    assert session.execute(rows).all() == kept
    assert len(kept) > 60


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_writes_the_index_of_those_who_are_there(
    tmp_path: Path, postgres_server: Postgres, kind: str
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else postgres_server.create())
    schema.upgrade(engine, "0001")
    with engine.begin() as connection:
        for number, new in ((3, LI), (2500, OBRIEN)):
            given = {"id": number, "no": new.customer_id, "name": new.name, "number": new.id_number, "phone": new.phone}
            for statement in (_OLD_CUSTOMER, _OLD_CONTACT):
                connection.execute(text(statement), given)
    schema.upgrade(engine)
    with Session(engine) as session:
        rows = select(Ending.customer_id, Ending.ending).order_by(Ending.customer_id, Ending.ending)
        written = session.execute(rows).all()
        search.index(session, [3, 2500])
        assert session.execute(rows).all() == written
        assert {row.customer_id for row in written} == {3, 2500}
    engine.dispose()
