"""The case list: scope, counts by status, filters, sorting, export."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import exporting, lists
from engine.lists import ColumnWanted
from engine.models import Customer, HistoryEntry
from engine.queries import case_list
from tests.web.desk import Statements, browser, person, within
from tests.web.floor import ELSEWHERE, IN_WORK, NOBODYS, WAITING, case_no, make_floor
from tests.web.world import post


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_floor(tmp_path)


def listed(page: str) -> list[str]:
    """Case numbers in the order of the rows."""
    return re.findall(r'<td class=" df-first"><a [^>]*>(C\d+)</a>', page)


def test_a_supervisor_sees_the_cases_of_their_groups(app: Flask) -> None:
    page = browser(app, "susan").get("/cases").text
    assert sorted(listed(page)) == [case_no(number) for number in (*WAITING, *IN_WORK)]


def test_a_manager_sees_all_and_those_that_no_group_takes(app: Flask) -> None:
    page = browser(app, "mira").get("/cases?group=none").text
    assert listed(page) == [case_no(NOBODYS)]


def test_tabs_count_by_status_and_follow_the_other_filters(app: Flask) -> None:
    client = browser(app, "susan")
    tabs = r'<a href="[^"]*"[^>]*>(All open|To dispatch|In work)<small>(\d+)</small>'
    assert re.findall(tabs, client.get("/cases").text) == [("All open", "6"), ("To dispatch", "4"), ("In work", "2")]
    found = re.findall(tabs, client.get("/cases?amount_from=4000").text)
    assert found == [("All open", "3"), ("To dispatch", "1"), ("In work", "2")]


def test_totals_are_those_of_all_that_match_not_of_the_page(app: Flask) -> None:
    page = browser(app, "susan").get("/cases?size=20&status=to_dispatch").text
    assert "CNY 10,000.00" in page


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("q=Customer 3", [3]),
        ("q=C00000002", [2]),
        ("q=c2", [2]),
        ("q=K4-1", [4]),
        ("tier=M1&collector=none", [4, 3, 2, 1]),
        ("status=in_work", [6, 5]),
        ("amount_from=1,500&amount_to=2500", [2]),
        ("days_from=6", []),
        ("days_from=x&amount_from=nan&opened_from=never", [6, 5, 4, 3, 2, 1]),
        ("sort=past_due_amount", [1, 2, 3, 4, 5, 6]),
        ("sort=password", [6, 5, 4, 3, 2, 1]),
        ("stage=pre_collection", []),
        ("product=card&result=promise_full", []),
    ],
)
def test_filters_and_sorting(app: Flask, query: str, numbers: list[int]) -> None:
    assert listed(browser(app, "susan").get(f"/cases?{query}").text) == [case_no(each) for each in numbers]


def test_an_odd_character_in_the_keyword_is_itself(app: Flask) -> None:
    assert listed(browser(app, "susan").get("/cases?q=%25").text) == []


def test_the_exact_figure_is_for_whoever_asks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_list, "EXACT", 3)
    client = browser(app, "susan")
    assert "Exact figures" in client.get("/cases").text
    page = client.get("/cases?exact=1").text
    assert "Exact figures" not in page
    assert "CNY 21,000.00" in page


def test_its_statements_do_not_grow_with_the_rows(app: Flask) -> None:
    client = browser(app, "susan")
    client.get("/cases")
    with Statements(app) as few:
        client.get("/cases?q=Customer 3")
    with Statements(app) as many:
        client.get("/cases")
    assert many.count == few.count
    assert many.count <= 22


def test_the_csv_has_a_mark_and_runs_nothing(app: Flask) -> None:
    def rename(session: Session) -> None:
        customer = session.scalars(select(Customer).where(Customer.customer_no == "K3")).one()
        customer.name = '=HYPERLINK("http://x")'

    within(app, rename)
    answer = post(browser(app, "susan"), "/cases/export?sort=past_due_amount", htmx=False, data={"format": "csv"})
    assert answer.data.startswith(b"\xef\xbb\xbf")
    lines = answer.text.splitlines()
    assert len(lines) == 7
    assert "'=HYPERLINK" in lines[3]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_workbook_holds_numbers_and_dates(app: Flask) -> None:
    answer = post(browser(app, "susan"), "/cases/export?status=to_dispatch", htmx=False, data={"format": "xlsx"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 5
    assert rows[1][rows[0].index("Past due")] == 4000.0


def test_an_export_is_recorded_with_its_filters(app: Flask) -> None:
    post(browser(app, "susan"), "/cases/export?status=to_dispatch", htmx=False, data={"format": "csv"})
    kept = within(
        app,
        lambda session: session.scalars(select(HistoryEntry).where(HistoryEntry.kind == "cases_exported")).one().data,
    )
    assert kept.pop("columns")[:2] == ["case_no", "customer"]
    assert kept == {"rows": 4, "format": "csv", "filters": {"status": ["to_dispatch"]}}


def test_a_file_has_the_columns_shown_in_their_order_masked_with_the_currency_of_amounts(app: Flask) -> None:
    client = browser(app, "susan")
    chosen = [ColumnWanted(key) for key in ("phone", "past_due_amount", "stage")]
    within(app, lambda session: lists.choose_columns(session, person(session, "susan"), "cases", chosen))
    sent = post(client, "/cases/export?q=K3-1", htmx=False, data={"format": "csv"})
    lines = sent.data.decode("utf-8-sig").splitlines()
    assert lines == ["Case,Phone,Past due,Stage,Currency", f"{case_no(3)},154****0003,3000.00,Collection,CNY"]


def test_too_many_rows_for_a_file_are_refused_with_a_way_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 3)
    answer = post(browser(app, "susan"), "/cases/export", htmx=False, data={"format": "csv"})
    assert answer.status_code == 422
    assert "Narrow the filters" in answer.text


def test_a_case_knows_its_neighbours_in_the_list(app: Flask) -> None:
    client = browser(app, "susan")
    link = re.search(rf'<a href="([^"]*{case_no(2)}[^"]*)"', client.get("/cases?sort=past_due_amount").text)
    assert link
    page = client.get(link[1].replace("&amp;", "&")).text
    assert case_no(1) in page
    assert case_no(3) in page


def test_cells_of_other_kinds_are_written_for_people() -> None:
    body = exporting.as_csv(["a", "b", "c"], [[None, Decimal("1.50"), "+1"]])
    assert body.decode("utf-8-sig").splitlines()[1] == ",1.50,'+1"


def test_somebody_elsewhere_sees_only_theirs(app: Flask) -> None:
    assert listed(browser(app, "sven").get("/cases").text) == [case_no(ELSEWHERE)]


def test_products_are_called_by_their_names_in_the_reader_s_language(app: Flask) -> None:
    client = browser(app, "susan")
    page = client.get("/cases").text
    assert page.count('<td class="">Credit card</td>') == 6
    assert '<option value="card" >Credit card</option>' in page
    assert ">card<" not in page + client.get("/dispatch").text + client.get("/dispatch/rules/edit").text
    assert "Credit card" in post(client, "/cases/export", data={"format": "csv"}).data.decode("utf-8-sig")
    post(client, "/language", data={"language": "zh"})
    for url in ("/cases", "/dispatch", f"/dispatch/new?ids={WAITING[0]}", f"/dispatch/assign/{WAITING[0]}"):
        assert "信用卡" in client.get(url).text, url
