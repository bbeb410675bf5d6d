"""Photos and files on the case page: adding, opening, downloading, deleting; who may; all of it recorded."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import acts, files, parameters
from engine.errors import Invalid
from engine.files import NewFile
from engine.models import CustomerFile, FileContent, HistoryEntry
from tests.test_pictures import image
from tests.web.desk import browser, make_desk, person, suspend, within
from tests.web.world import csrf_token, post

CASE = "/cases/C00000002"
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path)


def send(client: FlaskClient, content: bytes, name: str = "front.png", kind: str = "id_card") -> TestResponse:
    headers = {"X-CSRFToken": csrf_token(client.get("/account")), "HX-Request": "true"}
    data = {"kind": kind, "file": (io.BytesIO(content), name)}
    return client.post(f"{CASE}/files", data=data, headers=headers, content_type="multipart/form-data")


def kinds_told(app: Flask) -> list[str]:
    query = select(HistoryEntry.kind).where(HistoryEntry.kind.like("file_%")).order_by(HistoryEntry.id)
    return within(app, lambda session: list(session.scalars(query)))


def many(app: Flask) -> int:
    return within(app, lambda session: session.scalar(select(func.count(CustomerFile.id))) or 0)


def test_an_image_is_added_shown_and_downloaded_and_each_opening_is_recorded(app: Flask) -> None:
    client = browser(app)
    answer = send(client, image(), "..\\..\\front\x07.png")
    assert answer.status_code == 204
    assert "files-changed" in answer.headers["HX-Trigger"]
    page = client.get(f"{CASE}/files").text
    assert "Identity card" in page
    assert "front.png" in page
    thumbnail = client.get(f"{CASE}/files/1/thumbnail")
    assert thumbnail.content_type == "image/jpeg"
    assert thumbnail.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "data:image/jpeg;base64," in post(client, f"{CASE}/files/1/open").text
    got = post(client, f"{CASE}/files/1/download", htmx=False)
    assert got.data.startswith(b"\xff\xd8\xff")
    assert got.headers["Content-Disposition"] == "attachment; filename*=UTF-8''front.jpg"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert kinds_told(app) == ["file_added", "file_opened", "file_opened"]
    assert client.get(f"{CASE}/files/1/open").status_code == 405
    history = client.get(f"{CASE}/history").text
    assert "File added: Identity card" in history
    assert "File opened: Identity card" in history


def test_a_document_leaves_only_as_a_download_in_a_sandbox(app: Flask) -> None:
    client = browser(app)
    assert send(client, PDF, "合同.exe", "document").status_code == 204
    got = post(client, f"{CASE}/files/1/download", htmx=False)
    assert got.content_type == "application/pdf"
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["Content-Disposition"].endswith("%E5%90%88%E5%90%8C.pdf")
    assert post(client, f"{CASE}/files/1/open").status_code == 422
    assert client.get(f"{CASE}/files/1/thumbnail").status_code == 404


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"<html>", "document", "only JPEG, PNG and WebP"),
        (b"", "document", "not empty"),
        (image()[:60], "selfie", "damaged"),
        (PDF, "pigeon", "choose one"),
    ],
)
def test_what_is_refused_is_said_beside_its_field(app: Flask, content: bytes, kind: str, words: str) -> None:
    answer = send(browser(app), content, kind=kind)
    assert answer.status_code == 422
    assert words in answer.text
    assert many(app) == 0


def test_how_large_a_file_may_be_is_a_parameter(app: Flask) -> None:
    content = PDF[:9] + b"x" * files.MEGABYTE + b"%%EOF"

    def act(session: Session, most: int) -> None:
        parameters.set_value(session, "file_megabytes", most)
        case = acts.lock_case(session, 2)
        files.add(session, case, NewFile("document", "a.pdf", content), actor_id=person(session, "cora").id)

    with pytest.raises(Invalid, match="larger than is allowed"):
        within(app, lambda session: act(session, 1))
    within(app, lambda session: act(session, 2))
    assert many(app) == 1


def test_the_same_file_twice_is_told(app: Flask) -> None:
    client = browser(app)
    send(client, PDF, "one.pdf")
    answer = send(client, PDF, "two.pdf")
    assert answer.status_code == 422
    assert "This file is there already: one.pdf" in answer.text


def test_a_supervisor_deletes_with_a_reason_and_the_content_stays(app: Flask) -> None:
    send(browser(app), PDF)
    assert post(browser(app), f"{CASE}/files/1/delete", data={"reason": "wrong"}).status_code == 403
    susan = browser(app, "susan")
    assert post(susan, f"{CASE}/files/1/delete", data={"reason": " "}).status_code == 422
    assert post(susan, f"{CASE}/files/1/delete", data={"reason": "another person's"}).status_code == 204
    assert post(susan, f"{CASE}/files/1/delete", data={"reason": "again"}).status_code == 404
    assert post(susan, f"{CASE}/files/1/download").status_code == 404
    assert "No photos or documents" in susan.get(f"{CASE}/files").text
    assert "another person&#39;s" in susan.get(f"{CASE}/history").text

    def kept(session: Session) -> bytes:
        return session.get_one(FileContent, 1).content

    assert within(app, kept) == PDF


@pytest.mark.parametrize(
    ("login", "adds", "opens"),
    [
        ("susan", 204, 200),
        ("mira", 403, 200),
        ("carl", 403, 200),
        ("colin", 404, 404),
        ("sven", 404, 404),
        ("anna", 403, 403),
        ("adam", 403, 403),
    ],
)
def test_who_may_add_and_open(app: Flask, login: str, adds: int, opens: int) -> None:
    send(browser(app), image())
    client = browser(app, login)
    assert send(client, PDF).status_code == adds
    assert post(client, f"{CASE}/files/1/open").status_code == opens
    assert client.get(f"{CASE}/files/1/thumbnail").status_code == opens


def test_another_customers_file_is_not_found(app: Flask) -> None:
    send(browser(app), PDF)
    client = browser(app)
    for url in ("open", "download"):
        assert post(client, f"/cases/C00000003/files/1/{url}").status_code == 404


def test_nothing_is_opened_where_contact_has_stopped(app: Flask) -> None:
    client = browser(app)
    send(client, image())
    suspend(app, 2)
    assert post(client, f"{CASE}/files/1/open").status_code == 403
    assert "thumbnail" not in client.get(f"{CASE}/files").text
