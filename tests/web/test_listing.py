"""The whole state of a list is in its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask

from tests.web.style_pages import COLUMNS, FILTERS
from web.listing import Listing, Rows, read_listing

Reader = Callable[[str], Listing]


@pytest.fixture
def at(app: Flask) -> Iterator[Reader]:
    """Reads the listing of an address."""
    with ExitStack() as contexts:

        def read(query: str) -> Listing:
            asked = app.test_request_context(f"/style/list?{query}", headers={"Accept-Language": "en"})
            contexts.enter_context(asked)
            return read_listing(COLUMNS, FILTERS, sort="-days_past_due")

        yield read


def test_nothing_asked_is_the_default(at: Reader) -> None:
    listing = at("")
    assert (listing.sort, listing.page, listing.size, listing.offset) == ("-days_past_due", 1, 50, 0)
    assert not listing.is_filtered


@pytest.mark.parametrize(
    "query", ["sort=password_hash", "sort=-customer", "page=-3", "page=x", "size=100000", "unknown=1"]
)
def test_what_is_not_offered_counts_as_the_default(at: Reader, query: str) -> None:
    listing = at(query)
    assert (listing.sort, listing.page, listing.size) == ("-days_past_due", 1, 50)


def test_paging_keeps_filters_and_order(at: Reader) -> None:
    listing = at("tier=M2&status=in_work&status=suspended&sort=tier&page=3")
    assert listing.url(page=4) == "/style/list?tier=M2&status=in_work&status=suspended&sort=tier&page=4"
    assert listing.offset == 100


def test_another_order_begins_at_the_first_page(at: Reader) -> None:
    listing = at("page=3&tier=M1")
    assert "page" not in listing.sort_url(COLUMNS[3])


def test_sorting_begins_with_the_greatest_figure_and_turns_round(at: Reader) -> None:
    days, tier = COLUMNS[4], COLUMNS[3]
    listing = at("")
    assert "sort=days_past_due" in listing.sort_url(days)
    assert listing.aria_sort(days) == "descending"
    assert "sort=tier" in listing.sort_url(tier)
    assert "sort=-past_due_amount" in listing.sort_url(COLUMNS[6])


def test_chips_name_active_filters_and_lead_to_the_list_without_them(at: Reader) -> None:
    listing = at("tier=M2&days_from=30&days_to=60&opened_to=2026-11-01")
    shown = {chip.label: (chip.value, chip.url) for chip in listing.chips}
    assert shown["Tier"][0] == "M2"
    assert shown["Days past due"][0] == "30 – 60"
    assert shown["Opened"][0] == "≤ 2026-11-01"
    assert "days_from" not in shown["Days past due"][1]
    assert "tier=M2" in shown["Days past due"][1]


def test_a_folded_filter_in_use_unfolds_the_form(at: Reader) -> None:
    assert at("days_from=1").has_folded_filters_in_use
    assert not at("tier=M1").has_folded_filters_in_use


@pytest.mark.parametrize(("matching", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (3349, 67)])
def test_pages_are_counted(matching: int, pages: int) -> None:
    assert Rows([], matching).pages(50) == pages
