"""Dispatch, follow-up, suspension, review, resumption, recall by the clock, escalation, payment, closing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from engine import clock
from tests.story.lender import DUE_ON, HERO, OTHERS, OWED, Lender, Stand, a_lender
from tests.story.people import Somebody, sits_down
from tests.story.words import Words

PROMISED_ON, PROMISED = dt.date(2026, 3, 13), Decimal("500.00")
NOTES = {"zh": "客户称发薪后先还一部分", "en": "Pays a part after payday"}
ESCALATES_ON = DUE_ON + dt.timedelta(days=31)


@dataclass
class Story:
    """The lender, its supervisor and its collector, each before a browser of their own, and their language."""

    lender: Lender
    susan: Somebody
    cora: Somebody
    say: Words

    @property
    def case_path(self) -> str:
        """Where the case's page is."""
        return f"/cases/{self.lender.case().case_no}"

    def stands(self, status: str, tier: str, collector: str | None) -> None:
        """The case stands so in SQL, and nobody's page has complained."""
        assert self.lender.stands() == Stand(status, tier, collector)
        self.susan.complains_of_nothing()
        self.cora.complains_of_nothing()


@pytest.fixture(params=["zh", "en"])
def story(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Story]:
    """The beginning: three cases wait for dispatch, nobody has any."""
    language = request.param
    with a_lender(tmp_path, language) as lender:
        susan = sits_down(browser, lender.address, "susan", language)
        cora = sits_down(browser, lender.address, "cora", language)
        yield Story(lender, susan, cora, Words(language))
        for each in (susan, cora):
            each.page.context.close()


def test_a_case_lives_its_whole_life(story: Story) -> None:
    dispatched(story)
    followed_up(story)
    suspended(story)
    reviewed_and_kept_suspended(story)
    reviewed_and_resumed(story)
    suspended_at_the_collectors_request(story)
    resumed_by_hand(story)
    recalled_by_the_clock_and_escalated(story)
    assigned_in_its_new_tier(story)
    paid_and_closed(story)


def dispatched(story: Story) -> None:
    """The supervisor gives two of three waiting cases to Cora."""
    story.stands("to_dispatch", "M1", None)
    story.cora.sees(story.say("Nothing to follow up now"))
    susan = story.susan
    susan.goes("/dispatch")
    susan.sees(HERO, *OTHERS)
    for name in (HERO, next(iter(OTHERS))):
        susan.row(name).get_by_role("checkbox").check()
    expect(susan.page.locator("[data-selection] [data-sum]")).to_have_text("5,200.00")
    susan.presses(story.say("Dispatch"), within=".df-list-bar")
    susan.page.locator("[name=method][value=to_person]").check()
    susan.page.get_by_label("Cora", exact=True).check()
    expect(susan.page.locator("#df-plan tbody tr")).to_have_count(1)  # the preview has followed: all of it is Cora's
    susan.presses(story.say("Dispatch 2 cases"), within="#df-plan")
    susan.sees("Cora", story.say("Done"))
    story.stands("in_work", "M1", "cora")


def followed_up(story: Story) -> None:
    """Cora works the more pressing of her two cases by keyboard and goes on to the next."""
    cora = story.cora
    cora.looks_again()
    cora.row(HERO).get_by_role("link").click()
    cora.sees_fact(story.say("Past due"), "4,300.00")
    cora.sees_fact(story.say("Days past due"), "5")
    cora.sees_position(story.lender.waits_at())
    cora.page.locator("[name=result_code][value=promise_part]").check(force=True)
    cora.page.fill("[name=promise_amount]", str(PROMISED))
    cora.page.fill("[name=promise_on]", PROMISED_ON.isoformat())
    cora.page.fill("[name=note]", NOTES[story.say.language])
    cora.page.keyboard.press("Control+Enter")
    cora.sees(next(iter(OTHERS)))
    noted = story.lender.follow_ups()
    assert [(each.promise_amount, each.promise_on, each.note) for each in noted] == [
        (PROMISED, PROMISED_ON, NOTES[story.say.language])
    ]
    next_action_at = story.lender.case().next_action_at
    assert next_action_at is not None
    assert clock.local_date(next_action_at) >= PROMISED_ON
    story.stands("in_work", "M1", "cora")
    cora.goes(story.case_path)
    cora.sees(story.say("Promises in part"), NOTES[story.say.language], "500.00")


def suspended(story: Story) -> None:
    """The supervisor suspends the case; Cora can no longer work it."""
    susan = story.susan
    susan.goes("/cases")
    susan.row(HERO).get_by_role("link").click()
    _fills_dialog(susan, story.say("Suspend"), reason="system_error", note="Two amounts disagree")
    susan.is_told(story.say("The case is suspended."))
    susan.sees(story.say("Suspended"), story.say("System error"), "2026-03-17")
    story.stands("suspended", "M1", "cora")
    story.cora.goes("/work?view=suspended")
    story.cora.row(HERO).get_by_role("link").click()
    story.cora.sees(story.say("System error"), "Two amounts disagree")
    expect(story.cora.page.locator("[name=result_code]")).to_have_count(0)


def reviewed_and_kept_suspended(story: Story) -> None:
    """On the review date a review waits for the supervisor, who prolongs the suspension."""
    story.lender.goes_to(dt.date(2026, 3, 17))
    story.stands("suspended", "M1", "cora")
    susan = story.susan
    susan.looks_again()
    susan.sees_position(story.lender.waits_at())
    susan.page.locator("[name=decision][value=continue]").check(force=True)
    susan.page.fill("[name=review_on]", "2026-03-20")
    susan.presses(story.say("Save"))
    susan.sees("2026-03-20")
    expect(susan.page.locator("[name=decision]")).to_have_count(0)
    story.stands("suspended", "M1", "cora")


def reviewed_and_resumed(story: Story) -> None:
    """At the next review the case is resumed, and is back with Cora."""
    story.lender.goes_to(dt.date(2026, 3, 20), hour=10)
    susan = story.susan
    susan.looks_again()
    susan.page.locator("[name=decision][value=resume]").check(force=True)
    susan.presses(story.say("Save"))
    susan.sees(story.say("In work"))
    story.stands("in_work", "M1", "cora")
    assert [each.resumed_as for each in story.lender.suspensions()] == ["by_review"]
    story.cora.goes("/work")
    story.cora.sees(HERO)


def suspended_at_the_collectors_request(story: Story) -> None:
    """Cora asks for a suspension; the supervisor approves it from the inbox."""
    cora, susan = story.cora, story.susan
    cora.goes(story.case_path)
    _fills_dialog(cora, story.say("Ask for a suspension"), reason="hardship", note="Lost the job", submit="Ask")
    cora.is_told(story.say("The suspension is asked for."))
    story.stands("in_work", "M1", "cora")
    susan.goes("/requests")
    expect(susan.row(HERO)).to_contain_text("Lost the job")
    susan.row(HERO).get_by_role("button").click()
    susan.page.locator("#dialog [name=decision][value=approve]").check(force=True)
    susan.page.fill("#dialog [name=note]", "Until April")
    susan.presses(story.say("Decide"), within="#dialog")
    susan.is_told(story.say("The request is approved."))
    expect(susan.row(HERO)).to_have_count(0)
    story.stands("suspended", "M1", "cora")
    cora.looks_again()
    cora.sees(story.say("Suspended"), story.say("Hardship"), story.say("Approved"), "Until April")
    assert [each.request_id is not None for each in story.lender.suspensions()] == [False, True]


def resumed_by_hand(story: Story) -> None:
    """The supervisor resumes the case before its review."""
    susan = story.susan
    susan.goes(story.case_path)
    _fills_dialog(susan, story.say("Resume"), note="Works again")
    susan.is_told(story.say("The case is resumed."))
    story.stands("in_work", "M1", "cora")
    assert [each.resumed_as for each in story.lender.suspensions()] == ["by_review", "by_hand"]
    story.cora.looks_again()
    expect(story.cora.page.locator(".df-key")).to_contain_text(story.say("In work"))
    expect(story.cora.page.locator(".df-key")).not_to_contain_text(story.say("Suspended"))


def recalled_by_the_clock_and_escalated(story: Story) -> None:
    """At the end of its tier the case is taken from Cora, rises, and waits for dispatch."""
    story.lender.goes_to(ESCALATES_ON - dt.timedelta(days=1), hour=23)
    story.stands("in_work", "M1", "cora")
    story.lender.goes_to(ESCALATES_ON)
    story.stands("to_dispatch", "M2", None)
    assert story.lender.assignments() == ["escalation"]
    story.cora.goes("/work?view=mine")
    story.cora.sees_no(HERO)
    susan = story.susan
    susan.goes(story.case_path)
    susan.sees_fact(story.say("Tier"), "M2")
    susan.sees_fact(story.say("Days past due"), "31")
    susan.sees(story.say("To dispatch"))
    susan.page.locator("#tab-history").click()
    expect(susan.page.locator(".df-timeline li").first).to_contain_text(story.say("the clock"))
    susan.sees_position(story.lender.waits_at())


def assigned_in_its_new_tier(story: Story) -> None:
    """The supervisor gives it back to Cora, in its new tier."""
    susan = story.susan
    susan.goes("/dispatch?tier=M2")
    susan.row(HERO).get_by_role("link", name=story.say("Assign")).click()
    susan.page.get_by_label("Cora").check()
    susan.presses(story.say("Assign"), within="#dialog")
    susan.is_told(story.lender.case().case_no)
    expect(susan.row(HERO)).to_have_count(0)
    story.stands("in_work", "M2", "cora")
    assert story.lender.assignments() == ["escalation", None]
    story.cora.looks_again()
    expect(story.cora.row(HERO)).to_contain_text("M2")


def paid_and_closed(story: Story) -> None:
    """The customer pays a part, then the rest: the case closes at once and says so to both."""
    cora, susan = story.cora, story.susan
    story.lender.is_paid(PROMISED)
    story.stands("in_work", "M2", "cora")
    cora.goes(story.case_path)
    cora.sees_fact(story.say("Past due"), "3,800.00")
    story.lender.is_paid(OWED - PROMISED)
    story.stands("closed", "M2", None)
    closed = story.lender.case()
    assert (closed.closing_reason, closed.total_outstanding) == ("paid_in_full", Decimal(0))
    assert story.lender.assignments() == ["escalation", "closed"]
    cora.goes("/work?view=mine")
    cora.sees_no(HERO)
    susan.goes("/cases?status=closed")
    susan.row(HERO).get_by_role("link").click()
    susan.sees_fact(story.say("Closed"), story.say("Paid in full"))
    susan.page.locator("#tab-diagram").click()
    expect(susan.page.locator(".df-diagram--shown")).to_be_visible()
    expect(susan.page.locator(".df-current")).to_have_count(0)
    story.stands("closed", "M2", None)


def _fills_dialog(somebody: Somebody, opens: str, *, submit: str = "", reason: str = "", note: str) -> None:
    """Open an act's dialog by its button, fill it in, send it. The button that sends is the dialog's default one."""
    somebody.presses(opens, within=".df-actions")
    if reason:
        somebody.page.select_option("#dialog [name=reason]", reason)
    somebody.page.fill("#dialog [name=note]", note)
    somebody.page.locator("#dialog [data-default]").click()
