"""Who may open which page and send which form: every role at every address of supervisors and operations."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.desk import browser
from tests.web.floor import make_floor
from tests.web.world import csrf_token

LOGINS = {
    "cora": "collector",
    "susan": "supervisor",
    "mira": "manager",
    "anna": "analyst",
    "carl": "compliance",
    "adam": "administrator",
}
S, M, C, A = "supervisor", "manager", "compliance", "administrator"
PAGES = {
    "/cases": {S, M, C},
    "/cases/several/suspend?ids=1": {S},
    "/cases/several/resume?ids=1": {S},
    "/dispatch": {S, M},
    "/dispatch/new?ids=1": {S},
    "/dispatch/preview?ids=1": {S},
    "/dispatch/new?act=reassign&ids=5": {S},
    "/dispatch/new?act=recall&ids=5": {S},
    "/dispatch/assign/1": {S},
    "/dispatch/batches": {S, M},
    "/dispatch/rules": {S, M},
    "/dispatch/rules/edit": {S, M},
    "/requests": {S, M, C},
    "/blocks": {M, C},
    "/team": {S},
    "/incidents": {S, M, A},
    "/jobs": {A},
    "/people": {A},
    "/people/new": {A},
    "/people/1": {A},
    "/groups": {A},
    "/groups/new": {A},
    "/groups/1": {A},
    "/imports": {A},
    "/imports/templates/orders.csv": {A},
}
FORMS = {
    "/cases/export": {S, M, C},
    "/cases/several/suspend": {S},
    "/dispatch/batches?ids=999": {S},
    "/dispatch/batches/1/undo": {S},
    "/dispatch/batches/1/file": {S, M},
    "/dispatch/assign/999": {S},
    "/dispatch/rules": {S, M},
    "/requests/1/review": {S, M},
    "/incidents/1/retry": {S, M, A},
    "/jobs/letters/1/retry": {A},
    "/people": {A},
    "/people/999": {A},
    "/people/999/password": {A},
    "/people/999/unlock": {A},
    "/people/999/activate": {A},
    "/people/999/end_sessions": {A},
    "/people/999/deactivate": {A},
    "/people/999/absences": {S, A},
    "/people/absences/999/remove": {S, A},
    "/groups": {A},
    "/groups/999/name": {A},
    "/groups/999/active": {A},
    "/groups/999/scopes": {A},
    "/groups/999/scopes/1/remove": {A},
    "/groups/999/members": {A},
    "/groups/999/members/1/remove": {A},
    "/imports": {A},
    "/imports/999/cancel": {A},
    "/demo/next-day": {A},
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_floor(tmp_path_factory.mktemp("rights"))


@pytest.fixture(scope="module", params=LOGINS)
def somebody(request: pytest.FixtureRequest, app: Flask) -> tuple[str, FlaskClient]:
    return LOGINS[request.param], browser(app, request.param)


def test_pages_open_for_their_roles_alone(somebody: tuple[str, FlaskClient]) -> None:
    role, client = somebody
    answers = {url: client.get(url).status_code for url in PAGES}
    assert answers == {url: 200 if role in roles else 403 for url, roles in PAGES.items()}


def test_forms_are_taken_from_their_roles_alone(somebody: tuple[str, FlaskClient]) -> None:
    role, client = somebody
    headers = {"X-CSRFToken": csrf_token(client.get("/account")), "HX-Request": "true"}
    refused = {url for url in FORMS if client.post(url, headers=headers).status_code == 403}
    assert refused == {url for url, roles in FORMS.items() if role not in roles}


def test_nobody_comes_in_without_signing_in(app: Flask) -> None:
    client = app.test_client()
    assert {url: client.get(url).status_code for url in PAGES} == dict.fromkeys(PAGES, 401)


def test_forms_need_a_token(app: Flask) -> None:
    client = browser(app, "adam")
    assert {client.post(url).status_code for url in FORMS} == {400}


def test_no_address_is_left_out(app: Flask) -> None:
    ours = ("case_list", "several", "dispatch", "batches", "standing", "requests", "incidents", "jobs", "people")
    ours += ("groups", "imports", "demo", "blocks")
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in ours]
    adapter = app.url_map.bind("localhost")
    tried = {
        adapter.match(url.split("?")[0], method=method)[0]
        for method, urls in (("GET", PAGES), ("POST", FORMS))
        for url in urls
    }
    of_one = {"batches.batch", "batches.progress", "requests.review", "incidents.details", "imports.run"}
    of_one |= {"imports.progress", "imports.refused", "people.new_absence", "several.do"}
    assert {rule.endpoint for rule in rules} - tried - of_one == set()


@pytest.mark.parametrize(
    ("login", "url"),
    [
        ("sven", "/dispatch/assign/1"),
        ("susan", "/dispatch/assign/7"),
        ("susan", "/dispatch/batches/999"),
        ("susan", "/requests/999/review"),
        ("susan", "/incidents/999"),
        ("susan", "/people/3/absences/new"),
        ("adam", "/people/999"),
        ("adam", "/groups/999"),
        ("adam", "/imports/999"),
    ],
)
def test_what_is_out_of_scope_is_not_there(app: Flask, login: str, url: str) -> None:
    assert browser(app, login).get(url).status_code == 404
