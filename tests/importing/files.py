"""Small files to import, written as a table."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session, sessionmaker

from engine import clock, importing

NOW = dt.datetime(2026, 3, 1, 2, tzinfo=dt.UTC)  # 10:00 in Shanghai; all orders here are due long after
CUSTOMERS = "customer_id,name,phone\nC1,李雷,13800000001\nC2,韩梅梅,13800000002\n"
ORDERS = (
    "order_id,customer_id,product,currency,disbursed_on,due_on,principal,interest,fees,penalty\n"
    "O1,C1,card,CNY,2026-02-01,2026-08-20,100.00,10.00,5.00,0\n"
    "O2,C2,card,CNY,2026-02-01,2026-08-20,200.00,0,0,\n"
)
REPAYMENTS = "repayment_id,order_id,paid_at,amount\nR1,O1,2026-02-20,15\nR2,O2,2026-02-21 08:30,50.5\n"


def load(
    sessions: sessionmaker[Session], kind: str, text: str | bytes, filename: str = "file.csv", **options: Any
) -> importing.Outcome:
    """Import text as it is, or bytes."""
    source = text.encode() if isinstance(text, str) else text
    with clock.use(NOW):
        return importing.import_file(sessions, kind, source, filename, **options)


def prepare(sessions: sessionmaker[Session]) -> None:
    """Two customers, an order each, a repayment each."""
    for kind, text in (("customers", CUSTOMERS), ("orders", ORDERS), ("repayments", REPAYMENTS)):
        done = load(sessions, kind, text)
        assert (done.created, done.refused) == (2, 0), done.refusals


def counts(outcome: importing.Outcome) -> tuple[int, int, int, int]:
    """created, changed, unchanged, refused."""
    return outcome.created, outcome.changed, outcome.unchanged, outcome.refused


def faults(outcome: importing.Outcome) -> list[tuple[int, str | None, str]]:
    """Line, column and reason code of each refusal."""
    return [(each.line, each.column, each.code) for each in outcome.refusals]


def sheet(*rows: list[Any]) -> bytes:
    """An XLSX file; dates become date cells."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        formats = {
            dt.date: book.add_format({"num_format": "yyyy-mm-dd"}),
            dt.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if type(value) in formats:
                    page.write_datetime(number, place, value, formats[type(value)])
                else:
                    page.write(number, place, value)
    return file.getvalue()
