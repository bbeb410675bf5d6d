"""Statistics in a browser: charts drawn under the pages' policy, without barriers in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import axe_violations, serve
from tests.browser.test_case_browser import enter
from tests.web.desk import make_desk, pay

PAGES = (
    "/statistics/repayments",
    "/statistics/collectors",
    "/statistics/recovery",
    "/statistics/collectors/cases?figure=given",
    "/statistics/repayments?channel=nowhere",
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[str]:
    app = make_desk(tmp_path)
    pay(app, 3, Decimal(3000))
    with serve(app) as address:
        yield address


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_are_accessible(page: Page, desk: str, language: str) -> None:
    enter(page, desk, PAGES[0], "mira")
    if language == "zh":
        page.click("form[hx-post$='/language'] button")
        page.wait_for_selector("html[lang^=zh]")
    for path in PAGES:
        page.goto(desk + path)
        for chart in page.locator("[data-chart]").all():
            expect(chart.locator("canvas")).to_be_visible()
        assert axe_violations(page) == [], path


def test_from_a_chart_and_its_table_to_a_case(page: Page, desk: str) -> None:
    enter(page, desk, "/statistics/collectors", "susan")
    expect(page.locator("[data-chart] canvas")).to_have_count(2)
    page.click(".df-split a:has-text('Tier')")
    page.click("tbody tr:has-text('M1') td >> nth=2 >> a")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.click("tbody a >> nth=0")
    page.wait_for_url("**/cases/C*")


def test_without_the_charts_the_table_remains(page: Page, desk: str, complaints: list[str]) -> None:
    page.route("**/charts-*.js", lambda route: route.abort())
    enter(page, desk, "/statistics/repayments", "mira")
    expect(page.locator("[data-chart]")).to_be_hidden()
    expect(page.locator("tfoot")).to_contain_text("3,000.00")
    complaints[:] = [each for each in complaints if "ERR_FAILED" not in each]
