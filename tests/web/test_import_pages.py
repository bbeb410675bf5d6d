"""Importing by page: trial runs, loading at once or by a worker, refused rows, files that cannot be read."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine import importing
from engine.models import Customer, ImportRun, LoanOrder
from tests.web.desk import browser, within
from tests.web.floor import make_floor
from tests.web.world import csrf_token
from web import imports
from web.database import house

GOOD = "customer_id,name\nN1,Nora\nN2,Nils\n"
MIXED = "customer_id,name\nN1,Nora\nN2,\n"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def send(app: Flask, text: str, act: str = "load", filename: str = "new.csv", **form: object) -> TestResponse:
    client = browser(app, "adam")
    headers = {"X-CSRFToken": csrf_token(client.get("/account")), "HX-Request": "true"}
    data = {"kind": "customers", "act": act, "file": (io.BytesIO(text.encode()), filename), **form}
    return client.post("/imports", data=data, headers=headers)


def new_customers(app: Flask) -> int:
    query = select(func.count(Customer.id)).where(Customer.customer_no.like("N%"))
    return within(app, lambda session: session.scalar(query) or 0)


def test_a_trial_run_says_what_would_happen_and_writes_nothing(app: Flask) -> None:
    page = send(app, MIXED, "check").text
    assert "The good rows would be loaded" in page
    assert "Must not be empty" in page
    assert "Nothing would be loaded" in send(app, MIXED, "check", strict="true").text
    assert "Every row would be loaded" in send(app, GOOD, "check").text
    assert new_customers(app) == 0
    assert within(app, lambda session: session.scalar(select(func.count(ImportRun.id)))) == 0


def test_a_small_file_is_loaded_at_once(app: Flask) -> None:
    answer = send(app, GOOD)
    assert answer.headers["HX-Redirect"] == "/imports/1"
    assert new_customers(app) == 2
    client = browser(app, "adam")
    assert "No row was refused" in client.get("/imports/1").text
    assert "Adam" in client.get("/imports").text


def test_refused_rows_come_back_as_a_file(app: Flask) -> None:
    send(app, MIXED)
    assert new_customers(app) == 1
    client = browser(app, "adam")
    assert "Must not be empty" in client.get("/imports/1").text
    file = client.get("/imports/1/refused.csv")
    assert file.text.splitlines()[1] == "N2,,3,name,Must not be empty"
    sheet = importing.read(client.get("/imports/1/refused.xlsx").data)
    assert (sheet.header[:2], list(sheet.rows[0].cells)[:2]) == (["customer_id", "name"], ["N2", ""])


def test_all_or_nothing(app: Flask) -> None:
    send(app, MIXED, strict="true")
    assert new_customers(app) == 0
    assert "Nothing of this file was loaded" in browser(app, "adam").get("/imports/1").text


def test_a_large_file_waits_for_a_worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 1)
    send(app, GOOD)
    client = browser(app, "adam")
    assert "Waits for a worker" in client.get("/imports/1").text
    assert "0 / 2" in client.get("/imports/1/progress").text
    with app.app_context(), house().business_time():
        importing.resume(house().sessions, 1)
    answer = client.get("/imports/1/progress", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/imports/1"
    assert new_customers(app) == 2


def test_columns_may_have_other_names(app: Flask) -> None:
    text = "Nr,Wer,客户姓名\nN1,Nora,x\n"
    refused = send(app, text, "check")
    assert "Columns are missing: customer_id" in refused.text
    assert 'name="theirs" value="Nr"' in refused.text
    send(app, text, theirs=["Nr", "Wer", "客户姓名"], ours=["customer_id", "name", ""])
    assert new_customers(app) == 1
    assert within(app, lambda session: session.get_one(ImportRun, 1).options["mapping"]) == {
        "Nr": "customer_id",
        "Wer": "name",
    }
    assert "Every row would be loaded" in send(app, "Nr,Wer\nN2,Nils\n", "check").text  # remembered
    other = send(app, text, "check", theirs=["Nr"], ours=["name"])  # chosen for another file
    assert "Every row would be loaded" in other.text


def test_usual_names_of_columns_are_understood(app: Flask) -> None:
    page = send(app, "客户编号,客户姓名,备注\nN1,诺拉,好\n", "check").text
    assert "Every row would be loaded" in page
    assert '<option value="customer_id" selected>' in page


def test_dates_may_be_written_otherwise(app: Flask) -> None:
    header = "order_id,customer_id,product,currency,disbursed_on,due_on,principal,interest,fees\n"
    send(app, GOOD)
    text = header + "T1,N1,card,CNY,1/2/2026,28.11.2026,5,0,0\n"
    assert "Not a date" in send(app, text, "check", kind="orders").text
    assert "Every row would be loaded" in send(app, text, "check", kind="orders", dates="dmy").text
    send(app, text, kind="orders", dates="dmy")
    due_on = within(app, lambda session: session.scalar(select(LoanOrder.due_on).where(LoanOrder.order_no == "T1")))
    assert due_on == dt.date(2026, 11, 28)


def test_an_import_can_be_cancelled(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 1)
    send(app, GOOD)
    client = browser(app, "adam")
    token = {"X-CSRFToken": csrf_token(client.get("/imports/1")), "HX-Request": "true"}
    for _second_click in range(2):
        assert client.post("/imports/1/cancel", headers=token).headers["HX-Redirect"] == "/imports/1"
    with app.app_context(), house().business_time():
        assert importing.resume(house().sessions, 1).status == "cancelled"
    assert new_customers(app) == 0
    assert "cancelled after 0 of 2 rows" in browser(app, "adam").get("/imports/1").text
    assert browser(app, "mona").post("/imports/1/cancel", headers=token).status_code >= 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty"),
        ("name\nNora\n", "Columns are missing"),
        ("\x00\x01", "not text"),
        ("PK\x03\x04", "XLSX"),
    ],
)
def test_what_cannot_be_read_is_told(app: Flask, text: str, words: str) -> None:
    for act in ("check", "load"):
        answer = send(app, text, act)
        assert answer.status_code == 422
        assert words in answer.text


def test_a_file_and_a_kind_are_needed(app: Flask) -> None:
    assert send(app, GOOD, filename="").status_code == 422
    assert send(app, GOOD, kind="elephants").status_code == 404


def test_empty_files_carry_the_columns(app: Flask) -> None:
    file = browser(app, "adam").get("/imports/templates/repayments.csv")
    assert file.text.startswith("\ufeffrepayment_id,paid_at,amount")
    assert "attachment" in file.headers["Content-Disposition"]
    book = browser(app, "adam").get("/imports/templates/orders.xlsx")
    assert importing.read(book.data).header[:2] == ["order_id", "customer_id"]
