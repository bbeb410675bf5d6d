"""Every rule speaks both languages, has the same places to fill in both, and its report reads well in a terminal."""

from __future__ import annotations

import json
import re
import string

import pytest

from engine.flow.checks import render
from engine.flow.checks.rules import RULES
from tests.flow.checking import check, check_all, line, person
from tests.flow.drawing import catch, timer

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_told_in_both_languages_alike(rule: str) -> None:
    told = RULES[rule]
    for text in (told.message, told.remedy):
        assert not _CHINESE.search(text.en)
        assert _CHINESE.search(text.zh)
        assert text.en.endswith((".", "}"))
        assert text.zh.endswith(("。", "}"))
        assert _places(text.en) == _places(text.zh)


@pytest.mark.parametrize("rule", RULES)
def test_rule_has_a_stable_name(rule: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule)


def _report() -> bytes:
    return line(catch("later", timer("5")), person("ask"), ids=("later", "ask"))


def test_report_as_data_has_exactly_the_agreed_keys() -> None:
    told = check(_report()).as_dict("zh")
    assert json.loads(json.dumps(told)) == told
    assert list(told) == ["file", "runs", "findings"]
    findings = told["findings"]
    assert isinstance(findings, list)
    assert all(list(finding) == ["element", "rule", "severity", "message", "remedy"] for finding in findings)
    assert _CHINESE.search(findings[0]["message"])


def test_report_in_the_terminal_tells_verdict_element_reason_and_remedy() -> None:
    told = render([check(_report())])
    assert "drawn.bpmn: cannot run: 1 error(s)" in told
    assert "error [timer-not-a-date] later" in told
    assert "instead: Write it in quotes" in told
    assert told.endswith("0 of 1 file(s) can run.")
    assert "不能运行：1 个错误" in render([check(_report())], "zh")


def test_errors_come_before_warnings() -> None:
    told = render([check(_report())])
    assert told.index("error [") < told.index("warning [")


def test_braces_in_a_diagram_do_no_harm() -> None:
    source = _report().replace(b"Do ask", b"{it} {0} {{x}} %s")
    assert "{it} {0} {{x}} %s" in render(list(check_all(main_bpmn=source).values()))
