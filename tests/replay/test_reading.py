"""A row that an import would refuse stops a replay before it begins, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.replay.reading import Files, RowsRefused, read_files

CUSTOMERS = "customer_id,name\nC1,Ann\nC2,Bo\n"
ORDERS = (
    "order_id,customer_id,product,currency,disbursed_on,due_on,principal,interest,fees\n"
    "A,C1,P,CNY,2024-01-01,2024-02-01,100,1,1\n"
)
REPAYMENTS = "repayment_id,order_id,customer_id,paid_at,amount,reverses\n"
PAID = "R1,A,,2024-02-03,102,\n"


def _read(folder: Path, rows: str) -> Files:
    texts = {"customers.csv": CUSTOMERS, "orders.csv": ORDERS, "repayments.csv": REPAYMENTS + rows}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_files(*(folder / name for name in texts))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("R1,A,C2,2024-02-03,102,\n", "line 2: Order A belongs to another customer"),
        (PAID + "R2,,,2024-02-04,50,R1\n", "line 3: The amount of R1 is 102.00"),
        (PAID + "R2,,,2024-02-02,102,R1\n", "line 3: Dated before R1"),
        (PAID + "R2,,,2024-02-04,102,R1\nR3,,,2024-02-05,102,R1\n", "line 4: R1 is reversed already"),
        (PAID + "R2,,,2024-02-04,102,R1\nR3,,,2024-02-05,102,R2\n", "line 4: R2 is a reversal itself"),
        (PAID + "R2,,C2,2024-02-04,102,R1\n", "line 3: R1 was paid by another customer"),
        (PAID + "R2,,,2024-02-04,102,R9\n", "line 3: There is no repayment R9"),
        (PAID + "\n\nR2,ZZ,,2024-02-04,5,\n", "line 5: unknown order ZZ"),
    ],
)
def test_a_repayment_that_an_import_would_refuse_is_named_by_its_line(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(RowsRefused) as refused:
        _read(tmp_path, rows)
    assert said in str(refused.value)


def test_a_reversal_may_stand_above_the_repayment_that_it_names(tmp_path: Path) -> None:
    found = _read(tmp_path, "R2,,,2024-02-04,102,R1\n" + PAID)
    assert [each.repayment_id for each in found.repayments] == ["R2", "R1"]
