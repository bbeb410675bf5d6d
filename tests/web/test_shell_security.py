"""Headers, the nonce, CSRF, and limits on attempts."""

from __future__ import annotations

import re
from pathlib import Path

from flask.testing import FlaskClient

from tests.web import style_pages
from tests.web.world import make_app, sign_in
from web.assets import asset


def test_scripts_run_by_nonce_alone_and_nothing_inline(client: FlaskClient) -> None:
    answer = client.get("/style/list")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)';", policy)
    assert nonce, policy
    assert "unsafe" not in policy
    scripts = re.findall(r"<script(?![^>]*application/json)[^>]*>", answer.text)
    assert scripts
    assert all(f'nonce="{nonce[1]}"' in script for script in scripts)


def test_each_response_has_a_nonce_of_its_own(client: FlaskClient) -> None:
    first, second = (client.get("/style/list").headers["Content-Security-Policy"] for _ in range(2))
    assert first != second


def test_no_page_has_inline_styles_or_handlers(client: FlaskClient) -> None:
    for url in ("list", "case", "form", "diagram", "empties"):
        page = client.get(f"/style/{url}").text
        assert not re.search(r'\sstyle="', page)
        assert not re.search(r'\son[a-z]+="', page)


def test_pages_are_not_stored_and_built_files_are_for_ever(client: FlaskClient) -> None:
    assert client.get("/style/list").headers["Cache-Control"] == "no-store"
    with client.application.test_request_context():
        address = asset("app.js")
    with client.get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


def test_other_sites_may_not_frame_or_sniff(client: FlaskClient) -> None:
    headers = client.get("/style/list").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(stranger: FlaskClient) -> None:
    cookie = sign_in(stranger).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_behind_tls_cookies_travel_by_tls_only(tmp_path: Path) -> None:
    client = make_app(tmp_path, secure_cookies=True).test_client()
    page = client.get("/sign-in", base_url="https://lender.example")
    assert "Secure" in page.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in page.headers


def test_a_post_without_token_is_refused(client: FlaskClient) -> None:
    assert client.post("/style/form", data={"note": "x"}).status_code == 400


def test_guessing_passwords_is_slowed_down(tmp_path: Path) -> None:
    app = make_app(tmp_path, style_pages, testing=False)
    client = app.test_client()
    answers = [sign_in(client, f"nobody{attempt}", "wrong").status_code for attempt in range(12)]
    assert answers[:10] == [422] * 10
    assert answers[10:] == [429] * 2
