"""Somebody at their browser: opens pages, reads them, fills in forms; whatever a page complains of is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.cast import PASSWORD

SIZE = {"width": 1280, "height": 800}


@dataclass
class Somebody:
    """One person in a browser of their own. Complaints: console errors and warnings, page errors, failed answers."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def goes(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(self.address + path)
        self.complains_of_nothing()

    def looks_again(self) -> None:
        """Load the present page anew."""
        self.page.reload()
        self.complains_of_nothing()

    def sees(self, *words: str) -> None:
        """The page says each of these."""
        for each in words:
            expect(self.page.locator("main")).to_contain_text(each)

    def sees_no(self, *words: str) -> None:
        """The page has come, and says none of these."""
        expect(self.page.locator("main")).to_be_visible()
        for each in words:
            expect(self.page.locator("main")).not_to_contain_text(each)

    def sees_fact(self, name: str, value: str) -> None:
        """A key fact in the head of the page."""
        fact = self.page.locator(".df-key-fact", has=self.page.locator(f'dt:text-is("{name}")'))
        expect(fact.locator("dd")).to_contain_text(value)

    def is_told(self, words: str) -> None:
        """A toast says so."""
        expect(self.page.locator(".df-toast", has_text=words)).to_be_visible()
        self.complains_of_nothing()

    def presses(self, name: str, within: str = "body") -> None:
        """Press the button, or follow the link, of exactly this name."""
        button = self.page.locator(within).get_by_role("button", name=name, exact=True)
        button.or_(self.page.locator(within).get_by_role("link", name=name, exact=True)).click()

    def row(self, text: str) -> Locator:
        """The row of a list with this text."""
        return self.page.locator("tbody tr", has_text=text)

    def sees_position(self, element: str) -> None:
        """The case's diagram is drawn and this element of it is marked, whatever part it is drawn in."""
        self.page.locator("#tab-diagram").click()
        diagram = self.page.locator(".df-diagram")
        expect(diagram).to_have_class(re.compile("df-diagram--shown"))
        expect(diagram.locator(f"[data-element-id={element}].df-current")).to_be_visible()

    def complains_of_nothing(self) -> None:
        """No page has complained so far."""
        assert self.complaints == []


def sits_down(browser: Browser, address: str, login: str, language: str) -> Somebody:
    """Somebody signs in, in a browser that asks for their language."""
    locale = {"zh": "zh-CN", "en": "en-GB"}[language]
    context = browser.new_context(viewport=SIZE, locale=locale, timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    somebody = Somebody(context.new_page(), address)

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            somebody.complaints.append(message.text)

    somebody.page.on("console", hear)
    somebody.page.on("pageerror", lambda error: somebody.complaints.append(str(error)))
    somebody.goes("/sign-in")
    somebody.page.fill("[name=login]", login)
    somebody.page.fill("[name=password]", PASSWORD)
    somebody.page.keyboard.press("Enter")
    expect(somebody.page.locator(".df-who")).to_be_visible()
    expect(somebody.page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
    return somebody
