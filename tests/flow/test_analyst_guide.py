"""bpmn/README.md tells analysts all words they may use, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.lifecycle.words import vocabulary

GUIDE = (Path(__file__).parents[2] / "bpmn" / "README.md").read_text(encoding="utf-8")
WORDS = vocabulary()


def told(heading: str) -> dict[str, str]:
    """The names in the table under a heading, with what stands in brackets behind them."""
    section = re.split(r"^#+ ", GUIDE.split(f"### {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| `(\w+)(?:\((.*?)\))?` \|", section, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("Facts", WORDS.facts),
        ("Functions", WORDS.functions),
        ("Operators", WORDS.operators),
        ("Messages", WORDS.messages),
    ],
)
def test_the_guide_lists_every_word_and_no_other(heading: str, known: object) -> None:
    assert set(told(heading)) == set(known)  # type: ignore[call-overload]


def test_the_guide_names_the_parameters_of_each_operator() -> None:
    given = {name: [each for each in inside.split(", ") if each] for name, inside in told("Operators").items()}
    assert given == {name: list(operator.params) for name, operator in WORDS.operators.items()}


def test_the_guide_names_every_file_and_every_role() -> None:
    folder = Path(__file__).parents[2] / "bpmn"
    for path in [*folder.glob("*.bpmn"), *folder.glob("*.dmn")]:
        assert f"`{path.name}`" in GUIDE
    for role in WORDS.roles:
        assert f"`{role}`" in GUIDE
