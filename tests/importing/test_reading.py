"""Encodings, spreadsheets, and files that are none."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import zipfile

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import importing
from engine.importing import reading
from engine.models import Customer, LoanOrder, Repayment
from tests.importing.files import CUSTOMERS, ORDERS, counts, faults, load, prepare, sheet

Sessions = sessionmaker[Session]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(encoding: str) -> None:
    read = reading.read(CUSTOMERS.replace("李雷", "李雷㐂").encode(encoding))
    assert read.header == ["customer_id", "name", "phone"]
    assert [list(row.cells[:2]) for row in read.rows] == [["C1", "李雷㐂"], ["C2", "韩梅梅"]]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends(ends: str) -> None:
    assert [row.line for row in reading.read(CUSTOMERS.replace("\n", ends).encode()).rows] == [2, 3]


def test_a_spreadsheet_loads_with_dates_and_numbers_as_cells(sessions: Sessions) -> None:
    load(sessions, "customers", sheet(["customer_id", "name", "phone"], [1001, "李雷", 13800000001]))
    header = ORDERS.splitlines()[0].split(",")
    on, due = dt.date(2026, 2, 1), dt.date(2026, 8, 20)
    assert counts(load(sessions, "orders", sheet(header, ["O1", 1001, "card", "CNY", on, due, 0.1 + 0.2, 10, 0]))) == (
        1,
        0,
        0,
        0,
    )
    paid = sheet(["repayment_id", "order_id", "paid_at", "amount"], ["R1", "O1", dt.datetime(2026, 2, 20, 9, 30), 0.3])  # noqa: DTZ001
    assert counts(load(sessions, "repayments", paid)) == (1, 0, 0, 0)
    with sessions() as session:
        assert session.scalars(select(Customer.customer_no)).one() == "1001"
        order = session.scalars(select(LoanOrder)).one()
        assert (order.due_on, f"{order.principal}", f"{order.outstanding}") == (due, "0.30", "10.00")
        assert session.scalars(select(Repayment.paid_at)).one() == dt.datetime(2026, 2, 20, 1, 30, tzinfo=dt.UTC)


def test_lines_of_a_spreadsheet_are_its_rows(sessions: Sessions) -> None:
    done = load(sessions, "customers", sheet(["customer_id", "name"], [], ["C1", "李雷"], [], ["C2", ""]))
    assert faults(done) == [(5, "name", "missing")]


def test_numbers_with_more_digits_than_excel_keeps_are_refused(sessions: Sessions) -> None:
    done = load(sessions, "customers", sheet(["customer_id", "name", "id_number"], ["C1", "李雷", 110101199003070000]))
    assert faults(done) == [(2, "id_number", "digits_lost")]
    assert "15 digits" in done.refusals[0].text()
    assert "15 位" in done.refusals[0].text("zh")


def test_a_time_in_a_date_column_is_no_date(sessions: Sessions) -> None:
    prepare(sessions)
    header = ORDERS.splitlines()[0].split(",")
    at = dt.datetime(2026, 8, 20, 9, 30)  # noqa: DTZ001 - what a cell holds
    done = load(sessions, "orders", sheet(header, ["O9", "C1", "card", "CNY", dt.date(2026, 2, 1), at, 1, 0, 0]))
    assert faults(done) == [(2, "due_on", "bad_date")]


def _repacked(change: dict[bytes, bytes]) -> bytes:
    """An XLSX file with something replaced in its sheet."""
    before, after = zipfile.ZipFile(io.BytesIO(sheet(["customer_id", "name"], ["C1", "x"]))), io.BytesIO()
    with zipfile.ZipFile(after, "w", zipfile.ZIP_DEFLATED) as target:
        for name in before.namelist():
            content = before.read(name)
            if name.endswith("sheet1.xml"):
                for old, new in change.items():
                    assert old in content
                    content = content.replace(old, new)
            target.writestr(name, content)
    return after.getvalue()


BAD: list[tuple[str, bytes, str, str, str]] = [
    ("nothing", b"", "empty_file", "empty", "空"),
    ("blank", b"\n \n,,\n", "empty_file", "empty", "空"),
    ("utf-16", CUSTOMERS.encode("utf-16"), "not_text", "not text", "不是文本"),
    ("noise", b"\xff\xfe\xfa" * 9, "unknown_encoding", "neither UTF-8 nor GB18030", "既不是 UTF-8 也不是 GB18030"),
    ("old excel", b"\xd0\xcf\x11\xe0" + bytes(600), "old_excel", "save it as XLSX", "另存为不带密码的 XLSX"),
    ("torn", sheet(["customer_id"])[:900], "broken_xlsx", "damaged", "损坏"),
    ("no sheet", b"PK\x03\x04", "broken_xlsx", "damaged", "损坏"),
    ("semicolons", b"customer_id;name\nC1;x\n", "wrong_separator", "commas", "逗号"),
    ("columns missing", b"customer_id,nom\nC1,x\n", "missing_columns", "name", "name"),
    ("column twice", b"customer_id,name,Name\nC1,x,y\n", "duplicate_column", "name", "name"),
    ("columns by the thousand", b"x" + b",x" * 999_999, "too_many_columns", "200", "200"),
    ("far corner", _repacked({b'r="B2"': b'r="XFD1048576"'}), "xlsx_too_large", "unpacks", "解压"),
    ("far row", _repacked({b'r="B2"': b'r="B4000000000"'}), "xlsx_too_large", "unpacks", "解压"),
    ("bomb", _repacked({b"<sheetData>": b"<sheetData>" + b" " * (201 * 2**20)}), "xlsx_too_large", "unpacks", "解压"),
]


@pytest.mark.parametrize(("source", "code", "en", "zh"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
def test_files_that_no_import_can_read_are_refused_whole(source: bytes, code: str, en: str, zh: str) -> None:
    with pytest.raises(importing.FileRefused) as refused:
        importing.import_file(_nowhere, "customers", source, "file", dry_run=True)
    assert refused.value.reason_code == code
    assert en in refused.value.text("en")
    assert zh in refused.value.text("zh")
    assert en in str(refused.value)


_nowhere: Sessions = sessionmaker()


@pytest.mark.parametrize(
    ("mapping", "code"),
    [({"no": "customer_id"}, "mapping_unknown_column"), ({"name": "nom"}, "mapping_unknown_target")],
)
def test_mappings_that_lead_nowhere_are_refused(mapping: dict[str, str], code: str) -> None:
    with pytest.raises(importing.FileRefused) as refused:
        importing.import_file(_nowhere, "customers", CUSTOMERS.encode(), "file", mapping=mapping, dry_run=True)
    assert refused.value.reason_code == code


def test_other_kinds_and_too_large_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(importing.FileRefused, match="no import of pets"):
        importing.import_file(_nowhere, "pets", CUSTOMERS.encode(), "file", dry_run=True)
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    with pytest.raises(importing.FileRefused, match="larger"):
        importing.import_file(_nowhere, "customers", CUSTOMERS.encode(), "file", dry_run=True)


def test_a_huge_cell_costs_only_its_row(sessions: Sessions) -> None:
    text = f"customer_id,name,note\nC1,{'x' * 5000},\nC2,{'y' * 200_000},\nC3,王五,{'z' * 3000}\nC4,赵六,ok\n"
    done = load(sessions, "customers", text)
    assert done.created == 1
    assert faults(done) == [(2, "name", "too_long"), (3, None, "unreadable_row"), (4, "note", "too_long")]
    assert len(importing.refused_file(done.refusals)) < 10_000


@pytest.mark.parametrize("start", [b"", b"PK\x03\x04", b"customer_id,name\n", b'"'])
@pytest.mark.parametrize("size", [1, 10, 500, 5000])
def test_random_bytes_never_raise_anything_else(start: bytes, size: int) -> None:
    with contextlib.suppress(importing.FileRefused):
        assert reading.read(start + os.urandom(size)).header is not None


def test_the_template_is_a_file_that_loads(sessions: Sessions) -> None:
    for kind in importing.CONTRACTS:
        assert load(sessions, kind, importing.csv_template(kind)).status == "done"
