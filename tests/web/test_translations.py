"""Every text has a Chinese translation: of templates, of code, and of every error that people may see."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message

from tests.web import catalogue
from tests.web.catalogue import is_whole, translated, used

PLACES = re.compile(r"%\(\w+\)[sd]|(?<!\{)\{\w+(?:![rsa])?\}")
TEMPLATES = catalogue.ROOT / "web" / "templates"
SPOKEN = re.compile(r"[A-Za-z]{3,}|[\u4e00-\u9fff]")


def test_nothing_is_untranslated_or_guessed() -> None:
    known = translated()
    missing = sorted(each for each in used() if each not in known or not is_whole(known[each][0]))
    assert missing == [], "python -m tests.web.catalogue prints them as entries to fill in"


def test_nothing_is_translated_that_nobody_says() -> None:
    assert sorted(set(translated()) - used()) == []


def test_nothing_is_translated_twice() -> None:
    assert [english for english, entries in translated().items() if len(entries) > 1] == []


def entries() -> list[Message]:
    return [message for messages in translated().values() for message in messages]


def test_translations_fill_the_same_places() -> None:
    def places(text: str) -> set[str]:
        return {re.sub(r"![rsa]", "", place) for place in PLACES.findall(text)}

    differing = [
        message.id
        for message in entries()
        for english in [message.id[-1] if isinstance(message.id, (tuple, list)) else message.id]
        for chinese in (message.string if isinstance(message.string, (tuple, list)) else (message.string,))
        if places(english) != places(chinese or "")
    ]
    assert differing == []


def test_errors_may_show_a_parameter_with_a_conversion() -> None:
    assert PLACES.findall("{name} is {value!r}") == ["{name}", "{value!r}"]


def _texts(source: str) -> list[str]:
    """What a template says outside of tags, expressions and comments."""
    bare = re.sub(r"\{% block \w+_class %\}.*?\{% endblock %\}", " ", source)
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<style.*?</style>|<kbd.*?</kbd>", " ", bare, flags=re.DOTALL)
    bare = re.sub(r"<!--.*?-->|<[^>]*>", "\n", bare, flags=re.DOTALL)
    return [line.strip() for line in bare.splitlines() if SPOKEN.search(line)]


NAMES = re.compile(r"Dunflow( +· Dunflow)?|· Dunflow|XLSX|CSV|BPMN|DMN|JSON")  # the same in every language


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_say_nothing_past_the_catalogue(path: object) -> None:
    assert isinstance(path, type(TEMPLATES))
    assert [text for text in _texts(path.read_text()) if not NAMES.fullmatch(text)] == []


def test_a_text_past_the_catalogue_would_be_noticed() -> None:
    assert _texts("<p class='a'>{{ _('Fine') }} Hello <b>there</b> {% if x %}{% endif %}</p>") == ["Hello", "there"]


SPOKEN_ATTRIBUTES = re.compile(r'\s(?:title|aria-label|placeholder|alt)="([^"{]*[A-Za-z]{3,}[^"{]*)"')


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_attributes_that_are_read_out_are_translated(path: object) -> None:
    assert isinstance(path, type(TEMPLATES))
    assert SPOKEN_ATTRIBUTES.findall(path.read_text()) == []
