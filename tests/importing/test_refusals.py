"""Each refusal names line, column and reason, in both languages."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session, sessionmaker

from engine import importing
from engine.importing.reasons import REASONS
from tests.importing.files import CUSTOMERS, ORDERS, REPAYMENTS, counts, faults, load, prepare

Sessions = sessionmaker[Session]
Case = tuple[str, str, str | None, str, str, str]  # kind, row, column, code, English, Chinese

C, O, R = "customers", "orders", "repayments"  # noqa: E741 - the table below is read by its shape
ROWS: list[Case] = [
    (C, ",李雷", "customer_id", "missing", "Must not be empty", "不能为空"),
    (C, "C9,", "name", "missing", "Must not be empty", "不能为空"),
    (C, f"{'x' * 81},李雷", "customer_id", "too_long", "Longer than 80 characters", "超过 80 个字符"),
    (C, "C9,李\x07雷", "name", "control_character", "Contains a control character", "含有控制字符"),
    (
        C,
        "C9,李雷,1,Mars/Olympus",
        "timezone",
        "bad_timezone",
        "Not a time zone such as Asia/Shanghai",
        "不是时区，例如 Asia/Shanghai",
    ),
    (
        C,
        "C9,李雷,1,,too,many",
        None,
        "too_many_cells",
        "The row has more cells than there are columns",
        "该行的单元格比列数多",
    ),
    (
        C,
        "C1,王五",
        "name",
        "changed",
        "C1 is known with 李雷; this cannot be changed by an import",
        "C1 已登记为 李雷，不能通过导入更改",
    ),
    (
        O,
        "O9,C9,card,CNY,2026-02-01,2026-08-20,1,0,0,",
        "customer_id",
        "unknown_customer",
        "There is no customer C9",
        "没有客户 C9",
    ),
    (
        O,
        "O9,C1,card,yuan,2026-02-01,2026-08-20,1,0,0,",
        "currency",
        "too_long",
        "Longer than 3 characters",
        "超过 3 个字符",
    ),
    (
        O,
        "O9,C1,card,cny,2026-02-01,2026-08-20,1,0,0,",
        "currency",
        "bad_currency",
        "Not a currency code such as CNY",
        "不是货币代码，例如 CNY",
    ),
    (
        O,
        "O9,C1,card,USD,2026-02-01,2026-08-20,1,0,0,",
        "currency",
        "product_currency",
        "Product card is in CNY",
        "产品 card 的货币是 CNY",
    ),
    (
        O,
        "O9,C1,card,CNY,2026/2/1,2026-08-20,1,0,0,",
        "disbursed_on",
        "bad_date",
        "Not a date; write it as 2026-03-31",
        "不是日期，请写成 2026-03-31",
    ),
    (
        O,
        "O9,C1,card,CNY,2026-02-01,2026-02-30,1,0,0,",
        "due_on",
        "bad_date",
        "Not a date; write it as 2026-03-31",
        "不是日期，请写成 2026-03-31",
    ),
    (
        O,
        "O9,C1,card,CNY,2026-02-01,0026-02-03,1,0,0,",
        "due_on",
        "date_out_of_range",
        "The year is not between 1900 and 2199",
        "年份不在 1900 到 2199 之间",
    ),
    (
        O,
        'O9,C1,card,CNY,2026-02-01,2026-08-20,"1,000.00",0,0,',
        "principal",
        "thousands_separator",
        "Write amounts without separators: 1234.50",
        "金额不要带千位分隔符，请写成 1234.50",
    ),
    (
        O,
        "O9,C1,card,CNY,2026-02-01,2026-08-20,-1,0,0,",
        "principal",
        "negative_amount",
        "Amounts are not negative",
        "金额不能为负数",
    ),
    (
        O,
        "O9,C1,card,CNY,2026-02-01,2026-08-20,1.005,0,0,",
        "principal",
        "too_many_decimals",
        "More than 2 decimals",
        "小数超过 2 位",
    ),
    (
        O,
        "O9,C1,card,CNY,2026-02-01,2026-08-20,1e3,0,0,",
        "principal",
        "bad_amount",
        "Not an amount; write it as 1234.50",
        "不是金额，请写成 1234.50",
    ),
    (O, "O9,C1,card,CNY,2026-02-01,2026-08-20,1,,0,", "interest", "missing", "Must not be empty", "不能为空"),
    (
        O,
        "O9,C1,card,CNY,2026-02-01,2026-08-20,1234567890123,0,0,",
        "principal",
        "amount_too_large",
        "The amount is too large",
        "金额过大",
    ),
    (
        O,
        "O1,C2,card,CNY,2026-02-01,2026-08-20,100,10,5,",
        "customer_id",
        "changed",
        "O1 is known with C1; this cannot be changed by an import",
        "O1 已登记为 C1，不能通过导入更改",
    ),
    (
        O,
        "O1,C1,cash,CNY,2026-02-01,2026-08-20,100,10,5,",
        "product",
        "changed",
        "O1 is known with card; this cannot be changed by an import",
        "O1 已登记为 card，不能通过导入更改",
    ),
    (
        O,
        "O1,C1,card,USD,2026-02-01,2026-08-20,100,10,5,",
        "currency",
        "changed",
        "O1 is known with CNY; this cannot be changed by an import",
        "O1 已登记为 CNY，不能通过导入更改",
    ),
    (
        O,
        "O1,C1,card,CNY,2026-02-01,2026-08-21,100,10,5,",
        "due_on",
        "changed",
        "O1 is known with 2026-08-20; this cannot be changed by an import",
        "O1 已登记为 2026-08-20，不能通过导入更改",
    ),
    (R, "R9,O9,,2026-02-22,1,", "order_id", "unknown_order", "There is no order O9", "没有订单 O9"),
    (R, "R9,,C9,2026-02-22,1,", "customer_id", "unknown_customer", "There is no customer C9", "没有客户 C9"),
    (
        R,
        "R9,O1,C2,2026-02-22,1,",
        "order_id",
        "not_their_order",
        "Order O1 belongs to another customer",
        "订单 O1 属于另一位客户",
    ),
    (
        R,
        "R9,,,2026-02-22,1,",
        "order_id",
        "missing_either",
        "Either order_id or customer_id must be given",
        "order_id 与 customer_id 至少填一个",
    ),
    (
        R,
        "R9,O1,,yesterday,1,",
        "paid_at",
        "bad_time",
        "Not a date or time; write it as 2026-03-31T09:30",
        "不是日期或时间，请写成 2026-03-31T09:30",
    ),
    (
        R,
        "R9,O1,,2026-02-22T25:00,1,",
        "paid_at",
        "bad_time",
        "Not a date or time; write it as 2026-03-31T09:30",
        "不是日期或时间，请写成 2026-03-31T09:30",
    ),
    (R, "R9,O1,,2026-02-22,0,", "amount", "zero_amount", "The amount must be more than zero", "金额必须大于零"),
    (
        R,
        "R1,O1,,2026-02-20,16,",
        "amount",
        "changed",
        "R1 is known with 15.00; this cannot be changed by an import",
        "R1 已登记为 15.00，不能通过导入更改",
    ),
    (
        R,
        "R1,,C1,2026-02-20,15,",
        "order_id",
        "changed",
        "R1 is known with O1; this cannot be changed by an import",
        "R1 已登记为 O1，不能通过导入更改",
    ),
    (
        R,
        "R9,O1,,2026-02-22,15,R9",
        "reverses",
        "reverses_itself",
        "A repayment cannot reverse itself",
        "回款不能冲正自己",
    ),
    (
        R,
        "R9,O1,,2026-02-22,15,R8",
        "reverses",
        "reverses_unknown",
        "There is no repayment R8 to reverse",
        "没有可冲正的回款 R8",
    ),
    (
        R,
        "R9,O1,,2026-02-22,14,R1",
        "amount",
        "reverses_amount",
        "The amount of R1 is 15.00; a reversal takes back all of it",
        "R1 的金额为 15.00，冲正须为全额",
    ),
    (
        R,
        "R9,,C2,2026-02-22,15,R1",
        "customer_id",
        "reverses_customer",
        "R1 was paid by another customer",
        "R1 是另一位客户的回款",
    ),
    (R, "R9,O2,,2026-02-22,15,R1", "order_id", "reverses_order", "R1 names another order", "R1 对应的是另一个订单"),
    (
        R,
        "R9,O1,,2026-02-19,15,R1",
        "paid_at",
        "reverses_earlier",
        "Dated before R1, which it reverses",
        "日期早于被冲正的 R1",
    ),
]
HEADERS = {
    C: "customer_id,name,phone,timezone",
    O: ORDERS.splitlines()[0],
    R: "repayment_id,order_id,customer_id,paid_at,amount,reverses",
}


@pytest.fixture
def ready(sessions: Sessions) -> Sessions:
    """Two customers, an order each, a repayment each."""
    prepare(sessions)
    return sessions


def test_every_mistake_is_refused_with_line_column_and_reason(ready: Sessions) -> None:
    for kind in (C, O, R):
        rows = [each for each in ROWS if each[0] == kind]
        done = load(ready, kind, HEADERS[kind] + "\n" + "\n".join(each[1] for each in rows))
        expected = [(line, *each[2:4]) for line, each in enumerate(rows, start=2)]
        assert faults(done) == expected
        assert [(each.text("en"), each.text("zh")) for each in done.refusals] == [each[4:] for each in rows]
        assert done.created == done.changed == 0


def test_reversals_of_reversals_and_second_ones_are_refused(ready: Sessions) -> None:
    rows = "R3,,,2026-02-22,15,R1\nR4,,,2026-02-22,15,R1\nR5,,,2026-02-22,15,R3\n"
    done = load(ready, R, f"{HEADERS[R]}\n{rows}")
    assert faults(done) == [(3, "reverses", "reverses_again"), (4, "reverses", "reverses_reversal")]
    assert done.refusals[0].text() == "R1 is reversed already"
    assert done.refusals[1].text("zh") == "R3 本身就是冲正"
    later = load(ready, R, f"{HEADERS[R]}\nR6,,,2026-02-23,15,R1\n")
    assert faults(later) == [(2, "reverses", "reverses_again")]


def test_an_id_comes_once_in_a_file(sessions: Sessions) -> None:
    done = load(sessions, C, CUSTOMERS + "C2,韩梅梅\n")
    assert (counts(done), faults(done)) == ((2, 0, 0, 1), [(4, "customer_id", "duplicate")])
    assert done.refusals[0].text() == "C2 is already in line 3 of this file"
    assert done.refusals[0].text("zh") == "C2 在本文件第 3 行已出现"


def test_the_line_is_that_of_the_file_even_after_cells_of_several_lines(sessions: Sessions) -> None:
    done = load(sessions, C, 'customer_id,name,address\nC1,李雷,"one\ntwo"\n\nC2,,x\n')
    assert faults(done) == [(5, "name", "missing")]


def test_reasons_have_both_languages_and_the_same_places_to_fill() -> None:
    for code, text in REASONS.items():
        assert text.en
        assert text.zh
        places = [{part.split("}")[0] for part in one.split("{")[1:]} for one in (text.en, text.zh)]
        assert places[0] == places[1], code


def test_the_refused_rows_come_back_to_mend_and_send_again(sessions: Sessions) -> None:
    done = load(sessions, C, 'customer_id,name,Note\nC1,,"a, ""b"""\nC2,韩梅梅,\nC3,,\n')
    given = importing.refused_file(done.refusals, "zh")
    assert given.decode("utf-8-sig").splitlines() == [
        "customer_id,name,Note,line,column,reason",
        'C1,,"a, ""b""",2,name,不能为空',
        "C3,,,4,name,不能为空",
    ]
    mended = given.replace(b"C1,,", "C1,李雷,".encode()).replace(b"C3,,", "C3,王五,".encode())
    again = load(sessions, C, mended)
    assert counts(again) == (2, 0, 0, 0)


def test_what_a_spreadsheet_would_run_is_disarmed_and_comes_back_whole(sessions: Sessions) -> None:
    done = load(sessions, C, 'customer_id,name,phone,=cmd\nC1,,+8613800000001,"=HYPERLINK(""x"")"\n')
    given = importing.refused_file(done.refusals).decode("utf-8-sig").splitlines()
    assert given[0] == "customer_id,name,phone,'=cmd,line,column,reason"
    assert given[1] == 'C1,,\'+8613800000001,"\'=HYPERLINK(""x"")",2,name,Must not be empty'
    again = load(sessions, C, "\n".join(given).replace("C1,,", "C1,李雷,"))
    assert counts(again) == (1, 0, 0, 0)


def test_repayments_of_a_file_without_customers_are_refused_not_lost(sessions: Sessions) -> None:
    assert faults(load(sessions, R, REPAYMENTS)) == [(2, "order_id", "unknown_order"), (3, "order_id", "unknown_order")]
