"""The analysts' guide explains every word of a scenario, in both languages, and its example goes as told."""

from __future__ import annotations

import re

import pytest

from engine.scenarios.reading import PEOPLE, THEN, VERBS
from tests.scenarios.house import FOLDER, play_one

GUIDES = ("README.md", "README.zh.md")


def section(guide: str) -> str:
    text = (FOLDER / guide).read_text(encoding="utf-8")
    found = re.search(r"^## (?:Scenarios|场景)\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def explained(guide: str) -> set[str]:
    """The words in the first columns of the section's tables."""
    cells = [line.split("|")[1] for line in section(guide).splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`([a-z_]+)[:`]", cell)}


@pytest.mark.parametrize("guide", GUIDES)
def test_every_verb_and_expectation_is_explained(guide: str) -> None:
    assert (set(VERBS) | THEN) - explained(guide) == set()


@pytest.mark.parametrize("guide", GUIDES)
def test_everybody_is_introduced(guide: str) -> None:
    assert [login for login in PEOPLE if f"`{login}`" not in section(guide)] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_the_example_goes_as_told(guide: str) -> None:
    found = re.search(r"```yaml\n(.*?)```", section(guide), re.DOTALL)
    assert found is not None
    assert play_one(found[1]).passed
