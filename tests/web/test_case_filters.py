"""The query fields of the case list: each by itself, together, and the same in every list that has them."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.web.desk import browser
from tests.web.floor import IN_WORK, case_no, make_floor


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_floor(tmp_path_factory.mktemp("floor"))


def listed(page: str) -> list[str]:
    return re.findall(r'<td class=" df-first"[^>]*><a [^>]*>(C\d+)</a>', page)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("name=CUSTOMER 3", [3]),
        ("name=customer&amount_from=5000", [6, 5]),
        ("phone=00000003", [3]),
        ("phone=000 00-003", [3]),
        ("q=15400000003", [3]),
        ("phone=15", []),
        ("id_number=154", []),
        ("number=K4-1", [4]),
        ("number=c4&name=customer 3", []),
        ("due_to=2000-01-01", []),
        ("due_from=2000-01-01&number=c4", [4]),
        ("opened_from=2000-01-01&number=c4", [4]),
        ("last_from=2000-01-01", []),
        ("next_from=2000-01-01", []),
        ("due_from=nonsense&last_to=x&number=c4", [4]),
    ],
)
def test_every_field_narrows_the_list(app: Flask, query: str, numbers: list[int]) -> None:
    assert listed(browser(app, "susan").get(f"/cases?{query}").text) == [case_no(each) for each in numbers]


def test_what_waits_for_dispatch_is_narrowed_by_the_same_fields(app: Flask) -> None:
    page = browser(app, "susan").get("/dispatch?phone=00000003").text
    assert case_no(3) in page
    assert case_no(2) not in page


def test_all_that_match_means_the_same_in_bulk(app: Flask) -> None:
    page = browser(app, "susan").get("/cases/several/suspend?all_matching=1&phone=0000000&status=in_work").text
    assert sorted(re.findall(r'name="ids" value="(\d+)"', page)) == [str(number) for number in sorted(IN_WORK)]


def test_fields_in_use_stay_in_view_and_are_told(app: Flask) -> None:
    page = browser(app, "susan").get("/cases?id_number=3101").text
    assert 'name="id_number"' in page
    assert 'value="3101"' in page
