"""htmx 4 reads `from:closest form` as from any element called `closest`, and says nothing: it must be quoted."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
TRIGGER = re.compile(r'hx-trigger="([^"]*)"')
WORDS_WITHOUT_QUOTES = re.compile(r"\bfrom:(?:closest|find|findAll|next|previous|global)\b")


def test_triggers_that_listen_elsewhere_quote_where() -> None:
    triggers = [
        (page.relative_to(TEMPLATES), trigger)
        for page in sorted(TEMPLATES.rglob("*.html"))
        for trigger in TRIGGER.findall(page.read_text(encoding="utf-8"))
    ]
    assert any("from:'closest form'" in trigger for _, trigger in triggers)
    assert [each for each in triggers if WORDS_WITHOUT_QUOTES.search(each[1])] == []


def test_no_field_leaves_the_look_of_dates_to_the_browser_s_own_language() -> None:
    native = re.compile(r"type='?\"?(date|time|datetime-local)\b")
    found = [str(page) for page in sorted(TEMPLATES.rglob("*.html")) if native.search(page.read_text(encoding="utf-8"))]
    assert found == []
