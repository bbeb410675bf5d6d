"""Files to fill in: the columns of a kind, and in a workbook what each of them means."""

from __future__ import annotations

import io

import xlsxwriter  # type: ignore[import-untyped]

from engine.flow.findings import Text
from engine.importing.columns import contract
from engine.importing.guessing import NAMES

_EXAMPLES = {
    "customer_id": "K100234",
    "name": "李雷",
    "id_number": "110101199003071234",
    "phone": "13800000000",
    "address": "上海市浦东新区世纪大道 1 号",
    "email": "lilei@example.com",
    "language": "zh",
    "timezone": "Asia/Shanghai",
    "jurisdiction": "CN",
    "emergency_contacts": "韩梅梅 13900000000; 王五 13700000000",
    "order_id": "D2026030001",
    "product": "card",
    "currency": "CNY",
    "disbursed_on": "2026-02-01",
    "due_on": "2026-03-31",
    "principal": "1234.50",
    "interest": "12.30",
    "fees": "0",
    "penalty": "0",
    "loan_id": "J20260001",
    "instalment_no": "3",
    "repayment_id": "R88001",
    "paid_at": "2026-03-31T09:30",
    "amount": "500.00",
    "channel": "bank",
    "posted_at": "2026-04-01",
    "reverses": "R88000",
}
_HEAD = (Text("Column", "列名"), Text("Meaning", "含义"), Text("Needed", "必填"), Text("Example", "示例"))
_SHEET, _YES = Text("Columns", "列说明"), Text("yes", "是")


def csv_template(kind: str) -> bytes:
    """The header line alone, as a spreadsheet opens it."""
    return ("\ufeff" + ",".join(contract(kind).columns) + "\r\n").encode()


def xlsx_template(kind: str, lang: str) -> bytes:
    """A workbook: a sheet to fill in, its cells text lest digits are lost, and one that tells each column."""
    wanted, target = contract(kind), io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, text = book.add_format({"bold": True, "bg_color": "#F3F5F8"}), book.add_format({"num_format": "@"})
        filled = book.add_worksheet(kind)
        filled.freeze_panes(1, 0)
        filled.set_column(0, len(wanted.columns) - 1, 18, text)
        filled.write_row(0, 0, wanted.columns, bold)
        told = book.add_worksheet(_SHEET.get(lang))
        told.set_column(0, 3, 22)
        told.write_row(0, 0, [each.get(lang) for each in _HEAD], bold)
        for place, column in enumerate(wanted.columns, start=1):
            needed = _YES.get(lang) if column in wanted.required else ""
            told.write_row(place, 0, [column, NAMES[column].get(lang), needed, _EXAMPLES[column]])
    return target.getvalue()
