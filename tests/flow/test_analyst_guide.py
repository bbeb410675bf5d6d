"""The guides in bpmn/ tell analysts all words they may use, and no others, in English and in Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.lifecycle.words import vocabulary

BPMN = Path(__file__).parents[2] / "bpmn"
WORDS = vocabulary()
HEADINGS = {
    "README.md": {"Facts": WORDS.facts, "Functions": WORDS.functions, "Operators": WORDS.operators}
    | {"Messages": WORDS.messages},
    "README.zh.md": {"事实": WORDS.facts, "函数": WORDS.functions, "操作": WORDS.operators, "消息": WORDS.messages},
}


def text(guide: str) -> str:
    return (BPMN / guide).read_text(encoding="utf-8")


def told(guide: str, heading: str) -> dict[str, str]:
    """The names in the table under a heading, with what stands in brackets behind them."""
    section = re.split(r"^#+ ", text(guide).split(f"### {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| `(\w+)(?:\((.*?)\))?` \|", section, flags=re.MULTILINE))


@pytest.mark.parametrize(("guide", "heading"), [(guide, each) for guide, heads in HEADINGS.items() for each in heads])
def test_the_guide_lists_every_word_and_no_other(guide: str, heading: str) -> None:
    assert set(told(guide, heading)) == set(HEADINGS[guide][heading])


@pytest.mark.parametrize(("guide", "heading"), [("README.md", "Operators"), ("README.zh.md", "操作")])
def test_the_guide_names_the_parameters_of_each_operator(guide: str, heading: str) -> None:
    given = {name: [each for each in inside.split(", ") if each] for name, inside in told(guide, heading).items()}
    assert given == {name: list(operator.params) for name, operator in WORDS.operators.items()}


@pytest.mark.parametrize("guide", HEADINGS)
def test_the_guide_names_every_file_and_every_role(guide: str) -> None:
    for path in [*BPMN.glob("*.bpmn"), *BPMN.glob("*.dmn")]:
        assert f"`{path.name}`" in text(guide)
    for role in WORDS.roles:
        assert f"`{role}`" in text(guide)
