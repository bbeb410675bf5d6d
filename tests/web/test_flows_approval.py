"""From draft to use by the page: submitted, decided by a second person, published; what would be undone is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.flow.checks import release_files
from engine.installing import diagrams
from engine.models import Release
from tests.web.lender import SECOND, Lender, make_lender

FILES = release_files(diagrams())
TIERS = FILES["case_tier.dmn"].replace(b'"M4"', b'"M4B"')
FORM = FILES["forms/decide.json"].replace(b'"Decision"', b'"Verdict"')


@pytest.fixture
def lender(tmp_path: Path) -> Lender:
    return make_lender(tmp_path)


def status(lender: Lender, release_id: int) -> str:
    with lender.writing() as session:
        return session.get_one(Release, release_id).status


def act(lender: Lender, login: str, release_id: int, verb: str, **data: str) -> int:
    answer = lender.send(login, f"/flows/releases/{release_id}/{verb}", **data)
    return answer.status_code


def submitted(lender: Lender, login: str = "anna", name: str = "case_tier.dmn", source: bytes = TIERS) -> int:
    draft = lender.draft(login)
    assert lender.upload(login, draft, (name, source)).status_code == 204
    assert act(lender, login, draft, "submit", note="Another name") == 204
    return draft


def published(lender: Lender, release_id: int, by: str, approver: str, seen: str) -> None:
    assert act(lender, approver, release_id, "approve", seen=seen) == 204
    assert act(lender, by, release_id, "publish", seen=seen) == 204


def test_a_release_goes_from_draft_to_use(lender: Lender) -> None:
    release = submitted(lender)
    assert "waits for the approval" in lender.get("anna", f"/flows/releases/{release}").text
    published(lender, release, "anna", "mira", "1")
    assert (status(lender, release), status(lender, 1)) == ("published", "retired")
    page = lender.get("anna", "/flows").text
    assert f"Release {release}" in page
    listed = lender.get("anna", "/flows/releases").text
    assert "Mira" in listed
    assert "Another name" in listed
    told = lender.get("anna", f"/flows/releases/{release}").text
    for words in ("Submitted for approval", "Approved", "Published", "Begun from release 1"):
        assert words in told


def test_who_made_any_part_does_not_decide(lender: Lender) -> None:
    release = submitted(lender)
    for verb in ("approve", "reject"):
        assert act(lender, "anna", release, verb, seen="1", note="mine") == 403
        assert f"/{release}/{verb}" not in lender.get("anna", f"/flows/releases/{release}").text
    assert status(lender, release) == "submitted"
    assert act(lender, SECOND, release, "approve", seen="1") == 204


def test_the_second_person_sees_that_something_waits(lender: Lender) -> None:
    release = submitted(lender)
    page = lender.get("mira", f"/flows/releases/{release}").text
    assert f"/flows/releases/{release}/approve" in page
    assert 'df-item-count">1<' in page.replace('df-item-count ">', 'df-item-count">')


def test_a_rejection_needs_a_reason_and_keeps_what_was_typed(lender: Lender) -> None:
    release = submitted(lender)
    answer = lender.send("mira", f"/flows/releases/{release}/reject", note="  ")
    assert answer.status_code == 422
    assert "f-note-error" in answer.text
    assert act(lender, "mira", release, "reject", note="M4B means nothing") == 204
    assert status(lender, release) == "rejected"
    assert "M4B means nothing" in lender.get("anna", f"/flows/releases/{release}").text


def test_submitting_needs_a_note_and_files_that_run_and_differ(lender: Lender) -> None:
    draft = lender.draft()
    assert "same files" in lender.send("anna", f"/flows/releases/{draft}/submit", note="x").text
    lender.upload("anna", draft, ("case_tier.dmn", TIERS.replace(b"[31..60]", b"[40..60]")))
    answer = lender.send("anna", f"/flows/releases/{draft}/submit", note="A gap")
    assert answer.status_code == 422
    assert "1 error" in answer.text
    assert "A gap" in answer.text
    lender.upload("anna", draft, ("case_tier.dmn", TIERS))
    answer = lender.send("anna", f"/flows/releases/{draft}/submit", note=" ")
    assert answer.status_code == 422
    assert "f-note-error" in answer.text
    assert status(lender, draft) == "draft"


def test_a_second_click_and_a_second_person_are_told(lender: Lender) -> None:
    release = submitted(lender)
    assert act(lender, "mira", release, "approve", seen="1") == 204
    assert act(lender, SECOND, release, "approve", seen="1") == 409
    assert act(lender, SECOND, release, "reject", note="late") == 409
    assert act(lender, "anna", release, "take-back") == 409
    assert act(lender, "anna", release, "publish", seen="1") == 204
    again = lender.send("anna", f"/flows/releases/{release}/publish", seen=str(release))
    assert again.status_code == 409
    assert "it must be approved" in again.text


def test_nothing_is_published_without_approval(lender: Lender) -> None:
    release = submitted(lender)
    assert act(lender, "anna", release, "publish", seen="1") == 409
    assert act(lender, SECOND, release, "publish", seen="1") == 409
    assert status(lender, 1) == "published"


def test_what_was_submitted_is_not_changed_but_taken_back(lender: Lender) -> None:
    release = submitted(lender)
    assert lender.upload("anna", release, ("case_tier.dmn", TIERS)).status_code == 409
    assert act(lender, SECOND, release, "take-back") == 403
    assert act(lender, "anna", release, "take-back") == 204
    assert lender.upload("anna", release, ("case_tier.dmn", TIERS)).status_code == 204


def test_a_release_begun_before_another_was_published_tells_what_it_would_undo(lender: Lender) -> None:
    late = submitted(lender, SECOND, "forms/decide.json", FORM)
    published(lender, submitted(lender), "anna", "mira", "1")
    page = lender.get("mira", f"/flows/releases/{late}").text
    assert "would undo what release 3 changed in: case_tier.dmn" in page
    stale = lender.send("mira", f"/flows/releases/{late}/approve", seen="1")
    assert stale.status_code == 422
    assert "Meanwhile release 3 was published" in stale.text
    answer = lender.send("mira", f"/flows/releases/{late}/approve", seen="3", note="fine")
    assert answer.status_code == 422
    assert "case_tier.dmn" in answer.text
    assert "fine" in answer.text
    assert act(lender, "mira", late, "approve", seen="3", undo="true") == 204
    assert act(lender, SECOND, late, "publish", seen="3") == 422
    assert act(lender, SECOND, late, "publish", seen="3", undo="true") == 204


def test_a_way_back_goes_through_the_same_approval(lender: Lender) -> None:
    new = submitted(lender)
    published(lender, new, "anna", "mira", "1")
    assert "Go back to this release" in lender.get("anna", "/flows/releases/1").text
    back = lender.draft("anna", 1)
    page = lender.get("anna", f"/flows/releases/{back}").text
    assert "Back to release 1" in page  # what it is for stands in its note
    assert f"would undo what release {new} changed in: case_tier.dmn" in page
    assert act(lender, "anna", back, "submit", note="Back") == 204
    assert act(lender, "anna", back, "approve", seen=str(new), undo="true") == 403
    assert act(lender, "mira", back, "approve", seen=str(new)) == 422
    assert act(lender, "mira", back, "approve", seen=str(new), undo="true") == 204
    assert act(lender, "anna", back, "publish", seen=str(new), undo="true") == 204
    assert (status(lender, back), status(lender, new)) == ("published", "retired")


def test_drafts_begin_only_from_what_is_or_was_in_use(lender: Lender) -> None:
    draft = lender.draft()
    assert act(lender, "anna", draft, "draft") == 409
    assert act(lender, "anna", 77, "draft") == 404
