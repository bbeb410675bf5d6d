"""The frame in a real browser: strict policy, keys, dialogs, lists, forms, the diagram, a session that ends."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import axe_violations
from tests.cast import PASSWORD

PAGES = ("list", "case", "form", "diagram", "empties")


def enter(page: Page, style: str, url: str = "/style/list", language: str = "zh") -> None:
    """Sign in as Susan and open a page in a language."""
    page.goto(f"{style}/sign-in?next={url}")
    page.fill("[name=login]", "susan")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(style + url)
    if language == "en":
        page.click("header button[name=language]")
        expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_of_the_design_is_accessible(page: Page, style: str, language: str) -> None:
    enter(page, style, language=language)
    for name in PAGES:
        page.goto(f"{style}/style/{name}")
        page.wait_for_load_state("networkidle")
        assert axe_violations(page) == [], name


def test_signing_in_is_accessible(page: Page, style: str) -> None:
    page.goto(f"{style}/sign-in")
    assert axe_violations(page) == []


def test_an_error_page_is_accessible(page: Page, style: str, complaints: list[str]) -> None:
    enter(page, style)
    page.goto(f"{style}/style/error/NotFound")
    assert axe_violations(page) == []
    complaints.clear()  # Chromium notes the 404 itself


def test_the_diagram_shows_where_the_case_stands_with_labels_in_the_language(page: Page, style: str) -> None:
    enter(page, style, "/style/diagram")
    diagram = page.locator(".df-diagram--shown")
    expect(diagram.locator("[data-element-id=follow_up].df-current")).to_have_count(1)
    expect(diagram.locator("[data-element-id=dispatch].df-passed")).to_have_count(1)
    expect(diagram.locator("[data-element-id=follow_up]").first).to_contain_text("催收")
    expect(diagram.locator(".df-count", has_text="1,280")).to_be_visible()
    page.click("header button[name=language]")
    expect(diagram.locator("[data-element-id=follow_up]").first).to_contain_text("Follow")


def test_a_position_inside_a_collapsed_subprocess_is_marked_on_it_and_within(page: Page, style: str) -> None:
    enter(page, style, "/style/diagram?at=decide")
    diagram = page.locator(".df-diagram--shown")
    expect(diagram.locator("[data-element-id=last_tier].df-current")).to_be_visible()
    expect(diagram.locator("[data-element-id=decide].df-current")).to_be_hidden()
    diagram.locator(".bjs-drilldown").click()
    expect(diagram.locator("[data-element-id=decide].df-current")).to_be_visible()


def test_the_mark_of_bpmn_io_stays_visible_and_uncovered(page: Page, style: str) -> None:
    enter(page, style, "/style/diagram")
    mark = page.locator(".bjs-powered-by")
    expect(mark).to_be_visible()
    assert mark.evaluate(
        """mark => {
            const box = mark.getBoundingClientRect();
            return mark.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
        }"""
    )


def test_ticking_rows_shows_their_count_and_sum(page: Page, style: str) -> None:
    enter(page, style)
    boxes = [page.locator("input[data-row]").nth(row) for row in (0, 2)]
    amounts = [float(box.get_attribute("data-amount") or 0) for box in boxes]
    for box in boxes:
        box.check()
    selection = page.locator("[data-selection]")
    expect(selection).to_contain_text("2")
    expect(selection.locator("[data-sum]")).to_have_text(f"{sum(amounts):,.2f}")
    expect(page.locator("[data-needs-selection]")).to_be_enabled()


def test_all_that_match_can_be_selected_from_a_page(page: Page, style: str) -> None:
    enter(page, style)
    page.locator("input[data-page]").check()
    page.click("[data-all-matching]")
    expect(page.locator("[data-selection] [data-count]")).to_have_text("3,349")
    expect(page.locator("input[name=all_matching]")).to_have_value("1")
    page.locator("input[data-row]").first.uncheck()
    expect(page.locator("input[name=all_matching]")).to_have_value("")


def test_keys_move_tick_and_open_rows(page: Page, style: str) -> None:
    enter(page, style)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tbody tr").nth(1)).to_have_class(re.compile("df-cursor"))
    page.keyboard.press("x")
    expect(page.locator("input[data-row]").nth(1)).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{style}/style/case")


def test_keys_rest_in_fields_and_f_goes_to_the_lists_search(page: Page, style: str) -> None:
    enter(page, style)
    page.keyboard.press("f")
    page.keyboard.type("jx?")
    expect(page.locator("[name=q]")).to_have_value("jx?")
    expect(page.locator("#df-help")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#df-help")).to_be_visible()


def test_the_query_changes_the_list_and_the_address(page: Page, style: str) -> None:
    enter(page, style)
    page.fill("[name=q]", "nothing")
    page.keyboard.press("Enter")
    expect(page.locator("#list .df-empty")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=nothing"))
    page.click("#list .df-empty a")
    expect(page.locator("#list tbody tr")).to_have_count(50)


def test_sorting_keeps_the_page_and_says_so(page: Page, style: str) -> None:
    enter(page, style)
    page.click("thead a[href*='sort=tier']")
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    expect(page).to_have_url(re.compile("sort=tier"))


def test_folded_filters_unfold_and_stay_so(page: Page, style: str) -> None:
    enter(page, style)
    expect(page.locator("[name=days_from]")).to_be_hidden()
    page.click(".df-query-acts .df-link")
    expect(page.locator("[name=days_from]")).to_be_visible()
    page.reload()
    expect(page.locator("[name=days_from]")).to_be_visible()


def test_fields_show_for_the_answers_they_belong_to(page: Page, style: str) -> None:
    enter(page, style, "/style/form")
    expect(page.locator("[name=promise_amount]")).to_be_hidden()
    page.keyboard.press("3")
    expect(page.locator("[name=result_code][value=promise_full]")).to_be_checked()
    expect(page.locator("[name=promise_amount]")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("[name=promise_amount]")).to_be_disabled()


def test_mistakes_come_back_beside_their_fields_with_what_was_typed(
    page: Page, style: str, complaints: list[str]
) -> None:
    enter(page, style, "/style/form")
    page.keyboard.press("3")
    page.fill("[name=note]", "他说下周还")
    page.fill("[name=promise_amount]", "-1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#f-promise_amount-error")).to_be_visible()
    expect(page.locator("#f-promise_on-error")).to_be_visible()
    expect(page.locator("[name=note]")).to_have_value("他说下周还")
    assert axe_violations(page) == []
    complaints.clear()  # Chromium notes the 422 itself


def test_a_session_that_ended_keeps_the_form_and_sends_it_after_signing_in(
    page: Page, style: str, complaints: list[str]
) -> None:
    enter(page, style, "/style/form")
    page.keyboard.press("1")
    page.fill("[name=note]", "无人接听，稍后再拨")
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    dialog = page.locator("#df-sign-in")
    expect(dialog).to_be_visible()
    dialog.locator("[name=login]").fill("susan")
    dialog.locator("[name=password]").fill("wrong")
    dialog.locator("button").click()
    expect(dialog.locator(".df-form-errors")).to_be_visible()
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.locator("button").click()
    expect(page.locator(".df-toast")).to_contain_text("note=无人接听，稍后再拨")
    expect(dialog).to_be_hidden()
    complaints.clear()  # Chromium notes the 401 and the 422 itself


def test_a_conflict_in_a_dialog_is_told_and_keeps_what_was_typed(page: Page, style: str, complaints: list[str]) -> None:
    enter(page, style)
    page.locator("input[data-row]").first.check()
    page.click("[data-needs-selection]")
    page.fill("#dialog [name=note]", "客户投诉")
    page.click("#dialog .btn-primary")
    expect(page.locator(".df-toast--danger")).to_contain_text("修改过")
    expect(page.locator("#dialog [name=note]")).to_have_value("客户投诉")
    complaints.clear()  # Chromium notes the 409 itself


def test_a_server_that_is_away_is_told_and_nothing_typed_is_lost(page: Page, style: str, complaints: list[str]) -> None:
    enter(page, style, "/style/form")
    page.fill("[name=note]", "写到一半")
    page.route("**/style/form", lambda route: route.abort("connectionrefused"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#df-offline")).to_be_visible()
    expect(page.locator("[name=note]")).to_have_value("写到一半")
    page.unroute("**/style/form")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#df-offline")).to_be_hidden()
    complaints.clear()  # Chromium and htmx note the failed request themselves


def test_leaving_with_something_unsent_asks_first(page: Page, style: str) -> None:
    enter(page, style, "/style/form")
    page.fill("[name=note]", "还没提交")
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    page.locator(".df-brand").click(no_wait_after=True)
    expect(page.locator("[name=note]")).to_have_value("还没提交")
    assert asked == ["beforeunload"]


def test_menus_open_and_close_by_keyboard(page: Page, style: str) -> None:
    enter(page, style)
    page.focus(".df-who")
    page.keyboard.press("Enter")
    expect(page.locator(".df-top .df-menu-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".df-top .df-menu-panel")).to_be_hidden()
    expect(page.locator(".df-who")).to_be_focused()


def test_tabs_move_by_arrow_keys_and_stay_in_the_address(page: Page, style: str) -> None:
    enter(page, style, "/style/case")
    page.focus("#tab-orders")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-contacts")).to_be_visible()
    expect(page.locator("#panel-orders")).to_be_hidden()
    expect(page).to_have_url(re.compile("#contacts$"))
