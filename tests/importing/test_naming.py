"""What files call their columns and how they write dates."""

from __future__ import annotations

import pytest

from engine.importing import CONTRACTS, NAMES, FileRefused, csv_template, guess, read, xlsx_template
from engine.importing.dates import iso


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        ("iso", "31/3/2026", "31/3/2026"),
        ("ymd", "2026/3/1", "2026-03-01"),
        ("ymd", "2026年3月31日", "2026-03-31"),
        ("ymd", "20260331", "2026-03-31"),
        ("ymd", "2026-03-31 9:30", "2026-03-31 09:30"),
        ("ymd", "31/3/2026", "31/3/2026"),
        ("dmy", "31.3.2026", "2026-03-31"),
        ("dmy", "31032026", "2026-03-31"),
        ("dmy", "2026-03-31", "2026-03-31"),
        ("mdy", "3/31/2026 09:30:15", "2026-03-31 09:30:15"),
        ("mdy", "3/31/26", "3/31/26"),
        ("mdy", "soon", "soon"),
    ],
)
def test_dates_are_read_in_the_order_said(written: str, text: str, expected: str) -> None:
    assert iso(text, written) == expected


def test_usual_names_are_known_in_both_languages() -> None:
    header = [
        "订单编号",
        "Customer No",
        "产品",
        "币种",
        "放款日期",
        "Due date (required)",
        "本金",
        "Interest",
        "fees",
        "备注",
    ]
    assert guess("orders", header) == {
        "订单编号": "order_id",
        "Customer No": "customer_id",
        "产品": "product",
        "币种": "currency",
        "放款日期": "disbursed_on",
        "Due date (required)": "due_on",
        "本金": "principal",
    }


def test_no_column_is_proposed_twice_and_an_earlier_choice_wins() -> None:
    assert guess("customers", ["customer_id", "客户号", "姓名", "客户姓名"]) == {"姓名": "name"}
    assert guess("customers", ["姓名", "Wer"], {"Wer": "customer_id", "Gone": "phone"}) == {
        "姓名": "name",
        "Wer": "customer_id",
    }
    with pytest.raises(FileRefused):
        guess("elephants", ["a"])


@pytest.mark.parametrize("kind", CONTRACTS)
def test_templates_have_every_column_and_no_rows(kind: str) -> None:
    for body in (csv_template(kind), xlsx_template(kind, "zh"), xlsx_template(kind, "en")):
        sheet = read(body)
        assert (tuple(sheet.header), sheet.rows) == (CONTRACTS[kind].columns, [])
    assert set(CONTRACTS[kind].columns) <= NAMES.keys()
