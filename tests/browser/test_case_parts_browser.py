"""Contacts, "Why is it here?", files and the timeline of a case in a browser; accessible in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import axe_violations, serve
from tests.browser.test_case_browser import enter
from tests.test_pictures import image
from tests.web.desk import make_desk

CASE = "/cases/C00000003"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[str]:
    """The address of a server where people have cases."""
    with serve(make_desk(tmp_path)) as address:
        yield address


@pytest.mark.parametrize("language", ["zh", "en"])
def test_contacts_reasons_files_and_timeline(page: Page, desk: str, language: str, complaints: list[str]) -> None:
    enter(page, desk, CASE, login="susan", language=language)
    dialog, wide = page.locator("#dialog"), page.locator("#dialog-wide")

    # 1. A contact is added; a mistake stands beside its field and loses nothing.
    page.click("#contacts button[hx-get$='/contacts/new']")
    assert axe_violations(page) == []
    dialog.locator("[name=value]").fill("12")
    dialog.locator("[data-default]").click()
    expect(dialog.locator(".df-error")).to_have_count(1)
    complaints.clear()  # Chromium notes the 422 itself
    dialog.locator("[name=value]").fill("138 1234 5678")
    dialog.locator("[data-default]").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#contacts")).to_contain_text("138****5678")

    # 2. Its standing is changed; the number is shown in full, with what dials it.
    page.locator("#contacts .df-contact-edit button").first.click()
    dialog.locator("[name=standing]").select_option("verified")
    assert axe_violations(page) == []
    dialog.locator("[data-default]").click()
    expect(page.locator("#contacts .df-tone-green")).to_have_count(1)
    page.locator(".df-contacts .df-reveal[hx-post]").first.click()
    expect(page.locator("#contacts a[href^='tel:']")).to_have_count(1)

    # 3. Why it is here.
    page.click("button[hx-get$='/why']")
    expect(wide.locator(".df-why > li").first).to_be_visible()
    assert axe_violations(page) == []
    wide.locator(".df-dialog-acts [data-close]").click()

    # 4. A photo is added, looked at, enlarged and turned.
    page.click("#tab-files")
    page.click("#panel-files button[hx-get$='/files/new']")
    dialog.locator("[name=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": image()})
    assert axe_violations(page) == []
    dialog.locator("[data-default]").click()
    picture = page.locator(".df-file-card img")
    expect(picture).to_have_count(1)
    assert axe_violations(page) == []
    picture.click()
    shown = wide.locator(".df-viewer img")
    wide.locator("[data-view=in]").click()
    wide.locator("[data-view=turn]").click()
    expect(shown).to_have_attribute("data-zoom", "1")
    expect(shown).to_have_attribute("data-turn", "1")
    assert shown.evaluate("image => image.complete && image.naturalWidth") == 60
    assert axe_violations(page) == []
    wide.locator(".df-dialog-acts [data-close]").click()

    # 5. The timeline, narrowed.
    page.click("#tab-history")
    page.click(".df-kinds [hx-get*='kind=data']")
    expect(page.locator(".df-kinds [aria-pressed=true][hx-get*='kind=data']")).to_have_count(1)
    expect(page.locator(".df-history .df-timeline > li").first).to_be_visible()
    assert axe_violations(page) == []
